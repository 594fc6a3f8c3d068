/* Clients of the HTTP/2 engine that send valid, mutated and half frames: for the stress programs beside this file. */
#pragma once

#include <stdio.h>

#include "core/engine.h"

static uint64_t random_of(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void put_frame(Bytes *out, int kind, int flags, uint32_t stream, const void *body, size_t size) {
    uint8_t head[9] = {
        (uint8_t)(size >> 16), (uint8_t)(size >> 8), (uint8_t)size, (uint8_t)kind, (uint8_t)flags, (uint8_t)(stream >> 24),
        (uint8_t)(stream >> 16), (uint8_t)(stream >> 8), (uint8_t)stream,
    };
    bytes_append(out, head, sizeof head);
    bytes_append(out, body, size);
}

static void put_field(Bytes *block, const char *name, const char *value) {
    uint8_t zero = 0, size = (uint8_t)strlen(name);
    bytes_append(block, &zero, 1);
    bytes_append(block, &size, 1);
    bytes_append(block, name, size);
    size = (uint8_t)strlen(value);
    bytes_append(block, &size, 1);
    bytes_append(block, value, size);
}

static void put_call(Bytes *out, uint32_t stream, uint64_t *state) {
    static const char *paths[] = {"/a.S/Call", "/many.S/Call", "/", "/a.S/\xff"};
    Bytes block = {0};
    put_field(&block, ":method", random_of(state) % 20 ? "POST" : "GET");
    put_field(&block, ":scheme", "http");
    put_field(&block, ":path", paths[random_of(state) % 4]);
    put_field(&block, ":authority", "a");
    put_field(&block, "content-type", random_of(state) % 20 ? "application/grpc" : "text/html");
    if (random_of(state) % 4 == 0)
        put_field(&block, "grpc-timeout", random_of(state) % 2 ? "10m" : "99999999H");
    if (random_of(state) % 4 == 0)
        put_field(&block, "grpc-encoding", "gzipgzipgzipgzipgzipgzip");
    put_frame(out, 1, 4 | (random_of(state) % 10 == 0), stream, block.data, block.size);
    bytes_free(&block);
}

/* One connection's worth of frames, most of them valid. */
static void fill(Bytes *out, uint64_t *state) {
    bytes_append(out, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 24);
    uint8_t window[6] = {0, 4, 0, 0, 0, 0};
    window[4] = (uint8_t)(random_of(state) % 3 ? random_of(state) : 0);
    window[5] = (uint8_t)random_of(state);
    put_frame(out, 4, 0, 0, window, random_of(state) % 4 ? 6 : 0);
    uint32_t stream = 1;
    for (int i = (int)(random_of(state) % 40); i > 0; i--) {
        uint32_t of = random_of(state) % 3 ? stream : (uint32_t)(random_of(state) % 20 * 2 + 1);
        uint8_t body[64] = {0, 0, 0, 0, (uint8_t)(random_of(state) % 40)};
        switch (random_of(state) % 9) {
        case 0:
        case 1:
        case 2:
            put_call(out, stream, state);
            put_frame(out, 0, random_of(state) % 2, stream, body, 5 + body[4]);
            stream += 2;
            break;
        case 3:
            put_frame(out, 0, random_of(state) % 2, of, body, random_of(state) % sizeof body);
            break;
        case 4:
            put_frame(out, 3, 0, of, "\0\0\0\x08", 4);
            break;
        case 5:
            put_frame(out, 8, 0, random_of(state) % 2 ? 0 : of, "\0\0\x40\0", 4);
            break;
        case 6:
            put_frame(out, 6, random_of(state) % 2, 0, body, 8);
            break;
        case 7:
            put_frame(out, 4, 0, 0, window, 6);
            break;
        default:
            put_frame(out, (int)(random_of(state) % 12), (int)(random_of(state) % 64), of, body, random_of(state) % 30);
        }
    }
    if (random_of(state) % 3 == 0)
        for (int i = 0; i < 4; i++)
            out->data[random_of(state) % out->size] ^= (uint8_t)(1 << random_of(state) % 8);
}

/* Limits that time soon reaches. */
static const Limits SHORT = {
    .connections = 64, .calls_per_connection = 100, .half_open = 1000, .request_within = 0.05, .handshake_within = 0.1,
    .idle = 0.1, .ping_every = 0.05, .ping_within = 0.5, .answer_within = 0.3, .status_within = 0.1, .stall = 0.2,
};

/* A socket that listens on loopback; -1: there is none. */
static int listener_open(struct sockaddr_in *address) {
    *address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof *address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    bool bound = !bind(listener, (void *)address, size) && !listen(listener, 64) &&
                 !getsockname(listener, (void *)address, &size);
    return bound ? listener : -1;
}

/* So many connections, one after the other and up to 32 of them open; false: one could not be made. */
static bool clients_run(const struct sockaddr_in *address, int connections, uint64_t *state) {
    int open[32];
    for (int i = 0; i < 32; i++)
        open[i] = -1;
    for (int i = 0; i < connections; i++) {
        int *fd = &open[i % 32];
        if (*fd >= 0)
            close(*fd);
        *fd = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(*fd, (const void *)address, sizeof *address))
            return false;
        Bytes out = {0};
        fill(&out, state);
        for (size_t at = 0; at < out.size;) {
            size_t piece = random_of(state) % 5 ? out.size - at : 1 + random_of(state) % (out.size - at);
            ssize_t sent = send(*fd, out.data + at, piece, MSG_NOSIGNAL);
            if (sent < 0)
                break;
            at += (size_t)sent;
        }
        bytes_free(&out);
        uint8_t buffer[20000];
        if (random_of(state) % 2)
            (void)!recv(*fd, buffer, sizeof buffer, random_of(state) % 4 ? MSG_DONTWAIT : 0);
    }
    for (int i = 0; i < 32; i++)
        if (open[i] >= 0)
            close(open[i]);
    return true;
}
