/* The best levels of one venue's book after each of its updates, for those who need every one of them.
 *
 * Written where the entry of the venue is: by whoever stamps a frame, shows or hides the book, or puts another one in its
 * place. While nobody has a log that is one comparison a frame. A log has a fixed number of places; what finds none is
 * counted, and so are all behind it until the log is emptied. */
#ifndef ONEBOOK_UPDATE_LOG_H
#define ONEBOOK_UPDATE_LOG_H

#include "heads.h"

enum update_kind {
    UPDATE_FRAME,   /* a frame was applied to the shown book */
    UPDATE_SHOWN,   /* the book is shown from now on, or a log begins */
    UPDATE_REPLACED, /* another book has taken the shown one's place */
    UPDATE_HIDDEN,  /* the book is hidden, or nothing can be said of it: no levels */
};

struct book_update {
    enum update_kind kind;
    int64_t exchange_time, receive_time, sequence;
    struct scales scales; /* of the levels: sizes are base units */
    uint32_t counts[2];
};

struct update_log {
    struct update_log *next; /* of the same venue */
    uint32_t levels, capacity;
    uint32_t count;
    uint64_t lost;
    struct book_update *updates;
    struct level *room; /* 2 x levels of each update: bids, then asks; the key is the price */
};

static inline struct level *update_levels(const struct update_log *log, uint32_t place, int side) {
    return log->room + ((size_t)place * 2 + (size_t)side) * log->levels;
}

static bool update_log_init(struct update_log *log, uint32_t levels, uint32_t capacity) {
    log->levels = levels;
    log->capacity = capacity;
    log->updates = malloc(capacity * sizeof *log->updates);
    log->room = malloc((size_t)capacity * 2 * levels * sizeof *log->room);
    return log->updates && log->room;
}

static void update_log_free(struct update_log *log) {
    free(log->updates);
    free(log->room);
    memset(log, 0, sizeof *log);
}

/* The best levels of a side in base units; false if one has no place there. */
static bool copy_side(const struct venue_state *venue, const struct size_unit *unit, int side, uint32_t limit,
                      struct level *out, uint32_t *count) {
    *count = book_top(venue->book, side, limit, out);
    for (uint32_t i = 0; i < *count; i++)
        if (!size_in_base(unit, &out[i])) return false;
    return true;
}

static void update_log_put(struct update_log *log, const struct venue_state *venue, enum update_kind kind) {
    if (log->lost || log->count == log->capacity) {
        log->lost++;
        return;
    }
    uint32_t place = log->count++;
    struct book_update *update = &log->updates[place];
    *update = (struct book_update){.kind = UPDATE_HIDDEN,
                                   .exchange_time = venue->exchange_time,
                                   .receive_time = venue->receive_time,
                                   .sequence = venue->sequence};
    if (kind == UPDATE_HIDDEN || !venue->book) return;
    struct size_unit unit = {0};
    struct level *bids = update_levels(log, place, 0), *asks = update_levels(log, place, 1);
    uint32_t counts[2];
    size_unit_set(&unit, venue->unit, venue->inverse, venue->book->scales);
    bool told = copy_side(venue, &unit, 0, log->levels, bids, &counts[0]) &&
                copy_side(venue, &unit, 1, log->levels, asks, &counts[1]);
    bool crossed = told && counts[0] && counts[1] && bids->key >= asks->key; /* it will be hidden for that */
    if (!told || crossed) return;
    update->kind = kind;
    update->scales = (struct scales){venue->book->scales.price, unit.decimals};
    memcpy(update->counts, counts, sizeof counts);
}

static void __attribute__((noinline, cold)) venue_tell(const struct venue_state *venue, enum update_kind kind) {
    for (struct update_log *log = venue->logs; log; log = log->next) update_log_put(log, venue, kind);
}

/* A frame was applied and its times were set. */
static inline void venue_stamped(const struct venue_state *venue) {
    if (venue->logs && is_live(venue)) venue_tell(venue, UPDATE_FRAME);
}

static inline void venue_set_state(struct venue_state *venue, int32_t state) {
    bool before = is_live(venue);
    venue->state = state;
    if (venue->logs && before != is_live(venue)) venue_tell(venue, before ? UPDATE_HIDDEN : UPDATE_SHOWN);
}

static inline void venue_set_book(struct venue_state *venue, const struct book *book) {
    venue->book = book;
    if (venue->logs && is_live(venue)) venue_tell(venue, book ? UPDATE_REPLACED : UPDATE_HIDDEN);
}

static void venue_add_log(struct venue_state *venue, struct update_log *log) {
    log->next = venue->logs;
    venue->logs = log;
    update_log_put(log, venue, is_live(venue) ? UPDATE_SHOWN : UPDATE_HIDDEN);
}

static void venue_remove_log(struct venue_state *venue, const struct update_log *log) {
    for (struct update_log **place = &venue->logs; *place; place = &(*place)->next)
        if (*place == log) {
            *place = log->next;
            return;
        }
}

#endif
