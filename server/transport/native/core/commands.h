/* What Python asks of an engine. Engine thread only. */
#pragma once

#include "accept.h"

static void wake(Engine *engine, Stream *stream) {
    if (!connection_wake(stream->connection, stream))
        stream->connection->closing = true;
    engine_touch(engine, stream->connection);
}

static void do_publish(Engine *engine, Item *item) {
    Topic *topic = item->topic;
    topic_publish(topic, item->payload);
    item->payload = NULL;
    for (Stream *stream = topic->first; stream != NULL; stream = stream->topic_after)
        if (!stream->began || stream->suspended)
            wake(engine, stream);
}

static void do_attach(Engine *engine, Item *item) {
    Stream *stream = engine_stream(engine, item->call);
    if (stream == NULL || stream->topic != NULL || stream->ending)
        return;
    stream_attach(stream, item->topic, item->number != 0);
    if (stream->cursor < item->topic->version)
        wake(engine, stream);
    else
        stream_mark_idle(stream, true, engine->now);
}

static void do_end(Engine *engine, Item *item) {
    Stream *stream = engine_stream(engine, item->call);
    if (stream == NULL || stream->ending)
        return;
    append_base64(&stream->details, item->details.data, item->details.size);
    stream_end(stream, (int)item->number, item->text.data, item->text.size, engine->now);
    if (stream->topic != NULL)
        stream->last = stream->topic->version;
    wake(engine, stream);
}

static void do_send(Engine *engine, Item *item) {
    static const char many[] = "too many answers were not read";
    Stream *stream = engine_stream(engine, item->call);
    if (stream == NULL || stream->ending)
        return;
    Payload *payload = item->payload;
    item->payload = NULL;
    if (!stream_answer(stream, payload)) {
        COUNT(&engine->counters, many_answers);
        stream_end(stream, STATUS_EXHAUSTED, (const uint8_t *)many, sizeof many - 1, engine->now);
    }
    wake(engine, stream);
    if (item->number)
        stream_end(stream, STATUS_OK, NULL, 0, engine->now);
}

static void do_forget(Item *item) {
    item->topic->forgotten = true;
    if (item->topic->first == NULL)
        topic_free(item->topic);
}

/* Clients go elsewhere when nobody listens. Were a connection accepted and closed, some of them would think that they
 * had closed it themselves, and say CANCELLED. */
static void stop_listening(Engine *engine) {
    for (int i = 0; i < engine->listener_count; i++) {
        close(engine->listeners[i]); /* epoll forgets it */
        engine->listeners[i] = -1;   /* events of this turn may name it */
    }
    engine->listener_count = 0;
}

static void engine_obey(Engine *engine) {
    uint64_t wakes;
    while (read(engine->asked.wake, &wakes, sizeof wakes) < 0 && errno == EINTR) {
    }
    for (Item *item = mailbox_take(&engine->asked), *next; item != NULL; item = next) {
        next = item->next;
        switch (item->kind) {
        case ASK_PUBLISH:
            do_publish(engine, item);
            break;
        case ASK_ATTACH:
            do_attach(engine, item);
            break;
        case ASK_SEND:
            do_send(engine, item);
            break;
        case ASK_END:
            do_end(engine, item);
            break;
        case ASK_FORGET:
            do_forget(item);
            break;
        case ASK_SECURE:
            SSL_CTX_free(engine->tls);
            engine->tls = item->context;
            break;
        case ASK_DRAIN:
            engine->draining = true;
            engine->drain_since = engine->now;
            stop_listening(engine);
            for (Connection *each = engine->connections; each != NULL; each = each->after) {
                if (each->session != NULL)
                    nghttp2_submit_shutdown_notice(each->session);
                engine_touch(engine, each);
            }
            break;
        default:
            engine->stopping = true;
        }
        item_free(item);
    }
}
