# What the fast lane and the state machine of a book share: the only copy of each number lives here.


@cython.final
cdef class ConsistencyLock:
    cdef consistency_lock lock

    def __cinit__(self):
        if pthread_mutex_init(&self.lock.mutex, NULL) != 0:
            raise MemoryError

    def __dealloc__(self):
        pthread_mutex_destroy(&self.lock.mutex)

    def __enter__(self):
        consistency_acquire(&self.lock)

    def __exit__(self, *_):
        if not consistency_release(&self.lock):
            raise RuntimeError("the lock is not held by this thread")


@cython.final
cdef class ChangeMark:
    cdef object notify
    cdef public bint marked, every

    def __cinit__(self, notify):
        self.notify = notify

    cdef inline int _changed(self) except -1:
        if self.every or not self.marked:
            self.notify()
        return 0

    def __call__(self):
        self._changed()


cdef class SequenceState:
    cdef sequence state

    def __cinit__(self, *_, **__):
        self.state.position = self.state.other = -1

    @property
    def position(self):
        return self.state.position

    @position.setter
    def position(self, int64_t value):
        self.state.position = value

    @property
    def other(self):
        return self.state.other

    @other.setter
    def other(self, int64_t value):
        self.state.other = value


cdef class StreamPace:
    cdef pace state

    def __init__(self, int64_t start):
        self.state.start = start

    @property
    def began(self):
        return self.state.began

    @began.setter
    def began(self, int64_t value):
        self.state.began = value

    @property
    def last(self):
        return self.state.heard

    @last.setter
    def last(self, int64_t value):
        self.state.heard = value

    @property
    def busy(self):
        return self.state.busy

    @busy.setter
    def busy(self, int64_t value):
        self.state.busy = value

    @property
    def doublings(self):
        return self.state.doublings

    @doublings.setter
    def doublings(self, int value):
        if not 0 <= value <= 16:
            raise ValueError("a threshold doubles 0..16 times")
        self.state.doublings = value

    @property
    def threshold(self):
        return pace_threshold(&self.state)

    def heard(self, int64_t now):
        pace_hear(&self.state, now)


@cython.final
cdef class AwaitedPrices:
    cdef awaited_prices state

    @property
    def waits(self):
        return self.state.waits

    def expect(self, bid, ask):
        self._set(0, bid)
        self._set(1, ask)
        self.state.waits = True

    cdef int _set(self, int side, object price) except -1:
        try:
            mantissa, decimals = parse_any_number(price)
        except BookError:
            mantissa, decimals = 0, 0  # No book can have it.
        self.state.sides[side].mantissa, self.state.sides[side].decimals = mantissa, decimals
        return 0

    def seen(self, OrderBook book not None):
        mutex_acquire(&book.lock.mutex)
        cdef bint found = self.state.waits and awaited_seen(&self.state, &book.book)
        mutex_release(&book.lock.mutex)
        return found

    def clear(self):
        self.state.waits = False


cdef class MessageNumbers:
    cdef int64_t newest  # -1: none yet

    def __cinit__(self):
        self.newest = -1

    @property
    def last(self):
        return self.newest if self.newest >= 0 else None

    @last.setter
    def last(self, value):
        self.newest = -1 if value is None else value

    cdef inline bint _continues(self, int64_t number):
        return number < 0 or self.newest < 0 or number - 1 == self.newest

    cdef inline void _take(self, int64_t number):
        if number >= 0:
            self.newest = number
