/* Which stream numbers of a connection are used up, as the frames that the client sends say. HTTP/2 uses no number twice,
 * and no frame follows the one that ends a stream. nghttp2 forgets a stream with its end, and ignores what comes after it
 * (it could keep them, at some hundred bytes each). Engine thread only. */
#pragma once

#include <nghttp2/nghttp2.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Two bits each of so many numbers; what is older than that is let pass. */
enum { NUMBERS_KEPT = 1024 };

enum { FRAME_HEAD = 9, PREFACE = 24 };

typedef struct {
    int32_t newest; /* 0: none */
    uint64_t opened[NUMBERS_KEPT / 64], ended[NUMBERS_KEPT / 64];
    /* the frame under way: its head so far, and what is left of its body */
    uint8_t head[FRAME_HEAD];
    uint32_t head_size, body;
} Numbers;

/* The client begins with the preface, which is no frame. */
static inline void numbers_begin(Numbers *numbers) { numbers->body = PREFACE; }

static inline uint64_t *numbers_word(uint64_t *bits, int32_t number, uint64_t *bit) {
    uint32_t place = (uint32_t)number / 2 % NUMBERS_KEPT;
    *bit = (uint64_t)1 << place % 64;
    return &bits[place / 64];
}

static inline bool numbers_get(uint64_t *bits, int32_t number) {
    uint64_t bit, *word = numbers_word(bits, number, &bit);
    return *word & bit;
}

static inline void numbers_set(uint64_t *bits, int32_t number, bool value) {
    uint64_t bit, *word = numbers_word(bits, number, &bit);
    *word = value ? *word | bit : *word & ~bit;
}

static inline bool numbers_keep(const Numbers *numbers, int32_t number) {
    return number % 2 && number <= numbers->newest && (numbers->newest - number) / 2 < NUMBERS_KEPT;
}

/* The client opens the stream of this number, and of none between the last one and this. */
static inline void numbers_open(Numbers *numbers, int32_t number) {
    int32_t skipped = (number - numbers->newest) / 2;
    int32_t first = skipped < NUMBERS_KEPT ? numbers->newest + 2 : number - 2 * (NUMBERS_KEPT - 1);
    for (int32_t each = first | 1; each < number; each += 2) {
        numbers_set(numbers->opened, each, false);
        numbers_set(numbers->ended, each, false);
    }
    numbers_set(numbers->opened, number, true);
    numbers_set(numbers->ended, number, false);
    numbers->newest = number;
}

static inline uint32_t numbers_frame(Numbers *numbers, uint8_t type, uint8_t flags, int32_t number) {
    bool carries = type == NGHTTP2_HEADERS || type == NGHTTP2_DATA;
    if (!carries && type != NGHTTP2_RST_STREAM)
        return NGHTTP2_NO_ERROR;
    if (type == NGHTTP2_HEADERS && number % 2 && number > numbers->newest)
        numbers_open(numbers, number);
    if (!numbers_keep(numbers, number))
        return NGHTTP2_NO_ERROR;
    if (type == NGHTTP2_HEADERS && !numbers_get(numbers->opened, number))
        return NGHTTP2_PROTOCOL_ERROR;
    if (carries && numbers_get(numbers->ended, number))
        return NGHTTP2_STREAM_CLOSED;
    if (!carries || flags & NGHTTP2_FLAG_END_STREAM)
        numbers_set(numbers->ended, number, true);
    return NGHTTP2_NO_ERROR;
}

/* What the client sends, in pieces of any size. The first error of HTTP/2 in it, or NGHTTP2_NO_ERROR. */
static inline uint32_t numbers_read(Numbers *numbers, const uint8_t *data, size_t size) {
    uint32_t error = NGHTTP2_NO_ERROR;
    while (size) {
        uint32_t left = numbers->body ? numbers->body : FRAME_HEAD - numbers->head_size;
        uint32_t piece = size < left ? (uint32_t)size : left;
        if (numbers->body) {
            numbers->body -= piece;
        } else {
            memcpy(numbers->head + numbers->head_size, data, piece);
            numbers->head_size += piece;
        }
        data += piece;
        size -= piece;
        if (numbers->head_size < FRAME_HEAD)
            continue;
        const uint8_t *head = numbers->head;
        numbers->head_size = 0;
        numbers->body = (uint32_t)head[0] << 16 | (uint32_t)head[1] << 8 | head[2];
        uint32_t number = (uint32_t)(head[5] & 127) << 24 | (uint32_t)head[6] << 16 | (uint32_t)head[7] << 8 | head[8];
        if (error == NGHTTP2_NO_ERROR)
            error = numbers_frame(numbers, head[3], head[4], (int32_t)number);
    }
    return error;
}
