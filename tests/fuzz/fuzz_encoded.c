/* Encoded books, changed and cut at random: nothing may be read out of bounds, by the reader of levels and by what makes
 * JSON of them, and levels are found as they were written where nothing was changed.
 *
 * Usage: fuzz_encoded SEED ROUNDS
 */
#include "encoded_levels.h"
#include "transcode.h"

#include <stdio.h>

enum { MOST = 4096, BOOK = 1, EXPONENT = 3, BIDS = 5, ASKS = 6, VENUES = 9 };

static uint64_t state;

static uint64_t draw(uint64_t below) { /* xorshift64* */
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (state * 0x2545F4914F6CDD1DULL >> 16) % below;
}

struct text {
    uint8_t bytes[MOST];
    size_t length;
};

static void put_varint(struct text *out, uint64_t value) {
    for (; value > 127; value >>= 7) out->bytes[out->length++] = (uint8_t)(value | 128);
    out->bytes[out->length++] = (uint8_t)value;
}

static void put_bytes(struct text *out, uint32_t number, const void *bytes, size_t length) {
    put_varint(out, number << 3 | 2);
    put_varint(out, length);
    memcpy(out->bytes + out->length, bytes, length);
    out->length += length;
}

static void put_level(struct text *out, uint32_t number, uint64_t price, uint64_t size) {
    struct text level = {.length = 0};
    put_varint(&level, 1 << 3);
    put_varint(&level, price);
    put_varint(&level, 2 << 3);
    put_varint(&level, size);
    if (draw(2)) {
        put_varint(&level, 3 << 3);
        put_varint(&level, draw(3));
    }
    put_bytes(out, number, level.bytes, level.length);
}

static void put_response(struct text *out, uint32_t bids, uint32_t asks) {
    struct text book = {.length = 0};
    put_bytes(&book, 2, "BTC/USDT", 8);
    put_varint(&book, EXPONENT << 3);
    put_varint(&book, 3); /* -2 */
    for (uint32_t i = 0; i < bids; i++) put_level(&book, BIDS, 1000 - i, 1 + draw(1000));
    for (uint32_t i = 0; i < asks; i++) put_level(&book, ASKS, 1001 + i, 1 + draw(1000));
    for (int i = 0; i < 2; i++) {
        struct text venue = {.length = 0};
        put_bytes(&venue, 1, i ? "b\xc3\xa9" : "a\"", i ? 3 : 2);
        put_bytes(&book, VENUES, venue.bytes, venue.length);
    }
    out->length = 0;
    put_bytes(out, BOOK, book.bytes, book.length);
}

static struct json_string plain(const char *text) { return (struct json_string){text, strlen(text)}; }

static struct plan_field level_fields[2], book_fields[2];
static struct plan_shape shapes[2];

/* {"bids": [{"price": "10.00", "venue": "a"}], "asks": [...]} */
static void make_plan(void) {
    memset(shapes, 0, sizeof shapes);
    for (int i = 0; i < 2; i++) memset(shapes[i].wires, 255, FIELD_NUMBERS);
    level_fields[0] = (struct plan_field){.key = plain("\"price\": "), .number = 1, .kind = KIND_MANTISSA, .coding = CODED_SIGNED};
    level_fields[1] = (struct plan_field){.key = plain("\"venue\": "), .number = 3, .kind = KIND_VENUE};
    shapes[1].wires[1] = shapes[1].wires[3] = 0;
    shapes[1].fields = level_fields;
    shapes[1].field_count = 2;
    for (int i = 0; i < 2; i++) {
        book_fields[i] = (struct plan_field){.key = plain(i ? "\"asks\": " : "\"bids\": "), .number = i ? ASKS : BIDS,
                                             .kind = KIND_OBJECT, .child = 1, .is_list = 1};
        shapes[0].wires[i ? ASKS : BIDS] = 2 | IS_REPEATED | IS_MESSAGE;
    }
    shapes[0].wires[VENUES] = 2 | IS_REPEATED | IS_MESSAGE;
    shapes[0].wires[EXPONENT] = 0;
    shapes[0].exponents[0][0] = EXPONENT;
    shapes[0].exponent_count = 1;
    shapes[0].venues = VENUES;
    shapes[0].venue_name = 1;
    shapes[0].venue_currency = 22;
    shapes[0].start = plain("{\"type\": \"book\"");
    shapes[0].fields = book_fields;
    shapes[0].field_count = 2;
}

static int fail(const char *words) {
    fprintf(stderr, "%s\n", words);
    return 1;
}

/* Both readers on these bytes, which lie in memory of just this length. */
static int read_both(const uint8_t *bytes, size_t length, const uint32_t wanted[2]) {
    uint8_t *exact = malloc(length ? length : 1);
    if (!exact) return fail("no memory");
    memcpy(exact, bytes, length);
    struct encoded_book plan = {BOOK, {BIDS, ASKS}, {2, 3}, {(int64_t)draw(1200), (int64_t)draw(1200)}};
    struct level_list lists[4];
    memset(lists, 0, sizeof lists);
    int failed = 0;
    enum encoded_result result = read_encoded_levels(exact, length, &plan, lists);
    for (int side = 0; side < 2 && wanted; side++)
        if (result != ENCODED || lists[side].count + lists[2 + side].count != wanted[side]) failed = fail("levels are missing");
    for (int i = 0; i < 4; i++) {
        for (uint32_t k = 0; k < lists[i].count; k++)
            if (!lists[i].raw[k].price || lists[i].raw[k].price >> 63) failed = fail("a price is none");
        level_list_free(&lists[i]);
    }
    struct slot found;
    struct transcoder t;
    memset(&t, 0, sizeof t);
    t.shapes = shapes;
    if (find_held(exact, length, BOOK, &found)) {
        enum transcode_result made = transcode(&t, 0, found.data, found.value);
        if (made == NO_MEMORY || (made == TRANSCODED && (!t.out.length || t.out.start[t.out.length - 1] != '}')))
            failed = fail("the JSON has no end");
    }
    free(t.out.start);
    free(t.venues);
    free(exact);
    return failed;
}

int main(int count, char **arguments) {
    if (count != 3) return fail("usage: fuzz_encoded SEED ROUNDS");
    state = strtoull(arguments[1], NULL, 10) * 0x9E3779B97F4A7C15ULL | 1;
    make_plan();
    static struct text response;
    for (uint64_t round = strtoull(arguments[2], NULL, 10); round; round--) {
        uint32_t wanted[2] = {(uint32_t)draw(20), (uint32_t)draw(20)};
        put_response(&response, wanted[0], wanted[1]);
        if (read_both(response.bytes, response.length, wanted)) return 1;
        for (uint64_t changes = 1 + draw(4); changes; changes--)
            response.bytes[draw(response.length)] = (uint8_t)draw(256);
        if (read_both(response.bytes, draw(response.length + 1), NULL)) return 1;
    }
    return 0;
}
