/* A book: two sides, their scales, and what is known of how complete they are.
 *
 * Every change is all or nothing: numbers are brought to the book's scale and memory is reserved before a level is touched.
 */
#ifndef ONEBOOK_BOOK_H
#define ONEBOOK_BOOK_H

#include "book_scales.h"

/* Levels of a side at most: more are no market, and every change would cost all readers of the book. */
enum { MAX_BOOK_LEVELS = 1 << 18 };

struct vwap_sums {
    uint32_t levels;
    u128 notional, size;
};

static void book_init(struct book *book, uint32_t price_decimals, uint32_t size_decimals, struct number tick,
                      uint32_t depth, bool window, bool keeps_written) {
    memset(book, 0, sizeof *book);
    side_init(&book->sides[0], 1);
    side_init(&book->sides[1], -1);
    book->scales = (struct scales){price_decimals, size_decimals};
    book->tick = tick;
    book->depth = depth;
    book->window = window;
    book->keeps_written = keeps_written;
    scale_table_init(&book->table);
}

static void book_free(struct book *book) {
    side_free(&book->sides[0]);
    side_free(&book->sides[1]);
    written_free(&book->written[0]);
    written_free(&book->written[1]);
}

/* -- how levels are written */

__attribute__((noinline, cold)) static bool book_reserve_written(struct book *book, const struct level_list *lists) {
    for (int i = 0; i < 2; i++)
        if (!written_reserve(&book->written[i], &book->sides[i], book->scales.price, lists[i].count)) return false;
    return true;
}

static void book_record_written(struct book *book, const struct level_list *lists) {
    for (int i = 0; i < 2; i++) written_record(&book->written[i], &lists[i]);
}

/* -- changes of a frame */

static enum book_status book_prepare(const struct book *book, struct level_list *lists, struct scales *scales,
                                     uint32_t counts[2], struct scale_fault *fault) {
    *scales = book->scales;
    enum book_status status = rescale_lists(&book->table, book->sides, lists, scales, fault);
    for (int i = 0; i < 2 && status == BOOK_OK; i++) status = order_changes(&lists[i], &counts[i]);
    return status;
}

/* The changes of a frame that was not to be had at the book's scales or finer ones, at others. */
static enum book_status book_prepare_fitting(const struct book *book, struct level_list *lists, bool held,
                                             struct scales *scales, uint32_t counts[2], struct scale_fault *fault) {
    if (!fitting_scales(book, lists, held, scales)) return BOOK_SCALE;
    enum book_status status = rescale_lists(&book->table, book->sides, lists, scales, fault);
    for (int i = 0; i < 2 && status == BOOK_OK; i++) status = order_changes(&lists[i], &counts[i]);
    return status;
}

/* -- depth */

static int64_t book_worst(const struct book *book, int i) {
    return side_count(&book->sides[i]) ? side_worst(&book->sides[i]) * book->sides[i].sign : 0;
}

static void book_note_window(struct book *book) {
    for (int i = 0; i < 2; i++) book->extremes[i] = book_worst(book, i);
}

/* Keeps the best `depth` levels. What is complete ends where levels were dropped. */
static void book_truncate(struct book *book) {
    uint32_t dropped[2];
    if (!book->depth) return;
    for (int i = 0; i < 2; i++) {
        uint32_t count = side_count(&book->sides[i]);
        dropped[i] = count > book->depth ? count - book->depth : 0;
        side_drop_worst(&book->sides[i], dropped[i]);
    }
    if (!dropped[0] && !dropped[1]) return;
    for (int i = 0; i < 2; i++)
        if (dropped[i] || book->whole) book->extremes[i] = book_worst(book, i);
    book->whole = false;
    book->stats.truncated += (uint64_t)dropped[0] + dropped[1];
}

/* -- changes */

/* Whether a side may get too many levels: `held` of them stay, and as many as there are changes may come. */
static inline bool is_full(uint32_t held, uint32_t changes) { return (uint64_t)held + changes > MAX_BOOK_LEVELS; }

/* Room for changes at the scales, to which the book is moved if they are others than its own. */
static enum book_status book_make_room(struct book *book, struct scales to, const uint32_t counts[2],
                                       struct scale_fault *fault) {
    for (int i = 0; i < 2; i++)
        if (is_full(side_count(&book->sides[i]), counts[i])) return BOOK_FULL;
    if (to.price != book->scales.price || to.size != book->scales.size) return book_move(book, to, counts, fault);
    bool done = side_reserve_changes(&book->sides[0], counts[0]) && side_reserve_changes(&book->sides[1], counts[1]);
    return done ? BOOK_OK : BOOK_NO_MEMORY;
}

/* Applies the levels of a frame. On failure nothing has changed; BOOK_SCALE tells the number in *fault, and BOOK_FULL that
 * a side would come too near to MAX_BOOK_LEVELS. */
static enum book_status book_apply(struct book *book, struct level_list *lists, struct scale_fault *fault) {
    struct scales to;
    uint32_t counts[2];
    if (book->keeps_written && !book_reserve_written(book, lists)) return BOOK_NO_MEMORY;
    enum book_status status = book_prepare(book, lists, &to, counts, fault);
    if (status == BOOK_OK) status = book_make_room(book, to, counts, fault);
    if (status == BOOK_SCALE) {
        status = book_prepare_fitting(book, lists, true, &to, counts, fault);
        if (status == BOOK_OK) status = book_make_room(book, to, counts, fault);
    }
    if (status != BOOK_OK) return status;
    if (book->keeps_written) book_record_written(book, lists);
    uint64_t tick = book_tick(book, to.price);
    for (int i = 0; i < 2; i++) {
        side_apply(&book->sides[i], lists[i].changes, counts[i], &book->stats.levels);
        side_settle(&book->sides[i], tick);
    }
    book_truncate(book);
    if (book->window) book_note_window(book);
    book->stats.updates++;
    book->version++;
    return BOOK_OK;
}

static uint32_t drop_empty(struct change *levels, uint32_t count) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++)
        if (levels[i].size) levels[kept++] = levels[i];
    return kept;
}

/* Replaces all levels by those of a frame. On failure nothing has changed. */
static enum book_status book_load(struct book *book, struct level_list *lists, bool whole, struct scale_fault *fault) {
    struct scales to;
    uint32_t counts[2];
    struct change *levels[2];
    struct side_plan plans[2];
    if (book->keeps_written && !book_reserve_written(book, lists)) return BOOK_NO_MEMORY;
    enum book_status status = book_prepare(book, lists, &to, counts, fault);
    if (status == BOOK_SCALE) status = book_prepare_fitting(book, lists, false, &to, counts, fault);
    if (status != BOOK_OK) return status;
    uint64_t dropped = 0, tick = book_tick(book, to.price);
    for (int i = 0; i < 2; i++) {
        uint32_t count = drop_empty(lists[i].changes, counts[i]);
        uint32_t excess = book->depth && count > book->depth ? count - book->depth : 0;
        dropped += excess;
        counts[i] = count - excess;
        if (is_full(0, counts[i])) return BOOK_FULL;
        levels[i] = lists[i].changes + excess;
        plans[i] = side_plan(book->sides[i].sign, levels[i], counts[i], tick);
        if (!side_reserve_plan(&book->sides[i], &plans[i], 0)) return BOOK_NO_MEMORY;
    }
    if (book->keeps_written) book_record_written(book, lists);
    book_set_scales(book, to);
    book->whole = whole && !dropped && !book->window;
    for (int i = 0; i < 2; i++) {
        side_place(&book->sides[i], &plans[i], levels[i], counts[i]);
        book->extremes[i] = book->whole ? 0 : book_worst(book, i);
    }
    book->stats.truncated += dropped;
    book->stats.loads++;
    book->version++;
    return BOOK_OK;
}

static void book_clear(struct book *book) {
    side_clear(&book->sides[0]);
    side_clear(&book->sides[1]);
    book->whole = false;
    book->extremes[0] = book->extremes[1] = 0;
    book->version++;
}

/* -- reading */

/* How many of the best `limit` levels of a side are proved complete. */
static uint32_t book_known(const struct book *book, int i, uint32_t limit) {
    struct cursor cursor = cursor_at_best(&book->sides[i]);
    int64_t last = book->extremes[i] * book->sides[i].sign;
    struct level level;
    uint32_t count = 0;
    if (!book->whole && !book->extremes[i]) return 0;
    while (count < limit && cursor_next(&cursor, &level) && (book->whole || level.key >= last)) count++;
    return count;
}

/* Copies up to `limit` (price, size) of a side, best first; returns how many. */
static uint32_t book_top(const struct book *book, int i, uint32_t limit, struct level *out) {
    struct cursor cursor = cursor_at_best(&book->sides[i]);
    uint32_t count = 0;
    for (; count < limit && cursor_next(&cursor, &out[count]); count++) out[count].key *= book->sides[i].sign;
    return count;
}

static inline bool add_notional(struct vwap_sums *sums, int64_t price, int64_t size) {
    sums->levels++;
    sums->size += (uint64_t)size;
    return !__builtin_add_overflow(sums->notional, (u128)price * (uint64_t)size, &sums->notional);
}

/* Sums over the best `limit` levels; false if one passes 128 bits. */
static bool book_vwap(const struct book *book, int i, uint32_t limit, struct vwap_sums *sums) {
    struct cursor cursor = cursor_at_best(&book->sides[i]);
    struct level level;
    memset(sums, 0, sizeof *sums);
    while (sums->levels < limit && cursor_next(&cursor, &level))
        if (!add_notional(sums, level.key * book->sides[i].sign, level.size)) return false;
    return true;
}

/* Halves of the sums, for callers without 128-bit integers. */
static inline uint64_t notional_high(const struct vwap_sums *sums) { return (uint64_t)(sums->notional >> 64); }
static inline uint64_t notional_low(const struct vwap_sums *sums) { return (uint64_t)sums->notional; }
static inline uint64_t size_high(const struct vwap_sums *sums) { return (uint64_t)(sums->size >> 64); }
static inline uint64_t size_low(const struct vwap_sums *sums) { return (uint64_t)sums->size; }

static bool book_crossed(const struct book *book) {
    struct level bid, ask;
    return side_best(&book->sides[0], &bid) && side_best(&book->sides[1], &ask) && bid.key >= -ask.key;
}

/* The first invariant that does not hold, or NULL. */
static const char *book_check(const struct book *book) {
    for (int i = 0; i < 2; i++) {
        const char *fault = side_check(&book->sides[i]);
        if (fault) return fault;
        if (book->depth && side_count(&book->sides[i]) > book->depth) return "a side holds more than the depth";
        if (book->extremes[i] < 0) return "a complete extreme is negative";
    }
    return NULL;
}

#endif
