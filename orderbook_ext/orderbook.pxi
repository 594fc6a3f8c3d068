# OrderBook.


cdef int read_checksum_rule(object rule, checksum_rule *parts) except -1:
    if not isinstance(rule, ChecksumRule):
        raise TypeError("a checksum takes a ChecksumRule")
    cdef bytes program = rule.program
    if len(program) != CHECKSUM_PROGRAM:
        raise ValueError("a checksum's program is of another version")
    memcpy(parts, PyBytes_AS_STRING(program), CHECKSUM_PROGRAM)
    return 0


@cython.final
@cython.no_gc_clear
cdef class OrderBook:
    cdef book book
    cdef readonly BookLock lock
    cdef object top_cache  # top() of top_version for top_levels
    cdef uint64_t top_version
    cdef int top_levels

    def __cinit__(self, int price_decimals=0, int size_decimals=0, *, tick=None, int depth=0,
                  bint window=False, bint written=False, BookLock lock=None):
        cdef number step = number(0, 0)
        if not (0 <= price_decimals <= MAX_DECIMALS and 0 <= size_decimals <= MAX_DECIMALS):
            raise ValueError(f"decimals lie in 0..{MAX_DECIMALS}")
        if depth < 0:
            raise ValueError("depth is 0 (all) or a number of levels")
        if window and not depth:
            raise ValueError("a window has a depth")
        if tick is not None:
            step.mantissa, step.decimals = parse_any_number(tick)
            if step.mantissa == 0:
                raise LevelError("a tick is greater than zero")
        self.lock = lock if lock is not None else BookLock()
        book_init(&self.book, price_decimals, size_decimals, step, depth, window, written)

    def __dealloc__(self):
        book_free(&self.book)

    # -- what it is

    @property
    def price_decimals(self):
        mutex_acquire(&self.lock.mutex)
        cdef uint32_t decimals = self.book.scales.price
        mutex_release(&self.lock.mutex)
        return decimals

    @property
    def size_decimals(self):
        mutex_acquire(&self.lock.mutex)
        cdef uint32_t decimals = self.book.scales.size
        mutex_release(&self.lock.mutex)
        return decimals

    @property
    def version(self):
        mutex_acquire(&self.lock.mutex)
        cdef uint64_t version = self.book.version
        mutex_release(&self.lock.mutex)
        return version

    @property
    def whole(self):
        mutex_acquire(&self.lock.mutex)
        cdef bint whole = self.book.whole
        mutex_release(&self.lock.mutex)
        return whole

    @property
    def lowest_complete_bid(self):
        return self._extreme(0)

    @property
    def highest_complete_ask(self):
        return self._extreme(1)

    cdef int64_t _extreme(self, int side):
        mutex_acquire(&self.lock.mutex)
        cdef int64_t price = self.book.extremes[side]
        mutex_release(&self.lock.mutex)
        return price

    @property
    def backend(self):
        mutex_acquire(&self.lock.mutex)
        cdef bint laddered = self.book.sides[0].laddered or self.book.sides[1].laddered
        mutex_release(&self.lock.mutex)
        return "ladder" if laddered else "array"

    # -- changing it

    cdef int _change(self, level_list *lists, bint replace, bint whole) except -1:
        """Applies the lists, or loads them, under the mutex."""
        cdef scale_fault fault
        cdef const char *broken = NULL
        mutex_acquire(&self.lock.mutex)
        cdef book_status status = (
            book_load(&self.book, lists, whole, &fault) if replace else book_apply(&self.book, lists, &fault)
        )
        if DEBUG:
            broken = book_check(&self.book)
        mutex_release(&self.lock.mutex)
        if status != BOOK_OK:
            raise_fault(status, &fault)
        if broken:
            raise AssertionError(broken.decode())
        return 0

    cdef int _change_rows(self, object bids, object asks, bint replace, bint whole) except -1:
        cdef level_list lists[2]
        memset(lists, 0, sizeof(lists))  # A constructor of Cython's would set the fields that it knows, and no others.
        try:
            read_rows(bids, asks, lists)
            self._change(lists, replace, whole)
        finally:
            level_list_free(&lists[0])
            level_list_free(&lists[1])
        return 0

    cdef int _change_scanned(self, FrameDecoder decoder, bint replace, bint whole) except -1:
        decoder._take()
        try:
            if not decoder.frame.valid:
                raise BookError("the decoder holds no depth frame")
            self._change(decoder.frame.sides, replace, whole)
        finally:
            flag_give(&decoder.busy)
        return 0

    def load(self, bids, asks, *, bint whole=False):
        self._change_rows(bids, asks, True, whole)

    def apply(self, bids, asks):
        self._change_rows(bids, asks, False, False)

    def load_encoded(self, bytes response not None, *, fields, decimals, bounds, bint whole=False):
        cdef level_list lists[4]
        cdef encoded_book plan
        cdef int result
        cdef int i
        plan.held, plan.sides[0], plan.sides[1] = fields
        plan.decimals[0], plan.decimals[1] = decimals
        plan.bounds[0], plan.bounds[1] = bounds
        if plan.decimals[0] > MAX_DECIMALS or plan.decimals[1] > MAX_DECIMALS:
            raise LevelError(f"numbers have at most {MAX_DECIMALS} decimals")
        memset(lists, 0, sizeof(lists))
        try:
            result = read_encoded_levels(
                <const uint8_t *>PyBytes_AS_STRING(response), PyBytes_GET_SIZE(response), &plan, lists
            )
            if result == ENCODED_NO_MEMORY:
                raise MemoryError
            if result == ENCODED_NO_PRICE:
                raise LevelError(NO_PRICE)
            if result != ENCODED:
                raise LevelError(NO_LEVELS)
            self._change(lists, True, whole)
            if lists[2].count or lists[3].count:
                self._change(&lists[2], False, False)
        finally:
            for i in range(4):
                level_list_free(&lists[i])

    def load_scanned(self, FrameDecoder decoder not None, *, bint whole=False):
        self._change_scanned(decoder, True, whole)

    def apply_scanned(self, FrameDecoder decoder not None):
        self._change_scanned(decoder, False, False)

    def feed(self, FrameDecoder decoder not None, frame):
        decoder._take()
        try:
            if not decoder._scan(frame, -1):
                return False
            self._change(decoder.frame.sides, False, False)
            return True
        finally:
            flag_give(&decoder.busy)

    def feed_batch(self, FrameDecoder decoder not None, frames):
        cdef tuple kept = tuple(frames)
        cdef Py_ssize_t count = len(kept)
        cdef const uint8_t **data = <const uint8_t **>malloc((count + 1) * sizeof(void *))
        cdef size_t *lengths = <size_t *>malloc((count + 1) * sizeof(size_t))
        try:
            if data == NULL or lengths == NULL:
                raise MemoryError
            for i in range(count):
                if type(kept[i]) is not bytes:
                    raise TypeError("feed_batch takes frames of bytes")
                data[i] = <const uint8_t *>PyBytes_AS_STRING(kept[i])
                lengths[i] = PyBytes_GET_SIZE(kept[i])
            return self._feed_all(decoder, data, lengths, count)
        finally:
            free(data)
            free(lengths)

    cdef Py_ssize_t _feed_all(self, FrameDecoder decoder, const uint8_t **data, size_t *lengths,
                              Py_ssize_t count) except -1:
        cdef scale_fault fault
        cdef book_status status = BOOK_OK
        cdef const char *broken = NULL
        cdef Py_ssize_t i, fed = 0
        decoder._take()
        with nogil:
            for i in range(count):
                if not scan_frame(&decoder.shape, &decoder.frame, data[i], lengths[i], -1):
                    if decoder.frame.no_memory:
                        status = BOOK_NO_MEMORY
                        break
                    continue
                pthread_mutex_lock(&self.lock.mutex)
                status = book_apply(&self.book, decoder.frame.sides, &fault)
                if DEBUG:
                    broken = book_check(&self.book)
                mutex_release(&self.lock.mutex)
                if status != BOOK_OK or broken:
                    break
                fed += 1
        flag_give(&decoder.busy)
        if status != BOOK_OK:
            raise_fault(status, &fault)
        if broken:
            raise AssertionError(broken.decode())
        return fed

    def clear(self):
        mutex_acquire(&self.lock.mutex)
        book_clear(&self.book)
        mutex_release(&self.lock.mutex)

    # -- proving it

    def known(self, int levels):
        check_levels(levels)
        mutex_acquire(&self.lock.mutex)
        cdef uint32_t bids = book_known(&self.book, 0, levels)
        cdef uint32_t asks = book_known(&self.book, 1, levels)
        mutex_release(&self.lock.mutex)
        return bids, asks

    def checksum(self, rule not None):
        cdef checksum_rule parts
        read_checksum_rule(rule, &parts)
        mutex_acquire(&self.lock.mutex)
        cdef uint32_t value = book_checksum(&self.book, &parts)
        mutex_release(&self.lock.mutex)
        return value

    # -- reading it

    cdef bint _best(self, int side, level *best):
        """One side's best level as price and size."""
        mutex_acquire(&self.lock.mutex)
        cdef bint there = side_best(&self.book.sides[side], best)
        mutex_release(&self.lock.mutex)
        return there

    def best(self):
        cdef level bid, ask
        mutex_acquire(&self.lock.mutex)
        cdef bint both = side_best(&self.book.sides[0], &bid) and side_best(&self.book.sides[1], &ask)
        mutex_release(&self.lock.mutex)
        return (bid.key, bid.size, -ask.key, ask.size) if both else None

    def best_bid(self):
        cdef level best
        return (best.key, best.size) if self._best(0, &best) else None

    def best_ask(self):
        cdef level best
        return (-best.key, best.size) if self._best(1, &best) else None

    def top(self, int levels):
        check_levels(levels)
        return self._top(levels)

    @cython.critical_section
    cdef tuple _top(self, int levels):
        cdef uint64_t version
        cdef level_copy copy
        mutex_acquire(&self.lock.mutex)
        version = self.book.version
        cdef bint cached = self.top_cache is not None and version == self.top_version and levels == self.top_levels
        if not cached:
            copy_top(&self.book, levels, &copy)
        mutex_release(&self.lock.mutex)
        if cached:
            return <tuple>self.top_cache
        try:
            check_copy(&copy)
            self.top_cache = (tuple(copy_levels(&copy, 0)), tuple(copy_levels(&copy, 1)))
        finally:
            free(copy.memory)
        self.top_version, self.top_levels = version, levels
        return <tuple>self.top_cache

    def top_packed(self, int levels):
        cdef level_copy copy
        check_levels(levels)
        mutex_acquire(&self.lock.mutex)
        copy_top(&self.book, levels, &copy)
        mutex_release(&self.lock.mutex)
        try:
            check_copy(&copy)
            return pack_copy(&copy)
        finally:
            free(copy.memory)

    def levels(self):
        cdef level_copy copy
        mutex_acquire(&self.lock.mutex)
        copy_top(&self.book, 0xFFFFFFFF, &copy)
        mutex_release(&self.lock.mutex)
        try:
            check_copy(&copy)
            return copy_levels(&copy, 0), copy_levels(&copy, 1)
        finally:
            free(copy.memory)

    def counts(self):
        mutex_acquire(&self.lock.mutex)
        cdef uint32_t bids = side_count(&self.book.sides[0])
        cdef uint32_t asks = side_count(&self.book.sides[1])
        mutex_release(&self.lock.mutex)
        return bids, asks

    def crossed(self):
        mutex_acquire(&self.lock.mutex)
        cdef bint crossed = book_crossed(&self.book)
        mutex_release(&self.lock.mutex)
        return crossed

    def vwap(self, int levels):
        cdef vwap_sums bids, asks
        check_levels(levels)
        mutex_acquire(&self.lock.mutex)
        cdef bint fits = book_vwap(&self.book, 0, levels, &bids) and book_vwap(&self.book, 1, levels, &asks)
        mutex_release(&self.lock.mutex)
        if not fits:
            raise ScaleError("the sum of price x size passes 128 bits")
        return vwap_of(&bids), vwap_of(&asks)

    def stats(self):
        mutex_acquire(&self.lock.mutex)
        cdef book_stats stats = self.book.stats
        mutex_release(&self.lock.mutex)
        return BookStats(
            updates=stats.updates,
            loads=stats.loads,
            inserts=stats.levels.inserts,
            changes=stats.levels.changes,
            deletes=stats.levels.deletes,
            absent_deletes=stats.levels.absent_deletes,
            widenings=stats.widenings,
            truncated=stats.truncated,
        )

    def check(self):
        mutex_acquire(&self.lock.mutex)
        cdef const char *broken = book_check(&self.book)
        mutex_release(&self.lock.mutex)
        if broken:
            raise AssertionError(broken.decode())
