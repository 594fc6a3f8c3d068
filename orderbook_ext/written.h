/* With how many decimals the levels of a side were written, for checksums of the texts as they were sent.
 *
 * A hash table by price that only grows: a level that is gone leaves its entry, which a new level of the price replaces,
 * and when the table is full those of the levels that the side holds are taken over to a new one.
 */
#ifndef ONEBOOK_WRITTEN_H
#define ONEBOOK_WRITTEN_H

#include "cursor.h"

/* The price is without zeros at its end, so that it is the same at every scale of the book. */
struct written_level {
    uint64_t mantissa; /* 0: the place is free */
    uint8_t decimals, price_decimals, size_decimals;
};

struct written_side {
    struct written_level *places;
    uint32_t capacity, used; /* a power of two, or 0; at most half is used */
};

static inline void written_free(struct written_side *side) {
    free(side->places);
    memset(side, 0, sizeof *side);
}

/* The place of a price, or the free one where it would be; there is a free one. */
static struct written_level *written_place(const struct written_side *side, uint64_t mantissa, uint32_t decimals) {
    uint64_t hash = (mantissa + decimals) * 0x9E3779B97F4A7C15ULL;
    for (uint32_t i = (uint32_t)(hash >> 32);; i++) {
        struct written_level *place = &side->places[i & (side->capacity - 1)];
        if (!place->mantissa || (place->mantissa == mantissa && place->decimals == decimals)) return place;
    }
}

/* The entry of a price, or NULL. */
static const struct written_level *written_find(const struct written_side *side, uint64_t mantissa, uint32_t decimals) {
    if (!side->capacity) return NULL;
    trim_decimals(&mantissa, &decimals);
    const struct written_level *place = written_place(side, mantissa, decimals);
    return place->mantissa ? place : NULL;
}

/* Room for `count` levels more, besides those that `held` has at `decimals`; false without memory, with all as it was. */
static bool written_reserve(struct written_side *side, const struct side *held, uint32_t decimals, uint32_t count) {
    if (side->used + count <= side->capacity / 2) return true;
    struct written_side larger = {NULL, 64, 0};
    while (larger.capacity / 4 < side_count(held) + count) larger.capacity *= 2;
    larger.places = calloc(larger.capacity, sizeof *larger.places);
    if (!larger.places) return false;
    struct cursor cursor = cursor_at_best(held);
    for (struct level level; cursor_next(&cursor, &level);) {
        const struct written_level *entry = written_find(side, (uint64_t)(level.key * held->sign), decimals);
        if (!entry) continue;
        *written_place(&larger, entry->mantissa, entry->decimals) = *entry;
        larger.used++;
    }
    written_free(side);
    *side = larger;
    return true;
}

/* Takes over how the levels of a frame were written; there is room. */
static void written_record(struct written_side *side, const struct level_list *list) {
    for (const struct raw_level *raw = list->raw; raw < list->raw + list->count; raw++) {
        uint64_t mantissa = raw->price;
        uint32_t decimals = raw->price_decimals;
        if (!raw->size) continue;
        trim_decimals(&mantissa, &decimals);
        struct written_level *place = written_place(side, mantissa, decimals);
        side->used += !place->mantissa;
        *place = (struct written_level){mantissa, (uint8_t)decimals, raw->price_decimals, raw->size_decimals};
    }
}

#endif
