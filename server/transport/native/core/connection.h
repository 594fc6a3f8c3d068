/* One client's connection: HTTP/2 by nghttp2, gRPC on top. Engine thread only. */
#pragma once

#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "counters.h"
#include "delays.h"
#include "numbers.h"
#include "peers.h"
#include "stream.h"
#include "tls.h"

/* Bytes that wait for the socket, from which on nothing is added: what is newer then replaces what is older. */
enum { OUT_ENOUGH = 128 << 10 };
/* Frames that cost us and bring nothing: so many at once, then so many per second, and one per so many bytes sent. */
enum { CREDIT = 5000, CREDIT_PER_SECOND = 1000, BYTES_PER_CREDIT = 512 };
enum { RESET_COSTS = 4, SETTINGS_COST = 10, REFUSED_COSTS = 10, ANSWER_EARNS = 2 };
enum { HALF_OPEN_PER_CONNECTION = 100 };
/* Pings sooner than a second after the last one, with nothing sent to the client in between. */
enum { IDLE_PINGS = 20, PING_NANOS = 900000000 };

/* Numbers and seconds; an age of 0 is none. */
typedef struct Limits {
    uint32_t connections, calls_per_connection, half_open;
    double request_within, handshake_within, idle, ping_every, ping_within, answer_within, status_within, stall;
    double age, age_grace;
} Limits;

struct Engine;

typedef struct Connection {
    struct Engine *engine;
    int fd;
    struct Connection *before, *after;
    struct Connection *idle_before, *idle_after;   /* among those without a call */
    struct Connection *ready_before, *ready_after; /* among those with calls that Python has not taken */
    Stream *calls_first, *calls_last;              /* these calls */
    struct Connection *next_dirty;
    bool dirty, closing, greeted, registered_out, idle, ready;
    bool left; /* the client has said that it goes */
    SSL *ssl; /* NULL: without TLS */
    nghttp2_session *session; /* NULL until the client has said something */
    Stream *streams;
    uint32_t count, half_open;
    Numbers numbers;
    Bytes out;
    size_t gone; /* bytes of `out` that the socket has taken */
    uint64_t published; /* when the message that is measured was published; 0: none is */
    size_t measured;    /* where it ends in `out` */
    uint64_t opened, heard, idle_since, pinged;
    uint64_t old_at, goes_at; /* when it tells the client to connect anew, and when its calls end for that; or NEVER */
    Peer *counted;
    double credit, calls_credit; /* for frames that bring nothing, and for calls */
    uint64_t credit_at, calls_at;
    uint64_t ping_heard;
    int idle_pings;
    bool sent_since_ping;
    char peer[64];
} Connection;

/* Of the engine. */
static uint64_t engine_now(const struct Engine *engine);
static Limits *engine_limits(struct Engine *engine);
static Counters *engine_counters(struct Engine *engine);
static Delays *engine_delays(struct Engine *engine);
static Stream *engine_open(struct Engine *engine, Connection *connection, int32_t number);
static void engine_close(struct Engine *engine, Stream *stream);
static void engine_tell_call(struct Engine *engine, Stream *stream, int flags, const uint8_t *body, size_t size);
static void engine_tell(
    struct Engine *engine, int kind, Stream *stream, int flags, const uint8_t *body, size_t size
);
static bool engine_has_many(struct Engine *engine, const Stream *stream);
static void engine_mark_idle(struct Engine *engine, Connection *connection, bool idle);
static void engine_half_open(struct Engine *engine, Stream *stream, bool half_open);
static void engine_free_topic(struct Engine *engine, Topic *topic);

static inline Stream *stream_of(nghttp2_session *session, int32_t number) {
    return nghttp2_session_get_stream_user_data(session, number);
}

static inline nghttp2_nv header(const char *name, const uint8_t *value, size_t size) {
    return (nghttp2_nv){(uint8_t *)name, (uint8_t *)value, strlen(name), size, NGHTTP2_NV_FLAG_NONE};
}

static inline nghttp2_nv text_header(const char *name, const char *value) {
    return header(name, (const uint8_t *)value, strlen(value));
}
