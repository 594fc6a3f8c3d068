/* What comes in: headers, messages, and the frames that concern no call. Engine thread only. */
#pragma once

#include "answers.h"

static void answer_trouble(Connection *connection, Stream *stream, int status, const char *words) {
    stream_end(stream, status, (const uint8_t *)words, strlen(words), engine_now(connection->engine));
    connection_wake(connection, stream);
}

static int on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *user) {
    Connection *connection = user;
    if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST)
        return 0;
    Stream *stream = engine_open(connection->engine, connection, frame->hd.stream_id);
    if (stream == NULL)
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    nghttp2_session_set_stream_user_data(session, frame->hd.stream_id, stream);
    return 0;
}

static bool is(const uint8_t *name, size_t length, const char *wanted) {
    return length == strlen(wanted) && !memcmp(name, wanted, length);
}

static void append_sized(Bytes *bytes, const uint8_t *data, size_t size) {
    uint32_t head = (uint32_t)size;
    bytes_append(bytes, &head, sizeof head);
    bytes_append(bytes, data, size);
}

static int on_header(
    nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name, size_t length, const uint8_t *value,
    size_t size, uint8_t flags, void *user
) {
    (void)flags;
    Connection *connection = user;
    Stream *stream = stream_of(session, frame->hd.stream_id);
    if (stream == NULL)
        return 0;
    if (stream->headers.size + stream->path.size + length + size > MOST_HEADERS) {
        stream->trouble = STATUS_EXHAUSTED;
        stream->trouble_words = "the metadata of a call has at most 8192 bytes";
        return connection_spend(connection, 1) ? 0 : NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    }
    if (is(name, length, ":path"))
        bytes_append(&stream->path, value, size);
    else if (is(name, length, ":method"))
        stream->post = is(value, size, "POST"), stream->head = is(value, size, "HEAD");
    else if (is(name, length, "content-type"))
        stream->grpc = size >= 16 && !memcmp(value, "application/grpc", 16);
    else if (is(name, length, "grpc-timeout")) {
        uint64_t nanos = timeout_nanos(value, size), now = engine_now(connection->engine);
        stream->deadline = nanos > NEVER - 1 - now ? NEVER : now + nanos;
    }
    if (length && name[0] != ':') {
        append_sized(&stream->headers, name, length);
        append_sized(&stream->headers, value, size);
    }
    return 0;
}

/* The headers are whole: what cannot become a call is answered at once. */
static void request_began(Connection *connection, Stream *stream) {
    Limits *limits = engine_limits(connection->engine);
    Counters *counters = engine_counters(connection->engine);
    if (stream->trouble) {
        COUNT(counters, large_headers);
        answer_trouble(connection, stream, stream->trouble, stream->trouble_words);
    } else if (!stream->post || !stream->grpc) {
        submit_plain(connection, stream);
    } else if (connection->half_open >= HALF_OPEN_PER_CONNECTION) {
        COUNT(counters, refused_half_open);
        if (!connection_spend(connection, REFUSED_COSTS))
            return;
        answer_trouble(connection, stream, STATUS_EXHAUSTED, "too many calls of this client have no request yet");
    } else {
        engine_half_open(connection->engine, stream, true);
        stream->request_by = engine_now(connection->engine) + (uint64_t)(limits->request_within * 1e9);
        stream->many = engine_has_many(connection->engine, stream);
    }
}

static void answer_too_large(Connection *connection, Stream *stream) {
    COUNT(engine_counters(connection->engine), large_requests);
    answer_trouble(connection, stream, STATUS_EXHAUSTED, "a request has at most 65536 bytes");
}

/* Hands on the messages that are whole; each further one of a call costs credit, as it makes work and may bring nothing. */
static void take_messages(Connection *connection, Stream *stream) {
    struct Engine *engine = connection->engine;
    while (!stream->ending && stream->body.size >= MESSAGE_PREFIX && (stream->many || !stream->told)) {
        const uint8_t *at = stream->body.data;
        size_t size = (size_t)at[1] << 24 | (size_t)at[2] << 16 | (size_t)at[3] << 8 | at[4];
        if (size > LONGEST_REQUEST) {
            answer_too_large(connection, stream);
            return;
        }
        if (stream->body.size < MESSAGE_PREFIX + size)
            return;
        if (stream->told && !connection_spend(connection, 1))
            return;
        if (stream->told)
            engine_tell(engine, TELL_MESSAGE, stream, at[0] ? CALL_COMPRESSED : 0, at + MESSAGE_PREFIX, size);
        else
            engine_tell_call(engine, stream, (at[0] ? CALL_COMPRESSED : 0), at + MESSAGE_PREFIX, size);
        engine_half_open(engine, stream, false);
        if (stream->many)
            stream->request_by = engine_now(engine) + (uint64_t)(engine_limits(engine)->answer_within * 1e9);
        bytes_consume(&stream->body, MESSAGE_PREFIX + size);
    }
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t number, const uint8_t *data, size_t size, void *user) {
    (void)flags;
    Connection *connection = user;
    Stream *stream = stream_of(session, number);
    if (stream == NULL || stream->ending || (stream->told && !stream->many))
        return connection_spend(connection, 1) ? 0 : NGHTTP2_ERR_CALLBACK_FAILURE;
    if (stream->body.size + size > MESSAGE_PREFIX + LONGEST_REQUEST) {
        answer_too_large(connection, stream);
        return 0;
    }
    bytes_append(&stream->body, data, size);
    connection->credit += (double)size / BYTES_PER_CREDIT; /* what a call needs costs nothing */
    take_messages(connection, stream);
    return 0;
}

/* The client has no more to say. */
static void request_ended(Connection *connection, Stream *stream) {
    stream->request_ended = true;
    stream->request_by = NEVER;
    if (stream->ending)
        return;
    if (!stream->told) {
        engine_half_open(connection->engine, stream, false);
        if (stream->body.size)
            answer_trouble(connection, stream, STATUS_INTERNAL, "the request ends in the middle of a message");
        else
            engine_tell_call(connection->engine, stream, CALL_WITHOUT_MESSAGE, NULL, 0);
    } else if (stream->many) {
        engine_tell(connection->engine, TELL_HALF, stream, 0, NULL, 0);
    }
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *user) {
    Connection *connection = user;
    Stream *stream;
    connection->greeted = true;
    switch (frame->hd.type) {
    case NGHTTP2_HEADERS:
    case NGHTTP2_DATA:
        stream = stream_of(session, frame->hd.stream_id);
        if (frame->hd.type == NGHTTP2_DATA && frame->hd.length == 0 && !connection_spend(connection, 1))
            break;
        if (stream == NULL)
            break;
        if (frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST)
            request_began(connection, stream);
        if (frame->hd.flags & NGHTTP2_FLAG_END_STREAM)
            request_ended(connection, stream);
        break;
    case NGHTTP2_PING:
        if (frame->hd.flags & NGHTTP2_FLAG_ACK)
            connection->pinged = 0;
        else
            connection_pinged(connection);
        break;
    case NGHTTP2_RST_STREAM:
        /* Who has waited for an answer costs no more than another frame; who resets at once makes us work for nothing. */
        stream = stream_of(session, frame->hd.stream_id);
        connection_spend(connection, stream != NULL && stream->began ? 1 : RESET_COSTS);
        break;
    case NGHTTP2_SETTINGS:
        connection_spend(connection, frame->hd.flags & NGHTTP2_FLAG_ACK ? 0 : SETTINGS_COST);
        break;
    case NGHTTP2_GOAWAY:
        connection->left = true;
        connection_spend(connection, 1);
        break;
    default:
        connection_spend(connection, 1);
    }
    return 0;
}

static int on_close(nghttp2_session *session, int32_t number, uint32_t error, void *user) {
    (void)error;
    Connection *connection = user;
    Stream *stream = stream_of(session, number);
    if (stream != NULL)
        engine_close(connection->engine, stream);
    return 0;
}

static int connection_callbacks(nghttp2_session_callbacks **made) {
    if (nghttp2_session_callbacks_new(made))
        return -1;
    nghttp2_session_callbacks_set_send_callback(*made, send_bytes);
    nghttp2_session_callbacks_set_send_data_callback(*made, send_data);
    nghttp2_session_callbacks_set_on_begin_headers_callback(*made, on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(*made, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(*made, on_data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(*made, on_frame);
    nghttp2_session_callbacks_set_on_stream_close_callback(*made, on_close);
    return 0;
}
