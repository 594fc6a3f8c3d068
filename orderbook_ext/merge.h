/* Merges the best levels of many books into one, at the finest scales among them, with dust left out while walking.
 *
 * What a merge reads it copies, together with the state of every venue, into one of two buffers that take turns: encoders
 * see one consistent state, and a merge that fails leaves the one before in place.
 */
#ifndef ONEBOOK_MERGE_H
#define ONEBOOK_MERGE_H

#include "heads.h"
#include "vwap.h"

struct merged_level {
    int64_t price, size, venue;
};

/* What was known of a venue when the merge was made. */
struct venue_copy {
    struct venue_state state; /* its book is NULL if it was not merged, its detail points to `detail` */
    char *detail;
    uint32_t detail_capacity;
    bool whole;
    int64_t extremes[2]; /* at the common price scale */
    uint32_t counts[2];
};

struct merge {
    struct scales scales;
    struct merged_level *levels[2];
    uint32_t counts[2];
    struct vwap_sums vwaps[3]; /* bids, asks, and those of the microprice when priced */
    uint32_t proved[2]; /* of the levels that are shown: those to which every venue's book is complete */
    bool two_sided;
    int64_t spread, mid;
    int64_t exchange_time, receive_time;
    struct venue_copy *venues;
    bool priced; /* prices is filled, and so is: */
    struct vwap_prices prices;
    bool has_spread_points;
    int64_t spread_points;
};

struct view {
    struct text market;
    uint32_t venue_count, levels, vwap_levels;
    struct number dust;
    const struct venue_state **venues;
    const struct book **books; /* of venues that take part in what is being done, or NULL */
    struct text *names;
    struct rate *rates;
    bool rated; /* there is one with a currency */
    struct merge buffers[2];
    struct merge *now, *next;
    uint8_t *out; /* of the encoders */
    size_t out_capacity;
};

enum merge_status { MERGE_OK, MERGE_NO_MEMORY, MERGE_SCALE, MERGE_SUM, MERGE_AMOUNT };

static inline uint32_t view_depth(const struct view *view) {
    return view->levels > view->vwap_levels ? view->levels : view->vwap_levels;
}

static void view_free(struct view *view) {
    for (int b = 0; b < 2; b++) {
        struct merge *merge = &view->buffers[b];
        for (uint32_t i = 0; merge->venues && i < view->venue_count; i++) free(merge->venues[i].detail);
        free(merge->venues);
        free(merge->levels[0]);
        free(merge->levels[1]);
    }
    free(view->venues);
    free(view->books);
    free(view->names);
    free(view->rates);
    free(view->out);
    memset(view, 0, sizeof *view);
}

/* Makes the buffers of a view whose numbers are set; false without memory. venues, names and
 * rates are then to be filled. */
static bool view_init(struct view *view) {
    size_t venues = view->venue_count + 1;
    view->venues = calloc(venues, sizeof *view->venues);
    view->books = calloc(venues, sizeof *view->books);
    view->names = calloc(venues, sizeof *view->names);
    view->rates = calloc(venues, sizeof *view->rates);
    bool done = view->venues && view->books && view->names && view->rates;
    for (int b = 0; b < 2; b++) {
        struct merge *merge = &view->buffers[b];
        merge->venues = calloc(venues, sizeof *merge->venues);
        merge->levels[0] = malloc(view_depth(view) * sizeof(struct merged_level));
        merge->levels[1] = malloc(view_depth(view) * sizeof(struct merged_level));
        done = done && merge->venues && merge->levels[0] && merge->levels[1];
    }
    view->now = &view->buffers[0];
    view->next = &view->buffers[1];
    return done;
}

/* -- walking */

/* Which venues take part: those that are live, with a book, and with a rate if they need one. */
static void choose_books(struct view *view) {
    for (uint32_t i = 0; i < view->venue_count; i++) {
        const struct venue_state *venue = view->venues[i];
        view->books[i] = is_live(venue) && view->rates[i].known ? venue->book : NULL;
    }
}

/* Heads of all venues that have a level; false with *venue set if a level does not fit. */
__attribute__((always_inline)) static inline bool heads_init(const struct view *view, struct scales scales, int side,
                                                             struct head *heads, uint32_t *count, uint32_t *venue,
                                                             const bool rated) {
    *count = 0;
    for (uint32_t i = 0; i < view->venue_count; i++) {
        struct head *head = &heads[*count];
        bool more;
        if (!view->books[i]) continue;
        head_start(head, view->venues[i], &view->rates[i], side, view->dust, scales, rated);
        head->venue = *venue = i;
        if (!head_next(head, &more, rated)) return false;
        *count += more;
    }
    return true;
}

/* The head that goes first. Most keys are compared once, in a register: branches, as most of them are not the best. */
static inline struct head *best_head(struct head *heads, uint32_t count) {
    struct head *best = heads;
    int64_t key = best->level.key;
    for (struct head *head = heads + 1; head < heads + count; head++) {
        if (__builtin_expect(head->level.key < key, true)) continue;
        if (head->level.key == key && !head_before(head, best)) continue;
        best = head;
        key = head->level.key;
    }
    return best;
}

/* The best levels of one side. `rated` is a constant at every call: prices that are not converted shall cost nothing. */
__attribute__((always_inline)) static inline bool merge_levels(const struct view *view, struct merge *merge, int side,
                                                               uint32_t *venue, const bool rated) {
    struct head heads[MAX_VENUES];
    uint32_t count, depth = view_depth(view), done = 0;
    int64_t sign = side == 0 ? 1 : -1;
    if (!heads_init(view, merge->scales, side, heads, &count, venue, rated)) return false;
    while (count) {
        struct head *best = best_head(heads, count);
        merge->levels[side][done++] = (struct merged_level){best->level.key * sign, best->level.size, best->venue};
        if (done == depth) break;
        bool more;
        *venue = best->venue;
        if (!head_next(best, &more, rated)) return false;
        if (!more) *best = heads[--count];
    }
    merge->counts[side] = done;
    return true;
}

/* Out of line, each with all registers for itself. */
__attribute__((noinline)) static bool merge_rated(const struct view *view, struct merge *merge, int side,
                                                  uint32_t *venue) {
    return merge_levels(view, merge, side, venue, true);
}

__attribute__((noinline)) static bool merge_plain(const struct view *view, struct merge *merge, int side,
                                                  uint32_t *venue) {
    return merge_levels(view, merge, side, venue, false);
}

static enum merge_status merge_side(const struct view *view, struct merge *merge, int side, uint32_t *venue) {
    if (!(view->rated ? merge_rated : merge_plain)(view, merge, side, venue)) return MERGE_SCALE;
    struct vwap_sums sums = {0};
    for (uint32_t i = 0; i < merge->counts[side] && i < view->vwap_levels; i++)
        if (!add_notional(&sums, merge->levels[side][i].price, merge->levels[side][i].size)) return MERGE_SUM;
    merge->vwaps[side] = sums;
    return MERGE_OK;
}

/* -- venues */

static bool copy_detail(struct venue_copy *copy, struct text detail) {
    if (detail.length > copy->detail_capacity) {
        char *bytes = realloc(copy->detail, detail.length);
        if (!bytes) return false;
        copy->detail = bytes;
        copy->detail_capacity = detail.length;
    }
    if (detail.length) memcpy(copy->detail, detail.bytes, detail.length);
    copy->state.detail.bytes = copy->detail;
    return true;
}

/* An extreme of a book at the common scale; false if it does not fit. */
static inline bool scale_extreme(const struct book *book, const struct rate *rate, int side, uint32_t price_decimals,
                                 int64_t *out) {
    uint32_t decimals = book->scales.price;
    *out = book->extremes[side];
    if (rate->currency.length) {
        struct conversion conversion = conversion_of(rate->sides[side], decimals);
        int64_t sign = book->sides[side].sign;
        if (!convert(&conversion, *out * sign, out)) return false;
        *out *= sign;
        decimals = converted_decimals(decimals);
    }
    return multiply(*out, POW10[price_decimals - decimals], out);
}

/* Copies a venue's state; only of one that is merged is anything said of its book. */
static enum merge_status copy_venue(const struct view *view, uint32_t i, uint32_t price_decimals,
                                    struct venue_copy *copy) {
    const struct book *book = view->books[i];
    copy->state = *view->venues[i];
    copy->state.book = book;
    if (!copy_detail(copy, view->venues[i]->detail)) return MERGE_NO_MEMORY;
    copy->whole = book && book->whole;
    for (int side = 0; side < 2; side++) {
        copy->counts[side] = book ? side_count(&book->sides[side]) : 0;
        copy->extremes[side] = 0;
        if (book && !scale_extreme(book, &view->rates[i], side, price_decimals, &copy->extremes[side]))
            return MERGE_SCALE;
    }
    return MERGE_OK;
}

static struct scales common_scales(const struct view *view) {
    struct scales scales = {0, 0};
    for (uint32_t i = 0; i < view->venue_count; i++) {
        if (!view->books[i]) continue;
        struct scales own = venue_scales(view->venues[i], &view->rates[i]);
        if (own.price > scales.price) scales.price = own.price;
        if (own.size > scales.size) scales.size = own.size;
    }
    return scales;
}

/* How many of the shown levels lie where the books of all merged venues are known to be complete. */
static uint32_t proved_levels(const struct view *view, const struct merge *merge, int side) {
    uint32_t count = merge->counts[side] < view->levels ? merge->counts[side] : view->levels;
    int64_t sign = side == 0 ? 1 : -1;
    for (uint32_t i = 0; i < view->venue_count; i++) {
        const struct venue_copy *venue = &merge->venues[i];
        if (!venue->state.book || venue->whole) continue;
        if (!venue->extremes[side]) return 0;
        while (count && (merge->levels[side][count - 1].price - venue->extremes[side]) * sign < 0) count--;
    }
    return count;
}

/* The times of the frame that was received last, of the live venues. */
static void newest_times(const struct view *view, struct merge *merge) {
    const struct venue_state *newest = NULL;
    for (uint32_t i = 0; i < view->venue_count; i++) {
        const struct venue_state *venue = view->venues[i];
        if (!is_live(venue)) continue;
        if (!newest || venue->receive_time > newest->receive_time ||
            (venue->receive_time == newest->receive_time && venue->exchange_time > newest->exchange_time))
            newest = venue;
    }
    merge->exchange_time = newest && newest->exchange_time > 0 ? newest->exchange_time : 0;
    merge->receive_time = newest && newest->receive_time > 0 ? newest->receive_time : 0;
}

/* -- the merge */

/* Spread and mid; the mid has one decimal more, so it is five times the sum. */
static bool merge_touch(struct merge *merge) {
    merge->two_sided = merge->counts[0] && merge->counts[1];
    if (!merge->two_sided) return true;
    int64_t bid = merge->levels[0][0].price, ask = merge->levels[1][0].price;
    merge->spread = ask - bid;
    u128 mid = ((u128)bid + (u128)ask) * 5;
    merge->mid = (int64_t)mid;
    return mid <= INT64_MAX;
}

/* Merges anew. On failure the merge before stays; *venue is whose level did not fit, venue_count if it is nobody's. */
static enum merge_status view_refresh(struct view *view, uint32_t *venue) {
    struct merge *merge = view->next;
    enum merge_status status;
    choose_books(view);
    merge->scales = common_scales(view);
    for (int side = 0; side < 2; side++)
        if ((status = merge_side(view, merge, side, venue)) != MERGE_OK) return status;
    for (uint32_t i = *venue = 0; i < view->venue_count; *venue = ++i)
        if ((status = copy_venue(view, i, merge->scales.price, &merge->venues[i])) != MERGE_OK) return status;
    for (int side = 0; side < 2; side++) merge->proved[side] = proved_levels(view, merge, side);
    if (!merge_touch(merge)) return MERGE_SCALE;
    newest_times(view, merge);
    merge->priced = false;
    view->next = view->now;
    view->now = merge;
    return MERGE_OK;
}

#endif
