/* One call: its request, what it answers, and the topic that it reads. Engine thread only. */
#pragma once

#include <nghttp2/nghttp2.h>

#include "grpc_text.h"
#include "topic.h"

enum { LONGEST_REQUEST = 64 << 10, MOST_HEADERS = 8 << 10, MOST_ANSWERS = 64 };

/* Of gRPC. */
enum {
    STATUS_OK = 0,
    STATUS_DEADLINE = 4,
    STATUS_EXHAUSTED = 8,
    STATUS_UNIMPLEMENTED = 12,
    STATUS_INTERNAL = 13,
    STATUS_UNAVAILABLE = 14,
};

struct Connection;

typedef struct Stream {
    struct Connection *connection;
    struct Stream *before, *after;             /* of the connection */
    struct Stream *topic_before, *topic_after; /* of the topic */
    struct Stream *ready_before, *ready_after; /* of the connection's calls that Python has not taken */
    Item *waiting, *waiting_last;              /* what Python is to know of such a call */
    uint64_t id;                               /* for Python */
    int32_t number;                            /* HTTP/2's */
    /* the request */
    Bytes path, headers, body;
    uint64_t deadline, request_by; /* monotonic nanoseconds, or NEVER */
    int trouble;                   /* a status that is the answer, before anything of it was served */
    const char *trouble_words;
    bool post, head, grpc, half_open, told, handed, many, request_ended, slow;
    /* the answer */
    bool began, suspended, ending, trailers_sent, idle, plain; /* plain: HTTP without gRPC, for whoever does not speak it */
    Payload *answers[MOST_ANSWERS]; /* of its own, before what the topic has */
    int answer_first, answer_count;
    Payload *sending;
    size_t sent;
    int status;
    Bytes words, details;
    uint64_t stuck_since; /* since when it has not had all that there is; 0: it has */
    uint64_t ended_at;
    Topic *topic;
    uint64_t cursor; /* the version of the newest message that it took */
    uint64_t last;   /* of a stream that ends: the version of the last message that it is owed */
    bool loses_nothing;
} Stream;

static inline void stream_mark_idle(Stream *stream, bool idle, uint64_t now) {
    if (stream->topic != NULL && idle)
        atomic_store(&stream->topic->words->taken, stream->cursor);
    if (stream->topic != NULL && stream->idle != idle) {
        if (idle)
            atomic_fetch_add(&stream->topic->words->idle, 1);
        else
            atomic_fetch_sub(&stream->topic->words->idle, 1);
    }
    stream->idle = idle;
    stream->stuck_since = idle ? 0 : now;
}

static inline void stream_attach(Stream *stream, Topic *topic, bool loses_nothing, uint64_t cursor) {
    stream->topic = topic;
    stream->loses_nothing = loses_nothing;
    stream->cursor = cursor;
    stream->topic_after = topic->first;
    if (topic->first != NULL)
        topic->first->topic_before = stream;
    topic->first = stream;
    atomic_fetch_add(&topic->words->streams, 1);
}

static inline void stream_detach(Stream *stream) {
    Topic *topic = stream->topic;
    if (topic == NULL)
        return;
    if (stream->idle)
        atomic_fetch_sub(&topic->words->idle, 1);
    if (stream->topic_before != NULL)
        stream->topic_before->topic_after = stream->topic_after;
    else
        topic->first = stream->topic_after;
    if (stream->topic_after != NULL)
        stream->topic_after->topic_before = stream->topic_before;
    stream->topic_before = stream->topic_after = NULL;
    stream->topic = NULL;
    stream->idle = false;
    atomic_fetch_sub(&topic->words->streams, 1);
    if (topic->forgotten && topic->first == NULL)
        topic_free(topic);
}

static inline void stream_free(Stream *stream) {
    stream_detach(stream);
    payload_release(stream->sending);
    for (int i = 0; i < stream->answer_count; i++)
        payload_release(stream->answers[(stream->answer_first + i) % MOST_ANSWERS]);
    bytes_free(&stream->path);
    bytes_free(&stream->headers);
    bytes_free(&stream->body);
    bytes_free(&stream->words);
    bytes_free(&stream->details);
    free(stream);
}

/* Takes the payload over; false where the call has too many that were not read. */
static inline bool stream_answer(Stream *stream, Payload *payload) {
    if (stream->answer_count == MOST_ANSWERS) {
        payload_release(payload);
        return false;
    }
    stream->answers[(stream->answer_first + stream->answer_count++) % MOST_ANSWERS] = payload;
    return true;
}

/* The status is set once: what comes first counts. It follows the message that is under way; see also `last`. */
static inline void stream_end(Stream *stream, int status, const uint8_t *words, size_t size, uint64_t now) {
    if (stream->ending)
        return;
    stream->ending = true;
    stream->last = 0;
    stream->ended_at = now;
    stream->status = status;
    append_percent(&stream->words, words, size);
}

typedef enum { NEXT_MESSAGE, NEXT_NOTHING, NEXT_END } Next;

/* What is to be sent now. Whoever loses an event that it must not lose is ended. */
static inline Next stream_next(Stream *stream, uint64_t now) {
    static const char slow[] = "the subscriber did not keep up with the events";
    if (stream->sending != NULL)
        return NEXT_MESSAGE;
    if (stream->answer_count) {
        stream->sending = stream->answers[stream->answer_first];
        stream->answer_first = (stream->answer_first + 1) % MOST_ANSWERS;
        stream->answer_count--;
        stream->sent = 0;
        return NEXT_MESSAGE;
    }
    Topic *topic = stream->topic;
    if (stream->ending && (topic == NULL || stream->cursor >= stream->last))
        return NEXT_END;
    if (topic == NULL || stream->cursor >= topic->version)
        return NEXT_NOTHING;
    stream->sent = 0;
    if (!topic->events) {
        atomic_fetch_add(&topic->words->conflated, topic->version - stream->cursor - 1);
        stream->cursor = topic->version;
        stream->sending = payload_share(topic->newest);
        return NEXT_MESSAGE;
    }
    uint64_t oldest = topic_oldest(topic);
    if (stream->cursor + 1 >= oldest) {
        stream->cursor++;
        stream->sending = payload_share(topic->ring[stream->cursor % topic->capacity]);
        return NEXT_MESSAGE;
    }
    if (stream->loses_nothing) {
        stream->slow = true;
        stream_end(stream, STATUS_EXHAUSTED, (const uint8_t *)slow, sizeof slow - 1, now);
        stream->last = 0; /* also of one that was ending */
        return NEXT_END;
    }
    uint64_t lost = oldest - stream->cursor - 1;
    stream->sending = topic_with_lost(topic, topic->ring[oldest % topic->capacity], lost);
    if (stream->sending == NULL)
        return NEXT_NOTHING; /* no memory now: it is tried again with the next event */
    atomic_fetch_add(&topic->words->dropped, lost);
    stream->cursor = oldest;
    return NEXT_MESSAGE;
}
