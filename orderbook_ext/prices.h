/* Prices that are made of a merge on request: VWAPs, the microprice, the spread as a part of the mid. */
#ifndef ONEBOOK_PRICES_H
#define ONEBOOK_PRICES_H

#include "refresh.h"

enum { SPREAD_UNITS = 100000000 }; /* of 1/10,000 basis point in 1 */

/* The best bid weighs as much as the best ask has size, and the other way round. Two products of int64 fit. */
static struct vwap_sums microprice_sums(const struct merged_level *bid, const struct merged_level *ask) {
    u128 notional = (u128)bid->price * (uint64_t)ask->size + (u128)ask->price * (uint64_t)bid->size;
    return (struct vwap_sums){1, notional, (u128)bid->size + (u128)ask->size};
}

/* spread / mid, half to even; there is none of two prices of 0. */
static bool spread_points(int64_t spread, int64_t bid, int64_t ask, int64_t *out) {
    u128 twice_mid = (u128)bid + (u128)ask;
    if (!twice_mid) return false;
    u128 scaled = (u128)(uint64_t)llabs(spread) * (2 * (uint64_t)SPREAD_UNITS), whole = scaled / twice_mid;
    int64_t value = (int64_t)round_half_even((struct ratio){whole, scaled - whole * twice_mid, twice_mid});
    *out = spread < 0 ? -value : value;
    return true;
}

/* Fills in what is made on demand, once a merge. */
static const struct vwap_prices *merge_prices(struct merge *merge) {
    if (merge->priced) return &merge->prices;
    const struct merged_level *bid = &merge->levels[0][0], *ask = &merge->levels[1][0];
    merge->vwaps[2] = (struct vwap_sums){0};
    if (merge->two_sided) merge->vwaps[2] = microprice_sums(bid, ask);
    merge->has_spread_points =
        merge->two_sided && spread_points(merge->spread, bid->price, ask->price, &merge->spread_points);
    merge->prices = vwap_prices(merge->vwaps, merge->scales.price);
    merge->priced = true;
    return &merge->prices;
}

#endif
