# TradeSequence.


@cython.final
cdef class TradeSequence:
    cdef trade_sequence state
    cdef ConsistencyLock lock
    cdef object newest

    def __cinit__(self, ConsistencyLock lock not None, str ids not None, uint32_t remembered):
        if not 0 < remembered <= MAX_REMEMBERED:
            raise ValueError(f"1..{MAX_REMEMBERED} ids are remembered")
        self.lock = lock
        self.state.ids = <trade_ids><int>TRADE_IDS.index(ids)
        self.state.seen.limit = remembered

    def __dealloc__(self):
        seen_clear(&self.state.seen)

    @property
    def last(self):
        return self.newest

    @last.setter
    def last(self, trade):
        cdef trade_rank rank
        consistency_acquire(&self.lock.lock)
        try:
            if trade is None:
                self.state.last.known = False
            else:
                self.state.last = self._rank(trade, self._id(trade))
            self.newest = trade
        finally:
            consistency_release(&self.lock.lock)

    @property
    def interrupted(self):
        return self.state.interrupted

    @interrupted.setter
    def interrupted(self, bint value):
        self.state.interrupted = value

    @property
    def filling(self):
        return self.state.filling

    @filling.setter
    def filling(self, bint value):
        self.state.filling = value

    cdef inline str _id(self, trade):
        trade_id = trade.trade_id
        if type(trade_id) is not str:
            raise TypeError(f"a trade's id is a str, was {type(trade_id).__name__}")
        return <str>trade_id

    cdef inline trade_rank _rank(self, trade, str trade_id) except *:
        cdef int overflow = 0
        cdef int64_t time = 0
        if self.state.ids == TRADES_OPAQUE:
            time = PyLong_AsLongLongAndOverflow(trade.exchange_time, &overflow)
        return trade_rank_of(self.state.ids, trade_id, time, overflow == 0)

    def accept(self, trade):
        cdef str trade_id = self._id(trade)
        cdef trade_rank rank = self._rank(trade, trade_id)
        consistency_acquire(&self.lock.lock)
        try:
            verdict = trade_follow(&self.state, trade_id, rank)
            if verdict == TRADE_NEWEST:
                self.newest = trade
        finally:
            consistency_release(&self.lock.lock)
        if verdict == TRADE_NO_MEMORY:
            raise MemoryError
        return None if verdict == TRADE_LEFT else verdict != TRADE_SEEN

    def remember(self, trade):
        cdef str trade_id = self._id(trade)
        consistency_acquire(&self.lock.lock)
        try:
            if seen_have(&self.state.seen, trade_id):
                return False
            if not seen_add(&self.state.seen, trade_id):
                raise MemoryError
            return True
        finally:
            consistency_release(&self.lock.lock)

    def has_seen(self, trade):
        cdef str trade_id = self._id(trade)
        consistency_acquire(&self.lock.lock)
        try:
            return seen_have(&self.state.seen, trade_id)
        finally:
            consistency_release(&self.lock.lock)
