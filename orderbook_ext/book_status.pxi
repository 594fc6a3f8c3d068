# BookStatus.

@cython.final
@cython.no_gc_clear
cdef class BookStatus:
    cdef readonly str name
    cdef readonly BookLock lock
    cdef bytes name_bytes, detail_bytes
    cdef OrderBook held
    cdef venue_state venue

    def __cinit__(self, str name not None, BookLock lock not None):
        self.name, self.lock = name, lock
        self.name_bytes, self.detail_bytes = name.encode(), b""

    @property
    def book(self):
        mutex_acquire(&self.lock.mutex)
        held = self.held
        mutex_release(&self.lock.mutex)
        return held

    @book.setter
    def book(self, OrderBook book):
        if book is not None and book.lock is not self.lock:
            raise ValueError(f"{self.name}: the book has another lock than its market")
        mutex_acquire(&self.lock.mutex)
        before = self.held  # it may die, which must not happen under the mutex
        self.held = book
        venue_set_book(&self.venue, &book.book if book is not None else NULL)
        mutex_release(&self.lock.mutex)
        del before

    @property
    def detail(self):
        mutex_acquire(&self.lock.mutex)
        detail = self.detail_bytes
        mutex_release(&self.lock.mutex)
        return detail.decode()

    @detail.setter
    def detail(self, str detail not None):
        cdef bytes encoded = detail.encode()
        mutex_acquire(&self.lock.mutex)
        before = self.detail_bytes
        self.detail_bytes = encoded
        self.venue.detail = text(PyBytes_AS_STRING(encoded), <uint32_t>PyBytes_GET_SIZE(encoded))
        mutex_release(&self.lock.mutex)
        del before

    def stamp(self, int64_t exchange_time, int64_t receive_time, int64_t receive_monotonic, int64_t sequence):
        mutex_acquire(&self.lock.mutex)
        self.venue.exchange_time = exchange_time
        self.venue.receive_time = receive_time
        self.venue.receive_monotonic = receive_monotonic
        self.venue.sequence = sequence
        venue_stamped(&self.venue)
        mutex_release(&self.lock.mutex)

    def measure(self):
        mutex_acquire(&self.lock.mutex)
        self.venue.measured_receipt = self.venue.measured_apply = 0
        self.venue.measures = True
        mutex_release(&self.lock.mutex)

    @property
    def measured(self):
        mutex_acquire(&self.lock.mutex)
        receipt, apply = self.venue.measured_receipt, self.venue.measured_apply
        mutex_release(&self.lock.mutex)
        return receipt, apply

    def digest(self):
        cdef uint64_t digest = 0
        mutex_acquire(&self.lock.mutex)
        cdef int64_t sequence = self.venue.sequence
        if is_live(&self.venue) and self.venue.book != NULL:
            digest = book_digest(self.venue.book)
        mutex_release(&self.lock.mutex)
        return sequence, digest

    cdef int64_t _read(self, const void *field, bint wide_field):
        mutex_acquire(&self.lock.mutex)
        cdef int64_t value = (<const int64_t *>field)[0] if wide_field else (<const uint32_t *>field)[0]
        mutex_release(&self.lock.mutex)
        return value

    cdef void _write(self, void *field, bint wide_field, int64_t value):
        mutex_acquire(&self.lock.mutex)
        if wide_field:
            (<int64_t *>field)[0] = value
        else:
            (<uint32_t *>field)[0] = <uint32_t>value
        mutex_release(&self.lock.mutex)

    @property
    def state(self):
        return self._read(&self.venue.state, False)

    @state.setter
    def state(self, int32_t value):
        if value < 0:
            raise ValueError("a state is not negative")
        mutex_acquire(&self.lock.mutex)
        venue_set_state(&self.venue, value)
        mutex_release(&self.lock.mutex)

    @property
    def resyncs(self):
        return self._read(&self.venue.resyncs, False)

    @resyncs.setter
    def resyncs(self, uint32_t value):
        self._write(&self.venue.resyncs, False, value)

    @property
    def gaps(self):
        return self._read(&self.venue.gaps, False)

    @gaps.setter
    def gaps(self, uint32_t value):
        self._write(&self.venue.gaps, False, value)

    @property
    def checksum_failures(self):
        return self._read(&self.venue.checksum_failures, False)

    @checksum_failures.setter
    def checksum_failures(self, uint32_t value):
        self._write(&self.venue.checksum_failures, False, value)

    @property
    def checksums_verified(self):
        return self._read(&self.venue.checksums_verified, True)

    @checksums_verified.setter
    def checksums_verified(self, int64_t value):
        if value < 0:
            raise OverflowError("a count is not negative")
        self._write(&self.venue.checksums_verified, True, value)

    @property
    def frames(self):
        return self._read(&self.venue.frames, True)

    @property
    def exchange_time(self):
        return self._read(&self.venue.exchange_time, True)

    @exchange_time.setter
    def exchange_time(self, int64_t value):
        self._write(&self.venue.exchange_time, True, value)

    @property
    def receive_time(self):
        return self._read(&self.venue.receive_time, True)

    @receive_time.setter
    def receive_time(self, int64_t value):
        self._write(&self.venue.receive_time, True, value)

    @property
    def receive_monotonic(self):
        return self._read(&self.venue.receive_monotonic, True)

    @receive_monotonic.setter
    def receive_monotonic(self, int64_t value):
        self._write(&self.venue.receive_monotonic, True, value)

    @property
    def sequence(self):
        return self._read(&self.venue.sequence, True)

    @sequence.setter
    def sequence(self, int64_t value):
        self._write(&self.venue.sequence, True, value)

    @property
    def trades_state(self):
        return self._read(&self.venue.trades_state, False)

    @trades_state.setter
    def trades_state(self, uint32_t value):
        self._write(&self.venue.trades_state, False, value)

    @property
    def clock_offset(self):
        return self._read(&self.venue.clock_offset, True)

    @clock_offset.setter
    def clock_offset(self, int64_t value):
        self._write(&self.venue.clock_offset, True, value)

    @property
    def clock_uncertainty(self):
        return self._read(&self.venue.clock_uncertainty, True)

    @clock_uncertainty.setter
    def clock_uncertainty(self, int64_t value):
        if value < 0:
            raise OverflowError("an uncertainty is not negative")
        self._write(&self.venue.clock_uncertainty, True, value)

    def set_unit(self, unit, *, bint inverse=False):
        cdef number parsed
        parsed.mantissa, parsed.decimals = parse_any_number(unit)
        if parsed.mantissa == 0:
            raise LevelError("a unit is greater than zero")
        mutex_acquire(&self.lock.mutex)
        self.venue.unit, self.venue.inverse = parsed, inverse
        mutex_release(&self.lock.mutex)

    @property
    def unverified(self):
        mutex_acquire(&self.lock.mutex)
        cdef bint value = self.venue.unverified
        mutex_release(&self.lock.mutex)
        return value

    @unverified.setter
    def unverified(self, bint value):
        mutex_acquire(&self.lock.mutex)
        self.venue.unverified = value
        mutex_release(&self.lock.mutex)

    @property
    def audit(self):
        mutex_acquire(&self.lock.mutex)
        cdef venue_state state = self.venue
        mutex_release(&self.lock.mutex)
        return Audit(state.audits, state.bid_match, state.ask_match, state.ghosts, state.missing)

    @audit.setter
    def audit(self, result):
        cdef uint32_t audits, bid_match, ask_match, ghosts, missing
        audits, bid_match, ask_match, ghosts, missing = result
        mutex_acquire(&self.lock.mutex)
        self.venue.audits, self.venue.ghosts, self.venue.missing = audits, ghosts, missing
        self.venue.bid_match, self.venue.ask_match = bid_match, ask_match
        mutex_release(&self.lock.mutex)
