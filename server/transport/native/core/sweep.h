/* What time does to calls and connections: deadlines, silence, and what is not read. Engine thread only. */
#pragma once

#include "commands.h"

static bool passed(const Engine *engine, uint64_t since, double seconds) {
    return since && engine->now > since && (double)(engine->now - since) > seconds * 1e9;
}

static void sweep_stream(Engine *engine, Stream *stream) {
    const char *words = NULL;
    int status = STATUS_DEADLINE;
    Counters *counters = engine->counters;
    if (stream->ending) {
        /* A status waits behind the message that is not read. */
        bool answers = stream->status == STATUS_OK && (stream->sending != NULL || stream->answer_count);
        if (passed(engine, stream->ended_at, answers ? engine->limits.answer_within : engine->limits.status_within)) {
            COUNT(counters, unread_answers);
            stream->ended_at = 0; /* once */
            nghttp2_submit_rst_stream(
                stream->connection->session, NGHTTP2_FLAG_NONE, stream->number, NGHTTP2_CANCEL
            );
            engine_touch(engine, stream->connection);
        }
        return;
    }
    if (stream->deadline < engine->now) {
        words = "the deadline has passed";
        COUNT(counters, late_calls);
    } else if (stream->request_by < engine->now) {
        words = stream->told ? "no further request came for 30 s" : "the request did not come within 5 s";
        COUNT(counters, late_requests);
    } else if (passed(engine, stream->stuck_since, engine->limits.stall)) {
        words = "nothing was read for too long";
        status = STATUS_EXHAUSTED;
        COUNT(counters, stalled);
    } else if (stream->connection->goes_at < engine->now) {
        words = "this connection has reached its age; connect again";
        status = STATUS_UNAVAILABLE;
    }
    if (words != NULL) {
        stream_end(stream, status, (const uint8_t *)words, strlen(words), engine->now);
        engine_half_open(engine, stream, false);
        wake(engine, stream);
    }
}

/* Tells the client to connect anew; its calls have some more time. */
static void let_go(Engine *engine, Connection *connection) {
    COUNT(engine->counters, aged_connections);
    connection->old_at = NEVER;
    connection->goes_at = engine->now + (uint64_t)(engine->limits.age_grace * 1e9);
    if (connection->session != NULL)
        nghttp2_submit_shutdown_notice(connection->session);
    engine_touch(engine, connection);
}

/* Whether a connection without calls is of no more use; a moment after it was told to go, as a call may be under way. */
static bool spent(Engine *engine, const Connection *connection) {
    bool old = connection->goes_at != NEVER && passed(engine, connection->idle_since, 0.1);
    if (old || (engine->draining && passed(engine, engine->drain_since, 0.1)))
        return true;
    if (!passed(engine, connection->idle_since, engine->limits.idle))
        return false;
    COUNT(engine->counters, idle_connections);
    return true;
}

static void sweep_connection(Engine *engine, Connection *connection) {
    Limits *limits = &engine->limits;
    Counters *counters = engine->counters;
    for (Stream *stream = connection->streams, *next; stream != NULL; stream = next) {
        next = stream->after;
        sweep_stream(engine, stream);
    }
    if (connection->old_at < engine->now && !connection->closing)
        let_go(engine, connection);
    if (!connection->greeted && passed(engine, connection->opened, limits->handshake_within)) {
        COUNT(counters, late_handshakes);
        engine_drop(engine, connection);
    } else if (connection->pinged && passed(engine, connection->pinged, limits->ping_within)) {
        COUNT(counters, dead_connections);
        engine_drop(engine, connection);
    } else if (connection->closing && passed(engine, connection->heard, 1.0)) {
        engine_drop(engine, connection);
    } else if (!connection->closing && !connection->count && spent(engine, connection)) {
        connection_finish(engine, connection);
    } else if (connection->greeted && !connection->pinged && passed(engine, connection->heard, limits->ping_every)) {
        connection->pinged = engine->now;
        nghttp2_submit_ping(connection->session, NGHTTP2_FLAG_NONE, NULL);
        engine_touch(engine, connection);
    }
}

/* In all there are too many calls without a request: they end where most of them are. A request that comes with its call
 * is there before this is looked at. */
static void make_room(Engine *engine) {
    static const char needed[] = "the request did not come, and others need the place";
    while (engine->half_open > engine->limits.half_open) {
        Connection *greediest = engine->connections;
        for (Connection *each = greediest; each != NULL; each = each->after)
            if (each->half_open > greediest->half_open)
                greediest = each;
        for (Stream *stream = greediest->streams; stream != NULL; stream = stream->after) {
            if (!stream->half_open)
                continue;
            engine_half_open(engine, stream, false);
            COUNT(engine->counters, crowded_half_open);
            stream_end(stream, STATUS_EXHAUSTED, (const uint8_t *)needed, sizeof needed - 1, engine->now);
            wake(engine, stream);
        }
    }
}

static void engine_sweep(Engine *engine) {
    engine->swept = engine->now;
    if (engine->deaf)
        listen_again(engine, true);
    make_room(engine);
    for (Connection *connection = engine->connections, *next; connection != NULL; connection = next) {
        next = connection->after;
        sweep_connection(engine, connection);
    }
}
