/* What goes out on a stream: its messages, as flow control lets them, and its status. Engine thread only. */
#pragma once

#include "credit.h"

static int submit_trailers(Connection *connection, Stream *stream) {
    char code[4];
    int digits = snprintf(code, sizeof code, "%d", stream->status);
    nghttp2_nv fields[5];
    size_t count = 0;
    if (!stream->began) {
        fields[count++] = text_header(":status", "200");
        fields[count++] = text_header("content-type", "application/grpc");
    }
    fields[count++] = header("grpc-status", (const uint8_t *)code, (size_t)digits);
    if (stream->words.size)
        fields[count++] = header("grpc-message", stream->words.data, stream->words.size);
    if (stream->details.size)
        fields[count++] = header("grpc-status-details-bin", stream->details.data, stream->details.size);
    stream->trailers_sent = true;
    if (stream->handed)
        connection->credit += ANSWER_EARNS;
    return stream->began ? nghttp2_submit_trailer(connection->session, stream->number, fields, count)
                         : nghttp2_submit_response(connection->session, stream->number, fields, count, NULL);
}

/* nghttp2 asks for the next DATA frame. */
static ssize_t read_data(
    nghttp2_session *session, int32_t number, uint8_t *into, size_t room, uint32_t *flags, nghttp2_data_source *source,
    void *user
) {
    (void)session, (void)number, (void)into;
    Connection *connection = user;
    Stream *stream = source->ptr;
    uint64_t now = engine_now(connection->engine);
    switch (stream_next(stream, now)) {
    case NEXT_NOTHING: {
        Topic *topic = stream->topic;
        stream->suspended = true;
        stream_mark_idle(stream, true, now);
        if (topic != NULL && atomic_load(&topic->words->waits) && atomic_exchange(&topic->words->waits, false))
            engine_free_topic(connection->engine, topic);
        return NGHTTP2_ERR_DEFERRED;
    }
    case NEXT_END:
        if (stream->slow)
            COUNT(engine_counters(connection->engine), slow);
        if (stream->plain) {
            *flags |= NGHTTP2_DATA_FLAG_EOF;
            return 0;
        }
        *flags |= NGHTTP2_DATA_FLAG_EOF | NGHTTP2_DATA_FLAG_NO_END_STREAM;
        return submit_trailers(connection, stream) ? NGHTTP2_ERR_CALLBACK_FAILURE : 0;
    default:
        break;
    }
    size_t left = stream->sending->size - stream->sent;
    *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
    return (ssize_t)(left < room ? left : room);
}

/* For a request that is not gRPC, such as a browser's: an error of HTTP, with words for people. */
static int submit_plain(Connection *connection, Stream *stream) {
    static const char words[] = "This port speaks gRPC: POST with content-type application/grpc.\n";
    nghttp2_nv fields[] = {
        text_header(":status", stream->post ? "415" : "405"), text_header("content-type", "text/plain"),
        text_header("allow", "POST")
    };
    nghttp2_data_provider provider = {.source = {.ptr = stream}, .read_callback = read_data};
    stream_end(stream, STATUS_UNIMPLEMENTED, NULL, 0, engine_now(connection->engine));
    stream->plain = stream->trailers_sent = true;
    if (!stream->head)
        stream->sending = payload_new((const uint8_t *)words, sizeof words - 1, NULL, 0);
    stream->sent = MESSAGE_PREFIX; /* of gRPC */
    return nghttp2_submit_response(
        connection->session, stream->number, fields, 3, stream->sending == NULL ? NULL : &provider
    );
}

static int send_data(
    nghttp2_session *session, nghttp2_frame *frame, const uint8_t *head, size_t size, nghttp2_data_source *source,
    void *user
) {
    (void)session, (void)frame;
    Connection *connection = user;
    Stream *stream = source->ptr;
    Counters *counters = engine_counters(connection->engine);
    if (size && (!bytes_append(&connection->out, head, 9) ||
                 !bytes_append(&connection->out, stream->sending->bytes + stream->sent, size)))
        return NGHTTP2_ERR_CALLBACK_FAILURE;
    if (!size) /* the empty frame before trailers: there is nothing of a message in it */
        return bytes_append(&connection->out, head, 9) ? 0 : NGHTTP2_ERR_CALLBACK_FAILURE;
    stream->sent += size;
    connection->sent_since_ping = true;
    connection->credit += (double)size / BYTES_PER_CREDIT;
    atomic_fetch_add_explicit(&counters->bytes, size, memory_order_relaxed);
    if (stream->sent == stream->sending->size) {
        if (!connection->published) {
            connection->published = stream->sending->published;
            connection->measured = connection->out.size;
        }
        payload_release(stream->sending);
        stream->sending = NULL;
        atomic_fetch_add_explicit(&counters->messages, 1, memory_order_relaxed);
    }
    return 0;
}

static ssize_t send_bytes(nghttp2_session *session, const uint8_t *data, size_t size, int flags, void *user) {
    (void)session, (void)flags;
    Connection *connection = user;
    if (connection->out.size - connection->gone > OUT_ENOUGH)
        return NGHTTP2_ERR_WOULDBLOCK;
    return bytes_append(&connection->out, data, size) ? (ssize_t)size : NGHTTP2_ERR_CALLBACK_FAILURE;
}

/* Something is there for the stream: its answers begin, or go on. */
static bool connection_wake(Connection *connection, Stream *stream) {
    if (stream->trailers_sent)
        return true;
    bool owed = stream->answer_count || (stream->topic != NULL && stream->cursor < stream->last);
    if (stream->ending && !stream->began && !owed)
        return submit_trailers(connection, stream) == 0;
    if (!stream->began) {
        nghttp2_nv fields[] = {text_header(":status", "200"), text_header("content-type", "application/grpc")};
        nghttp2_data_provider provider = {.source = {.ptr = stream}, .read_callback = read_data};
        stream->began = true;
        stream_mark_idle(stream, false, engine_now(connection->engine));
        return nghttp2_submit_response(connection->session, stream->number, fields, 2, &provider) == 0;
    }
    if (stream->suspended) {
        stream->suspended = false;
        stream_mark_idle(stream, false, engine_now(connection->engine));
        return nghttp2_session_resume_data(connection->session, stream->number) == 0;
    }
    return true;
}
