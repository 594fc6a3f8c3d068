# Levels copied out of a book under its mutex, to make Python objects of them after it.

cdef struct level_copy:
    level *sides[2]
    uint32_t counts[2]
    level *memory


cdef int check_levels(int levels) except -1:
    if levels < 0:
        raise ValueError("levels is not negative and below 2**31")
    return 0


cdef void copy_top(const book *book, uint32_t levels, level_copy *copy) noexcept nogil:
    """Up to `levels` of both sides, best first; memory is NULL if there was none. No Python here."""
    cdef uint32_t bids = min(levels, side_count(&book.sides[0]))
    cdef uint32_t asks = min(levels, side_count(&book.sides[1]))
    copy.memory = <level *>malloc((<size_t>bids + asks + 1) * sizeof(level))
    if copy.memory == NULL:
        return
    copy.sides[0] = copy.memory
    copy.sides[1] = copy.memory + bids
    copy.counts[0] = book_top(book, 0, bids, copy.sides[0])
    copy.counts[1] = book_top(book, 1, asks, copy.sides[1])


cdef int check_copy(const level_copy *copy) except -1:
    if copy.memory == NULL:
        raise MemoryError
    return 0


cdef list copy_levels(const level_copy *copy, int side):
    cdef uint32_t i
    return [(copy.sides[side][i].key, copy.sides[side][i].size) for i in range(copy.counts[side])]


cdef bytes pack_copy(const level_copy *copy):
    """Rows of bid price, bid size, ask price, ask size; (-1, 0) where a side has no more."""
    cdef uint32_t rows = max(copy.counts[0], copy.counts[1])
    cdef bytes packed = PyBytes_FromStringAndSize(NULL, rows * 4 * sizeof(int64_t))
    cdef int64_t *out = <int64_t *>PyBytes_AS_STRING(packed)
    cdef uint32_t i
    cdef int side
    for i in range(rows):
        for side in range(2):
            out[0], out[1] = -1, 0
            if i < copy.counts[side]:
                out[0], out[1] = copy.sides[side][i].key, copy.sides[side][i].size
            out += 2
    return packed
