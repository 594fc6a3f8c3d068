/* Levels in one sorted array, changed by whole batches in place.
 *
 * The best level is the last one: most changes are near the touch, and moves are then short.
 */
#ifndef ONEBOOK_SORTED_SIDE_H
#define ONEBOOK_SORTED_SIDE_H

#include "levels.h"

struct sorted_side {
    struct level *items; /* keys strictly ascending, sizes > 0 */
    uint32_t count, capacity;
};

/* What a batch did, for the book's statistics. */
struct change_counts {
    uint64_t inserts, changes, deletes, absent_deletes;
};

/* What setting one level was: 2 * there was one + there is one. */
enum change_kind { KIND_ABSENT_DELETE, KIND_INSERT, KIND_DELETE, KIND_CHANGE, KINDS };

static inline void sorted_free(struct sorted_side *side) {
    free(side->items);
    memset(side, 0, sizeof *side);
}

/* Room for `count` levels in all; false without memory, with nothing changed. */
static bool sorted_reserve(struct sorted_side *side, uint64_t count) {
    if (count <= side->capacity) return true;
    uint64_t capacity = count + count / 4 + 16;
    if (capacity > UINT32_MAX) return false;
    struct level *items = realloc(side->items, capacity * sizeof *items);
    if (!items) return false;
    side->items = items;
    side->capacity = (uint32_t)capacity;
    return true;
}

/* The first of items[0..stop) whose key is not below; gallops down from stop, near which batches mostly stay. */
static inline uint32_t sorted_find(const struct sorted_side *side, uint32_t stop, int64_t key) {
    uint32_t step = 1, low = stop;
    while (low && side->items[low - 1].key >= key) {
        stop = low - 1;
        low = low > step ? low - step : 0;
        step *= 2;
    }
    for (uint32_t left = stop - low; left;) { /* halves without a branch: which one it is cannot be foreseen */
        uint32_t half = (left + 1) / 2;
        low += half & -(uint32_t)(side->items[low + half - 1].key < key);
        left -= half;
    }
    return low;
}

enum sorted_action { ACTION_DONE, ACTION_INSERT, ACTION_DELETE };

/* Finds every change's slot and makes those that move nothing. Returns how many inserts are left. */
static uint32_t sorted_locate(struct sorted_side *side, struct change *changes, uint32_t count,
                              struct change_counts *counts) {
    uint32_t stop = side->count, inserts = 0;
    for (uint32_t i = count; i-- > 0;) {
        struct change *change = &changes[i];
        uint32_t slot = sorted_find(side, stop, change->key);
        bool held = slot < stop && side->items[slot].key == change->key;
        stop = change->slot = slot;
        change->action = ACTION_DONE;
        if (change->size == 0) {
            change->action = held ? ACTION_DELETE : ACTION_DONE;
            *(held ? &counts->deletes : &counts->absent_deletes) += 1;
        } else if (held) {
            side->items[slot].size = change->size;
            counts->changes++;
        } else {
            change->action = ACTION_INSERT;
            inserts++;
        }
    }
    counts->inserts += inserts;
    return inserts;
}

/* Takes the deleted levels out, left to right, and moves the slots of the inserts to where they are then. */
static void sorted_delete(struct sorted_side *side, struct change *changes, uint32_t count) {
    uint32_t deleted = 0, from = 0;
    struct level *items = side->items;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t slot = changes[i].slot;
        if (changes[i].action == ACTION_DELETE) {
            if (deleted) memmove(items + from - deleted, items + from, (slot - from) * sizeof *items);
            deleted++;
            from = slot + 1;
        } else {
            changes[i].slot = slot - deleted;
        }
    }
    if (deleted) memmove(items + from - deleted, items + from, (side->count - from) * sizeof *items);
    side->count -= deleted;
}

/* Puts the new levels in, right to left; there is room. */
static void sorted_insert(struct sorted_side *side, const struct change *changes, uint32_t count, uint32_t inserts) {
    struct level *items = side->items;
    uint32_t stop = side->count;
    side->count += inserts;
    for (uint32_t i = count; inserts; ) {
        const struct change *change = &changes[--i];
        if (change->action != ACTION_INSERT) continue;
        memmove(items + change->slot + inserts, items + change->slot, (stop - change->slot) * sizeof *items);
        stop = change->slot;
        inserts--;
        items[stop + inserts] = (struct level){change->key, change->size};
    }
}

/* Applies changes of strictly ascending keys. Room for all of them must have been reserved. */
static void sorted_apply(struct sorted_side *side, struct change *changes, uint32_t count,
                         struct change_counts *counts) {
    if (count == 0) return;
    uint64_t deletes = counts->deletes;
    uint32_t inserts = sorted_locate(side, changes, count, counts);
    if (counts->deletes != deletes) sorted_delete(side, changes, count);
    sorted_insert(side, changes, count, inserts);
}

/* Drops the `count` worst levels. */
static inline void sorted_drop_worst(struct sorted_side *side, uint32_t count) {
    side->count -= count;
    memmove(side->items, side->items + count, side->count * sizeof *side->items);
}

static const char *sorted_check(const struct sorted_side *side) {
    if (side->count > side->capacity) return "a sorted side holds more than its room";
    for (uint32_t i = 0; i < side->count; i++) {
        if (side->items[i].size <= 0) return "a sorted side holds a size that is not positive";
        if (i && side->items[i - 1].key >= side->items[i].key) return "a sorted side is not ascending";
    }
    return NULL;
}

#endif
