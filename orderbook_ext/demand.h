/* Which decimals let numbers be whole and small enough at once. */
#ifndef ONEBOOK_DEMAND_H
#define ONEBOOK_DEMAND_H

#include "number.h"

/* What numbers ask of a scale: at least `needed` decimals, at most `room`. */
struct demand {
    uint32_t needed, room;
    struct number finest, largest; /* the numbers that ask for it */
};

enum { NO_LIMIT = 99 };

static const struct demand NO_DEMAND = {0, NO_LIMIT, {0, 0}, {0, 0}};

/* The most decimals at which the number fits 64 bits. */
static uint32_t room_of(struct number number) {
    uint64_t most = number.mantissa ? INT64_MAX / number.mantissa : UINT64_MAX;
    uint32_t more = 0;
    while (more < 19 && POW10[more + 1] <= most) more++;
    return number.mantissa ? number.decimals + more : NO_LIMIT;
}

static void demand_add(struct demand *demand, struct number number) {
    uint32_t room = room_of(number);
    if (number.decimals > demand->needed) {
        demand->needed = number.decimals;
        demand->finest = number;
    }
    if (room < demand->room) {
        demand->room = room;
        demand->largest = number;
    }
}

/* Adds mantissa / 10^decimals, whose zeros at the end do not count. */
static void demand_add_scaled(struct demand *demand, uint64_t mantissa, uint32_t decimals) {
    uint32_t needed = needed_decimals(mantissa, decimals);
    demand_add(demand, (struct number){mantissa / POW10[decimals - needed], needed});
}

/* The decimals that do and are the nearest to those wanted; false if there are none. */
static bool demand_decimals(const struct demand *demand, uint32_t wanted, uint32_t *out) {
    *out = wanted > demand->needed ? wanted : demand->needed;
    if (*out > demand->room) *out = demand->room;
    return demand->needed <= demand->room;
}

#endif
