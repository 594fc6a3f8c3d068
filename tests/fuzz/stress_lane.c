/* The fast lane on random frames of all kinds, and its table of routes, with and without memory.
 *
 * Usage: stress_lane SEED ROUNDS. What is left must have changed nothing, also when memory ran out; what is taken must
 * move the sequence on, and leave a book that is whole, not crossed, and as the checksum says.
 */
#include "failing_malloc.h"

#include "lane.h"
#include "routes.h"
#include "scan.h"

#include <stdio.h>

static uint64_t state;
static int round_number;
static uint64_t outcomes[LANE_CROSSED_MATCH + 1];

static uint64_t draw(uint64_t below) { /* xorshift64* */
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (state * 0x2545F4914F6CDD1DULL >> 16) % below;
}

#define REQUIRE(condition)                                                     \
    do {                                                                       \
        if (!(condition)) {                                                    \
            fprintf(stderr, "line %d, round %d: %s\n", __LINE__, round_number, #condition); \
            abort();                                                           \
        }                                                                      \
    } while (0)

static struct frame_shape shape;

static void make_shape(void) {
    static const char *const keys[] = {"b", "a", "changes", "r", "k", "f", "l", "p", "t", "c"};
    shape_init(&shape);
    for (int role = 0; role < ROLES; role++)
        shape_add(&shape, (enum key_role)role, 0, PLACE_ANY, (const uint8_t *)keys[role], (uint32_t)strlen(keys[role]));
    words_add(&shape.snapshot_words, (const uint8_t *)"snapshot", 8);
    row_shape_column(&shape.rows[ROWS_OF_SIDE], FIELD_PRICE, 0);
    row_shape_column(&shape.rows[ROWS_OF_SIDE], FIELD_SIZE, 1);
    shape_settle(&shape);
    crc_init();
}

static size_t write_side(char *out, const char *key, uint64_t low) {
    size_t length = (size_t)sprintf(out, ",\"%s\":[", key);
    for (uint64_t rows = draw(5), i = 0; i < rows; i++) {
        const char *odd = draw(300) ? "" : "00000000000001";
        length += (size_t)sprintf(out + length, "%s[\"%u.%02u\",\"%u.%u%s\"]", i ? "," : "", (unsigned)(low + draw(40)),
                                  (unsigned)draw(100), (unsigned)(draw(3) ? draw(9) : 0), (unsigned)(draw(3) ? draw(9) : 0),
                                  odd);
    }
    return length + (size_t)sprintf(out + length, "]");
}

/* A frame near the position. */
static size_t write_frame(char *out, const struct sequence *now, const struct book *book, const struct checksum_rule *rule) {
    int64_t last = now->position + (int64_t)draw(5) - 1;
    size_t length = (size_t)sprintf(out, "{\"r\":\"x\"");
    if (draw(20)) length += (size_t)sprintf(out + length, ",\"l\":%lld", (long long)last);
    if (draw(20)) length += (size_t)sprintf(out + length, ",\"f\":%lld", (long long)(last - (int64_t)draw(3) + 1));
    if (draw(20)) length += (size_t)sprintf(out + length, ",\"p\":%lld", (long long)(now->position + (draw(4) == 0)));
    if (draw(4)) length += (size_t)sprintf(out + length, ",\"t\":%lld", (long long)(last + (int64_t)draw(3)));
    if (draw(40) == 0) length += (size_t)sprintf(out + length, ",\"k\":\"snapshot\"");
    bool same = draw(3) == 0; /* no levels: then the checksum is that of now */
    if (draw(2)) length += (size_t)sprintf(out + length, ",\"c\":%lld", (long long)(same ? book_checksum(book, rule) : draw(9)));
    uint64_t near = draw(20) ? 0 : 30;
    if (same) return length + (size_t)sprintf(out + length, ",\"b\":[]}");
    length += write_side(out + length, "b", 60 + near);
    length += write_side(out + length, "a", 101 - near);
    return length + (size_t)sprintf(out + length, "}");
}

static void load(struct book *book) {
    struct level_list lists[2] = {{0}};
    struct scale_fault fault;
    for (int side = 0; side < 2; side++) {
        REQUIRE(level_list_reserve(&lists[side]));
        lists[side].raw[0] = (struct raw_level){side ? 10100 : 10000, 1000, 2, 3};
        lists[side].count = 1;
    }
    REQUIRE(book_load(book, lists, true, &fault) == BOOK_OK);
    for (int side = 0; side < 2; side++) level_list_free(&lists[side]);
}

static void follow(struct frame *frame) {
    char text[2048];
    struct book book;
    struct pace pace = {.start = 10 * PACE_SECOND};
    struct sequence sequence = {(int64_t)draw(100), (int64_t)draw(3) - 1};
    struct awaited_prices awaited = {draw(2), {{100, 0}, {draw(2) ? 101 : 0, 0}}};
    uint32_t depth = draw(3) ? 0 : 8;
    book_init(&book, 2, 3, (struct number){1, 2}, depth, depth && draw(2), draw(2));
    load(&book);
    struct venue_state venue = {.book = &book, .state = STATE_LIVE};
    struct book_lane lane = {.armed = true, .whole_frames = draw(4) == 0, .checks = draw(2), .sequence = &sequence,
                             .pace = &pace, .awaited = &awaited, .book = &book, .venue = &venue, .time_unit = 1000000};
    lane.kind = (enum sequence_kind)draw(SEQUENCE_STATELESS + 1);
    lane.checksum.levels = 10;
    for (int i = 0; i < 2; i++) {
        memcpy(lane.checksum.steps[i], (char[]){STEP_PRICE, ':', STEP_SIZE}, 3);
        lane.checksum.numbers[i] = PLAIN_NUMBER;
    }
    for (int step = 0; step < 30; step++) {
        size_t length = write_frame(text, &sequence, &book, &lane.checksum);
        uint8_t *exact = (malloc)(length); /* nothing may be read behind it */
        memcpy(exact, text, length);
        allocations_left = draw(10) ? INT64_MAX : (int64_t)draw(3);
        bool found = scan_frame(&shape, frame, exact, length, -1);
        struct sequence before = sequence;
        struct venue_state entry = venue;
        uint64_t version = book.version, levels = side_count(&book.sides[0]) + side_count(&book.sides[1]);
        struct pace paced = pace;
        if (!found) frame->valid = false;
        enum lane_outcome outcome = found ? lane_take(&lane, frame, 1 + step, 1 + step) : LANE_LEFT;
        allocations_left = INT64_MAX;
        outcomes[outcome]++;
        REQUIRE(!book_check(&book));
        if (outcome == LANE_LEFT || outcome == LANE_REPEATED) {
            REQUIRE(sequence.position == before.position && sequence.other == before.other && book.version == version);
            REQUIRE(levels == side_count(&book.sides[0]) + side_count(&book.sides[1]));
            REQUIRE(outcome == LANE_REPEATED || memcmp(&paced, &pace, sizeof pace) == 0);
        } else {
            struct sequence after;
            REQUIRE(sequence_step(lane.kind, before, frame->numbers, &after) == STEP_TAKE);
            REQUIRE(after.position == sequence.position && after.other == sequence.other);
            REQUIRE(book.version == version + 1 && pace.heard == 1 + step);
        }
        if (outcome == LANE_TAKEN) REQUIRE(!book_crossed(&book) && venue.sequence == larger(0, sequence.position));
        else REQUIRE(memcmp(&entry, &venue, sizeof venue) == 0);
        if (outcome >= LANE_MISMATCH && draw(2)) load(&book);
        (free)(exact);
    }
    book_free(&book);
}

/* Routes that are set are found, all others are not. */
static void look_up(void) {
    struct route_table table = {0};
    bool known[200] = {false};
    for (int step = 0; step < 300; step++) {
        uint8_t text[32];
        uint32_t name = (uint32_t)draw(200), length = (uint32_t)sprintf((char *)text, "%.*s%u", (int)(name % 20), "abcdefghijklmnopqrst", name);
        allocations_left = draw(20) ? INT64_MAX : (int64_t)draw(2);
        bool set = draw(2) && route_set(&table, text, length, name);
        allocations_left = INT64_MAX;
        known[name] |= set;
        REQUIRE(route_find(&table, text, length) == (known[name] ? (int64_t)name : -1));
        if (draw(100) == 0) {
            routes_clear(&table);
            memset(known, 0, sizeof known);
        }
    }
    routes_clear(&table);
}

int main(int argc, char **argv) {
    state = argc > 1 ? strtoull(argv[1], NULL, 10) * 2654435761u + 88172645463325252ULL : 1;
    int rounds = argc > 2 ? atoi(argv[2]) : 1000;
    struct frame frame;
    memset(&frame, 0, sizeof frame);
    make_shape();
    for (round_number = 0; round_number < rounds; round_number++) {
        follow(&frame);
        if (round_number % 10 == 0) look_up();
    }
    frame_free(&frame);
    for (int i = 0; i <= LANE_CROSSED_MATCH; i++) {
        printf("outcome %d: %llu\n", i, (unsigned long long)outcomes[i]);
        if (rounds >= 1000 && !outcomes[i]) return 1;
    }
    return 0;
}
