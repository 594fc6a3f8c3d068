/* The connections of an engine: accepted, written to, and let go. Engine thread only. */
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
    epoll_ctl(engine->poll, EPOLL_CTL_DEL, connection->fd, NULL);
    close(connection->fd);
    connection->fd = -1;
    while (connection->streams != NULL)
        engine_close(engine, connection->streams);
    if (connection->before != NULL)
        connection->before->after = connection->after;
    else
        engine->connections = connection->after;
    if (connection->after != NULL)
        connection->after->before = connection->before;
    engine->count--;
    atomic_fetch_sub(&engine->counters.connections, 1);
    connection->after = engine->dead;
    engine->dead = connection;
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
        struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP | (out ? EPOLLOUT : 0), .data.ptr = connection};
        epoll_ctl(engine->poll, EPOLL_CTL_MOD, connection->fd, &event);
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

static void name_peer(char *into, size_t room, const struct sockaddr_storage *address) {
    char host[INET6_ADDRSTRLEN] = "";
    if (address->ss_family == AF_INET) {
        const struct sockaddr_in *four = (const void *)address;
        inet_ntop(AF_INET, &four->sin_addr, host, sizeof host);
        snprintf(into, room, "ipv4:%s:%d", host, ntohs(four->sin_port));
    } else if (address->ss_family == AF_INET6) {
        const struct sockaddr_in6 *six = (const void *)address;
        inet_ntop(AF_INET6, &six->sin6_addr, host, sizeof host);
        snprintf(into, room, "ipv6:%%5B%s%%5D:%d", host, ntohs(six->sin6_port));
    } else {
        snprintf(into, room, "unix:");
    }
}

static void engine_accept(Engine *engine, int listener) {
    for (int turns = 0; turns < 64; turns++) {
        struct sockaddr_storage address = {0};
        socklen_t size = sizeof address;
        int fd = accept4(listener, (struct sockaddr *)&address, &size, SOCK_NONBLOCK | SOCK_CLOEXEC), on = 1;
        if (fd < 0)
            return;
        Connection *made = NULL;
        if (engine->count >= engine->limits.connections || engine->draining || (made = calloc(1, sizeof *made)) == NULL) {
            atomic_fetch_add(&engine->counters.refused, 1);
            close(fd);
            continue;
        }
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        made->engine = engine;
        made->fd = fd;
        made->opened = made->heard = made->idle_since = made->credit_at = engine->now;
        made->credit = CREDIT;
        name_peer(made->peer, sizeof made->peer, &address);
        nghttp2_settings_entry settings[] = {
            {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, engine->limits.calls_per_connection},
            {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, 2 * MOST_HEADERS},
        };
        struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP, .data.ptr = made};
        if (engine->tls != NULL)
            made->ssl = tls_open(engine->tls, fd);
        if ((engine->tls != NULL && made->ssl == NULL) ||
            nghttp2_session_server_new2(&made->session, engine->callbacks, made, engine->options) ||
            nghttp2_submit_settings(made->session, NGHTTP2_FLAG_NONE, settings, 2) ||
            epoll_ctl(engine->poll, EPOLL_CTL_ADD, fd, &event)) {
            nghttp2_session_del(made->session);
            SSL_free(made->ssl);
            close(fd);
            free(made);
            continue;
        }
        made->after = engine->connections;
        if (engine->connections != NULL)
            engine->connections->before = made;
        engine->connections = made;
        engine->count++;
        atomic_fetch_add(&engine->counters.connections, 1);
        atomic_fetch_add(&engine->counters.accepted, 1);
        engine_touch(engine, made);
    }
}
