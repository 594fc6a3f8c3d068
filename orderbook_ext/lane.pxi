# BookLane and FrameLane.


@cython.final
cdef class BookLane:
    cdef book_lane lane
    cdef readonly object owner
    cdef object on_change
    cdef ConsistencyLock gate
    cdef BookLock lock
    cdef OrderBook book
    cdef BookStatus entry
    cdef SequenceState sequence
    cdef StreamPace pace
    cdef AwaitedPrices awaited

    def __cinit__(self, owner, ConsistencyLock gate not None, BookLock lock not None, StreamPace pace not None,
                  AwaitedPrices awaited not None, *, str kind not None, int64_t time_unit=1, bint whole_frames=False,
                  checksum=None):
        self.owner, self.gate, self.lock, self.pace, self.awaited = owner, gate, lock, pace, awaited
        self.lane.pace, self.lane.awaited = &pace.state, &awaited.state
        self.lane.kind = <sequence_kind><int>SEQUENCES.index(kind)
        self.lane.time_unit, self.lane.whole_frames = time_unit, whole_frames
        if checksum is not None:
            read_checksum_rule(checksum, &self.lane.checksum)
            self.lane.checks = True

    @property
    def armed(self):
        return self.lane.armed

    def arm(self, OrderBook book not None, BookStatus entry not None, SequenceState sequence not None, on_change):
        if book.lock is not self.lock or entry.lock is not self.lock:
            raise ValueError("the book and its entry have another lock than the lane")
        self.lane.armed = False
        self.book, self.entry, self.sequence, self.on_change = book, entry, sequence, on_change
        self.lane.book, self.lane.venue, self.lane.sequence = &book.book, &entry.venue, &sequence.state
        self.lane.armed = True

    def disarm(self):
        self.lane.armed = False

    cdef inline lane_outcome _take(self, frame *found, int64_t received, int64_t monotonic) except *:
        """The consistency lock is held."""
        cdef const char *broken = NULL
        mutex_acquire(&self.lock.mutex)
        cdef lane_outcome outcome = lane_take(&self.lane, found, received, monotonic)
        if DEBUG:
            broken = book_check(&self.book.book)
        mutex_release(&self.lock.mutex)
        if broken:
            raise AssertionError(broken.decode())
        return outcome

    cdef int _prove(self, FrameDecoder found, lane_outcome outcome, int64_t received, int64_t monotonic) except -1:
        """What the frame did shows only now: the owner decides, before anybody can read the book."""
        self.lane.armed = False
        matches = None if outcome == LANE_CROSSED else outcome == LANE_CROSSED_MATCH
        self.owner.prove(found, received, monotonic, matches)
        return 0

    cdef inline int _tell(self) except -1:
        if type(self.on_change) is ChangeMark:
            return (<ChangeMark>self.on_change)._changed()
        self.on_change()
        return 0


@cython.final
cdef class FrameLane:
    cdef FrameDecoder decoder
    cdef ConsistencyLock lock
    cdef object otherwise
    cdef MessageNumbers numbers
    cdef route_table routes
    cdef list books
    cdef BookLane current
    cdef readonly uint64_t taken, left
    cdef public TradeLane trades
    cdef public object tap

    def __cinit__(self, FrameDecoder decoder not None, ConsistencyLock lock not None, otherwise,
                  MessageNumbers numbers=None):
        self.decoder, self.lock, self.otherwise, self.numbers = decoder, lock, otherwise, numbers
        self.books = []

    def __dealloc__(self):
        routes_clear(&self.routes)

    @property
    def book(self):
        return self.current

    def bind(self, BookLane book not None):
        self.decoder._take()
        try:
            if self.decoder.frame.valid:
                self._bind(book)
        finally:
            flag_give(&self.decoder.busy)

    cdef int _bind(self, BookLane book) except -1:
        cdef frame *found = &self.decoder.frame
        cdef int64_t place = route_find(&self.routes, found.route, found.route_length)
        if place >= 0 and self.books[place] is book:
            return 0
        if not route_set(&self.routes, found.route, found.route_length, <uint32_t>len(self.books)):
            raise MemoryError
        self.books.append(book)
        return 0

    def forget(self):
        routes_clear(&self.routes)
        self.books = []
        self.current = None
        if self.trades is not None:
            self.trades.forget()

    cdef inline BookLane _find(self):
        """Whose frame the decoder holds, if its way is free."""
        cdef frame *found = &self.decoder.frame
        cdef int64_t place = route_find(&self.routes, found.route, found.route_length)
        if place < 0:
            return None
        if self.numbers is not None and not self.numbers._continues(found.numbers[1]):
            return None
        return <BookLane>self.books[place]

    def receive(self, data, at, /):
        cdef lane_outcome outcome
        if not isinstance(at, tuple) or PyTuple_GET_SIZE(at) != 2:
            raise TypeError("a receipt is a tuple of two times")
        consistency_acquire(&self.lock.lock)
        try:
            if self.tap is not None:
                self.tap(data, at)
            try:
                outcome = self._take(data, <object>PyTuple_GET_ITEM(at, 0), <object>PyTuple_GET_ITEM(at, 1))
                if outcome == LANE_LEFT and self.trades is not None and not self.decoder.frame.valid:
                    effects = self.trades._read(data, <object>PyTuple_GET_ITEM(at, 1))
                    if effects is not None:
                        return effects
            except Exception as error:
                return self.otherwise(data, at, error)
            if outcome == LANE_TAKEN or outcome == LANE_REPEATED:
                return ()
            return self.otherwise(data, at, None)
        finally:
            consistency_release(&self.lock.lock)

    cdef lane_outcome _take(self, object data, int64_t received, int64_t monotonic) except *:
        """The connection's lock is held."""
        cdef lane_outcome outcome
        if type(data) is bytes:
            outcome = self._offer(<const uint8_t *>PyBytes_AS_STRING(data), PyBytes_GET_SIZE(data), received, monotonic)
        else:
            outcome = self._offer_buffer(memoryview(data).cast("B"), received, monotonic)
        self.left += outcome == LANE_LEFT
        return outcome

    cdef lane_outcome _offer_buffer(self, const uint8_t[::1] data, int64_t received, int64_t monotonic) except *:
        return self._offer(&data[0] if data.shape[0] else NULL, data.shape[0], received, monotonic)

    cdef lane_outcome _offer(self, const uint8_t *data, size_t size, int64_t received, int64_t monotonic) except *:
        """The connection's lock is held. LANE_LEFT: nothing has changed, and nothing was counted."""
        cdef BookLane book = None
        cdef lane_outcome outcome = LANE_LEFT
        self.current = None
        self.decoder._take()
        try:
            if self.decoder._scan_bytes(data, size, -1):
                book = self._find()
        finally:
            flag_give(&self.decoder.busy)
        if book is not None and book.lane.armed:
            outcome = self._give(book, received, monotonic)
        if outcome == LANE_TAKEN:
            book._tell()
        return outcome

    cdef lane_outcome _give(self, BookLane book, int64_t received, int64_t monotonic) except *:
        """To a book whose way is free."""
        cdef lane_outcome outcome
        consistency_acquire(&book.gate.lock)
        try:
            outcome = book._take(&self.decoder.frame, received, monotonic)
            if outcome != LANE_LEFT:
                self.taken += 1
                self.current = book
                if self.numbers is not None:
                    self.numbers._take(self.decoder.frame.numbers[1])
            if outcome >= LANE_MISMATCH:
                book._prove(self.decoder, outcome, received, monotonic)
        finally:
            consistency_release(&book.gate.lock)
        return outcome
