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

static inline void mutex_acquire(pthread_mutex_t *mutex) {
    while (pthread_mutex_trylock(mutex) != 0) {
        PyThreadState *state = PyEval_SaveThread();
        pthread_mutex_lock(mutex);
        pthread_mutex_unlock(mutex);
        PyEval_RestoreThread(state);
    }
}

static inline void mutex_release(pthread_mutex_t *mutex) { pthread_mutex_unlock(mutex); }

/* A flag that one thread at a time can have; nobody waits for it. */
static inline bool flag_take(int *flag) { return !__atomic_exchange_n(flag, 1, __ATOMIC_ACQUIRE); }

static inline void flag_give(int *flag) { __atomic_store_n(flag, 0, __ATOMIC_RELEASE); }

#endif
