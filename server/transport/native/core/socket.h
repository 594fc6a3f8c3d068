/* Bytes between a connection and its socket. Engine thread only. */
#pragma once

#include "requests.h"

typedef enum { FLUSHED, BLOCKED, BROKEN } Flushed;

/* Gives the socket what waits, and makes more of it as long as the socket takes all. */
static Flushed connection_flush(Connection *connection) {
    while (true) {
        while (connection->gone < connection->out.size) {
            ssize_t sent = send(
                connection->fd, connection->out.data + connection->gone, connection->out.size - connection->gone,
                MSG_NOSIGNAL | MSG_DONTWAIT
            );
            if (sent < 0 && errno == EINTR)
                continue;
            if (sent < 0)
                return errno == EAGAIN || errno == EWOULDBLOCK ? BLOCKED : BROKEN;
            connection->gone += (size_t)sent;
        }
        connection->out.size = connection->gone = 0;
        if (nghttp2_session_send(connection->session) || connection->out.failed)
            return BROKEN;
        if (!connection->out.size)
            return nghttp2_session_want_read(connection->session) || nghttp2_session_want_write(connection->session)
                       ? FLUSHED
                       : BROKEN;
    }
}

/* Takes what the socket has; false: the connection is over. One turn is bounded: others have theirs. */
static bool connection_read(Connection *connection) {
    static _Thread_local uint8_t buffer[1 << 15];
    for (int turns = 0; turns < 4; turns++) {
        ssize_t size = recv(connection->fd, buffer, sizeof buffer, MSG_DONTWAIT);
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0)
            return errno == EAGAIN || errno == EWOULDBLOCK;
        if (size == 0)
            return false;
        connection->heard = engine_now(connection->engine);
        ssize_t taken = nghttp2_session_mem_recv(connection->session, buffer, (size_t)size);
        if (taken < 0)
            return false;
        if ((size_t)size < sizeof buffer)
            return true;
    }
    return true;
}
