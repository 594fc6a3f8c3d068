/* The mutex of a market's books, taken with the interpreter's own lock (GIL) in mind.
 *
 * The GIL is kept while the mutex is free: a frame is applied in microseconds, and a thread that gives the GIL up next to
 * a busy one gets it back milliseconds later. When the mutex is taken the GIL is given up while waiting, and the mutex is
 * not held while waiting for the GIL: hence the loop.
 */
#ifndef ONEBOOK_MUTEX_H
#define ONEBOOK_MUTEX_H

#include <Python.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

static inline void mutex_acquire(pthread_mutex_t *mutex) {
    while (pthread_mutex_trylock(mutex) != 0) {
        PyThreadState *state = PyEval_SaveThread();
        pthread_mutex_lock(mutex);
        pthread_mutex_unlock(mutex);
        PyEval_RestoreThread(state);
    }
}

/* All of them, tried in this order. Where one is taken, none is held while waiting for it: whatever else a thread holds or
 * waits for, this cannot be a part of a deadlock. */
static inline void mutexes_acquire(pthread_mutex_t **mutexes, uint32_t count) {
    for (;;) {
        uint32_t held = 0;
        while (held < count && pthread_mutex_trylock(mutexes[held]) == 0) held++;
        if (held == count) return;
        pthread_mutex_t *taken = mutexes[held];
        while (held) pthread_mutex_unlock(mutexes[--held]);
        PyThreadState *state = PyEval_SaveThread();
        pthread_mutex_lock(taken);
        pthread_mutex_unlock(taken);
        PyEval_RestoreThread(state);
    }
}

static inline void mutexes_release(pthread_mutex_t **mutexes, uint32_t count) {
    while (count) pthread_mutex_unlock(mutexes[--count]);
}

static inline void mutex_release(pthread_mutex_t *mutex) { pthread_mutex_unlock(mutex); }

/* The same for a lock that its thread may take again. */
struct consistency_lock {
    pthread_mutex_t mutex;
    unsigned long owner; /* thread; 0: none */
    uint32_t depth;
};

static inline void consistency_acquire(struct consistency_lock *lock) {
    unsigned long self = PyThread_get_thread_ident();
    if (__atomic_load_n(&lock->owner, __ATOMIC_RELAXED) != self) {
        mutex_acquire(&lock->mutex);
        __atomic_store_n(&lock->owner, self, __ATOMIC_RELAXED);
    }
    lock->depth++;
}

/* False if this thread does not have it. */
static inline bool consistency_release(struct consistency_lock *lock) {
    if (__atomic_load_n(&lock->owner, __ATOMIC_RELAXED) != PyThread_get_thread_ident()) return false;
    if (--lock->depth) return true;
    __atomic_store_n(&lock->owner, 0, __ATOMIC_RELAXED);
    mutex_release(&lock->mutex);
    return true;
}

/* A flag that one thread at a time can have; nobody waits for it. */
static inline bool flag_take(int *flag) { return !__atomic_exchange_n(flag, 1, __ATOMIC_ACQUIRE); }

static inline void flag_give(int *flag) { __atomic_store_n(flag, 0, __ATOMIC_RELEASE); }

#endif
