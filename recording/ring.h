/* A bounded ring of records in shared memory: one process puts records in, another takes them out.
 *
 * A record in the ring is its head of 32 bytes, as in a block of a recording, then its body, then padding to 8 bytes.
 * `head` and `tail` are numbers of bytes since the ring was made; their place in memory is the remainder by the
 * capacity, a power of two, and a record may lie across the end. The writer alone moves `head`, by one release store
 * when a record is whole: a reader never sees half of one, also where the writer dies in the middle. The reader alone
 * moves `tail`, when what it took is on the disk.
 *
 * What does not fit is counted, in `lost_*`, and becomes a record of kind LOST before the next record that fits.
 * recording/ring_layout.py has the same offsets for Python; tests/recording/test_ring_layout.py holds both together.
 */
#ifndef ONEBOOK_RING_H
#define ONEBOOK_RING_H

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define RING_HEADER_SIZE 4096
#define RING_RECEIVED_KIND 2
#define RING_LOST_KIND 9
#define RING_LARGEST ((uint64_t)1 << 28) /* bytes that a body may have, as in a block of a recording */
#define RING_PREFETCH 4096 /* bytes that are prefetched for a next record at most */
#define RING_LOST_BODY 96 /* bytes that the body of a LOST has at most */

typedef struct {
    char magic[8];
    uint32_t layout, header_size;
    uint64_t capacity;
    char pad0[40];
    uint64_t head; /* written by the producer alone, from here to tail */
    uint64_t lost_messages, lost_bytes; /* not yet in a LOST of the ring */
    int64_t lost_since;
    uint64_t lost_at; /* value of `head` when they were lost: where it moved on, they are in a LOST */
    uint64_t total_lost_messages, total_lost_bytes;
    char pad1[8];
    uint64_t tail; /* written by the consumer alone */
} ring_header;

typedef struct {
    uint32_t length, source;
    uint8_t kind, zero[7];
    int64_t time, monotonic;
} ring_record;

typedef struct {
    ring_header *header;
    char *data;
    uint64_t mask;
} ring;

/* What one call of ring_measure() has found. */
typedef struct {
    uint64_t start; /* position of the first record */
    uint64_t end; /* position behind the last record */
    uint64_t records, bodies; /* number of records, bytes of their bodies */
    int64_t first_time, last_time;
    uint32_t kinds; /* one bit for each kind that is among them */
} ring_batch;

static inline uint64_t ring_space(uint64_t length)
{
    return sizeof(ring_record) + ((length + 7) & ~(uint64_t)7);
}

static inline void ring_copy_in(const ring *r, uint64_t position, const void *from, uint64_t length)
{
    uint64_t at = position & r->mask, room = r->mask + 1 - at;
    if (length <= room) {
        memcpy(r->data + at, from, length);
    } else {
        memcpy(r->data + at, from, room);
        memcpy(r->data, (const char *)from + room, length - room);
    }
}

static inline void ring_copy_out(const ring *r, uint64_t position, void *to, uint64_t length)
{
    uint64_t at = position & r->mask, room = r->mask + 1 - at;
    if (length <= room) {
        memcpy(to, r->data + at, length);
    } else {
        memcpy(to, r->data + at, room);
        memcpy((char *)to + room, r->data, length - room);
    }
}

static inline uint64_t ring_write(const ring *r, uint64_t at, const ring_record *record, const void *body)
{
    ring_copy_in(r, at, record, sizeof *record);
    ring_copy_in(r, at + sizeof *record, body, record->length);
    return at + ring_space(record->length);
}

static inline void ring_count_lost(ring_header *h, uint64_t head, uint64_t length, int64_t time)
{
    if (h->lost_messages == 0) {
        h->lost_since = time;
        h->lost_at = head;
        h->lost_bytes = 0;
    }
    h->lost_bytes += length;
    h->total_lost_messages++;
    h->total_lost_bytes += length;
    __atomic_store_n(&h->lost_messages, h->lost_messages + 1, __ATOMIC_RELEASE);
}

/* Brings the memory of a next record of this size into the cache while the caller does its other work: the ring is
 * larger than the caches, and a put would wait for it. */
static inline void ring_prefetch(const ring *r, uint64_t at, uint64_t size)
{
    if (size > RING_PREFETCH)
        size = RING_PREFETCH;
    for (uint64_t ahead = 0; ahead < size; ahead += 64)
        __builtin_prefetch(r->data + ((at + ahead) & r->mask), 1);
}

/* Puts a record in. 0: it did not fit, and was counted. The caller makes sure that puts come one after the other. */
static inline int ring_put(ring *r, uint32_t source, uint8_t kind, const void *body, uint64_t length, int64_t time,
                           int64_t monotonic)
{
    ring_header *h = r->header;
    uint64_t at = h->head, tail = __atomic_load_n(&h->tail, __ATOMIC_ACQUIRE);
    uint64_t room = r->mask + 1 - (at - tail), need = ring_space(length);
    uint64_t lost = h->lost_messages;
    if (length > RING_LARGEST || need + (lost ? ring_space(RING_LOST_BODY) : 0) > room) {
        ring_count_lost(h, at, length, time);
        return 0;
    }
    if (lost) {
        char text[RING_LOST_BODY];
        int size = snprintf(text, sizeof text, "{\"messages\":%" PRIu64 ",\"bytes\":%" PRIu64 ",\"since\":%" PRId64 "}",
                            lost, h->lost_bytes, h->lost_since);
        ring_record record = {(uint32_t)size, 0, RING_LOST_KIND, {0}, time, monotonic};
        at = ring_write(r, at, &record, text);
    }
    ring_record record = {(uint32_t)length, source, kind, {0}, time, monotonic};
    at = ring_write(r, at, &record, body);
    __atomic_store_n(&h->head, at, __ATOMIC_RELEASE);
    if (lost)
        h->lost_messages = 0;
    ring_prefetch(r, at, need);
    return 1;
}

/* Measures the records from `start` on, which is the tail or the end of a batch, until they have `limit` bytes as a payload, and at least one. 0: no record is
 * there; -1: the ring is damaged. */
static inline int ring_measure(const ring *r, uint64_t start, uint64_t limit, ring_batch *batch)
{
    uint64_t at = start, head = __atomic_load_n(&r->header->head, __ATOMIC_ACQUIRE);
    memset(batch, 0, sizeof *batch);
    batch->start = start;
    if (head - at > r->mask + 1)
        return -1;
    while (at != head && batch->records * sizeof(ring_record) + batch->bodies < limit) {
        ring_record record;
        if (head - at < sizeof record)
            return -1;
        ring_copy_out(r, at, &record, sizeof record);
        if (ring_space(record.length) > head - at)
            return -1;
        if (batch->records == 0 || record.time < batch->first_time)
            batch->first_time = record.time;
        if (batch->records == 0 || record.time > batch->last_time)
            batch->last_time = record.time;
        batch->kinds |= record.kind < 32 ? (uint32_t)1 << record.kind : 0;
        batch->bodies += record.length;
        batch->records++;
        at += ring_space(record.length);
    }
    batch->end = at;
    return batch->records != 0;
}

/* Copies the measured records: all heads, then all bodies, as a block of a recording has them. */
static inline void ring_collect(const ring *r, const ring_batch *batch, char *heads)
{
    uint64_t at = batch->start;
    char *bodies = heads + batch->records * sizeof(ring_record);
    while (at != batch->end) {
        ring_record record;
        ring_copy_out(r, at, &record, sizeof record);
        memcpy(heads, &record, sizeof record);
        ring_copy_out(r, at + sizeof record, bodies, record.length);
        heads += sizeof record;
        bodies += record.length;
        at += ring_space(record.length);
    }
}

#endif
