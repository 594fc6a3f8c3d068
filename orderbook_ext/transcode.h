/* Protobuf bytes to readable JSON, by a plan: which fields, made how, of what. One pass finds the fields of a message,
 * and then they are written in the order of the plan. Every read is bounded by the message. */
#ifndef ONEBOOK_TRANSCODE_H
#define ONEBOOK_TRANSCODE_H

#include "json_text.h"
#include "wire_fields.h"

enum { FIELD_NUMBERS = 64, REGISTERS = 4, IS_REPEATED = 8, IS_MESSAGE = 16 };
enum json_kind { KIND_TEXT, KIND_DECIMAL, KIND_NUMBER, KIND_WHOLE, KIND_WHOLE_TEXT, KIND_BOOL, KIND_ENUM, KIND_MANTISSA,
                 KIND_VENUE, KIND_OBJECT };
enum wire_coding { CODED_UNSIGNED, CODED_UINT32, CODED_SIGNED, CODED_ZIGZAG };
enum transcode_result { TRANSCODED, NO_MEMORY, BAD_BYTES, BAD_VENUE, BAD_EXPONENT };

struct json_string {
    const char *text;
    size_t length;
};

struct plan_field {
    struct json_string key;           /* "name": with its quotation marks, colon and space */
    const struct json_string *names;  /* of an enum, with quotation marks */
    uint32_t name_count, known_count, child;
    int32_t shift;
    uint8_t number, kind, coding, is_list, is_optional, scale;
    uint8_t known_by[2];
};

struct plan_shape {
    struct json_string start;  /* {"type": "name" */
    struct plan_field *fields;
    uint32_t field_count, exponent_count;
    uint8_t wires[FIELD_NUMBERS];     /* by number: type of the wire and flags; 255: no such field */
    uint8_t exponents[REGISTERS][2];  /* number of a field, register */
    uint8_t venues, venue_name, venue_currency, is_nameless;
};

struct venue_text {
    const uint8_t *name, *currency;
    size_t name_length, currency_length;
};

struct transcoder {
    const struct plan_shape *shapes;
    struct json_out out;
    struct venue_text *venues;
    size_t venue_count, venue_room;
};

/* Finds the fields of a message; false: these bytes are none, or have an object twice. */
static inline int find_fields(const struct plan_shape *shape, const uint8_t *p, const uint8_t *end, struct slot *slots) {
    while (p < end) {
        struct slot found = {NULL, 0, 1};
        const uint8_t *begin = p;
        uint64_t key;
        p = read_field(p, end, &key, &found);
        if (!p) return 0;
        uint64_t number = key >> 3;
        if (number >= FIELD_NUMBERS || shape->wires[number] == 255) continue;
        uint8_t wire = shape->wires[number];
        if ((key & WIRE_TYPE) != (uint64_t)(wire & WIRE_TYPE)) continue;
        struct slot *slot = &slots[number];
        if (wire & IS_REPEATED) {
            if (!slot->seen) *slot = (struct slot){begin, 1, 1};
            continue;
        }
        if ((wire & IS_MESSAGE) && slot->seen) return 0;
        *slot = found;
    }
    return 1;
}

static inline int64_t unzigzag(uint64_t value) { return (int64_t)(value >> 1) ^ -(int64_t)(value & 1); }

static inline int64_t signed_value(const struct plan_field *field, uint64_t value) {
    return field->coding == CODED_ZIGZAG ? unzigzag(value) : (int64_t)value;
}

static inline enum transcode_result find_venues(struct transcoder *t, const struct plan_shape *shape,
                                                const struct slot *list, const uint8_t *end) {
    t->venue_count = 0;
    const uint8_t *p = list->seen ? list->data : NULL;
    struct slot each = {NULL, 0, 0};
    while ((p = next_of_list(p, end, shape->venues, &each))) {
        if (t->venue_count == t->venue_room) {
            size_t room = 2 * t->venue_room + 16;
            struct venue_text *grown = (struct venue_text *)realloc(t->venues, room * sizeof *grown);
            if (!grown) return NO_MEMORY;
            t->venues = grown;
            t->venue_room = room;
        }
        struct venue_text *venue = &t->venues[t->venue_count++];
        memset(venue, 0, sizeof *venue);
        struct slot found = {NULL, 0, 0};
        uint64_t key;
        for (const uint8_t *q = each.data, *stop = q + each.value; q < stop;) {
            q = read_field(q, stop, &key, &found);
            if (!q) return BAD_BYTES;
            if (key == ((uint32_t)shape->venue_name << 3 | 2)) {
                venue->name = found.data;
                venue->name_length = found.value;
            } else if (key == ((uint32_t)shape->venue_currency << 3 | 2)) {
                venue->currency = found.data;
                venue->currency_length = found.value;
            }
        }
    }
    return TRANSCODED;
}

static inline enum transcode_result put_json_text(struct json_out *out, const uint8_t *text, size_t length) {
    int valid = 1;
    if (json_escaped(out, text, length, &valid)) return TRANSCODED;
    return valid ? NO_MEMORY : BAD_BYTES;
}

static inline enum transcode_result put_quoted(struct json_out *out, const uint8_t *text, size_t length) {
    if (!json_raw(out, "\"", 1)) return NO_MEMORY;
    enum transcode_result result = put_json_text(out, text, length);
    return result == TRANSCODED && !json_raw(out, "\"", 1) ? NO_MEMORY : result;
}

static inline enum transcode_result put_venue(struct transcoder *t, const struct plan_shape *shape, uint64_t place) {
    if (place >= t->venue_count) {
        if (place || t->venue_count || !shape->is_nameless) return BAD_VENUE;
        return json_raw(&t->out, "\"\"", 2) ? TRANSCODED : NO_MEMORY;
    }
    const struct venue_text *venue = &t->venues[place];
    if (!json_raw(&t->out, "\"", 1)) return NO_MEMORY;
    enum transcode_result result = put_json_text(&t->out, venue->name, venue->name_length);
    if (result == TRANSCODED && venue->currency_length) {
        if (!json_raw(&t->out, ":", 1)) return NO_MEMORY;
        result = put_json_text(&t->out, venue->currency, venue->currency_length);
    }
    return result == TRANSCODED && !json_raw(&t->out, "\"", 1) ? NO_MEMORY : result;
}

static enum transcode_result put_message(struct transcoder *t, uint32_t number, const struct plan_shape *around,
                                         const uint8_t *data, size_t length, const int32_t *registers, int typed);

static inline enum transcode_result put_whole(struct transcoder *t, const struct plan_field *field, uint64_t value) {
    int64_t as_signed = signed_value(field, value);
    int negative = field->coding >= CODED_SIGNED && as_signed < 0;
    if (field->coding == CODED_UINT32) value = (uint32_t)value;
    uint64_t size = field->coding >= CODED_SIGNED ? (negative ? 0 - (uint64_t)as_signed : (uint64_t)as_signed) : value;
    int quoted = field->kind == KIND_WHOLE_TEXT || (field->kind == KIND_NUMBER && size > (uint64_t)1 << 53);
    return json_whole(&t->out, size, negative, quoted) ? TRANSCODED : NO_MEMORY;
}

/* One value, as it was found. `around` has the venues. */
static enum transcode_result put_value(struct transcoder *t, const struct plan_shape *around, const struct plan_field *field,
                                       const struct slot *found, const int32_t *registers) {
    struct json_out *out = &t->out;
    switch ((enum json_kind)field->kind) {
    case KIND_TEXT: return put_quoted(out, found->data, found->value);
    case KIND_DECIMAL:
        if (!found->value) return json_raw(out, "\"0\"", 3) ? TRANSCODED : NO_MEMORY;
        return put_quoted(out, found->data, found->value);
    case KIND_NUMBER:
    case KIND_WHOLE:
    case KIND_WHOLE_TEXT: return put_whole(t, field, found->value);
    case KIND_BOOL: return json_raw(out, found->value ? "true" : "false", found->value ? 4 : 5) ? TRANSCODED : NO_MEMORY;
    case KIND_ENUM: {
        int32_t value = (int32_t)(uint32_t)found->value;
        const struct json_string *name = &field->names[value >= 0 && (uint32_t)value < field->name_count ? value : 0];
        return json_raw(out, name->text, name->length) ? TRANSCODED : NO_MEMORY;
    }
    case KIND_MANTISSA: {
        int64_t exponent = (int64_t)registers[field->scale] + field->shift;
        if (exponent < -MOST_DECIMALS || exponent > MOST_DECIMALS) return BAD_EXPONENT;
        return json_decimal(out, signed_value(field, found->value), (int)exponent) ? TRANSCODED : NO_MEMORY;
    }
    case KIND_VENUE: return put_venue(t, around, (uint32_t)found->value);
    default: {
        int32_t inner[REGISTERS];
        memcpy(inner, registers, sizeof inner);
        inner[0] = registers[field->scale];
        return put_message(t, field->child, around, found->data, found->value, inner, 0);
    }
    }
}

static inline enum transcode_result put_list(struct transcoder *t, const struct plan_shape *around,
                                             const struct plan_field *field, const struct slot *list,
                                             const uint8_t *end, const int32_t *registers) {
    if (!json_raw(&t->out, "[", 1)) return NO_MEMORY;
    struct slot each = {NULL, 0, 1};
    const uint8_t *p = list->seen ? list->data : NULL;
    for (int first = 1; (p = next_of_list(p, end, field->number, &each)); first = 0) {
        if (!first && !json_raw(&t->out, ", ", 2)) return NO_MEMORY;
        enum transcode_result result = put_value(t, around, field, &each, registers);
        if (result != TRANSCODED) return result;
    }
    return json_raw(&t->out, "]", 1) ? TRANSCODED : NO_MEMORY;
}

static inline int is_known(const struct plan_field *field, const struct slot *slots) {
    if (field->is_optional && !slots[field->number].seen) return 0;
    for (uint32_t i = 0; i < field->known_count; i++)
        if (slots[field->known_by[i]].value) return 1;
    return !field->known_count;
}

static enum transcode_result put_message(struct transcoder *t, uint32_t number, const struct plan_shape *around,
                                         const uint8_t *data, size_t length, const int32_t *outer, int typed) {
    const struct plan_shape *shape = &t->shapes[number];
    if (!data) data = (const uint8_t *)"";
    const uint8_t *end = data + length;
    struct slot slots[FIELD_NUMBERS];
    int32_t registers[REGISTERS];
    memset(slots, 0, sizeof slots);
    memcpy(registers, outer, sizeof registers);
    if (length && !find_fields(shape, data, end, slots)) return BAD_BYTES;
    for (uint32_t i = 0; i < shape->exponent_count; i++)
        registers[shape->exponents[i][1]] = (int32_t)unzigzag((uint32_t)slots[shape->exponents[i][0]].value);
    if (shape->venues) {
        enum transcode_result result = find_venues(t, shape, &slots[shape->venues], end);
        if (result != TRANSCODED) return result;
        around = shape;
    }
    if (!(typed ? json_raw(&t->out, shape->start.text, shape->start.length) : json_raw(&t->out, "{", 1))) return NO_MEMORY;
    for (uint32_t i = 0; i < shape->field_count; i++) {
        const struct plan_field *field = &shape->fields[i];
        if ((i || typed) && !json_raw(&t->out, ", ", 2)) return NO_MEMORY;
        if (!json_raw(&t->out, field->key.text, field->key.length)) return NO_MEMORY;
        enum transcode_result result = TRANSCODED;
        if (!is_known(field, slots)) result = json_raw(&t->out, "null", 4) ? TRANSCODED : NO_MEMORY;
        else if (field->is_list) result = put_list(t, around, field, &slots[field->number], end, registers);
        else result = put_value(t, around, field, &slots[field->number], registers);
        if (result != TRANSCODED) return result;
    }
    return json_raw(&t->out, "}", 1) ? TRANSCODED : NO_MEMORY;
}

/* One line of JSON of a message, in place of what the buffer has. */
static inline enum transcode_result transcode(struct transcoder *t, uint32_t shape, const uint8_t *data, size_t length) {
    static const int32_t none[REGISTERS];
    t->out.length = 0;
    t->venue_count = 0;
    return put_message(t, shape, &t->shapes[shape], data, length, none, 1);
}

#endif
