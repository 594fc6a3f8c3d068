/* New connections: who they are, and whether there is a place for them. Engine thread only. */
#pragma once

#include "clients.h"

enum { ACCEPTS_PER_TURN = 64 };

/* As gRPC names peers. Of a Unix socket it is the user, and a number, as each connection counts by itself. */
static void name_peer(Engine *engine, char *into, size_t room, int fd, const struct sockaddr_storage *address) {
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
        snprintf(into, room, "unix:%ld:%llu", user_of(fd), (unsigned long long)++engine->serial);
    }
}

/* Makes a place by closing the connection that has been without a call for longest; false: all have calls. */
static bool make_place(Engine *engine) {
    Connection *oldest = engine->idle_first;
    if (oldest == NULL)
        return false;
    COUNT(engine->counters, gave_place);
    connection_finish(engine, oldest);
    engine_flush(engine, oldest);
    engine_drop(engine, oldest);
    return true;
}

/* The place of a new connection; `*peer` counts it. As with streams, an address may take another place while it has fewer
 * than are free: a new client finds a place, however many the others want. */
static bool has_place(Engine *engine, const struct sockaddr_storage *address, Peer **peer) {
    uint32_t most = engine->limits.connections, free_places = most > engine->count ? most - engine->count : 1;
    if (!peers_add(&engine->peers, address, free_places, peer)) {
        COUNT(engine->counters, refused_peer);
        return false;
    }
    if (engine->count < engine->limits.connections || make_place(engine))
        return true;
    peers_remove(&engine->peers, *peer);
    COUNT(engine->counters, refused_full);
    return false;
}

/* When the connection is old: a tenth sooner or later, so that those of one moment do not all come back in one. */
static uint64_t old_at(const Engine *engine) {
    if (engine->limits.age <= 0)
        return NEVER;
    double part = (double)((engine->serial * 0x9E3779B97F4A7C15u) >> 40) / (double)(1 << 24);
    return engine->now + (uint64_t)(engine->limits.age * (0.9 + 0.2 * part) * 1e9);
}

/* NULL without memory. Takes the descriptor over. */
static Connection *open_connection(Engine *engine, int fd, const struct sockaddr_storage *address) {
    Connection *made = calloc(1, sizeof *made);
    if (made == NULL || !poller_add(engine->poller, fd, WAIT_READ, made)) {
        close(fd);
        free(made);
        return NULL;
    }
    engine->serial++;
    made->engine = engine;
    made->fd = fd;
    made->opened = made->heard = made->credit_at = made->calls_at = engine->now;
    made->old_at = old_at(engine);
    made->goes_at = NEVER;
    made->credit = CREDIT;
    made->calls_credit = FIRST_CALLS;
    numbers_begin(&made->numbers);
    name_peer(engine, made->peer, sizeof made->peer, fd, address);
    return made;
}

/* Before the first bytes of the client are read: who says nothing costs no more than a descriptor. False without memory. */
static bool connection_begin(Engine *engine, Connection *connection) {
    nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, engine->limits.calls_per_connection},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, 2 * MOST_HEADERS},
    };
    if (engine->tls != NULL && (connection->ssl = tls_open(engine->tls, connection->fd)) == NULL)
        return false;
    return !nghttp2_session_server_new2(&connection->session, engine->callbacks, connection, engine->options) &&
           !nghttp2_submit_settings(connection->session, NGHTTP2_FLAG_NONE, settings, 2);
}

static void add_connection(Engine *engine, Connection *made) {
    made->after = engine->connections;
    if (engine->connections != NULL)
        engine->connections->before = made;
    engine->connections = made;
    engine->count++;
    engine_mark_idle(engine, made, true);
    atomic_fetch_add(&engine->counters->connections, 1);
    COUNT(engine->counters, accepted);
}

/* Whether the listening sockets are waited for, of those whose connections are taken here. */
static void listen_again(Engine *engine, bool again) {
    engine->deaf = !again;
    for (int i = 0; i < engine->listener_count; i++) {
        bool wanted = again && engine->heard[i];
        poller_change(engine->poller, engine->listeners[i], wanted ? WAIT_READ : WAIT_NOTHING, &engine->listeners[i]);
    }
}

static void engine_accept(Engine *engine, int listener) {
    for (int turns = 0; listener >= 0 && turns < ACCEPTS_PER_TURN; turns++) {
        struct sockaddr_storage address = {0};
        socklen_t size = sizeof address;
        Peer *peer = NULL;
        int fd = accept_one(listener, (struct sockaddr *)&address, &size);
        if (fd < 0 && (errno == EINTR || errno == ECONNABORTED))
            continue;
        if (fd < 0) {
            /* Without a descriptor the socket stays readable: to look at it again at once would take all our time. */
            if (errno != EAGAIN && errno != EWOULDBLOCK) {
                COUNT(engine->counters, refused_descriptors);
                listen_again(engine, false);
            }
            return;
        }
        if (!has_place(engine, &address, &peer)) {
            close(fd);
            continue;
        }
        prepare_connection(fd);
        Connection *made = open_connection(engine, fd, &address);
        if (made == NULL) {
            peers_remove(&engine->peers, peer);
            continue;
        }
        made->counted = peer;
        add_connection(engine, made);
    }
}
