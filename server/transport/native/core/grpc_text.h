/* The texts of gRPC over HTTP/2: grpc-timeout, grpc-message and details of a status in base64. */
#pragma once

#include "bytes.h"

#define NEVER UINT64_MAX

/* Nanoseconds of a grpc-timeout such as 500m: up to 8 digits and a unit; NEVER if it is none. */
static inline uint64_t timeout_nanos(const uint8_t *text, size_t size) {
    static const char units[] = "HMSmun";
    static const uint64_t nanos[] = {3600000000000u, 60000000000u, 1000000000u, 1000000u, 1000u, 1u};
    if (size < 2 || size > 9)
        return NEVER;
    uint64_t number = 0;
    for (size_t i = 0; i + 1 < size; i++) {
        if (text[i] < '0' || text[i] > '9')
            return NEVER;
        number = number * 10 + (uint64_t)(text[i] - '0');
    }
    const char *unit = memchr(units, text[size - 1], sizeof units - 1);
    if (unit == NULL)
        return NEVER;
    uint64_t each = nanos[unit - units];
    return number > (NEVER - 1) / each ? NEVER : number * each;
}

/* Percent-encodes what is not printable ASCII, and the percent sign. */
static inline void append_percent(Bytes *out, const uint8_t *text, size_t size) {
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < size; i++) {
        uint8_t byte = text[i];
        if (byte >= ' ' && byte <= '~' && byte != '%') {
            bytes_append(out, &byte, 1);
        } else {
            char coded[3] = {'%', digits[byte >> 4], digits[byte & 15]};
            bytes_append(out, coded, 3);
        }
    }
}

/* Base64 without padding, as gRPC sends -bin values. */
static inline void append_base64(Bytes *out, const uint8_t *data, size_t size) {
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < size; i += 3) {
        uint32_t three = (uint32_t)data[i] << 16;
        size_t there = size - i < 3 ? size - i : 3;
        if (there > 1)
            three |= (uint32_t)data[i + 1] << 8;
        if (there > 2)
            three |= data[i + 2];
        char coded[4] = {letters[three >> 18], letters[three >> 12 & 63], letters[three >> 6 & 63], letters[three & 63]};
        bytes_append(out, coded, there + 1);
    }
}
