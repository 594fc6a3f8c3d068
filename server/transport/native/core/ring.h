/* A ring of records in shared memory: one process writes, and never waits; any number of processes read, each with a
 * cursor of its own. A reader that is overtaken learns so, and goes on with what is newer.
 *
 * Positions are bytes since the start. What a reader copies is whole if the writer had not taken its place meanwhile:
 * the writer says which place it takes before the first byte is written there (as slots.h does with its versions).
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

typedef enum {
    RECORD_SKIP,  /* nothing more stands before the end of the ring */
    RECORD_STATE, /* the topic's slot has a newer state */
    RECORD_EVENT, /* an event of the topic: its bytes follow */
} RecordKind;

typedef struct Record {
    uint32_t room; /* bytes of the whole record */
    uint16_t kind;
    uint16_t topic; /* its place among the topics */
    uint64_t key; /* of the topic */
    uint64_t version;
    uint32_t size;      /* bytes of the message */
    uint32_t published; /* see moment_of() */
} Record;

enum { RECORD_BYTES = sizeof(Record), RING_PARTS = 2 };
_Static_assert(RECORD_BYTES == 32, "records, and what is left at the end of the ring, are whole multiples of a head");

/* The low bits of a monotonic time in units of 1,024 ns: they name a moment of the last hour. */
static inline uint32_t moment_of(uint64_t nanos) { return (uint32_t)(nanos >> 10); }
/* The newest such moment that is not after `now`, in nanoseconds. */
static inline uint64_t moment_before(uint64_t now, uint32_t moment) {
    return ((now >> 10) - (uint32_t)(moment_of(now) - moment)) << 10;
}

typedef struct RingHead {
    _Alignas(64) atomic_ullong written; /* bytes: what is before is there to be read */
    atomic_ullong taken;                /* bytes: more than a ring before this is gone */
    atomic_ullong resume;               /* where records begin that are there for a while yet: less than a part ago */
    uint64_t room;                      /* bytes of the ring */
} RingHead;

/* Whole words, each atomically: a reader may look on. */
static inline void words_store(uint8_t *to, const void *from, size_t size) {
    const uint8_t *bytes = from;
    for (size_t at = 0; at < size; at += 8) {
        uint64_t word = 0;
        memcpy(&word, bytes + at, size - at < 8 ? size - at : 8);
        atomic_store_explicit((atomic_ullong *)(void *)(to + at), word, memory_order_relaxed);
    }
}

static inline void words_load(void *to, const uint8_t *from, size_t size) {
    uint8_t *bytes = to;
    for (size_t at = 0; at < size; at += 8) {
        uint64_t word = atomic_load_explicit((atomic_ullong *)(void *)(uintptr_t)(from + at), memory_order_relaxed);
        memcpy(bytes + at, &word, size - at < 8 ? size - at : 8);
    }
}

static inline uint64_t record_room(size_t size) { return RECORD_BYTES + (size + RECORD_BYTES - 1) / RECORD_BYTES * RECORD_BYTES; }

/* Says that these bytes are written to from now on. */
static inline void ring_claim(RingHead *ring, uint64_t end) {
    atomic_store_explicit(&ring->taken, end, memory_order_relaxed);
    /* Pairs with the reader's fence: whoever sees a byte that is written now sees that its place was taken. */
    atomic_thread_fence(memory_order_release);
}

/* Appends a record; false: it is larger than a part of the ring may be. `room` and what stands for the end are set here. */
static inline bool ring_write(RingHead *ring, uint8_t *bytes, Record record, const uint8_t *message) {
    uint64_t room = record_room(record.size), at = atomic_load_explicit(&ring->written, memory_order_relaxed);
    uint64_t left = ring->room - at % ring->room, before = at;
    if (room > ring->room / (2 * RING_PARTS))
        return false;
    ring_claim(ring, at + (room > left ? left : 0) + room);
    if (room > left) {
        Record skip = {.room = (uint32_t)left, .kind = RECORD_SKIP};
        words_store(bytes + at % ring->room, &skip, sizeof skip);
        at += left;
    }
    record.room = (uint32_t)room;
    words_store(bytes + at % ring->room, &record, sizeof record);
    words_store(bytes + at % ring->room + RECORD_BYTES, message, record.size);
    uint64_t end = at + room, part = ring->room / RING_PARTS;
    atomic_store(&ring->written, end); /* before it is read whether a reader sleeps */
    if (end / part != before / part)
        atomic_store_explicit(&ring->resume, end, memory_order_release);
    return true;
}

typedef enum { RING_NOTHING, RING_RECORD, RING_OVERTAKEN } RingRead;

/* Whether what was copied from this position on may be something else. */
static inline bool ring_overtaken(RingHead *ring, uint64_t position) {
    atomic_thread_fence(memory_order_acquire);
    return atomic_load_explicit(&ring->taken, memory_order_relaxed) - position > ring->room;
}

/* The head of the next record at the cursor. Its message is read by ring_message(). An overtaken cursor stands where
 * reading can go on. */
static inline RingRead ring_next(RingHead *ring, const uint8_t *bytes, uint64_t *cursor, Record *record) {
    while (*cursor != atomic_load(&ring->written)) {
        words_load(record, bytes + *cursor % ring->room, sizeof *record);
        if (ring_overtaken(ring, *cursor)) {
            *cursor = atomic_load_explicit(&ring->resume, memory_order_acquire);
            return RING_OVERTAKEN;
        }
        if (record->kind != RECORD_SKIP)
            return RING_RECORD;
        *cursor += record->room;
    }
    return RING_NOTHING;
}

/* Copies the message of the record at the cursor, which ring_next() has found; false: it was overtaken meanwhile. */
static inline bool ring_message(RingHead *ring, const uint8_t *bytes, uint64_t cursor, const Record *record, uint8_t *into) {
    words_load(into, bytes + cursor % ring->room + RECORD_BYTES, record->size);
    return !ring_overtaken(ring, cursor);
}
