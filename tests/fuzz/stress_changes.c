/* Logs of changes of a venue whose book changes, is hidden, shown and replaced, with random units and huge sizes.
 *
 * Usage: stress_changes SEED ROUNDS. The changes that are taken, applied in order to the levels before them, are the book;
 * a level that did not change is no change, nothing is told of a book that is not shown, and what is lost is counted.
 */
#include "change_log.h"

#include <stdio.h>

enum { MOST_LEVELS = 30, ROOM = 4096 };

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

/* The levels of a reader, in no order. */
struct shadow {
    bool shown;
    uint32_t counts[2];
    struct level levels[2][ROOM];
};

static struct shadow shadow;

static void change(struct book *book, bool load) {
    struct level_list lists[2] = {{0}};
    struct scale_fault fault;
    for (int side = 0; side < 2; side++)
        for (uint64_t i = draw(MOST_LEVELS); i; i--) {
            REQUIRE(level_list_reserve(&lists[side]));
            uint64_t size = draw(20) ? draw(500) + load : (uint64_t)INT64_MAX - draw(9);
            lists[side].raw[lists[side].count++] =
                (struct raw_level){draw(60) + (side ? 55 : 1), size, (uint8_t)draw(3), (uint8_t)draw(4)};
        }
    if (load) book_load(book, lists, draw(2), &fault);
    else book_apply(book, lists, &fault);
    level_list_free(&lists[0]);
    level_list_free(&lists[1]);
}

static void set_level(int side, const struct level *change) {
    struct level *levels = shadow.levels[side];
    uint32_t *count = &shadow.counts[side], i = 0;
    while (i < *count && levels[i].key != change->key) i++;
    REQUIRE(i < *count ? levels[i].size != change->size : change->size != 0);
    if (change->size) {
        REQUIRE(i < ROOM);
        levels[i] = *change;
        if (i == *count) ++*count;
    } else {
        levels[i] = levels[--*count];
    }
}

static void take(struct change_log *log) {
    REQUIRE(log->queue.count <= log->capacity);
    const struct level *at = log->queue.changes.items;
    for (uint32_t place = 0; place < log->queue.count; place++) {
        const struct book_update *update = &log->queue.updates[place];
        if (update->kind != UPDATE_FRAME) shadow.counts[0] = shadow.counts[1] = 0;
        REQUIRE(update->kind != UPDATE_FRAME || shadow.shown);
        shadow.shown = update->kind != UPDATE_HIDDEN;
        hidden += !shadow.shown;
        told += shadow.shown;
        for (int side = 0; side < 2; side++)
            for (uint32_t i = 0; i < update->counts[side]; i++) set_level(side, at++);
    }
    REQUIRE(at == log->queue.changes.items + log->queue.changes.count);
    lost += log->lost;
    log->queue.count = log->queue.changes.count = 0;
    log->lost = 0;
}

/* The shadow is what another log, which begins now, says of the book. */
static void compare(struct venue_state *venue) {
    struct change_log now;
    REQUIRE(change_log_init(&now, 1));
    venue_add_observer(venue, &now.observer);
    REQUIRE(now.shown == shadow.shown);
    for (int side = 0; side < 2; side++) {
        REQUIRE(!now.shown || now.told[side].count == shadow.counts[side]);
        for (uint32_t i = 0; now.shown && i < shadow.counts[side]; i++) {
            uint32_t j = 0;
            while (j < now.told[side].count && now.told[side].items[j].key != shadow.levels[side][i].key) j++;
            REQUIRE(j < now.told[side].count && now.told[side].items[j].size == shadow.levels[side][i].size);
        }
    }
    venue_remove_observer(venue, &now.observer);
    change_log_free(&now);
}

static void play(void) {
    struct book books[2];
    struct venue_state venue = {0};
    struct change_log log;
    bool stale = false; /* what was lost is known with the next update that is taken */
    shadow.shown = false;
    shadow.counts[0] = shadow.counts[1] = 0;
    for (int i = 0; i < 2; i++)
        book_init(&books[i], (uint32_t)draw(3), (uint32_t)draw(4), (struct number){draw(2), 0}, 0, false, false);
    if (draw(2)) venue.unit = (struct number){draw(9) ? draw(300) + 1 : (uint64_t)INT64_MAX, (uint32_t)draw(MAX_DECIMALS + 1)};
    venue.inverse = draw(2);
    REQUIRE(change_log_init(&log, (uint32_t)draw(6) + 1));
    venue_add_observer(&venue, &log.observer);
    for (int step = 0; step < 60; step++) {
        bool told_all = false;
        switch (draw(6)) {
        case 0: venue_set_state(&venue, draw(3) ? STATE_LIVE : 4); break;
        case 1: venue_set_book(&venue, draw(6) ? &books[draw(2)] : NULL); break;
        case 2:
            stale = log.lost || (stale && !log.queue.count);
            told_all = !stale;
            take(&log);
            break;
        default:
            change(venue.book ? venue.book : &books[draw(2)], !draw(4));
            venue.exchange_time = step;
            venue_stamped(&venue);
        }
        if (told_all) compare(&venue);
    }
    take(&log);
    venue_stamped(&venue);
    take(&log);
    if (venue.state == STATE_LIVE) compare(&venue);
    venue_remove_observer(&venue, &log.observer);
    change_log_free(&log);
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
