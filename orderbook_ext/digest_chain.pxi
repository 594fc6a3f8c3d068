# DigestChain.

@cython.final
@cython.no_gc_clear
cdef class DigestChain:
    cdef readonly BookStatus entry
    cdef digest_chain chain
    cdef bint open

    def __cinit__(self, BookStatus entry not None):
        self.entry = entry
        digest_chain_init(&self.chain)
        mutex_acquire(&entry.lock.mutex)
        venue_add_observer(&entry.venue, &self.chain.observer)
        self.open = True
        mutex_release(&entry.lock.mutex)

    def __dealloc__(self):
        if self.open:
            self.close()

    def close(self):
        mutex_acquire(&self.entry.lock.mutex)
        if self.open:
            venue_remove_observer(&self.entry.venue, &self.chain.observer)
        self.open = False
        mutex_release(&self.entry.lock.mutex)

    def read(self):
        mutex_acquire(&self.entry.lock.mutex)
        cdef uint64_t value = self.chain.value, frames = self.chain.frames
        mutex_release(&self.entry.lock.mutex)
        return value, frames

    def digests_at(self, int64_t sequence):
        cdef uint64_t kept, i
        cdef digest_step *step
        found = []
        mutex_acquire(&self.entry.lock.mutex)
        try:
            kept = min(self.chain.states, <uint64_t>DIGEST_STEPS)
            for i in range(kept):
                step = &self.chain.steps[(self.chain.states - kept + i) % DIGEST_STEPS]
                if step.sequence == sequence:
                    found.append(step.digest)
        finally:
            mutex_release(&self.entry.lock.mutex)
        return tuple(found)
