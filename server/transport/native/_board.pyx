# cython: language_level=3, boundscheck=False, wraparound=False
"""What the server shares with its serving processes: a board that it writes, and words that each of them writes. For Linux.

All methods keep the interpreter's lock, which is theirs too.
"""

import fcntl
import os

cimport cython
from libc.errno cimport EAGAIN, EINTR, errno
from libc.signal cimport SIGKILL
from libc.stddef cimport size_t
from libc.stdint cimport uint32_t, uint64_t, uint8_t
from libc.stdlib cimport calloc, free


cdef extern from "sys/mman.h" nogil:
    enum:
        PROT_READ
        PROT_WRITE
        MAP_SHARED
    void *MAP_FAILED
    void *mmap(void *, size_t, int, int, int, long)
    int munmap(void *, size_t)

cdef extern from "sys/eventfd.h" nogil:
    enum:
        EFD_NONBLOCK
        EFD_CLOEXEC
    int eventfd(unsigned int, int)
    int eventfd_write(int, uint64_t)

cdef extern from "sys/prctl.h" nogil:
    enum:
        PR_SET_PDEATHSIG
    int prctl(int, ...)

cdef extern from "sys/socket.h" nogil:
    enum:
        MSG_DONTWAIT
        MSG_NOSIGNAL
    ssize_t c_send "send"(int, const void *, size_t, int)

cdef extern from "core/board.h" nogil:
    enum:
        MOST_TOPICS

    ctypedef struct BoardWriter:
        pass

    void board_begin(BoardWriter *, void *, uint64_t, uint64_t)
    bint board_open(BoardWriter *, uint32_t *, uint64_t *)
    void board_close(BoardWriter *, uint32_t)
    bint board_state(BoardWriter *, uint32_t, const uint8_t *, size_t, uint64_t)
    bint board_event(BoardWriter *, uint32_t, const uint8_t *, size_t, uint64_t)
    uint64_t board_position(BoardWriter *)
    uint64_t board_version(BoardWriter *, uint32_t)
    uint64_t board_key(BoardWriter *, uint32_t)
    void board_lost(BoardWriter *, uint32_t, uint64_t, uint64_t)
    uint64_t board_conflated(BoardWriter *, uint32_t)
    uint64_t board_dropped(BoardWriter *, uint32_t)
    void board_end(BoardWriter *)

cdef extern from "core/worker_words.h" nogil:
    enum:
        COUNTER_COUNT

    const char *counter_names[COUNTER_COUNT]

    ctypedef struct WorkerWords:
        pass

    ctypedef struct Delays:
        pass

    enum:
        DELAY_BUCKETS

    Delays *words_delays(WorkerWords *)
    uint64_t delays_count(Delays *, int)
    uint64_t delays_nanos(Delays *)
    uint64_t monotonic()

    bint words_must_wake(WorkerWords *)
    bint words_taken(WorkerWords *, uint64_t)
    uint64_t words_counter(WorkerWords *, int)
    uint64_t words_turns(WorkerWords *)
    uint32_t words_streams(WorkerWords *, uint32_t)
    uint32_t words_idle(WorkerWords *, uint32_t)
    bint words_wait(WorkerWords *, uint32_t, bint)
    uint64_t words_conflated(WorkerWords *, uint32_t)
    uint64_t words_dropped(WorkerWords *, uint32_t)
    uint64_t words_seen(WorkerWords *, uint32_t)
    void words_forget(WorkerWords *, uint32_t)


cdef extern from *:
    """
    enum { NO_SHRINK_NO_GROW = 0x2 | 0x4, NO_OTHER_WRITER = 0x10, ADD_SEALS = 1033 };
    """
    enum:
        NO_SHRINK_NO_GROW
        NO_OTHER_WRITER
        ADD_SEALS


cdef void *_mapped(int fd, size_t size) except NULL:
    cdef void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)
    if memory == MAP_FAILED:
        raise OSError("memory that is shared with serving processes cannot be mapped")
    return memory


def _memory(str name, size_t size):
    """A descriptor of new memory of zeros, whose size stays. Raises OSError."""
    fd = os.memfd_create(name, os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.ftruncate(fd, size)
    fcntl.fcntl(fd, ADD_SEALS, NO_SHRINK_NO_GROW)
    return fd


def die_with_parent():
    """The process is killed when the thread that started it ends."""
    prctl(PR_SET_PDEATHSIG, SIGKILL)


def send(int fd, const uint8_t[::1] data not None):
    """How many of these bytes the socket takes at once; never waits. Keeps the interpreter: the process at the other end runs
    already while others here would wait for this thread. Raises OSError."""
    cdef ssize_t taken = c_send(fd, &data[0], data.shape[0], MSG_DONTWAIT | MSG_NOSIGNAL) if data.shape[0] else 0
    if taken >= 0:
        return taken
    if errno in (EAGAIN, EINTR):
        return 0
    raise OSError(errno, os.strerror(errno))


@cython.no_gc_clear
cdef class Words:
    """What one life of a serving process writes. `fd` is its memory, `wake` an eventfd that ends its sleep: both are open
    until close()."""

    cdef WorkerWords *_words
    cdef readonly int fd, wake

    def __cinit__(self):
        self.fd = self.wake = -1
        self.fd = _memory("onebook-process", sizeof(WorkerWords))
        self._words = <WorkerWords *>_mapped(self.fd, sizeof(WorkerWords))
        self.wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)
        if self.wake < 0:
            raise OSError("an eventfd could not be opened")

    def __dealloc__(self):
        self.close()
        if self._words is not NULL:
            munmap(self._words, sizeof(WorkerWords))

    def close(self):
        """Closes the descriptors; what was written stays to be read."""
        descriptors = self.fd, self.wake
        self.fd = self.wake = -1  # First: what is closed may be another file soon.
        for fd in descriptors:
            if fd >= 0:
                os.close(fd)

    @property
    def turns(self):
        """Turns of the process's thread so far."""
        return words_turns(self._words)

    def counters(self):
        """What core/counters.h counts, by name."""
        return {counter_names[place].decode(): words_counter(self._words, place) for place in range(COUNTER_COUNT)}

    def delays(self):
        """As Engine.delays()."""
        cdef Delays *delays = words_delays(self._words)
        return [delays_count(delays, bucket) for bucket in range(DELAY_BUCKETS)], delays_nanos(delays)

    def taken(self, uint64_t count):
        """So many more things that the process has told were taken."""
        if words_taken(self._words, count):
            eventfd_write(self.wake, 1)


cdef class Board:
    """Newest states and events, which any number of processes read. Thread-safe."""

    cdef BoardWriter *_writer
    cdef void *_memory
    cdef size_t _size
    cdef readonly int fd
    cdef list _readers

    def __cinit__(self, size_t size, size_t ring):
        """`size` is of all of it, `ring` of the part for events: bytes, of which memory is taken as they are used. Raises
        OSError."""
        self.fd = -1
        self._readers = []
        self._writer = <BoardWriter *>calloc(1, sizeof(BoardWriter))
        if self._writer is NULL:
            raise MemoryError
        self.fd = _memory("onebook-board", size)
        self._memory = _mapped(self.fd, size)
        self._size = size
        try:
            fcntl.fcntl(self.fd, ADD_SEALS, NO_OTHER_WRITER)
        except OSError:
            pass  # Linux before 5.1 has no such seal: then a serving process could write here if it was taken over.
        board_begin(self._writer, self._memory, size, ring)

    def __dealloc__(self):
        if self._memory is not NULL:
            board_end(self._writer)
            munmap(self._memory, self._size)
        free(self._writer)
        if self.fd >= 0:
            os.close(self.fd)

    def join(self, Words words not None):
        """A process reads from now on, and is woken for it. It tells of its first stream that can take a message, as
        whoever waits for one was told so before it was there."""
        cdef uint32_t place
        for place in range(<uint32_t>MOST_TOPICS):
            if board_key(self._writer, place):
                words_wait(words._words, place, True)
        self._readers.append(words)

    def leave(self, Words words not None):
        """A process reads no more; what its streams have lost stays counted."""
        cdef uint32_t place
        self._readers.remove(words)
        for place in range(<uint32_t>MOST_TOPICS):
            board_lost(self._writer, place, words_conflated(words._words, place), words_dropped(words._words, place))

    def topics(self):
        """The keys of all topics."""
        cdef uint32_t place
        found = []
        for place in range(<uint32_t>MOST_TOPICS):
            if board_key(self._writer, place):
                found.append(board_key(self._writer, place))
        return found

    def conflated(self, uint32_t place):
        """States of the topic that some stream skipped."""
        cdef Words words
        cdef uint64_t found = board_conflated(self._writer, place)
        for words in self._readers:
            found += words_conflated(words._words, place)
        return found

    def dropped(self, uint32_t place):
        """Events of the topic that some stream lost."""
        cdef Words words
        cdef uint64_t found = board_dropped(self._writer, place)
        for words in self._readers:
            found += words_dropped(words._words, place)
        return found

    def open(self):
        """The place and the key of a new topic. Raises MemoryError where there are too many."""
        cdef uint32_t place
        cdef uint64_t key
        cdef Words words
        if not board_open(self._writer, &place, &key):
            raise MemoryError(f"there are more than {MOST_TOPICS} topics")
        for words in self._readers:
            words_forget(words._words, place)
        return place, key

    def close(self, uint32_t place):
        """Gives back a topic's place, once no stream reads it."""
        board_close(self._writer, place)

    def state(self, uint32_t place, bytes payload not None):
        """Publishes the newest state of a topic. Raises MemoryError."""
        if not board_state(self._writer, place, <const uint8_t *>payload, len(payload), monotonic()):
            raise MemoryError("the memory that is shared with serving processes is full")
        self._wake()

    def event(self, uint32_t place, bytes payload not None):
        """Publishes the next event of a topic. Raises MemoryError where it is too large."""
        if not board_event(self._writer, place, <const uint8_t *>payload, len(payload), monotonic()):
            raise MemoryError("an event is too large for the memory that is shared with serving processes")
        self._wake()

    def moment(self, uint32_t place):
        """The position up to which the ring is written, and the events of the topic so far."""
        return board_position(self._writer), board_version(self._writer, place)

    def busy(self, uint32_t place):
        """Whether the topic has streams in some processes, and in none of them one that can take a message now. If so,
        the process with the next such stream tells of it."""
        cdef Words words
        cdef bint streams = False, owned = True
        for words in self._readers:
            if words_idle(words._words, place):
                return False
            streams = streams or words_streams(words._words, place)
        if not streams:
            return False
        for words in self._readers:
            words_wait(words._words, place, True)
        for words in self._readers:
            if words_idle(words._words, place):
                break
        else:
            return True
        for words in self._readers:  # Whoever has taken this back already tells.
            owned = words_wait(words._words, place, False) and owned
        return not owned

    def behind(self, uint32_t place):
        """Of a topic of events with one stream: whether it has not taken all of them yet. If so, the process that has the
        stream tells when it has."""
        cdef Words words
        cdef uint64_t version = board_version(self._writer, place)
        cdef bint owned = True
        if self._seen(place) >= version:
            return False
        for words in self._readers:
            words_wait(words._words, place, True)
        if self._seen(place) < version:
            return True
        for words in self._readers:  # Whoever has taken this back already tells.
            owned = words_wait(words._words, place, False) and owned
        return not owned

    cdef uint64_t _seen(self, uint32_t place):
        cdef Words words
        cdef uint64_t found = 0
        for words in self._readers:
            found = max(found, words_seen(words._words, place))
        return found

    cdef void _wake(self):
        cdef Words words
        for words in self._readers:
            if words_must_wake(words._words):
                eventfd_write(words.wake, 1)
