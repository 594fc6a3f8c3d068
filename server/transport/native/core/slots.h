/* The newest states of topics in shared memory: one process writes, any number of processes read.
 *
 * A slot has two bodies. The state of version n stands in body n % 2, so a reader never waits for the writer, and what a
 * reader copies is whole if the version did not move meanwhile: a body is written to again only after it has moved.
 */
#pragma once

#include "payload.h"
#include "ring.h"

enum { MOST_TOPICS = 16384 };

typedef struct Slot {
    _Alignas(64) atomic_ullong key; /* of the topic; 0: none */
    atomic_ullong version;          /* states so far; 0: none */
    atomic_ullong place[2];         /* of the bodies, in bytes from the start of the memory */
    atomic_ullong size[2];          /* of the states in them */
    atomic_ullong published[2];     /* when these were, monotonic nanoseconds */
} Slot;

/* Names the topic of this slot; readers of the one before it see that it is gone. */
static inline void slot_name(Slot *slot, uint64_t key) {
    atomic_store_explicit(&slot->key, key, memory_order_relaxed);
    atomic_thread_fence(memory_order_release);
    atomic_store_explicit(&slot->version, 0, memory_order_release);
}

/* Writes the next state into a body at this place, which has room for it, and shows it. */
static inline void slot_write(Slot *slot, uint8_t *memory, uint64_t place, const uint8_t *state, size_t size, uint64_t published) {
    uint64_t version = atomic_load_explicit(&slot->version, memory_order_relaxed) + 1;
    /* Pairs with the reader's fence: whoever sees a word of this state sees the version before it, too. */
    atomic_thread_fence(memory_order_release);
    atomic_store_explicit(&slot->place[version % 2], place, memory_order_relaxed);
    atomic_store_explicit(&slot->size[version % 2], size, memory_order_relaxed);
    atomic_store_explicit(&slot->published[version % 2], published, memory_order_relaxed);
    words_store(memory + place, state, size);
    atomic_store_explicit(&slot->version, version, memory_order_release);
}

typedef enum { SLOT_STATE, SLOT_NOTHING, SLOT_TORN, SLOT_NO_MEMORY } SlotRead;

/* The newest state of the topic of this key as a message of gRPC. Torn: the writer was faster; it is asked for again. */
static inline SlotRead slot_read(
    Slot *slot, const uint8_t *memory, uint64_t bytes, uint64_t key, uint64_t *version, Payload **state
) {
    uint64_t seen = atomic_load_explicit(&slot->version, memory_order_acquire);
    uint64_t place = atomic_load_explicit(&slot->place[seen % 2], memory_order_relaxed);
    uint64_t size = atomic_load_explicit(&slot->size[seen % 2], memory_order_relaxed);
    if (!seen || atomic_load_explicit(&slot->key, memory_order_relaxed) != key)
        return SLOT_NOTHING;
    if (place > bytes || size + 8 > bytes - place) /* of two moments */
        return SLOT_TORN;
    Payload *made = payload_of(size);
    if (made == NULL)
        return SLOT_NO_MEMORY;
    made->published = atomic_load_explicit(&slot->published[seen % 2], memory_order_relaxed);
    words_load(made->bytes + MESSAGE_PREFIX, memory + place, size);
    atomic_thread_fence(memory_order_acquire);
    if (atomic_load_explicit(&slot->version, memory_order_relaxed) != seen ||
        atomic_load_explicit(&slot->key, memory_order_relaxed) != key) {
        payload_release(made);
        return SLOT_TORN;
    }
    *version = seen;
    *state = made;
    return SLOT_STATE;
}
