/* A side, a bare sorted array and a naive table, changed by the same random batches, must stay equal.
 *
 * Usage: stress_side SEED ROUNDS. Places jump so that the ladder slides, falls back to the array, and returns.
 */
#include "side.h"

#include <stdio.h>

enum { MOST_LEVELS = 6000, MOST_CHANGES = 900 };

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

struct naive {
    struct level levels[MOST_LEVELS]; /* ascending */
    uint32_t count;
};

static void naive_set(struct naive *naive, int64_t key, int64_t size, struct change_counts *counts) {
    uint32_t i = 0;
    while (i < naive->count && naive->levels[i].key < key) i++;
    bool held = i < naive->count && naive->levels[i].key == key;
    if (held && size) naive->levels[i].size = size;
    if (held && !size) memmove(&naive->levels[i], &naive->levels[i + 1], (--naive->count - i) * sizeof(struct level));
    if (!held && size) {
        memmove(&naive->levels[i + 1], &naive->levels[i], (naive->count++ - i) * sizeof(struct level));
        naive->levels[i] = (struct level){key, size};
    }
    counts->inserts += size && !held;
    counts->changes += size && held;
    counts->deletes += !size && held;
    counts->absent_deletes += !size && !held;
}

static void require_equal(const struct side *side, const struct sorted_side *sorted, const struct naive *naive) {
    struct cursor cursor = cursor_at_best(side);
    struct level level;
    const char *fault = side_check(side);
    if (fault) fprintf(stderr, "%s\n", fault);
    REQUIRE(!fault && !sorted_check(sorted));
    REQUIRE(side_count(side) == naive->count && sorted->count == naive->count);
    for (uint32_t i = naive->count; i-- > 0;) {
        REQUIRE(cursor_next(&cursor, &level));
        REQUIRE(level.key == naive->levels[i].key && level.size == naive->levels[i].size);
        REQUIRE(sorted->items[i].key == level.key && sorted->items[i].size == level.size);
    }
    REQUIRE(!cursor_next(&cursor, &level));
    if (naive->count) REQUIRE(side_worst(side) == naive->levels[0].key);
}

/* A batch around a place: dense runs, scattered levels, deletes; sometimes far away or off the tick. */
static uint32_t draw_batch(struct change *changes, int sign, int64_t place, uint64_t tick, uint32_t room) {
    uint32_t count = (uint32_t)draw(draw(8) ? 60 : MOST_CHANGES);
    uint64_t spread = draw(4) ? 400 : draw(4) ? 20000 : 5000000, deletes = draw(10);
    if (count > room) count = room;
    for (uint32_t i = 0; i < count; i++) {
        int64_t price = place - sign * (int64_t)(draw(spread) * tick); /* behind the touch */
        if (draw(40) == 0) price += (int64_t)draw(tick + 1);
        if (draw(1000) == 0) price = sign > 0 ? (int64_t)draw(1000) : INT64_MAX - (int64_t)draw(1000);
        if (draw(50000) == 0) price = sign < 0 ? (int64_t)draw(1000) : INT64_MAX - (int64_t)draw(1000);
        if (price < 0) price = -price;
        changes[i] = (struct change){.key = price * sign, .size = draw(10) < deletes ? 0 : (int64_t)draw(1000) + 1};
    }
    return count;
}

static void run(int sign, uint64_t tick, uint64_t known_tick, int rounds) {
    static struct naive naive;
    static struct change changes[MOST_CHANGES], spare[MOST_CHANGES], copy[MOST_CHANGES];
    struct side side;
    struct sorted_side sorted = {0};
    int64_t place = 1000000000;
    uint64_t slides = 0, ladders = 0;
    naive.count = 0;
    side_init(&side, sign);
    for (round_number = 0; round_number < rounds; round_number++) {
        struct change_counts a = {0}, b = {0}, c = {0};
        if (draw(300) == 0) place = (int64_t)draw(1ULL << (20 + draw(40)));
        else place += (int64_t)(draw(2000) * tick) - (int64_t)(1000 * tick);
        if (place < 0) place = 0;
        uint32_t count = draw_batch(changes, sign, place, tick, MOST_LEVELS - naive.count);
        count = sort_changes(changes, spare, count);
        memcpy(copy, changes, count * sizeof *changes);
        REQUIRE(side_reserve_changes(&side, count) && sorted_reserve(&sorted, (uint64_t)sorted.count + count));
        for (uint32_t i = 0; i < count; i++) naive_set(&naive, changes[i].key, changes[i].size, &a);
        sorted_apply(&sorted, copy, count, &b);
        side_apply(&side, changes, count, &c);
        int64_t base = side.laddered ? side.ladder->base : 0;
        side_settle(&side, known_tick);
        slides += side.laddered && side.ladder->base != base;
        ladders += side.laddered;
        REQUIRE(memcmp(&a, &b, sizeof a) == 0 && memcmp(&a, &c, sizeof a) == 0);
        require_equal(&side, &sorted, &naive);
        if (draw(100) == 0) {
            naive.count = sorted.count = 0;
            side_clear(&side);
        }
        if (naive.count > MOST_LEVELS / 2 || draw(200) == 0) {
            uint32_t drop = naive.count / 2 + (uint32_t)draw(naive.count / 2 + 1);
            side_drop_worst(&side, drop);
            sorted_drop_worst(&sorted, drop);
            memmove(naive.levels, naive.levels + drop, (naive.count -= drop) * sizeof(struct level));
            require_equal(&side, &sorted, &naive);
        }
    }
    printf("sign %d tick %llu known %llu: %llu of %d rounds on the ladder, moved %llu times\n", sign,
           (unsigned long long)tick, (unsigned long long)known_tick, (unsigned long long)ladders, rounds,
           (unsigned long long)slides);
    side_free(&side);
    sorted_free(&sorted);
}

int main(int count, char **arguments) {
    int rounds = count > 2 ? atoi(arguments[2]) : 1000;
    state = (count > 1 ? strtoull(arguments[1], NULL, 10) : 1) * 2654435761u + 1;
    run(1, 1, 1, rounds);
    run(-1, 1, 0, rounds);
    run(1, 25, 25, rounds);
    run(-1, 1000, 0, rounds);
    run(1, 10, 7, rounds);
    return 0;
}
