/* Numbers of levels before it is known whether a message can hold them: 128 bits, and the levels of a venue in them. */
#ifndef ONEBOOK_WIDE_H
#define ONEBOOK_WIDE_H

#include "heads.h"

/* mantissa / 10^decimals; beyond: it passes 128 bits. */
struct wide {
    u128 mantissa;
    uint32_t decimals;
    bool beyond;
};

/* The number without zeros at its end; false if no message can hold it, at any exponent that there is. */
static bool wide_number(struct wide wide, struct number *out) {
    while (wide.decimals && wide.mantissa % 10 == 0) {
        wide.mantissa /= 10;
        wide.decimals--;
    }
    *out = (struct number){(uint64_t)wide.mantissa, wide.decimals};
    return !wide.beyond && wide.mantissa <= INT64_MAX && wide.decimals <= MAX_DECIMALS;
}

/* In units of the finest decimals, rounded up: numbers that a message can hold compare by it as they are, and with others
 * too. What has no place is the largest of all. */
static u128 wide_rank(struct wide wide) {
    u128 rank;
    if (wide.beyond) return ~(u128)0;
    if (wide.decimals <= MAX_DECIMALS)
        return times_power(wide.mantissa, MAX_DECIMALS - wide.decimals, &rank) ? rank : ~(u128)0;
    u128 divisor = POW10[wide.decimals - MAX_DECIMALS];
    return wide.mantissa / divisor + (wide.mantissa % divisor != 0);
}

/* The price of a level in the market's quote currency, rounded as rates are. */
static struct wide wide_price(const struct book *book, const struct rate *rate, int side, int64_t key) {
    struct wide price = {(uint64_t)llabs(key), book->scales.price, false};
    if (!rate->currency.length) return price;
    struct conversion conversion = conversion_of(rate->sides[side], book->scales.price);
    u128 exact = price.mantissa * conversion.mantissa;
    price.beyond = __builtin_mul_overflow(exact, (u128)conversion.up, &exact);
    price.mantissa = exact / conversion.down + (side == 1 && exact % conversion.down);
    price.decimals = converted_decimals(book->scales.price);
    return price;
}

/* The size of a level in base units. */
static struct wide wide_size(const struct venue_state *venue, const struct size_unit *unit, const struct level *level) {
    struct wide size = {(uint64_t)level->size, venue->book->scales.size, false};
    if (!unit->factor) return size;
    if (unit->inverse) {
        size.decimals = INVERSE_DECIMALS;
        size.beyond = !inverse_size(unit, level, &size.mantissa);
        return size;
    }
    size.mantissa *= venue->unit.mantissa;
    size.decimals += venue->unit.decimals;
    return size;
}

/* -- the levels of one venue's side */

struct wide_head {
    struct cursor cursor;
    struct size_unit unit;
    const struct venue_state *venue;
    const struct rate *rate;
    int side;
    uint32_t number;  /* of the venue in its view */
    struct level raw; /* the level as the book has it */
    struct wide price, size;
    u128 price_rank, size_rank;
};

/* Before the first level; the venue has a book. */
static void wide_start(struct wide_head *head, const struct venue_state *venue, const struct rate *rate, int side,
                       uint32_t number) {
    head->cursor = cursor_at_best(&venue->book->sides[side]);
    size_unit_set(&head->unit, venue->unit, venue->inverse, venue->book->scales);
    head->venue = venue;
    head->rate = rate;
    head->side = side;
    head->number = number;
}

/* Moves on to the next level that is larger than dust; false at the end. */
static bool wide_next(struct wide_head *head, u128 dust) {
    do {
        if (!cursor_next(&head->cursor, &head->raw)) return false;
        head->size = wide_size(head->venue, &head->unit, &head->raw);
        head->size_rank = wide_rank(head->size);
    } while (head->size_rank <= dust);
    head->price = wide_price(head->venue->book, head->rate, head->side, head->raw.key);
    head->price_rank = wide_rank(head->price);
    return true;
}

static bool wide_before(const struct wide_head *a, const struct wide_head *b) {
    if (a->price_rank != b->price_rank) return (a->price_rank > b->price_rank) == (a->side == 0);
    if (a->size_rank != b->size_rank) return a->size_rank > b->size_rank;
    return a->number < b->number;
}

#endif
