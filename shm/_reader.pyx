# cython: language_level=3, boundscheck=False, wraparound=False, freethreading_compatible=True
"""The reader of onebook_shm.h for Python; interface and meanings are documented in _reader.pyi."""

cimport cython
from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from cpython.bytes cimport PyBytes_FromStringAndSize
from libc.stddef cimport size_t
from libc.stdint cimport uint32_t, uint64_t
from libc.stdlib cimport free, malloc


cdef extern from "onebook_shm.h" nogil:
    enum:
        ONEBOOK_SHM_OK
        ONEBOOK_SHM_SERVER_GONE
        ONEBOOK_SHM_NOT_SERVING

    ctypedef struct onebook_shm_map:
        pass

    ctypedef struct onebook_shm_level:
        pass

    ctypedef struct onebook_shm_venue:
        pass

    ctypedef struct onebook_shm_book:
        uint32_t bid_count
        uint32_t ask_count
        uint32_t venue_count

    int onebook_shm_attach(onebook_shm_map *, const void *, size_t)
    int onebook_shm_alive(const onebook_shm_map *)
    int onebook_shm_read(const onebook_shm_map *, int, onebook_shm_book *)
    uint64_t onebook_shm_version(const onebook_shm_map *, int)
    size_t onebook_shm_book_size(const onebook_shm_map *)


@cython.final
cdef class Reader:
    cdef Py_buffer view
    cdef onebook_shm_map map
    cdef onebook_shm_book *book  # what was read last

    def __cinit__(self, memory):
        PyObject_GetBuffer(memory, &self.view, PyBUF_SIMPLE)
        if onebook_shm_attach(&self.map, self.view.buf, <size_t>self.view.len) != ONEBOOK_SHM_OK:
            raise ValueError("the memory is not a file of this layout")
        self.book = <onebook_shm_book *>malloc(onebook_shm_book_size(&self.map))
        if self.book == NULL:
            raise MemoryError

    def __dealloc__(self):
        self._release()

    def close(self):
        self._release()

    cdef void _release(self) noexcept:
        free(self.book)
        self.book = NULL
        if self.view.obj is not None:
            PyBuffer_Release(&self.view)

    cdef int _check(self) except -1:
        if self.book == NULL:
            raise ValueError("the books are closed")
        return 0

    def alive(self):
        self._check()
        return onebook_shm_alive(&self.map)

    def version(self, int slot):
        self._check()
        return onebook_shm_version(&self.map, slot)

    @cython.critical_section
    def read(self, int slot):
        self._check()
        cdef int result = onebook_shm_read(&self.map, slot, self.book)
        return self._packed() if result == ONEBOOK_SHM_OK else result

    @cython.critical_section
    def last(self, int slot):
        self._check()
        cdef int result = onebook_shm_read(&self.map, slot, self.book)
        if result in (ONEBOOK_SHM_OK, ONEBOOK_SHM_SERVER_GONE, ONEBOOK_SHM_NOT_SERVING):
            return self._packed()
        return result

    cdef bytes _packed(self):
        cdef size_t levels = <size_t>self.book.bid_count + self.book.ask_count
        cdef size_t size = sizeof(onebook_shm_book) + levels * sizeof(onebook_shm_level)
        size += self.book.venue_count * sizeof(onebook_shm_venue)
        return PyBytes_FromStringAndSize(<char *>self.book, <Py_ssize_t>size)
