/* One side of a book: a tick ladder with a sorted array for what lies outside of it, or the sorted array alone.
 *
 * Which of the two is chosen from the levels themselves whenever many arrive or many have missed the ladder, and is
 * invisible but for speed. Every change is two steps: reserve, which may fail and changes nothing, and apply, which cannot.
 */
#ifndef ONEBOOK_SIDE_H
#define ONEBOOK_SIDE_H

#include "cursor.h"

enum {
    REVIEW_OUTLIERS = 256,   /* this many levels outside of the ladder call for another look */
    REVIEW_FRAMES = 4096,    /* so many frames on the array alone do too: what kept the levels off may be gone */
};

/* Where a set of levels would go. */
struct side_plan {
    bool laddered;
    uint64_t tick;
    int64_t base;
    uint32_t outliers;
};

/* -- choosing the structure */

static struct side_plan plan_with_tick(int sign, const struct change *levels, uint32_t count, uint64_t tick) {
    struct divisor divisor = divisor_of(tick);
    uint64_t touch = (uint64_t)(levels[count - 1].key * sign) / tick;
    struct side_plan plan = {true, tick, ladder_base_for((int64_t)touch * sign), 0};
    for (uint32_t i = 0; i < count; i++) {
        int64_t at;
        plan.outliers += !(key_tick(divisor, sign, levels[i].key, &at) && window_covers(plan.base, at));
    }
    return plan;
}

/* The largest power of ten that divides nearly all prices; a few odd ones are outliers and not the tick. */
static uint64_t infer_tick(const struct change *levels, uint32_t count) {
    uint32_t prices_with[MAX_DECIMALS + 1] = {0}; /* by zeros at the end */
    uint32_t zeros = MAX_DECIMALS;
    for (uint32_t i = 0; i < count; i++)
        prices_with[MAX_DECIMALS - needed_decimals((uint64_t)llabs(levels[i].key), MAX_DECIMALS)]++;
    for (uint32_t found = prices_with[zeros]; zeros && found < count - count / 8;) found += prices_with[--zeros];
    return POW10[zeros];
}

/* A ladder with the known tick (0: unknown), or with one read from the prices, if most levels fall into its window. */
static struct side_plan side_plan(int sign, const struct change *levels, uint32_t count, uint64_t known_tick) {
    struct side_plan array = {false, 0, 0, count};
    if (count < LADDER_MIN_LEVELS) return array;
    struct side_plan plan = {.outliers = count};
    if (known_tick) plan = plan_with_tick(sign, levels, count, known_tick);
    if (plan.outliers > count / 2) plan = plan_with_tick(sign, levels, count, infer_tick(levels, count));
    return plan.outliers > count / 2 ? array : plan;
}

/* Memory for the plan and `extra` levels more; false without it, with the side as it was. */
static bool side_reserve_plan(struct side *side, const struct side_plan *plan, uint32_t extra) {
    if (plan->laddered && !side->ladder && !(side->ladder = ladder_new())) return false;
    return sorted_reserve(&side->array, (uint64_t)plan->outliers + extra);
}

/* Replaces all levels by ascending ones, as planned and reserved. */
static void side_place(struct side *side, const struct side_plan *plan, const struct change *levels, uint32_t count) {
    if (side->laddered) ladder_clear(side->ladder);
    side->array.count = 0;
    side->laddered = plan->laddered;
    if (plan->laddered) {
        side->tick = plan->tick;
        side->divisor = divisor_of(plan->tick);
        side->ladder->base = plan->base;
    } else if (side->ladder) {
        ladder_free(side->ladder);
        side->ladder = NULL;
    }
    for (uint32_t i = 0; i < count; i++) {
        int64_t tick;
        if (plan->laddered && key_tick(side->divisor, side->sign, levels[i].key, &tick) &&
            ladder_covers(side->ladder, tick))
            ladder_set(side->ladder, tick, levels[i].size);
        else
            side->array.items[side->array.count++] = (struct level){levels[i].key, levels[i].size};
    }
    uint32_t least = plan->laddered ? REVIEW_OUTLIERS : LADDER_MIN_LEVELS;
    side->review_at = side->array.count * 2 > least ? side->array.count * 2 : least;
}

/* Too many levels in the array: plan again. Without memory everything stays as it is. */
static void side_review(struct side *side, uint64_t known_tick) {
    uint32_t count = side_count(side);
    struct change *levels = malloc((count + 1) * sizeof *levels);
    side->frames = 0;
    side->review_at = side->array.count < UINT32_MAX / 2 ? side->array.count * 2 : UINT32_MAX;
    if (!levels) return;
    side_gather(side, levels);
    struct side_plan plan = side_plan(side->sign, levels, count, known_tick);
    if ((plan.laddered || side->laddered) && side_reserve_plan(side, &plan, 0))
        side_place(side, &plan, levels, count);
    free(levels);
}

/* -- moving the window */

/* Moves the levels that a window at `base` would not cover from the ladder to `leaving`; returns how many they are. */
static uint32_t ladder_evict(struct ladder *ladder, int64_t base, uint64_t tick, struct change *leaving) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < LADDER_WORDS; i++) {
        int64_t first = (int64_t)((uint64_t)ladder->base + 64ULL * i);
        uint32_t slot = ladder_slot(first);
        if ((uint64_t)first - (uint64_t)base < LADDER_TICKS) continue;
        for (uint64_t bits = ladder->words[slot >> 6]; bits; bits &= bits - 1) {
            uint32_t bit = (uint32_t)__builtin_ctzll(bits);
            if (!leaving) {
                count++;
                continue;
            }
            leaving[count++] = (struct change){.key = (first + bit) * (int64_t)tick, .size = ladder->sizes[slot + bit]};
            ladder->sizes[slot + bit] = 0;
            ladder_mark(ladder, slot + bit, false);
        }
    }
    return count;
}

static void ladder_find_best(struct ladder *ladder) {
    int64_t top = (int64_t)((uint64_t)ladder->base + LADDER_TICKS - 1);
    ladder->best = top;
    if (ladder->sizes[ladder_slot(top)]) return;
    if (!ladder_below(ladder, top, &ladder->best)) ladder->best = NO_TICK;
}

/* Moves the outliers that the window covers now into the ladder. */
static void side_adopt(struct side *side) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < side->array.count; i++) {
        struct level level = side->array.items[i];
        int64_t tick;
        if (key_tick(side->divisor, side->sign, level.key, &tick) && ladder_covers(side->ladder, tick))
            ladder_set(side->ladder, tick, level.size);
        else
            side->array.items[kept++] = level;
    }
    side->array.count = kept;
}

/* Moves the window. Without memory it stays where it is. */
static void side_slide(struct side *side, int64_t base) {
    struct ladder *ladder = side->ladder;
    struct change_counts ignored = {0};
    uint32_t count = ladder_evict(ladder, base, side->tick, NULL);
    struct change *leaving = malloc((count + 1) * sizeof *leaving);
    if (leaving && sorted_reserve(&side->array, (uint64_t)side->array.count + count)) {
        ladder_evict(ladder, base, side->tick, leaving);
        ladder->count -= count;
        sorted_apply(&side->array, leaving, count, &ignored);
        ladder->base = base;
        ladder_find_best(ladder);
        side_adopt(side);
    }
    free(leaving);
}

/* -- changing */

static inline bool side_reserve_changes(struct side *side, uint32_t count) {
    return sorted_reserve(&side->array, (uint64_t)side->array.count + count);
}

/* Asks for the memory that a change of this key will touch: the levels of a frame lie far apart. (Were it not inlined
 * always, gcc would take a call that only prefetches for one that does nothing.) */
__attribute__((always_inline)) static inline void side_prefetch(const struct side *side, int64_t key) {
    int64_t tick;
    if (side->laddered && key_tick(side->divisor, side->sign, key, &tick)) ladder_prefetch(side->ladder, tick);
}

/* Applies the changes that the ladder covers; the others move to the front. Returns how many those are. */
static uint32_t ladder_apply(struct side *side, struct change *changes, uint32_t count, struct change_counts *counts) {
    struct ladder *ladder = side->ladder;
    struct divisor divisor = side->divisor;
    uint64_t kinds[KINDS] = {0};
    uint32_t outliers = 0;
    for (uint32_t i = 0; i < count; i++) {
        int64_t tick;
        if (key_tick(divisor, side->sign, changes[i].key, &tick) && ladder_covers(ladder, tick))
            kinds[ladder_set(ladder, tick, changes[i].size)]++;
        else
            changes[outliers++] = changes[i];
    }
    counts->inserts += kinds[KIND_INSERT];
    counts->changes += kinds[KIND_CHANGE];
    counts->deletes += kinds[KIND_DELETE];
    counts->absent_deletes += kinds[KIND_ABSENT_DELETE];
    return outliers;
}

/* Applies reserved changes of strictly ascending keys. */
static void side_apply(struct side *side, struct change *changes, uint32_t count, struct change_counts *counts) {
    if (side->laddered) count = ladder_apply(side, changes, count, counts);
    sorted_apply(&side->array, changes, count, counts);
}

/* The tick that the best level is in or above; the side has a ladder and some level. */
static inline int64_t side_touch(const struct side *side) {
    int64_t best = side->ladder->best;
    if (!side->array.count) return best;
    int64_t outlier = side->array.items[side->array.count - 1].key;
    if (best != NO_TICK && outlier < best * (int64_t)side->tick) return best;
    return (int64_t)((uint64_t)(outlier * side->sign) / side->tick) * side->sign;
}

/* After a change: keeps the touch inside of the window, and most levels out of the array. */
static inline void side_settle(struct side *side, uint64_t known_tick) {
    if (side->laddered && side_count(side)) {
        int64_t touch = side_touch(side);
        uint64_t place = (uint64_t)touch - (uint64_t)side->ladder->base;
        if (place < LADDER_TICKS / 4 || place >= LADDER_TICKS / 16 * 15) side_slide(side, ladder_base_for(touch));
    }
    bool due = !side->laddered && ++side->frames >= REVIEW_FRAMES;
    if (side->array.count >= side->review_at || due) side_review(side, known_tick);
}

static void side_drop_worst(struct side *side, uint32_t count) {
    if (!side->laddered) {
        sorted_drop_worst(&side->array, count);
        return;
    }
    while (count--) {
        int64_t key = side_worst(side);
        if (side->array.count && side->array.items[0].key == key) sorted_drop_worst(&side->array, 1);
        else ladder_set(side->ladder, ladder_worst(side->ladder), 0);
    }
}

static void side_clear(struct side *side) {
    struct side_plan array = {0};
    side_place(side, &array, NULL, 0);
}

static const char *side_check(const struct side *side) {
    const char *fault = sorted_check(&side->array);
    if (fault || !side->laddered) return fault;
    if ((fault = ladder_check(side->ladder))) return fault;
    for (uint32_t i = 0; i < side->array.count; i++) {
        int64_t tick;
        if (key_tick(side->divisor, side->sign, side->array.items[i].key, &tick) && ladder_covers(side->ladder, tick))
            return "an outlier belongs into the ladder";
    }
    return NULL;
}

#endif
