/* The fast lane: one frame of a book that is live, with which nothing else is going on.
 *
 * What cannot be taken in plain order is left as it is, for the state machine in Python to decide. What shows only when
 * the levels are in (the venue's checksum, a crossed book) is told to it, before anybody reads the book.
 */
#ifndef ONEBOOK_LANE_H
#define ONEBOOK_LANE_H

#include "checksum.h"
#include "heads.h"
#include "pace.h"
#include "sequence.h"
#include "update_log.h"

/* The venue's own best prices, which the book is to show; a mantissa of 0 is a price that it never can. */
struct awaited_prices {
    bool waits;
    struct number sides[2];
};

/* One book's; what it points to is shared with the state machine, and is the only copy. */
struct book_lane {
    bool armed; /* steady: all below is set */
    bool whole_frames;
    bool checks; /* `checksum` is the venue's rule */
    enum sequence_kind kind;
    struct sequence *sequence;
    struct pace *pace;
    struct awaited_prices *awaited;
    struct book *book;
    struct venue_state *venue;
    struct checksum_rule checksum;
    int64_t time_unit; /* nanoseconds in one unit of a frame's time */
};

enum lane_outcome {
    LANE_TAKEN,    /* the book and its times are those after the frame */
    LANE_REPEATED, /* the frame said nothing new */
    LANE_LEFT,     /* nothing has changed */
    LANE_MISMATCH, /* levels and sequence are those after the frame; the venue's checksum says otherwise, ... */
    LANE_CROSSED,  /* or there was none, and they cross; */
    LANE_CROSSED_MATCH, /* or it matches, and they cross. Times and counts are as before */
};

/* Venue times outside of these are in another unit, or nonsense: 2009 to 2100. */
#define EARLIEST_TIME (INT64_C(1230768000) * PACE_SECOND)
#define LATEST_TIME (INT64_C(4102444800) * PACE_SECOND)

/* The venue's time of a frame in nanoseconds UTC; 0 if it is unknown. */
static inline int64_t lane_time(int64_t time, int64_t unit) {
    int64_t nanos;
    if (__builtin_mul_overflow(time, unit, &nanos)) return 0;
    return nanos >= EARLIEST_TIME && nanos <= LATEST_TIME ? nanos : 0;
}

/* Whether a price of the book is this number. */
static inline bool same_price(int64_t price, uint32_t decimals, struct number number) {
    return number.decimals <= MAX_DECIMALS &&
           (u128)(uint64_t)price * POW10[number.decimals] == (u128)number.mantissa * POW10[decimals];
}

/* Whether the book shows what is awaited; then nothing is awaited any more. */
static bool awaited_seen(struct awaited_prices *awaited, const struct book *book) {
    struct level bid, ask;
    if (!side_best(&book->sides[0], &bid) || !side_best(&book->sides[1], &ask)) return false;
    uint32_t decimals = book->scales.price;
    if (!same_price(bid.key, decimals, awaited->sides[0]) || !same_price(-ask.key, decimals, awaited->sides[1]))
        return false;
    awaited->waits = false;
    return true;
}

static inline bool lane_change(struct book_lane *lane, struct frame *frame) {
    struct scale_fault fault;
    enum book_status status = lane->whole_frames ? book_load(lane->book, frame->sides, false, &fault)
                                                 : book_apply(lane->book, frame->sides, &fault);
    return status == BOOK_OK;
}

static void lane_stamp(const struct book_lane *lane, const struct frame *frame, int64_t received, int64_t monotonic) {
    struct venue_state *venue = lane->venue;
    venue->exchange_time = lane_time(frame->numbers[NUMBER_TIME], lane->time_unit);
    venue->receive_time = received;
    venue->receive_monotonic = monotonic;
    venue->sequence = larger(0, lane->sequence->position);
    venue_stamped(venue);
}

/* Takes a frame of this book; the consistency lock and the mutex of its market are held. */
static enum lane_outcome lane_take(struct book_lane *lane, struct frame *frame, int64_t received, int64_t monotonic) {
    struct sequence next;
    if (!lane->armed || frame->snapshot || !is_live(lane->venue)) return LANE_LEFT;
    enum sequence_step step = sequence_step(lane->kind, *lane->sequence, frame->numbers, &next);
    if (step == STEP_OTHER || (step == STEP_TAKE && !lane_change(lane, frame))) return LANE_LEFT;
    pace_hear(lane->pace, monotonic);
    if (step == STEP_REPEATED) return LANE_REPEATED;
    *lane->sequence = next;
    int64_t expected = frame->numbers[NUMBER_CHECKSUM];
    bool checked = lane->checks && expected != NO_CHECKSUM && (uint32_t)expected != 0;
    if (checked && book_checksum(lane->book, &lane->checksum) != (uint32_t)expected) return LANE_MISMATCH;
    if (book_crossed(lane->book)) return checked ? LANE_CROSSED_MATCH : LANE_CROSSED;
    lane->venue->checksums_verified += checked;
    lane_stamp(lane, frame, received, monotonic);
    if (lane->awaited->waits) awaited_seen(lane->awaited, lane->book);
    return LANE_TAKEN;
}

#endif
