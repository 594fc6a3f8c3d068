/* Levels in memory: what a frame holds, what a side is asked to change, and growing arrays of both. */
#ifndef ONEBOOK_LEVELS_H
#define ONEBOOK_LEVELS_H

#include <stdlib.h>

#include "number.h"

/* A level as the frame wrote it, each number with the decimals it was written with. */
struct raw_level {
    uint64_t price, size;
    uint8_t price_decimals, size_decimals;
};

/* A level of a side. The key is the price for bids and its negative for asks: on both sides the best key is the highest,
 * and one implementation serves both. */
struct level {
    int64_t key, size;
};

/* A level to set (size > 0) or delete (size 0); slot and action are room for the structure that applies it. */
struct change {
    int64_t key, size;
    uint32_t slot, action;
};

/* The levels of one side of one frame, and room for as many changes. */
struct level_list {
    struct raw_level *raw;
    struct change *changes;
    uint32_t count, capacity;
    bool ascending; /* the changes are, strictly */
};

static inline void level_list_free(struct level_list *list) {
    free(list->raw);
    free(list->changes);
    memset(list, 0, sizeof *list);
}

/* Room for one more level; false without memory, with the list unchanged. */
static bool level_list_grow(struct level_list *list) {
    uint32_t capacity = list->capacity ? list->capacity * 2 : 64;
    struct raw_level *raw = realloc(list->raw, capacity * sizeof *raw);
    if (raw) list->raw = raw;
    struct change *changes = realloc(list->changes, capacity * sizeof *changes);
    if (changes) list->changes = changes;
    if (!raw || !changes) return false;
    list->capacity = capacity;
    return true;
}

static inline bool level_list_reserve(struct level_list *list) {
    return list->count < list->capacity || level_list_grow(list);
}

/* -- order of changes */

static void merge_runs(const struct change *from, struct change *to, uint32_t start, uint32_t middle, uint32_t stop) {
    uint32_t left = start, right = middle;
    for (uint32_t i = start; i < stop; i++) {
        bool take_left = left < middle && (right == stop || from[left].key <= from[right].key);
        to[i] = take_left ? from[left++] : from[right++];
    }
}

/* Sorts ascending by key, stable, and keeps the last change of each key. Returns how many are left. */
static uint32_t sort_changes(struct change *changes, struct change *spare, uint32_t count) {
    struct change *from = changes, *to = spare;
    for (uint32_t width = 1; width < count; width *= 2) {
        for (uint32_t start = 0; start < count; start += 2 * width) {
            uint32_t middle = start + width < count ? start + width : count;
            uint32_t stop = middle + width < count ? middle + width : count;
            merge_runs(from, to, start, middle, stop);
        }
        struct change *other = from;
        from = to;
        to = other;
    }
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++)
        if (i + 1 == count || from[i].key != from[i + 1].key) changes[kept++] = from[i];
    return kept;
}

static inline void reverse_changes(struct change *changes, uint32_t count) {
    for (uint32_t i = 0, j = count; i + 1 < j; i++) {
        struct change swapped = changes[i];
        changes[i] = changes[--j];
        changes[j] = swapped;
    }
}

#endif
