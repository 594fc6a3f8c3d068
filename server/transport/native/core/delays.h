/* How long messages take from their publication until the socket has them. Written by the engine, read by others. */
#pragma once

#include <stdatomic.h>

#include "system.h"

enum { DELAY_BUCKETS = 14 };

/* Nanoseconds: each is the largest delay of its bucket; the last bucket has all that are longer. */
static const uint64_t delay_bounds[DELAY_BUCKETS - 1] = {
    50000,   100000,   250000,   500000,   1000000,   2500000,    5000000,
    10000000, 25000000, 50000000, 100000000, 250000000, 1000000000,
};

typedef struct Delays {
    atomic_ullong counts[DELAY_BUCKETS], nanos;
} Delays;

static inline void delays_add(Delays *delays, uint64_t nanos) {
    int bucket = 0;
    while (bucket < DELAY_BUCKETS - 1 && nanos > delay_bounds[bucket])
        bucket++;
    atomic_fetch_add_explicit(&delays->counts[bucket], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&delays->nanos, nanos, memory_order_relaxed);
}

static inline uint64_t delays_count(Delays *delays, int bucket) { return atomic_load(&delays->counts[bucket]); }
static inline uint64_t delays_nanos(Delays *delays) { return atomic_load(&delays->nanos); }
