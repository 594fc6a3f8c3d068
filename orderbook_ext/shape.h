/* The shape of a venue's depth frames: which keys hold what, and where a row has its price, its size and the rest. */
#ifndef ONEBOOK_SHAPE_H
#define ONEBOOK_SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum {
    MAX_NAMES = 32,
    MAX_NAME = 63,
    MAX_COLUMNS = 16,
    MAX_WORDS = 8,
    MAX_TAIL = 4,
};

/* ROLE_FIRST to ROLE_CHECKSUM are numbers. */
enum key_role {
    ROLE_BIDS, ROLE_ASKS, ROLE_CHANGES, ROLE_ROUTE, ROLE_SNAPSHOT,
    ROLE_FIRST, ROLE_LAST, ROLE_PREVIOUS, ROLE_TIME, ROLE_CHECKSUM, ROLES
};

enum { NUMBERS = ROLES - ROLE_FIRST, NO_RANK = 127 };

/* Where in a frame a key stands: PLACE_TOP, or a number that a key of the shape gives to what is under it. In between no
 * key counts (PLACE_NONE), or only such as count anywhere (PLACE_OTHER). Arrays on the way are not looked at. */
enum { PLACE_NONE, PLACE_OTHER, PLACE_ANY, PLACE_TOP, PLACE_NESTED };

/* A key of the shape: where it counts, and its rank (0 first) among the names of each role, NO_RANK where it has none. */
struct key_name {
    uint8_t text[MAX_NAME + 1];
    uint8_t length;
    uint8_t place;
    uint8_t next;   /* 1 + the place in the list of the next name that starts with the same byte; 0: none does */
    uint8_t inside; /* the place of what is under it; 0: it has roles */
    uint16_t roles; /* bit: has the role */
    uint32_t bit;   /* of this name among all */
    uint8_t rank[ROLES];
};

struct word {
    uint8_t text[MAX_NAME + 1];
    uint8_t length;
};

/* Words of one meaning; a single "*" is any value. */
struct words {
    struct word items[MAX_WORDS];
    uint8_t count;
};

/* What a part of a row is. FIELD_NUMBER is the row's own sequence number, if it has one; of a row whose FIELD_COUNT (of orders) is 0
 * the level is gone. */
enum row_field { FIELD_NONE, FIELD_PRICE, FIELD_SIZE, FIELD_SIDE, FIELD_NUMBER, FIELD_COUNT, FIELDS };

/* Rows are arrays with their fields in columns, or objects with their fields under keys. */
struct row_shape {
    bool objects;
    bool signed_size; /* the size's sign is the side: negative asks */
    bool skip_zero;   /* a row with price 0 says nothing */
    uint8_t required; /* bits of the fields that every row has */
    uint8_t columns;  /* that every row array has */
    uint8_t fields[MAX_COLUMNS];
    struct word keys[FIELDS];
};

enum row_kind { ROWS_OF_SIDE, ROWS_OF_CHANGES, ROW_KINDS };

/* A frame that is an array: [route, rows, tail...]. rows is 0 where frames are objects. */
struct positions {
    uint8_t route, rows;
    uint8_t tail_count;
    uint8_t tail[MAX_TAIL]; /* roles */
};

enum time_format { TIME_INTEGER, TIME_SECONDS, TIME_ISO };

struct frame_shape {
    struct key_name names[MAX_NAMES];
    uint8_t name_count;
    uint8_t places;     /* PLACE_NESTED and so many more */
    uint8_t elsewhere;  /* what is under a key that is no name: PLACE_OTHER if some names count anywhere */
    uint8_t starts[256]; /* by first byte: 1 + the place of the first name that starts so, 0 if none does */
    struct row_shape rows[ROW_KINDS];
    bool usual; /* rows of a side are arrays that begin with price and size, and no more is asked of them */
    struct words bid_words, ask_words, snapshot_words;
    struct positions positions;
    enum time_format time_format;
};

static void shape_init(struct frame_shape *shape) { memset(shape, 0, sizeof *shape); }

/* The entry of a key at a place, made where it is missing; NULL if there is no room. `length` is 1..MAX_NAME. */
static struct key_name *shape_entry(struct frame_shape *shape, uint32_t place, const uint8_t *text, uint32_t length) {
    struct key_name *name = shape->names;
    struct key_name *last = name + shape->name_count;
    while (name < last && !(name->place == place && name->length == length && memcmp(name->text, text, length) == 0)) name++;
    if (name < last) return name;
    if (shape->name_count == MAX_NAMES) return NULL;
    shape->name_count++;
    memcpy(name->text, text, length);
    name->length = (uint8_t)length;
    name->place = (uint8_t)place;
    name->bit = 1U << (shape->name_count - 1);
    memset(name->rank, NO_RANK, sizeof name->rank);
    uint8_t *link = &shape->starts[text[0]];
    while (*link) link = &shape->names[*link - 1].next;
    *link = shape->name_count;
    if (place == PLACE_ANY) shape->elsewhere = PLACE_OTHER;
    return name;
}

/* The place under a key; 0 if there is no room. */
static uint32_t shape_inside(struct frame_shape *shape, uint32_t place, const uint8_t *text, uint32_t length) {
    struct key_name *name = shape_entry(shape, place, text, length);
    if (!name) return 0;
    if (!name->inside) name->inside = (uint8_t)(PLACE_NESTED + shape->places++);
    return name->inside;
}

/* Gives a key at a place a role; false if there is no room. */
static bool shape_add(struct frame_shape *shape, enum key_role role, uint32_t rank, uint32_t place, const uint8_t *text,
                      uint32_t length) {
    struct key_name *name = shape_entry(shape, place, text, length);
    if (!name) return false;
    name->roles |= (uint16_t)(1 << role);
    name->rank[role] = (uint8_t)rank;
    return true;
}

/* Adds a word; false if there is no room. `length` is 1..MAX_NAME. */
static bool words_add(struct words *words, const uint8_t *text, uint32_t length) {
    if (words->count == MAX_WORDS) return false;
    struct word *word = &words->items[words->count++];
    memcpy(word->text, text, length);
    word->length = (uint8_t)length;
    return true;
}

static void row_shape_column(struct row_shape *row, enum row_field field, uint32_t column) {
    if (column >= MAX_COLUMNS) return;
    row->fields[column] = (uint8_t)field;
    if (field == FIELD_NUMBER) return; /* a row without one counts */
    row->required |= (uint8_t)(1 << field);
    if (column >= row->columns) row->columns = (uint8_t)(column + 1);
}

static void row_shape_key(struct row_shape *row, enum row_field field, const uint8_t *text, uint32_t length) {
    row->objects = true;
    row->required |= (uint8_t)(1 << field);
    memcpy(row->keys[field].text, text, length);
    row->keys[field].length = (uint8_t)length;
}

/* To be called when all is set. */
static void shape_settle(struct frame_shape *shape) {
    const struct row_shape *row = &shape->rows[ROWS_OF_SIDE];
    shape->usual = !row->objects && !row->signed_size && !row->skip_zero && row->columns == 2 &&
                   row->fields[0] == FIELD_PRICE && row->fields[1] == FIELD_SIZE;
    for (uint32_t column = 2; column < MAX_COLUMNS; column++) shape->usual &= row->fields[column] == FIELD_NONE;
}

static inline bool same_text(const uint8_t *text, size_t length, const uint8_t *other, size_t other_length) {
    return length == other_length && memcmp(text, other, length) == 0;
}

static inline bool is_name(const struct key_name *name, int place, const uint8_t *text, size_t length) {
    if (name->length != length || (name->place != place && name->place != PLACE_ANY)) return false;
    return length == 1 || memcmp(name->text, text, length) == 0;
}

static inline const struct key_name *shape_find(const struct frame_shape *shape, int place, const uint8_t *text,
                                                size_t length) {
    uint32_t next = shape->starts[text[0]]; /* of an empty key this is the closing quote, which starts no name */
    while (next) {
        const struct key_name *name = &shape->names[next - 1];
        if (is_name(name, place, text, length)) return name;
        next = name->next;
    }
    return NULL;
}

static bool words_have(const struct words *words, const uint8_t *text, size_t length) {
    for (uint32_t i = 0; i < words->count; i++) {
        const struct word *word = &words->items[i];
        if (same_text(word->text, word->length, (const uint8_t *)"*", 1)) return true;
        if (same_text(word->text, word->length, text, length)) return true;
    }
    return false;
}

static enum row_field row_field_of_key(const struct row_shape *row, const uint8_t *text, size_t length) {
    for (uint32_t field = FIELD_PRICE; field < FIELDS; field++)
        if (row->required >> field & 1 && same_text(row->keys[field].text, row->keys[field].length, text, length))
            return (enum row_field)field;
    return FIELD_NONE;
}

#endif
