/* Rows of a fixed layout: frames of many venues write every price, and nearly every size, with the same number of digits.
 *
 * Then the places of all characters of a row are known before it is looked at. It is checked as a whole, with one branch
 * for all digits, and no step waits for the one before to find out where a number ends.
 */
#ifndef ONEBOOK_ROW_H
#define ONEBOOK_ROW_H

#include <stddef.h>

#include "levels.h"

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
};

enum { STEADY_ROWS = 3 }; /* before that trying costs more than it brings, where zeros are trimmed */

static inline struct digit_place digit_place(uint32_t at, uint32_t digits) {
    return (struct digit_place){at, 1ULL << (64 - 8 * digits)};
}

/* The layout of a row of `length` bytes and 1..8 digits in each place. If the two do not agree, as when there are spaces
 * or other columns, the digits alone are kept. */
static void layout_init(struct row_layout *layout, const struct digit_guess digits[2], ptrdiff_t length) {
    struct digit_guess price = digits[0], size = digits[1];
    uint32_t point = 2 + price.whole, comma = point + 1 + price.decimals;
    uint32_t second = comma + 3 + size.whole, stop = second + 1 + size.decimals;
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
    layout->reach = second + 9 > stop + 2 ? second + 9 : stop + 2;
}

static inline bool same_bytes(const uint8_t *p, const char *text, size_t length) { return memcmp(p, text, length) == 0; }

static inline uint64_t place_digits(const uint8_t *row, struct digit_place place) {
    return load_digits(row + place.at) * place.shift;
}

/* Reads the row if it has the layout; returns what follows, or NULL. layout->reach bytes can be read. */
static inline const uint8_t *scan_fixed_row(const uint8_t *row, const struct row_layout *layout,
                                            struct raw_level *out) {
    uint64_t price_whole = place_digits(row, layout->price_whole);
    uint64_t price_decimals = place_digits(row, layout->price_decimals);
    uint64_t size_whole = place_digits(row, layout->size_whole);
    uint64_t size_decimals = place_digits(row, layout->size_decimals);
    uint64_t other = no_digits(price_whole) | no_digits(price_decimals) | no_digits(size_whole) | no_digits(size_decimals);
    if (other & 0x8080808080808080ULL) return NULL;
    if (!same_bytes(row, "[\"", 2) || row[layout->price_decimals.at - 1] != '.' ||
        !same_bytes(row + layout->comma, "\",", 2) || row[layout->comma + 2] != '"' ||
        row[layout->size_decimals.at - 1] != '.' || !same_bytes(row + layout->stop, "\"]", 2))
        return NULL;
    out->price = eight_digits(price_whole) * layout->price_unit + eight_digits(price_decimals);
    out->size = eight_digits(size_whole) * layout->size_unit + eight_digits(size_decimals);
    out->price_decimals = (uint8_t)layout->digits[0].decimals;
    out->size_decimals = (uint8_t)layout->digits[1].decimals;
    return row + layout->stop + 2;
}

#endif
