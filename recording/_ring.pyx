# cython: language_level=3, boundscheck=False, wraparound=False, freethreading_compatible=True
"""The ring of ring.h for Python; interface and meanings are documented in ring_access.py."""

cimport cython
from cpython.buffer cimport PyBUF_WRITABLE, PyBuffer_Release, PyObject_GetBuffer
from cpython.tuple cimport PyTuple_GET_ITEM, PyTuple_GET_SIZE
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

from .ring_batch import Batch


cdef extern from "ring.h" nogil:
    enum:
        RING_HEADER_SIZE
        RING_RECEIVED_KIND

    ctypedef struct ring_header:
        uint64_t capacity
        uint64_t tail

    ctypedef struct ring_record:
        pass

    ctypedef struct ring:
        ring_header *header
        char *data
        uint64_t mask

    ctypedef struct ring_batch:
        uint64_t start
        uint64_t end
        uint64_t records
        uint64_t bodies
        int64_t first_time
        int64_t last_time
        uint32_t kinds

    int ring_put(ring *, uint32_t, uint8_t, const void *, uint64_t, int64_t, int64_t)
    int ring_measure(const ring *, uint64_t, uint64_t, ring_batch *)
    void ring_collect(const ring *, const ring_batch *, char *)

cdef extern from *:
    """
    #define store_release(at, value) __atomic_store_n((at), (value), __ATOMIC_RELEASE)
    """
    void store_release(uint64_t *, uint64_t)


@cython.final
cdef class RingAccess:
    cdef Py_buffer view
    cdef ring ring

    def __cinit__(self, memory):
        PyObject_GetBuffer(memory, &self.view, PyBUF_WRITABLE)
        self.ring.header = <ring_header *>self.view.buf
        self.ring.data = <char *>self.view.buf + RING_HEADER_SIZE
        self.ring.mask = <uint64_t>self.view.len - RING_HEADER_SIZE - 1
        if <uint64_t>self.view.len < RING_HEADER_SIZE + 4096 or self.ring.header.capacity != self.ring.mask + 1:
            raise ValueError("the memory is not a ring")

    def __dealloc__(self):
        if self.view.obj is not None:
            PyBuffer_Release(&self.view)

    def close(self):
        if self.view.obj is not None:
            PyBuffer_Release(&self.view)
        self.ring.header = NULL

    cdef int _check(self) except -1:
        if self.ring.header == NULL:
            raise ValueError("the ring is closed")
        return 0

    @cython.critical_section
    def put(self, uint32_t source, uint8_t kind, bytes data not None, int64_t time, int64_t monotonic):
        self._check()
        return ring_put(
            &self.ring, source, kind, PyBytes_AS_STRING(data), <uint64_t>PyBytes_GET_SIZE(data), time, monotonic
        ) != 0

    @cython.critical_section
    cdef int _put_received(self, uint32_t source, bytes data, int64_t time, int64_t monotonic) except -1:
        self._check()
        ring_put(
            &self.ring, source, RING_RECEIVED_KIND, PyBytes_AS_STRING(data), <uint64_t>PyBytes_GET_SIZE(data), time,
            monotonic,
        )
        return 0

    def receiver(self, uint32_t source):
        self._check()
        return Receiver(self, source).put

    def collect(self, uint64_t limit, start=None):
        self._check()
        cdef uint64_t begin = self.ring.header.tail if start is None else start
        cdef ring_batch batch
        cdef int found = ring_measure(&self.ring, begin, limit, &batch)
        if found < 0:
            raise ValueError("the ring is damaged")
        if found == 0:
            return None
        cdef uint64_t size = batch.records * sizeof(ring_record) + batch.bodies
        payload = PyBytes_FromStringAndSize(NULL, <Py_ssize_t>size)
        ring_collect(&self.ring, &batch, PyBytes_AS_STRING(payload))
        return Batch(payload, batch.records, batch.first_time, batch.last_time, batch.end, batch.kinds)

    def advance(self, uint64_t end):
        self._check()
        store_release(&self.ring.header.tail, end)


@cython.final
cdef class Receiver:
    """Puts the messages of one source."""

    cdef RingAccess access
    cdef uint32_t source

    def __cinit__(self, RingAccess access not None, uint32_t source):
        self.access, self.source = access, source

    def put(self, bytes data not None, at, /):
        if not isinstance(at, tuple) or PyTuple_GET_SIZE(at) != 2:
            raise TypeError("a receipt is a tuple of two times")
        self.access._put_received(
            self.source, data, <object>PyTuple_GET_ITEM(at, 0), <object>PyTuple_GET_ITEM(at, 1)
        )
