/* Scans the arrays of levels in a frame: usual rows by a fast path, all others by the shape.
 *
 * Nothing is built but the levels, as raw numbers.
 */
#ifndef ONEBOOK_SCAN_LEVELS_H
#define ONEBOOK_SCAN_LEVELS_H

#include "row.h"
#include "row_fields.h"

enum {
    MAX_FRAME = 16 << 20,
    MAX_FRAME_ROWS = 1 << 18,
    MAX_NESTING = 32,
    MAX_ROUTE = 255,
};

#define NO_CHECKSUM INT64_MIN

/* What a scan found. */
struct frame {
    struct level_list sides[2]; /* bids, asks */
    struct row_layout layout;   /* of the last rows, also of the frame before */
    int64_t numbers[NUMBERS];   /* by role from ROLE_FIRST on; -1 if absent, the checksum NO_CHECKSUM */
    uint8_t route[MAX_ROUTE + 1];
    uint32_t route_length;
    bool snapshot;
    bool valid, no_memory; /* no_memory: not valid for want of memory */
};

struct scanner {
    const struct frame_shape *shape;
    struct frame *frame;
    const uint8_t *end;
    int64_t after;
    uint32_t seen;       /* bit: this name of the shape has occurred */
    uint32_t rows;       /* so far, those that do not count included */
    uint8_t rank[ROLES]; /* of the name that won so far */
};

static void frame_free(struct frame *frame) {
    level_list_free(&frame->sides[0]);
    level_list_free(&frame->sides[1]);
}

static const uint8_t *scan_value(struct scanner *s, const uint8_t *p, int nesting, int place);

/* -- one row */

/* The columns from one on: p is at the bracket or comma in front of it. */
static const uint8_t *scan_columns(struct scanner *s, const uint8_t *p, int nesting, enum row_kind kind, uint32_t column,
                                   struct row *row) {
    const struct row_shape *rows = &s->shape->rows[kind];
    for (;; column++) {
        p = skip_space(p + 1, s->end);
        enum row_field field = column < MAX_COLUMNS ? (enum row_field)rows->fields[column] : FIELD_NONE;
        p = field ? scan_field(s->shape, rows, field, p, s->end, row) : scan_value(s, p, nesting - 1, PLACE_NONE);
        if (!p) return NULL;
        p = skip_space(p, s->end);
        if (p == s->end) return NULL;
        if (*p == ']') return column + 1u >= rows->columns ? p + 1 : NULL;
        if (*p != ',') return NULL;
    }
}

/* One member of a row that is an object: p is at its key. */
static const uint8_t *scan_row_member(struct scanner *s, const uint8_t *p, int nesting, const struct row_shape *rows,
                                      struct row *row) {
    const uint8_t *key;
    size_t length;
    p = scan_word(p, s->end, &key, &length);
    if (!p) return NULL;
    p = skip_space(p, s->end);
    if (p == s->end || *p != ':') return NULL;
    p = skip_space(p + 1, s->end);
    enum row_field field = row_field_of_key(rows, key, length);
    return field ? scan_field(s->shape, rows, field, p, s->end, row) : scan_value(s, p, nesting - 1, PLACE_NONE);
}

/* A row that is an object; p is behind its bracket. */
static const uint8_t *scan_members(struct scanner *s, const uint8_t *p, int nesting, const struct row_shape *rows,
                                   struct row *row) {
    for (;;) {
        p = scan_row_member(s, skip_space(p, s->end), nesting, rows, row);
        if (!p) return NULL;
        p = skip_space(p, s->end);
        if (p == s->end) return NULL;
        if (*p == '}') return row_complete(rows, row) ? p + 1 : NULL;
        if (*p++ != ',') return NULL;
    }
}

/* Any row. */
static const uint8_t *scan_row(struct scanner *s, const uint8_t *p, int nesting, enum row_kind kind, struct row *row) {
    const struct row_shape *rows = &s->shape->rows[kind];
    memset(row, 0, sizeof *row);
    if (nesting == 0 || p == s->end || *p != (rows->objects ? '{' : '[')) return NULL;
    if (rows->objects) return scan_members(s, p + 1, nesting, rows, row);
    return scan_columns(s, p, nesting, kind, 0, row);
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
    struct row others = {.found = 0};
    return p[1] == ',' ? scan_columns(s, p + 1, nesting, ROWS_OF_SIDE, 2, &others) : NULL;
}

/* Any row of a side whose rows are of the usual shape. When some rows in a sequence have had the same numbers of digits,
 * the next ones are expected to. */
static inline const uint8_t *scan_other_row(struct scanner *s, const uint8_t *p, int nesting, struct row_layout *layout,
                                            struct raw_level *out) {
    struct digit_guess digits[2] = {layout->digits[0], layout->digits[1]};
    struct row row;
    const uint8_t *next = scan_usual_row(s, p, nesting, &row.price, &row.size, digits);
    bool same = next && row.price.decimals && row.size.decimals && memcmp(digits, layout->digits, sizeof digits) == 0;
    layout->steady = same ? layout->steady + 1 : 0;
    layout_init(layout, digits, layout->steady >= STEADY_ROWS ? next - p : 0);
    if (!next) next = scan_row(s, p, nesting, ROWS_OF_SIDE, &row);
    if (next)
        *out = (struct raw_level){row.price.mantissa, row.size.mantissa, (uint8_t)row.price.decimals,
                                  (uint8_t)row.size.decimals};
    return next;
}

/* -- arrays of rows */

/* How many levels the list may hold before this is asked again; 0 if it is full. */
static uint32_t list_room(struct scanner *s, struct level_list *list, uint32_t limit) {
    if (list->count >= limit) return 0;
    s->frame->no_memory = !level_list_reserve(list);
    if (s->frame->no_memory) return 0;
    return list->capacity < limit ? list->capacity : limit;
}

/* Appends the rows of one array to the list: the usual ones, most of which are of a fixed layout. */
static const uint8_t *scan_usual_levels(struct scanner *s, const uint8_t *p, int nesting, struct level_list *list) {
    struct row_layout *layout = &s->frame->layout;
    uint32_t limit = MAX_FRAME_ROWS - s->rows, room = 0;
    for (;;) {
        if (list->count >= room && !(room = list_room(s, list, limit))) return NULL;
        struct raw_level *raw = &list->raw[list->count];
        const uint8_t *next = layout->reach && s->end - p >= layout->reach ? scan_fixed_row(p, layout, raw) : NULL;
        if (!next && !(next = scan_other_row(s, p, nesting - 1, layout, raw))) return NULL;
        if (!raw->price) return NULL;
        list->count++;
        p = next;
        if (s->end - p >= 2 && same_bytes(p, ",[", 2)) {
            p++;
            continue;
        }
        p = skip_space(p, s->end);
        if (p == s->end) return NULL;
        if (*p == ']') break;
        if (*p != ',') return NULL;
        p = skip_space(p + 1, s->end);
    }
    s->rows += list->count;
    return p + 1;
}

/* Appends a row to the list of its side: the one given, or the one that the row names if that is negative. */
static bool take_row(struct scanner *s, const struct row *row, enum row_kind kind, int side) {
    struct level_list *list = &s->frame->sides[side < 0 ? row->side : side];
    if (!row_counts(&s->shape->rows[kind], row, s->after)) return true;
    if (!row->price.mantissa || !list_room(s, list, MAX_FRAME_ROWS)) return false;
    list->raw[list->count++] = row_level(row);
    return true;
}

/* The same for rows of any shape. */
static const uint8_t *scan_any_levels(struct scanner *s, const uint8_t *p, int nesting, enum row_kind kind, int side) {
    struct row row;
    while (s->rows++ < MAX_FRAME_ROWS) {
        p = scan_row(s, p, nesting - 1, kind, &row);
        if (!p || !take_row(s, &row, kind, side)) return NULL;
        p = skip_space(p, s->end);
        if (p == s->end) return NULL;
        if (*p == ']') return p + 1;
        if (*p != ',') return NULL;
        p = skip_space(p + 1, s->end);
    }
    return NULL;
}

/* The rows of one array. */
static const uint8_t *scan_levels(struct scanner *s, const uint8_t *p, int nesting, enum row_kind kind, int side) {
    if (nesting == 0 || p == s->end || *p != '[') return NULL;
    p = skip_space(p + 1, s->end);
    if (p < s->end && *p == ']') return p + 1;
    if (nesting == 1) return NULL;
    if (kind == ROWS_OF_SIDE && s->shape->usual) return scan_usual_levels(s, p, nesting, &s->frame->sides[side]);
    return scan_any_levels(s, p, nesting, kind, side);
}

/* The array under a key of bids or asks. There is only one of each. */
static const uint8_t *scan_side(struct scanner *s, const uint8_t *p, int nesting, enum key_role role) {
    if (s->rank[role] != NO_RANK) return NULL;
    s->rank[role] = 0;
    return scan_levels(s, p, nesting, ROWS_OF_SIDE, role);
}

/* The array under a key of changes, whose rows name their sides. There is only one. */
static const uint8_t *scan_changes(struct scanner *s, const uint8_t *p, int nesting) {
    if (s->rank[ROLE_CHANGES] != NO_RANK) return NULL;
    s->rank[ROLE_CHANGES] = 0;
    return scan_levels(s, p, nesting, ROWS_OF_CHANGES, -1);
}

#endif
