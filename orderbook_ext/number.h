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

static inline uint64_t rotate_right(uint64_t value, uint32_t shift) { return value >> shift | value << (-shift & 63); }

static inline bool divide_exactly(struct divisor d, uint64_t value, uint64_t *quotient) {
    *quotient = rotate_right(value * d.inverse, d.shift);
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

/* Eight characters, each as what it is worth if it is a digit. */
static inline uint64_t load_digits(const uint8_t *p) { return load8(p) ^ 0x3030303030303030ULL; }

/* Bit 7 of every byte above 9. A carry out of a byte above 0x89, which is marked itself, can mark later ones wrongly. */
static inline uint64_t no_digits(uint64_t digits) { return (digits + 0x7676767676767676ULL) | digits; }

/* How many of the eight characters, from the first on, are digits: the first one that is none decides. */
static inline uint32_t digit_run(uint64_t digits) {
    uint64_t other = no_digits(digits) & 0x8080808080808080ULL;
    return other ? (uint32_t)__builtin_ctzll(other) >> 3 : 8;
}

/* The value of eight digits. */
static inline uint64_t eight_digits(uint64_t digits) {
    digits = digits * 10 + (digits >> 8);
    return ((digits & 0x000000FF000000FFULL) * 0x000F424000000064ULL +
            ((digits >> 16) & 0x000000FF000000FFULL) * 0x0000271000000001ULL) >> 32;
}

/* The value of the first `run` (1..8) digits: shifted up, the missing ones become leading zeros. */
static inline uint64_t digits_value(uint64_t digits, uint32_t run) { return eight_digits(digits << (64 - 8 * run)); }

static inline bool is_digit(uint8_t c) { return (uint8_t)(c - '0') <= 9; }

/* Any length, byte by byte. Zeros at the end of the fraction are kept if they fit, all or none: what the number needs must
 * fit, and it is known how it was written where that fits too. NULL if it is no number or does not fit. */
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
    if (decimals + zeros <= MAX_DECIMALS && mantissa <= INT64_MAX / POW10[zeros]) {
        mantissa *= POW10[zeros];
        decimals += zeros;
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

/* Up to eight digits, and possibly a point and up to eight more. What follows must be looked at: it may be a digit too
 * many. NULL if this is no number, or if the frame ends too soon to load from. */
static inline const uint8_t *parse_short_number(const uint8_t *p, const uint8_t *end, struct number *out,
                                                struct digit_guess *guess) {
    if (end - p < 9) return NULL;
    uint64_t digits = load_digits(p);
    uint32_t whole = expect_digits(digit_run(digits), &guess->whole);
    if (whole == 0) return NULL;
    uint64_t mantissa = digits_value(digits, whole);
    p += whole;
    if (*p != '.') {
        *out = (struct number){mantissa, 0};
        return p;
    }
    if (end - p < 10) return NULL;
    digits = load_digits(p + 1);
    uint32_t decimals = expect_digits(digit_run(digits), &guess->decimals);
    if (decimals == 0) return NULL;
    *out = (struct number){mantissa * POW10[decimals] + digits_value(digits, decimals), decimals};
    return p + 1 + decimals;
}

/* Digits, and possibly a point and more digits: [0-9]+(\.[0-9]+)? . Returns what follows, or NULL as above. */
static inline const uint8_t *parse_number(const uint8_t *start, const uint8_t *end, struct number *out,
                                          struct digit_guess *guess) {
    const uint8_t *p = parse_short_number(start, end, out, guess);
    if (!p || p == end || !is_digit(*p)) return p ? p : parse_number_slowly(start, end, out);
    if (end - p < 8 || out->decimals != 8) return parse_number_slowly(start, end, out);
    uint64_t digits = load_digits(p);
    uint32_t more = digit_run(digits);
    if (p - start + more > 19 || more == 8) return parse_number_slowly(start, end, out); /* digits and the point */
    *out = (struct number){out->mantissa * POW10[more] + digits_value(digits, more), 8 + more};
    return p + more;
}

/* -- scales */

/* From one scale to another: mantissa * factor, rotated right by shift. This multiplies by a power of ten or divides by
 * one exactly, without a branch on which of the two it is. It fits if the mantissa is at most `most`, and it is exact
 * if the result is at most `limit`. */
struct scaling {
    uint64_t factor, most, limit;
    uint32_t shift;
};

/* By the number of decimals taken away, -MAX_DECIMALS to MAX_DECIMALS. */
struct scale_table {
    struct scaling steps[2 * MAX_DECIMALS + 1];
};

static inline void scale_table_init(struct scale_table *table) {
    for (int k = 0; k <= MAX_DECIMALS; k++) {
        struct divisor d = divisor_of(POW10[k]);
        table->steps[MAX_DECIMALS - k] = (struct scaling){POW10[k], INT64_MAX / POW10[k], UINT64_MAX, 0};
        table->steps[MAX_DECIMALS + k] = (struct scaling){d.inverse, INT64_MAX, d.limit, d.shift};
    }
}

/* The number as a mantissa at `decimals`; false if it has more digits than that, or does not fit. */
static inline bool rescale(const struct scale_table *table, uint64_t mantissa, uint32_t from, uint32_t decimals,
                           int64_t *out) {
    const struct scaling *step = &table->steps[MAX_DECIMALS + from - decimals];
    uint64_t result = rotate_right(mantissa * step->factor, step->shift);
    *out = (int64_t)result;
    return mantissa <= step->most && result <= step->limit;
}

/* value * 10^power; false if it passes 128 bits. */
static inline bool times_power(u128 value, uint32_t power, u128 *out) {
    for (; power > MAX_DECIMALS; power -= MAX_DECIMALS)
        if (__builtin_mul_overflow(value, (u128)POW10[MAX_DECIMALS], &value)) return false;
    return !__builtin_mul_overflow(value, (u128)POW10[power], out);
}

/* value * factor; false if it does not fit, also not with its sign turned. */
static inline bool multiply(int64_t value, uint64_t factor, int64_t *out) {
    return !__builtin_mul_overflow(value, (int64_t)factor, out) && *out != INT64_MIN;
}

/* Takes the zeros at the end of the fraction away. */
static inline void trim_decimals(uint64_t *mantissa, uint32_t *decimals) {
    while (*decimals && *mantissa % 10 == 0) {
        *mantissa /= 10;
        (*decimals)--;
    }
}

/* The decimals the number has when zeros at its end are not counted. */
static inline uint32_t needed_decimals(uint64_t mantissa, uint32_t decimals) {
    trim_decimals(&mantissa, &decimals);
    return decimals;
}

#endif
