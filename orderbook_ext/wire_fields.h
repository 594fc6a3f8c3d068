/* Fields of protobuf bytes, one after the other. Every read is bounded by the message. */
#ifndef ONEBOOK_WIRE_FIELDS_H
#define ONEBOOK_WIRE_FIELDS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { WIRE_TYPE = 7 };

/* What was found of a field: the last one, or the place of the first one of a list. */
struct slot {
    const uint8_t *data;  /* of text and messages; of a list, where its first field begins */
    uint64_t value;       /* of numbers; else the length */
    int seen;
};

static inline const uint8_t *read_varint(const uint8_t *p, const uint8_t *end, uint64_t *value) {
    uint64_t read = 0;
    for (int shift = 0; shift < 70 && p < end; shift += 7) {
        uint8_t byte = *p++;
        read |= shift < 64 ? (uint64_t)(byte & 127) << shift : 0;
        if (byte < 128) {
            *value = read;
            return shift == 63 && byte > 1 ? NULL : p;
        }
    }
    return NULL;
}

/* The next field: its number, the type of its wire, its value or length, and its bytes. NULL: no field. */
static inline const uint8_t *read_field(const uint8_t *p, const uint8_t *end, uint64_t *key, struct slot *found) {
    p = read_varint(p, end, key);
    if (!p || *key > UINT32_MAX || !(*key >> 3)) return NULL;
    switch (*key & WIRE_TYPE) {
    case 0: return read_varint(p, end, &found->value);
    case 1:
    case 5: {
        int size = (*key & WIRE_TYPE) == 1 ? 8 : 4;
        if (end - p < size) return NULL;
        found->value = 0;
        for (int i = 0; i < size; i++) found->value |= (uint64_t)p[i] << (8 * i);
        return p + size;
    }
    case 2:
        p = read_varint(p, end, &found->value);
        if (!p || found->value > (uint64_t)(end - p)) return NULL;
        found->data = p;
        return p + found->value;
    default: return NULL;
    }
}

/* The next field of a list in [p, end): its bytes in `found`; NULL at the end. The fields were read once already. */
static inline const uint8_t *next_of_list(const uint8_t *p, const uint8_t *end, uint32_t number, struct slot *found) {
    uint64_t key;
    while (p && p < end) {
        p = read_field(p, end, &key, found);
        if (p && key == (number << 3 | 2)) return p;
    }
    return NULL;
}

/* The message in the field `number` of a response: *found.seen counts them. False: these bytes are no message. */
static inline int find_held(const uint8_t *data, size_t length, uint32_t number, struct slot *found) {
    const uint8_t *p = data, *end = data + length;
    memset(found, 0, sizeof *found);
    while (p < end) {
        struct slot each = {NULL, 0, 1};
        uint64_t key;
        p = read_field(p, end, &key, &each);
        if (!p) return 0;
        if (key != (number << 3 | 2)) continue;
        each.seen = found->seen + 1;
        *found = each;
    }
    return 1;
}

#endif
