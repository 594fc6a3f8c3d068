/* The levels of an encoded onebook.v1.Book, as the book takes them.
 *
 * A price beyond what the message proves complete (below `bounds[0]` of bids, above `bounds[1]` of asks) goes into lists of
 * its own: such levels are applied to a book that was loaded with the others. */
#ifndef ONEBOOK_ENCODED_LEVELS_H
#define ONEBOOK_ENCODED_LEVELS_H

#include "levels.h"
#include "wire_fields.h"

enum encoded_result { ENCODED, ENCODED_NO_MEMORY, ENCODED_BAD, ENCODED_NO_PRICE };

struct encoded_book {
    uint32_t held;     /* the field of the response that is the book */
    uint32_t sides[2]; /* its fields: bids, asks */
    uint32_t decimals[2]; /* of prices, of sizes */
    int64_t bounds[2];
};

/* Price and size, fields 1 and 2 of a Level; a negative number is none. */
static inline enum encoded_result read_encoded_level(const uint8_t *p, const uint8_t *end, int64_t numbers[2]) {
    numbers[0] = numbers[1] = 0;
    while (p < end) {
        struct slot found = {NULL, 0, 0};
        uint64_t key;
        p = read_field(p, end, &key, &found);
        if (!p) return ENCODED_BAD;
        if (key == (1 << 3) || key == (2 << 3)) numbers[(key >> 3) - 1] = (int64_t)found.value;
    }
    if (numbers[0] < 0 || numbers[1] < 0) return ENCODED_BAD;
    return numbers[0] ? ENCODED : ENCODED_NO_PRICE;
}

static inline enum encoded_result add_encoded_level(const struct encoded_book *book, int side, const struct slot *level,
                                                    struct level_list *lists) {
    int64_t numbers[2];
    enum encoded_result result = read_encoded_level(level->data, level->data + level->value, numbers);
    if (result != ENCODED) return result;
    int beyond = side ? numbers[0] > book->bounds[1] : numbers[0] < book->bounds[0];
    struct level_list *list = &lists[2 * beyond + side];
    if (!level_list_reserve(list)) return ENCODED_NO_MEMORY;
    list->raw[list->count++] = (struct raw_level){
        (uint64_t)numbers[0], (uint64_t)numbers[1], (uint8_t)book->decimals[0], (uint8_t)book->decimals[1]};
    return ENCODED;
}

/* Into lists[0] and [1] the levels that are proved complete, into [2] and [3] the others. */
static inline enum encoded_result read_encoded_levels(const uint8_t *data, size_t length, const struct encoded_book *book,
                                                      struct level_list *lists) {
    struct slot whole;
    if (!find_held(data, length, book->held, &whole) || whole.seen > 1) return ENCODED_BAD;
    const uint8_t *p = whole.data, *end = p ? p + whole.value : NULL;
    while (p < end) {
        struct slot found = {NULL, 0, 0};
        uint64_t key;
        p = read_field(p, end, &key, &found);
        if (!p) return ENCODED_BAD;
        for (int side = 0; side < 2; side++) {
            if (key != (book->sides[side] << 3 | 2)) continue;
            enum encoded_result result = add_encoded_level(book, side, &found, lists);
            if (result != ENCODED) return result;
        }
    }
    return ENCODED;
}

#endif
