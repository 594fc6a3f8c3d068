/* Prices in another quote currency, brought to the market's: bids x the rate's bid, asks x its ask, rounded away from
 * each other, so that a converted book never looks better than it is. */
#ifndef ONEBOOK_RATE_H
#define ONEBOOK_RATE_H

#include "book.h"

enum { MORE_DECIMALS = 2 }; /* that a converted price has over its book's prices */

struct text {
    const char *bytes;
    uint32_t length;
};

/* Of one venue of a view. */
struct rate {
    struct text currency;   /* of the venue's book; empty: the market's own, and there is no rate */
    bool known;             /* true without a currency; while false the venue is left out */
    struct number sides[2]; /* bid, ask: units of the market's quote currency for one of the other */
};

/* One side's rate between two scales: price x mantissa x up / down. */
struct conversion {
    uint64_t mantissa, up, down; /* up or down is 1 */
};

static inline uint32_t converted_decimals(uint32_t decimals) {
    return decimals + MORE_DECIMALS < MAX_DECIMALS ? decimals + MORE_DECIMALS : MAX_DECIMALS;
}

/* From prices at `decimals` to those at converted_decimals(decimals). */
static struct conversion conversion_of(struct number rate, uint32_t decimals) {
    int32_t down = (int32_t)rate.decimals - (int32_t)(converted_decimals(decimals) - decimals);
    return (struct conversion){rate.mantissa, POW10[down < 0 ? -down : 0], POW10[down > 0 ? down : 0]};
}

/* A key is a bid's price or the negative of an ask's: rounded down it is right for both. False if it does not fit. */
static inline bool convert(const struct conversion *conversion, int64_t key, int64_t *out) {
    u128 exact = (u128)(uint64_t)llabs(key) * conversion->mantissa;
    if (__builtin_mul_overflow(exact, (u128)conversion->up, &exact)) return false;
    u128 value = exact / conversion->down;
    value += key < 0 && value * conversion->down != exact;
    *out = key < 0 ? -(int64_t)value : (int64_t)value;
    return value <= INT64_MAX;
}

#endif
