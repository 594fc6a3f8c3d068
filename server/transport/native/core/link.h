/* The serving process's end of the socket to the server: bytes in and out, and never a wait. */
#pragma once

#include "bytes.h"
#include "system.h"

/* Bytes that the server has not taken, from which on it is given up; and what is read in one turn at most. */
enum { MOST_UNSENT = 64 << 20, LINK_TURN = 4 << 20, LINK_PIECE = 64 << 10 };

typedef struct Link {
    int fd;
    Bytes in, out;
    size_t gone; /* bytes of `out` that the socket has taken */
    bool broken; /* the server has gone, or does not read */
} Link;

/* Reads what is there. */
static inline void link_receive(Link *link) {
    size_t before = link->in.size;
    while (!link->broken && link->in.size - before < LINK_TURN) {
        if (!bytes_reserve(&link->in, LINK_PIECE)) {
            link->broken = true;
            return;
        }
        ssize_t size = recv(link->fd, link->in.data + link->in.size, LINK_PIECE, MSG_DONTWAIT);
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return;
        link->broken = size <= 0;
        if (size > 0)
            link->in.size += (size_t)size;
    }
}

/* Sends what the socket takes; whether all has gone. */
static inline bool link_flush(Link *link) {
    while (!link->broken && link->gone < link->out.size) {
        ssize_t size = send(link->fd, link->out.data + link->gone, link->out.size - link->gone, SEND_FLAGS);
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            link->broken = link->out.size - link->gone > MOST_UNSENT;
            return false;
        }
        link->broken = size <= 0;
        if (size > 0)
            link->gone += (size_t)size;
    }
    link->out.size = link->gone = 0;
    return true;
}
