/* The levels of one venue's side, best first: in base units, without dust, converted, and at scales common to all venues.
 *
 * A level is brought to the common scales only when it is its venue's next.
 */
#ifndef ONEBOOK_HEADS_H
#define ONEBOOK_HEADS_H

#include "rate.h"
#include "unit.h"

enum { MAX_VENUES = 64, STATE_LIVE = 3, STATE_SUSPECT = 8 };

/* What is known of one venue's book. */
struct venue_state {
    struct book *book; /* NULL: none */
    int32_t state;           /* onebook.v1.VenueState */
    uint32_t resyncs, gaps, checksum_failures;
    uint64_t checksums_verified;
    uint64_t frames; /* stamped so far */
    int64_t exchange_time, receive_time, receive_monotonic, sequence;
    bool measures; /* the next frame of the shown book is measured: */
    int64_t measured_receipt, measured_apply; /* monotonic nanoseconds; 0: not yet */
    struct number unit; /* of a size: base units or, if inverse, quote units in one; mantissa 0: sizes are base units */
    bool inverse;
    bool unverified;                               /* the venue's own check is broken */
    uint32_t audits, bid_match, ask_match;         /* the match of the last audit in millionths */
    uint32_t ghosts, missing;                      /* levels that it found */
    uint32_t trades_state;                         /* onebook.v1.TradesState */
    int64_t clock_offset, clock_uncertainty;       /* nanoseconds; both 0: unknown */
    struct text detail;
    struct observer *observers; /* of every update; NULL: none */
};

static inline bool is_live(const struct venue_state *venue) { return venue->state == STATE_LIVE; }

/* The next level of a venue's side. */
struct head {
    struct cursor cursor;
    struct size_unit unit;
    uint64_t price_factor, size_factor;
    int64_t dust;
    struct level level;
    uint32_t venue;
    struct conversion conversion; /* mantissa 0: none */
};

/* The scales of a venue's prices and sizes before they are brought to the common ones. */
static struct scales venue_scales(const struct venue_state *venue, const struct rate *rate) {
    struct scales scales = venue->book->scales;
    scales.size = base_decimals(venue->unit, venue->inverse, scales);
    if (rate->currency.length) scales.price = converted_decimals(scales.price);
    return scales;
}

/* The largest size at the scale that is still dust. */
static int64_t dust_at(struct number dust, uint32_t decimals) {
    uint64_t scaled;
    if (dust.decimals >= decimals) return (int64_t)(dust.mantissa / POW10[dust.decimals - decimals]);
    if (__builtin_mul_overflow(dust.mantissa, POW10[decimals - dust.decimals], &scaled) || scaled > INT64_MAX)
        return INT64_MAX;
    return (int64_t)scaled;
}

/* Before the first level; the venue has a book. `rated`: there may be a conversion. */
__attribute__((always_inline)) static inline void head_start(struct head *head, const struct venue_state *venue,
                                                             const struct rate *rate, int side, struct number dust,
                                                             struct scales scales, const bool rated) {
    const struct book *book = venue->book;
    uint32_t price_decimals = book->scales.price;
    head->cursor = cursor_at_best(&book->sides[side]);
    size_unit_set(&head->unit, venue->unit, venue->inverse, book->scales);
    if (rated) head->conversion.mantissa = 0;
    if (rated && rate->currency.length) {
        head->conversion = conversion_of(rate->sides[side], price_decimals);
        price_decimals = converted_decimals(price_decimals);
    }
    head->price_factor = POW10[scales.price - price_decimals];
    head->size_factor = POW10[scales.size - head->unit.decimals];
    head->dust = dust_at(dust, head->unit.decimals);
}

/* Moves on to the next level that is no dust, its price as the book has it. *more is false at the end; the result is false
 * if its size does not fit. */
__attribute__((always_inline)) static inline bool head_read(struct head *head, bool *more) {
    do {
        *more = cursor_next(&head->cursor, &head->level);
        if (!*more) return true;
        if (!size_in_base(&head->unit, &head->level)) return false;
    } while (head->level.size <= head->dust);
    return true;
}

/* Brings the level that was read to the common scales; false if it does not fit. */
__attribute__((always_inline)) static inline bool head_scale(struct head *head, const bool rated) {
    struct level *level = &head->level;
    if (rated && head->conversion.mantissa && !convert(&head->conversion, level->key, &level->key)) return false;
    return multiply(level->key, head->price_factor, &level->key) &&
           multiply(level->size, head->size_factor, &level->size);
}

__attribute__((always_inline)) static inline bool head_next(struct head *head, bool *more, const bool rated) {
    return head_read(head, more) && (!*more || head_scale(head, rated));
}

static inline bool head_before(const struct head *a, const struct head *b) {
    if (a->level.key != b->level.key) return a->level.key > b->level.key;
    if (a->level.size != b->level.size) return a->level.size > b->level.size;
    return a->venue < b->venue;
}

#endif
