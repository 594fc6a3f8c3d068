/* Trades that cannot have happened on a book: far outside of its touch, or through a best level that does not change. */
#ifndef ONEBOOK_TRADE_THROUGH_H
#define ONEBOOK_TRADE_THROUGH_H

#include "book.h"

/* As in trade_through.py, where they are explained. */
enum { FAR_TRADES = 5, THROUGH_TRADES = 3, FAR_PERCENT = 1 };
#define FAR_TIME (3 * 1000000000LL)
#define THROUGH_TIME (2 * 1000000000LL)

/* Where a price lies; 0: at the touch, or between. */
enum { BELOW_BID = 1, ABOVE_ASK = 2, FAR_OUTSIDE = 4 };

enum { AGGRESSOR_UNKNOWN, AGGRESSOR_BUYS, AGGRESSOR_SELLS };

enum trade_finding { TRADES_FIT, TRADES_FAR, TRADES_THROUGH };

/* What happens in a row, and since when. */
struct spell {
    uint64_t count;
    int64_t since;
};

struct trade_through {
    struct spell far, through[2];
    struct level levels[2]; /* the best ones that the last trades went through */
    bool stands[2];         /* there is such a level */
};

/* Once more; whether that was too often for too long. */
static bool spell_goes_on(struct spell *spell, uint64_t most, int64_t time, int64_t now) {
    spell->count++;
    if (!spell->since) spell->since = now;
    return spell->count > most && now - spell->since > time;
}

/* Whether a * factor_a > b * factor_b at the scales of both. Only one of them has to be brought to the other's scale: one
 * that does not fit then is the larger one. */
static bool price_above(struct number a, uint64_t factor_a, struct number b, uint64_t factor_b) {
    u128 left, right;
    if (!times_power(a.mantissa, b.decimals > a.decimals ? b.decimals - a.decimals : 0, &left) ||
        __builtin_mul_overflow(left, (u128)factor_a, &left))
        return true;
    if (!times_power(b.mantissa, a.decimals > b.decimals ? a.decimals - b.decimals : 0, &right) ||
        __builtin_mul_overflow(right, (u128)factor_b, &right))
        return false;
    return left > right;
}

static int price_place(struct number price, struct number bid, struct number ask) {
    int place = (price_above(bid, 1, price, 1) ? BELOW_BID : 0) | (price_above(price, 1, ask, 1) ? ABOVE_ASK : 0);
    if (place && (price_above(bid, 100 - FAR_PERCENT, price, 100) || price_above(price, 100, ask, 100 + FAR_PERCENT)))
        place |= FAR_OUTSIDE;
    return place;
}

/* Whether trades of this aggressor have gone through the level that he takes first for too long. */
static bool trade_passes(struct trade_through *monitor, int place, const struct level *best, int which, int64_t now) {
    bool through = place & (which ? ABOVE_ASK : BELOW_BID);
    struct level *before = &monitor->levels[which];
    if (!through || !monitor->stands[which] || before->key != best->key || before->size != best->size)
        monitor->through[which] = (struct spell){0, 0};
    monitor->stands[which] = through;
    if (through) *before = *best;
    return through && spell_goes_on(&monitor->through[which], THROUGH_TRADES, THROUGH_TIME, now);
}

/* One more trade; `best` are the best bid and ask. */
static enum trade_finding trade_through_add(struct trade_through *monitor, int place, const struct level *best,
                                            int aggressor, int64_t now) {
    int which = aggressor == AGGRESSOR_BUYS;
    if (!(place & FAR_OUTSIDE)) monitor->far = (struct spell){0, 0};
    else if (spell_goes_on(&monitor->far, FAR_TRADES, FAR_TIME, now)) return TRADES_FAR;
    if (aggressor == AGGRESSOR_UNKNOWN) return TRADES_FIT;
    return trade_passes(monitor, place, &best[which], which, now) ? TRADES_THROUGH : TRADES_FIT;
}

#endif
