# PlayedTime.


cdef class PlayedTime:
    cdef public int64_t utc, elapsed, shift

    cdef inline int64_t _set(self, int64_t utc, int64_t monotonic):
        cdef int64_t elapsed = saturated_sum(monotonic, self.shift)
        self.utc = utc
        if elapsed > self.elapsed:
            self.elapsed = elapsed
        return elapsed

    def set(self, int64_t utc, int64_t monotonic):
        return self._set(utc, monotonic)

    def time_ns(self):
        return self.utc

    def monotonic_ns(self):
        return self.elapsed

    def monotonic(self):
        return self.elapsed / 1e9
