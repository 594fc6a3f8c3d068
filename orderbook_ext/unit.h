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
    u128 numerator, denominator;
};

static struct size_unit size_unit_of(struct number unit, bool inverse, struct scales scales) {
    struct size_unit result = {.factor = unit.mantissa, .decimals = scales.size};
    if (!unit.mantissa) return result;
    result.inverse = inverse;
    result.decimals = inverse ? INVERSE_DECIMALS : scales.size + unit.decimals;
    if (!inverse) {
        if (result.decimals > MAX_DECIMALS) result = (struct size_unit){.decimals = scales.size, .factor = UINT64_MAX};
        return result;
    }
    int32_t shift = INVERSE_DECIMALS + (int32_t)scales.price - (int32_t)(scales.size + unit.decimals);
    result.numerator = (u128)unit.mantissa * POW10[shift > 0 ? shift < MAX_DECIMALS ? shift : MAX_DECIMALS : 0];
    result.denominator = POW10[shift < 0 ? -shift < MAX_DECIMALS ? -shift : MAX_DECIMALS : 0];
    return result;
}

/* Turns the size of a level at the book's own scales; false if it does not fit. */
static inline bool size_in_base(const struct size_unit *unit, struct level *level) {
    if (!unit->factor) return true;
    if (!unit->inverse) return unit->factor <= INT64_MAX && multiply(level->size, unit->factor, &level->size);
    u128 value, price = (u128)(uint64_t)llabs(level->key) * unit->denominator;
    if (!price || __builtin_mul_overflow((u128)(uint64_t)level->size, unit->numerator, &value)) return false;
    value /= price;
    level->size = (int64_t)value;
    return value <= INT64_MAX;
}

#endif
