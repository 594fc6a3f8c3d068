/* Scans a frame, once, from left to right: a whole valid JSON document whose named keys are picked up wherever they stand.
 *
 * Nothing is built but the levels, as raw numbers. The scan is strict: what it does not understand fully is not a frame of
 * the shape, and is left to the caller's JSON parser. _reference_scan.py accepts exactly the same frames.
 */
#ifndef ONEBOOK_SCAN_H
#define ONEBOOK_SCAN_H

#include "json.h"
#include "row.h"
#include "shape.h"

enum {
    MAX_FRAME = 16 << 20,
    MAX_FRAME_LEVELS = 1 << 18,
    MAX_NESTING = 32,
    MAX_ROUTE = 255,
};

/* What a scan found. */
struct frame {
    struct level_list sides[2]; /* bids, asks */
    struct row_layout layout;   /* of the last rows, also of the frame before */
    int64_t ids[4];             /* first, last, previous, time; -1 if absent */
    uint8_t route[MAX_ROUTE + 1];
    uint32_t route_length;
    bool valid, no_memory; /* no_memory: not valid for want of memory */
};

struct scanner {
    const struct frame_shape *shape;
    struct frame *frame;
    const uint8_t *end;
    uint8_t rank[ROLES]; /* of the name that won so far */
};

static void frame_free(struct frame *frame) {
    level_list_free(&frame->sides[0]);
    level_list_free(&frame->sides[1]);
}

static const uint8_t *scan_value(struct scanner *s, const uint8_t *p, int nesting, bool match);

/* -- levels */

/* A number of a level, quoted or bare. */
static inline const uint8_t *scan_number(const uint8_t *p, const uint8_t *end, struct number *out) {
    struct digit_guess guess = {0, 0};
    if (p == end) return NULL;
    if (*p == '"') {
        p = parse_number(p + 1, end, out, &guess);
        return p && p < end && *p == '"' ? p + 1 : NULL;
    }
    if (*p == '0' && end - p > 1 && is_digit(p[1])) return NULL;
    return parse_number(p, end, out, &guess);
}

/* The columns from one on: p is at the bracket or comma in front of it. */
static const uint8_t *scan_columns(struct scanner *s, const uint8_t *p, int nesting, uint32_t column,
                                   struct number *price, struct number *size) {
    const struct frame_shape *shape = s->shape;
    for (;; column++) {
        p = skip_space(p + 1, s->end);
        if (column == shape->price_column) p = scan_number(p, s->end, price);
        else if (column == shape->size_column) p = scan_number(p, s->end, size);
        else p = scan_value(s, p, nesting - 1, false);
        if (!p) return NULL;
        p = skip_space(p, s->end);
        if (p == s->end) return NULL;
        if (*p == ']') return column + 1u >= shape->columns ? p + 1 : NULL;
        if (*p != ',') return NULL;
    }
}

/* Any array that has the two numbers in their columns. */
static const uint8_t *scan_row(struct scanner *s, const uint8_t *p, int nesting, struct number *price,
                               struct number *size) {
    if (nesting == 0 || p == s->end || *p != '[') return NULL;
    return scan_columns(s, p, nesting, 0, price, size);
}

/* The usual row, ["price","size" and possibly more, with at most one space behind the comma. NULL: look again with
 * scan_row. */
static inline const uint8_t *scan_usual_row(struct scanner *s, const uint8_t *p, int nesting, struct number *price,
                                            struct number *size, struct digit_guess guesses[2]) {
    if (s->end - p < 2 || p[0] != '[' || p[1] != '"') return NULL;
    p = parse_short_number(p + 2, s->end, price, &guesses[0]);
    if (!p || s->end - p < 4 || p[0] != '"' || p[1] != ',') return NULL;
    p += p[2] == ' ' ? 3 : 2;
    if (*p != '"') return NULL;
    p = parse_short_number(p + 1, s->end, size, &guesses[1]);
    if (!p || s->end - p < 2 || *p != '"') return NULL;
    if (p[1] == ']') return p + 2;
    return p[1] == ',' ? scan_columns(s, p + 1, nesting, 2, price, size) : NULL;
}

/* Any row. When some rows in a sequence have had the same numbers of digits, the next ones are expected to. */
static inline const uint8_t *scan_other_row(struct scanner *s, const uint8_t *p, int nesting, bool usual,
                                     struct row_layout *layout, struct raw_level *out) {
    struct digit_guess digits[2] = {layout->digits[0], layout->digits[1]};
    struct number price, size;
    const uint8_t *next = usual ? scan_usual_row(s, p, nesting, &price, &size, digits) : NULL;
    bool same = next && price.decimals && size.decimals && memcmp(digits, layout->digits, sizeof digits) == 0;
    layout->steady = same ? layout->steady + 1 : 0;
    layout_init(layout, digits, layout->steady >= STEADY_ROWS ? next - p : 0);
    if (!next) next = scan_row(s, p, nesting, &price, &size);
    if (next) *out = (struct raw_level){price.mantissa, size.mantissa, (uint8_t)price.decimals, (uint8_t)size.decimals};
    return next;
}

/* How many levels the list may hold before this is asked again; 0 if it is full. */
static uint32_t list_room(struct scanner *s, struct level_list *list, uint32_t limit) {
    if (list->count >= limit) return 0;
    s->frame->no_memory = !level_list_reserve(list);
    if (s->frame->no_memory) return 0;
    return list->capacity < limit ? list->capacity : limit;
}

/* Appends the rows of one array to the list. */
static const uint8_t *scan_levels(struct scanner *s, const uint8_t *p, int nesting, struct level_list *list) {
    bool usual = s->shape->price_column == 0 && s->shape->size_column == 1;
    struct row_layout *layout = &s->frame->layout;
    uint32_t limit = list->count + MAX_FRAME_LEVELS, room = 0;
    if (nesting == 0 || p == s->end || *p != '[') return NULL;
    p = skip_space(p + 1, s->end);
    if (p < s->end && *p == ']') return p + 1;
    if (nesting == 1) return NULL;
    for (;;) {
        if (list->count >= room && !(room = list_room(s, list, limit))) return NULL;
        struct raw_level *raw = &list->raw[list->count];
        const uint8_t *next = layout->reach && s->end - p >= layout->reach ? scan_fixed_row(p, layout, raw) : NULL;
        if (!next && !(next = scan_other_row(s, p, nesting - 1, usual, layout, raw))) return NULL;
        list->count++;
        p = next;
        if (s->end - p >= 2 && same_bytes(p, ",[", 2)) {
            p++;
            continue;
        }
        p = skip_space(p, s->end);
        if (p == s->end) return NULL;
        if (*p == ']') return p + 1;
        if (*p != ',') return NULL;
        p = skip_space(p + 1, s->end);
    }
}

/* The array under a key of bids or asks. Of two names the better ranked counts; one name twice is ambiguous. */
static const uint8_t *scan_side(struct scanner *s, const uint8_t *p, int nesting, enum key_role role, uint8_t rank) {
    struct level_list *list = &s->frame->sides[role];
    if (rank == s->rank[role]) return NULL;
    bool better = rank < s->rank[role];
    if (better) list->count = 0;
    uint32_t kept = list->count;
    p = scan_levels(s, p, nesting, list);
    if (better) s->rank[role] = rank;
    else list->count = kept;
    return p;
}

/* -- other keys */

/* An integer of at most 63 bits, quoted or bare. */
static const uint8_t *scan_integer(const uint8_t *p, const uint8_t *end, int64_t *out) {
    bool quoted = p < end && *p == '"';
    if (quoted) p++;
    const uint8_t *start = p;
    uint64_t value = 0;
    for (uint32_t run = 8; run == 8 && p - start < 16 && end - p >= 8; p += run) { /* cannot overflow yet */
        uint64_t digits = load_digits(p);
        run = digit_run(digits);
        if (run) value = value * POW10[run] + digits_value(digits, run);
    }
    for (; p < end && is_digit(*p); p++) {
        uint64_t digit = (uint64_t)(*p - '0');
        if (value > INT64_MAX / 10 || value * 10 > INT64_MAX - digit) return NULL;
        value = value * 10 + digit;
    }
    if (p == start || (!quoted && *start == '0' && p - start > 1)) return NULL;
    if (quoted && (p == end || *p++ != '"')) return NULL;
    *out = (int64_t)value;
    return p;
}

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

/* The value under a key of the shape, for every role that the key has. */
static const uint8_t *scan_named(struct scanner *s, const uint8_t *p, int nesting, const struct key_name *name) {
    const uint8_t *next = NULL;
    for (uint32_t roles = name->roles; roles; roles &= roles - 1) {
        enum key_role role = (enum key_role)__builtin_ctz(roles);
        if (role <= ROLE_ASKS) return scan_side(s, p, nesting, role, name->rank[role]);
        bool wins = name->rank[role] < s->rank[role];
        int64_t value = -1;
        next = role == ROLE_ROUTE ? scan_route(s, p, wins) : scan_integer(p, s->end, &value);
        if (!next) return NULL;
        if (!wins) continue;
        s->rank[role] = name->rank[role];
        if (role != ROLE_ROUTE) s->frame->ids[role - ROLE_FIRST] = value;
    }
    return next;
}

/* -- documents */

static const uint8_t *scan_member(struct scanner *s, const uint8_t *p, int nesting, bool match) {
    bool escaped;
    if (p == s->end || *p != '"') return NULL;
    const uint8_t *key = p + 1;
    p = skip_string(key, s->end, &escaped);
    if (!p || (escaped && match)) return NULL;
    const struct key_name *name = match ? shape_find(s->shape, key, (size_t)(p - 1 - key)) : NULL;
    p = skip_space(p, s->end);
    if (p == s->end || *p != ':') return NULL;
    p = skip_space(p + 1, s->end);
    return name ? scan_named(s, p, nesting, name) : scan_value(s, p, nesting, match);
}

/* An object or an array, from its bracket on. */
static const uint8_t *scan_container(struct scanner *s, const uint8_t *p, int nesting, bool match) {
    bool object = *p == '{';
    uint8_t close = object ? '}' : ']';
    if (nesting == 0) return NULL;
    p = skip_space(p + 1, s->end);
    if (p < s->end && *p == close) return p + 1;
    for (;;) {
        p = object ? scan_member(s, p, nesting - 1, match) : scan_value(s, p, nesting - 1, match);
        if (!p) return NULL;
        p = skip_space(p, s->end);
        if (p == s->end) return NULL;
        if (*p == close) return p + 1;
        if (*p != ',') return NULL;
        p = skip_space(p + 1, s->end);
    }
}

/* Any value. Keys are looked up only if `match`; `nesting` is how many brackets may still be opened. */
static const uint8_t *scan_value(struct scanner *s, const uint8_t *p, int nesting, bool match) {
    if (p == s->end) return NULL;
    if (*p == '{' || *p == '[') return scan_container(s, p, nesting, match);
    return skip_scalar(p, s->end);
}

/* True if the bytes are a frame of the shape; frame->valid says the same until the next scan. */
static bool scan_frame(const struct frame_shape *shape, struct frame *frame, const uint8_t *data, size_t length) {
    struct scanner s = {.shape = shape, .frame = frame, .end = data + length};
    memset(s.rank, NO_RANK, sizeof s.rank);
    for (int i = 0; i < 4; i++) frame->ids[i] = -1;
    frame->no_memory = false;
    frame->route_length = frame->sides[0].count = frame->sides[1].count = 0;
    const uint8_t *p = NULL;
    if (length && length <= MAX_FRAME) p = scan_value(&s, skip_space(data, s.end), MAX_NESTING, true);
    bool sides = s.rank[ROLE_BIDS] != NO_RANK || s.rank[ROLE_ASKS] != NO_RANK;
    frame->valid = p && sides && skip_space(p, s.end) == s.end;
    return frame->valid;
}

#endif
