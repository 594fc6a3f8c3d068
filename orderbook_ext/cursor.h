/* What a side of a book holds, and reading it best first. */
#ifndef ONEBOOK_CURSOR_H
#define ONEBOOK_CURSOR_H

#include "ladder.h"

enum { LADDER_MIN_LEVELS = 128 }; /* below this the array is as fast and smaller */

struct side {
    struct sorted_side array; /* all levels, or those the ladder does not cover */
    struct ladder *ladder;    /* NULL until first wanted */
    bool laddered;
    int sign;                 /* 1 bids, -1 asks: key = sign * price */
    uint64_t tick;            /* of the ladder, in units of the book's price scale */
    struct divisor divisor;   /* by tick */
    uint32_t review_at;       /* levels in the array that call for a review */
    uint32_t frames;          /* on the array alone since the last review */
};

static inline void side_init(struct side *side, int sign) {
    memset(side, 0, sizeof *side);
    side->sign = sign;
    side->review_at = LADDER_MIN_LEVELS;
}

static void side_free(struct side *side) {
    sorted_free(&side->array);
    ladder_free(side->ladder);
    side->ladder = NULL;
}

static inline uint32_t side_count(const struct side *side) {
    return side->array.count + (side->laddered ? side->ladder->count : 0);
}

/* The tick of a key; false if the price is no multiple of the tick. */
static inline bool key_tick(struct divisor divisor, int sign, int64_t key, int64_t *tick) {
    uint64_t steps;
    bool exact = divide_exactly(divisor, (uint64_t)(key * sign), &steps);
    *tick = (int64_t)(steps * (uint64_t)sign);
    return exact;
}

/* -- reading, best first */

struct cursor {
    const struct side *side;
    int64_t tick;   /* next of the ladder */
    uint32_t left;  /* levels of the array not yet read */
    bool in_ladder; /* tick is valid */
};

static inline struct cursor cursor_at_best(const struct side *side) {
    struct cursor cursor = {side, 0, side->array.count, side->laddered && side->ladder->count};
    if (cursor.in_ladder) cursor.tick = side->ladder->best;
    return cursor;
}

/* The next level, or false at the end. */
static inline bool cursor_next(struct cursor *cursor, struct level *level) {
    const struct side *side = cursor->side;
    const struct level *outlier = cursor->left ? &side->array.items[cursor->left - 1] : NULL;
    if (cursor->in_ladder) {
        int64_t key = cursor->tick * (int64_t)side->tick;
        if (!outlier || key > outlier->key) {
            *level = (struct level){key, side->ladder->sizes[ladder_slot(cursor->tick)]};
            cursor->in_ladder = ladder_below(side->ladder, cursor->tick, &cursor->tick);
            return true;
        }
    }
    if (!outlier) return false;
    *level = *outlier;
    cursor->left--;
    return true;
}

static inline bool side_best(const struct side *side, struct level *level) {
    struct cursor cursor = cursor_at_best(side);
    return cursor_next(&cursor, level);
}

/* The lowest key; the side is not empty. */
static int64_t side_worst(const struct side *side) {
    bool in_ladder = side->laddered && side->ladder->count;
    int64_t key = in_ladder ? ladder_worst(side->ladder) * (int64_t)side->tick : INT64_MAX;
    if (side->array.count && side->array.items[0].key < key) key = side->array.items[0].key;
    return key;
}

/* All levels as ascending changes, into room for side_count() of them. */
static void side_gather(const struct side *side, struct change *changes) {
    struct cursor cursor = cursor_at_best(side);
    struct level level;
    for (uint32_t i = side_count(side); cursor_next(&cursor, &level);)
        changes[--i] = (struct change){.key = level.key, .size = level.size};
}

#endif
