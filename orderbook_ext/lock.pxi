# BookLock, and what every method does with it.

cdef bint DEBUG = os.environ.get("ONEBOOK_DEBUG") == "1"


@cython.final
cdef class BookLock:
    cdef pthread_mutex_t mutex

    def __cinit__(self):
        if pthread_mutex_init(&self.mutex, NULL) != 0:
            raise MemoryError

    def __dealloc__(self):
        pthread_mutex_destroy(&self.mutex)


cdef int raise_fault(book_status status, const scale_fault *fault) except -1:
    if status == BOOK_NO_MEMORY:
        raise MemoryError
    if status == BOOK_FULL:
        raise BookError(FULL)
    what = "the book's number " if fault.held else ""
    raise ScaleError(f"{what}{fault.mantissa}e-{fault.decimals} does not fit 64 bits with {fault.wanted} decimals")


cdef inline object wide(uint64_t high, uint64_t low):
    return (<object>high << 64) | low if high else low


cdef object vwap_of(const vwap_sums *sums):
    return SideVwap(sums.levels, wide(notional_high(sums), notional_low(sums)), wide(size_high(sums), size_low(sums)))
