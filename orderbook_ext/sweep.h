/* What an order that takes the best levels of all venues at once would get: fees, lots and minimums of every venue
 * respected, exact in 128 bits.
 *
 * Levels are taken in the order of their price after the venue's fee. Nothing here reads a merge: books are walked as they
 * are now, as deep as the order goes.
 */
#ifndef ONEBOOK_SWEEP_H
#define ONEBOOK_SWEEP_H

#include "merge.h"

typedef __int128 i128;

enum { FEE_UNITS = 100000000 }; /* a fee's units in 1 */

/* One venue's; numbers are in base units, but min_notional, which is in quote units. */
struct sweep_terms {
    int64_t fee; /* of the notional; its size is below FEE_UNITS */
    struct number lot, min_size, min_notional; /* mantissa 0: the step of the book's sizes, none, none */
};

struct sweep_order {
    int side; /* 0 sells into the bids, 1 buys the asks */
    bool by_notional, beyond_proved;
    struct number amount;
    const struct sweep_terms *terms; /* one per venue */
};

struct sweep_part {
    struct vwap_sums sums; /* of levels or parts of levels */
    int64_t worst_price;
};

struct sweep {
    bool filled, beyond_proved;
    struct scales scales;
    u128 rest; /* of the amount, at its scale: that of sizes or of notionals */
    struct sweep_part total, parts[MAX_VENUES];
};

/* -- scales */

/* A number as a mantissa at the scale: rounded up if it has more decimals, and the largest there is if it does not fit. */
static u128 mantissa_at(struct number number, uint32_t decimals) {
    u128 result = number.mantissa;
    if (number.decimals > decimals) {
        uint64_t divisor = POW10[number.decimals - decimals];
        return (number.mantissa + (u128)divisor - 1) / divisor;
    }
    for (uint32_t left = decimals - number.decimals; left;) {
        uint32_t step = left < MAX_DECIMALS ? left : MAX_DECIMALS;
        if (__builtin_mul_overflow(result, (u128)POW10[step], &result)) return ~(u128)0;
        left -= step;
    }
    return result;
}

static uint32_t amount_decimals(const struct sweep_order *order, struct scales scales) {
    return order->by_notional ? scales.price + scales.size : scales.size;
}

/* Those of the merge, with room for the lots and the amount. */
static struct scales sweep_scales(const struct view *view, const struct sweep_order *order) {
    struct scales scales = common_scales(view);
    for (uint32_t i = 0; i < view->venue_count; i++)
        if (view->books[i] && order->terms[i].lot.decimals > scales.size) scales.size = order->terms[i].lot.decimals;
    uint32_t covered = amount_decimals(order, scales);
    if (order->amount.decimals > covered) scales.size += order->amount.decimals - covered;
    return scales;
}

/* -- venues that take part */

struct taker {
    struct head head;
    int64_t factor;     /* a price after fee is price x factor / FEE_UNITS */
    int64_t proved_key; /* lowest key of the book to which it is complete */
    u128 lot;           /* at the common scale */
    bool open;          /* it has a next level: */
    bool beyond;        /* that level is not proved */
    uint64_t price;     /* of the next level or, at the end, of the last */
    i128 rank;          /* its key after fee: the highest is taken first */
};

static u128 lot_at(const struct sweep_terms *terms, const struct size_unit *unit, uint32_t decimals) {
    struct number step = {unit->factor && !unit->inverse ? unit->factor : 1, unit->decimals};
    return mantissa_at(terms->lot.mantissa ? terms->lot : step, decimals);
}

static void taker_start(const struct view *view, const struct sweep_order *order, struct scales scales, uint32_t i,
                        struct taker *taker) {
    const struct book *book = view->venues[i]->book;
    const struct sweep_terms *terms = &order->terms[i];
    int side = order->side;
    int64_t extreme = book->extremes[side];
    head_start(&taker->head, view->venues[i], &view->rates[i], side, view->dust, scales, true);
    taker->head.venue = i;
    taker->factor = side == 0 ? FEE_UNITS - terms->fee : FEE_UNITS + terms->fee;
    taker->proved_key = book->whole ? INT64_MIN : extreme ? extreme * book->sides[side].sign : INT64_MAX;
    taker->lot = lot_at(terms, &taker->head.unit, scales.size);
    taker->open = taker->beyond = false;
}

/* Moves on to the next level; false if it does not fit. */
static inline bool taker_next(struct taker *taker, bool beyond_proved) {
    struct head *head = &taker->head;
    bool more;
    taker->open = false;
    if (!head_read(head, &more)) return false;
    if (!more) return true;
    taker->beyond = head->level.key < taker->proved_key;
    if (taker->beyond && !beyond_proved) return true;
    if (!head_scale(head, true)) return false;
    taker->open = true;
    taker->price = (uint64_t)llabs(head->level.key);
    taker->rank = (i128)head->level.key * taker->factor;
    return true;
}

static inline bool taker_before(const struct taker *a, const struct taker *b) {
    if (a->rank != b->rank) return a->rank > b->rank;
    if (a->head.level.size != b->head.level.size) return a->head.level.size > b->head.level.size;
    return a->head.venue < b->head.venue;
}

static struct taker *best_taker(struct taker *takers, uint32_t count) {
    struct taker *best = NULL;
    for (uint32_t i = 0; i < count; i++)
        if (takers[i].open && (!best || taker_before(&takers[i], best))) best = &takers[i];
    return best;
}

/* What is left is a lot or more of this venue, by its price. Nothing is left of an amount of money at a price of 0. */
static inline bool can_take(const struct taker *taker, bool by_notional, u128 left) {
    u128 lot = taker->lot;
    if (by_notional && (!taker->price || __builtin_mul_overflow(lot, (u128)taker->price, &lot))) return false;
    return left >= lot;
}

static bool any_can_take(const struct taker *takers, uint32_t count, bool by_notional, u128 left) {
    for (uint32_t i = 0; i < count; i++)
        if (can_take(&takers[i], by_notional, left)) return true;
    return false;
}

/* -- taking */

/* How much of a level: whole lots, and no more than is left. */
static inline int64_t size_to_take(const struct taker *taker, bool by_notional, u128 left) {
    int64_t level = taker->head.level.size;
    u128 size = (uint64_t)level;
    if (by_notional && !taker->price) return 0;
    if (by_notional && size * taker->price > left) size = left / taker->price;
    if (!by_notional && size > left) size = left;
    if (size < taker->lot) return 0;
    return (int64_t)(size - (uint64_t)size % (uint64_t)taker->lot);
}

/* False if the sum passes 128 bits. */
static inline bool part_add(struct sweep_part *part, int side, int64_t price, int64_t size) {
    bool worse = side == 0 ? price < part->worst_price : price > part->worst_price;
    if (worse || !part->sums.levels) part->worst_price = price;
    return add_notional(&part->sums, price, size);
}

/* Takes what there is of the level, which may be nothing. */
static inline bool take_level(const struct sweep_order *order, const struct taker *taker, struct sweep *sweep) {
    int64_t size = size_to_take(taker, order->by_notional, sweep->rest), price = (int64_t)taker->price;
    if (!size) return true;
    sweep->rest -= order->by_notional ? (u128)price * (uint64_t)size : (u128)size;
    sweep->beyond_proved |= taker->beyond;
    return part_add(&sweep->parts[taker->head.venue], order->side, price, size) &&
           part_add(&sweep->total, order->side, price, size);
}

/* Whether the walk can still take something. What is left of an amount of money may buy a lot at a lower price than the
 * next one only where prices fall: then the walk goes on for as long as it is not filled. */
static inline bool goes_on(const struct sweep_order *order, const struct taker *takers, uint32_t count,
                           const struct taker *best, u128 left) {
    if (can_take(best, order->by_notional, left)) return true;
    bool falling = order->by_notional && order->side == 0;
    for (uint32_t i = 0; i < count; i++)
        if ((falling || takers[i].open) && can_take(&takers[i], order->by_notional, left)) return true;
    return false;
}

/* Sweeps the venues that are not left out; the scales are set. False if a number does not fit. */
static bool sweep_once(const struct view *view, const struct sweep_order *order, uint64_t left_out,
                       struct sweep *sweep) {
    struct taker takers[MAX_VENUES], *best;
    uint32_t count = 0;
    sweep->total = (struct sweep_part){0};
    sweep->beyond_proved = false;
    sweep->rest = mantissa_at(order->amount, amount_decimals(order, sweep->scales));
    memset(sweep->parts, 0, view->venue_count * sizeof *sweep->parts);
    for (uint32_t i = 0; i < view->venue_count; i++) {
        if (left_out >> i & 1 || !view->books[i]) continue;
        taker_start(view, order, sweep->scales, i, &takers[count]);
        if (!taker_next(&takers[count], order->beyond_proved)) return false;
        count += takers[count].open;
    }
    while ((best = best_taker(takers, count)) && goes_on(order, takers, count, best, sweep->rest)) {
        if (!take_level(order, best, sweep) || !taker_next(best, order->beyond_proved)) return false;
    }
    sweep->filled = sweep->total.sums.levels && !any_can_take(takers, count, order->by_notional, sweep->rest);
    return true;
}

static bool below_minimum(const struct sweep_terms *terms, const struct sweep_part *part, struct scales scales) {
    return part->sums.levels && (part->sums.size < mantissa_at(terms->min_size, scales.size) ||
                                 part->sums.notional < mantissa_at(terms->min_notional, scales.price + scales.size));
}

/* The venue with the smallest part of those below their minimum; venue_count if there is none. One at a time: what it
 * gives back may lift another one above its own. */
static uint32_t smallest_below_minimum(const struct view *view, const struct sweep_order *order,
                                       const struct sweep *sweep) {
    uint32_t found = view->venue_count;
    for (uint32_t i = 0; i < view->venue_count; i++) {
        if (!below_minimum(&order->terms[i], &sweep->parts[i], sweep->scales)) continue;
        if (found == view->venue_count || sweep->parts[i].sums.notional < sweep->parts[found].sums.notional) found = i;
    }
    return found;
}

/* False if some number fits neither the 64 bits of a level nor the 128 of a sum at these scales. */
static bool view_sweep(struct view *view, const struct sweep_order *order, struct sweep *sweep) {
    uint64_t left_out = 0;
    choose_books(view);
    sweep->scales = sweep_scales(view, order);
    if (mantissa_at(order->amount, amount_decimals(order, sweep->scales)) == ~(u128)0) return false;
    for (;;) {
        if (!sweep_once(view, order, left_out, sweep)) return false;
        uint32_t below = smallest_below_minimum(view, order, sweep);
        if (below == view->venue_count) return true;
        left_out |= 1ULL << below;
    }
}

/* Halves, for callers without 128-bit integers. */
static inline uint64_t rest_high(const struct sweep *sweep) { return (uint64_t)(sweep->rest >> 64); }
static inline uint64_t rest_low(const struct sweep *sweep) { return (uint64_t)sweep->rest; }

#endif
