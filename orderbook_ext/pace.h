/* The pace of a stream: how long it may say nothing. StreamPace in _book.pyi says what it means. */
#ifndef ONEBOOK_PACE_H
#define ONEBOOK_PACE_H

#include <stdint.h>

#define PACE_SECOND INT64_C(1000000000)

/* The same numbers as in pace.py. */
enum {
    PACE_PAUSES = 6, /* a stream that has shown its pace may be silent for so many of its longest pauses, */
    PACE_FRAMES = 50, /* and before so many frames its pace is not known */
    PACE_FORGET = 9   /* a long pause is forgotten by and by: each frame takes 1/2^FORGET of it */
};

#define PACE_LEAST (3 * PACE_SECOND)

struct pace {
    int64_t start; /* the venue's own threshold */
    int64_t began, heard;
    int64_t longest;
    int64_t frames;
    int64_t busy; /* frames in a row without a pause as long as the venue's own number */
    int64_t doublings;
};

static inline int64_t pace_most(int64_t longest) {
    int64_t least = PACE_LEAST / PACE_PAUSES;
    if (longest > INT64_MAX / 2) return INT64_MAX;
    return 2 * longest > least ? 2 * longest : least;
}

/* The stream spoke. */
static inline void pace_hear(struct pace *pace, int64_t now) {
    int64_t pause = now - pace->heard, most = pace_most(pace->longest);
    pace->heard = now;
    pace->frames++;
    if (pause <= pace->longest) pace->longest -= pace->longest >> PACE_FORGET;
    else pace->longest = pause < most ? pause : most;
    pace->busy = pause < pace->start ? pace->busy + 1 : 0;
    if (pace->busy == PACE_FRAMES) {
        pace->busy = 0;
        if (pace->doublings) pace->doublings--;
    }
}

/* Nanoseconds of silence that are nothing unusual. */
static inline int64_t pace_threshold(const struct pace *pace) {
    int64_t usual = pace->start;
    if (pace->frames >= PACE_FRAMES) {
        if (pace->longest <= usual / PACE_PAUSES) usual = PACE_PAUSES * pace->longest;
        if (usual < PACE_LEAST) usual = PACE_LEAST;
    }
    return usual << pace->doublings;
}

#endif
