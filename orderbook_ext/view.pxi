# ConsolidatedView.

cdef enum encoding:
    ENCODE_BOOK
    ENCODE_SUMMARY
    ENCODE_STATUS
    ENCODE_COMPAT


cdef inline void point_to_text(text *out, bytes value) noexcept:
    """For as long as the caller keeps the bytes alive."""
    out.bytes, out.length = PyBytes_AS_STRING(value), <uint32_t>PyBytes_GET_SIZE(value)


cdef inline void fill_stamp(stamp *message, uint64_t publish_time, int64_t monotonic, uint64_t epoch, uint64_t sequence,
                            bint heartbeat, bytes extra) noexcept:
    message.publish_time, message.monotonic, message.epoch, message.sequence = publish_time, monotonic, epoch, sequence
    message.heartbeat = heartbeat
    point_to_text(&message.extra, extra)


@cython.final
@cython.no_gc_clear
cdef class ConsolidatedView:
    cdef view view
    cdef BookLock lock  # of the view's own state: one of the venues'
    cdef tuple locks  # all of the venues', in the order of their addresses
    cdef pthread_mutex_t *mutexes[MAX_VENUES]  # theirs
    cdef tuple entries  # kept alive: the view points into them
    cdef str market
    cdef bytes market_bytes
    cdef tuple currency_bytes
    cdef VenueTerms terms  # of the last sweep
    cdef uint64_t generation  # counts refreshes
    cdef list side_cache  # bids, asks as of side_generation
    cdef uint64_t side_generation[2]

    def __cinit__(self, str market not None, venues, *, int levels, dust=None, int vwap_levels=20, currencies=()):
        self.entries = tuple(venues)
        self.side_cache = [None, None]
        if len(self.entries) > MAX_VENUES:
            raise ValueError(f"a view takes at most {MAX_VENUES} venues")
        if not (1 <= levels <= MAX_VIEW_LEVELS and 1 <= vwap_levels <= MAX_VIEW_LEVELS):
            raise ValueError(f"levels and vwap_levels lie in 1..{MAX_VIEW_LEVELS}")
        self.market, self.market_bytes = market, market.encode()
        self.currency_bytes = tuple([currency.encode() for currency in currencies]) or (b"",) * len(self.entries)
        if len(self.currency_bytes) != len(self.entries):
            raise ValueError("currencies has one text a venue")
        self._gather_locks()
        point_to_text(&self.view.market, self.market_bytes)
        self.view.venue_count, self.view.levels, self.view.vwap_levels = len(self.entries), levels, vwap_levels
        self.view.dust.mantissa, self.view.dust.decimals = parse_any_number(dust) if dust is not None else (0, 0)
        if not view_init(&self.view):
            raise MemoryError
        for i in range(len(self.entries)):
            self._point_to(i, <BookStatus>self.entries[i])
        self.refresh()

    cdef int _gather_locks(self) except -1:
        cdef uint32_t i
        by_address = {<uintptr_t>&(<BookStatus?>entry).lock.mutex: (<BookStatus>entry).lock for entry in self.entries}
        self.locks = tuple([by_address[address] for address in sorted(by_address)]) or (BookLock(),)
        self.lock = self.locks[0]
        for i in range(len(self.locks)):
            self.mutexes[i] = &(<BookLock>self.locks[i]).mutex
        return 0

    cdef int _point_to(self, Py_ssize_t i, BookStatus entry) except -1:
        currency = <bytes?>self.currency_bytes[i]
        self.view.venues[i] = &entry.venue
        point_to_text(&self.view.names[i], entry.name_bytes)
        point_to_text(&self.view.rates[i].currency, currency)
        self.view.rates[i].known = len(currency) == 0
        self.view.rated |= len(currency) > 0
        return 0

    def __dealloc__(self):
        view_free(&self.view)

    def refresh(self):
        cdef uint32_t locks = <uint32_t>PyTuple_GET_SIZE(self.locks)
        mutexes_acquire(self.mutexes, locks)
        cdef bint done = view_refresh(&self.view)
        self.generation += done
        mutexes_release(self.mutexes, locks)
        if not done:
            raise MemoryError

    # -- rates of other quote currencies

    cdef rate *_rate(self, Py_ssize_t place) except NULL:
        if not 0 <= place < <Py_ssize_t>self.view.venue_count or self.view.rates[place].currency.length == 0:
            raise ValueError(f"there is no venue of another quote currency at {place}")
        return &self.view.rates[place]

    def set_rate(self, Py_ssize_t place, bid, ask):
        cdef rate *found = self._rate(place)
        cdef number numbers[2]
        read_trimmed(bid, &numbers[0])
        read_trimmed(ask, &numbers[1])
        check_rate((numbers[0].mantissa, numbers[0].decimals), (numbers[1].mantissa, numbers[1].decimals))
        mutex_acquire(&self.lock.mutex)
        found.sides[0], found.sides[1] = numbers[0], numbers[1]
        found.known = True
        mutex_release(&self.lock.mutex)

    def suspend(self, Py_ssize_t place):
        cdef rate *found = self._rate(place)
        mutex_acquire(&self.lock.mutex)
        found.known = False
        mutex_release(&self.lock.mutex)

    # -- the books as they are

    @cython.critical_section
    cdef VenueTerms _venue_terms(self, object terms):
        if self.terms is None or self.terms.source is not terms:
            self.terms = read_terms(terms, self.view.venue_count)
        return self.terms

    def sweep(self, int side, *, size=None, notional=None, terms, bint beyond_proved=False):
        cdef VenueTerms venue_terms = self._venue_terms(terms)
        cdef sweep_order order
        cdef sweep result
        cdef uint32_t locks = <uint32_t>PyTuple_GET_SIZE(self.locks)
        cdef side_copy copies[MAX_VENUES]
        cdef bint copied = False
        if side not in (0, 1):
            raise ValueError("side is 0 (sell into the bids) or 1 (buy the asks)")
        read_order(size, notional, &order)
        order.side, order.beyond_proved, order.terms = side, beyond_proved, venue_terms.terms
        mutexes_acquire(self.mutexes, locks)
        cdef bint done = view_sweep(&self.view, &order, &result)
        if not done:
            copied = side_copies_make(&self.view, side, copies)
        mutexes_release(self.mutexes, locks)
        if done:
            return make_sweep(&result, self.view.venue_count)
        try:
            if not copied:
                raise MemoryError
            sides = [swept_side(i, &copies[i]) for i in range(self.view.venue_count) if copies[i].levels != NULL]
        finally:
            side_copies_free(copies, self.view.venue_count)
        dust = (self.view.dust.mantissa, self.view.dust.decimals)
        return sweep_exactly(sides, dust, plain_order(&order, self.view.venue_count))

    # -- the state of the last refresh

    @property
    def price_decimals(self):
        mutex_acquire(&self.lock.mutex)
        cdef uint32_t decimals = self.view.now.scales.price
        mutex_release(&self.lock.mutex)
        return decimals

    @property
    def size_decimals(self):
        mutex_acquire(&self.lock.mutex)
        cdef uint32_t decimals = self.view.now.scales.size
        mutex_release(&self.lock.mutex)
        return decimals

    @property
    def bids(self):
        return self._side(0)

    @property
    def asks(self):
        return self._side(1)

    @cython.critical_section
    cdef tuple _side(self, int side):
        """The shown levels of a side as tuples, kept until the next refresh."""
        cdef merged_level *levels
        cdef uint32_t i, count
        mutex_acquire(&self.lock.mutex)
        cdef uint64_t generation = self.generation
        cdef bint cached = self.side_cache[side] is not None and self.side_generation[side] == generation
        count = shown_levels(&self.view, side)
        levels = NULL
        if not cached:
            levels = <merged_level *>malloc((count + 1) * sizeof(merged_level))
            if levels != NULL:
                memcpy(levels, self.view.now.levels[side], count * sizeof(merged_level))
        mutex_release(&self.lock.mutex)
        if cached:
            return self.side_cache[side]
        if levels == NULL:
            raise MemoryError
        try:
            self.side_cache[side] = tuple([(levels[i].price, levels[i].size, levels[i].venue) for i in range(count)])
        finally:
            free(levels)
        self.side_generation[side] = generation
        return self.side_cache[side]

    @property
    def spread(self):
        mutex_acquire(&self.lock.mutex)
        cdef bint there = self.view.now.two_sided
        cdef int64_t spread = self.view.now.spread
        mutex_release(&self.lock.mutex)
        return spread if there else None

    @property
    def mid(self):
        mutex_acquire(&self.lock.mutex)
        cdef bint there = self.view.now.two_sided
        cdef int64_t mid = self.view.now.mid
        mutex_release(&self.lock.mutex)
        return mid if there else None

    @property
    def spread_basis_points(self):
        mutex_acquire(&self.lock.mutex)
        merge_prices(self.view.now)
        cdef bint there = self.view.now.has_spread_points
        cdef int64_t points = self.view.now.spread_points
        mutex_release(&self.lock.mutex)
        return points if there else None

    @property
    def microprice(self):
        mutex_acquire(&self.lock.mutex)
        cdef vwap_prices prices = merge_prices(self.view.now)[0]
        mutex_release(&self.lock.mutex)
        return prices.price[3] if prices.has[3] else None

    @property
    def states(self):
        mutex_acquire(&self.lock.mutex)
        try:
            return tuple([self.view.now.venues[i].state.state for i in range(self.view.venue_count)])
        finally:
            mutex_release(&self.lock.mutex)

    @property
    def proved(self):
        mutex_acquire(&self.lock.mutex)
        cdef uint32_t bids = self.view.now.proved[0], asks = self.view.now.proved[1]
        mutex_release(&self.lock.mutex)
        return bids, asks

    @property
    def exchange_time(self):
        mutex_acquire(&self.lock.mutex)
        cdef int64_t time = self.view.now.exchange_time
        mutex_release(&self.lock.mutex)
        return time

    @property
    def receive_time(self):
        mutex_acquire(&self.lock.mutex)
        cdef int64_t time = self.view.now.receive_time
        mutex_release(&self.lock.mutex)
        return time

    @property
    def bid_vwap(self):
        return self._vwap(0)

    @property
    def ask_vwap(self):
        return self._vwap(1)

    cdef object _vwap(self, int side):
        mutex_acquire(&self.lock.mutex)
        cdef vwap_sums sums = self.view.now.vwaps[side]
        mutex_release(&self.lock.mutex)
        return vwap_of(&sums)

    def vwap_prices(self):
        mutex_acquire(&self.lock.mutex)
        cdef vwap_prices prices = merge_prices(self.view.now)[0]
        mutex_release(&self.lock.mutex)
        return (
            prices.decimals,
            prices.price[0] if prices.has[0] else None,
            prices.price[1] if prices.has[1] else None,
            prices.price[2] if prices.has[2] else None,
        )

    def pack(self):
        cdef uint32_t side
        cdef size_t sizes[2]
        cdef uint8_t *packed
        mutex_acquire(&self.lock.mutex)
        try:
            for side in range(2):
                sizes[side] = shown_levels(&self.view, side) * sizeof(merged_level)
            result = PyBytes_FromStringAndSize(NULL, sizes[0] + sizes[1])
            packed = <uint8_t *>PyBytes_AS_STRING(result)
            memcpy(packed, self.view.now.levels[0], sizes[0])
            memcpy(packed + sizes[0], self.view.now.levels[1], sizes[1])
        finally:
            mutex_release(&self.lock.mutex)
        return result

    # -- encodings of it

    cdef bytes _encode(self, encoding kind, const stamp *stamp):
        cdef uint8_t *end
        cdef uint8_t *start = NULL
        result = None
        mutex_acquire(&self.lock.mutex)
        try:
            if reserve_out(&self.view, stamp.extra.length if stamp != NULL else 0):
                end = self.view.out + self.view.out_capacity
                if kind == ENCODE_BOOK:
                    start = encode_book(&self.view, stamp, end)
                elif kind == ENCODE_SUMMARY:
                    start = encode_summary(&self.view, stamp, end)
                elif kind == ENCODE_STATUS:
                    start = encode_status(&self.view, stamp, end)
                else:
                    start = encode_compat(&self.view, end)
                result = PyBytes_FromStringAndSize(<char *>start, end - start)
        finally:
            mutex_release(&self.lock.mutex)
        if result is None:
            raise MemoryError
        return result

    def encode_book(self, uint64_t publish_time, int64_t monotonic, uint64_t epoch, uint64_t sequence,
                    bint heartbeat=False, bytes extra not None=b""):
        cdef stamp message
        fill_stamp(&message, publish_time, monotonic, epoch, sequence, heartbeat, extra)
        return self._encode(ENCODE_BOOK, &message)

    def encode_summary(self, uint64_t publish_time, int64_t monotonic, uint64_t epoch, uint64_t sequence,
                       bint heartbeat=False, bytes extra not None=b""):
        cdef stamp message
        fill_stamp(&message, publish_time, monotonic, epoch, sequence, heartbeat, extra)
        return self._encode(ENCODE_SUMMARY, &message)

    def encode_status(self, uint64_t publish_time, int64_t monotonic, uint64_t epoch, uint64_t sequence,
                      bint heartbeat=False):
        cdef stamp message
        fill_stamp(&message, publish_time, monotonic, epoch, sequence, heartbeat, b"")
        return self._encode(ENCODE_STATUS, &message)

    def encode_compat(self):
        return self._encode(ENCODE_COMPAT, NULL)

    def encode_qualities(self, uint32_t field, int32_t decimals, int64_t monotonic):
        cdef uint8_t *end
        cdef uint8_t *start
        result = None
        mutex_acquire(&self.lock.mutex)
        try:
            if reserve_out(&self.view, 0):
                end = self.view.out + self.view.out_capacity
                start = encode_qualities(&self.view, field, decimals, monotonic, end)
                result = PyBytes_FromStringAndSize(<char *>start, end - start)
        finally:
            mutex_release(&self.lock.mutex)
        if result is None:
            raise MemoryError
        return result
