/* Bytes between a connection and its socket. Engine thread only. */
#pragma once

#include "requests.h"

typedef enum { FLUSHED, BLOCKED, BROKEN } Flushed;

static void engine_tell_tls(struct Engine *engine, const Connection *connection, const char *words);

/* -1 as send(); `reads`: the client has to speak first. */
static ssize_t connection_send(Connection *connection, const uint8_t *data, size_t size, bool *reads) {
    return connection->ssl != NULL ? tls_write(connection->ssl, data, size, reads)
                                   : send(connection->fd, data, size, SEND_FLAGS);
}

static ssize_t connection_receive(Connection *connection, uint8_t *into, size_t room) {
    bool reads = false;
    return connection->ssl != NULL ? tls_read(connection->ssl, into, room, &reads)
                                   : recv(connection->fd, into, room, MSG_DONTWAIT);
}

/* Nothing can be sent or received now, or the connection has failed. */
static bool only_waits(Connection *connection) {
    if (errno == EAGAIN || errno == EWOULDBLOCK)
        return true;
    if (connection->ssl != NULL && errno == EPROTO && !SSL_is_init_finished(connection->ssl))
        engine_tell_tls(connection->engine, connection, tls_words());
    return false;
}

/* The first message of what went out together stands for all: the clock is read once. */
static void connection_measure(Connection *connection) {
    if (!connection->published || connection->gone < connection->measured)
        return;
    delays_add(engine_delays(connection->engine), monotonic() - connection->published);
    connection->published = 0;
}

/* Gives the socket what waits, and makes more of it as long as the socket takes all. */
static Flushed connection_flush(Connection *connection) {
    if (connection->session == NULL)
        return connection->closing ? BROKEN : FLUSHED;
    while (true) {
        while (connection->gone < connection->out.size) {
            bool reads = false;
            ssize_t sent = connection_send(
                connection, connection->out.data + connection->gone, connection->out.size - connection->gone, &reads
            );
            if (sent < 0 && errno == EINTR)
                continue;
            if (sent < 0 && only_waits(connection))
                return reads ? FLUSHED : BLOCKED;
            if (sent <= 0)
                return BROKEN;
            connection->gone += (size_t)sent;
            connection_measure(connection);
        }
        connection->out.size = connection->gone = 0;
        if (nghttp2_session_send(connection->session) || connection->out.failed)
            return BROKEN;
        if (connection->out.size)
            continue;
        if (nghttp2_session_want_read(connection->session) || nghttp2_session_want_write(connection->session))
            return FLUSHED;
        if (!connection->left || connection->closing)
            return BROKEN;
        /* What the client still sends would reset a connection that is closed: it is read for a second. */
        connection->closing = true;
        shutdown(connection->fd, SHUT_WR);
        return FLUSHED;
    }
}

/* Takes a piece of what the socket has; false: the connection is over. The piece is small, as it may be many calls, and
 * streams are sent to only between the turns. */
static bool connection_read(Connection *connection) {
    static _Thread_local uint8_t buffer[8 << 10];
    /* What TLS has read from the socket already does not make it readable again. */
    do {
        ssize_t size = connection_receive(connection, buffer, sizeof buffer);
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0)
            return only_waits(connection);
        if (size == 0)
            return false;
        connection->heard = engine_now(connection->engine);
        ssize_t taken = nghttp2_session_mem_recv(connection->session, buffer, (size_t)size);
        if (taken < 0)
            return false;
        uint32_t error = numbers_read(&connection->numbers, buffer, (size_t)size);
        if (error != NGHTTP2_NO_ERROR && !connection->closing) {
            nghttp2_session_terminate_session(connection->session, error);
            connection->closing = true;
        }
        /* Also frames of unknown kinds, of which nghttp2 says nothing. */
        connection_spend(connection, (double)size / BYTES_PER_CREDIT);
    } while (connection->ssl != NULL && SSL_pending(connection->ssl));
    return true;
}
