/* Text, numbers and decimals as JSON, into a buffer that grows. */
#ifndef ONEBOOK_JSON_TEXT_H
#define ONEBOOK_JSON_TEXT_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "spell.h"

enum { MOST_DECIMALS = 400 };

struct json_out {
    char *start;
    size_t length, room;
};

/* Makes room for so many more bytes; false without memory. */
static inline int json_room(struct json_out *out, size_t more) {
    if (out->room - out->length >= more) return 1;
    size_t room = 2 * out->room + more;
    char *grown = (char *)realloc(out->start, room);
    if (!grown) return 0;
    out->start = grown;
    out->room = room;
    return 1;
}

static inline int json_raw(struct json_out *out, const char *text, size_t length) {
    if (!json_room(out, length)) return 0;
    memcpy(out->start + out->length, text, length);
    out->length += length;
    return 1;
}

/* Length of the UTF-8 sequence at `p`, which begins with a byte above 127; 0 if it is none. */
static inline size_t utf8_sequence(const uint8_t *p, size_t left) {
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t length = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : p[0] >= 0xc0 ? 2 : 0;
    if (!length || p[0] > 0xf4 || length > left) return 0;
    uint32_t value = p[0] & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((p[i] & 0xc0) != 0x80) return 0;
        value = value << 6 | (p[i] & 0x3f);
    }
    return value < least[length] || value > 0x10ffff || (value >= 0xd800 && value < 0xe000) ? 0 : length;
}

/* The inside of a string; false without memory, or where the text is no UTF-8 (`valid` says which). */
static inline int json_escaped(struct json_out *out, const uint8_t *text, size_t length, int *valid) {
    static const char hex[] = "0123456789abcdef";
    if (!json_room(out, 6 * length)) return 0;
    char *p = out->start + out->length;
    for (size_t i = 0; i < length;) {
        uint8_t c = text[i];
        if (c > 127) {
            size_t count = utf8_sequence(text + i, length - i);
            if (!count) {
                *valid = 0;
                return 0;
            }
            memcpy(p, text + i, count);
            p += count;
            i += count;
            continue;
        }
        i++;
        if (c >= 32 && c != '"' && c != '\\') {
            *p++ = (char)c;
            continue;
        }
        *p++ = '\\';
        char short_form = c == '"' || c == '\\' ? (char)c : c == '\n' ? 'n' : c == '\r' ? 'r' : c == '\t' ? 't'
                        : c == '\b' ? 'b' : c == '\f' ? 'f' : 0;
        if (short_form) {
            *p++ = short_form;
            continue;
        }
        *p++ = 'u';
        *p++ = '0';
        *p++ = '0';
        *p++ = hex[c >> 4];
        *p++ = hex[c & 15];
    }
    out->length = (size_t)(p - out->start);
    return 1;
}

/* A whole number, in quotation marks where `quoted`. */
static inline int json_whole(struct json_out *out, uint64_t value, int negative, int quoted) {
    char text[24], *end = text + sizeof text, *start;
    if (quoted) *--end = '"';
    start = digits_before(end, value);
    if (negative) *--start = '-';
    if (quoted) *--start = '"';
    return json_raw(out, start, (size_t)(text + sizeof text - start));
}

/* "mantissa * 10**exponent" with as many decimals as the exponent says, which is within MOST_DECIMALS. */
static inline int json_decimal(struct json_out *out, int64_t mantissa, int exponent) {
    char text[24], *end = text + sizeof text;
    uint64_t value = mantissa < 0 ? 0 - (uint64_t)mantissa : (uint64_t)mantissa;
    const char *digits = digits_before(end, value);
    size_t count = (size_t)(end - digits);
    if (!json_room(out, 32 + MOST_DECIMALS)) return 0;
    char *p = out->start + out->length;
    *p++ = '"';
    if (mantissa < 0) *p++ = '-';
    if (exponent >= 0) {
        memcpy(p, digits, count);
        p += count;
        if (value) {
            memset(p, '0', (size_t)exponent);
            p += exponent;
        }
    } else {
        size_t decimals = (size_t)-exponent;
        if (count > decimals) {
            memcpy(p, digits, count - decimals);
            p += count - decimals;
            digits += count - decimals;
            count = decimals;
        } else {
            *p++ = '0';
        }
        *p++ = '.';
        memset(p, '0', decimals - count);
        p += decimals - count;
        memcpy(p, digits, count);
        p += count;
    }
    *p++ = '"';
    out->length = (size_t)(p - out->start);
    return 1;
}

#endif
