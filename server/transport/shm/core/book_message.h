/* A StreamBookResponse, as the topics send it to every subscriber, into a packed book of onebook_shm.h.
 *
 * The message is the server's own. It is checked all the same: what does not fit, or ends too early, is refused whole.
 * Fields that the layout has no place for are passed over; there is none in a book of the server's own options.
 */
#ifndef ONEBOOK_BOOK_MESSAGE_H
#define ONEBOOK_BOOK_MESSAGE_H

#include "onebook_shm.h"

#include <stdbool.h>

struct bytes_in {
    const unsigned char *at, *end;
    bool broken;
};

/* One field: its number, and its value or, with `size`, its bytes. */
struct field_in {
    uint32_t number;
    uint64_t value;
    struct bytes_in part;
};

static uint64_t varint_in(struct bytes_in *in) {
    uint64_t value = 0;
    for (int shift = 0; shift < 64 && in->at < in->end; shift += 7) {
        unsigned char byte = *in->at++;
        value |= (uint64_t)(byte & 127) << shift;
        if (byte < 128) return value;
    }
    in->broken = true;
    return 0;
}

static inline int64_t signed_in(uint64_t zigzag) { return (int64_t)(zigzag >> 1) ^ -(int64_t)(zigzag & 1); }

/* The next field; false at the end and where the message is broken. */
static bool field_next(struct bytes_in *in, struct field_in *field) {
    uint64_t key, size;
    if (in->broken || in->at == in->end) return false;
    key = varint_in(in);
    field->number = (uint32_t)(key >> 3);
    field->value = 0;
    field->part = (struct bytes_in){in->at, in->at, false};
    switch (key & 7) {
    case 0:
        field->value = varint_in(in);
        break;
    case 1:
        if (in->end - in->at < 8) {
            in->broken = true;
            break;
        }
        for (int i = 7; i >= 0; i--) field->value = field->value << 8 | in->at[i];
        in->at += 8;
        break;
    case 2:
        size = varint_in(in);
        if (in->broken || size > (uint64_t)(in->end - in->at)) {
            in->broken = true;
            break;
        }
        field->part = (struct bytes_in){in->at, in->at + size, false};
        in->at += size;
        break;
    default:
        in->broken = true;
    }
    return !in->broken;
}

/* Text of UTF-8 into a field of so many bytes, cut between letters where it is longer; the last byte is 0. */
static void text_in(char *to, size_t room, const struct bytes_in *text) {
    size_t length = (size_t)(text->end - text->at);
    if (length > room - 1) {
        length = room - 1;
        while (length && (text->at[length] & 0xC0) == 0x80) length--;
    }
    memcpy(to, text->at, length);
    memset(to + length, 0, room - length);
}

static bool header_in(struct bytes_in in, onebook_shm_book *book) {
    struct field_in field;
    while (field_next(&in, &field)) switch (field.number) {
        case 1: book->publish_time = (int64_t)field.value; break;
        case 2: book->epoch = field.value; break;
        case 3: book->sequence = field.value; break;
        case 4: book->flags |= field.value ? ONEBOOK_SHM_HEARTBEAT : 0; break;
        case 5: book->receive_time = (int64_t)field.value; break;
        case 6: book->exchange_time = (int64_t)field.value; break;
        }
    return !in.broken;
}

static bool level_in(struct bytes_in in, onebook_shm_level *level) {
    struct field_in field;
    memset(level, 0, sizeof *level);
    while (field_next(&in, &field)) switch (field.number) {
        case 1: level->price = (int64_t)field.value; break;
        case 2: level->size = (int64_t)field.value; break;
        case 3: level->venue = (uint32_t)field.value; break;
        }
    return !in.broken;
}

static bool venue_in(struct bytes_in in, onebook_shm_venue *venue) {
    struct field_in field;
    memset(venue, 0, sizeof *venue);
    while (field_next(&in, &field)) switch (field.number) {
        case 1: text_in(venue->name, sizeof venue->name, &field.part); break;
        case 2: venue->state = (uint32_t)field.value; break;
        case 3: venue->exchange_time = (int64_t)field.value; break;
        case 4: venue->receive_time = (int64_t)field.value; break;
        case 5: venue->age = field.value; break;
        case 6: venue->venue_sequence = field.value; break;
        case 7: venue->resyncs = (uint32_t)field.value; break;
        case 8: venue->gaps = (uint32_t)field.value; break;
        case 9: venue->checksums_verified = field.value; break;
        case 10: venue->checksum_failures = (uint32_t)field.value; break;
        case 11: venue->flags |= field.value ? ONEBOOK_SHM_WHOLE_BOOK : 0; break;
        case 12: venue->lowest_complete_bid = (int64_t)field.value; break;
        case 13: venue->highest_complete_ask = (int64_t)field.value; break;
        case 14: venue->bid_levels = (uint32_t)field.value; break;
        case 15: venue->ask_levels = (uint32_t)field.value; break;
        case 16: text_in(venue->detail, sizeof venue->detail, &field.part); break;
        case 17: venue->flags |= field.value ? ONEBOOK_SHM_UNVERIFIED : 0; break;
        case 18: venue->audits = (uint32_t)field.value; break;
        case 19: venue->audit_bid_match_ppm = (uint32_t)field.value; break;
        case 20: venue->audit_ask_match_ppm = (uint32_t)field.value; break;
        case 21: venue->ghost_levels = (uint32_t)field.value; break;
        case 22: venue->missing_levels = (uint32_t)field.value; break;
        case 24: venue->trades_state = (uint32_t)field.value; break;
        case 25: venue->clock_offset = signed_in(field.value); break;
        case 26: venue->clock_uncertainty = field.value; break;
        }
    return !in.broken;
}

/* Levels and venues go behind one another in the order of the message, which is that of a packed book. */
static bool book_in(struct bytes_in in, onebook_shm_book *book, uint32_t levels, uint32_t venues) {
    struct field_in field;
    onebook_shm_level *level = (onebook_shm_level *)(void *)(book + 1);
    while (field_next(&in, &field)) switch (field.number) {
        case 1:
            if (!header_in(field.part, book)) return false;
            break;
        case 3: book->price_exponent = (int32_t)signed_in(field.value); break;
        case 4: book->size_exponent = (int32_t)signed_in(field.value); break;
        case 5:
            if (book->ask_count || book->venue_count || book->bid_count == levels) return false;
            if (!level_in(field.part, level + book->bid_count)) return false;
            book->bid_count++;
            break;
        case 6:
            if (book->venue_count || book->ask_count == levels) return false;
            if (!level_in(field.part, level + book->bid_count + book->ask_count)) return false;
            book->ask_count++;
            break;
        case 7: book->spread = signed_in(field.value); book->flags |= ONEBOOK_SHM_TWO_SIDED; break;
        case 8: book->mid = (int64_t)field.value; break;
        case 9: {
            onebook_shm_venue *venue = (onebook_shm_venue *)(uintptr_t)onebook_shm_venues(book) + book->venue_count;
            if (book->venue_count == venues || !venue_in(field.part, venue)) return false;
            book->live_venues += venue->state == ONEBOOK_SHM_VENUE_LIVE;
            book->venue_count++;
            break;
        }
        case 10: book->proved_bid_levels = (uint32_t)field.value; break;
        case 11: book->proved_ask_levels = (uint32_t)field.value; break;
        case 13: book->digest = field.value; break;
        }
    return !in.broken;
}

/* Whether each level names a venue of the book. */
static bool levels_name_venues(const onebook_shm_book *book) {
    const onebook_shm_level *level = onebook_shm_bids(book);
    for (uint32_t i = 0; i < book->bid_count + book->ask_count; i++)
        if (level[i].venue >= book->venue_count) return false;
    return true;
}

/* A book without levels and venues, of this time. */
static inline void book_empty(int64_t monotonic, onebook_shm_book *book) {
    memset(book, 0, sizeof *book);
    book->publish_monotonic = monotonic;
}

/* `book` has room for so many levels of a side and so many venues. False: the message is broken, or does not fit. */
static bool book_message_in(const unsigned char *message, size_t size, int64_t monotonic, onebook_shm_book *book,
                            uint32_t levels, uint32_t venues) {
    struct bytes_in in = {message, message + size, false};
    struct field_in field;
    book_empty(monotonic, book);
    while (field_next(&in, &field))
        if (field.number == 1 && !book_in(field.part, book, levels, venues)) return false;
    if (in.broken || !levels_name_venues(book)) return false;
    if (book->spread < 0) book->flags |= ONEBOOK_SHM_CROSSED;
    return true;
}

#endif
