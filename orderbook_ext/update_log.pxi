# UpdateLog.

@cython.final
@cython.no_gc_clear
cdef class UpdateLog:
    cdef readonly BookStatus entry
    cdef update_log log, spare
    cdef bint open

    def __cinit__(self, BookStatus entry not None, *, int levels, int capacity):
        if not 0 < levels <= MAX_LOG_LEVELS or not 0 < capacity <= MAX_LOG_CAPACITY:
            raise ValueError(f"1 to {MAX_LOG_LEVELS} levels and 1 to {MAX_LOG_CAPACITY} updates")
        self.entry = entry
        # Two that take turns: one is written while the other is read.
        if not update_log_init(&self.log, levels, capacity) or not update_log_init(&self.spare, levels, capacity):
            raise MemoryError
        mutex_acquire(&entry.lock.mutex)
        venue_add_observer(&entry.venue, &self.log.observer)
        self.open = True
        mutex_release(&entry.lock.mutex)

    def __dealloc__(self):
        if self.open:
            self.close()
        update_log_free(&self.log)
        update_log_free(&self.spare)

    def close(self):
        mutex_acquire(&self.entry.lock.mutex)
        if self.open:
            venue_remove_observer(&self.entry.venue, &self.log.observer)
        self.open = False
        mutex_release(&self.entry.lock.mutex)

    @property
    def waiting(self):
        """Without the mutex: a look."""
        return self.log.count

    def take(self):
        cdef update_log *full = &self.spare
        cdef book_update *now
        cdef uint64_t lost
        cdef uint32_t i
        mutex_acquire(&self.entry.lock.mutex)
        self.log.updates, full.updates = full.updates, self.log.updates
        self.log.room, full.room = full.room, self.log.room
        full.count, lost = self.log.count, self.log.lost
        self.log.count = self.log.lost = 0
        mutex_release(&self.entry.lock.mutex)
        updates = []
        for i in range(full.count):
            now = &full.updates[i]
            updates.append(BookUpdate(
                now.kind, now.exchange_time, now.receive_time, now.sequence, now.scales.price, now.scales.size,
                logged_side(full, i, 0), logged_side(full, i, 1),
            ))
        return updates, lost


cdef tuple logged_side(const update_log *log, uint32_t place, int side):
    cdef level *levels = update_levels(log, place, side)
    cdef uint32_t i
    return tuple([(levels[i].key, levels[i].size) for i in range(log.updates[place].counts[side])])
