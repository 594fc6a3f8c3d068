/* The head of a record of a recording, as docs/recording.md has it: numbers are little-endian. */
#ifndef ONEBOOK_RECORD_HEAD_H
#define ONEBOOK_RECORD_HEAD_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum {
    RECORD_HEAD = 32,  /* bytes */
    RECEIVED_KIND = 2, /* a message from a venue */
    TICK_KIND = 7,     /* the connection looked at its clock */
};

struct record_head {
    uint32_t length, source;
    uint8_t kind;
    int64_t time, monotonic;
};

static inline uint64_t little(const uint8_t *at, int bytes) {
    uint64_t value = 0;
    for (int i = bytes - 1; i >= 0; i--) value = value << 8 | at[i];
    return value;
}

static inline struct record_head record_head_at(const uint8_t *at) {
    return (struct record_head){
        .length = (uint32_t)little(at, 4),
        .source = (uint32_t)little(at + 4, 4),
        .kind = at[8],
        .time = (int64_t)little(at + 16, 8),
        .monotonic = (int64_t)little(at + 24, 8),
    };
}

/* The sum, or the end of what can be counted. */
static inline int64_t saturated_sum(int64_t a, int64_t b) {
    int64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? (b > 0 ? INT64_MAX : INT64_MIN) : sum;
}

#endif
