/* Exact decimal numbers: text -> (mantissa, decimals), and from one scale to another.
 *
 * A number is mantissa / 10^decimals with mantissa <= INT64_MAX and decimals <= 18. Digits are read eight at a time in a
 * 64-bit register (SWAR), which needs no vector instructions and no dispatch by CPU.
 */
#ifndef ONEBOOK_NUMBER_H
#define ONEBOOK_NUMBER_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

typedef unsigned __int128 u128;

enum { MAX_DECIMALS = 18 };

struct number {
    uint64_t mantissa;
    uint32_t decimals;
};

static const uint64_t POW10[20] = {
    1ULL, 10ULL, 100ULL, 1000ULL, 10000ULL, 100000ULL, 1000000ULL, 10000000ULL, 100000000ULL, 1000000000ULL,
    10000000000ULL, 100000000000ULL, 1000000000000ULL, 10000000000000ULL, 100000000000000ULL, 1000000000000000ULL,
    10000000000000000ULL, 100000000000000000ULL, 1000000000000000000ULL, 10000000000000000000ULL,
};

/* Exact division by a constant: with d = odd * 2^shift, m is divisible by d when m * odd^-1 (mod 2^64), rotated right by
 * shift, is at most floor((2^64 - 1) / d); that value is then the quotient. One multiplication instead of a division. */
struct divisor {
    uint64_t inverse;
    uint64_t limit;
    uint32_t shift;
};

static inline struct divisor divisor_of(uint64_t value) {
    struct divisor d = {0, UINT64_MAX / value, (uint32_t)__builtin_ctzll(value)};
    uint64_t odd = value >> d.shift;
    uint64_t inverse = odd; /* right to 3 bits; each step of Newton's doubles them */
    for (int step = 0; step < 5; step++) inverse *= 2 - odd * inverse;
    d.inverse = inverse;
    return d;
}

static inline bool divide_exactly(struct divisor d, uint64_t value, uint64_t *quotient) {
    uint64_t product = value * d.inverse;
    *quotient = d.shift ? (product >> d.shift) | (product << (64 - d.shift)) : product;
    return *quotient <= d.limit;
}

/* -- text */

static inline uint64_t load8(const uint8_t *p) {
    uint64_t chunk;
    memcpy(&chunk, p, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    chunk = __builtin_bswap64(chunk);
#endif
    return chunk;
}

/* How many of the eight characters, from the first on, are digits. `digits` is the chunk ^ "00000000". A carry out of a
 * byte above 0x89 can only disturb later characters, and the first one that is no digit decides. */
static inline uint32_t digit_run(uint64_t digits) {
    uint64_t other = ((digits + 0x7676767676767676ULL) | digits) & 0x8080808080808080ULL;
    return other ? (uint32_t)__builtin_ctzll(other) >> 3 : 8;
}

/* The value of the first `run` (1..8) digits: shifted up, the missing ones become leading zeros. */
static inline uint64_t digits_value(uint64_t digits, uint32_t run) {
    digits <<= 64 - 8 * run;
    digits = digits * 10 + (digits >> 8);
    return ((digits & 0x000000FF000000FFULL) * 0x000F424000000064ULL +
            ((digits >> 16) & 0x000000FF000000FFULL) * 0x0000271000000001ULL) >> 32;
}

static inline bool is_digit(uint8_t c) { return (uint8_t)(c - '0') <= 9; }

/* Any length, byte by byte; zeros at the end of the fraction do not count. NULL if it is no number or does not fit. */
static const uint8_t *parse_number_slowly(const uint8_t *p, const uint8_t *end, struct number *out) {
    uint64_t mantissa = 0;
    uint32_t decimals = 0, zeros = 0;
    const uint8_t *start = p;
    for (; p < end && is_digit(*p); p++) {
        if (mantissa > (INT64_MAX - (uint64_t)(*p - '0')) / 10) return NULL;
        mantissa = mantissa * 10 + (uint64_t)(*p - '0');
    }
    if (p == start) return NULL;
    if (p < end && *p == '.') {
        start = ++p;
        for (; p < end && is_digit(*p); p++) {
            if (*p == '0') {
                zeros++;
                continue;
            }
            for (zeros++; zeros; zeros--, decimals++) {
                uint64_t digit = zeros == 1 ? (uint64_t)(*p - '0') : 0;
                if (decimals == MAX_DECIMALS || mantissa > (INT64_MAX - digit) / 10) return NULL;
                mantissa = mantissa * 10 + digit;
            }
        }
        if (p == start) return NULL;
    }
    *out = (struct number){mantissa, decimals};
    return p;
}

/* How many digits the numbers of one column had last time, before the point and behind it. */
struct digit_guess {
    uint32_t whole, decimals;
};

/* The actual count, by way of the guess: where the next character stands then hangs on a branch, which the processor
 * predicts, and not on the arithmetic that found the count, which it would have to wait for. The empty assembler
 * statements keep the compiler from seeing that both are the same number. */
static inline uint32_t expect_digits(uint32_t actual, uint32_t *guess) {
    uint32_t count = *guess;
    __asm__("" : "+r"(count));
    if (count != actual) {
        count = actual;
        __asm__("" : "+r"(count));
    }
    *guess = count;
    return count;
}

/* Digits, and possibly a point and more digits: [0-9]+(\.[0-9]+)? . Returns what follows, or NULL as above. Up to seven
 * digits before the point and fifteen behind it take two or three loads. */
static inline const uint8_t *parse_number(const uint8_t *p, const uint8_t *end, struct number *out,
                                          struct digit_guess *guess) {
    if (end - p < 24) return parse_number_slowly(p, end, out);
    uint64_t digits = load8(p) ^ 0x3030303030303030ULL;
    uint32_t whole = expect_digits(digit_run(digits), &guess->whole);
    if (whole == 0) return NULL;
    if (whole == 8) return parse_number_slowly(p, end, out);
    uint64_t mantissa = digits_value(digits, whole);
    const uint8_t *point = p + whole;
    if (*point != '.') {
        *out = (struct number){mantissa, 0};
        return point;
    }
    digits = load8(point + 1) ^ 0x3030303030303030ULL;
    uint32_t decimals = expect_digits(digit_run(digits), &guess->decimals);
    if (decimals == 0) return NULL;
    mantissa = mantissa * POW10[decimals] + digits_value(digits, decimals);
    if (decimals == 8 && is_digit(point[9])) {
        digits = load8(point + 9) ^ 0x3030303030303030ULL;
        uint32_t more = digit_run(digits);
        if (whole + 8 + more > 18 || more == 8) return parse_number_slowly(p, end, out);
        mantissa = mantissa * POW10[more] + digits_value(digits, more);
        decimals += more;
    }
    *out = (struct number){mantissa, decimals};
    return point + 1 + decimals;
}

/* -- scales */

enum rescaled { RESCALED, RESCALED_INEXACT, RESCALED_OVERFLOW };

/* Divisors of 10^0 .. 10^18, by the number of digits taken away. */
struct scale_table {
    struct divisor pow10[MAX_DECIMALS + 1];
};

static inline void scale_table_init(struct scale_table *table) {
    for (int k = 0; k <= MAX_DECIMALS; k++) table->pow10[k] = divisor_of(POW10[k]);
}

/* The number as a mantissa at `decimals`. INEXACT: it has more digits than that. */
static inline enum rescaled rescale(const struct scale_table *table, uint64_t mantissa, uint32_t from,
                                    uint32_t decimals, int64_t *out) {
    uint64_t result;
    if (from >= decimals) {
        if (!divide_exactly(table->pow10[from - decimals], mantissa, &result)) return RESCALED_INEXACT;
    } else if (__builtin_mul_overflow(mantissa, POW10[decimals - from], &result) || result > INT64_MAX) {
        return RESCALED_OVERFLOW;
    }
    *out = (int64_t)result;
    return RESCALED;
}

/* value * factor; false if it does not fit, also not with its sign turned. */
static inline bool multiply(int64_t value, uint64_t factor, int64_t *out) {
    return !__builtin_mul_overflow(value, (int64_t)factor, out) && *out != INT64_MIN;
}

/* The decimals the number has when zeros at its end are not counted. */
static inline uint32_t needed_decimals(uint64_t mantissa, uint32_t decimals) {
    while (decimals && mantissa % 10 == 0) {
        mantissa /= 10;
        decimals--;
    }
    return decimals;
}

#endif
