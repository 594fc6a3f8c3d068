/* Sizes in base units, whatever the venue counts: base units, contracts, or quote units. */
#ifndef ONEBOOK_UNIT_H
#define ONEBOOK_UNIT_H

#include "book.h"

enum { INVERSE_DECIMALS = 8 };

/* How the sizes of one book become base units at `decimals`.
 * One contract of `factor` base units: size x factor, exact.
 * Inverse, one contract of so many quote units: size x numerator / (price x denominator), rounded down to INVERSE_DECIMALS,
 * as what a level is worth in base units is no decimal number. */
struct size_unit {
    uint64_t factor; /* 0: sizes are base units */
    bool inverse;
    uint32_t decimals;
    u128 numerator, denominator; /* numerator 0: passes 128 bits */
};

/* Decimals of the sizes in base units. A number with more than there can be fits no size: the unit is then too large. */
static inline uint32_t base_decimals(struct number unit, bool inverse, struct scales scales) {
    if (!unit.mantissa) return scales.size;
    if (inverse) return INVERSE_DECIMALS;
    return scales.size + unit.decimals > MAX_DECIMALS ? scales.size : scales.size + unit.decimals;
}

/* Writes into the unit what is needed: copying all of it would cost more than everything else here. */
static inline void size_unit_set(struct size_unit *out, struct number unit, bool inverse, struct scales scales) {
    out->factor = unit.mantissa;
    out->inverse = inverse;
    out->decimals = base_decimals(unit, inverse, scales);
    if (!unit.mantissa) return;
    if (!inverse && scales.size + unit.decimals > MAX_DECIMALS) out->factor = UINT64_MAX;
    if (!inverse) return;
    int32_t shift = INVERSE_DECIMALS + (int32_t)scales.price - (int32_t)(scales.size + unit.decimals);
    if (!times_power(unit.mantissa, shift > 0 ? (uint32_t)shift : 0, &out->numerator)) out->numerator = 0;
    times_power(1, shift < 0 ? (uint32_t)-shift : 0, &out->denominator); /* at most 10^28 */
}

/* What a level of an inverse contract is worth in base units, at INVERSE_DECIMALS; false if that needs more than 128 bits. */
static inline bool inverse_size(const struct size_unit *unit, const struct level *level, u128 *out) {
    u128 value, price;
    if (__builtin_mul_overflow((u128)(uint64_t)level->size, unit->numerator, &value) || !value || !level->key) return false;
    if (__builtin_mul_overflow((u128)(uint64_t)llabs(level->key), unit->denominator, &price)) price = ~(u128)0;
    *out = value / price;
    return true;
}

/* Turns the size of a level at the book's own scales; false if it does not fit. */
static inline bool size_in_base(const struct size_unit *unit, struct level *level) {
    if (!unit->factor) return true;
    if (!unit->inverse) return unit->factor <= INT64_MAX && multiply(level->size, unit->factor, &level->size);
    u128 value;
    if (!inverse_size(unit, level, &value)) return false;
    level->size = (int64_t)value;
    return value <= INT64_MAX;
}

#endif
