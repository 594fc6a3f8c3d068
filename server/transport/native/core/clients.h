/* The connections of an engine: written to, and let go. Engine thread only. */
#pragma once

#include "calls.h"

static void engine_touch(Engine *engine, Connection *connection) {
    if (connection->dirty)
        return;
    connection->dirty = true;
    connection->next_dirty = engine->dirty;
    engine->dirty = connection;
}

/* Closes it; it is freed at the end of the turn, as events of the turn may name it. */
static void engine_drop(Engine *engine, Connection *connection) {
    if (connection->fd < 0)
        return;
    poller_remove(engine->poller, connection->fd);
    close(connection->fd);
    connection->fd = -1;
    while (connection->streams != NULL)
        engine_close(engine, connection->streams);
    engine_mark_idle(engine, connection, false);
    peers_remove(&engine->peers, connection->counted);
    if (connection->before != NULL)
        connection->before->after = connection->after;
    else
        engine->connections = connection->after;
    if (connection->after != NULL)
        connection->after->before = connection->before;
    engine->count--;
    atomic_fetch_sub(&engine->counters->connections, 1);
    connection->after = engine->dead;
    engine->dead = connection;
}

/* Tells the client that no further call is served; who has said nothing needs no word. */
static void connection_finish(Engine *engine, Connection *connection) {
    connection->closing = true;
    if (connection->session != NULL)
        nghttp2_session_terminate_session(connection->session, NGHTTP2_NO_ERROR);
    engine_touch(engine, connection);
}

static void engine_bury(Engine *engine) {
    while (engine->dead != NULL) {
        Connection *next = engine->dead->after;
        nghttp2_session_del(engine->dead->session);
        SSL_free(engine->dead->ssl);
        bytes_free(&engine->dead->out);
        free(engine->dead);
        engine->dead = next;
    }
}

static void engine_flush(Engine *engine, Connection *connection) {
    if (connection->fd < 0)
        return;
    Flushed flushed = connection_flush(connection);
    if (flushed == BROKEN) {
        engine_drop(engine, connection);
        return;
    }
    bool out = flushed == BLOCKED;
    if (out != connection->registered_out) {
        poller_change(engine->poller, connection->fd, WAIT_READ | (out ? WAIT_WRITE : 0), connection);
        connection->registered_out = out;
    }
}

static void engine_flush_touched(Engine *engine) {
    while (engine->dirty != NULL) {
        Connection *connection = engine->dirty;
        engine->dirty = connection->next_dirty;
        connection->dirty = false;
        /* While the socket is full, what is newer waits: only the newest of it is sent. */
        if (!connection->registered_out)
            engine_flush(engine, connection);
    }
}
