/* The best levels of one venue's book after each of its updates, for those who need every one of them.
 *
 * A log has a fixed number of places; what finds none is counted, and so are all behind it until the log is emptied. */
#ifndef ONEBOOK_UPDATE_LOG_H
#define ONEBOOK_UPDATE_LOG_H

#include "observers.h"

struct book_update {
    enum update_kind kind;
    int64_t exchange_time, receive_time, sequence;
    struct scales scales; /* of the levels: sizes are base units */
    uint32_t counts[2];
};

struct update_log {
    struct observer observer;
    uint32_t levels, capacity;
    uint32_t count;
    uint64_t lost;
    struct book_update *updates;
    struct level *room; /* 2 x levels of each update: bids, then asks; the key is the price */
};

static inline struct level *update_levels(const struct update_log *log, uint32_t place, int side) {
    return log->room + ((size_t)place * 2 + (size_t)side) * log->levels;
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

static void update_log_put(struct observer *observer, const struct venue_state *venue, enum update_kind kind) {
    struct update_log *log = (struct update_log *)observer;
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

static bool update_log_init(struct update_log *log, uint32_t levels, uint32_t capacity) {
    log->observer.tell = update_log_put;
    log->levels = levels;
    log->capacity = capacity;
    log->updates = malloc(capacity * sizeof *log->updates);
    log->room = malloc((size_t)capacity * 2 * levels * sizeof *log->room);
    return log->updates && log->room;
}

#endif
