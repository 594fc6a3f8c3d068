/* The trades of one stream: the newest one, and the ids of those that came last, so that each counts once.
 *
 * Decided here is the plain next trade. Whatever else a trade is, it is left to who owns the stream, and nothing has
 * changed.
 */
#ifndef ONEBOOK_TRADE_SEQUENCE_H
#define ONEBOOK_TRADE_SEQUENCE_H

#include <Python.h>

#include "number.h"

enum { FIRST_IDS = 64, MAX_ID_DIGITS = 38 };

/* In the order of TRADE_IDS in trades.py. */
enum trade_ids { TRADES_CONSECUTIVE, TRADES_RISING, TRADES_OPAQUE };

/* Newest: the next one, behind the last; late: before the last one, and not seen yet. Both count. */
enum trade_verdict { TRADE_NEWEST, TRADE_LATE, TRADE_SEEN, TRADE_LEFT, TRADE_NO_MEMORY };

/* -- the ids that came last */

/* A ring of ids, and a table that finds them: linear probing, at most half full. Ids are strings of Python, whose hashes
 * are seeded: nobody outside can choose ids that collide. */
struct seen_ids {
    PyObject **ids;  /* the oldest stands at `next` when all places are taken */
    uint64_t *table; /* hash << 32 | place + 1; 0: free */
    uint32_t limit, capacity, count, next, mask;
};

static uint32_t seen_hash(PyObject *id) {
    uint64_t hash = (uint64_t)PyObject_Hash(id); /* of a string: it cannot fail */
    return (uint32_t)(hash ^ hash >> 32);
}

/* Where the table has the id, or the free place where it would be. */
static uint32_t seen_slot(const struct seen_ids *seen, PyObject *id, uint32_t hash) {
    uint32_t slot = hash & seen->mask;
    for (uint64_t entry; (entry = seen->table[slot]) != 0; slot = (slot + 1) & seen->mask) {
        PyObject *other = seen->ids[(uint32_t)entry - 1];
        if (entry >> 32 == hash && (other == id || PyUnicode_Compare(other, id) == 0)) break;
    }
    return slot;
}

static bool seen_have(const struct seen_ids *seen, PyObject *id) {
    return seen->count && seen->table[seen_slot(seen, id, seen_hash(id))] != 0;
}

/* Frees a place of the table; entries behind it that were pushed on by it move up. */
static void seen_free_slot(struct seen_ids *seen, uint32_t free) {
    for (uint32_t slot = (free + 1) & seen->mask; seen->table[slot]; slot = (slot + 1) & seen->mask) {
        uint32_t home = (uint32_t)(seen->table[slot] >> 32) & seen->mask;
        if (((slot - home) & seen->mask) < ((slot - free) & seen->mask)) continue;
        seen->table[free] = seen->table[slot];
        free = slot;
    }
    seen->table[free] = 0;
}

/* Room for twice as many ids, or for the first ones; false without memory. The ring has not begun anew yet. */
static bool seen_grow(struct seen_ids *seen) {
    uint32_t capacity = seen->capacity ? 2 * seen->capacity : FIRST_IDS, size = 2;
    if (capacity > seen->limit) capacity = seen->limit;
    while (size < 2 * capacity) size *= 2;
    uint64_t *table = calloc(size, sizeof *table);
    PyObject **ids = table ? realloc(seen->ids, capacity * sizeof *ids) : NULL;
    if (!ids) {
        free(table);
        return false;
    }
    free(seen->table);
    seen->ids = ids, seen->table = table, seen->capacity = capacity, seen->mask = size - 1;
    for (uint32_t place = 0; place < seen->count; place++) {
        uint32_t hash = seen_hash(ids[place]);
        table[seen_slot(seen, ids[place], hash)] = (uint64_t)hash << 32 | (place + 1);
    }
    return true;
}

/* Remembers an id that is not among them in the place of the oldest; false without memory. */
static bool seen_add(struct seen_ids *seen, PyObject *id) {
    PyObject *oldest = NULL;
    if (seen->count == seen->capacity && seen->count < seen->limit && !seen_grow(seen)) return false;
    if (seen->count == seen->limit) {
        oldest = seen->ids[seen->next];
        seen_free_slot(seen, seen_slot(seen, oldest, seen_hash(oldest)));
    } else {
        seen->count++;
    }
    uint32_t hash = seen_hash(id);
    seen->ids[seen->next] = Py_NewRef(id);
    seen->table[seen_slot(seen, id, hash)] = (uint64_t)hash << 32 | (seen->next + 1);
    seen->next = seen->next + 1 == seen->limit ? 0 : seen->next + 1;
    Py_XDECREF(oldest);
    return true;
}

static void seen_clear(struct seen_ids *seen) {
    for (uint32_t place = 0; place < seen->count; place++) Py_DECREF(seen->ids[place]);
    free(seen->ids);
    free(seen->table);
    *seen = (struct seen_ids){.limit = seen->limit};
}

/* -- the sequence */

/* What a trade is ordered by: its number, or its time where ids are names. */
struct trade_rank {
    u128 number;
    int64_t time;
    bool known; /* false: this is for Python to say */
};

struct trade_sequence {
    enum trade_ids ids;
    struct seen_ids seen;
    struct trade_rank last;
    bool interrupted, filling;
};

/* The value of plain digits. */
static bool trade_number(PyObject *id, u128 *out) {
    Py_ssize_t length = PyUnicode_GET_LENGTH(id);
    if (!PyUnicode_IS_ASCII(id) || length == 0 || length > MAX_ID_DIGITS) return false;
    const uint8_t *p = PyUnicode_1BYTE_DATA(id), *end = p + length, *half = length > 19 ? p + 19 : end;
    uint64_t first = 0, rest = 0;
    for (; p < half; p++) {
        if (!is_digit(*p)) return false;
        first = first * 10 + (uint64_t)(*p - '0');
    }
    for (; p < end; p++) {
        if (!is_digit(*p)) return false;
        rest = rest * 10 + (uint64_t)(*p - '0');
    }
    *out = length > 19 ? (u128)first * POW10[length - 19] + rest : first;
    return true;
}

static struct trade_rank trade_rank_of(enum trade_ids ids, PyObject *id, int64_t time, bool timed) {
    struct trade_rank rank = {0, time, timed};
    if (ids != TRADES_OPAQUE) rank.known = trade_number(id, &rank.number);
    return rank;
}

/* Behind the last one; of trades with names and one time both are: the ids that came decide. */
static bool trade_is_newer(const struct trade_sequence *sequence, struct trade_rank rank) {
    return sequence->ids == TRADES_OPAQUE ? rank.time >= sequence->last.time : rank.number > sequence->last.number;
}

/* A trade that counts is remembered. */
static enum trade_verdict trade_follow(struct trade_sequence *sequence, PyObject *id, struct trade_rank rank) {
    if (seen_have(&sequence->seen, id)) return TRADE_SEEN;
    if (sequence->interrupted || sequence->filling || !sequence->last.known || !rank.known) return TRADE_LEFT;
    bool newer = trade_is_newer(sequence, rank);
    if (newer && sequence->ids == TRADES_CONSECUTIVE && rank.number - sequence->last.number > 1) return TRADE_LEFT;
    if (!seen_add(&sequence->seen, id)) return TRADE_NO_MEMORY;
    if (!newer) return TRADE_LATE;
    sequence->last = rank;
    return TRADE_NEWEST;
}

#endif
