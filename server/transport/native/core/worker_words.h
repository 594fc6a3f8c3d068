/* The memory that one serving process shares with the server: how it is, what it counts, and how busy the streams of each
 * topic are. The process writes, the server reads, but for `taken` and for what both exchange. */
#pragma once

#include "counters.h"
#include "delays.h"
#include "slots.h"
#include "topic.h"

typedef struct WorkerWords {
    Counters counters;
    Delays delays;
    atomic_ullong turns;  /* of its thread: one that does not move is one that hangs */
    atomic_bool asleep;   /* it waits for its eventfd: whoever sets this to false writes there */
    atomic_bool behind;   /* calls wait until the server has taken what it was told */
    atomic_ullong taken;  /* things told that the server has taken */
    TopicWords topics[MOST_TOPICS];
} WorkerWords;

/* For the server: whether the process sleeps, and is to be woken; it is asked once. */
static inline bool words_must_wake(WorkerWords *words) {
    return atomic_load(&words->asleep) && atomic_exchange(&words->asleep, false);
}

/* Likewise: so many more things were taken; whether the process waits for that. */
static inline bool words_taken(WorkerWords *words, uint64_t count) {
    atomic_fetch_add(&words->taken, count);
    return atomic_exchange(&words->behind, false);
}

static inline uint64_t words_counter(WorkerWords *words, int place) {
    return atomic_load((atomic_ullong *)&words->counters + place);
}

static inline Delays *words_delays(WorkerWords *words) { return &words->delays; }
static inline uint64_t words_turns(WorkerWords *words) { return atomic_load(&words->turns); }
static inline uint32_t words_streams(WorkerWords *words, uint32_t topic) { return atomic_load(&words->topics[topic].streams); }
static inline uint32_t words_idle(WorkerWords *words, uint32_t topic) { return atomic_load(&words->topics[topic].idle); }
static inline uint64_t words_conflated(WorkerWords *words, uint32_t topic) { return atomic_load(&words->topics[topic].conflated); }
static inline uint64_t words_seen(WorkerWords *words, uint32_t topic) { return atomic_load(&words->topics[topic].taken); }
static inline uint64_t words_dropped(WorkerWords *words, uint32_t topic) { return atomic_load(&words->topics[topic].dropped); }

/* Whether the next idle stream is to be told of; returns what was. */
static inline bool words_wait(WorkerWords *words, uint32_t topic, bool wait) {
    return atomic_exchange(&words->topics[topic].waits, wait);
}

/* A new topic takes this place. */
static inline void words_forget(WorkerWords *words, uint32_t topic) {
    atomic_store(&words->topics[topic].conflated, 0);
    atomic_store(&words->topics[topic].dropped, 0);
    atomic_store(&words->topics[topic].taken, 0);
    atomic_store(&words->topics[topic].waits, false);
}
