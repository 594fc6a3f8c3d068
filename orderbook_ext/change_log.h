/* The levels of one venue's book that each of its updates changed, for those who keep all levels themselves.
 *
 * The log keeps the book as it was last told, and compares. So nothing depends on how a change came about: by a frame, a
 * snapshot, or another book. A log has a fixed number of updates; what finds no place is counted, and the next update that
 * does says all that has changed since the last one that did. */
#ifndef ONEBOOK_CHANGE_LOG_H
#define ONEBOOK_CHANGE_LOG_H

#include "update_log.h"

/* Levels in base units, best first; the key is the price. */
struct told_levels {
    struct level *items;
    uint32_t count, room;
};

struct change_queue {
    struct book_update *updates; /* counts are those of the changes */
    uint32_t count;
    struct told_levels changes; /* of all updates: bids, then asks; size 0: the level is gone */
};

struct change_log {
    struct observer observer;
    uint32_t capacity;
    uint64_t lost;
    bool shown; /* whether there are levels that were told */
    struct scales scales;
    struct told_levels told[2], now[2];
    struct change_queue queue;
};

static bool told_reserve(struct told_levels *levels, uint64_t room) {
    if (room <= levels->room) return true;
    if (room > UINT32_MAX / 2) return false;
    struct level *items = realloc(levels->items, room * 2 * sizeof *items);
    if (!items) return false;
    levels->items = items;
    levels->room = (uint32_t)room * 2;
    return true;
}

static void change_queue_free(struct change_queue *queue) {
    free(queue->updates);
    free(queue->changes.items);
    memset(queue, 0, sizeof *queue);
}

static bool change_queue_init(struct change_queue *queue, uint32_t capacity) {
    memset(queue, 0, sizeof *queue);
    queue->updates = malloc(capacity * sizeof *queue->updates);
    return queue->updates;
}

static void change_log_free(struct change_log *log) {
    for (int side = 0; side < 2; side++) {
        free(log->told[side].items);
        free(log->now[side].items);
    }
    change_queue_free(&log->queue);
    memset(log, 0, sizeof *log);
}

static inline void told_add(struct told_levels *levels, int64_t price, int64_t size) {
    levels->items[levels->count++] = (struct level){price, size};
}

/* Appends what leads from `before` to `now`, best first; there is room for it. */
static void told_difference(const struct told_levels *before, const struct told_levels *now, int side,
                            struct told_levels *out) {
    int64_t sign = side ? 1 : -1; /* bids: the highest price is the best */
    uint32_t i = 0, j = 0;
    while (i < before->count || j < now->count) {
        const struct level *old = i < before->count ? &before->items[i] : NULL;
        const struct level *new = j < now->count ? &now->items[j] : NULL;
        if (!new || (old && old->key * sign < new->key * sign)) {
            told_add(out, old->key, 0);
            i++;
        } else if (!old || new->key * sign < old->key * sign) {
            told_add(out, new->key, new->size);
            j++;
        } else {
            if (old->size != new->size) told_add(out, new->key, new->size);
            i++, j++;
        }
    }
}

/* Leaves out levels that are worth nothing in base units: size 0 says that a level is gone. */
static void told_without_nothing(struct told_levels *levels) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < levels->count; i++)
        if (levels->items[i].size) levels->items[kept++] = levels->items[i];
    levels->count = kept;
}

/* Copies both sides in base units; *hidden is set where there is nothing to tell. False: no memory. */
static bool change_log_read(struct change_log *log, const struct venue_state *venue, struct scales *scales, bool *hidden) {
    struct size_unit unit = {0};
    size_unit_set(&unit, venue->unit, venue->inverse, venue->book->scales);
    *scales = (struct scales){venue->book->scales.price, unit.decimals};
    for (int side = 0; side < 2; side++) {
        uint32_t count = side_count(&venue->book->sides[side]);
        if (!told_reserve(&log->now[side], count)) return false;
        if (!copy_side(venue, &unit, side, count, log->now[side].items, &log->now[side].count)) {
            *hidden = true;
            return true;
        }
        if (venue->inverse) told_without_nothing(&log->now[side]);
    }
    const struct told_levels *bids = &log->now[0], *asks = &log->now[1];
    *hidden = bids->count && asks->count && bids->items->key >= asks->items->key; /* it will be hidden for that */
    return true;
}

static struct book_update *change_log_place(struct change_log *log, const struct venue_state *venue,
                                            enum update_kind kind) {
    struct book_update *update = &log->queue.updates[log->queue.count++];
    *update = (struct book_update){.kind = kind,
                                   .exchange_time = venue->exchange_time,
                                   .receive_time = venue->receive_time,
                                   .sequence = venue->sequence,
                                   .scales = log->scales};
    return update;
}

static void change_log_hide(struct change_log *log, const struct venue_state *venue) {
    if (!log->shown) return;
    change_log_place(log, venue, UPDATE_HIDDEN);
    log->shown = false;
    log->told[0].count = log->told[1].count = 0;
}

static void change_log_show(struct change_log *log, const struct venue_state *venue, enum update_kind kind,
                            struct scales scales) {
    bool rescaled = scales.price != log->scales.price || scales.size != log->scales.size;
    if (kind == UPDATE_FRAME && !log->shown) kind = UPDATE_SHOWN;
    if (kind == UPDATE_FRAME && rescaled) kind = UPDATE_REPLACED;
    if (kind != UPDATE_FRAME) log->told[0].count = log->told[1].count = 0;
    log->shown = true;
    log->scales = scales;
    struct book_update *update = change_log_place(log, venue, kind);
    for (int side = 0; side < 2; side++) {
        struct told_levels *changes = &log->queue.changes, told = log->told[side];
        uint32_t first = changes->count;
        told_difference(&told, &log->now[side], side, changes);
        update->counts[side] = changes->count - first;
        log->told[side] = log->now[side];
        log->now[side] = told;
    }
}

static void change_log_put(struct observer *observer, const struct venue_state *venue, enum update_kind kind) {
    struct change_log *log = (struct change_log *)observer;
    struct scales scales = {0};
    bool hidden = kind == UPDATE_HIDDEN || !venue->book;
    bool read = log->queue.count < log->capacity && (hidden || change_log_read(log, venue, &scales, &hidden));
    uint64_t most = log->queue.changes.count;
    for (int side = 0; side < 2; side++) most += (uint64_t)log->told[side].count + log->now[side].count;
    if (!read || !told_reserve(&log->queue.changes, most)) {
        log->lost++;
        return;
    }
    if (hidden)
        change_log_hide(log, venue);
    else
        change_log_show(log, venue, kind, scales);
}

static bool change_log_init(struct change_log *log, uint32_t capacity) {
    memset(log, 0, sizeof *log);
    log->observer.tell = change_log_put;
    log->capacity = capacity;
    return change_queue_init(&log->queue, capacity);
}

#endif
