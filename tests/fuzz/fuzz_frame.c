/* Scanner and book on arbitrary bytes: nothing may be read or written out of bounds, invariants hold after every frame,
 * and a frame that fails, also for want of memory, changes nothing.
 *
 * With clang: clang -g -O1 -fsanitize=fuzzer,address,undefined -DLIBFUZZER -Iorderbook_ext tests/fuzz/fuzz_frame.c
 * Without: the main() below runs a seeded corpus of mutated frames. Usage: fuzz_frame SEED ROUNDS
 */
#include "failing_malloc.h"

#include "checksum.h"
#include "scan.h"
#include "wire.h"

#include <stdio.h>

enum { SHAPES = 5 };

static struct frame_shape shapes[SHAPES];

static void name_role(struct frame_shape *shape, enum key_role role, uint32_t rank, const char *name) {
    shape_add(shape, role, rank, PLACE_ANY, (const uint8_t *)name, (uint32_t)strlen(name));
}

/* The keys of one shape count at places of their own: under data, and under params in it. */
static void name_places(struct frame_shape *shape) {
    static const char *const keys[] = {"b", "a", "updates", "stream", "type", "U", "u", "pu", "E", "c"};
    uint32_t data = shape_inside(shape, PLACE_TOP, (const uint8_t *)"data", 4);
    uint32_t params = shape_inside(shape, data, (const uint8_t *)"params", 6);
    const uint32_t places[] = {data, params, data, PLACE_TOP, PLACE_TOP, data, data, params, PLACE_ANY, PLACE_TOP};
    for (int role = 0; role < ROLES; role++)
        shape_add(shape, (enum key_role)role, 0, places[role], (const uint8_t *)keys[role], (uint32_t)strlen(keys[role]));
}

static void name_keys(struct frame_shape *shape, bool nested) {
    static const char *const keys[] = {"b", "a", "changes", "stream", "type", "U", "u", "pu", "E", "c"};
    static const char *const others[] = {"bids", "asks", "updates", "channel", "action", "seq", "lastUpdateId", "prev",
                                         "microtimestamp", "checksum"};
    if (nested) name_places(shape);
    for (int role = 0; role < ROLES && !nested; role++) {
        name_role(shape, (enum key_role)role, 0, keys[role]);
        name_role(shape, (enum key_role)role, 1, others[role]);
    }
    words_add(&shape->bid_words, (const uint8_t *)"bid", 3);
    words_add(&shape->ask_words, (const uint8_t *)"ask", 3);
    words_add(&shape->snapshot_words, (const uint8_t *)"snapshot", 8);
}

/* 0: usual rows, changes with a side. 1: rows that are objects, times as text. 2: columns elsewhere, with numbers and
 * counts, times in seconds. 3: frames that are arrays. 4: usual rows, keys at places of their own. */
static void make_shapes(void) {
    if (shapes[0].name_count) return;
    for (int i = 0; i < SHAPES; i++) {
        shape_init(&shapes[i]);
        name_keys(&shapes[i], i == 4);
    }
    for (int kind = 0; kind < ROW_KINDS; kind++) {
        row_shape_column(&shapes[0].rows[kind], FIELD_PRICE, (uint32_t)kind);
        row_shape_column(&shapes[0].rows[kind], FIELD_SIZE, 1 + (uint32_t)kind);
        row_shape_column(&shapes[4].rows[kind], FIELD_PRICE, (uint32_t)kind);
        row_shape_column(&shapes[4].rows[kind], FIELD_SIZE, 1 + (uint32_t)kind);
        row_shape_key(&shapes[1].rows[kind], FIELD_PRICE, (const uint8_t *)"price", 5);
        row_shape_key(&shapes[1].rows[kind], FIELD_SIZE, (const uint8_t *)"qty", 3);
        row_shape_column(&shapes[2].rows[kind], FIELD_PRICE, 1);
        row_shape_column(&shapes[2].rows[kind], FIELD_SIZE, 2);
        row_shape_column(&shapes[2].rows[kind], FIELD_NUMBER, 0);
    }
    row_shape_column(&shapes[0].rows[1], FIELD_SIDE, 0);
    row_shape_column(&shapes[4].rows[1], FIELD_SIDE, 0);
    row_shape_key(&shapes[1].rows[1], FIELD_SIDE, (const uint8_t *)"side", 4);
    row_shape_column(&shapes[2].rows[1], FIELD_SIDE, 3);
    shapes[1].time_format = TIME_ISO;
    shapes[2].time_format = TIME_SECONDS;
    shapes[2].rows[0].skip_zero = true;
    shapes[3].positions = (struct positions){0, 1, 2, {ROLE_LAST, ROLE_TIME}};
    shapes[3].rows[1].signed_size = true;
    row_shape_column(&shapes[3].rows[1], FIELD_PRICE, 0);
    row_shape_column(&shapes[3].rows[1], FIELD_COUNT, 1);
    row_shape_column(&shapes[3].rows[1], FIELD_SIZE, 2);
    for (int i = 0; i < SHAPES; i++) shape_settle(&shapes[i]);
    crc_init();
}

struct picture {
    uint32_t counts[2];
    struct level *levels;
    struct scales scales;
    uint64_t version;
};

static struct picture picture_of(const struct book *book) {
    struct picture picture = {{side_count(&book->sides[0]), side_count(&book->sides[1])}, NULL, book->scales, book->version};
    int64_t before = allocations_left;
    allocations_left = INT64_MAX;
    picture.levels = malloc((picture.counts[0] + picture.counts[1] + 1) * sizeof(struct level));
    allocations_left = before;
    book_top(book, 0, picture.counts[0], picture.levels);
    book_top(book, 1, picture.counts[1], picture.levels + picture.counts[0]);
    return picture;
}

static bool same_picture(const struct picture *a, const struct picture *b) {
    size_t levels = (size_t)a->counts[0] + a->counts[1];
    return memcmp(a->counts, b->counts, sizeof a->counts) == 0 && memcmp(&a->scales, &b->scales, sizeof a->scales) == 0 &&
           a->version == b->version && memcmp(a->levels, b->levels, levels * sizeof *a->levels) == 0;
}

static void require(bool condition, const char *what) {
    if (condition) return;
    fprintf(stderr, "%s\n", what);
    abort();
}

/* Of some rule; choice 0 is of numbers as they were written. */
static uint32_t checksum_of(const struct book *book, uint32_t choice) {
    static const uint8_t decimals[4] = {DECIMALS_WRITTEN, DECIMALS_SHORTEST, 8, 3};
    struct number_text text = {decimals[choice & 3], 0, !(choice & 4), !(choice & 8), INT8_MIN, INT8_MAX, 2, true, 1, 'E'};
    if (choice & 16) text.below = -4, text.start = 16;
    struct checksum_rule rule = {50, !(choice & 4), choice & 1, ":", {{STEP_PRICE, ':', STEP_SIZE}, {STEP_SIZE, STEP_PRICE}},
                                 {text, text}, {0}};
    return book_checksum(book, &rule);
}

/* Applies or loads the scanned frame; a failure must have left the book as it was. */
static void change(struct book *book, struct frame *frame, bool load, int64_t allocations) {
    struct scale_fault fault;
    struct picture before = picture_of(book);
    uint32_t written = checksum_of(book, 0);
    allocations_left = allocations;
    enum book_status status = load ? book_load(book, frame->sides, true, &fault) : book_apply(book, frame->sides, &fault);
    allocations_left = INT64_MAX;
    struct picture after = picture_of(book);
    const char *broken = book_check(book);
    require(!broken, broken ? broken : "");
    require(status == BOOK_OK || checksum_of(book, 0) == written, "a failed frame changed how levels were written");
    for (uint32_t choice = 1; choice < 32; choice++) checksum_of(book, choice);
    require(status == BOOK_OK || same_picture(&before, &after), "a failed frame changed the book");
    require(status != BOOK_OK || after.version == before.version + 1, "an applied frame is one version");
    free(before.levels);
    free(after.levels);
}

/* The first byte of the input chooses what happens around the frame, the second one its shape; the rest is the frame. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const uint8_t seed[] = /* enough rows to know the layout of the corpus' first frame */
        "{\"b\":[[\"61730.50000000\",\"3.00000000\"],[\"61730.25000000\",\"7.00000000\"],"
        "[\"61730.24000000\",\"0.50000000\"],[\"61730.23000000\",\"1.00000000\"]],"
        "\"a\":[[\"61831.00000000\",\"1.00000000\"]]}";
    struct frame frame = {0};
    struct book book;
    if (size < 2) return 0;
    uint8_t choice = data[0];
    make_shapes();
    const struct frame_shape *shape = &shapes[data[1] % SHAPES];
    data++, size--;
    book_init(&book, choice & 3, choice >> 2 & 3, (struct number){choice >> 4 & 1, 1}, choice >> 5 & 1, choice >> 5 & 1,
              choice >> 6 & 1);
    uint8_t *exact = malloc(size); /* its own allocation: one byte too far is seen */
    require(exact && scan_frame(&shapes[0], &frame, seed, sizeof seed - 1, -1), "the seed frame is a frame");
    change(&book, &frame, true, INT64_MAX);
    memcpy(exact, data + 1, size - 1);
    allocations_left = choice & 64 ? choice & 7 : INT64_MAX;
    bool found = scan_frame(shape, &frame, exact, size - 1, choice & 8 ? 100 : -1);
    allocations_left = INT64_MAX;
    if (found) {
        change(&book, &frame, choice & 128, choice & 64 ? choice & 15 : INT64_MAX);
        change(&book, &frame, !(choice & 128), INT64_MAX);
    }
    free(exact);
    frame_free(&frame);
    book_free(&book);
    return 0;
}

#ifndef LIBFUZZER

static const char *const corpus[] = {
    "{\"stream\":\"x\",\"E\":5,\"data\":{\"U\":1,\"u\":2,\"b\":[[\"61730.5\",\"3.0\"]],\"params\":{\"pu\":0,\"a\":[[\"61731.5\",\"1\"]]}}}",
    "{\"stream\":\"btcusdt@depth@100ms\",\"data\":{\"e\":\"depthUpdate\",\"E\":1723161255208,\"s\":\"BTCUSDT\",\"U\":50093239189,"
    "\"u\":50093239202,\"b\":[[\"61737.63000000\",\"0.00000000\"],[\"61730.17000000\",\"1.5\"]],\"a\":[[\"61837.64000000\","
    "\"1.54698000\"]]}}",
    "{\"data\": {\"timestamp\": \"164\", \"microtimestamp\": \"1760000000123456\", \"bids\": [[\"0.1\", \"2\"], [3, 4.5, null]], "
    "\"asks\": []}, \"channel\": \"diff\", \"event\": \"data\"}",
    "{\"x\":{\"y\":[1,-2.5e-3,true,false,null,\"\\u00e9\\n\"]},\"b\":[[9223372036854775807,0.000000000000000001]]}",
    "{\"type\":\"snapshot\",\"data\":[{\"bids\":[{\"price\":64001.1,\"qty\":0.0031,\"n\":[1]},{\"qty\":1e-08,\"price\":2}],"
    "\"asks\":[],\"checksum\":-1955348306,\"E\":\"2026-01-01T00:00:00.123456Z\"}]}",
    "{\"action\":\"update\",\"updates\":[[\"bid\",\"64001.10\",\"0.4\"],[\"ask\",\"64001.20\",\"0\"]],\"E\":\"1760000000\"}",
    "{\"E\":1760000000.5,\"b\":[[101,\"0\",\"1\"],[102,\"3.5\",\"1\"]],\"updates\":[[99,7,8,\"bid\"],[\"103\",7,8,\"ask\"]]}",
    "[17,[[64001,2,0.31],[64000,0,1],[64002,3,-0.05],[3e-7,1,1.5e2]],501,1760000000001]",
    "[17,[64001,2,-0.35],501,1760000000001]",
    "[18,\"te\",[1001,1760000000000,0.01,64001],502]",
    "{\"u\":1,\"s\":\"B\",\"b\":\"61837.63\",\"a\":\"61837.64\"}",
};

static uint64_t state;

static uint64_t draw(uint64_t below) {
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (state * 0x2545F4914F6CDD1DULL >> 16) % below;
}

/* A long frame of many levels, so that ladders are built and moved. */
static size_t draw_frame(char *out, size_t room) {
    size_t length = (size_t)snprintf(out, room, "%c%c{\"b\":[", (int)draw(255) + 1, (int)draw(SHAPES) + SHAPES);
    uint64_t levels = draw(600), place = draw(1ULL << (10 + draw(45)));
    for (uint64_t i = 0; i < levels; i++)
        length += (size_t)snprintf(out + length, room - length, "%s[\"%llu.%llu\",\"%llu\"]", i ? "," : "",
                                   (unsigned long long)(place + draw(300)), (unsigned long long)draw(draw(9) ? 1 : 100),
                                   (unsigned long long)draw(50));
    return length + (size_t)snprintf(out + length, room - length, "],\"a\":[]}");
}

static size_t mutate(char *text, size_t length) {
    static const char marks[] = "\"[]{},:.0123456789-eE\\ \n";
    for (uint64_t changes = draw(4); changes; changes--) {
        size_t at = (size_t)draw(length);
        switch (draw(4)) {
        case 0: text[at] = marks[draw(sizeof marks - 1)]; break;
        case 1: text[at] = (char)draw(256); break;
        case 2: length = at + 1; break;
        default: memmove(text + at, text + at + 1, --length - at);
        }
        if (length == 0) return 1;
    }
    return length;
}

int main(int count, char **arguments) {
    static char text[65536];
    long rounds = count > 2 ? atol(arguments[2]) : 20000;
    state = (count > 1 ? strtoull(arguments[1], NULL, 10) : 1) * 2654435761u + 1;
    for (long i = 0; i < rounds; i++) {
        size_t length;
        if (draw(20) == 0) {
            length = draw_frame(text, sizeof text);
        } else {
            const char *frame = corpus[draw(sizeof corpus / sizeof *corpus)];
            length = (size_t)snprintf(text, sizeof text, "%c%c%s", (int)draw(255) + 1, (int)draw(SHAPES) + SHAPES, frame);
        }
        LLVMFuzzerTestOneInput((const uint8_t *)text, mutate(text, length));
    }
    printf("%ld frames\n", rounds);
    return 0;
}

#endif
