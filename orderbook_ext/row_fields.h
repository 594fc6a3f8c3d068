/* One row of any shape: an array with its fields in columns, or an object with its fields under keys. */
#ifndef ONEBOOK_ROW_FIELDS_H
#define ONEBOOK_ROW_FIELDS_H

#include "levels.h"
#include "shape.h"
#include "stamp.h"

/* What a row says. `side` is 0 bids, 1 asks. */
struct row {
    struct number price, size;
    int64_t number, count;
    int side;
    uint8_t found; /* bits of the fields */
};

/* The number without zeros at its end, as many as `decimals` need to go. */
static bool trim_number(struct number *number, int64_t *decimals) {
    while (*decimals > MAX_DECIMALS && number->mantissa % 10 == 0) {
        number->mantissa /= 10;
        (*decimals)--;
    }
    return *decimals <= MAX_DECIMALS;
}

/* Behind the digits of a bare number: the exponent, if there is one. */
static const uint8_t *scan_exponent(const uint8_t *p, const uint8_t *end, struct number *out) {
    if (p == end || (*p | 0x20) != 'e') return p;
    bool negative = ++p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+')) p++;
    const uint8_t *start = p;
    int64_t exponent = 0;
    for (; p < end && is_digit(*p); p++)
        if (exponent < 1000) exponent = exponent * 10 + (*p - '0');
    if (p == start) return NULL;
    if (out->mantissa == 0) {
        *out = (struct number){0, 0};
        return p;
    }
    int64_t decimals = (int64_t)out->decimals + (negative ? exponent : -exponent);
    if (decimals < 0) {
        if (decimals < -MAX_DECIMALS || out->mantissa > INT64_MAX / POW10[-decimals]) return NULL;
        out->mantissa *= POW10[-decimals];
        decimals = 0;
    }
    if (!trim_number(out, &decimals)) return NULL;
    out->decimals = (uint32_t)decimals;
    return p;
}

/* A number of a level: quoted, or bare and then possibly with an exponent. */
static inline const uint8_t *scan_number(const uint8_t *p, const uint8_t *end, struct number *out) {
    struct digit_guess guess = {0, 0};
    if (p == end) return NULL;
    if (*p == '"') {
        p = parse_number(p + 1, end, out, &guess);
        return p && p < end && *p == '"' ? p + 1 : NULL;
    }
    if (*p == '0' && end - p > 1 && is_digit(p[1])) return NULL;
    p = parse_number(p, end, out, &guess);
    return p ? scan_exponent(p, end, out) : NULL;
}

/* An integer of at most 63 bits and its sign, quoted or bare. */
static const uint8_t *scan_integer(const uint8_t *p, const uint8_t *end, int64_t *out) {
    bool quoted = p < end && *p == '"';
    if (quoted) p++;
    bool negative = p < end && *p == '-';
    if (negative) p++;
    const uint8_t *start = p;
    uint64_t value = 0;
    for (uint32_t run = 8; run == 8 && p - start < 16 && end - p >= 8; p += run) { /* cannot overflow yet */
        uint64_t digits = load_digits(p);
        run = digit_run(digits);
        if (run) value = value * POW10[run] + digits_value(digits, run);
    }
    for (; p < end && is_digit(*p); p++) {
        uint64_t digit = (uint64_t)(*p - '0');
        if (value > INT64_MAX / 10 || value * 10 > INT64_MAX - digit) return NULL;
        value = value * 10 + digit;
    }
    if (p == start || (!quoted && *start == '0' && p - start > 1)) return NULL;
    if (quoted && (p == end || *p++ != '"')) return NULL;
    *out = negative ? -(int64_t)value : (int64_t)value;
    return p;
}

/* A word without escapes. */
static const uint8_t *scan_word(const uint8_t *p, const uint8_t *end, const uint8_t **word, size_t *length) {
    bool escaped;
    if (p == end || *p != '"') return NULL;
    *word = p + 1;
    p = skip_string(p + 1, end, &escaped);
    if (!p || escaped) return NULL;
    *length = (size_t)(p - 1 - *word);
    return p;
}

static const uint8_t *scan_side_word(const struct frame_shape *shape, const uint8_t *p, const uint8_t *end, int *side) {
    const uint8_t *word;
    size_t length;
    p = scan_word(p, end, &word, &length);
    if (!p) return NULL;
    if (words_have(&shape->bid_words, word, length)) *side = 0;
    else if (words_have(&shape->ask_words, word, length)) *side = 1;
    else return NULL;
    return p;
}

static const uint8_t *scan_size(const struct row_shape *rows, const uint8_t *p, const uint8_t *end, struct row *row) {
    if (!rows->signed_size) return scan_number(p, end, &row->size);
    bool negative = p < end && *p == '-';
    row->side = negative;
    return scan_number(p + negative, end, &row->size);
}

/* The value of one field of a row; field is not FIELD_NONE. */
static const uint8_t *scan_field(const struct frame_shape *shape, const struct row_shape *rows, enum row_field field,
                                 const uint8_t *p, const uint8_t *end, struct row *row) {
    if (row->found >> field & 1) return NULL;
    row->found |= (uint8_t)(1 << field);
    switch (field) {
    case FIELD_PRICE: return scan_number(p, end, &row->price);
    case FIELD_SIZE: return scan_size(rows, p, end, row);
    case FIELD_SIDE: return scan_side_word(shape, p, end, &row->side);
    case FIELD_NUMBER: return scan_integer(p, end, &row->number);
    default: return scan_integer(p, end, &row->count);
    }
}

static inline bool row_complete(const struct row_shape *rows, const struct row *row) {
    return (row->found & rows->required) == rows->required;
}

/* Whether the row changes the book: not if it is no newer than `after`, or says nothing. */
static inline bool row_counts(const struct row_shape *rows, const struct row *row, int64_t after) {
    if (row->found >> FIELD_NUMBER & 1 && row->number <= after) return false;
    return !(rows->skip_zero && row->price.mantissa == 0);
}

static inline struct raw_level row_level(const struct row *row) {
    struct number size = row->found >> FIELD_COUNT & 1 && row->count == 0 ? (struct number){0, 0} : row->size;
    return (struct raw_level){row->price.mantissa, size.mantissa, (uint8_t)row->price.decimals, (uint8_t)size.decimals};
}

#endif
