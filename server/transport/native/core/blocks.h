/* Parts of a memory, handed out and taken back: each size is a power of two, and what comes back waits for the next of its
 * size. One thread at a time. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

enum { LEAST_BLOCK = 1024, BLOCK_SIZES = 16 };

typedef struct FreeBlocks {
    uint64_t *places;
    size_t count, room;
} FreeBlocks;

typedef struct Blocks {
    uint64_t next, end; /* what was never handed out */
    FreeBlocks free[BLOCK_SIZES];
} Blocks;

/* Which size holds so many bytes; BLOCK_SIZES: none. */
static inline unsigned block_size_of(uint64_t bytes) {
    unsigned size = 0;
    while (size < BLOCK_SIZES && (uint64_t)LEAST_BLOCK << size < bytes)
        size++;
    return size;
}

/* The place of a block with room for so many bytes, or 0: there is none left. */
static inline uint64_t block_take(Blocks *blocks, uint64_t bytes) {
    unsigned size = block_size_of(bytes);
    if (size == BLOCK_SIZES)
        return 0;
    FreeBlocks *waiting = &blocks->free[size];
    if (waiting->count)
        return waiting->places[--waiting->count];
    uint64_t place = blocks->next, room = (uint64_t)LEAST_BLOCK << size;
    if (blocks->end - place < room)
        return 0;
    blocks->next += room;
    return place;
}

/* Takes back a block that was taken for so many bytes. Without memory to remember it, it is lost. */
static inline void block_give_back(Blocks *blocks, uint64_t place, uint64_t bytes) {
    FreeBlocks *waiting = &blocks->free[block_size_of(bytes)];
    if (waiting->count == waiting->room) {
        size_t room = waiting->room ? 2 * waiting->room : 64;
        uint64_t *grown = realloc(waiting->places, room * sizeof *grown);
        if (grown == NULL)
            return;
        waiting->places = grown;
        waiting->room = room;
    }
    waiting->places[waiting->count++] = place;
}

static inline void blocks_free(Blocks *blocks) {
    for (unsigned size = 0; size < BLOCK_SIZES; size++)
        free(blocks->free[size].places);
}
