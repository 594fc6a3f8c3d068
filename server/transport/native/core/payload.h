/* The bytes of one gRPC message, shared by every stream that sends them. */
#pragma once

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { MESSAGE_PREFIX = 5 }; /* not compressed, and the length: four bytes, the highest first */

typedef struct {
    atomic_int references;
    size_t size; /* with the prefix */
    uint64_t published; /* monotonic nanoseconds; 0: an answer of one call, which nothing has published */
    uint8_t bytes[];
} Payload;

/* A message of this size, whose bytes are still to be written behind the prefix; NULL without memory. */
static inline Payload *payload_of(size_t size) {
    Payload *made = malloc(sizeof(Payload) + MESSAGE_PREFIX + size);
    if (made == NULL)
        return NULL;
    atomic_init(&made->references, 1);
    made->size = MESSAGE_PREFIX + size;
    made->published = 0;
    made->bytes[0] = 0;
    for (int i = 1; i < MESSAGE_PREFIX; i++)
        made->bytes[i] = (uint8_t)(size >> (32 - 8 * i));
    return made;
}

/* The message with its prefix, and after it `tail`, which belongs to the message; NULL without memory. */
static inline Payload *payload_new(const uint8_t *message, size_t size, const uint8_t *tail, size_t tail_size) {
    Payload *made = payload_of(size + tail_size);
    if (made == NULL)
        return NULL;
    memcpy(made->bytes + MESSAGE_PREFIX, message, size);
    if (tail_size)
        memcpy(made->bytes + MESSAGE_PREFIX + size, tail, tail_size);
    return made;
}

/* A copy of a message with a tail, which counts as published when the message was; NULL without memory. */
static inline Payload *payload_after(const Payload *message, const uint8_t *tail, size_t tail_size) {
    Payload *made = payload_new(message->bytes + MESSAGE_PREFIX, message->size - MESSAGE_PREFIX, tail, tail_size);
    if (made != NULL)
        made->published = message->published;
    return made;
}

static inline Payload *payload_share(Payload *payload) {
    atomic_fetch_add_explicit(&payload->references, 1, memory_order_relaxed);
    return payload;
}

static inline void payload_release(Payload *payload) {
    if (payload != NULL && atomic_fetch_sub_explicit(&payload->references, 1, memory_order_acq_rel) == 1)
        free(payload);
}
