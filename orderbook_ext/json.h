/* The parts of JSON that a frame scanner needs: skip white space, strings, numbers and words, all validated.
 *
 * Every function takes a pointer into the frame and its end, reads nothing at or behind the end, and returns what follows
 * the thing it read, or NULL if it is not there.
 */
#ifndef ONEBOOK_JSON_H
#define ONEBOOK_JSON_H

#include "number.h"

static inline const uint8_t *skip_space(const uint8_t *p, const uint8_t *end) {
    while (p < end && *p <= ' ' && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t')) p++;
    return p;
}

/* Bits 7 of the bytes that are zero; above the lowest such byte there may be wrong ones. */
static inline uint64_t zero_bytes(uint64_t chunk) {
    return (chunk - 0x0101010101010101ULL) & ~chunk & 0x8080808080808080ULL;
}

/* The same for bytes that end a plain run of string characters: quote, backslash, control character. */
static inline uint64_t string_stops(uint64_t chunk) {
    uint64_t control = (chunk - 0x2020202020202020ULL) & ~chunk & 0x8080808080808080ULL;
    return control | zero_bytes(chunk ^ 0x2222222222222222ULL) | zero_bytes(chunk ^ 0x5C5C5C5C5C5C5C5CULL);
}

static inline bool is_hex(uint8_t c) { return is_digit(c) || (uint8_t)((c | 0x20) - 'a') < 6; }

static const uint8_t *skip_escape(const uint8_t *p, const uint8_t *end) {
    if (end - p < 2) return NULL;
    if (p[1] != 'u') return p[1] && strchr("\"\\/bfnrt", p[1]) ? p + 2 : NULL;
    if (end - p < 6) return NULL;
    for (int i = 2; i < 6; i++)
        if (!is_hex(p[i])) return NULL;
    return p + 6;
}

/* From behind the opening quote to behind the closing one. */
static inline const uint8_t *skip_string(const uint8_t *p, const uint8_t *end, bool *escaped) {
    *escaped = false;
    for (;;) {
        uint64_t stops = 0;
        for (; end - p >= 8 && !stops; p += stops ? __builtin_ctzll(stops) >> 3 : 8) stops = string_stops(load8(p));
        while (!stops && p < end && *p != '"' && *p != '\\' && *p >= 0x20) p++;
        if (p == end || *p < 0x20) return NULL;
        if (*p == '"') return p + 1;
        *escaped = true;
        p = skip_escape(p, end);
        if (!p) return NULL;
    }
}

static const uint8_t *skip_digits(const uint8_t *p, const uint8_t *end) {
    const uint8_t *start = p;
    while (p < end && is_digit(*p)) p++;
    return p == start ? NULL : p;
}

/* A JSON number; p < end. */
static const uint8_t *skip_number(const uint8_t *p, const uint8_t *end) {
    if (*p == '-') p++;
    const uint8_t *start = p;
    p = skip_digits(p, end);
    if (!p || (*start == '0' && p - start > 1)) return NULL;
    if (p < end && *p == '.' && !(p = skip_digits(p + 1, end))) return NULL;
    if (p < end && (*p | 0x20) == 'e') {
        p++;
        if (p < end && (*p == '+' || *p == '-')) p++;
        p = skip_digits(p, end);
    }
    return p;
}

static const uint8_t *skip_word(const uint8_t *p, const uint8_t *end, const char *word) {
    size_t length = strlen(word);
    return (size_t)(end - p) >= length && memcmp(p, word, length) == 0 ? p + length : NULL;
}

/* A value that is no object and no array; p < end. */
static const uint8_t *skip_scalar(const uint8_t *p, const uint8_t *end) {
    bool escaped;
    switch (*p) {
    case '"': return skip_string(p + 1, end, &escaped);
    case 't': return skip_word(p, end, "true");
    case 'f': return skip_word(p, end, "false");
    case 'n': return skip_word(p, end, "null");
    default: return skip_number(p, end);
    }
}

static inline bool is_continuation(const uint8_t *p, uint8_t low, uint8_t high) { return *p >= low && *p <= high; }

/* Valid UTF-8 as Python decodes it: shortest forms, no surrogates, up to U+10FFFF. */
static bool is_utf8(const uint8_t *p, const uint8_t *end) {
    while (p < end) {
        if (end - p >= 8 && !(load8(p) & 0x8080808080808080ULL)) {
            p += 8;
            continue;
        }
        uint8_t lead = *p++;
        if (lead < 0x80) continue;
        int more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
        if (lead < 0xC2 || lead > 0xF4 || end - p < more) return false;
        uint8_t low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
        uint8_t high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
        if (!is_continuation(p++, low, high)) return false;
        for (; more > 1; more--)
            if (!is_continuation(p++, 0x80, 0xBF)) return false;
    }
    return true;
}

#endif
