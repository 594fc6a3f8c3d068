# LaneRun.


@cython.final
cdef class RunSource:
    """One source of a run."""

    cdef FrameLane lane
    cdef int64_t rests_until


@cython.final
cdef class LaneRun:
    cdef PlayedTime time
    cdef object decide, deliver
    cdef dict sources

    def __cinit__(self, PlayedTime time not None, decide, deliver):
        self.time, self.decide, self.deliver, self.sources = time, decide, deliver, {}

    def bind(self, uint32_t source, FrameLane lane not None):
        cdef RunSource made = RunSource()
        made.lane = lane
        self.sources[source] = made

    def forget(self, source=None):
        if source is None:
            self.sources.clear()
        else:
            self.sources.pop(source, None)

    def rest(self, uint32_t source, int64_t until):
        cdef RunSource known = <RunSource>self.sources.get(source)
        if known is not None:
            known.rests_until = until

    def disturb(self, source=None):
        cdef RunSource known
        if source is None:
            for each in self.sources.values():
                (<RunSource>each).rests_until = 0
            return
        known = <RunSource>self.sources.get(source)
        if known is not None:
            known.rests_until = 0

    def take(self, bytes payload not None, Py_ssize_t count, Py_ssize_t number, Py_ssize_t at, int64_t until):
        cdef const uint8_t *start = <const uint8_t *>PyBytes_AS_STRING(payload)
        cdef Py_ssize_t size = PyBytes_GET_SIZE(payload), messages = 0
        cdef record_head head
        cdef RunSource source = None
        cdef int64_t known = -1, utc_before, elapsed_before
        cdef bint decided = False
        if not (0 <= number <= count <= size // RECORD_HEAD and count * RECORD_HEAD <= at <= size):
            raise ValueError("these are not the records of a block")
        while number < count and not decided:
            head = record_head_at(start + number * RECORD_HEAD)
            if head.kind != RECEIVED_KIND and head.kind != TICK_KIND or <Py_ssize_t>head.length > size - at:
                break
            if head.source != known:
                known, source = head.source, <RunSource>self.sources.get(head.source)
            if source is None:
                break
            utc_before, elapsed_before = self.time.utc, self.time.elapsed
            if not self._play(source, &head, start + at, &decided):
                self.time.utc, self.time.elapsed = utc_before, elapsed_before
                break
            number, at, messages = number + 1, at + <Py_ssize_t>head.length, messages + (head.kind == RECEIVED_KIND)
            if self.time.elapsed >= until:
                break
        return number, at, messages

    cdef inline bint _play(self, RunSource source, const record_head *head, const uint8_t *body, bint *decided) except -1:
        """Whether the record was played; `decided`: an owner was asked."""
        cdef int64_t elapsed = self.time._set(head.time, head.monotonic)
        if head.kind == TICK_KIND:
            return self.time.elapsed < source.rests_until
        return self._give(source.lane, head, body, elapsed, decided)

    cdef bint _give(self, FrameLane lane, const record_head *head, const uint8_t *body, int64_t elapsed,
                    bint *decided) except -1:
        """Whether the lane has taken the message."""
        cdef lane_outcome outcome
        cdef uint64_t taken = 0
        failure = effects = None
        if lane.tap is not None:
            return False
        consistency_acquire(&lane.lock.lock)
        try:
            try:
                outcome = lane._offer(body, head.length, head.time, elapsed)
                if outcome < LANE_LEFT:
                    return True
                if outcome == LANE_LEFT:
                    if lane.trades is None or lane.decoder.frame.valid:
                        return False
                    taken = lane.trades.taken
                    lane.left += 1
                    effects = lane.trades._read((<const char *>body)[:head.length], elapsed)
                    if effects is None:
                        lane.left -= 1
                        return False
            except Exception as error:
                failure = error
            if effects is None:
                decided[0] = True
                self.decide(head.source, (<const char *>body)[:head.length], head.time, elapsed, failure)
                return True
        finally:
            consistency_release(&lane.lock.lock)
        decided[0] = self.deliver(head.source, effects, lane.trades.taken > taken and len(effects) == 1)
        return True
