/* Protobuf bytes of the published messages, straight from a merge, equal to what upb writes for the same message.
 *
 * A message is written from its end to its start, as upb does: when a nested message is complete its length is known and
 * is put in front of it. So fields are put in falling order. proto3 defaults are left out, `optional` fields are not.
 */
#ifndef ONEBOOK_WIRE_H
#define ONEBOOK_WIRE_H

#include "prices.h"

enum wire_type { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_BYTES = 2 };

/* Room of one level but its venue's name, of one venue but its texts, and of the rest, at their largest. */
enum { LEVEL_ROOM = 48, VENUE_ROOM = 336, MESSAGE_ROOM = 256 };

static inline uint32_t varint_length(uint64_t value) {
    return (uint32_t)(((63 - __builtin_clzll(value | 1)) * 9 + 73) / 64);
}

static inline uint8_t *put_varint(uint8_t *p, uint64_t value) {
    uint8_t *start = p - varint_length(value);
    for (p = start; value > 127; value >>= 7) *p++ = (uint8_t)(value | 128);
    *p = (uint8_t)value;
    return start;
}

static inline uint8_t *put_key(uint8_t *p, uint32_t field, enum wire_type type) {
    return put_varint(p, field << 3 | type);
}

/* An `optional int64`, or any varint that is there. */
static inline uint8_t *put_present(uint8_t *p, uint32_t field, uint64_t value) {
    return put_key(put_varint(p, value), field, WIRE_VARINT);
}

static inline uint8_t *put_integer(uint8_t *p, uint32_t field, uint64_t value) {
    return value ? put_present(p, field, value) : p;
}

static inline uint64_t zigzag(int64_t value) { return ((uint64_t)value << 1) ^ (uint64_t)(value >> 63); }

static inline uint8_t *put_fixed64(uint8_t *p, uint32_t field, uint64_t value) {
    if (!value) return p;
    p -= 8;
    for (int i = 0; i < 8; i++) p[i] = (uint8_t)(value >> (8 * i));
    return put_key(p, field, WIRE_FIXED64);
}

static inline uint8_t *put_double(uint8_t *p, uint32_t field, double value) {
    uint64_t bits;
    memcpy(&bits, &value, 8);
    return put_fixed64(p, field, bits);
}

/* Closes the message that ends at `end` and starts at `p`. */
static inline uint8_t *put_length(uint8_t *p, uint32_t field, const uint8_t *end) {
    return put_key(put_varint(p, (uint64_t)(end - p)), field, WIRE_BYTES);
}

static inline uint8_t *put_text(uint8_t *p, uint32_t field, struct text text) {
    if (!text.length) return p;
    memcpy(p - text.length, text.bytes, text.length);
    return put_length(p - text.length, field, p);
}

/* -- onebook.v1 */

/* What the caller of an encoder says of the message. */
struct stamp {
    uint64_t publish_time, epoch, sequence;
    int64_t monotonic;
    bool heartbeat;
    struct text extra; /* encoded fields that follow those made here */
};

/* What follows the fields of a message, as it is. */
static inline uint8_t *put_extra(uint8_t *p, const struct stamp *stamp) {
    if (stamp->extra.length) memcpy(p - stamp->extra.length, stamp->extra.bytes, stamp->extra.length);
    return p - stamp->extra.length;
}

static inline uint64_t not_negative(int64_t value) { return value > 0 ? (uint64_t)value : 0; }

static inline uint8_t *put_level(uint8_t *p, uint32_t field, const struct merged_level *level) {
    const uint8_t *end = p;
    p = put_integer(p, 3, (uint64_t)level->venue);
    p = put_integer(p, 2, (uint64_t)level->size);
    p = put_integer(p, 1, (uint64_t)level->price);
    return put_length(p, field, end);
}

/* A price at other decimals, if these hold it exactly; else 0, which is none. */
static int64_t price_at(int64_t price, int32_t decimals, int32_t wanted) {
    for (; price && decimals < wanted; decimals++)
        if (__builtin_mul_overflow(price, 10, &price)) return 0;
    for (; price && decimals > wanted; decimals--) {
        if (price % 10) return 0;
        price /= 10;
    }
    return price;
}

/* Prices are at `decimals`. */
static uint8_t *put_quality(uint8_t *p, uint32_t field, const struct view *view, uint32_t i, int32_t decimals,
                            int64_t monotonic) {
    const struct venue_copy *venue = &view->now->venues[i];
    const struct venue_state *state = &venue->state;
    const uint8_t *end = p;
    int64_t received = state->receive_monotonic;
    int32_t known = (int32_t)view->now->scales.price;
    p = put_fixed64(p, 27, venue->digest);
    p = put_integer(p, 26, not_negative(state->clock_uncertainty));
    p = put_integer(p, 25, zigzag(state->clock_offset));
    p = put_integer(p, 24, state->trades_state);
    p = put_text(p, 23, view->rates[i].currency);
    p = put_integer(p, 22, state->missing);
    p = put_integer(p, 21, state->ghosts);
    p = put_integer(p, 20, state->ask_match);
    p = put_integer(p, 19, state->bid_match);
    p = put_integer(p, 18, state->audits);
    p = put_integer(p, 17, state->unverified);
    p = put_text(p, 16, state->detail);
    p = put_integer(p, 15, venue->counts[1]);
    p = put_integer(p, 14, venue->counts[0]);
    p = put_integer(p, 13, (uint64_t)price_at(venue->extremes[1], known, decimals));
    p = put_integer(p, 12, (uint64_t)price_at(venue->extremes[0], known, decimals));
    p = put_integer(p, 11, venue->whole);
    p = put_integer(p, 10, state->checksum_failures);
    p = put_integer(p, 9, state->checksums_verified);
    p = put_integer(p, 8, state->gaps);
    p = put_integer(p, 7, state->resyncs);
    p = put_integer(p, 6, not_negative(state->sequence));
    p = put_integer(p, 5, received > 0 && monotonic > received ? (uint64_t)(monotonic - received) : 0);
    p = put_fixed64(p, 4, not_negative(state->receive_time));
    p = put_fixed64(p, 3, not_negative(state->exchange_time));
    p = put_integer(p, 2, (uint64_t)state->state);
    p = put_text(p, 1, view->names[i]);
    return put_length(p, field, end);
}

/* One entry per venue, for any message with such a field. */
static uint8_t *encode_qualities(const struct view *view, uint32_t field, int32_t decimals, int64_t monotonic,
                                 uint8_t *end) {
    for (uint32_t i = view->venue_count; i-- > 0;) end = put_quality(end, field, view, i, decimals, monotonic);
    return end;
}

static uint8_t *put_qualities(uint8_t *p, uint32_t field, const struct view *view, int64_t monotonic) {
    return encode_qualities(view, field, (int32_t)view->now->scales.price, monotonic, p);
}

static uint8_t *put_header(uint8_t *p, const struct merge *merge, const struct stamp *stamp) {
    const uint8_t *end = p;
    p = put_fixed64(p, 6, (uint64_t)merge->exchange_time);
    p = put_fixed64(p, 5, (uint64_t)merge->receive_time);
    p = put_integer(p, 4, stamp->heartbeat);
    p = put_integer(p, 3, stamp->sequence);
    p = put_fixed64(p, 2, stamp->epoch);
    p = put_fixed64(p, 1, stamp->publish_time);
    return put_length(p, 1, end);
}

/* Fields 1 to 3 of every message, and its end: each is field 1 of its response. */
static uint8_t *put_head(uint8_t *p, const struct view *view, const struct stamp *stamp, const uint8_t *end) {
    p = put_integer(p, 3, zigzag(-(int64_t)view->now->scales.price));
    p = put_text(p, 2, view->market);
    p = put_header(p, view->now, stamp);
    return put_length(p, 1, end);
}

static uint8_t *put_spread_and_mid(uint8_t *p, const struct merge *merge) {
    if (!merge->two_sided) return p;
    p = put_present(p, 8, (uint64_t)merge->mid);
    return put_present(p, 7, zigzag(merge->spread));
}

static inline uint32_t shown_levels(const struct view *view, int side) {
    uint32_t count = view->now->counts[side];
    return count < view->levels ? count : view->levels;
}

/* Of the market, and of each venue that is merged at its sequence number; 0 while none is. */
static uint64_t market_digest(const struct view *view) {
    uint64_t parts = 0;
    bool merged = false;
    for (uint32_t i = 0; i < view->venue_count; i++) {
        const struct venue_copy *venue = &view->now->venues[i];
        if (!venue->digest) continue;
        parts += digest_part(view->names[i].bytes, view->names[i].length, venue->state.sequence, venue->digest);
        merged = true;
    }
    if (!merged) return 0;
    uint64_t digest = digest_mix(digest_text(0, view->market.bytes, view->market.length), parts);
    return digest ? digest : 1;
}

/* Each encoder writes a message that ends at `end` into view->out and returns its start. */

static uint8_t *encode_book(const struct view *view, const struct stamp *stamp, uint8_t *end) {
    const struct merge *merge = view->now;
    uint8_t *p = put_fixed64(end, 13, market_digest(view));
    p = put_integer(put_extra(p, stamp), 11, merge->proved[1]);
    p = put_integer(p, 10, merge->proved[0]);
    p = put_qualities(p, 9, view, stamp->monotonic);
    p = put_spread_and_mid(p, merge);
    for (uint32_t i = shown_levels(view, 1); i-- > 0;) p = put_level(p, 6, &merge->levels[1][i]);
    for (uint32_t i = shown_levels(view, 0); i-- > 0;) p = put_level(p, 5, &merge->levels[0][i]);
    p = put_integer(p, 4, zigzag(-(int64_t)merge->scales.size));
    return put_head(p, view, stamp, end);
}

static uint8_t *encode_summary(const struct view *view, const struct stamp *stamp, uint8_t *end) {
    struct merge *merge = view->now;
    const struct vwap_prices *prices = merge_prices(merge);
    uint8_t *p = put_extra(put_fixed64(end, 21, market_digest(view)), stamp);
    if (prices->has[3]) p = put_present(p, 18, (uint64_t)prices->price[3]);
    if (merge->has_spread_points) p = put_present(p, 17, zigzag(merge->spread_points));
    p = put_qualities(p, 16, view, stamp->monotonic);
    p = put_integer(p, 15, merge->vwaps[1].levels);
    p = put_integer(p, 14, merge->vwaps[0].levels);
    p = put_integer(p, 13, view->vwap_levels);
    for (uint32_t i = 3; i-- > 0;)
        if (prices->has[i]) p = put_present(p, 10 + i, (uint64_t)prices->price[i]);
    p = put_integer(p, 9, zigzag(-(int64_t)prices->decimals));
    p = put_spread_and_mid(p, merge);
    if (merge->counts[1]) p = put_level(p, 6, &merge->levels[1][0]);
    if (merge->counts[0]) p = put_level(p, 5, &merge->levels[0][0]);
    p = put_integer(p, 4, zigzag(-(int64_t)merge->scales.size));
    return put_head(p, view, stamp, end);
}

static uint8_t *encode_status(const struct view *view, const struct stamp *stamp, uint8_t *end) {
    return put_head(put_qualities(end, 4, view, stamp->monotonic), view, stamp, end);
}

/* -- package orderbook */

/* The double nearest to mantissa / 10^decimals. Below 2^53 one division of exact doubles is that. Above, the quotient is
 * taken to 64 bits with everything behind them gathered in the last one, and then rounded once. */
static double nearest_double(uint64_t mantissa, uint32_t decimals) {
    if (mantissa < 1ULL << 53) return (double)mantissa / (double)POW10[decimals];
    uint64_t divisor = POW10[decimals];
    int shift = 64 + __builtin_clzll(mantissa) - __builtin_clzll(divisor);
    u128 scaled = (u128)mantissa << shift;
    u128 quotient = scaled / divisor;
    bool inexact = quotient * divisor != scaled;
    if (quotient >> 64) {
        inexact |= quotient & 1;
        quotient >>= 1;
        shift--;
    }
    double value = (double)((uint64_t)quotient | inexact);
    for (; shift > 0; shift -= shift < 32 ? shift : 32) value /= (double)(1ULL << (shift < 32 ? shift : 32));
    return value;
}

static inline double signed_double(int64_t mantissa, uint32_t decimals) {
    return mantissa < 0 ? -nearest_double((uint64_t)-mantissa, decimals) : nearest_double((uint64_t)mantissa, decimals);
}

static uint8_t *encode_compat(const struct view *view, uint8_t *end) {
    const struct merge *merge = view->now;
    uint8_t *p = end;
    for (int side = 1; side >= 0; side--)
        for (uint32_t i = shown_levels(view, side); i-- > 0;) {
            const struct merged_level *level = &merge->levels[side][i];
            const uint8_t *level_end = p;
            p = put_double(p, 3, nearest_double((uint64_t)level->size, merge->scales.size));
            p = put_double(p, 2, nearest_double((uint64_t)level->price, merge->scales.price));
            p = put_text(p, 1, view->names[level->venue]);
            p = put_length(p, 2 + (uint32_t)side, level_end);
        }
    return merge->two_sided ? put_double(p, 1, signed_double(merge->spread, merge->scales.price)) : p;
}

/* -- room */

/* Makes view->out large enough for any encoding of the current merge with `extra` bytes; false without memory. */
static bool reserve_out(struct view *view, size_t extra) {
    size_t longest = 0, room = MESSAGE_ROOM + view->market.length + extra;
    for (uint32_t i = 0; i < view->venue_count; i++) {
        if (view->names[i].length > longest) longest = view->names[i].length;
        room += VENUE_ROOM + view->names[i].length + view->now->venues[i].state.detail.length +
                view->rates[i].currency.length;
    }
    room += ((size_t)shown_levels(view, 0) + shown_levels(view, 1)) * (LEVEL_ROOM + longest);
    if (room <= view->out_capacity) return true;
    uint8_t *out = malloc(room);
    if (!out) return false;
    free(view->out);
    view->out = out;
    view->out_capacity = room;
    return true;
}

#endif
