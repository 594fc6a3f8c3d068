/* The shape of a venue's depth frames: which keys hold what, and which columns of a row are the price and the size. */
#ifndef ONEBOOK_SHAPE_H
#define ONEBOOK_SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum {
    MAX_NAMES = 32,
    MAX_NAME = 63,
};

enum key_role { ROLE_BIDS, ROLE_ASKS, ROLE_ROUTE, ROLE_FIRST, ROLE_LAST, ROLE_PREVIOUS, ROLE_TIME, ROLES };

enum { NO_RANK = 127 };

/* A key of the shape: its place (0 first) among the names of each role, NO_RANK where it has none. */
struct key_name {
    uint8_t text[MAX_NAME + 1];
    uint8_t length;
    uint8_t roles; /* bit: has the role */
    uint8_t rank[ROLES];
};

struct frame_shape {
    struct key_name names[MAX_NAMES];
    uint8_t name_count;
    uint8_t starts[256]; /* by first byte: 1 + the place of the first name that starts so, 0 if none does */
    uint8_t price_column, size_column, columns;
};

static void shape_init(struct frame_shape *shape, uint32_t price_column, uint32_t size_column) {
    memset(shape, 0, sizeof *shape);
    shape->price_column = (uint8_t)price_column;
    shape->size_column = (uint8_t)size_column;
    shape->columns = (uint8_t)((price_column > size_column ? price_column : size_column) + 1);
}

/* Gives a key a role; false if there is no room. `length` is 1..MAX_NAME. */
static bool shape_add(struct frame_shape *shape, enum key_role role, uint32_t rank, const uint8_t *text, uint32_t length) {
    struct key_name *name = shape->names;
    struct key_name *last = name + shape->name_count;
    while (name < last && !(name->length == length && memcmp(name->text, text, length) == 0)) name++;
    if (name == last) {
        if (shape->name_count == MAX_NAMES) return false;
        shape->name_count++;
        memcpy(name->text, text, length);
        name->length = (uint8_t)length;
        memset(name->rank, NO_RANK, sizeof name->rank);
        if (!shape->starts[text[0]]) shape->starts[text[0]] = shape->name_count;
    }
    name->roles |= (uint8_t)(1 << role);
    name->rank[role] = (uint8_t)rank;
    return true;
}

static inline bool is_name(const struct key_name *name, const uint8_t *text, size_t length) {
    if (name->length != length || name->text[0] != text[0]) return false;
    return length == 1 || memcmp(name->text, text, length) == 0;
}

static inline const struct key_name *shape_find(const struct frame_shape *shape, const uint8_t *text, size_t length) {
    uint32_t first = shape->starts[text[0]]; /* of an empty key this is the closing quote, which starts no name */
    if (!first) return NULL;
    for (const struct key_name *name = shape->names + first - 1; name < shape->names + shape->name_count; name++)
        if (is_name(name, text, length)) return name;
    return NULL;
}

#endif
