/* The steady part of the sequence rules: the frame that plainly goes on where the book is.
 *
 * The rules themselves, with all that they say of gaps, restarts and joins, are server/protocol/sequence.py. Here stands for
 * each of them when its check() says APPLY, and what it remembers then. All other frames are left to it.
 */
#ifndef ONEBOOK_SEQUENCE_H
#define ONEBOOK_SEQUENCE_H

#include "scan_levels.h"

/* In the order of SEQUENCES in sequence.py. */
enum sequence_kind {
    SEQUENCE_RANGE,    /* first..last, which begins at or below the next id */
    SEQUENCE_COUNTER,  /* the same with one id, 1 being a restart */
    SEQUENCE_LINK,     /* names the id of the frame before */
    SEQUENCE_PLAIN,    /* numbers and times that do not fall, if there are any */
    SEQUENCE_RISING,   /* times that rise */
    SEQUENCE_STATELESS /* whole books with numbers that rise */
};

/* `other`: whether a LINK is joining; the time of a PLAIN; the newest frame of a RISING; the number that a STATELESS
 * ignored last. */
struct sequence {
    int64_t position, other;
};

enum sequence_step { STEP_TAKE, STEP_REPEATED, STEP_OTHER };

/* numbers[] of a frame. */
enum { NUMBER_FIRST, NUMBER_LAST, NUMBER_PREVIOUS, NUMBER_TIME, NUMBER_CHECKSUM };

static inline int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }

/* What to do with a frame of these numbers; *next is what to remember when it is taken. REPEATED: it says nothing new. */
static inline enum sequence_step sequence_step(enum sequence_kind kind, struct sequence now, const int64_t *numbers,
                                               struct sequence *next) {
    int64_t first = numbers[NUMBER_FIRST], last = numbers[NUMBER_LAST], previous = numbers[NUMBER_PREVIOUS];
    int64_t time = numbers[NUMBER_TIME];
    *next = (struct sequence){last, now.other};
    switch (kind) {
    case SEQUENCE_COUNTER:
        if (last == 1) return STEP_OTHER;
        /* fall through */
    case SEQUENCE_RANGE:
        return first >= 0 && last >= first && last > now.position && first - 1 <= now.position ? STEP_TAKE : STEP_OTHER;
    case SEQUENCE_LINK:
        if (now.position < 0 && last < 0) { /* a recording without ids */
            *next = now;
            return STEP_TAKE;
        }
        next->other = 0;
        return last >= 0 && previous >= 0 && first <= last && previous == now.position ? STEP_TAKE : STEP_OTHER;
    case SEQUENCE_PLAIN:
        if ((last >= 0 && last < now.position) || (time >= 0 && time < now.other)) return STEP_OTHER;
        *next = (struct sequence){larger(now.position, last), larger(now.other, time)};
        return STEP_TAKE;
    case SEQUENCE_RISING:
        next->other = last;
        return last >= 0 && last >= now.other && last > now.position ? STEP_TAKE : STEP_OTHER;
    case SEQUENCE_STATELESS:
        next->other = -1;
        if (last >= 0 && last == now.position) return STEP_REPEATED;
        return last < 0 || last > now.position ? STEP_TAKE : STEP_OTHER;
    }
    return STEP_OTHER;
}

#endif
