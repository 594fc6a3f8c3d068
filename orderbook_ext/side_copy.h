/* The sides of a view's books as they are now, for a sweep in numbers without a limit. */
#ifndef ONEBOOK_SIDE_COPY_H
#define ONEBOOK_SIDE_COPY_H

#include "merge.h"

/* Of one venue; levels is NULL if it takes no part. */
struct side_copy {
    struct level *levels; /* best first, price instead of key */
    uint32_t count;
    struct scales scales;
    int64_t extreme;
    bool whole, inverse, converted;
    struct number unit, rate;
};

static void side_copies_free(struct side_copy *copies, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) free(copies[i].levels);
}

/* Fills one entry per venue; false without memory. To be freed in any case. */
static bool side_copies_make(struct view *view, int side, struct side_copy *copies) {
    memset(copies, 0, view->venue_count * sizeof *copies);
    choose_books(view);
    for (uint32_t i = 0; i < view->venue_count; i++) {
        const struct book *book = view->books[i];
        struct side_copy *copy = &copies[i];
        if (!book) continue;
        uint32_t count = side_count(&book->sides[side]);
        copy->levels = malloc((count + 1) * sizeof *copy->levels);
        if (!copy->levels) return false;
        copy->count = book_top(book, side, count, copy->levels);
        copy->scales = book->scales;
        copy->extreme = book->extremes[side];
        copy->whole = book->whole;
        copy->inverse = view->venues[i]->inverse;
        copy->unit = view->venues[i]->unit;
        copy->converted = view->rates[i].currency.length > 0;
        copy->rate = view->rates[i].sides[side];
    }
    return true;
}

#endif
