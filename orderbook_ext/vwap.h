/* Volume-weighted prices from exact sums, rounded once, half to even. */
#ifndef ONEBOOK_VWAP_H
#define ONEBOOK_VWAP_H

#include "book.h"

enum { VWAP_DECIMALS = 12 };

/* whole + rest / size, with rest < size. */
struct ratio {
    u128 whole, rest, size;
};

/* Prices at `decimals`; a flag is false where a side is empty. */
struct vwap_prices {
    uint32_t decimals;
    bool has[4]; /* bid, ask, mean of both, microprice */
    int64_t price[4];
};

/* notional / size * factor. Sizes are sums of at most 2^16 int64, factors at most 10^12: nothing passes 128 bits. */
static inline struct ratio ratio_of(const struct vwap_sums *sums, uint64_t factor) {
    u128 whole = sums->notional / sums->size;
    u128 scaled = (sums->notional - whole * sums->size) * factor;
    u128 fraction = scaled / sums->size;
    return (struct ratio){whole * factor + fraction, scaled - fraction * sums->size, sums->size};
}

static inline u128 round_half_even(struct ratio r) {
    u128 twice = r.rest * 2;
    return r.whole + (twice > r.size || (twice == r.size && (r.whole & 1)));
}

struct u256 {
    u128 high, low;
};

static inline struct u256 multiply_wide(u128 a, u128 b) {
    uint64_t a0 = (uint64_t)a, a1 = (uint64_t)(a >> 64), b0 = (uint64_t)b, b1 = (uint64_t)(b >> 64);
    u128 low = (u128)a0 * b0, middle = (u128)a1 * b0 + (low >> 64), other = (u128)a0 * b1 + (uint64_t)middle;
    return (struct u256){(u128)a1 * b1 + (middle >> 64) + (other >> 64), other << 64 | (uint64_t)low};
}

/* Sign of a*b - c*d. */
static inline int compare_products(u128 a, u128 b, u128 c, u128 d) {
    struct u256 x = multiply_wide(a, b), y = multiply_wide(c, d);
    if (x.high != y.high) return x.high > y.high ? 1 : -1;
    return (x.low > y.low) - (x.low < y.low);
}

/* Half of a + b. With the wholes' sum Q and the rests' sum f (0 <= f < 2), (Q + f) / 2 needs only the parity of Q and
 * whether f is above, at or below 1 (Q even) or 0 (Q odd). */
static u128 mean_half_even(struct ratio a, struct ratio b) {
    u128 sum = a.whole + b.whole, half = sum / 2;
    if (sum & 1) return half + ((a.rest || b.rest) || (half & 1));
    int above = compare_products(a.rest, b.size, b.size - b.rest, a.size);
    return half + (above > 0 || (above == 0 && (half & 1)));
}

static bool prices_at(const struct vwap_sums sums[3], uint64_t factor, struct vwap_prices *out) {
    struct ratio ratios[3];
    u128 price[4] = {0};
    for (int i = 0; i < 3; i++) {
        int place = i == 2 ? 3 : i;
        if (!out->has[place]) continue;
        ratios[i] = ratio_of(&sums[i], factor);
        price[place] = round_half_even(ratios[i]);
    }
    if (out->has[2]) price[2] = mean_half_even(ratios[0], ratios[1]);
    for (int i = 0; i < 4; i++) {
        if (price[i] > INT64_MAX) return false;
        out->price[i] = (int64_t)price[i];
    }
    return true;
}

/* Of the sums of bids, asks and the microprice. At 12 decimals, or at the most, from there down to the scale of the
 * prices, at which all of them fit. */
static struct vwap_prices vwap_prices(const struct vwap_sums sums[3], uint32_t price_decimals) {
    struct vwap_prices out = {.has = {sums[0].size != 0, sums[1].size != 0}};
    out.has[2] = out.has[0] && out.has[1];
    out.has[3] = sums[2].size != 0;
    out.decimals = price_decimals > VWAP_DECIMALS ? price_decimals : VWAP_DECIMALS;
    while (!prices_at(sums, POW10[out.decimals - price_decimals], &out)) out.decimals--;
    return out;
}

#endif
