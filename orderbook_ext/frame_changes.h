/* From the numbers of a frame to changes of the two sides: at the book's scales, in the order of keys. */
#ifndef ONEBOOK_FRAME_CHANGES_H
#define ONEBOOK_FRAME_CHANGES_H

#include "side.h"

enum book_status { BOOK_OK, BOOK_NO_MEMORY, BOOK_SCALE, BOOK_FULL };

struct scales {
    uint32_t price, size; /* decimals */
};

/* The number that did not fit: value / 10^decimals at `wanted` decimals; held tells that the book held it already. */
struct scale_fault {
    uint64_t mantissa;
    uint32_t decimals, wanted;
    bool held;
};

/* Fills list->changes from behind, as books are written best first. On failure *at is the level that did not fit. */
static bool rescale_list(const struct scale_table *table, struct level_list *list, const struct side *side,
                         struct scales scales, const struct raw_level **at) {
    struct change *change = list->changes + list->count;
    const struct raw_level *stop = list->raw + list->count;
    int64_t above = INT64_MAX;
    bool ascending = true;
    for (const struct raw_level *raw = list->raw; raw < stop; raw++) {
        int64_t price;
        change--;
        if (!rescale(table, raw->price, raw->price_decimals, scales.price, &price) ||
            !rescale(table, raw->size, raw->size_decimals, scales.size, &change->size)) {
            *at = raw;
            return false;
        }
        int64_t key = price * side->sign;
        ascending &= key < above;
        change->key = above = key;
        side_prefetch(side, key);
    }
    list->ascending = ascending;
    return true;
}

/* Which number of the level does not fit. */
static struct scale_fault fault_of(const struct scale_table *table, const struct raw_level *raw, struct scales scales) {
    int64_t price;
    if (!rescale(table, raw->price, raw->price_decimals, scales.price, &price))
        return (struct scale_fault){raw->price, raw->price_decimals, scales.price, false};
    return (struct scale_fault){raw->size, raw->size_decimals, scales.size, false};
}

/* The finest scales that the numbers of a frame need, and those given. */
static struct scales scales_for(const struct level_list *list, struct scales scales) {
    for (const struct raw_level *raw = list->raw; raw < list->raw + list->count; raw++) {
        uint32_t price = needed_decimals(raw->price, raw->price_decimals);
        uint32_t size = needed_decimals(raw->size, raw->size_decimals);
        if (price > scales.price) scales.price = price;
        if (size > scales.size) scales.size = size;
    }
    return scales;
}

/* Fills the changes of both lists at the scales given, or at finer ones where the frame needs them. */
static enum book_status rescale_lists(const struct scale_table *table, const struct side *sides,
                                      struct level_list *lists, struct scales *scales, struct scale_fault *fault) {
    const struct raw_level *at = NULL;
    for (int attempt = 0; attempt < 2; attempt++) {
        if (rescale_list(table, &lists[0], &sides[0], *scales, &at) &&
            rescale_list(table, &lists[1], &sides[1], *scales, &at))
            return BOOK_OK;
        if (attempt == 0) *scales = scales_for(&lists[1], scales_for(&lists[0], *scales));
    }
    *fault = fault_of(table, at, *scales);
    return BOOK_SCALE;
}

static bool is_ascending(const struct change *changes, uint32_t count) {
    for (uint32_t i = 1; i < count; i++)
        if (changes[i - 1].key >= changes[i].key) return false;
    return true;
}

/* Brings the changes of a list into strictly ascending order; of one key the last one of the frame stays. */
static enum book_status order_changes(struct level_list *list, uint32_t *count) {
    *count = list->count;
    if (list->ascending) return BOOK_OK;
    reverse_changes(list->changes, list->count);
    if (is_ascending(list->changes, list->count)) return BOOK_OK;
    struct change *spare = malloc(list->count * sizeof *spare);
    if (!spare) return BOOK_NO_MEMORY;
    *count = sort_changes(list->changes, spare, list->count);
    free(spare);
    return BOOK_OK;
}

#endif
