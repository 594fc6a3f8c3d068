/* Calls that Python has not taken yet: they wait with their connection, and connections take turns, one call each. A call
 * that is reset while it waits costs Python nothing, and whoever sends many calls waits for his own. Engine thread only. */
#pragma once

#include "engine_state.h"

/* Things that Python has not taken, from which on calls wait here. */
enum { MOST_TOLD = 64 };
/* Calls of one connection: so many at once when it is new, so many per second in its first second and later, and so many at
 * once. Who calls faster waits, so that Python has time for the books: a client that is cut for its floods comes back as a
 * new connection. */
enum { FIRST_CALLS = 20, NEW_CALLS_PER_SECOND = 1000, CALLS_PER_SECOND = 20000, MOST_CALLS = 1000 };

static void ready_connection(Engine *engine, Connection *connection, bool ready) {
    if (connection->ready == ready)
        return;
    connection->ready = ready;
    engine->ready_count += ready ? 1 : -1;
    if (ready) {
        connection->ready_after = NULL;
        connection->ready_before = engine->ready_last;
        *(engine->ready_last != NULL ? &engine->ready_last->ready_after : &engine->ready_first) = connection;
        engine->ready_last = connection;
    } else {
        *(connection->ready_before != NULL ? &connection->ready_before->ready_after : &engine->ready_first) =
            connection->ready_after;
        *(connection->ready_after != NULL ? &connection->ready_after->ready_before : &engine->ready_last) =
            connection->ready_before;
    }
}

static void ready_remove(Engine *engine, Stream *stream) {
    Connection *connection = stream->connection;
    *(stream->ready_before != NULL ? &stream->ready_before->ready_after : &connection->calls_first) = stream->ready_after;
    *(stream->ready_after != NULL ? &stream->ready_after->ready_before : &connection->calls_last) = stream->ready_before;
    if (connection->calls_first == NULL)
        ready_connection(engine, connection, false);
}

/* What concerns a call: behind what waits of it, or for Python at once. Takes the item over. */
static void ready_put(Engine *engine, Stream *stream, Item *item) {
    Connection *connection = stream->connection;
    if (stream->handed) {
        mailbox_put(&engine->told, item);
        return;
    }
    item->next = NULL;
    *(stream->waiting_last != NULL ? &stream->waiting_last->next : &stream->waiting) = item;
    stream->waiting_last = item;
    if (stream->waiting != item)
        return;
    stream->ready_after = NULL;
    stream->ready_before = connection->calls_last;
    *(connection->calls_last != NULL ? &connection->calls_last->ready_after : &connection->calls_first) = stream;
    connection->calls_last = stream;
    ready_connection(engine, connection, true);
}

/* The call is over before Python has heard of it. */
static void ready_forget(Engine *engine, Stream *stream) {
    if (stream->waiting == NULL)
        return;
    ready_remove(engine, stream);
    for (Item *item = stream->waiting, *next; item != NULL; item = next) {
        next = item->next;
        item_free(item);
    }
    stream->waiting = stream->waiting_last = NULL;
}

static void hand_over(Engine *engine, Stream *stream) {
    Item *first = stream->waiting;
    ready_remove(engine, stream);
    stream->waiting = stream->waiting_last = NULL;
    stream->handed = true;
    for (Item *item = first, *next; item != NULL; item = next) {
        next = item->next;
        item->next = NULL;
        mailbox_put(&engine->told, item);
    }
}

static bool may_call(const Engine *engine, Connection *connection) {
    int rate = engine->now - connection->opened > 1000000000u ? CALLS_PER_SECOND : NEW_CALLS_PER_SECOND;
    connection->calls_credit += (double)(engine->now - connection->calls_at) / 1e9 * rate;
    connection->calls_at = engine->now;
    if (connection->calls_credit > MOST_CALLS)
        connection->calls_credit = MOST_CALLS;
    return connection->calls_credit >= 1;
}

static size_t untaken(Engine *engine) {
    return mailbox_count(&engine->told) + (size_t)(engine->sent - atomic_load(engine->taken));
}

/* Gives Python as many calls as it takes; whoever takes them wakes the engine for the others. */
static void engine_hand_over(Engine *engine) {
    uint32_t refused = 0;
    while (engine->ready_first != NULL && refused < engine->ready_count) {
        if (untaken(engine) >= MOST_TOLD) {
            atomic_store(engine->behind, true);
            if (untaken(engine) >= MOST_TOLD)
                return;
        }
        Connection *connection = engine->ready_first;
        bool may = may_call(engine, connection);
        ready_connection(engine, connection, false);
        refused = may ? 0 : refused + 1;
        if (may) {
            connection->calls_credit--;
            hand_over(engine, connection->calls_first);
        }
        if (connection->calls_first != NULL)
            ready_connection(engine, connection, true);
    }
    atomic_store(engine->behind, false);
}

/* On Python's thread: all that there is for it. */
static Item *engine_take_told(Engine *engine) {
    Item *first = mailbox_take(&engine->told);
    if (atomic_exchange(engine->behind, false))
        wake_ring(&engine->asked.wake);
    return first;
}
