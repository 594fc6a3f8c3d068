# Levels from Python lists into the memory the core reads.

cdef inline int read_number(object value, number *out) except -1:
    cdef Py_ssize_t length
    cdef const char *text
    cdef const uint8_t *stop
    cdef digit_guess guess = digit_guess(0, 0)
    if type(value) is str:
        text = PyUnicode_AsUTF8AndSize(value, &length)
        stop = <const uint8_t *>text + length
        if parse_number(<const uint8_t *>text, stop, out, &guess) == stop:
            return 0
    mantissa, decimals = parse_any_number(value)  # the other types, and the right error
    out.mantissa, out.decimals = mantissa, decimals
    return 0


cdef inline int read_trimmed(object value, number *out) except -1:
    """The number without the zeros behind the point that its text has."""
    read_number(value, out)
    trim_decimals(&out.mantissa, &out.decimals)
    return 0


cdef int read_row(object row, level_list *list_) except -1:
    cdef number price, size
    if type(row) is list and len(<list>row) >= 2:
        read_number((<list>row)[0], &price)
        read_number((<list>row)[1], &size)
    elif type(row) is tuple and len(<tuple>row) >= 2:
        read_number((<tuple>row)[0], &price)
        read_number((<tuple>row)[1], &size)
    elif isinstance(row, Sequence) and not isinstance(row, (str, bytes)) and len(row) >= 2:
        read_number(row[0], &price)
        read_number(row[1], &size)
    else:
        raise LevelError(f"a level is a sequence of price and size, not {row!r:.80}")
    if price.mantissa == 0:
        raise LevelError(NO_PRICE)
    if not level_list_reserve(list_):
        raise MemoryError
    cdef raw_level *raw = &list_.raw[list_.count]
    raw.price, raw.price_decimals = price.mantissa, <uint8_t>price.decimals
    raw.size, raw.size_decimals = size.mantissa, <uint8_t>size.decimals
    list_.count += 1
    return 0


cdef int read_rows(object bids, object asks, level_list *lists) except -1:
    for row in bids:
        read_row(row, &lists[0])
    for row in asks:
        read_row(row, &lists[1])
    return 0
