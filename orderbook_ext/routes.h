/* From the route in a frame to the number of a book: a hash table that only grows until it is emptied. */
#ifndef ONEBOOK_ROUTES_H
#define ONEBOOK_ROUTES_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct route {
    uint8_t *text; /* NULL: the place is free */
    uint32_t length, hash, book;
};

struct route_table {
    struct route *places;
    uint32_t capacity, count; /* a power of two, or 0 */
};

static inline uint32_t route_hash(const uint8_t *text, uint32_t length) {
    uint64_t hash = 0x9E3779B97F4A7C15ULL ^ length, chunk;
    for (; length >= 8; length -= 8, text += 8) {
        memcpy(&chunk, text, 8);
        hash = (hash ^ chunk) * 0xD6E8FEB86659FD93ULL;
        hash ^= hash >> 32;
    }
    chunk = 0;
    for (uint32_t i = 0; i < length; i++) chunk = chunk << 8 | text[i];
    hash = (hash ^ chunk) * 0xD6E8FEB86659FD93ULL;
    return (uint32_t)(hash >> 32);
}

/* The place of a route, or the free one where it belongs; the table is not empty. */
static inline struct route *route_place(const struct route_table *table, const uint8_t *text, uint32_t length,
                                        uint32_t hash) {
    for (uint32_t at = hash;; at++) {
        struct route *place = &table->places[at & (table->capacity - 1)];
        if (!place->text) return place;
        if (place->hash == hash && place->length == length && memcmp(place->text, text, length) == 0) return place;
    }
}

/* The number of the route's book; -1 if it is not known. */
static inline int64_t route_find(const struct route_table *table, const uint8_t *text, uint32_t length) {
    if (!table->count) return -1;
    const struct route *place = route_place(table, text, length, route_hash(text, length));
    return place->text ? (int64_t)place->book : -1;
}

static bool routes_grow(struct route_table *table) {
    struct route_table larger = {.capacity = table->capacity ? 2 * table->capacity : 8, .count = table->count};
    larger.places = calloc(larger.capacity, sizeof *larger.places);
    if (!larger.places) return false;
    for (uint32_t i = 0; i < table->capacity; i++) {
        const struct route *route = &table->places[i];
        if (route->text) *route_place(&larger, route->text, route->length, route->hash) = *route;
    }
    free(table->places);
    *table = larger;
    return true;
}

/* Says whose frames of this route are; false if there is no memory. */
static bool route_set(struct route_table *table, const uint8_t *text, uint32_t length, uint32_t book) {
    if (2 * table->count >= table->capacity && !routes_grow(table)) return false;
    uint32_t hash = route_hash(text, length);
    struct route *place = route_place(table, text, length, hash);
    if (!place->text) {
        place->text = malloc(length + 1);
        if (!place->text) return false;
        memcpy(place->text, text, length);
        place->length = length;
        place->hash = hash;
        table->count++;
    }
    place->book = book;
    return true;
}

static void routes_clear(struct route_table *table) {
    for (uint32_t i = 0; i < table->capacity; i++) free(table->places[i].text);
    free(table->places);
    memset(table, 0, sizeof *table);
}

#endif
