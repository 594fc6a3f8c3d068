/* Logs of updates of a venue whose book changes, is hidden, shown and replaced, with random units and huge sizes.
 *
 * Usage: stress_updates SEED ROUNDS. A log never has more than its places, its levels are the best of the book in their
 * order, nothing is told of a book that is not shown, and what is lost is counted.
 */
#include "update_log.h"

#include <stdio.h>

enum { MOST_LEVELS = 30, LOGS = 4 };

static uint64_t state;

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

static int round_number;
static uint64_t told, lost, hidden;

static void change(struct book *book, bool load) {
    struct level_list lists[2] = {{0}};
    struct scale_fault fault;
    for (int side = 0; side < 2; side++)
        for (uint64_t i = draw(MOST_LEVELS); i; i--) {
            REQUIRE(level_list_reserve(&lists[side]));
            uint64_t size = draw(20) ? draw(500) + load : (uint64_t)INT64_MAX - draw(9);
            lists[side].raw[lists[side].count++] =
                (struct raw_level){draw(60) + (side ? 40 : 1), size, (uint8_t)draw(3), (uint8_t)draw(4)};
        }
    if (load) book_load(book, lists, draw(2), &fault);
    else book_apply(book, lists, &fault);
    level_list_free(&lists[0]);
    level_list_free(&lists[1]);
}

/* Everything that waits, as a reader takes it. */
static void take(struct update_log *log) {
    REQUIRE(log->count <= log->capacity);
    REQUIRE(!log->lost || log->count == log->capacity);
    for (uint32_t place = 0; place < log->count; place++) {
        const struct book_update *update = &log->updates[place];
        if (update->kind == UPDATE_HIDDEN) {
            hidden++;
            continue;
        }
        told++;
        for (int side = 0; side < 2; side++) {
            const struct level *levels = update_levels(log, place, side);
            REQUIRE(update->counts[side] <= log->levels);
            for (uint32_t i = 1; i < update->counts[side]; i++)
                REQUIRE(side ? levels[i - 1].key < levels[i].key : levels[i - 1].key > levels[i].key);
            for (uint32_t i = 0; i < update->counts[side]; i++) REQUIRE(levels[i].size >= 0);
        }
        const struct level *bids = update_levels(log, place, 0), *asks = update_levels(log, place, 1);
        REQUIRE(!update->counts[0] || !update->counts[1] || bids->key < asks->key);
    }
    lost += log->lost;
    log->count = 0;
    log->lost = 0;
}

static void play(void) {
    struct book books[2];
    struct venue_state venue = {0};
    struct update_log logs[LOGS] = {0};
    bool open[LOGS] = {false};
    for (int i = 0; i < 2; i++)
        book_init(&books[i], (uint32_t)draw(3), (uint32_t)draw(4), (struct number){draw(2), 0}, 0, false, false);
    if (draw(2)) venue.unit = (struct number){draw(9) ? draw(300) + 1 : (uint64_t)INT64_MAX, (uint32_t)draw(MAX_DECIMALS + 1)};
    venue.inverse = draw(2);
    for (int step = 0; step < 60; step++) {
        uint64_t place = draw(LOGS), before = open[place] ? logs[place].count + logs[place].lost : 0;
        switch (draw(8)) {
        case 0: venue_set_state(&venue, draw(3) ? STATE_LIVE : 4); break;
        case 1: venue_set_book(&venue, draw(6) ? &books[draw(2)] : NULL); break;
        case 2:
            if (open[place]) {
                venue_remove_observer(&venue, &logs[place].observer);
                update_log_free(&logs[place]);
            } else {
                REQUIRE(update_log_init(&logs[place], (uint32_t)draw(12) + 1, (uint32_t)draw(8) + 1));
                venue_add_observer(&venue, &logs[place].observer);
                REQUIRE(logs[place].count == 1);
            }
            open[place] = !open[place];
            break;
        case 3:
            if (open[place]) take(&logs[place]);
            break;
        default:
            change(&books[draw(2)], !draw(4));
            venue.exchange_time = step;
            venue_stamped(&venue);
            if (open[place]) REQUIRE(logs[place].count + logs[place].lost == before + (venue.state == STATE_LIVE));
        }
    }
    for (int i = 0; i < LOGS; i++)
        if (open[i]) {
            take(&logs[i]);
            venue_remove_observer(&venue, &logs[i].observer);
            update_log_free(&logs[i]);
        }
    REQUIRE(!venue.observers);
    for (int i = 0; i < 2; i++) book_free(&books[i]);
}

int main(int count, char **arguments) {
    if (count != 3) return 2;
    state = strtoull(arguments[1], NULL, 10) * 0x9E3779B97F4A7C15ULL + 1;
    int rounds = atoi(arguments[2]);
    for (round_number = 0; round_number < rounds; round_number++) play();
    printf("%llu updates, %llu hidden, %llu lost\n", (unsigned long long)told, (unsigned long long)hidden,
           (unsigned long long)lost);
    return told && hidden && lost ? 0 : 1;
}
