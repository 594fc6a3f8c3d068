/* Those who are told of every update of one venue's book.
 *
 * They are told where the entry of the venue is, by whoever stamps a frame, shows or hides the book, or puts another one in
 * its place, under the entry's mutex. While there is no observer that is one comparison per frame. */
#ifndef ONEBOOK_OBSERVERS_H
#define ONEBOOK_OBSERVERS_H

#include <time.h>

#include "heads.h"

enum update_kind {
    UPDATE_FRAME,    /* a frame was applied to the shown book */
    UPDATE_SHOWN,    /* the book is shown from now on, or an observer begins */
    UPDATE_REPLACED, /* another book has taken the shown one's place */
    UPDATE_HIDDEN,   /* the book is hidden, or nothing can be said of it: no levels */
};

/* The first member of whatever observes. */
struct observer {
    struct observer *next; /* of the same venue */
    void (*tell)(struct observer *, const struct venue_state *, enum update_kind);
};

static void __attribute__((noinline, cold)) venue_tell(const struct venue_state *venue, enum update_kind kind) {
    for (struct observer *observer = venue->observers; observer; observer = observer->next)
        observer->tell(observer, venue, kind);
}

/* The frame that was just applied is the one to measure. */
static void __attribute__((noinline, cold)) venue_measure(struct venue_state *venue) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    venue->measured_apply = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
    venue->measured_receipt = venue->receive_monotonic;
    venue->measures = false;
}

/* A frame was applied and its times were set. */
static inline void venue_stamped(struct venue_state *venue) {
    venue->frames += 1;
    if (venue->measures && is_live(venue)) venue_measure(venue);
    if (venue->observers && is_live(venue)) venue_tell(venue, UPDATE_FRAME);
}

static inline void venue_set_state(struct venue_state *venue, int32_t state) {
    bool before = is_live(venue);
    venue->state = state;
    if (venue->observers && before != is_live(venue)) venue_tell(venue, before ? UPDATE_HIDDEN : UPDATE_SHOWN);
}

static inline void venue_set_book(struct venue_state *venue, struct book *book) {
    venue->book = book;
    if (venue->observers && is_live(venue)) venue_tell(venue, book ? UPDATE_REPLACED : UPDATE_HIDDEN);
}

static void venue_add_observer(struct venue_state *venue, struct observer *observer) {
    observer->next = venue->observers;
    venue->observers = observer;
    observer->tell(observer, venue, is_live(venue) ? UPDATE_SHOWN : UPDATE_HIDDEN);
}

static void venue_remove_observer(struct venue_state *venue, const struct observer *observer) {
    for (struct observer **place = &venue->observers; *place; place = &(*place)->next)
        if (*place == observer) {
            *place = observer->next;
            return;
        }
}

#endif
