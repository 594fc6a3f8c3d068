/* Rows of a fixed layout on x86-64: the digits of a price and of a size at once, in vector registers.
 *
 * The module is built for any processor of its kind. These functions are compiled for AVX all the same, and a layout says
 * that it is wide only where the processor has it; without, and with ONEBOOK_NO_SIMD, row.h does the same in SWAR.
 */
#ifndef ONEBOOK_WIDE_ROW_H
#define ONEBOOK_WIDE_ROW_H

#include "levels.h"

enum { WIDE = 16 }; /* bytes of a register */

/* A number of whole + 1 + decimals characters in a register. Which of its bytes are what; and by digit of a number with 16,
 * where it stands, above 127 if the number has fewer. */
struct wide_number {
    uint8_t text[WIDE], most[WIDE], digits[WIDE];
};

/* The number starts at the register's byte `at` and ends within it. A byte is right if it is at most `most` when `text` is
 * taken from it by exclusive or: a digit then is its value, the point zero, and the neighbours are looked at elsewhere. */
static void wide_number_init(struct wide_number *number, uint32_t at, struct digit_guess guess) {
    uint32_t digit = WIDE - guess.whole - guess.decimals;
    memset(number->text, 0, WIDE);
    memset(number->most, 255, WIDE);
    memset(number->digits, 128, WIDE);
    for (uint32_t i = at; i < at + guess.whole + 1 + guess.decimals; i++) {
        bool point = i == at + guess.whole;
        number->text[i] = point ? '.' : '0';
        number->most[i] = point ? 0 : 9;
        if (!point) number->digits[digit++] = (uint8_t)i;
    }
}

#if defined(__x86_64__) && !defined(ONEBOOK_NO_SIMD)

#include <immintrin.h>

#define FOR_WIDE __attribute__((target("avx")))

static inline bool have_wide(void) { return __builtin_cpu_supports("avx"); }

FOR_WIDE static inline __m128i load_wide(const void *p) { return _mm_loadu_si128((const __m128i *)p); }

/* Sums of neighbours: 16 digits -> 4 numbers of four. */
FOR_WIDE static inline __m128i fours(__m128i text, const struct wide_number *number) {
    __m128i digits = _mm_shuffle_epi8(text, load_wide(number->digits));
    return _mm_madd_epi16(_mm_maddubs_epi16(digits, _mm_set1_epi16(0x010A)), _mm_set1_epi32(0x00010064));
}

/* Reads both numbers; false if some character is not what it has to be. */
FOR_WIDE static bool read_wide(const uint8_t *price_text, const uint8_t *size_text, const struct wide_number numbers[2],
                               uint64_t *price_out, uint64_t *size_out) {
    __m128i price = _mm_xor_si128(load_wide(price_text), load_wide(numbers[0].text));
    __m128i size = _mm_xor_si128(load_wide(size_text), load_wide(numbers[1].text));
    __m128i wrong = _mm_or_si128(_mm_subs_epu8(price, load_wide(numbers[0].most)),
                                 _mm_subs_epu8(size, load_wide(numbers[1].most)));
    if (!_mm_testz_si128(wrong, wrong)) return false;
    __m128i both = _mm_packus_epi32(fours(price, &numbers[0]), fours(size, &numbers[1]));
    both = _mm_madd_epi16(both, _mm_set1_epi32(0x00012710)); /* of each number the upper and the lower eight digits */
    both = _mm_add_epi64(_mm_mul_epu32(both, _mm_set1_epi64x(100000000)), _mm_srli_epi64(both, 32));
    *price_out = (uint64_t)_mm_cvtsi128_si64(both);
    *size_out = (uint64_t)_mm_extract_epi64(both, 1);
    return true;
}

#else

static inline bool have_wide(void) { return false; }

static inline bool read_wide(const uint8_t *price_text, const uint8_t *size_text, const struct wide_number numbers[2],
                             uint64_t *price_out, uint64_t *size_out) {
    (void)price_text, (void)size_text, (void)numbers, (void)price_out, (void)size_out;
    return false;
}

#endif
#endif
