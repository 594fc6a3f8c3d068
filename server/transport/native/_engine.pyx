# cython: language_level=3, boundscheck=False, wraparound=False
"""The engine's thread, its topics, and the two queues between it and Python."""

import os

cimport cython
from libc.stdlib cimport calloc
from libc.string cimport memcpy
from libc.stddef cimport size_t
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t


cdef extern from "sys/mman.h" nogil:
    enum:
        PROT_READ
        PROT_WRITE
        MAP_SHARED
    void *MAP_FAILED
    void *mmap(void *, size_t, int, int, int, long)

cdef extern from "core/worker.h" nogil:
    ctypedef struct Board:
        pass

    ctypedef struct WorkerWords:
        pass

    ctypedef struct C_Worker "Worker":
        pass

    bint worker_begin(C_Worker *, C_Engine *, int, int, Board *, WorkerWords *, uint64_t)
    void worker_end(C_Worker *)

cdef extern from "core/engine.h" nogil:
    enum:
        ASK_PUBLISH
        ASK_ATTACH
        ASK_SEND
        ASK_END
        ASK_FORGET
        ASK_DRAIN
        ASK_STOP
        TELL_TLS
        HAS_TLS
        TELL_CALL
        TELL_MESSAGE
        TELL_HALF
        TELL_OVER
        TELL_FREE
        CALL_COMPRESSED
        CALL_WITHOUT_MESSAGE
        CALL_MANY
        MOST_FIELDS
        COUNTER_COUNT

    const char *counter_names[COUNTER_COUNT]

    ctypedef struct Bytes:
        uint8_t *data
        size_t size
        bint failed

    bint bytes_append(Bytes *, const void *, size_t)

    ctypedef struct Payload:
        uint64_t published

    ctypedef struct Delays:
        pass

    enum:
        DELAY_BUCKETS

    const uint64_t *delay_bounds
    uint64_t delays_count(Delays *, int)
    uint64_t delays_nanos(Delays *)
    uint64_t monotonic()

    Payload *payload_new(const uint8_t *, size_t, const uint8_t *, size_t)

    ctypedef struct C_Topic "Topic":
        uint64_t key
        uint32_t dropped_fields[8]

    C_Topic *topic_new(bint, uint32_t)
    unsigned int topic_idle(C_Topic *)
    unsigned int topic_streams(C_Topic *)
    bint topic_busy(C_Topic *)
    bint topic_behind(C_Topic *, uint64_t)
    uint64_t topic_conflated(C_Topic *)
    uint64_t topic_dropped(C_Topic *)

    ctypedef struct Item:
        Item *next
        int kind
        uint64_t call
        C_Topic *topic
        Payload *payload
        int64_t number
        Bytes text, details, headers, body
        char peer[64]

    Item *item_new(int, uint64_t)
    void item_free(Item *)

    ctypedef struct Mailbox:
        pass

    void mailbox_put(Mailbox *, Item *)
    void mailbox_wait(Mailbox *, double)

    ctypedef struct Limits:
        uint32_t connections, calls_per_connection, half_open
        double request_within, handshake_within, idle, ping_every, ping_within, answer_within, status_within, stall
        double age, age_grace

    ctypedef struct C_Engine "Engine":
        Limits limits
        Mailbox asked, told
        Delays *delays

    Item *engine_take_told(C_Engine *)
    uint64_t engine_counter(C_Engine *, int)
    bint engine_init(C_Engine *)
    bint engine_listen(C_Engine *, int, bint)
    bint engine_expect_many(C_Engine *, const char *)
    bint engine_secure(C_Engine *, const void *, size_t, const void *, size_t, const void *, size_t)
    void engine_run(C_Engine *)
    void engine_free(C_Engine *)


CALL, MESSAGE, HALF, OVER, FREE, TLS = TELL_CALL, TELL_MESSAGE, TELL_HALF, TELL_OVER, TELL_FREE, TELL_TLS
SECURE = bool(HAS_TLS)
DELAY_BOUNDS = [delay_bounds[bucket] for bucket in range(DELAY_BUCKETS - 1)]
COMPRESSED, WITHOUT_MESSAGE, MANY = CALL_COMPRESSED, CALL_WITHOUT_MESSAGE, CALL_MANY


@cython.no_gc_clear
cdef class Topic:
    """What the streams of one channel read. `events`: every message in order, `capacity` of them kept; else the newest
    message alone. `dropped_fields`: by the field number of a response's only message, that of the number of events that a
    stream lost before this one."""

    cdef C_Topic *_topic
    cdef Engine _engine
    cdef uint64_t _published

    def __cinit__(self, Engine engine not None, bint events, uint32_t capacity=0, object dropped_fields=None):
        self._engine = engine
        self._topic = topic_new(events, max(1, capacity))
        if self._topic is NULL:
            raise MemoryError
        for outer, number in (dropped_fields or {}).items():
            if 0 < outer < MOST_FIELDS:
                self._topic.dropped_fields[<int>outer] = number

    def __dealloc__(self):
        if self._topic is not NULL and self._engine is not None:
            self._engine._ask(ASK_FORGET, 0, self._topic, NULL, 0)

    def publish(self, bytes payload not None):
        """Makes this the newest message of all streams of the topic."""
        cdef Payload *made = payload_new(payload, len(payload), NULL, 0)
        if made is NULL:
            raise MemoryError
        made.published = monotonic()
        self._engine._ask(ASK_PUBLISH, 0, self._topic, made, 0)
        self._published += 1

    def attach(self, uint64_t call, bint loses_nothing):
        """The call reads the topic from now on; `loses_nothing`: it ends where it would lose an event."""
        self._engine._ask(ASK_ATTACH, call, self._topic, NULL, loses_nothing)

    def behind(self):
        """Of a topic of events with one stream: whether it has not taken all of them yet. If so, FREE tells when it
        has."""
        return topic_behind(self._topic, self._published)

    def busy(self):
        """Whether no stream can take a message now. If so, the topic's next free stream is told of: FREE."""
        return topic_busy(self._topic)

    @property
    def key(self):
        """The topic's name in what take() returns."""
        return self._topic.key

    @property
    def conflated(self):
        """States that some stream skipped."""
        return topic_conflated(self._topic)

    @property
    def dropped(self):
        """Events that some stream lost."""
        return topic_dropped(self._topic)


cdef class Engine:
    """Serves the connections of some listening sockets. run() is one thread's; all other methods are thread-safe."""

    cdef C_Engine _engine
    cdef bint _made

    processes = 1

    def __cinit__(self):
        if not engine_init(&self._engine):
            raise OSError("the system has no descriptor for what the engine waits with")
        self._made = True

    def __dealloc__(self):
        if self._made:
            engine_free(&self._engine)

    def limit(self, *, uint32_t connections, uint32_t calls_per_connection,
              uint32_t half_open, double request_within, double handshake_within, double idle, double ping_every,
              double ping_within, double answer_within, double status_within, double stall, double age=0.0,
              double age_grace=0.0):
        """Sets the limits (seconds and numbers), before run()."""
        self._engine.limits = Limits(
            connections, calls_per_connection, half_open, request_within, handshake_within, idle,
            ping_every, ping_within, answer_within, status_within, stall, age, age_grace,
        )

    def listen(self, fds not None, bint heard=True):
        """Takes over listening sockets, before run(). Raises OSError."""
        for fd in fds:
            if not engine_listen(&self._engine, fd, heard):
                raise OSError("this socket cannot be waited for")

    def topic(self, bint events, uint32_t capacity=0, dropped_fields=None):
        """A new topic of this engine."""
        return Topic(self, events, capacity, dropped_fields)

    def expect_many(self, bytes prefix not None):
        """Calls whose paths begin so have many requests. Before run()."""
        if not engine_expect_many(&self._engine, prefix):
            raise ValueError(f"no place for {prefix!r}")

    def secure(self, bytes chain not None, bytes key not None, bytes authority=b""):
        """New connections speak TLS with this chain and key (PEM), and with the authority only clients whose certificate
        it signed; open connections stay. Raises ValueError where these cannot be used."""
        if not engine_secure(&self._engine, <const char *>chain, len(chain), <const char *>key, len(key),
                             <const char *>authority, len(authority)):
            raise ValueError("the certificate, its key or the authority cannot be used")

    def run(self):
        """Serves until stop()."""
        with nogil:
            engine_run(&self._engine)

    def send(self, uint64_t call, bytes payload not None, bint last):
        """Sends a message of a call's own; `last`: it is the only one, and the status OK follows."""
        cdef Payload *made = payload_new(payload, len(payload), NULL, 0)
        if made is NULL:
            raise MemoryError
        self._ask(ASK_SEND, call, NULL, made, last)

    def end(self, uint64_t call, int status, bytes message not None, bytes details=b""):
        """Ends a call with a status of gRPC, its message in UTF-8, and details as google.rpc.Status. The first end of a
        call counts."""
        cdef Item *item = item_new(ASK_END, call)
        if item is NULL:
            raise MemoryError
        item.number = status
        bytes_append(&item.text, <const uint8_t *>message, len(message))
        bytes_append(&item.details, <const uint8_t *>details, len(details))
        mailbox_put(&self._engine.asked, item)

    def drain(self):
        """New calls and connections are refused; connections close when they have no call."""
        self._ask(ASK_DRAIN, 0, NULL, NULL, 0)

    def stop(self):
        """Closes all connections; run() returns."""
        self._ask(ASK_STOP, 0, NULL, NULL, 0)

    def take(self, double seconds):
        """What has happened, in order: waits so long for something. Each is (kind, call, path, headers, body, peer, flags);
        of FREE the call is the topic's key."""
        cdef Item *item
        cdef Item *next
        with nogil:
            mailbox_wait(&self._engine.told, seconds)
            item = engine_take_told(&self._engine)
        found = []
        while item is not NULL:
            next = item.next
            found.append((
                item.kind, item.call, item.text.data[:item.text.size], headers_of(item.headers.data[:item.headers.size]),
                item.body.data[:item.body.size], item.peer, item.number,
            ))
            item_free(item)
            item = next
        return found

    def counters(self):
        """What core/counters.h counts, by name."""
        return {counter_names[place].decode(): engine_counter(&self._engine, place) for place in range(COUNTER_COUNT)}

    def delays(self):
        """Of messages of topics, from their publication until the socket has them: numbers by bucket of DELAY_BOUNDS, and
        the sum in nanoseconds."""
        counts = [delays_count(self._engine.delays, bucket) for bucket in range(DELAY_BUCKETS)]
        return counts, delays_nanos(self._engine.delays)

    cdef int _ask(self, int kind, uint64_t call, C_Topic *topic, Payload *payload, int64_t number) except -1:
        cdef Item *item = item_new(kind, call)
        if item is NULL:
            raise MemoryError
        item.topic, item.payload, item.number = topic, payload, number
        mailbox_put(&self._engine.asked, item)
        return 0


def headers_of(bytes block not None):
    """Names and values, which stand in the block each behind its length."""
    cdef Py_ssize_t at = 0, whole = len(block)
    cdef uint32_t size
    found = []
    while at + 4 <= whole:
        memcpy(&size, <const char *>block + at, 4)
        found.append(block[at + 4:at + 4 + size])
        at += 4 + <Py_ssize_t>size
    return list(zip(found[::2], found[1::2]))


cdef class Worker:
    """Makes the engine one of a serving process: a server asks it and is told over the socket `link`, and publishes on the
    board. `board` and `words` are the memories that they share, `wake` is an eventfd, and `number` marks the calls of this
    process and life. Takes the descriptors over. Raises OSError."""

    cdef C_Worker *_worker
    cdef Engine _engine

    def __cinit__(self, Engine engine not None, int link, int wake, int board, int words, uint64_t number):
        self._engine = engine
        self._worker = <C_Worker *>calloc(1, sizeof(C_Worker))
        if self._worker is NULL:
            raise MemoryError
        cdef void *board_memory = _mapped(board, PROT_READ, os.fstat(board).st_size)
        cdef void *words_memory = _mapped(words, PROT_READ | PROT_WRITE, sizeof(WorkerWords))
        if not worker_begin(self._worker, &engine._engine, link, wake, <Board *>board_memory,
                            <WorkerWords *>words_memory, number):
            raise OSError("a descriptor of the serving process cannot be waited for")

    def run(self):
        """Serves until the server says so, or is gone. The memories stay mapped: the process ends with this."""
        self._engine.run()
        worker_end(self._worker)


cdef void *_mapped(int fd, int access, size_t size) except NULL:
    cdef void *memory = mmap(NULL, size, access, MAP_SHARED, fd, 0)
    if memory == MAP_FAILED:
        raise OSError("the shared memory cannot be mapped")
    os.close(fd)
    return memory
