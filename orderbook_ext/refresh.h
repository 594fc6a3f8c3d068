/* A merge with all that is known of its venues: what a view shows from one refresh to the next. */
#ifndef ONEBOOK_REFRESH_H
#define ONEBOOK_REFRESH_H

#include "digest.h"
#include "fit.h"

/* -- venues */

__attribute__((always_inline)) static inline bool copy_detail(struct venue_copy *copy, struct text detail) {
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

/* The price to which a side is complete, at the merge's scale. Where it has no place there it is moved towards the best
 * price, to which the side is complete as well; 0 if there is none. */
static inline int64_t scale_extreme(const struct book *book, const struct rate *rate, int side, uint32_t price_decimals) {
    uint32_t decimals = book->scales.price;
    int64_t extreme = book->extremes[side], fitting = side == 0 ? 0 : INT64_MAX;
    if (!extreme) return 0;
    if (rate->currency.length) {
        struct conversion conversion = conversion_of(rate->sides[side], decimals);
        int64_t sign = book->sides[side].sign, key;
        if (!convert(&conversion, extreme * sign, &key)) return fitting;
        extreme = key * sign;
        decimals = converted_decimals(decimals);
    }
    if (decimals > price_decimals) {
        int64_t divisor = (int64_t)POW10[decimals - price_decimals];
        return extreme / divisor + (side == 0 && extreme % divisor);
    }
    return multiply(extreme, POW10[price_decimals - decimals], &extreme) ? extreme : fitting;
}

/* Says of a venue that it is left out, and why; false without memory. */
__attribute__((noinline, cold)) static bool copy_fault(const struct fault *fault, struct venue_copy *copy) {
    char reason[FAULT_ROOM];
    copy->state.state = STATE_SUSPECT;
    copy->state.detail = (struct text){reason, write_fault(fault, reason)};
    return copy_detail(copy, copy->state.detail);
}

/* Copies a venue's state; only of one that is merged is anything said of its book. */
static bool copy_venue(const struct view *view, uint32_t i, uint32_t price_decimals, struct venue_copy *copy) {
    struct book *book = view->books[i] ? view->venues[i]->book : NULL;
    copy->state = *view->venues[i];
    copy->state.book = book;
    copy->digest = book ? book_digest(book) : 0;
    if (__builtin_expect(view->left_out >> i & 1, false)) {
        if (!copy_fault(&view->faults[i], copy)) return false;
    } else if (!copy_detail(copy, view->venues[i]->detail)) {
        return false;
    }
    copy->whole = book && book->whole;
    for (int side = 0; side < 2; side++) {
        copy->counts[side] = book ? side_count(&book->sides[side]) : 0;
        copy->extremes[side] = book ? scale_extreme(book, &view->rates[i], side, price_decimals) : 0;
    }
    return true;
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

/* The times of the frame that was received last, of the live venues that are not left out. */
static void newest_times(const struct view *view, struct merge *merge) {
    const struct venue_state *newest = NULL;
    for (uint32_t i = 0; i < view->venue_count; i++) {
        const struct venue_state *venue = view->venues[i];
        if (!is_live(venue) || view->left_out >> i & 1) continue;
        if (!newest || venue->receive_time > newest->receive_time ||
            (venue->receive_time == newest->receive_time && venue->exchange_time > newest->exchange_time))
            newest = venue;
    }
    merge->exchange_time = newest && newest->exchange_time > 0 ? newest->exchange_time : 0;
    merge->receive_time = newest && newest->receive_time > 0 ? newest->receive_time : 0;
}

/* -- the merge */

/* Merges anew; false without memory, with the merge before still there. */
static bool view_refresh(struct view *view) {
    struct merge *merge = view->next;
    choose_books(view);
    view->left_out = 0;
    merge->scales = common_scales(view);
    if (!merge_all(view, merge) && !view_fit(view, merge)) return false;
    for (uint32_t i = 0; i < view->venue_count; i++)
        if (!copy_venue(view, i, merge->scales.price, &merge->venues[i])) return false;
    for (int side = 0; side < 2; side++) merge->proved[side] = proved_levels(view, merge, side);
    newest_times(view, merge);
    merge->priced = false;
    view->next = view->now;
    view->now = merge;
    return true;
}

#endif
