/* Views of random books, with random units, rates, fees, lots and minimums: merged, encoded and swept.
 *
 * Usage: stress_sweep SEED ROUNDS. Sums must add up, parts must be whole lots above their minimum, and without fees and
 * lots a sweep must take exactly the levels of the merge. Numbers are often as large as they can be.
 */
#include "sweep.h"
#include "wire.h"

#include <stdio.h>

enum { MOST_LEVELS = 40, VENUES = 6 };

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
static uint64_t merges, sweeps, filled, compared;

static struct number draw_number(uint64_t usual, bool zero) {
    uint64_t mantissa = draw(30) ? draw(usual) : INT64_MAX - draw(5);
    if (!mantissa && !zero) mantissa = 1;
    return (struct number){mantissa, draw(40) ? (uint32_t)draw(4) : (uint32_t)draw(MAX_DECIMALS + 1)};
}

static bool fill(struct book *book) {
    struct level_list lists[2] = {{0}};
    struct scale_fault fault;
    for (int side = 0; side < 2; side++)
        for (uint64_t i = draw(MOST_LEVELS); i; i--) {
            REQUIRE(level_list_reserve(&lists[side]));
            struct number price = draw_number(3000, true), size = draw_number(2000, false);
            lists[side].raw[lists[side].count++] = (struct raw_level){price.mantissa, size.mantissa,
                                                                      (uint8_t)price.decimals, (uint8_t)size.decimals};
        }
    bool fits = book_load(book, lists, draw(2), &fault) == BOOK_OK;
    level_list_free(&lists[0]);
    level_list_free(&lists[1]);
    return fits;
}

static void draw_venue(struct view *view, uint32_t i, struct venue_state *venue) {
    venue->state = draw(8) ? STATE_LIVE : 4;
    venue->unit = draw(3) ? (struct number){0} : draw_number(300, false);
    venue->inverse = draw(4) == 0;
    view->rates[i].currency = (struct text){"USDC", draw(3) ? 0 : 4};
    view->rates[i].known = !view->rates[i].currency.length || draw(4);
    view->rates[i].sides[0] = draw_number(2000, false);
    view->rates[i].sides[1] = draw_number(2000, false);
    view->rated |= view->rates[i].currency.length > 0;
}

static void require_encodings(struct view *view) {
    char extra[100] = "extra";
    struct stamp stamp = {UINT64_MAX, UINT64_MAX, UINT64_MAX, INT64_MAX, true, {extra, (uint32_t)draw(sizeof extra)}};
    uint8_t *(*encoders[])(const struct view *, const struct stamp *, uint8_t *) = {encode_book, encode_summary,
                                                                                     encode_status};
    for (int i = 0; i < 3; i++) {
        REQUIRE(reserve_out(view, stamp.extra.length));
        REQUIRE(encoders[i](view, &stamp, view->out + view->out_capacity) >= view->out);
    }
    REQUIRE(encode_compat(view, view->out + view->out_capacity) >= view->out);
    int32_t decimals = (int32_t)draw(80) - 40;
    REQUIRE(reserve_out(view, 0));
    REQUIRE(encode_qualities(view, (1U << 29) - 1, decimals, INT64_MAX, view->out + view->out_capacity) >= view->out);
}

static void require_sums(const struct view *view, const struct sweep_order *order, const struct sweep *sweep) {
    struct vwap_sums sums = {0};
    for (uint32_t i = 0; i < view->venue_count; i++) {
        const struct vwap_sums *part = &sweep->parts[i].sums;
        const struct sweep_terms *terms = &order->terms[i];
        if (!part->levels) continue;
        REQUIRE(view->books[i]);
        u128 lot = mantissa_at(terms->lot, sweep->scales.size);
        REQUIRE(!lot || part->size % lot == 0);
        REQUIRE(part->size >= mantissa_at(terms->min_size, sweep->scales.size));
        REQUIRE(part->notional >= mantissa_at(terms->min_notional, sweep->scales.price + sweep->scales.size));
        sums.levels += part->levels;
        sums.size += part->size;
        sums.notional += part->notional;
    }
    REQUIRE(memcmp(&sums, &sweep->total.sums, sizeof sums) == 0);
    u128 amount = mantissa_at(order->amount, amount_decimals(order, sweep->scales));
    REQUIRE(amount - sweep->rest == (order->by_notional ? sums.notional : sums.size));
    REQUIRE(sweep->filled ? sums.levels : sweep->rest);
}

/* Without fees and lots the best levels of the merge are taken, one after the other. */
static void require_merge(const struct view *view, int side, struct sweep *sweep) {
    const struct merge *merge = view->now;
    struct vwap_sums sums = {0};
    u128 left = sweep->total.sums.size;
    for (uint32_t i = 0; i < merge->counts[side] && left; i++) {
        int64_t size = (u128)merge->levels[side][i].size < left ? merge->levels[side][i].size : (int64_t)left;
        REQUIRE(add_notional(&sums, merge->levels[side][i].price, size));
        left -= (u128)size;
    }
    REQUIRE(left || sums.notional == sweep->total.sums.notional);
}

static void run(void) {
    struct book books[VENUES];
    struct venue_state venues[VENUES] = {0};
    struct sweep_terms terms[VENUES] = {0};
    struct view view = {.venue_count = (uint32_t)draw(VENUES + 1), .levels = 50, .vwap_levels = 5};
    struct sweep sweep;
    bool plain = draw(2);
    if (draw(4) == 0) view.dust = draw_number(500, true);
    REQUIRE(view_init(&view));
    for (uint32_t i = 0; i < view.venue_count; i++) {
        book_init(&books[i], 0, 0, (struct number){0}, 0, false, false);
        if (fill(&books[i]) && draw(10)) venues[i].book = &books[i];
        draw_venue(&view, i, &venues[i]);
        view.venues[i] = &venues[i];
        view.names[i] = (struct text){"venue", 5};
        if (plain) {
            venues[i].inverse = false;
            venues[i].unit.mantissa = venues[i].unit.mantissa > 0; /* a step of every size is a lot of every other */
            venues[i].unit.decimals = 0;
        } else {
            terms[i] = (struct sweep_terms){(int64_t)draw(2 * FEE_UNITS - 1) - (FEE_UNITS - 1), draw_number(50, true),
                                            draw_number(100, true), draw_number(9000, true)};
        }
    }
    REQUIRE(view_refresh(&view));
    bool merged = !view.left_out;
    merges += merged;
    require_encodings(&view);
    struct sweep_order order = {(int)draw(2), draw(2), plain || draw(2), draw_number(100000, false), terms};
    bool done = view_sweep(&view, &order, &sweep);
    if (done) require_sums(&view, &order, &sweep);
    sweeps += done;
    filled += done && sweep.filled;
    bool same_steps = view.now->scales.price == sweep.scales.price && view.now->scales.size == sweep.scales.size;
    for (uint32_t i = 0; i < view.venue_count; i++)
        same_steps &= !view.books[i] || books[i].scales.size == sweep.scales.size;
    if (done && merged && plain && !order.by_notional && same_steps) {
        require_merge(&view, order.side, &sweep);
        compared += sweep.total.sums.levels > 0;
    }
    for (uint32_t i = 0; i < view.venue_count; i++) book_free(&books[i]);
    view_free(&view);
}

int main(int count, char **arguments) {
    int rounds = count > 2 ? atoi(arguments[2]) : 1000;
    state = (count > 1 ? strtoull(arguments[1], NULL, 10) : 1) * 2654435761u + 1;
    for (round_number = 0; round_number < rounds; round_number++) run();
    printf("%llu merges and %llu sweeps of %d, %llu filled, %llu compared with the merge\n", (unsigned long long)merges,
           (unsigned long long)sweeps, rounds, (unsigned long long)filled, (unsigned long long)compared);
    return 0;
}
