/* A book at the scales that its numbers need: finer ones as digits come, coarser ones where a number is too large for them. */
#ifndef ONEBOOK_BOOK_SCALES_H
#define ONEBOOK_BOOK_SCALES_H

#include "demand.h"
#include "frame_changes.h"
#include "written.h"

struct book_stats {
    uint64_t updates, loads, widenings, truncated;
    struct change_counts levels;
};

struct book {
    struct side sides[2]; /* bids, asks */
    struct scales scales;
    struct number tick;   /* mantissa 0: unknown */
    uint32_t depth;       /* levels kept a side; 0 all */
    bool window;          /* the venue keeps its best `depth` levels here: complete is what is held, and nothing else */
    bool whole;
    bool keeps_written;   /* how levels are written is kept in `written` */
    int64_t extremes[2];  /* lowest complete bid, highest complete ask; 0 unknown */
    uint64_t version;
    uint64_t digest, digest_version; /* of digest.h: at which version it was computed; 0: never */
    struct book_stats stats;
    struct scale_table table;
    struct written_side written[2];
};

/* The known tick in units of a price scale; 0 if unknown, 1 if it is finer than the scale. */
static uint64_t book_tick(const struct book *book, uint32_t price_decimals) {
    uint64_t tick = book->tick.mantissa;
    if (book->tick.decimals > price_decimals) return tick ? 1 : 0;
    return __builtin_mul_overflow(tick, POW10[price_decimals - book->tick.decimals], &tick) ? 0 : tick;
}

/* -- which scales */

/* The scales nearest to the book's at which a frame's numbers and, if they stay, the levels held fit; false if there are
 * none. What a number needs counts, not what it is written or declared with. */
static bool fitting_scales(const struct book *book, const struct level_list *lists, bool held, struct scales *to) {
    struct demand price = NO_DEMAND, size = NO_DEMAND;
    for (int i = 0; i < 2; i++) {
        for (const struct raw_level *raw = lists[i].raw; raw < lists[i].raw + lists[i].count; raw++) {
            demand_add_scaled(&price, raw->price, raw->price_decimals);
            demand_add_scaled(&size, raw->size, raw->size_decimals);
        }
        struct cursor cursor = cursor_at_best(&book->sides[i]);
        for (struct level level; held && cursor_next(&cursor, &level);) {
            demand_add_scaled(&price, (uint64_t)llabs(level.key), book->scales.price);
            demand_add_scaled(&size, (uint64_t)level.size, book->scales.size);
        }
    }
    return demand_decimals(&price, book->scales.price, &to->price) && demand_decimals(&size, book->scales.size, &to->size);
}

/* -- other scales */

/* From one scale to another; false if it does not fit. */
static inline bool move_scale(int64_t value, uint32_t from, uint32_t to, int64_t *out) {
    if (to >= from) return multiply(value, POW10[to - from], out);
    *out = value / (int64_t)POW10[from - to];
    return *out * (int64_t)POW10[from - to] == value;
}

static enum book_status scale_level(struct change *level, struct scales from, struct scales to,
                                    struct scale_fault *fault) {
    int64_t key, size;
    if (!move_scale(level->key, from.price, to.price, &key)) {
        *fault = (struct scale_fault){(uint64_t)llabs(level->key), from.price, to.price, true};
        return BOOK_SCALE;
    }
    if (!move_scale(level->size, from.size, to.size, &size)) {
        *fault = (struct scale_fault){(uint64_t)level->size, from.size, to.size, true};
        return BOOK_SCALE;
    }
    level->key = key;
    level->size = size;
    return BOOK_OK;
}

/* Builds in `moved` what `side` holds, at other scales and with room for `extra` changes. */
static enum book_status side_move(const struct book *book, const struct side *side, struct scales to, uint32_t extra,
                                  struct side *moved, struct scale_fault *fault) {
    uint32_t count = side_count(side);
    struct change *levels = malloc((count + 1) * sizeof *levels);
    enum book_status status = levels ? BOOK_OK : BOOK_NO_MEMORY;
    side_init(moved, side->sign);
    if (levels) side_gather(side, levels);
    for (uint32_t i = 0; i < count && status == BOOK_OK; i++) status = scale_level(&levels[i], book->scales, to, fault);
    if (status == BOOK_OK) {
        struct side_plan plan = side_plan(side->sign, levels, count, book_tick(book, to.price));
        if (side_reserve_plan(moved, &plan, extra)) side_place(moved, &plan, levels, count);
        else status = BOOK_NO_MEMORY;
    }
    free(levels);
    return status;
}

static void book_set_scales(struct book *book, struct scales to) {
    book->stats.widenings += (to.price > book->scales.price) + (to.size > book->scales.size);
    book->scales = to;
}

/* A complete extreme at another scale; where it has no place there it is moved towards the best price. */
static inline int64_t move_extreme(int64_t extreme, int side, uint32_t from, uint32_t to) {
    int64_t moved;
    if (to < from) return extreme / (int64_t)POW10[from - to] + (side == 0 && extreme % (int64_t)POW10[from - to]);
    return multiply(extreme, POW10[to - from], &moved) ? moved : 0;
}

/* Moves the book to other scales, with room for the changes to come. On failure it is as before. */
static enum book_status book_move(struct book *book, struct scales to, const uint32_t extra[2],
                                  struct scale_fault *fault) {
    struct side moved[2] = {0};
    int64_t extremes[2];
    enum book_status status = BOOK_OK;
    for (int i = 0; i < 2 && status == BOOK_OK; i++) {
        status = side_move(book, &book->sides[i], to, extra[i], &moved[i], fault);
        extremes[i] = move_extreme(book->extremes[i], i, book->scales.price, to.price);
    }
    struct side *discarded = status == BOOK_OK ? book->sides : moved;
    side_free(&discarded[0]);
    side_free(&discarded[1]);
    if (status != BOOK_OK) return status;
    memcpy(book->sides, moved, sizeof moved);
    memcpy(book->extremes, extremes, sizeof extremes);
    book_set_scales(book, to);
    return BOOK_OK;
}

#endif
