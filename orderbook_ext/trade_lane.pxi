# TradeLane.


@cython.final
cdef class TradeLane:
    cdef TradeDecoder decoder
    cdef object received, otherwise, fault
    cdef Py_ssize_t longest
    cdef dict streams  # by name: a BookLane and a TradeThroughCounter, or None and None
    cdef readonly uint64_t taken

    def __cinit__(self, TradeDecoder decoder not None, received, otherwise, fault, *, Py_ssize_t longest):
        self.decoder, self.received, self.otherwise, self.fault = decoder, received, otherwise, fault
        self.longest, self.streams = longest, {}

    def bind(self, str stream not None, BookLane book=None, TradeThroughCounter counter=None):
        if counter is not None and book is None:
            raise ValueError("a counter of trades needs the lane of their book")
        self.streams[stream] = (book, counter)

    def forget(self, str stream=None):
        if stream is None:
            self.streams.clear()
        else:
            self.streams.pop(stream, None)

    cdef object _read(self, object data, int64_t monotonic):
        """What the trades of a message lead to; None: it is no message of trades. The connection's lock is held."""
        if type(data) is not bytes or PyBytes_GET_SIZE(data) > self.longest:
            return None
        events = self.decoder.read(data)
        if events is None:
            return None
        if len(events) == 1:
            event = events[0]
            way = self.streams.get(event.stream)
            if way is not None:
                return self._take(event, <BookLane>way[0], <TradeThroughCounter>way[1], monotonic)
        return self.otherwise(events, monotonic)

    cdef object _take(self, object event, BookLane book, TradeThroughCounter counter, int64_t monotonic):
        """The only trade of a message, of a stream that needs no decision while its book needs none."""
        if book is not None and not book.lane.armed:
            return self.otherwise([event], monotonic)
        if counter is not None:
            trade = event.trade
            try:
                reason = counter.traded(book.book, trade.price, trade.side, monotonic)
            except Exception:
                return self.otherwise([event], monotonic)  # It decides in its own way, and loses no trade.
            if reason:
                self.taken += 1
                return (self.received(event), *self.fault(event.stream, reason, monotonic))
        self.taken += 1
        return (self.received(event),)
