/* The calls of an engine: found by the numbers that Python knows, and told of to Python. Engine thread only. */
#pragma once

#include "ready.h"

static bool engine_grow(Engine *engine) {
    uint32_t room = engine->room ? engine->room * 2 : 256;
    if (room > 1u << PLACE_BITS)
        return false;
    Stream **streams = realloc(engine->streams, room * sizeof *streams);
    if (streams != NULL)
        engine->streams = streams;
    uint32_t *generations = realloc(engine->generations, room * sizeof *generations);
    if (generations != NULL)
        engine->generations = generations;
    uint32_t *vacant = realloc(engine->vacant, room * sizeof *vacant);
    if (vacant != NULL)
        engine->vacant = vacant;
    if (streams == NULL || generations == NULL || vacant == NULL)
        return false;
    for (uint32_t place = room; place-- > engine->room;) {
        engine->streams[place] = NULL;
        engine->generations[place] = 0;
        engine->vacant[engine->vacant_count++] = place;
    }
    engine->room = room;
    return true;
}

/* Whether the connection has no call. */
static void engine_mark_idle(Engine *engine, Connection *connection, bool idle) {
    if (connection->idle == idle)
        return;
    connection->idle = idle;
    if (idle) {
        connection->idle_since = engine->now;
        connection->idle_after = NULL;
        connection->idle_before = engine->idle_last;
        *(engine->idle_last != NULL ? &engine->idle_last->idle_after : &engine->idle_first) = connection;
        engine->idle_last = connection;
    } else {
        *(connection->idle_before != NULL ? &connection->idle_before->idle_after : &engine->idle_first) =
            connection->idle_after;
        *(connection->idle_after != NULL ? &connection->idle_after->idle_before : &engine->idle_last) =
            connection->idle_before;
    }
}

static Stream *engine_open(Engine *engine, Connection *connection, int32_t number) {
    if (!engine->vacant_count && !engine_grow(engine))
        return NULL;
    Stream *made = calloc(1, sizeof(Stream));
    if (made == NULL)
        return NULL;
    uint32_t place = engine->vacant[--engine->vacant_count];
    uint64_t generation = ++engine->generations[place] & ((1u << GENERATION_BITS) - 1);
    made->id = engine->mark << MARK_SHIFT | generation << PLACE_BITS | place;
    made->connection = connection;
    made->number = number;
    made->deadline = made->request_by = NEVER;
    made->after = connection->streams;
    if (connection->streams != NULL)
        connection->streams->before = made;
    connection->streams = made;
    if (!connection->count++)
        engine_mark_idle(engine, connection, false);
    engine->streams[place] = made;
    COUNT(engine->counters, calls);
    return made;
}

static uint32_t place_of(uint64_t id) { return (uint32_t)id & ((1u << PLACE_BITS) - 1); }

static Stream *engine_stream(Engine *engine, uint64_t id) {
    uint32_t place = place_of(id);
    Stream *found = place < engine->room ? engine->streams[place] : NULL;
    return found != NULL && found->id == id ? found : NULL;
}

static void engine_half_open(Engine *engine, Stream *stream, bool half_open) {
    if (stream->half_open == half_open)
        return;
    stream->half_open = half_open;
    stream->connection->half_open += half_open ? 1 : -1;
    engine->half_open += half_open ? 1 : -1;
    atomic_store_explicit(&engine->counters->half_open, engine->half_open, memory_order_relaxed);
    if (!half_open)
        stream->request_by = NEVER;
}

static void engine_tell(Engine *engine, int kind, Stream *stream, int flags, const uint8_t *body, size_t size) {
    Item *item = item_new(kind, stream->id);
    if (item == NULL)
        return;
    item->number = flags;
    bytes_append(&item->body, body, size);
    ready_put(engine, stream, item);
}

static void engine_tell_call(Engine *engine, Stream *stream, int flags, const uint8_t *body, size_t size) {
    Item *item = item_new(TELL_CALL, stream->id);
    stream->told = true;
    if (item == NULL) {
        answer_trouble(stream->connection, stream, STATUS_EXHAUSTED, "the server has no memory for the call");
        return;
    }
    item->number = flags | (stream->many ? CALL_MANY : 0);
    bytes_append(&item->text, stream->path.data, stream->path.size);
    item->headers = stream->headers;
    stream->headers = (Bytes){0};
    bytes_append(&item->body, body, size);
    memcpy(item->peer, stream->connection->peer, sizeof item->peer);
    ready_put(engine, stream, item);
}

static void engine_free_topic(Engine *engine, Topic *topic) {
    Item *item = item_new(TELL_FREE, topic->key);
    if (item == NULL)
        return;
    mailbox_put(&engine->told, item);
}

static void engine_tell_tls(Engine *engine, const Connection *connection, const char *words) {
    Item *item = item_new(TELL_TLS, 0);
    if (item == NULL)
        return;
    if (words != NULL)
        bytes_append(&item->text, words, strlen(words));
    memcpy(item->peer, connection->peer, sizeof item->peer);
    mailbox_put(&engine->told, item);
}

/* Nothing is left of the call. */
static void engine_close(Engine *engine, Stream *stream) {
    Connection *connection = stream->connection;
    uint32_t place = place_of(stream->id);
    nghttp2_session_set_stream_user_data(connection->session, stream->number, NULL);
    engine_half_open(engine, stream, false);
    ready_forget(engine, stream);
    if (stream->handed)
        engine_tell(engine, TELL_OVER, stream, 0, NULL, 0);
    if (stream->before != NULL)
        stream->before->after = stream->after;
    else
        connection->streams = stream->after;
    if (stream->after != NULL)
        stream->after->before = stream->before;
    if (!--connection->count && connection->fd >= 0)
        engine_mark_idle(engine, connection, true);
    engine->streams[place] = NULL;
    engine->vacant[engine->vacant_count++] = place;
    stream_free(stream);
}
