/* Merges the best levels of many books into one, at the finest scales among them, with dust left out while walking.
 *
 * What a merge reads it copies, together with the state of every venue, into one of two buffers that take turns: encoders
 * see one consistent state, and a merge that fails leaves the one before in place.
 */
#ifndef ONEBOOK_MERGE_H
#define ONEBOOK_MERGE_H

#include "unit.h"
#include "vwap.h"

enum { MAX_VENUES = 64, STATE_LIVE = 3 };

struct merged_level {
    int64_t price, size, venue;
};

struct text {
    const char *bytes;
    uint32_t length;
};

/* What is known of one venue's book. */
struct venue_state {
    const struct book *book; /* NULL: none */
    int32_t state;           /* onebook.v1.VenueState */
    uint32_t resyncs, gaps, checksum_failures;
    uint64_t checksums_verified;
    int64_t exchange_time, receive_time, receive_monotonic, sequence;
    struct number unit; /* of a size: base units or, if inverse, quote units in one; mantissa 0: sizes are base units */
    bool inverse;
    bool unverified;                               /* the venue's own check is broken */
    uint32_t audits, bid_match, ask_match;         /* the match of the last audit in millionths */
    uint32_t ghosts, missing;                      /* levels that it found */
    struct text detail;
};

/* The same as of a merge. */
struct venue_copy {
    struct venue_state state; /* its detail points to `detail` */
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
    struct vwap_sums vwaps[2];
    uint32_t proved[2]; /* of the levels that are shown: those to which every venue's book is complete */
    bool two_sided;
    int64_t spread, mid;
    int64_t exchange_time, receive_time;
    struct venue_copy *venues;
    bool priced; /* prices is filled */
    struct vwap_prices prices;
};

struct view {
    struct text market;
    uint32_t venue_count, levels, vwap_levels;
    struct number dust;
    const struct venue_state **venues;
    struct text *names;
    struct merge buffers[2];
    struct merge *now, *next;
    uint8_t *out; /* of the encoders */
    size_t out_capacity;
};

enum merge_status { MERGE_OK, MERGE_NO_MEMORY, MERGE_SCALE, MERGE_SUM };

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
    free(view->names);
    free(view->out);
    memset(view, 0, sizeof *view);
}

/* Makes the buffers of a view whose numbers are set; false without memory. venues and names are then to be filled. */
static bool view_init(struct view *view) {
    size_t venues = view->venue_count + 1;
    view->venues = calloc(venues, sizeof *view->venues);
    view->names = calloc(venues, sizeof *view->names);
    bool done = view->venues && view->names;
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

/* The next level of one venue's side, already at the common scales. */
struct head {
    struct cursor cursor;
    struct size_unit unit;
    uint64_t price_factor, size_factor;
    int64_t dust;
    struct level level;
    uint32_t venue;
};

/* The largest size at the scale that is still dust. */
static int64_t dust_at(struct number dust, uint32_t decimals) {
    uint64_t scaled;
    if (dust.decimals >= decimals) return (int64_t)(dust.mantissa / POW10[dust.decimals - decimals]);
    if (__builtin_mul_overflow(dust.mantissa, POW10[decimals - dust.decimals], &scaled) || scaled > INT64_MAX)
        return INT64_MAX;
    return (int64_t)scaled;
}

/* Moves on to the next level that is no dust. *more is false at the end; the result is false if it does not fit. */
static inline bool head_next(struct head *head, bool *more) {
    do {
        *more = cursor_next(&head->cursor, &head->level);
        if (!*more) return true;
        if (!size_in_base(&head->unit, &head->level)) return false;
    } while (head->level.size <= head->dust);
    return multiply(head->level.key, head->price_factor, &head->level.key) &&
           multiply(head->level.size, head->size_factor, &head->level.size);
}

static inline bool head_before(const struct head *a, const struct head *b) {
    if (a->level.key != b->level.key) return a->level.key > b->level.key;
    if (a->level.size != b->level.size) return a->level.size > b->level.size;
    return a->venue < b->venue;
}

static inline bool is_live(const struct venue_state *venue) { return venue->state == STATE_LIVE; }

/* Heads of all live venues that have a level; false with *venue set if a level does not fit. */
static bool heads_init(const struct view *view, struct scales scales, int side, struct head *heads, uint32_t *count,
                       uint32_t *venue) {
    *count = 0;
    for (uint32_t i = 0; i < view->venue_count; i++) {
        const struct book *book = view->venues[i]->book;
        struct head *head = &heads[*count];
        bool more;
        if (!is_live(view->venues[i]) || !book) continue;
        head->cursor = cursor_at_best(&book->sides[side]);
        head->price_factor = POW10[scales.price - book->scales.price];
        head->unit = size_unit_of(view->venues[i]->unit, view->venues[i]->inverse, book->scales);
        head->size_factor = POW10[scales.size - head->unit.decimals];
        head->dust = dust_at(view->dust, head->unit.decimals);
        head->venue = *venue = i;
        if (!head_next(head, &more)) return false;
        *count += more;
    }
    return true;
}

/* Merges one side. A level is brought to the common scales only when it is its venue's next. */
static enum merge_status merge_side(const struct view *view, struct merge *merge, int side, uint32_t *venue) {
    struct head heads[MAX_VENUES];
    uint32_t count, depth = view_depth(view), done = 0;
    int64_t sign = side == 0 ? 1 : -1;
    if (!heads_init(view, merge->scales, side, heads, &count, venue)) return MERGE_SCALE;
    while (count) {
        struct head *best = &heads[0];
        for (uint32_t i = 1; i < count; i++)
            if (head_before(&heads[i], best)) best = &heads[i];
        merge->levels[side][done++] = (struct merged_level){best->level.key * sign, best->level.size, best->venue};
        if (done == depth) break;
        bool more;
        *venue = best->venue;
        if (!head_next(best, &more)) return MERGE_SCALE;
        if (!more) *best = heads[--count];
    }
    merge->counts[side] = done;
    memset(&merge->vwaps[side], 0, sizeof merge->vwaps[side]);
    for (uint32_t i = 0; i < done && i < view->vwap_levels; i++)
        if (!add_notional(&merge->vwaps[side], merge->levels[side][i].price, merge->levels[side][i].size))
            return MERGE_SUM;
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

/* Copies a venue's state; only of a live one is anything said of its book. */
static enum merge_status copy_venue(const struct venue_state *venue, uint32_t price_decimals, struct venue_copy *copy) {
    const struct book *book = is_live(venue) ? venue->book : NULL;
    copy->state = *venue;
    if (!copy_detail(copy, venue->detail)) return MERGE_NO_MEMORY;
    copy->whole = book && book->whole;
    for (int i = 0; i < 2; i++) {
        copy->counts[i] = book ? side_count(&book->sides[i]) : 0;
        copy->extremes[i] = 0;
        if (book && !multiply(book->extremes[i], POW10[price_decimals - book->scales.price], &copy->extremes[i]))
            return MERGE_SCALE;
    }
    return MERGE_OK;
}

static struct scales common_scales(const struct view *view) {
    struct scales scales = {0, 0};
    for (uint32_t i = 0; i < view->venue_count; i++) {
        const struct book *book = view->venues[i]->book;
        if (!is_live(view->venues[i]) || !book) continue;
        if (book->scales.price > scales.price) scales.price = book->scales.price;
        struct size_unit unit = size_unit_of(view->venues[i]->unit, view->venues[i]->inverse, book->scales);
        if (unit.decimals > scales.size) scales.size = unit.decimals;
    }
    return scales;
}

/* How many of the shown levels lie where the books of all live venues are known to be complete. */
static uint32_t proved_levels(const struct view *view, const struct merge *merge, int side) {
    uint32_t count = merge->counts[side] < view->levels ? merge->counts[side] : view->levels;
    int64_t sign = side == 0 ? 1 : -1;
    for (uint32_t i = 0; i < view->venue_count; i++) {
        const struct venue_copy *venue = &merge->venues[i];
        if (!is_live(&venue->state) || !venue->state.book || venue->whole) continue;
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
    merge->scales = common_scales(view);
    for (int side = 0; side < 2; side++)
        if ((status = merge_side(view, merge, side, venue)) != MERGE_OK) return status;
    for (uint32_t i = *venue = 0; i < view->venue_count; *venue = ++i)
        if ((status = copy_venue(view->venues[i], merge->scales.price, &merge->venues[i])) != MERGE_OK) return status;
    for (int side = 0; side < 2; side++) merge->proved[side] = proved_levels(view, merge, side);
    if (!merge_touch(merge)) return MERGE_SCALE;
    newest_times(view, merge);
    merge->priced = false;
    view->next = view->now;
    view->now = merge;
    return MERGE_OK;
}

static const struct vwap_prices *merge_prices(struct merge *merge) {
    if (!merge->priced) merge->prices = vwap_prices(merge->vwaps, merge->scales.price);
    merge->priced = true;
    return &merge->prices;
}

#endif
