/* Scans a message of trades: strictly, and only such as its shape describes to the last member.
 *
 * What is found are places in the message. A message with anything that the shape does not know, or that needs more than
 * plain text and digits, is none of the shape: the venue file reads it.
 */
#ifndef ONEBOOK_TRADES_H
#define ONEBOOK_TRADES_H

#include "row_fields.h"

enum { MAX_TRADE_MESSAGE = 1 << 17, MAX_TRADE_ROWS = 512, MAX_TRADE_DIGITS = 28, MAX_TRADE_NAME = 64, TRADE_NESTING = 16 };

/* What a key at its place in the message says; bits of key_name.roles. */
enum trade_role { TRADE_STREAM, TRADE_KIND, TRADE_ROWS, TRADE_SYMBOL_OF_ALL, TRADE_ALSO, TRADE_COUNTER, TRADE_ROLES };

/* In the order of TRADE_FIELDS in trades.py. */
enum trade_field { TRADE_ID, TRADE_PRICE, TRADE_SIZE, TRADE_SIDE, TRADE_TIME, TRADE_SYMBOL, TRADE_UNLESS, TRADE_FIELDS };

struct trade_shape {
    struct frame_shape message; /* its names alone: places and roles */
    struct word keys[TRADE_FIELDS]; /* of a row; length 0: it has none */
    uint8_t starts[256];            /* by a key's first byte: bits of the fields whose keys begin with it */
    struct words kinds, also, buys, sells, harmless;
    enum time_format time_format;
    int64_t time_unit;
    bool numbered; /* ids are digits */
    bool single, listed; /* what stands where the rows are: one of them, a list, or either */
    bool whole;          /* the message itself is the row */
    bool array;          /* so are the message and its one row; the place of an element is its digit */
    bool signed_size;    /* a negative size is an aggressor's who sells: there is no word for it */
    uint32_t list_place; /* of what is in the one object of a list; 0: there is no such list */
};

struct slice {
    const uint8_t *start;
    uint32_t length;
    bool quoted;
};

struct trade_row {
    struct slice fields[TRADE_FIELDS];
    int64_t time;
    bool sells;
};

struct trade_message {
    struct slice roles[TRADE_ROLES]; /* rows: from the bracket on */
    struct trade_row rows[MAX_TRADE_ROWS];
    uint32_t count;
    int64_t number; /* of the message; -1: it has none */
};

static const uint8_t TRADE_DIGITS[10] = "0123456789";

struct trade_scan {
    const struct trade_shape *shape;
    struct trade_message *message;
    const uint8_t *end;
    uint32_t seen;
};

/* Gives a key at a place a role, or none if that is negative; false if there is no room. */
static bool trade_shape_add(struct trade_shape *shape, int role, uint32_t place, const uint8_t *text, uint32_t length) {
    struct key_name *name = shape_entry(&shape->message, place, text, length);
    if (name && role >= 0) name->roles |= (uint16_t)(1 << role);
    return name != NULL;
}

/* Gives a field its key, of at most MAX_NAME bytes. */
static void trade_shape_key(struct trade_shape *shape, int field, const uint8_t *text, uint32_t length) {
    memcpy(shape->keys[field].text, text, length);
    shape->keys[field].length = (uint8_t)length;
    if (length) shape->starts[text[0]] |= (uint8_t)(1 << field);
}

static bool has_key(const struct word *key) { return key->length > 0; }

/* A value that is no object and no array, as a place in the message: text without its quotes, and without escapes. */
static const uint8_t *trade_scalar(const uint8_t *p, const uint8_t *end, struct slice *out) {
    bool escaped = false, quoted = p < end && *p == '"';
    if (p == end || *p == '{' || *p == '[') return NULL;
    const uint8_t *next = quoted ? skip_string(p + 1, end, &escaped) : skip_scalar(p, end);
    if (!next || escaped) return NULL;
    *out = (struct slice){p + quoted, (uint32_t)(next - p) - 2 * quoted, quoted};
    return next;
}

/* -- the message: where its parts are, and that it is JSON */

static const uint8_t *trade_walk(struct trade_scan *s, const uint8_t *p, int nesting, int place);

static const uint8_t *trade_named(struct trade_scan *s, const uint8_t *p, int nesting, const struct key_name *name) {
    const uint8_t *next = NULL;
    if (s->seen & name->bit) return NULL; /* of what stands twice nobody knows which counts */
    s->seen |= name->bit;
    for (uint32_t roles = name->roles; roles; roles &= roles - 1) {
        enum trade_role role = (enum trade_role)__builtin_ctz(roles);
        if (role == TRADE_ROWS) s->message->roles[role] = (struct slice){p, 1, false};
        else if (!(next = trade_scalar(p, s->end, &s->message->roles[role]))) return NULL;
        else if (role != TRADE_COUNTER && s->message->roles[role].quoted == (s->shape->array && role == TRADE_STREAM)) return NULL;
    }
    if (name->inside && name->inside == s->shape->list_place && (p == s->end || *p != '[')) return NULL;
    return next ? next : trade_walk(s, p, nesting, name->inside ? name->inside : PLACE_NONE);
}

static const uint8_t *trade_member(struct trade_scan *s, const uint8_t *p, int nesting, int place) {
    struct slice key;
    bool escaped;
    if (p == s->end || *p != '"') return NULL;
    const uint8_t *next = skip_string(p + 1, s->end, &escaped);
    if (!next || escaped) return NULL;
    key = (struct slice){p + 1, (uint32_t)(next - p) - 2, true};
    p = skip_space(next, s->end);
    if (p == s->end || *p != ':') return NULL;
    p = skip_space(p + 1, s->end);
    if (place == PLACE_NONE) return trade_walk(s, p, nesting, PLACE_NONE);
    const struct key_name *name = key.length ? shape_find(&s->shape->message, place, key.start, key.length) : NULL;
    if (name) return trade_named(s, p, nesting, name);
    /* What is unknown at the top may make it another message. */
    return place == PLACE_TOP ? NULL : trade_walk(s, p, nesting, PLACE_NONE);
}

/* The elements of a message that is an array; a stream's name is a bare number there. */
static const uint8_t *trade_elements(struct trade_scan *s, const uint8_t *p, int nesting) {
    for (uint32_t i = 0; i < sizeof TRADE_DIGITS; i++) {
        const struct key_name *name = shape_find(&s->shape->message, PLACE_TOP, &TRADE_DIGITS[i], 1);
        p = name ? skip_space(p + 1, s->end) : NULL;
        if (!p || p == s->end || !(p = trade_named(s, p, nesting - 1, name))) return NULL;
        p = skip_space(p, s->end);
        if (p == s->end || (*p != ',' && *p != ']')) return NULL;
        if (*p == ']') return p + 1;
    }
    return NULL;
}

static const uint8_t *trade_walk(struct trade_scan *s, const uint8_t *p, int nesting, int place) {
    if (p == s->end || nesting == 0) return NULL;
    if (place == PLACE_TOP && s->shape->array) return *p == '[' ? trade_elements(s, p, nesting) : NULL;
    if (*p != '{' && *p != '[') return skip_scalar(p, s->end);
    bool object = *p == '{', only = !object && place && place == (int)s->shape->list_place;
    uint8_t close = object ? '}' : ']';
    p = skip_space(p + 1, s->end);
    if (p < s->end && *p == close) return p + 1;
    if (only && (p == s->end || *p != '{')) return NULL;
    for (;;) {
        p = object ? trade_member(s, p, nesting - 1, place) : trade_walk(s, p, nesting - 1, only ? place : PLACE_NONE);
        if (!p) return NULL;
        p = skip_space(p, s->end);
        if (p == s->end) return NULL;
        if (*p == close) return p + 1;
        if (*p != ',' || only) return NULL;
        p = skip_space(p + 1, s->end);
    }
}

/* -- one trade */

/* Digits, possibly with a point between them; not 0. */
static bool trade_is_number(struct slice text) {
    const uint8_t *end = text.start + text.length, *whole = skip_digits(text.start, end);
    bool zero = true;
    if (!whole || whole - text.start > MAX_TRADE_DIGITS) return false;
    if (whole < end && (*whole != '.' || end - whole - 1 > MAX_TRADE_DIGITS || skip_digits(whole + 1, end) != end)) return false;
    for (const uint8_t *p = text.start; p < end; p++) zero &= *p == '0' || *p == '.';
    return !zero;
}

static bool trade_is_digits(struct slice text) {
    return text.length && text.length <= MAX_TRADE_DIGITS && skip_digits(text.start, text.start + text.length) == text.start + text.length;
}

/* A name of letters, digits and signs that part nothing. */
static bool trade_is_name(struct slice text) {
    if (!text.quoted || !text.length || text.length > MAX_TRADE_NAME) return false;
    for (uint32_t i = 0; i < text.length; i++) {
        uint8_t c = text.start[i], letter = c | 0x20;
        if (!is_digit(c) && !(letter >= 'a' && letter <= 'z') && !memchr("-_/:.@", c, 6)) return false;
    }
    return true;
}

/* A digit distinguishes such names from words like null. */
static bool trade_is_id(const struct trade_shape *shape, struct slice id) {
    if (trade_is_digits(id)) return true;
    if (shape->numbered || !trade_is_name(id)) return false;
    for (uint32_t i = 0; i < id.length; i++)
        if (is_digit(id.start[i])) return true;
    return false;
}

/* Not a day or second that only some calendars have. */
static bool trade_is_usual_time(struct slice text) {
    return text.length >= 19 && memcmp(text.start + 17, "60", 2) != 0 &&
           (text.start[8] < '3' && memcmp(text.start + 8, "29", 2) != 0);
}

static bool trade_time(const struct trade_shape *shape, struct slice text, const uint8_t *end, int64_t *out) {
    const uint8_t *stop = text.start + text.length;
    if (shape->time_format == TIME_ISO)
        return text.quoted && trade_is_usual_time(text) && scan_iso_time(text.start - 1, end, out) == stop + 1;
    uint64_t value = 0, scale = 1;
    bool fraction = false;
    if (text.length > 19 || !trade_is_number(text)) return false;
    for (const uint8_t *p = text.start; p < stop; p++) {
        if (*p == '.') {
            fraction = true;
            continue;
        }
        value = value * 10 + (uint64_t)(*p - '0');
        if (fraction) scale *= 10;
    }
    u128 nanos = (u128)value * (uint64_t)shape->time_unit / scale; /* what is finer is cut off */
    *out = nanos > INT64_MAX ? 0 : (int64_t)nanos;
    return true;
}

/* The size without its sign, which says who sold; false if it has more digits than Python keeps in taking a sign away. */
static bool trade_take_sign(struct trade_row *row) {
    struct slice *size = &row->fields[TRADE_SIZE];
    row->sells = size->length && *size->start == '-';
    size->start += row->sells, size->length -= row->sells;
    return size->length <= MAX_TRADE_DIGITS;
}

static bool trade_side(const struct trade_shape *shape, struct slice text, bool *sells) {
    if (words_have(&shape->buys, text.start, text.length)) *sells = false;
    else if (words_have(&shape->sells, text.start, text.length)) *sells = true;
    else return false;
    bool word = same_text(text.start, text.length, (const uint8_t *)"true", 4) ||
                same_text(text.start, text.length, (const uint8_t *)"false", 5);
    return trade_is_digits(text) || text.quoted != word;
}

static bool trade_complete(const struct trade_shape *shape, struct trade_row *row, const uint8_t *end) {
    const struct slice *fields = row->fields;
    for (int field = 0; field < TRADE_UNLESS; field++)
        if (has_key(&shape->keys[field]) && !fields[field].start) return false;
    const struct slice *unless = &fields[TRADE_UNLESS];
    if (unless->start && (unless->quoted || !words_have(&shape->harmless, unless->start, unless->length))) return false;
    if (!(shape->signed_size ? trade_take_sign(row) : trade_side(shape, fields[TRADE_SIDE], &row->sells))) return false;
    return trade_is_id(shape, fields[TRADE_ID]) && trade_is_number(fields[TRADE_PRICE]) && trade_is_number(fields[TRADE_SIZE]) &&
           trade_time(shape, fields[TRADE_TIME], end, &row->time) &&
           (!has_key(&shape->keys[TRADE_SYMBOL]) || trade_is_name(fields[TRADE_SYMBOL]));
}

static int trade_field_of(const struct trade_shape *shape, struct slice key) {
    if (key.length == 0) return TRADE_FIELDS;
    for (uint32_t fields = shape->starts[key.start[0]]; fields; fields &= fields - 1) {
        int field = __builtin_ctz(fields);
        if (same_text(shape->keys[field].text, shape->keys[field].length, key.start, key.length)) return field;
    }
    return TRADE_FIELDS;
}

/* The value of a key of a row. */
static const uint8_t *trade_value(struct trade_scan *s, struct trade_row *row, struct slice key, const uint8_t *p) {
    int field = trade_field_of(s->shape, key);
    if (field == TRADE_FIELDS) return trade_walk(s, p, TRADE_NESTING, PLACE_NONE);
    return row->fields[field].start ? NULL : trade_scalar(p, s->end, &row->fields[field]);
}

/* An array whose syntax is known to be right: its first elements count. */
static const uint8_t *trade_array(struct trade_scan *s, struct trade_row *row, const uint8_t *p) {
    p = skip_space(p + 1, s->end);
    for (uint32_t i = 0; *p != ']'; i++) {
        struct slice key = {&TRADE_DIGITS[i % 10], i < sizeof TRADE_DIGITS, true};
        if (!(p = trade_value(s, row, key, p))) return NULL;
        p = skip_space(p, s->end);
        if (*p == ',') p = skip_space(p + 1, s->end);
    }
    return trade_complete(s->shape, row, s->end) ? p + 1 : NULL;
}

/* An object whose syntax is known to be right, or an array in an array. */
static const uint8_t *trade_row(struct trade_scan *s, const uint8_t *p) {
    if (*p != (s->shape->array ? '[' : '{') || s->message->count == MAX_TRADE_ROWS) return NULL;
    struct trade_row *row = &s->message->rows[s->message->count++];
    memset(row, 0, sizeof *row);
    if (s->shape->array) return trade_array(s, row, p);
    p = skip_space(p + 1, s->end);
    while (p < s->end && *p == '"') {
        bool escaped;
        const uint8_t *next = skip_string(p + 1, s->end, &escaped);
        struct slice key = {p + 1, (uint32_t)(next - p) - 2, true};
        if (!(p = trade_value(s, row, key, skip_space(skip_space(next, s->end) + 1, s->end)))) return NULL;
        p = skip_space(p, s->end);
        if (*p == ',') p = skip_space(p + 1, s->end);
    }
    return p < s->end && *p == '}' && trade_complete(s->shape, row, s->end) ? p + 1 : NULL;
}

/* One object, or a list of them. */
static bool trade_rows(struct trade_scan *s, const uint8_t *p) {
    if (*p == '{' || s->shape->array) return s->shape->single && trade_row(s, p);
    if (*p != '[' || !s->shape->listed) return false;
    do {
        p = skip_space(p + 1, s->end);
        if (!(p = trade_row(s, p))) return false;
        p = skip_space(p, s->end);
    } while (*p == ',');
    return true;
}

/* Whether the kind is one of the shape's; a word that ends with a star is the beginning of some. */
static bool trade_is_kind(const struct words *kinds, struct slice kind) {
    for (uint32_t i = 0; i < kinds->count; i++) {
        const struct word *word = &kinds->items[i];
        bool open = word->length && word->text[word->length - 1] == '*';
        uint32_t length = word->length - open;
        if (open ? kind.length > length && memcmp(word->text, kind.start, length) == 0
                 : same_text(word->text, length, kind.start, kind.length))
            return true;
    }
    return false;
}

/* The number of a message that has one, as bare or quoted digits. */
static bool trade_count(struct trade_message *message) {
    struct slice text = message->roles[TRADE_COUNTER];
    message->number = text.start ? 0 : -1;
    if (!text.start) return true;
    if (!trade_is_digits(text) || text.length > 18) return false;
    for (uint32_t i = 0; i < text.length; i++) message->number = message->number * 10 + (text.start[i] - '0');
    return true;
}

/* What the shape requires beside the rows. */
static bool trade_roles_fit(const struct trade_scan *s) {
    const struct trade_shape *shape = s->shape;
    const struct slice *roles = s->message->roles;
    if (shape->kinds.count && (!roles[TRADE_KIND].start || !trade_is_kind(&shape->kinds, roles[TRADE_KIND]))) return false;
    if (shape->also.count && (!roles[TRADE_ALSO].start || !trade_is_kind(&shape->also, roles[TRADE_ALSO]))) return false;
    enum { REQUIRED = 1 << TRADE_STREAM | 1 << TRADE_SYMBOL_OF_ALL | 1 << TRADE_COUNTER };
    for (uint32_t i = 0; i < shape->message.name_count; i++)
        if (shape->message.names[i].roles & REQUIRED && !(s->seen & shape->message.names[i].bit)) return false;
    for (int role = 0; role < TRADE_ROLES; role++)
        if (role != TRADE_ROWS && role != TRADE_KIND && role != TRADE_COUNTER && roles[role].start &&
            !(shape->array && role == TRADE_STREAM ? trade_is_digits(roles[role]) : trade_is_name(roles[role])))
            return false;
    return true;
}

/* True if the bytes are a message of trades of this shape. */
static bool scan_trades(const struct trade_shape *shape, struct trade_message *message, const uint8_t *data, size_t length) {
    struct trade_scan s = {.shape = shape, .message = message, .end = data + length};
    memset(message->roles, 0, sizeof message->roles);
    message->count = 0;
    if (!length || length > MAX_TRADE_MESSAGE) return false;
    const uint8_t *p = skip_space(data, s.end);
    const uint8_t *rest = p < s.end && *p == (shape->array ? '[' : '{') ? trade_walk(&s, p, TRADE_NESTING, PLACE_TOP) : NULL;
    if (!rest || skip_space(rest, s.end) != s.end || !is_utf8(data, s.end)) return false;
    if (!trade_roles_fit(&s) || !trade_count(message)) return false;
    const uint8_t *rows = shape->whole ? p : message->roles[TRADE_ROWS].start;
    return rows && trade_rows(&s, rows);
}

#endif
