# cython: language_level=3, boundscheck=False, wraparound=False, freethreading_compatible=True
"""Books into the slots of a shared-memory file; interface and meanings are documented in _slots.pyi."""

cimport cython
from cpython.buffer cimport PyBUF_WRITABLE, PyBuffer_Release, PyObject_GetBuffer
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from libc.stddef cimport size_t
from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free


cdef extern from "core/slot_writer.h" nogil:
    enum:
        ONEBOOK_SHM_MARKET_BYTES
        ONEBOOK_SHM_STARTING
        ONEBOOK_SHM_SERVING
        ONEBOOK_SHM_STOPPED
        ONEBOOK_SHM_SERVED
        ONEBOOK_SHM_REMOVED
        ONEBOOK_SHM_WITHHELD

    ctypedef struct onebook_shm_header:
        uint64_t epoch
        uint32_t slot_capacity
        uint32_t slot_count
        uint64_t first_slot
        uint64_t slot_size
        uint32_t level_capacity
        uint32_t venue_capacity

    ctypedef struct onebook_shm_slot:
        pass

    ctypedef struct onebook_shm_book:
        uint64_t epoch
        int64_t publish_time
        uint32_t flags

    uint64_t body_bytes(uint32_t, uint32_t)
    uint64_t file_bytes(uint32_t, uint32_t, uint32_t)
    void header_write(onebook_shm_header *, uint64_t, int64_t, uint32_t, uint32_t, uint32_t)
    onebook_shm_slot *slot_place(onebook_shm_header *, uint32_t)
    void server_state_set(onebook_shm_header *, uint32_t)
    void heartbeat_set(onebook_shm_header *, int64_t)
    void slot_add(onebook_shm_header *, const char *, size_t)
    void slot_state_set(onebook_shm_header *, onebook_shm_slot *, uint32_t)
    uint64_t slot_fill(onebook_shm_header *, onebook_shm_slot *, const onebook_shm_book *)
    void slot_show(onebook_shm_slot *, uint64_t)


cdef extern from "core/book_message.h" nogil:
    void book_empty(int64_t, onebook_shm_book *)
    bint book_message_in(const unsigned char *, size_t, int64_t, onebook_shm_book *, uint32_t, uint32_t)


STARTING, SERVING, STOPPED = ONEBOOK_SHM_STARTING, ONEBOOK_SHM_SERVING, ONEBOOK_SHM_STOPPED
LONGEST_MARKET = ONEBOOK_SHM_MARKET_BYTES - 1


def file_size(uint32_t levels, uint32_t venues, uint32_t slots):
    return file_bytes(levels, venues, slots)


@cython.final
cdef class SlotWriter:
    cdef Py_buffer view
    cdef onebook_shm_header *head
    cdef onebook_shm_book *book  # the next one, packed

    def __cinit__(self, memory, *, uint64_t epoch, int64_t pid, uint32_t levels, uint32_t venues, uint32_t slots):
        PyObject_GetBuffer(memory, &self.view, PyBUF_WRITABLE)
        if not (levels and venues and slots) or <uint64_t>self.view.len < file_bytes(levels, venues, slots):
            raise ValueError("the memory is too small for these slots")
        self.head = <onebook_shm_header *>self.view.buf
        self.book = <onebook_shm_book *>calloc(1, body_bytes(levels, venues))
        if self.book == NULL:
            raise MemoryError
        header_write(self.head, epoch, pid, levels, venues, slots)

    def __dealloc__(self):
        free(self.book)
        if self.view.obj is not None:
            PyBuffer_Release(&self.view)

    @cython.critical_section
    def close(self):
        self.head = NULL
        if self.view.obj is not None:
            PyBuffer_Release(&self.view)

    cdef onebook_shm_header *_head(self) except NULL:
        if self.head == NULL:
            raise ValueError("the slots are closed")
        return self.head

    cdef onebook_shm_slot *_slot(self, uint32_t slot) except NULL:
        if slot >= self._head().slot_count:
            raise IndexError(f"there is no slot {slot}")
        return slot_place(self.head, slot)

    # -- the server

    def set_state(self, uint32_t state):
        server_state_set(self._head(), state)

    def beat(self, int64_t monotonic):
        heartbeat_set(self._head(), monotonic)

    # -- markets

    @property
    def full(self):
        return self._head().slot_count == self.head.slot_capacity

    def next_slot(self):
        return self._head().first_slot + self.head.slot_count * self.head.slot_size, self.head.slot_size

    @cython.critical_section
    def add(self, bytes market not None):
        if not 0 < len(market) <= LONGEST_MARKET or b"\0" in market:
            raise ValueError(f"the name of a market has 1 to {LONGEST_MARKET} bytes")
        if self._head().slot_count == self.head.slot_capacity:
            raise ValueError("there is no slot left")
        slot_add(self.head, PyBytes_AS_STRING(market), <size_t>PyBytes_GET_SIZE(market))
        return self.head.slot_count - 1

    def remove(self, uint32_t slot):
        cdef onebook_shm_slot *place = self._slot(slot)
        slot_state_set(self.head, place, ONEBOOK_SHM_REMOVED)

    def restore(self, uint32_t slot):
        cdef onebook_shm_slot *place = self._slot(slot)
        slot_state_set(self.head, place, ONEBOOK_SHM_SERVED)

    # -- books

    @cython.critical_section
    def write(self, uint32_t slot, bytes message not None, int64_t monotonic):
        cdef onebook_shm_slot *place = self._slot(slot)
        cdef const unsigned char *start = <const unsigned char *>PyBytes_AS_STRING(message)
        cdef uint32_t levels = self.head.level_capacity, venues = self.head.venue_capacity
        if not book_message_in(start, <size_t>PyBytes_GET_SIZE(message), monotonic, self.book, levels, venues):
            raise ValueError(f"no book of at most {levels} levels per side and {venues} venues: {len(message)} bytes")
        slot_show(place, slot_fill(self.head, place, self.book))

    @cython.critical_section
    def withhold(self, uint32_t slot, int64_t publish_time, int64_t monotonic):
        cdef onebook_shm_slot *place = self._slot(slot)
        book_empty(monotonic, self.book)
        self.book.epoch, self.book.publish_time, self.book.flags = self.head.epoch, publish_time, ONEBOOK_SHM_WITHHELD
        slot_show(place, slot_fill(self.head, place, self.book))
