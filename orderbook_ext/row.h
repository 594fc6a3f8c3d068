/* Rows of a fixed layout: frames of many venues write every price, and nearly every size, with the same number of digits.
 *
 * Then the places of all characters of a row are known before it is looked at. It is checked as a whole, with one branch
 * for all digits, and no step waits for the one before to find out where a number ends. The digits are read by wide_row.h
 * where the processor and the row allow it, and in 64-bit registers elsewhere.
 */
#ifndef ONEBOOK_ROW_H
#define ONEBOOK_ROW_H

#include <stddef.h>

#include "wide_row.h"

/* One run of digits: where it starts in the row, and 2^shift that moves it to the upper end of a register (to multiply
 * takes one instruction where shifting by a variable takes three). */
struct digit_place {
    uint32_t at;
    uint64_t shift;
};

/* The row ["whole.decimals","whole.decimals"] with as many digits each as last time. */
struct row_layout {
    struct digit_place price_whole, price_decimals, size_whole, size_decimals;
    uint64_t price_unit, size_unit; /* 10^decimals */
    uint32_t comma;                 /* where the quote that ends the price is */
    uint32_t stop;                  /* and the one that ends the size */
    uint32_t reach;                 /* how many bytes from the row's start on are looked at; 0: no layout is known */
    struct digit_guess digits[2];   /* price, size: of the last row that was no fixed one */
    uint32_t steady;                /* how many such rows before it had the same */
    uint32_t misses;                /* rows in a sequence that were not of this layout */
    bool wide;
    struct wide_number numbers[2];  /* price, size, if wide */
};

enum {
    STEADY_ROWS = 3,   /* before that trying costs more than it brings, where zeros are trimmed */
    FORGET_MISSES = 2, /* one size of another length is no reason to learn the layout again */
};

static inline struct digit_place digit_place(uint32_t at, uint32_t digits) {
    return (struct digit_place){at, 1ULL << (64 - 8 * digits)};
}

/* Chooses how the digits are read. Wide reads of 16 bytes, from the price's start on and up to the size's end, stay within
 * the row; those of 8 bytes may pass its end. */
static void layout_choose(struct row_layout *layout, const struct digit_guess digits[2], uint32_t size_at) {
    uint32_t price_length = layout->comma - 2, size_length = layout->stop - size_at;
    uint32_t last = layout->size_decimals.at + 8, end = layout->stop + 2;
    layout->wide = have_wide() && price_length <= WIDE && size_length <= WIDE && layout->stop >= WIDE;
    layout->reach = layout->wide || last < end ? end : last;
    if (!layout->wide) return;
    wide_number_init(&layout->numbers[0], 0, digits[0]);
    wide_number_init(&layout->numbers[1], WIDE - size_length, digits[1]);
}

/* The layout of a row of `length` bytes and 1..8 digits in each place. If the two do not agree, as when there are spaces
 * or other columns, the digits alone are kept. Length 0: the row tells nothing, and what is known is forgotten only if
 * such rows follow one another. */
static void layout_init(struct row_layout *layout, const struct digit_guess digits[2], ptrdiff_t length) {
    struct digit_guess price = digits[0], size = digits[1];
    uint32_t point = 2 + price.whole, comma = point + 1 + price.decimals;
    uint32_t second = comma + 3 + size.whole, stop = second + 1 + size.decimals;
    if (length == 0 && layout->reach && ++layout->misses < FORGET_MISSES) return;
    layout->misses = 0;
    layout->digits[0] = price;
    layout->digits[1] = size;
    layout->reach = 0;
    if (length != stop + 2) return;
    layout->price_whole = digit_place(2, price.whole);
    layout->price_decimals = digit_place(point + 1, price.decimals);
    layout->size_whole = digit_place(comma + 3, size.whole);
    layout->size_decimals = digit_place(second + 1, size.decimals);
    layout->price_unit = POW10[price.decimals];
    layout->size_unit = POW10[size.decimals];
    layout->comma = comma;
    layout->stop = stop;
    layout_choose(layout, digits, comma + 3);
}

static inline bool same_bytes(const uint8_t *p, const char *text, size_t length) { return memcmp(p, text, length) == 0; }

static inline uint64_t place_digits(const uint8_t *row, struct digit_place place) {
    return load_digits(row + place.at) * place.shift;
}

/* All points and digits, eight at a time. */
static inline bool read_narrow(const uint8_t *row, const struct row_layout *layout, struct raw_level *out) {
    uint64_t price_whole = place_digits(row, layout->price_whole);
    uint64_t price_decimals = place_digits(row, layout->price_decimals);
    uint64_t size_whole = place_digits(row, layout->size_whole);
    uint64_t size_decimals = place_digits(row, layout->size_decimals);
    uint64_t other = no_digits(price_whole) | no_digits(price_decimals) | no_digits(size_whole) | no_digits(size_decimals);
    if (other & 0x8080808080808080ULL) return false;
    if (row[layout->price_decimals.at - 1] != '.' || row[layout->size_decimals.at - 1] != '.') return false;
    out->price = eight_digits(price_whole) * layout->price_unit + eight_digits(price_decimals);
    out->size = eight_digits(size_whole) * layout->size_unit + eight_digits(size_decimals);
    return true;
}

static inline bool read_numbers(const uint8_t *row, const struct row_layout *layout, struct raw_level *out) {
    if (!layout->wide) return read_narrow(row, layout, out);
    return read_wide(row + 2, row + layout->stop - WIDE, layout->numbers, &out->price, &out->size);
}

/* Reads the row if it has the layout; returns what follows, or NULL. layout->reach bytes can be read. */
static inline const uint8_t *scan_fixed_row(const uint8_t *row, struct row_layout *layout, struct raw_level *out) {
    if (!same_bytes(row, "[\"", 2) || !same_bytes(row + layout->comma, "\",", 2) || row[layout->comma + 2] != '"' ||
        !same_bytes(row + layout->stop, "\"]", 2) || !read_numbers(row, layout, out))
        return NULL;
    layout->misses = 0;
    out->price_decimals = (uint8_t)layout->digits[0].decimals;
    out->size_decimals = (uint8_t)layout->digits[1].decimals;
    return row + layout->stop + 2;
}

#endif
