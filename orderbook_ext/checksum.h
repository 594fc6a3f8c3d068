/* The checksums that venues send with their books: CRC-32 over the best levels, spelt as the venue spells them.
 *
 * All spellings come from the exact mantissas: a venue that prints binary floating point prints the shortest text that
 * reads back the same, and that text is what the book was read from.
 */
#ifndef ONEBOOK_CHECKSUM_H
#define ONEBOOK_CHECKSUM_H

#include "book.h"

/* How numbers are spelt.
 * DIGITS: at fixed decimals, without the point and leading zeros: 0.0031 at 8 is 310000.
 * PLAIN: without zeros at the end: 0.0031, 64000.
 * JAVASCRIPT: as PLAIN, but 3e-7 below 0.000001.
 * PYTHON: 64000.0, but 6e-05 below 0.0001 and 1e+16 from there on. */
enum spelling { SPELL_DIGITS, SPELL_PLAIN, SPELL_JAVASCRIPT, SPELL_PYTHON };

struct checksum_rule {
    uint32_t levels;
    enum spelling spelling;
    bool interleaved;   /* bid:ask:bid:ask with colons; else all asks, then all bids, with nothing between */
    bool negative_asks; /* ask sizes carry a minus sign */
    struct scales scales; /* of SPELL_DIGITS */
};

enum { NUMBER_ROOM = 64 };

static uint32_t crc_table[256];

static void crc_init(void) {
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t value = i;
        for (int bit = 0; bit < 8; bit++) value = value & 1 ? value >> 1 ^ 0xEDB88320U : value >> 1;
        crc_table[i] = value;
    }
}

static uint32_t crc_add(uint32_t crc, const char *text, size_t length) {
    for (size_t i = 0; i < length; i++) crc = crc_table[(crc ^ (uint8_t)text[i]) & 0xFF] ^ crc >> 8;
    return crc;
}

/* Writes the digits of a number so that they end at `end`; returns their start. */
static char *digits_before(char *end, uint64_t value) {
    do *--end = (char)('0' + value % 10);
    while (value /= 10);
    return end;
}

static size_t spell_digits(char *out, uint64_t mantissa, uint32_t decimals, uint32_t wanted) {
    char digits[24], *end = digits + sizeof digits;
    for (; decimals > wanted && mantissa % 10 == 0; decimals--) mantissa /= 10;
    char *start = digits_before(end, mantissa);
    size_t length = (size_t)(end - start);
    memcpy(out, start, length);
    for (; decimals < wanted; decimals++) out[length++] = '0';
    return length;
}

/* Digits and a point at `point` digits from the left, with zeros where there are none. */
static size_t spell_fixed(char *out, const char *digits, int count, int point) {
    size_t length = 0;
    if (point <= 0) out[length++] = '0';
    for (int i = 0; i < point; i++) out[length++] = i < count ? digits[i] : '0';
    if (point >= count) return length;
    out[length++] = '.';
    for (int i = point; i < 0; i++) out[length++] = '0';
    for (int i = point > 0 ? point : 0; i < count; i++) out[length++] = digits[i];
    return length;
}

/* d.ddde-7, with at least `width` digits of the exponent. */
static size_t spell_exponent(char *out, const char *digits, int count, int point, int width) {
    char text[8], *end = text + sizeof text;
    size_t length = 0;
    int exponent = point - 1;
    out[length++] = digits[0];
    if (count > 1) out[length++] = '.';
    for (int i = 1; i < count; i++) out[length++] = digits[i];
    out[length++] = 'e';
    out[length++] = exponent < 0 ? '-' : '+';
    char *start = digits_before(end, (uint64_t)(exponent < 0 ? -exponent : exponent));
    while (end - start < width) *--start = '0';
    memcpy(out + length, start, (size_t)(end - start));
    return length + (size_t)(end - start);
}

/* Writes mantissa / 10^decimals into NUMBER_ROOM bytes; returns the length. */
static size_t spell_number(char *out, uint64_t mantissa, uint32_t decimals, enum spelling spelling) {
    char digits[24], *end = digits + sizeof digits;
    decimals = mantissa ? decimals : 0;
    for (; decimals && mantissa % 10 == 0; decimals--) mantissa /= 10;
    char *start = digits_before(end, mantissa);
    int count = (int)(end - start), point = count - (int)decimals;
    int shortest = count;
    while (shortest > 1 && start[shortest - 1] == '0') shortest--;
    if (mantissa && spelling == SPELL_JAVASCRIPT && point < -5) return spell_exponent(out, start, shortest, point, 1);
    if (mantissa && spelling == SPELL_PYTHON && (point < -3 || point > 16))
        return spell_exponent(out, start, shortest, point, 2);
    size_t length = spell_fixed(out, start, count, point);
    if (spelling == SPELL_PYTHON && decimals == 0) {
        memcpy(out + length, ".0", 2);
        length += 2;
    }
    return length;
}

/* Adds a level: price and size, behind a colon each if the rule wants colons and it is not the first. */
static uint32_t crc_level(uint32_t crc, const struct checksum_rule *rule, const struct book *book, bool ask,
                          const struct level *level, bool first) {
    char text[3 + 2 * NUMBER_ROOM];
    size_t length = 0;
    uint64_t price = (uint64_t)(ask ? -level->key : level->key), size = (uint64_t)level->size;
    if (rule->interleaved && !first) text[length++] = ':';
    if (rule->spelling == SPELL_DIGITS) length += spell_digits(text + length, price, book->scales.price, rule->scales.price);
    else length += spell_number(text + length, price, book->scales.price, rule->spelling);
    if (rule->interleaved) text[length++] = ':';
    if (ask && rule->negative_asks) text[length++] = '-';
    if (rule->spelling == SPELL_DIGITS) length += spell_digits(text + length, size, book->scales.size, rule->scales.size);
    else length += spell_number(text + length, size, book->scales.size, rule->spelling);
    return crc_add(crc, text, length);
}

static uint32_t crc_side(uint32_t crc, const struct checksum_rule *rule, const struct book *book, int side) {
    struct cursor cursor = cursor_at_best(&book->sides[side]);
    struct level level;
    for (uint32_t i = 0; i < rule->levels && cursor_next(&cursor, &level); i++)
        crc = crc_level(crc, rule, book, side == 1, &level, false);
    return crc;
}

/* Bid and ask in turn; when one side ends the other goes on alone. */
static uint32_t crc_interleaved(uint32_t crc, const struct checksum_rule *rule, const struct book *book) {
    struct cursor cursors[2] = {cursor_at_best(&book->sides[0]), cursor_at_best(&book->sides[1])};
    struct level level;
    bool first = true;
    for (uint32_t i = 0; i < rule->levels; i++)
        for (int side = 0; side < 2; side++)
            if (cursor_next(&cursors[side], &level)) {
                crc = crc_level(crc, rule, book, side == 1, &level, first);
                first = false;
            }
    return crc;
}

static uint32_t book_checksum(const struct book *book, const struct checksum_rule *rule) {
    uint32_t crc = 0xFFFFFFFFU;
    if (rule->interleaved) crc = crc_interleaved(crc, rule, book);
    else crc = crc_side(crc_side(crc, rule, book, 1), rule, book, 0);
    return crc ^ 0xFFFFFFFFU;
}

#endif
