# Orders for a sweep, and what becomes of them, as Python objects.

@cython.final
cdef class VenueTerms:
    """The terms of all venues of a view, read once for as long as the same tuple is passed."""

    cdef tuple source
    cdef sweep_terms terms[MAX_VENUES]


cdef VenueTerms read_terms(object source, uint32_t venues):
    cdef VenueTerms result = VenueTerms.__new__(VenueTerms)
    cdef sweep_terms *terms
    cdef uint32_t i
    result.source = tuple(source)
    if len(result.source) != venues:
        raise ValueError(f"a sweep needs the terms of each of {venues} venues")
    for i in range(venues):
        terms = &result.terms[i]
        fee, lot, min_size, min_notional = result.source[i]
        if type(fee) is not int or not -FEE_UNITS < fee < FEE_UNITS:
            raise ValueError(f"a fee is a whole number of 1e-8 below 1, not {fee!r:.80}")
        terms.fee = fee
        read_trimmed(lot, &terms.lot)
        read_trimmed(min_size, &terms.min_size)
        read_trimmed(min_notional, &terms.min_notional)
    return result


cdef int read_order(object size, object notional, sweep_order *order) except -1:
    if (size is None) == (notional is None):
        raise ValueError("a sweep is of a size or of a notional")
    order.by_notional = size is None
    amount = notional if size is None else size
    text = str(amount) if type(amount) is Decimal else "E"
    read_trimmed(amount if "E" in text else text, &order.amount)  # text is read fastest
    if order.amount.mantissa == 0:
        raise LevelError("an amount is greater than zero")
    return 0


cdef inline tuple pair_of(const number *value):
    return value.mantissa, value.decimals


cdef object plain_order(const sweep_order *order, uint32_t venues):
    """The order for sweep_exactly()."""
    cdef const sweep_terms *terms = order.terms
    cdef uint32_t i
    read = [
        Terms(terms[i].fee, pair_of(&terms[i].lot), pair_of(&terms[i].min_size), pair_of(&terms[i].min_notional))
        for i in range(venues)
    ]
    return Order(order.side, order.by_notional, pair_of(&order.amount), read, order.beyond_proved)


cdef object swept_side(uint32_t number, const side_copy *copy):
    cdef uint32_t i
    return SweptSide(
        number,
        [(copy.levels[i].key, copy.levels[i].size) for i in range(copy.count)],
        (copy.scales.price, copy.scales.size),
        copy.whole,
        copy.extreme,
        pair_of(&copy.unit) if copy.unit.mantissa else None,
        copy.inverse,
        pair_of(&copy.rate) if copy.converted else None,
    )


cdef object make_slice(uint32_t venue, const sweep_part *part):
    return SweepSlice(
        venue,
        wide(size_high(&part.sums), size_low(&part.sums)),
        wide(notional_high(&part.sums), notional_low(&part.sums)),
        part.worst_price,
        part.sums.levels,
    )


cdef object make_sweep(const sweep *result, uint32_t venues):
    cdef const vwap_sums *sums = &result.total.sums
    cdef uint32_t i
    return Sweep(
        result.filled,
        result.scales.price,
        result.scales.size,
        wide(size_high(sums), size_low(sums)),
        wide(notional_high(sums), notional_low(sums)),
        wide(rest_high(result), rest_low(result)),
        result.total.worst_price if sums.levels else None,
        sums.levels,
        result.beyond_proved,
        tuple([make_slice(i, &result.parts[i]) for i in range(venues) if result.parts[i].sums.levels]),
    )
