/* Growing bytes. A failed allocation is remembered in `failed`: what was appended then is not whole. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    uint8_t *data;
    size_t size, room;
    bool failed;
} Bytes;

static inline bool bytes_reserve(Bytes *bytes, size_t more) {
    if (bytes->size + more <= bytes->room)
        return true;
    size_t room = bytes->room ? bytes->room : 256;
    while (room < bytes->size + more)
        room *= 2;
    uint8_t *grown = realloc(bytes->data, room);
    if (grown == NULL) {
        bytes->failed = true;
        return false;
    }
    bytes->data = grown;
    bytes->room = room;
    return true;
}

static inline bool bytes_append(Bytes *bytes, const void *data, size_t size) {
    if (!bytes_reserve(bytes, size))
        return false;
    if (size)
        memcpy(bytes->data + bytes->size, data, size);
    bytes->size += size;
    return true;
}

/* Drops the first bytes. */
static inline void bytes_consume(Bytes *bytes, size_t count) {
    bytes->size -= count;
    if (bytes->size)
        memmove(bytes->data, bytes->data + count, bytes->size);
}

static inline void bytes_free(Bytes *bytes) {
    free(bytes->data);
    *bytes = (Bytes){0};
}
