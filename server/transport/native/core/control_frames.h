/* What the server and its serving processes say to each other over a Unix socket: a head of fixed size, and four byte
 * strings behind it. Both are of one build, on one machine. */
#pragma once

#include "bytes.h"
#include "mailbox.h"
#include "topic.h"

typedef enum {
    SAY_ATTACH = 1, /* call, topic (text: a TopicShape), number: whether a loss ends the stream */
    SAY_SEND,       /* call, number: whether it is the only answer, body */
    SAY_END,        /* call, number: the status, text, details */
    SAY_SECURE,     /* text: the chain, details: the key, headers: the authority */
    SAY_LISTEN,     /* number: a listener, whose connections are taken from now on */
    SAY_UNLISTEN,   /* number: a listener, whose connections others take */
    SAY_DRAIN,
    SAY_STOP,
} SayKind;

/* Beside TellKind, of which the peer is in `details`: the process serves. */
enum { TELL_READY = 100 };

typedef struct FrameHead {
    uint32_t kind;
    uint32_t text, details, headers, body; /* bytes of each */
    uint32_t unused;
    uint64_t call;
    int64_t number;
    uint64_t position; /* of the ring: what was published before it comes before it */
} FrameHead;

typedef struct TopicShape {
    uint64_t key;
    uint64_t version; /* events before the stream's first */
    uint32_t place;
    uint32_t events;
    uint32_t capacity;
    uint32_t dropped_fields[MOST_FIELDS];
    uint32_t unused;
} TopicShape;

/* A frame that is larger is none: more than any answer has. */
enum { LONGEST_FRAME = 64 << 20 };

static inline size_t frame_size(const FrameHead *head) {
    return sizeof *head + (size_t)head->text + head->details + head->headers + head->body;
}

/* Appends what is told as a frame. */
static inline void frame_append(Bytes *out, const Item *item) {
    size_t peer = strlen(item->peer);
    FrameHead head = {
        .kind = (uint32_t)item->kind,
        .text = (uint32_t)item->text.size,
        .details = (uint32_t)peer,
        .headers = (uint32_t)item->headers.size,
        .body = (uint32_t)item->body.size,
        .call = item->call,
        .number = item->number,
    };
    bytes_append(out, &head, sizeof head);
    bytes_append(out, item->text.data, item->text.size);
    bytes_append(out, item->peer, peer);
    bytes_append(out, item->headers.data, item->headers.size);
    bytes_append(out, item->body.data, item->body.size);
}
