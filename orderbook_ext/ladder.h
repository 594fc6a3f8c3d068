/* A tick ladder: one slot a price step in a window around the touch, with a bitmap of the slots in use.
 *
 * A change is one store and one bit, wherever in the window it falls; real changes are mostly hundreds of levels away from
 * the touch, where searching costs the most. The window is a ring: a tick's slot is its number modulo the size, so that
 * moving the window moves no level. The sizes are mapped memory of which only touched pages exist.
 */
#ifndef ONEBOOK_LADDER_H
#define ONEBOOK_LADDER_H

#include "sorted_side.h"

#if defined(__unix__) || defined(__APPLE__)
#include <sys/mman.h>
#endif

enum {
    LADDER_TICKS = 1 << 16,
    LADDER_WORDS = LADDER_TICKS / 64,
    LADDER_BELOW_TOUCH = LADDER_TICKS / 4 * 3, /* slots for levels behind the touch when the window is placed */
};

struct ladder {
    int64_t *sizes;               /* by slot; 0 is no level */
    int64_t base;                 /* lowest tick of the window, a multiple of 64 */
    int64_t best;                 /* highest tick in use; NO_TICK while there is none */
    uint32_t count;
    uint64_t words[LADDER_WORDS]; /* bit: slot in use */
};

#define NO_TICK INT64_MIN

static int64_t *ladder_map(void) {
    size_t bytes = LADDER_TICKS * sizeof(int64_t);
#if defined(__unix__) || defined(__APPLE__)
    void *map = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
    if (map == MAP_FAILED) return NULL;
#if defined(MADV_NOHUGEPAGE)
    madvise(map, bytes, MADV_NOHUGEPAGE); /* a huge page would make every untouched slot real */
#endif
    return map;
#else
    return calloc(1, bytes);
#endif
}

static void ladder_free(struct ladder *ladder) {
    if (!ladder) return;
#if defined(__unix__) || defined(__APPLE__)
    munmap(ladder->sizes, LADDER_TICKS * sizeof(int64_t));
#else
    free(ladder->sizes);
#endif
    free(ladder);
}

static struct ladder *ladder_new(void) {
    struct ladder *ladder = calloc(1, sizeof *ladder);
    if (!ladder) return NULL;
    ladder->sizes = ladder_map();
    ladder->best = NO_TICK;
    if (ladder->sizes) return ladder;
    free(ladder);
    return NULL;
}

/* Ticks are compared with the window modulo 2^64, so that no window near the ends of int64 needs a special case. */
static inline bool window_covers(int64_t base, int64_t tick) {
    return (uint64_t)tick - (uint64_t)base < LADDER_TICKS;
}

static inline bool ladder_covers(const struct ladder *ladder, int64_t tick) {
    return window_covers(ladder->base, tick);
}

static inline uint32_t ladder_slot(int64_t tick) { return (uint32_t)tick & (LADDER_TICKS - 1); }

static inline int64_t ladder_tick(const struct ladder *ladder, uint32_t slot) {
    uint32_t offset = (slot - ladder_slot(ladder->base)) & (LADDER_TICKS - 1);
    return (int64_t)((uint64_t)ladder->base + offset);
}

/* The base of a window whose best tick is `touch`. */
static inline int64_t ladder_base_for(int64_t touch) {
    return (int64_t)(((uint64_t)touch - LADDER_BELOW_TOUCH) & ~63ULL);
}

/* The nearest word in use strictly below `word` around the ring; there is at least one bit set in some word. A second
 * bitmap over the words would find it at once, but keeping it costs every change more than this search costs the few that
 * delete the touch: a ladder holds enough levels for the next one to be near. */
static inline uint32_t ladder_word_below(const struct ladder *ladder, uint32_t word) {
    do word = (word - 1) & (LADDER_WORDS - 1);
    while (!ladder->words[word]);
    return word;
}

/* The highest tick in use below `tick`, which is in the window. False if there is none. */
static inline bool ladder_below(const struct ladder *ladder, int64_t tick, int64_t *below) {
    if (!ladder->count) return false;
    uint32_t slot = ladder_slot(tick), word = slot >> 6;
    uint64_t bits = ladder->words[word] & ((1ULL << (slot & 63)) - 1);
    if (!bits) {
        word = ladder_word_below(ladder, word);
        bits = ladder->words[word];
        /* around the ring and back in the same word: only what lies at or above `tick` is left */
    }
    *below = ladder_tick(ladder, (word << 6) + 63 - (uint32_t)__builtin_clzll(bits));
    return *below < tick;
}

__attribute__((always_inline)) static inline void ladder_prefetch(const struct ladder *ladder, int64_t tick) {
    uint32_t slot = ladder_slot(tick);
    __builtin_prefetch(&ladder->sizes[slot], 1);
    __builtin_prefetch(&ladder->words[slot >> 6], 1);
}

static inline void ladder_mark(struct ladder *ladder, uint32_t slot, bool used) {
    uint64_t *word = &ladder->words[slot >> 6];
    uint32_t bit = slot & 63;
    *word = (*word & ~(1ULL << bit)) | (uint64_t)used << bit;
}

/* Sets (size > 0) or deletes the level at a tick of the window, and returns what that was. Whether a level is there and
 * whether it shall be is as good as random in real traffic: everything that depends on it is arithmetic, and only the
 * touch is a branch. (It is inlined always for the sake of the one loop over a frame's levels.) */
__attribute__((always_inline)) static inline enum change_kind ladder_set(struct ladder *ladder, int64_t tick, int64_t size) {
    uint32_t slot = ladder_slot(tick);
    int64_t held = ladder->sizes[slot], nowhere;
    int64_t *place = held | size ? &ladder->sizes[slot] : &nowhere; /* an absent level's page stays untouched */
    bool was = held != 0, is = size != 0;
    *place = size;
    ladder_mark(ladder, slot, is);
    ladder->count += (uint32_t)is - (uint32_t)was;
    if (tick >= ladder->best) {
        if (is) ladder->best = tick;
        else if (!ladder_below(ladder, tick, &ladder->best)) ladder->best = NO_TICK;
    }
    return (enum change_kind)(2 * was + is);
}

/* The lowest tick in use; count > 0. */
static int64_t ladder_worst(const struct ladder *ladder) {
    uint32_t word = ladder_slot(ladder->base) >> 6;
    while (!ladder->words[word]) word = (word + 1) & (LADDER_WORDS - 1);
    return ladder_tick(ladder, (word << 6) + (uint32_t)__builtin_ctzll(ladder->words[word]));
}

/* Empties all slots; walks the bitmap so that untouched pages stay so. */
static void ladder_clear(struct ladder *ladder) {
    for (uint32_t word = 0; word < LADDER_WORDS; word++)
        for (uint64_t bits = ladder->words[word]; bits; bits &= bits - 1)
            ladder->sizes[(word << 6) + (uint32_t)__builtin_ctzll(bits)] = 0;
    memset(ladder->words, 0, sizeof ladder->words);
    ladder->count = 0;
    ladder->best = NO_TICK;
}

static const char *ladder_check(const struct ladder *ladder) {
    uint32_t count = 0;
    for (uint32_t slot = 0; slot < LADDER_TICKS; slot++) {
        bool marked = ladder->words[slot >> 6] >> (slot & 63) & 1;
        if (marked && ladder->sizes[slot] <= 0) return "the ladder's bitmap marks a slot without a size";
        if (!marked && ladder->sizes[slot] != 0) return "the ladder's bitmap misses a slot";
        if (marked && ladder_tick(ladder, slot) > ladder->best) return "the ladder's best is not the best";
        count += marked;
    }
    if (count != ladder->count) return "the ladder's count is wrong";
    if (!count && ladder->best != NO_TICK) return "the ladder is empty and has a best";
    if (count && !ladder->sizes[ladder_slot(ladder->best)]) return "the ladder's best is no level";
    return NULL;
}

#endif
