/* What is merged when some number has no place in 64 bits at the finest scales of the books.
 *
 * The levels are walked in wider numbers, without zeros at their ends, and the scales are the finest at which all that are
 * shown fit. Where there are none, venues are left out, and the message says why: first those with a number that no
 * message can hold. Of the others as many stay as can; where two choices keep as many, the finer sizes and then the finer
 * prices stay, and the larger numbers go. Whoever could stay beside those that are left does.
 */
#ifndef ONEBOOK_FIT_H
#define ONEBOOK_FIT_H

#include "demand.h"
#include "merge.h"
#include "wide.h"

/* A level that would be shown, without zeros at the ends of its numbers. */
struct exact_level {
    struct number price, size;
    uint32_t venue;
};

/* Of one venue, or of all together. */
struct demands {
    struct demand price, size;
};

static inline bool demand_met(const struct demand *demand, uint32_t decimals, uint32_t spare) {
    return demand->needed <= decimals && decimals + spare <= demand->room;
}

/* -- leaving venues out */

/* The first reason stays. */
static void leave_out(struct view *view, uint32_t i, struct fault fault) {
    if (view->left_out >> i & 1) return;
    view->left_out |= 1ULL << i;
    view->faults[i] = fault;
    view->books[i] = NULL;
}

/* Walks both sides. False if venues had to be left out, because no message can hold some number of theirs. */
static bool walk_exactly(struct view *view, struct merge *merge) {
    struct wide_head heads[MAX_VENUES];
    uint64_t before = view->left_out;
    u128 dust = wide_rank((struct wide){view->dust.mantissa, view->dust.decimals, false});
    for (int side = 0; side < 2; side++) {
        uint32_t count = 0, done = 0;
        for (uint32_t i = 0; i < view->venue_count; i++) {
            if (!view->books[i]) continue;
            wide_start(&heads[count], view->venues[i], &view->rates[i], side, i);
            count += wide_next(&heads[count], dust);
        }
        for (; count && done < view_depth(view); done++) {
            struct wide_head *best = heads;
            struct exact_level *level = &view->exact[side][done];
            for (struct wide_head *head = heads + 1; head < heads + count; head++)
                if (wide_before(head, best)) best = head;
            struct scales own = best->venue->book->scales;
            struct number raw;
            level->venue = best->number;
            if (!wide_number(best->size, &level->size)) {
                wide_number((struct wide){(uint64_t)best->raw.size, own.size, false}, &raw);
                leave_out(view, best->number, (struct fault){FAULT_ALONE_SIZE, raw, 0});
            } else if (!wide_number(best->price, &level->price)) {
                wide_number((struct wide){(uint64_t)llabs(best->raw.key), own.price, false}, &raw);
                leave_out(view, best->number, (struct fault){FAULT_ALONE_PRICE, raw, 0});
            }
            if (!wide_next(best, dust)) *best = heads[--count];
        }
        merge->counts[side] = done;
    }
    return view->left_out == before;
}

/* What the levels that were walked ask for, of each venue and of all. */
static struct demands gather_demands(const struct view *view, const struct merge *merge, struct demands *of) {
    struct demands all = {NO_DEMAND, NO_DEMAND};
    for (uint32_t i = 0; i < view->venue_count; i++) of[i] = all;
    for (int side = 0; side < 2; side++)
        for (uint32_t i = 0; i < merge->counts[side]; i++) {
            const struct exact_level *level = &view->exact[side][i];
            demand_add(&of[level->venue].price, level->price);
            demand_add(&of[level->venue].size, level->size);
            demand_add(&all.price, level->price);
            demand_add(&all.size, level->size);
        }
    return all;
}

static inline bool stays(const struct demands *demands, struct scales scales, uint32_t spare) {
    return demand_met(&demands->price, scales.price, spare) && demand_met(&demands->size, scales.size, 0);
}

/* Why these scales do not do for a venue: its own other numbers come first, then those of others. */
static struct fault fault_at(const struct demands *demands, struct scales scales, uint32_t spare) {
    const struct demand *size = &demands->size, *price = &demands->price;
    if (size->room < size->needed) return (struct fault){FAULT_LARGE_SIZE, size->largest, size->needed};
    if (price->room < price->needed) return (struct fault){FAULT_LARGE_PRICE, price->largest, price->needed};
    if (size->room < scales.size) return (struct fault){FAULT_LARGE_SIZE, size->largest, scales.size};
    if (size->needed > scales.size) return (struct fault){FAULT_FINE_SIZE, size->finest, size->needed};
    if (price->room < scales.price + spare) return (struct fault){FAULT_LARGE_PRICE, price->largest, scales.price};
    return (struct fault){FAULT_FINE_PRICE, price->finest, price->needed};
}

/* Leaves out those that have no place at the scales at which most have one. `spare`: prices are to have so many digits
 * less, for the mid. */
static void leave_fewest(struct view *view, const struct demands *of, uint32_t spare) {
    struct scales best = {MAX_DECIMALS, MAX_DECIMALS};
    uint32_t most = 0;
    for (uint32_t size = MAX_DECIMALS + 1; size-- > 0;)
        for (uint32_t price = MAX_DECIMALS + 1; price-- > 0;) {
            uint32_t count = 0;
            for (uint32_t i = 0; i < view->venue_count; i++)
                count += view->books[i] && stays(&of[i], (struct scales){price, size}, spare);
            if (count <= most) continue;
            most = count;
            best = (struct scales){price, size};
        }
    struct scales least = {0, 0}; /* that those who stay need */
    for (uint32_t i = 0; i < view->venue_count; i++) {
        if (!view->books[i] || !stays(&of[i], best, spare)) continue;
        if (of[i].price.needed > least.price) least.price = of[i].price.needed;
        if (of[i].size.needed > least.size) least.size = of[i].size.needed;
    }
    for (uint32_t i = 0; i < view->venue_count; i++)
        if (view->books[i] && !stays(&of[i], best, spare)) leave_out(view, i, fault_at(&of[i], least, spare));
}

/* -- scales */

static void write_levels(const struct view *view, struct merge *merge, struct scales scales) {
    merge->scales = scales;
    for (int side = 0; side < 2; side++)
        for (uint32_t i = 0; i < merge->counts[side]; i++) {
            const struct exact_level *from = &view->exact[side][i];
            merge->levels[side][i] = (struct merged_level){
                (int64_t)(from->price.mantissa * POW10[scales.price - from->price.decimals]),
                (int64_t)(from->size.mantissa * POW10[scales.size - from->size.decimals]), from->venue};
        }
}

/* The venue of the level with the largest price x size among those that are summed up. */
static void leave_largest_product(struct view *view, const struct merge *merge) {
    u128 largest = 0;
    const struct exact_level *found = NULL;
    for (int side = 0; side < 2; side++)
        for (uint32_t i = 0; i < merge->counts[side] && i < view->vwap_levels; i++) {
            u128 product = (u128)merge->levels[side][i].price * (uint64_t)merge->levels[side][i].size;
            if (found && product <= largest) continue;
            largest = product;
            found = &view->exact[side][i];
        }
    leave_out(view, found->venue, (struct fault){FAULT_SUM, found->size, 0});
}

enum fit { FITS, FITS_NOT, MID_FITS_NOT, SUM_FITS_NOT };

/* Writes the levels that were walked at the finest scales that do, at most those of the books. */
static enum fit write_fitting(const struct view *view, struct merge *merge, const struct demands *all) {
    struct scales to = common_scales(view), least = {all->price.needed, all->size.needed};
    if (least.price > all->price.room || least.size > all->size.room) return FITS_NOT;
    to.price = to.price < all->price.room ? to.price : all->price.room;
    to.size = to.size < all->size.room ? to.size : all->size.room;
    if (to.price < least.price) to.price = least.price;
    if (to.size < least.size) to.size = least.size;
    for (;;) {
        write_levels(view, merge, to);
        if (!merge_touch(merge)) {
            if (to.price-- == least.price) return MID_FITS_NOT;
        } else if (!merge_sums(view, merge, 0) || !merge_sums(view, merge, 1)) {
            if (to.size > least.size) to.size--;
            else if (to.price-- == least.price) return SUM_FITS_NOT;
        } else {
            return FITS;
        }
    }
}

/* Walks, and writes what was walked if the sums fit. */
static bool try_again(struct view *view, struct merge *merge, struct demands *of) {
    if (!walk_exactly(view, merge)) return false;
    struct demands all = gather_demands(view, merge, of);
    return write_fitting(view, merge, &all) == FITS;
}

/* Takes back, in the order of their indexes, those who have a place after all, now that others went too. */
static void take_back(struct view *view, struct merge *merge, struct demands *of) {
    for (bool taken = true; taken;) {
        taken = false;
        for (uint32_t i = 0; i < view->venue_count; i++) {
            if (!(view->left_out >> i & 1) || view->faults[i].kind <= FAULT_ALONE_SIZE) continue;
            view->books[i] = view->venues[i]->book;
            view->left_out &= ~(1ULL << i);
            if (try_again(view, merge, of)) taken = true;
            else leave_out(view, i, view->faults[i]);
        }
    }
    try_again(view, merge, of);
}

static bool reserve_exact(struct view *view) {
    for (int side = 0; side < 2; side++)
        if (!view->exact[side]) view->exact[side] = malloc(view_depth(view) * sizeof(struct exact_level));
    return view->exact[0] && view->exact[1];
}

/* Merges what can be quoted together; false without memory. */
__attribute__((noinline, cold)) static bool view_fit(struct view *view, struct merge *merge) {
    struct demands of[MAX_VENUES];
    uint32_t rounds = 0, choices = 0;
    if (!reserve_exact(view)) return false;
    for (;; rounds++) {
        if (!walk_exactly(view, merge)) continue;
        struct demands all = gather_demands(view, merge, of);
        enum fit fit = write_fitting(view, merge, &all);
        if (fit == FITS) break;
        choices += fit == MID_FITS_NOT ? 2 : 1;
        if (fit == SUM_FITS_NOT) leave_largest_product(view, merge);
        else leave_fewest(view, of, fit == MID_FITS_NOT);
    }
    /* One choice of the fewest leaves nobody out who could stay; what comes behind it may make room. */
    if (choices && (rounds > 1 || choices > 1)) take_back(view, merge, of);
    return true;
}

#endif
