# ConsolidatedView.

cdef enum encoding:
    ENCODE_BOOK
    ENCODE_SUMMARY
    ENCODE_STATUS
    ENCODE_COMPAT


@cython.final
@cython.no_gc_clear
cdef class ConsolidatedView:
    cdef view view
    cdef BookLock lock
    cdef tuple entries  # kept alive: the view points into them
    cdef str market
    cdef bytes market_bytes
    cdef uint64_t generation  # counts refreshes
    cdef list side_cache  # bids, asks as of side_generation
    cdef uint64_t side_generation[2]

    def __cinit__(self, str market not None, venues, *, int levels, dust=None, int vwap_levels=20):
        self.entries = tuple(venues)
        self.side_cache = [None, None]
        if len(self.entries) > MAX_VENUES:
            raise ValueError(f"a view takes at most {MAX_VENUES} venues")
        if not (1 <= levels <= MAX_VIEW_LEVELS and 1 <= vwap_levels <= MAX_VIEW_LEVELS):
            raise ValueError(f"levels and vwap_levels lie in 1..{MAX_VIEW_LEVELS}")
        self.market, self.market_bytes = market, market.encode()
        self.lock = (<VenueEntry?>self.entries[0]).lock if self.entries else BookLock()
        self.view.market = text(PyBytes_AS_STRING(self.market_bytes), <uint32_t>len(self.market_bytes))
        self.view.venue_count, self.view.levels, self.view.vwap_levels = len(self.entries), levels, vwap_levels
        self.view.dust.mantissa, self.view.dust.decimals = parse_any_number(dust) if dust is not None else (0, 0)
        if not view_init(&self.view):
            raise MemoryError
        for i in range(len(self.entries)):
            self._point_to(i, <VenueEntry?>self.entries[i])
        self.refresh()

    cdef int _point_to(self, Py_ssize_t i, VenueEntry entry) except -1:
        if entry.lock is not self.lock:
            raise ValueError("the venues of a view share one lock")
        self.view.venues[i] = &entry.venue
        self.view.names[i] = text(PyBytes_AS_STRING(entry.name_bytes), <uint32_t>len(entry.name_bytes))
        return 0

    def __dealloc__(self):
        view_free(&self.view)

    def refresh(self):
        cdef uint32_t venue = 0
        mutex_acquire(&self.lock.mutex)
        cdef merge_status status = view_refresh(&self.view, &venue)
        self.generation += status == MERGE_OK
        mutex_release(&self.lock.mutex)
        if status != MERGE_OK:
            self._raise(status, venue)

    cdef int _raise(self, merge_status status, uint32_t venue) except -1:
        if status == MERGE_NO_MEMORY:
            raise MemoryError
        if status == MERGE_SUM:
            raise ScaleError("the sum of price x size passes 128 bits")
        if venue == self.view.venue_count:
            raise ScaleError(f"the mid price of {self.market} does not fit 64 bits")
        name = (<VenueEntry>self.entries[venue]).name
        raise ScaleError(f"{name}: a level does not fit 64 bits at the market's common scale")

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
            if reserve_out(&self.view):
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
                    bint heartbeat=False):
        cdef stamp message = stamp(publish_time, epoch, sequence, monotonic, heartbeat)
        return self._encode(ENCODE_BOOK, &message)

    def encode_summary(self, uint64_t publish_time, int64_t monotonic, uint64_t epoch, uint64_t sequence,
                       bint heartbeat=False):
        cdef stamp message = stamp(publish_time, epoch, sequence, monotonic, heartbeat)
        return self._encode(ENCODE_SUMMARY, &message)

    def encode_status(self, uint64_t publish_time, int64_t monotonic, uint64_t epoch, uint64_t sequence,
                      bint heartbeat=False):
        cdef stamp message = stamp(publish_time, epoch, sequence, monotonic, heartbeat)
        return self._encode(ENCODE_STATUS, &message)

    def encode_compat(self):
        return self._encode(ENCODE_COMPAT, NULL)
