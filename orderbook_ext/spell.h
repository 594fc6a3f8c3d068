/* Numbers as text: with so many decimals, with or without the point, and with exponents where a venue writes them. */
#ifndef ONEBOOK_SPELL_H
#define ONEBOOK_SPELL_H

#include "number.h"

enum { DECIMALS_SHORTEST = 254, DECIMALS_WRITTEN = 255 };

/* How a number is spelt: NumberText of checksum.py, which packs it. */
struct number_text {
    uint8_t decimals;       /* behind the point, or DECIMALS_SHORTEST or DECIMALS_WRITTEN */
    uint8_t least;          /* of the shortest */
    uint8_t point, leading_zeros;
    int8_t below, start;    /* powers of ten, outside of which numbers have an exponent; -128 and 127: never */
    uint8_t exponent_digits, plus, exponent_decimals;
    char mark;
};

enum { NUMBER_ROOM = 64 };

/* Plain decimals without zeros at the end. */
static const struct number_text PLAIN_NUMBER = {DECIMALS_SHORTEST, 0, true, true, INT8_MIN, INT8_MAX, 1, true, 0, 'e'};

static const char DIGIT_PAIRS[] =
    "00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748495051525354555657585960"
    "616263646566676869707172737475767778798081828384858687888990919293949596979899";

/* Writes the digits of a number so that they end at `end`; returns their start. */
static char *digits_before(char *end, uint64_t value) {
    for (; value >= 100; value /= 100) {
        end -= 2;
        memcpy(end, &DIGIT_PAIRS[2 * (value % 100)], 2);
    }
    *--end = DIGIT_PAIRS[2 * value + 1];
    if (value >= 10) *--end = DIGIT_PAIRS[2 * value];
    return end;
}

/* d.ddde-7 of a number without zeros at its end, whose first digit has the power of ten `power`. */
static size_t spell_exponent(char *out, const struct number_text *as, const char *digits, int count, int power) {
    char text[8], *end = text + sizeof text;
    size_t length = 0;
    out[length++] = digits[0];
    if (count > 1 || as->exponent_decimals) out[length++] = '.';
    for (int i = 1; i < count || i <= as->exponent_decimals; i++) out[length++] = i < count ? digits[i] : '0';
    out[length++] = as->mark;
    if (power < 0 || as->plus) out[length++] = power < 0 ? '-' : '+';
    char *start = digits_before(end, (uint64_t)(power < 0 ? -power : power));
    while (end - start < as->exponent_digits) *--start = '0';
    memcpy(out + length, start, (size_t)(end - start));
    return length + (size_t)(end - start);
}

/* Digits with a point before the last `decimals` of them, and zeros up to `wanted` decimals. */
static size_t spell_fixed(char *out, const struct number_text *as, const char *digits, int count, int decimals, int wanted) {
    size_t length = 0;
    int whole = count - decimals;
    if (whole > 0) {
        memcpy(out, digits, (size_t)whole);
        length = (size_t)whole;
    } else if (as->leading_zeros) {
        out[length++] = '0';
    }
    if (as->point && wanted) out[length++] = '.';
    if (as->point || as->leading_zeros)
        for (int i = whole; i < 0; i++) out[length++] = '0';
    for (int i = whole > 0 ? whole : 0; i < count; i++) out[length++] = digits[i];
    for (int i = decimals; i < wanted; i++) out[length++] = '0';
    return length;
}

/* Writes mantissa / 10^decimals into NUMBER_ROOM bytes; returns the length. */
static size_t spell_number(char *out, const struct number_text *as, uint64_t mantissa, uint32_t decimals,
                           uint32_t wanted) {
    char digits[24], *end = digits + sizeof digits;
    for (; decimals > wanted && mantissa % 10 == 0; decimals--) mantissa /= 10;
    if (decimals > wanted) wanted = decimals;
    char *start = digits_before(end, mantissa);
    int count = (int)(end - start), power = count - (int)decimals - 1;
    if (power < as->below || power >= as->start) {
        while (count > 1 && start[count - 1] == '0') count--;
        return spell_exponent(out, as, start, count, power);
    }
    return spell_fixed(out, as, start, count, (int)decimals, (int)wanted);
}

#endif
