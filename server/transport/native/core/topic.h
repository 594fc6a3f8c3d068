/* What the streams of one channel read: the newest state, or the newest events in order. Engine thread only, but for the
 * counters. */
#pragma once

#include "mailbox.h"

enum { MOST_FIELDS = 8 };

/* What other threads, or another process, know of a topic's streams. */
typedef struct TopicWords {
    atomic_uint streams;
    atomic_uint idle;  /* streams that have every message */
    atomic_bool waits; /* Python wants to know of the next idle stream */
    atomic_ullong conflated, dropped;
    atomic_ullong taken; /* the version up to which the stream that was idle last had every message */
} TopicWords;

typedef struct Topic {
    uint64_t key; /* its name for Python */
    bool events;       /* every one of them, in order; else the newest state */
    uint32_t capacity; /* events kept */
    uint32_t dropped_fields[MOST_FIELDS];
    /* By the field number of a response's only message: that of the number of events lost before it; 0: none. */
    uint64_t version;  /* messages so far */
    Payload *newest;
    Payload **ring; /* event n stands at n % capacity */
    struct Stream *first;
    uint64_t lost_until; /* an event that never came here, nor did those before it that a stream has not taken; 0: none */
    bool forgotten;
    TopicWords *words, own_words; /* its own, or those in memory that it shares with another process */
    struct Topic **held; /* the place that is empty once the topic is freed, or NULL */
    struct Topic *next_changed;
    bool changed; /* another process has a newer state of it */
} Topic;

/* NULL without memory. */
static inline Topic *topic_new(bool events, uint32_t capacity) {
    Topic *made = calloc(1, sizeof(Topic));
    if (made == NULL)
        return NULL;
    made->key = (uint64_t)(uintptr_t)made;
    made->events = events;
    made->capacity = capacity;
    made->words = &made->own_words;
    if (events) {
        made->ring = calloc(capacity, sizeof(Payload *));
        if (made->ring == NULL) {
            free(made);
            return NULL;
        }
    }
    return made;
}

static inline void topic_free(Topic *topic) {
    if (topic->held != NULL)
        *topic->held = NULL;
    payload_release(topic->newest);
    for (uint32_t i = 0; topic->ring != NULL && i < topic->capacity; i++)
        payload_release(topic->ring[i]);
    free(topic->ring);
    free(topic);
}

/* Takes the payload over. */
static inline void topic_publish(Topic *topic, Payload *payload) {
    topic->version++;
    Payload **place = topic->events ? &topic->ring[topic->version % topic->capacity] : &topic->newest;
    payload_release(*place);
    *place = payload;
}

/* The next message is this one: those in between will never come. */
static inline void topic_skip(Topic *topic, uint64_t next) {
    topic->version = topic->lost_until = next - 1;
}

/* The oldest event that is kept. */
static inline uint64_t topic_oldest(const Topic *topic) {
    uint64_t oldest = topic->version > topic->capacity ? topic->version - topic->capacity + 1 : 1;
    return oldest > topic->lost_until ? oldest : topic->lost_until + 1;
}

/* Where a new stream begins: with the newest state, or behind the newest event. */
static inline uint64_t topic_first_cursor(const Topic *topic) {
    return topic->events || !topic->version ? topic->version : topic->version - 1;
}

static inline size_t varint_put(uint8_t *into, uint64_t value) {
    size_t size = 0;
    for (; value > 127; value >>= 7)
        into[size++] = (uint8_t)(value | 128);
    into[size++] = (uint8_t)value;
    return size;
}

static inline const uint8_t *varint_get(const uint8_t *at, const uint8_t *end, uint64_t *value) {
    *value = 0;
    for (int shift = 0; at < end && shift < 64; shift += 7) {
        *value |= (uint64_t)(*at & 127) << shift;
        if (*at++ < 128)
            return at;
    }
    return NULL;
}

/* The number in a varint field of a message, or 0. Protobuf: the last one counts. */
static inline uint64_t varint_field(const uint8_t *at, const uint8_t *end, uint32_t field) {
    uint64_t found = 0, tag, value;
    while (at < end) {
        at = varint_get(at, end, &tag);
        if (at == NULL)
            return found;
        switch (tag & 7) {
        case 0:
            at = varint_get(at, end, &value);
            if (at == NULL)
                return found;
            if (tag >> 3 == field)
                found = value;
            break;
        case 1:
            if (end - at < 8)
                return found;
            at += 8;
            break;
        case 2:
            at = varint_get(at, end, &value);
            if (at == NULL || value > (uint64_t)(end - at))
                return found;
            at += value;
            break;
        case 5:
            if (end - at < 4)
                return found;
            at += 4;
            break;
        default:
            return found;
        }
    }
    return found;
}

/* A copy of an event that says how many were lost before it: the response's message follows once more, with that number
 * alone, and whoever parses it merges the two (protobuf.dev, "Encoding": Last One Wins). */
static inline Payload *topic_with_lost(const Topic *topic, const Payload *event, uint64_t lost) {
    const uint8_t *message = event->bytes + MESSAGE_PREFIX, *end = event->bytes + event->size;
    uint64_t tag = 0, size = 0;
    const uint8_t *body = varint_get(message, end, &tag);
    body = body == NULL ? NULL : varint_get(body, end, &size);
    uint32_t number = tag >> 3 < MOST_FIELDS ? topic->dropped_fields[tag >> 3] : 0;
    if (body == NULL || size > (uint64_t)(end - body) || !number)
        return payload_after(event, NULL, 0);
    lost += varint_field(body, body + size, number);
    uint8_t field[20], tail[40];
    size_t field_size = varint_put(field, (uint64_t)number << 3);
    field_size += varint_put(field + field_size, lost);
    size_t tail_size = varint_put(tail, tag);
    tail_size += varint_put(tail + tail_size, field_size);
    memcpy(tail + tail_size, field, field_size);
    return payload_after(event, tail, tail_size + field_size);
}

/* For other threads. */
static inline uint64_t topic_conflated(Topic *topic) { return atomic_load(&topic->words->conflated); }
static inline uint64_t topic_dropped(Topic *topic) { return atomic_load(&topic->words->dropped); }

/* Of a topic with one stream: whether it has not taken all of so many messages yet; that it has is told of then. */
static inline bool topic_behind(Topic *topic, uint64_t published) {
    TopicWords *words = topic->words;
    if (atomic_load(&words->taken) >= published)
        return false;
    atomic_store(&words->waits, true);
    return atomic_load(&words->taken) < published || !atomic_exchange(&words->waits, false);
}

/* Whether there are streams and none can take a message now; the next that can is told of then. */
static inline bool topic_busy(Topic *topic) {
    TopicWords *words = topic->words;
    if (!atomic_load(&words->streams) || atomic_load(&words->idle))
        return false;
    atomic_store(&words->waits, true);
    return !atomic_load(&words->idle) || !atomic_exchange(&words->waits, false);
}
