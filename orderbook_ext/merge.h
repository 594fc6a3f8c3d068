/* The best levels of many books as one, at the finest scales among them, with dust left out while walking.
 *
 * What a merge reads it copies, together with the state of every venue, into one of two buffers that take turns: encoders
 * see one consistent state. Here is the walk that nearly always does; fit.h has what follows when numbers do not fit.
 */
#ifndef ONEBOOK_MERGE_H
#define ONEBOOK_MERGE_H

#include "fault.h"
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
    uint64_t digest; /* 0: its book was not merged */
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
    uint64_t left_out; /* venues, by their bits; `faults` says why */
    uint8_t *out; /* of the encoders */
    size_t out_capacity;
    struct exact_level *exact[2]; /* of fit.h, NULL until they are wanted */
    struct fault faults[MAX_VENUES];
};

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
    free(view->exact[0]);
    free(view->exact[1]);
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

/* Heads of all venues that have a level; false if a level does not fit. */
__attribute__((always_inline)) static inline bool heads_init(const struct view *view, struct scales scales, int side,
                                                             struct head *heads, uint32_t *count,
                                                             const bool rated) {
    *count = 0;
    for (uint32_t i = 0; i < view->venue_count; i++) {
        struct head *head = &heads[*count];
        bool more;
        if (!view->books[i]) continue;
        head_start(head, view->venues[i], &view->rates[i], side, view->dust, scales, rated);
        head->venue = i;
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
                                                               const bool rated) {
    struct head heads[MAX_VENUES];
    uint32_t count, depth = view_depth(view), done = 0;
    int64_t sign = side == 0 ? 1 : -1;
    if (!heads_init(view, merge->scales, side, heads, &count, rated)) return false;
    while (count) {
        struct head *best = best_head(heads, count);
        merge->levels[side][done++] = (struct merged_level){best->level.key * sign, best->level.size, best->venue};
        if (done == depth) break;
        bool more;
        if (!head_next(best, &more, rated)) return false;
        if (!more) *best = heads[--count];
    }
    merge->counts[side] = done;
    return true;
}

/* Out of line, each with all registers for itself. */
__attribute__((noinline)) static bool merge_rated(const struct view *view, struct merge *merge, int side) {
    return merge_levels(view, merge, side, true);
}

__attribute__((noinline)) static bool merge_plain(const struct view *view, struct merge *merge, int side) {
    return merge_levels(view, merge, side, false);
}

/* Sums over the levels of a side that is merged; false if one passes 128 bits. */
static bool merge_sums(const struct view *view, struct merge *merge, int side) {
    struct vwap_sums sums = {0};
    for (uint32_t i = 0; i < merge->counts[side] && i < view->vwap_levels; i++)
        if (!add_notional(&sums, merge->levels[side][i].price, merge->levels[side][i].size)) return false;
    merge->vwaps[side] = sums;
    return true;
}

/* Spread and mid; the mid has one decimal more, so it is five times the sum. False if it does not fit. */
static bool merge_touch(struct merge *merge) {
    merge->two_sided = merge->counts[0] && merge->counts[1];
    if (!merge->two_sided) return true;
    int64_t bid = merge->levels[0][0].price, ask = merge->levels[1][0].price;
    merge->spread = ask - bid;
    u128 mid = ((u128)bid + (u128)ask) * 5;
    merge->mid = (int64_t)mid;
    return mid <= INT64_MAX;
}

/* At the finest scales of the books; false if some number does not fit there. */
static bool merge_all(const struct view *view, struct merge *merge) {
    for (int side = 0; side < 2; side++)
        if (!(view->rated ? merge_rated : merge_plain)(view, merge, side) || !merge_sums(view, merge, side)) return false;
    return merge_touch(merge);
}

#endif
