/* Which stream numbers of a connection are used up. HTTP/2 uses no number twice, but nghttp2 forgets a stream with its
 * end: it could keep them, at some hundred bytes each. Engine thread only. */
#pragma once

#include <nghttp2/nghttp2.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Two bits each of so many numbers; what is older than that is let pass. */
enum { NUMBERS_KEPT = 1024 };

typedef struct {
    int32_t newest; /* 0: none */
    uint64_t opened[NUMBERS_KEPT / 64], ended[NUMBERS_KEPT / 64];
} Numbers;

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

/* The error of a client that sends HEADERS on a stream that is over, or 0. Where only the server has ended the
 * stream, the client may not know that yet. */
static inline uint32_t numbers_error(Numbers *numbers, int32_t number) {
    if (!numbers_keep(numbers, number))
        return NGHTTP2_NO_ERROR;
    if (!numbers_get(numbers->opened, number))
        return NGHTTP2_PROTOCOL_ERROR;
    return numbers_get(numbers->ended, number) ? NGHTTP2_STREAM_CLOSED : NGHTTP2_NO_ERROR;
}

/* Takes note of a frame that the client has begun to send. */
static inline void numbers_note(Numbers *numbers, const nghttp2_frame_hd *frame) {
    bool ends = frame->type == NGHTTP2_RST_STREAM;
    if (frame->type == NGHTTP2_HEADERS || frame->type == NGHTTP2_DATA)
        ends = frame->flags & NGHTTP2_FLAG_END_STREAM;
    if (frame->type == NGHTTP2_HEADERS && frame->stream_id % 2 && frame->stream_id > numbers->newest)
        numbers_open(numbers, frame->stream_id);
    if (ends && numbers_keep(numbers, frame->stream_id))
        numbers_set(numbers->ended, frame->stream_id, true);
}
