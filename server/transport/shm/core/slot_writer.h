/* The writing side of onebook_shm.h: the header, slots, and books into their bodies.
 *
 * A slot has two bodies. The newest book is in body (counter % 2); the next one is written into the other body, and
 * then the counter says so. So a reader never waits for the writer, and a writer that dies in the middle of a book
 * leaves the book before it. What a reader copies is whole if the counter did not move meanwhile: the body that it
 * copies is written to again only after the counter has moved. One thread at a time writes to a slot.
 */
#ifndef ONEBOOK_SLOT_WRITER_H
#define ONEBOOK_SLOT_WRITER_H

#include "onebook_shm.h"

/* Bodies and slots begin on cache lines. */
static inline uint64_t whole_lines(uint64_t bytes) { return (bytes + 63) / 64 * 64; }

static inline uint64_t body_bytes(uint32_t levels, uint32_t venues) {
    return whole_lines(sizeof(onebook_shm_book) + 2 * (uint64_t)levels * sizeof(onebook_shm_level) +
                       (uint64_t)venues * sizeof(onebook_shm_venue));
}

static inline uint64_t slot_bytes(uint32_t levels, uint32_t venues) {
    return sizeof(onebook_shm_slot) + 2 * body_bytes(levels, venues);
}

static inline uint64_t file_bytes(uint32_t levels, uint32_t venues, uint32_t slots) {
    return sizeof(onebook_shm_header) + slots * slot_bytes(levels, venues);
}

static inline void server_state_set(onebook_shm_header *head, uint32_t state) {
    __atomic_store_n(&head->server_state, state, __ATOMIC_RELEASE);
}

static inline void heartbeat_set(onebook_shm_header *head, int64_t monotonic) {
    __atomic_store_n(&head->heartbeat_monotonic, monotonic, __ATOMIC_RELEASE);
}

/* The header of a new file, whose memory is zero. The magic comes last: without it nobody reads the rest. */
static void header_write(onebook_shm_header *head, uint64_t epoch, int64_t pid, uint32_t levels, uint32_t venues,
                         uint32_t slots) {
    head->layout = ONEBOOK_SHM_LAYOUT;
    head->header_size = sizeof *head;
    head->file_size = file_bytes(levels, venues, slots);
    head->epoch = epoch;
    head->pid = pid;
    head->slot_capacity = slots;
    head->first_slot = sizeof *head;
    head->slot_size = slot_bytes(levels, venues);
    head->first_body = sizeof(onebook_shm_slot);
    head->body_size = body_bytes(levels, venues);
    head->level_capacity = levels;
    head->venue_capacity = venues;
    server_state_set(head, ONEBOOK_SHM_STARTING);
    __atomic_thread_fence(__ATOMIC_RELEASE);
    memcpy(head->magic, ONEBOOK_SHM_MAGIC, sizeof head->magic);
}

static inline onebook_shm_slot *slot_place(onebook_shm_header *head, uint32_t slot) {
    return (onebook_shm_slot *)(void *)((unsigned char *)head + head->first_slot + slot * head->slot_size);
}

static inline void generation_bump(onebook_shm_header *head) {
    __atomic_store_n(&head->generation, head->generation + 1, __ATOMIC_RELEASE);
}

/* A market whose name has fewer bytes than ONEBOOK_SHM_MARKET_BYTES gets the next slot; there is one. */
static void slot_add(onebook_shm_header *head, const char *market, size_t length) {
    onebook_shm_slot *slot = slot_place(head, head->slot_count);
    memcpy(slot->market, market, length);
    slot->state = ONEBOOK_SHM_SERVED;
    __atomic_store_n(&head->slot_count, head->slot_count + 1, __ATOMIC_RELEASE);
    generation_bump(head);
}

static inline void slot_state_set(onebook_shm_header *head, onebook_shm_slot *slot, uint32_t state) {
    __atomic_store_n(&slot->state, state, __ATOMIC_RELEASE);
    generation_bump(head);
}

/* Whole words, each of them atomically. */
static inline void words_store(unsigned char *to, const unsigned char *from, size_t bytes) {
    uint64_t *words = (uint64_t *)(void *)to;
    for (size_t at = 0; at < bytes / 8; at++) {
        uint64_t word;
        memcpy(&word, from + 8 * at, 8);
        __atomic_store_n(words + at, word, __ATOMIC_RELAXED);
    }
}

/* Writes a packed book (as a reader gets it) into the body that is not the newest, and returns the counter that it will
 * have. The book is not to be seen yet. */
static uint64_t slot_fill(onebook_shm_header *head, onebook_shm_slot *slot, const onebook_shm_book *book) {
    uint64_t counter = __atomic_load_n(&slot->counter, __ATOMIC_RELAXED) + 1;
    unsigned char *body = (unsigned char *)slot + head->first_body + (counter & 1) * head->body_size;
    unsigned char *bids = body + sizeof *book;
    unsigned char *asks = bids + head->level_capacity * sizeof(onebook_shm_level);
    unsigned char *venues = asks + head->level_capacity * sizeof(onebook_shm_level);
    /* Pairs with the reader's fence: whoever sees a word of this book sees the counter of the book before, too. */
    __atomic_thread_fence(__ATOMIC_RELEASE);
    words_store(body, (const unsigned char *)book, sizeof *book);
    words_store(bids, (const unsigned char *)onebook_shm_bids(book), book->bid_count * sizeof(onebook_shm_level));
    words_store(asks, (const unsigned char *)onebook_shm_asks(book), book->ask_count * sizeof(onebook_shm_level));
    words_store(venues, (const unsigned char *)onebook_shm_venues(book), book->venue_count * sizeof(onebook_shm_venue));
    return counter;
}

static inline void slot_show(onebook_shm_slot *slot, uint64_t counter) {
    __atomic_store_n(&slot->counter, counter, __ATOMIC_RELEASE);
}

#endif
