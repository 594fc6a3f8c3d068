# ChangeLog.

@cython.final
@cython.no_gc_clear
cdef class ChangeLog:
    cdef readonly BookStatus entry
    cdef change_log log
    cdef change_queue spare
    cdef bint open

    def __cinit__(self, BookStatus entry not None, *, int capacity):
        if not 0 < capacity <= MAX_LOG_CAPACITY:
            raise ValueError(f"1 to {MAX_LOG_CAPACITY} updates")
        self.entry = entry
        # Two queues that take turns: one is written while the other is read.
        if not change_log_init(&self.log, capacity) or not change_queue_init(&self.spare, capacity):
            raise MemoryError
        mutex_acquire(&entry.lock.mutex)
        venue_add_observer(&entry.venue, &self.log.observer)
        self.open = True
        mutex_release(&entry.lock.mutex)

    def __dealloc__(self):
        if self.open:
            self.close()
        change_log_free(&self.log)
        change_queue_free(&self.spare)

    def close(self):
        mutex_acquire(&self.entry.lock.mutex)
        if self.open:
            venue_remove_observer(&self.entry.venue, &self.log.observer)
        self.open = False
        mutex_release(&self.entry.lock.mutex)

    @property
    def waiting(self):
        """Without the mutex: a look."""
        return self.log.queue.count

    def take(self):
        cdef change_queue full
        cdef uint64_t lost
        mutex_acquire(&self.entry.lock.mutex)
        full, self.log.queue = self.log.queue, self.spare
        lost, self.log.lost = self.log.lost, 0
        mutex_release(&self.entry.lock.mutex)
        try:
            return taken_changes(&full), lost
        finally:
            full.count = full.changes.count = 0
            self.spare = full


cdef list taken_changes(const change_queue *queue):
    cdef const level *at = queue.changes.items
    cdef const book_update *now
    cdef uint32_t i
    updates = []
    for i in range(queue.count):
        now = &queue.updates[i]
        bids = taken_levels(at, now.counts[0])
        at += now.counts[0]
        asks = taken_levels(at, now.counts[1])
        at += now.counts[1]
        updates.append(BookUpdate(
            now.kind, now.exchange_time, now.receive_time, now.sequence, now.scales.price, now.scales.size, bids, asks,
        ))
    return updates


cdef tuple taken_levels(const level *levels, uint32_t count):
    cdef uint32_t i
    return tuple([(levels[i].key, levels[i].size) for i in range(count)])
