/* Frames that cost the server something and bring nothing: a client has a credit for them, and earns more by what the
 * server sends. Engine thread only. */
#pragma once

#include "connection.h"

static void connection_calm(Connection *connection) {
    if (connection->closing)
        return;
    COUNT(engine_counters(connection->engine), calmed);
    nghttp2_session_terminate_session(connection->session, NGHTTP2_ENHANCE_YOUR_CALM);
    connection->closing = true;
}

/* Whether the client may still send what costs us and brings nothing. */
static bool connection_spend(Connection *connection, double cost) {
    uint64_t now = engine_now(connection->engine);
    connection->credit += (double)(now - connection->credit_at) / 1e9 * CREDIT_PER_SECOND;
    connection->credit_at = now;
    if (connection->credit > CREDIT)
        connection->credit = CREDIT;
    connection->credit -= cost;
    if (connection->credit >= 0)
        return true;
    connection_calm(connection);
    return false;
}

/* A client pings to see whether we are alive, and often while it measures what we send: neither is a flood. */
static void connection_pinged(Connection *connection) {
    uint64_t now = engine_now(connection->engine);
    if (connection->sent_since_ping || now - connection->ping_heard > PING_NANOS)
        connection->idle_pings = 0;
    else if (++connection->idle_pings > IDLE_PINGS)
        connection_calm(connection);
    connection->sent_since_ping = false;
    connection->ping_heard = now;
    connection_spend(connection, 1);
}
