/* What ends the wait of an engine: any thread rings, and the engine hears. */
#pragma once

#include "system.h"

/* Both may be the same descriptor; -1: there is none. */
typedef struct Wake {
    int heard; /* readable from the first ring until the engine has heard */
    int rung;
} Wake;

static const Wake NO_WAKE = {-1, -1};

static inline void wake_close(Wake *wake) {
    if (wake->heard >= 0)
        close(wake->heard);
    if (wake->rung >= 0 && wake->rung != wake->heard)
        close(wake->rung);
    *wake = NO_WAKE;
}

/* False: the system has no descriptor left. */
static inline bool wake_open(Wake *wake) {
    *wake = NO_WAKE;
    if (wake_ends(&wake->heard, &wake->rung))
        return true;
    wake_close(wake);
    return false;
}

/* Where it cannot be written to, there are rings enough. */
static inline void wake_ring(Wake *wake) {
    uint64_t one = 1;
    while (write(wake->rung, &one, sizeof one) < 0 && errno == EINTR) {
    }
}

/* Rings that one read does not take are heard in the next turn. */
static inline void wake_hear(Wake *wake) {
    uint64_t rings[64];
    while (read(wake->heard, rings, sizeof rings) < 0 && errno == EINTR) {
    }
}
