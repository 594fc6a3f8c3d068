/* Messages of trades, changed at random: nothing may be read or written out of bounds, and what is found is in the message.
 *
 * Usage: fuzz_trades SEED ROUNDS
 */
#include "trades.h"

#include <stdio.h>

static uint64_t state;

static uint64_t draw(uint64_t below) { /* xorshift64* */
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (state * 0x2545F4914F6CDD1DULL >> 16) % below;
}

static const char *const messages[] = {
    "{\"s\":\"btcusdt@trade\",\"d\":{\"e\":\"trade\",\"E\":1723161255343,\"y\":\"BTCUSDT\",\"t\":3735683259,\"p\":\"61837.63\","
    "\"q\":\"0.02000000\",\"T\":\"2026-01-01T00:00:00.123456Z\",\"m\":true,\"x\":{\"a\":[1,{}]}}}",
    "{\"s\":\"trades.BTC\",\"d\":[{\"e\":1,\"t\":\"a-1\",\"p\":64001.2,\"q\":10.0,\"m\":\"buy\",\"T\":1760000000000.25,\"y\":\"X\"},"
    "{\"t\":\"a-2\",\"p\":1,\"q\":1,\"m\":\"sell\",\"T\":\"1760000000000\",\"y\":\"X\",\"u\":false}] }",
    "{\"k\":\"trade\",\"t\":35,\"p\":\"61837.63\",\"q\":-0.02,\"T\":1760000000000,\"y\":\"BTC-USD\"}",
    "{\"n\":12,\"e\":[{\"k\":\"update\",\"d\":[{\"t\":1,\"p\":1,\"q\":\"2\",\"m\":\"buy\",\"T\":1760000000000,\"y\":\"X\"}]}]}",
    "[18,\"te\",[1001,1760000000000,-0.01,64001,{\"x\":[]}],504,1760000000001]",
};

enum { SHAPES = 5 };

static struct trade_shape shapes[SHAPES];

static void set_key(struct trade_shape *shape, int field, const char *text) {
    trade_shape_key(shape, field, (const uint8_t *)text, (uint32_t)strlen(text));
}

static void add(struct trade_shape *shape, int role, uint32_t place, const char *key) {
    trade_shape_add(shape, role, place, (const uint8_t *)key, (uint32_t)strlen(key));
}

static void make_array(struct trade_shape *shape) {
    shape_init(&shape->message);
    add(shape, TRADE_STREAM, PLACE_TOP, "0");
    add(shape, TRADE_KIND, PLACE_TOP, "1");
    add(shape, TRADE_ROWS, PLACE_TOP, "2");
    add(shape, TRADE_COUNTER, PLACE_TOP, "3");
    add(shape, -1, PLACE_TOP, "4");
    set_key(shape, TRADE_ID, "0");
    set_key(shape, TRADE_TIME, "1");
    set_key(shape, TRADE_SIZE, "2");
    set_key(shape, TRADE_PRICE, "3");
    words_add(&shape->kinds, (const uint8_t *)"te", 2);
    shape->time_format = TIME_INTEGER;
    shape->time_unit = 1000000;
    shape->array = shape->signed_size = shape->numbered = shape->single = true;
}

static void make_shapes(void) {
    static const char *const keys[] = {"t", "p", "q", "m", "T", "y", "u"};
    for (int i = 0; i < 2; i++) {
        struct trade_shape *shape = &shapes[i];
        shape_init(&shape->message);
        trade_shape_add(shape, TRADE_STREAM, PLACE_TOP, (const uint8_t *)"s", 1);
        trade_shape_add(shape, TRADE_ROWS, PLACE_TOP, (const uint8_t *)"d", 1);
        uint32_t inside = shape_inside(&shape->message, PLACE_TOP, (const uint8_t *)"d", 1);
        if (i == 0) trade_shape_add(shape, TRADE_KIND, inside, (const uint8_t *)"e", 1);
        else trade_shape_add(shape, TRADE_KIND, PLACE_TOP, (const uint8_t *)"s", 1);
        words_add(&shape->kinds, (const uint8_t *)(i ? "trades.*" : "trade"), i ? 8 : 5);
        for (int field = 0; field < TRADE_FIELDS; field++) set_key(shape, field, keys[field]);
        words_add(&shape->buys, (const uint8_t *)(i ? "buy" : "false"), i ? 3 : 5);
        words_add(&shape->sells, (const uint8_t *)(i ? "sell" : "true"), 4);
        words_add(&shape->harmless, (const uint8_t *)"false", 5);
        shape->time_format = i ? TIME_INTEGER : TIME_ISO;
        shape->time_unit = 1000000;
        shape->numbered = i == 0;
        shape->single = shape->listed = true;
    }
    for (int i = 2; i < 4; i++) {
        struct trade_shape *shape = &shapes[i];
        shape_init(&shape->message);
        for (int field = 0; field < TRADE_FIELDS; field++)
            if (i == 3 || field != TRADE_SIDE) set_key(shape, field, keys[field]);
        shape->time_format = TIME_INTEGER;
        shape->time_unit = 1000000;
        shape->numbered = shape->single = shape->listed = true;
        words_add(&shape->kinds, (const uint8_t *)(i == 2 ? "trade" : "update"), i == 2 ? 5 : 6);
    }
    shapes[2].whole = shapes[2].signed_size = true;
    add(&shapes[2], TRADE_KIND, PLACE_TOP, "k");
    for (int field = 0; field < TRADE_FIELDS; field++)
        if (field != TRADE_SIDE) add(&shapes[2], -1, PLACE_TOP, keys[field]);
    shapes[3].list_place = shape_inside(&shapes[3].message, PLACE_TOP, (const uint8_t *)"e", 1);
    add(&shapes[3], TRADE_COUNTER, PLACE_TOP, "n");
    add(&shapes[3], TRADE_KIND, shapes[3].list_place, "k");
    add(&shapes[3], TRADE_ROWS, shapes[3].list_place, "d");
    words_add(&shapes[3].buys, (const uint8_t *)"buy", 3);
    words_add(&shapes[3].sells, (const uint8_t *)"sell", 4);
    make_array(&shapes[4]);
}

static size_t change(uint8_t *data, size_t length) {
    static const char tokens[] = "\"{}[],:\\0919.eE-+ntf\x80\xff \0";
    for (uint64_t times = draw(4); times && length; times--) {
        size_t at = draw(length), other = draw(length);
        switch (draw(4)) {
        case 0: data[at] = (uint8_t)tokens[draw(sizeof tokens)]; break;
        case 1: memmove(data + at, data + at + 1, length - at - 1), length--; break;
        case 2: length = draw(8) ? length : at; break;
        default: memmove(data + at, data + other, length - (at > other ? at : other) < 6 ? 1 : 6);
        }
    }
    return length;
}

static void require(bool condition, const char *what) {
    if (condition) return;
    fprintf(stderr, "%s\n", what);
    abort();
}

int main(int argc, char **argv) {
    state = argc > 1 ? strtoull(argv[1], NULL, 10) * 2654435761u + 88172645463325252ULL : 1;
    long rounds = argc > 2 ? atol(argv[2]) : 1000, taken = 0;
    struct trade_message *found = malloc(sizeof *found);
    make_shapes();
    for (long round = 0; round < rounds && found; round++) {
        uint8_t work[1024];
        int which = (int)draw(SHAPES);
        size_t length = strlen(messages[which]);
        memcpy(work, messages[which], length);
        length = change(work, length);
        uint8_t *exact = malloc(length ? length : 1); /* nothing may be read behind it */
        if (!exact) return 1;
        memcpy(exact, work, length);
        const struct trade_shape *shape = &shapes[draw(SHAPES)];
        if (scan_trades(shape, found, exact, length)) {
            taken++;
            require(found->count > 0, "no trade");
            for (uint32_t i = 0; i < found->count; i++)
                for (int field = 0; field < TRADE_UNLESS; field++) {
                    if (!has_key(&shape->keys[field])) continue;
                    struct slice part = found->rows[i].fields[field];
                    require(part.start >= exact && part.start + part.length <= exact + length, "a field is not in the message");
                }
        }
        free(exact);
    }
    free(found);
    printf("%ld of %ld taken\n", taken, rounds);
    return taken * 20 > rounds ? 0 : 1;
}
