/* Objects that were made of short texts before: the prices, sizes and names of trades come again and again. */
#ifndef ONEBOOK_KNOWN_TEXTS_H
#define ONEBOOK_KNOWN_TEXTS_H

#include <Python.h>

#include "number.h"

enum { KNOWN_TEXTS = 256, MAX_KNOWN_TEXT = 39 };

struct known_text {
    PyObject *made; /* NULL: none */
    uint8_t length;
    uint8_t text[MAX_KNOWN_TEXT];
};

/* Each text has one place, where the newest one stands. */
struct known_texts {
    struct known_text items[KNOWN_TEXTS];
};

/* The beginning and the end of the text, mixed. */
static inline uint32_t known_place(const uint8_t *text, uint32_t length) {
    uint64_t first = 0, last = 0;
    if (length >= 8) {
        first = load8(text);
        last = load8(text + length - 8);
    } else {
        memcpy(&first, text, length);
    }
    uint64_t mixed = (first ^ rotate_right(last, 23) ^ length) * 0x9E3779B97F4A7C15ULL;
    return (uint32_t)(mixed >> 56) & (KNOWN_TEXTS - 1);
}

/* Where the text is, or would be; NULL if it is too long for that. */
static inline struct known_text *known_item(struct known_texts *known, const uint8_t *text, uint32_t length) {
    return length <= MAX_KNOWN_TEXT ? &known->items[known_place(text, length)] : NULL;
}

static inline bool known_is(const struct known_text *item, const uint8_t *text, uint32_t length) {
    return item->made && item->length == length && memcmp(item->text, text, length) == 0;
}

static void known_set(struct known_text *item, const uint8_t *text, uint32_t length, PyObject *made) {
    PyObject *before = item->made;
    item->made = Py_NewRef(made);
    item->length = (uint8_t)length;
    memcpy(item->text, text, length);
    Py_XDECREF(before);
}

static void known_clear(struct known_texts *known) {
    for (uint32_t i = 0; i < KNOWN_TEXTS; i++) Py_CLEAR(known->items[i].made);
}

#endif
