/* One thread that serves gRPC to all connections of some listening sockets. */
#pragma once

#include "sweep.h"

/* False: the system has no such thing left; errno says why. */
static bool engine_init(Engine *engine) {
    *engine = (Engine){.poller = -1};
    engine->counters = &engine->own_counters;
    engine->delays = &engine->own_delays;
    engine->behind = &engine->own_behind;
    engine->taken = &engine->own_taken;
    if (!mailbox_open(&engine->asked, true) || !mailbox_open(&engine->told, false))
        return false;
    engine->poller = poller_open();
    if (engine->poller < 0 || connection_callbacks(&engine->callbacks) || nghttp2_option_new(&engine->options))
        return false;
    nghttp2_option_set_max_send_header_block_length(engine->options, 64 << 10);
    nghttp2_option_set_max_outbound_ack(engine->options, 1000);
    nghttp2_option_set_no_closed_streams(engine->options, 1);
    return poller_add(engine->poller, engine->asked.wake.heard, WAIT_READ, &engine->asked);
}

/* Takes over a socket that listens; `heard`: its connections are taken here from the start. */
static bool engine_listen(Engine *engine, int fd, bool heard) {
    if (engine->listener_count == MOST_LISTENERS)
        return false;
    int number = engine->listener_count++;
    engine->listeners[number] = fd;
    engine->heard[number] = heard;
    return poller_add(engine->poller, fd, heard ? WAIT_READ : WAIT_NOTHING, &engine->listeners[number]);
}

static void engine_take(Engine *engine, const PollEvent *event) {
    void *source = event_source(event);
    if (source == &engine->asked) {
        engine_obey(engine);
    } else if (source >= (void *)engine->listeners && source < (void *)(engine->listeners + MOST_LISTENERS)) {
        engine_accept(engine, *(int *)source);
    } else {
        Connection *connection = source;
        if (connection->fd >= 0 && event_reads(event) &&
            ((connection->session == NULL && !connection_begin(engine, connection)) || !connection_read(connection)))
            engine_drop(engine, connection);
        engine_flush(engine, connection);
    }
}

/* Serves until it is asked to stop. */
static void engine_run(Engine *engine) {
    PollEvent events[EVENTS_PER_TURN];
    Outside *outside = engine->outside;
    engine->running = true;
    while (!engine->stopping) {
        bool may_wait = outside == NULL || outside->may_wait(outside);
        int ready = poller_wait(engine->poller, events, EVENTS_PER_TURN, may_wait ? 50 : 0);
        engine->now = monotonic();
        if (outside != NULL)
            outside->hear(outside);
        for (int i = 0; i < ready; i++)
            engine_take(engine, &events[i]);
        engine_flush_touched(engine);
        if (engine->now - engine->swept > SWEEP_NANOS) {
            engine_sweep(engine);
            engine_flush_touched(engine);
        }
        engine_hand_over(engine);
        if (outside != NULL)
            outside->tell(outside);
        engine_bury(engine);
    }
    while (engine->connections != NULL)
        engine_drop(engine, engine->connections);
    engine->dirty = NULL;
    engine_bury(engine);
    stop_listening(engine);
}

/* After engine_run() has returned, or without it. */
static void engine_free(Engine *engine) {
    stop_listening(engine);
    for (Item *item = mailbox_take(&engine->asked), *next; item != NULL; item = next) {
        next = item->next;
        if (item->kind == ASK_FORGET)
            do_forget(item);
        if (item->kind == ASK_SECURE)
            SSL_CTX_free(item->context);
        item_free(item);
    }
    mailbox_close(&engine->asked);
    mailbox_close(&engine->told);
    if (engine->poller >= 0)
        close(engine->poller);
    nghttp2_session_callbacks_del(engine->callbacks);
    nghttp2_option_del(engine->options);
    SSL_CTX_free(engine->tls);
    free(engine->streams);
    free(engine->generations);
    free(engine->vacant);
}

/* Before engine_run(). */
static bool engine_expect_many(Engine *engine, const char *prefix) {
    if (engine->many_count == MOST_PREFIXES || strlen(prefix) >= sizeof engine->many[0])
        return false;
    strcpy(engine->many[engine->many_count++], prefix);
    return true;
}

/* For other threads: the counter at this place of the structure. */
static uint64_t engine_counter(Engine *engine, int place) {
    return atomic_load((atomic_ullong *)engine->counters + place);
}

/* New connections speak TLS with this chain, key and authority (PEM); open ones stay as they are. False: they cannot be
 * used. */
static bool engine_secure(Engine *engine, const void *chain, size_t chain_size, const void *key, size_t key_size,
                          const void *authority, size_t authority_size) {
    SSL_CTX *context = tls_context(chain, chain_size, key, key_size, authority, authority_size);
    Item *item = context == NULL ? NULL : item_new(ASK_SECURE, 0);
    if (item == NULL) {
        SSL_CTX_free(context);
        return false;
    }
    item->context = context;
    if (!engine->running) {
        SSL_CTX_free(engine->tls);
        engine->tls = context;
        item_free(item);
    } else {
        mailbox_put(&engine->asked, item);
    }
    return true;
}
