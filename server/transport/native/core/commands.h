/* What Python asks of an engine. Engine thread only. */
#pragma once

#include "accept.h"

static void wake(Engine *engine, Stream *stream) {
    if (!connection_wake(stream->connection, stream))
        stream->connection->closing = true;
    engine_touch(engine, stream->connection);
}

/* Takes the payload over. */
static void engine_publish(Engine *engine, Topic *topic, Payload *payload) {
    topic_publish(topic, payload);
    for (Stream *stream = topic->first; stream != NULL; stream = stream->topic_after)
        if (!stream->began || stream->suspended)
            wake(engine, stream);
}

static void do_publish(Engine *engine, Item *item) {
    engine_publish(engine, item->topic, item->payload);
    item->payload = NULL;
}

/* The stream of this call, if it can be given a topic; or NULL. */
static Stream *without_topic(Engine *engine, uint64_t call) {
    Stream *stream = engine_stream(engine, call);
    return stream == NULL || stream->topic != NULL || stream->ending ? NULL : stream;
}

/* The stream reads what comes after the cursor. */
static void engine_attach(Engine *engine, Stream *stream, Topic *topic, bool loses_nothing, uint64_t cursor) {
    stream_attach(stream, topic, loses_nothing, cursor);
    if (stream->cursor < topic->version)
        wake(engine, stream);
    else
        stream_mark_idle(stream, true, engine->now);
}

static void do_attach(Engine *engine, Item *item) {
    Stream *stream = without_topic(engine, item->call);
    if (stream != NULL)
        engine_attach(engine, stream, item->topic, item->number != 0, topic_first_cursor(item->topic));
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
        COUNT(engine->counters, many_answers);
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
        close(engine->listeners[i]); /* the poller forgets it */
        engine->listeners[i] = -1;   /* events of this turn may name it */
    }
    engine->listener_count = 0;
}

static void do_drain(Engine *engine) {
    engine->draining = true;
    engine->drain_since = engine->now;
    stop_listening(engine);
    for (Connection *each = engine->connections; each != NULL; each = each->after) {
        if (each->session != NULL)
            nghttp2_submit_shutdown_notice(each->session);
        engine_touch(engine, each);
    }
}

static void do_secure(Engine *engine, Item *item) {
    SSL_CTX_free(engine->tls);
    engine->tls = item->context;
    item->context = NULL;
}

/* Does what is asked, and takes the item over. */
static void engine_do(Engine *engine, Item *item) {
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
        do_secure(engine, item);
        break;
    case ASK_DRAIN:
        do_drain(engine);
        break;
    default:
        engine->stopping = true;
    }
    item_free(item);
}

static void engine_obey(Engine *engine) {
    wake_hear(&engine->asked.wake);
    for (Item *item = mailbox_take(&engine->asked), *next; item != NULL; item = next) {
        next = item->next;
        engine_do(engine, item);
    }
}
