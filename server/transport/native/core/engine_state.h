/* What one engine has: its connections, its calls by their numbers, and its queues. */
#pragma once

#include <arpa/inet.h>

#include "poller.h"
#include "socket.h"

enum { EVENTS_PER_TURN = 256, MOST_PREFIXES = 4, MOST_LISTENERS = 64, SWEEP_NANOS = 50000000 };
/* A call's number for Python: its place, how often the place was taken, and the engine's own mark. */
enum { PLACE_BITS = 24, GENERATION_BITS = 24, MARK_SHIFT = PLACE_BITS + GENERATION_BITS };

struct Engine;

/* Another process that asks and is told, in the place of threads of this one. */
typedef struct Outside {
    bool (*may_wait)(struct Outside *); /* nothing is there that no descriptor will tell of */
    void (*hear)(struct Outside *);     /* takes what is asked */
    void (*tell)(struct Outside *);     /* sends what is told */
} Outside;

typedef struct Engine {
    Limits limits;
    Counters *counters, own_counters; /* its own, or those in memory that it shares with another process */
    Delays *delays, own_delays;       /* likewise */
    Mailbox asked, told;
    int poller;
    int listeners[MOST_LISTENERS];
    bool heard[MOST_LISTENERS]; /* whether its connections are taken here */
    int listener_count;
    nghttp2_session_callbacks *callbacks;
    nghttp2_option *options;
    SSL_CTX *tls; /* of new connections; NULL: without TLS */
    bool running;
    Connection *connections, *dirty, *dead;
    Connection *idle_first, *idle_last; /* those without a call, the one that has been so for longest first */
    Connection *ready_first, *ready_last; /* those with calls that Python has not taken, in turn */
    uint32_t ready_count;
    atomic_bool *behind, own_behind;      /* calls wait until Python has taken what there is */
    uint64_t sent;                        /* things told that have left `told` for another process */
    atomic_ullong *taken, own_taken;      /* of these, what Python has taken */
    Outside *outside;                     /* NULL: Python is in this process */
    uint64_t mark;                        /* of its calls' numbers, among those of several engines */
    Peers peers;
    uint64_t serial; /* of connections */
    uint32_t count, half_open;
    Stream **streams; /* by the place in their id */
    uint32_t *generations, *vacant;
    uint32_t room, vacant_count;
    char many[MOST_PREFIXES][64]; /* how the paths of calls with many requests begin */
    int many_count;
    uint64_t now, swept;
    bool draining, stopping, deaf; /* deaf: the system has no descriptors, so nothing is accepted until the next sweep */
    uint64_t drain_since;
} Engine;

static uint64_t engine_now(const Engine *engine) { return engine->now; }
static Limits *engine_limits(Engine *engine) { return &engine->limits; }
static Counters *engine_counters(Engine *engine) { return engine->counters; }
static Delays *engine_delays(Engine *engine) { return engine->delays; }

static bool engine_has_many(Engine *engine, const Stream *stream) {
    for (int i = 0; i < engine->many_count; i++) {
        size_t size = strlen(engine->many[i]);
        if (stream->path.size >= size && !memcmp(stream->path.data, engine->many[i], size))
            return true;
    }
    return false;
}
