# TradeThroughCounter.


@cython.final
cdef class TradeThroughCounter:
    cdef trade_through state
    cdef digit_guess guess
    cdef object price  # the last one; of the same object the number is known
    cdef number parsed

    cdef bint _parse(self, price) except -1:
        """False for a price that no book can have."""
        cdef Py_ssize_t length
        cdef const uint8_t *text
        if price is self.price and price is not None:
            return True
        spelled = str(price)
        text = <const uint8_t *>PyUnicode_AsUTF8AndSize(spelled, &length)
        if parse_number(text, text + length, &self.parsed, &self.guess) != text + length:
            self.price = None
            return False
        self.price = price
        return True

    def traded(self, OrderBook book not None, price, int side, int64_t now):
        cdef level best[2]
        mutex_acquire(&book.lock.mutex)
        cdef uint32_t decimals = book.book.scales.price
        cdef bint both = side_best(&book.book.sides[0], &best[0]) and side_best(&book.book.sides[1], &best[1])
        mutex_release(&book.lock.mutex)
        if not both:
            self.clear()
            return ""
        found = trade_through_add(&self.state, self._place(price, best, decimals), best, side, now)
        if found == TRADES_FIT:
            return ""
        return finding_far(price) if found == TRADES_FAR else finding_through(price)

    cdef int _place(self, price, const level *best, uint32_t decimals) except -1:
        cdef number bid, ask
        if not self._parse(price):
            return exact_price_place(price, best[0].key, -best[1].key, decimals)
        bid.mantissa, ask.mantissa = <uint64_t>best[0].key, <uint64_t>-best[1].key
        bid.decimals = ask.decimals = decimals
        return price_place(self.parsed, bid, ask)

    def clear(self):
        memset(&self.state, 0, sizeof(trade_through))
