/* Scans a frame, once, from left to right: a whole valid JSON document whose named keys are picked up at their places.
 *
 * Nothing is built but the levels, as raw numbers. The scan is strict: what it does not understand fully is not a frame of
 * the shape, and is left to the caller's JSON parser. _reference_scan.py accepts exactly the same frames.
 */
#ifndef ONEBOOK_SCAN_H
#define ONEBOOK_SCAN_H

#include "scan_levels.h"

/* -- other keys */

static const uint8_t *scan_route(struct scanner *s, const uint8_t *p, bool wins) {
    bool escaped;
    if (p == s->end || *p != '"') return NULL;
    const uint8_t *start = p + 1;
    p = skip_string(start, s->end, &escaped);
    if (!p || escaped || p - 1 - start > MAX_ROUTE || !is_utf8(start, p - 1)) return NULL;
    if (wins) {
        s->frame->route_length = (uint32_t)(p - 1 - start);
        memcpy(s->frame->route, start, s->frame->route_length);
    }
    return p;
}

static const uint8_t *scan_snapshot(struct scanner *s, const uint8_t *p, int nesting, bool wins) {
    const uint8_t *start = p;
    p = scan_value(s, p, nesting, PLACE_NONE);
    bool quoted = p && *start == '"';
    if (quoted && memchr(start, '\\', (size_t)(p - start))) return NULL; /* it may spell one of the words */
    if (p && wins) {
        s->frame->snapshot = words_have(&s->shape->snapshot_words, start + quoted, (size_t)(p - start) - 2 * quoted);
    }
    return p;
}

static const uint8_t *scan_role_number(struct scanner *s, const uint8_t *p, enum key_role role, int64_t *value) {
    if (role == ROLE_TIME && s->shape->time_format == TIME_ISO) return scan_iso_time(p, s->end, value);
    if (role == ROLE_TIME && s->shape->time_format == TIME_SECONDS) return scan_seconds(p, s->end, value);
    return scan_integer(p, s->end, value);
}

/* The value under a key of the shape, for every role that the key has. */
static const uint8_t *scan_named(struct scanner *s, const uint8_t *p, int nesting, const struct key_name *name) {
    const uint8_t *next = NULL;
    for (uint32_t roles = name->roles; roles; roles &= roles - 1) {
        enum key_role role = (enum key_role)__builtin_ctz(roles);
        if (role <= ROLE_ASKS) return scan_side(s, p, nesting, role);
        if (role == ROLE_CHANGES) return scan_changes(s, p, nesting);
        bool wins = name->rank[role] < s->rank[role];
        int64_t value = -1;
        if (role == ROLE_ROUTE) next = scan_route(s, p, wins);
        else if (role == ROLE_SNAPSHOT) next = scan_snapshot(s, p, nesting, wins);
        else next = scan_role_number(s, p, role, &value);
        if (!next) return NULL;
        if (!wins) continue;
        s->rank[role] = name->rank[role];
        if (role >= ROLE_FIRST) s->frame->numbers[role - ROLE_FIRST] = value;
    }
    return next;
}

/* -- frames that are arrays */

/* A channel number or a name as the route. */
static const uint8_t *scan_route_number(struct scanner *s, const uint8_t *p) {
    int64_t value;
    if (p < s->end && *p == '"') return scan_route(s, p, true);
    const uint8_t *next = scan_integer(p, s->end, &value);
    if (!next || next - p > MAX_ROUTE) return NULL;
    s->frame->route_length = (uint32_t)(next - p);
    memcpy(s->frame->route, p, s->frame->route_length);
    return next;
}

/* The rows of a snapshot, or the one row of an update; p is at the bracket. */
static const uint8_t *scan_rows_element(struct scanner *s, const uint8_t *p, int nesting) {
    struct row row;
    if (p == s->end || *p != '[') return NULL;
    const uint8_t *inner = skip_space(p + 1, s->end);
    if (inner == s->end) return NULL;
    s->rank[ROLE_CHANGES] = 0;
    s->frame->snapshot = *inner == '[' || *inner == '{' || *inner == ']';
    if (s->frame->snapshot) return scan_levels(s, p, nesting, ROWS_OF_CHANGES, -1);
    p = scan_row(s, p, nesting, ROWS_OF_CHANGES, &row);
    return p && take_row(s, &row, ROWS_OF_CHANGES, -1) ? p : NULL;
}

static const uint8_t *scan_element(struct scanner *s, const uint8_t *p, int nesting, uint32_t index) {
    const struct positions *at = &s->shape->positions;
    if (index == at->route) return scan_route_number(s, p);
    if (index == at->rows) return scan_rows_element(s, p, nesting);
    if (index > at->rows && index - at->rows <= at->tail_count)
        return scan_integer(p, s->end, &s->frame->numbers[at->tail[index - at->rows - 1] - ROLE_FIRST]);
    return scan_value(s, p, nesting, PLACE_NONE);
}

static const uint8_t *scan_array_frame(struct scanner *s, const uint8_t *p, int nesting) {
    if (p == s->end || *p != '[') return NULL;
    for (uint32_t index = 0;; index++) {
        p = scan_element(s, skip_space(p + 1, s->end), nesting - 1, index);
        if (!p) return NULL;
        p = skip_space(p, s->end);
        if (p == s->end) return NULL;
        if (*p == ']') return p + 1;
        if (*p != ',') return NULL;
    }
}

/* -- documents */

/* The value under a key of the shape: of something that stands twice nobody knows which counts. */
static const uint8_t *scan_once(struct scanner *s, const uint8_t *p, int nesting, const struct key_name *name) {
    if (s->seen & name->bit) return NULL;
    s->seen |= name->bit;
    return name->inside ? scan_value(s, p, nesting, name->inside) : scan_named(s, p, nesting, name);
}

static const uint8_t *scan_member(struct scanner *s, const uint8_t *p, int nesting, int place) {
    bool escaped;
    if (p == s->end || *p != '"') return NULL;
    const uint8_t *key = p + 1;
    p = skip_string(key, s->end, &escaped);
    if (!p || (escaped && place)) return NULL;
    const struct key_name *name = place ? shape_find(s->shape, place, key, (size_t)(p - 1 - key)) : NULL;
    p = skip_space(p, s->end);
    if (p == s->end || *p != ':') return NULL;
    p = skip_space(p + 1, s->end);
    return name ? scan_once(s, p, nesting, name) : scan_value(s, p, nesting, place ? s->shape->elsewhere : PLACE_NONE);
}

/* An object or an array, from its bracket on. */
static const uint8_t *scan_container(struct scanner *s, const uint8_t *p, int nesting, int place) {
    bool object = *p == '{';
    uint8_t close = object ? '}' : ']';
    if (nesting == 0) return NULL;
    p = skip_space(p + 1, s->end);
    if (p < s->end && *p == close) return p + 1;
    for (;;) {
        p = object ? scan_member(s, p, nesting - 1, place) : scan_value(s, p, nesting - 1, place);
        if (!p) return NULL;
        p = skip_space(p, s->end);
        if (p == s->end) return NULL;
        if (*p == close) return p + 1;
        if (*p != ',') return NULL;
        p = skip_space(p + 1, s->end);
    }
}

/* Any value. Keys in it count as its place says; `nesting` is how many brackets may still be opened. */
static const uint8_t *scan_value(struct scanner *s, const uint8_t *p, int nesting, int place) {
    if (p == s->end) return NULL;
    if (*p == '{' || *p == '[') return scan_container(s, p, nesting, place);
    return skip_scalar(p, s->end);
}

/* True if the bytes are a frame of the shape; frame->valid says the same until the next scan. Rows that have a number of
 * their own count only if that is above `after`. */
static bool scan_frame(const struct frame_shape *shape, struct frame *frame, const uint8_t *data, size_t length,
                       int64_t after) {
    struct scanner s = {.shape = shape, .frame = frame, .end = data + length, .after = after};
    memset(s.rank, NO_RANK, sizeof s.rank);
    for (int i = 0; i < NUMBERS; i++) frame->numbers[i] = -1;
    frame->numbers[ROLE_CHECKSUM - ROLE_FIRST] = NO_CHECKSUM;
    frame->no_memory = frame->snapshot = false;
    frame->route_length = frame->sides[0].count = frame->sides[1].count = 0;
    const uint8_t *p = NULL;
    if (length && length <= MAX_FRAME) {
        p = skip_space(data, s.end);
        p = shape->positions.rows ? scan_array_frame(&s, p, MAX_NESTING) : scan_value(&s, p, MAX_NESTING, PLACE_TOP);
    }
    bool sides = s.rank[ROLE_BIDS] != NO_RANK || s.rank[ROLE_ASKS] != NO_RANK || s.rank[ROLE_CHANGES] != NO_RANK;
    frame->valid = p && sides && skip_space(p, s.end) == s.end;
    return frame->valid;
}

#endif
