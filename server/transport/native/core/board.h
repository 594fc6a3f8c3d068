/* The shared memory that the server writes and its serving processes read: the newest state of each topic in its slot, and
 * a ring that says in order what was published, with the events themselves. */
#pragma once

#include "blocks.h"
#include "slots.h"

enum { BOARD_PAGE = 4096 };

typedef struct Board {
    RingHead ring;
    uint64_t bytes, ring_at; /* of the whole memory; and where the ring stands in it */
    Slot slots[MOST_TOPICS];
} Board;

static inline uint64_t whole_pages(uint64_t bytes) { return (bytes + BOARD_PAGE - 1) / BOARD_PAGE * BOARD_PAGE; }

static inline uint8_t *board_memory(Board *board) { return (uint8_t *)(void *)board; }
static inline uint8_t *board_ring(Board *board) { return board_memory(board) + board->ring_at; }

/* Of the writer's side, for its process alone. */
typedef struct BoardWriter {
    Board *board;
    Blocks blocks;
    uint64_t keys;                /* topics so far */
    uint64_t events[MOST_TOPICS]; /* of each topic so far */
    uint64_t conflated[MOST_TOPICS], dropped[MOST_TOPICS]; /* by streams of processes that have ended */
    uint32_t vacant[MOST_TOPICS], vacant_count;
    uint64_t places[MOST_TOPICS][2], rooms[MOST_TOPICS][2]; /* the blocks of the slots, and for how many bytes they were taken */
} BoardWriter;

/* A memory of zeros of so many bytes becomes a board with a ring of this room, a power of two of pages. */
static inline void board_begin(BoardWriter *writer, void *memory, uint64_t bytes, uint64_t ring_room) {
    Board *board = writer->board = memory;
    board->ring.room = ring_room;
    board->ring_at = whole_pages(sizeof *board);
    board->bytes = bytes;
    writer->blocks = (Blocks){.next = board->ring_at + ring_room, .end = bytes};
    for (uint32_t place = MOST_TOPICS; place--;)
        writer->vacant[writer->vacant_count++] = place;
}

/* A place for a new topic, and its key; false: there are too many. */
static inline bool board_open(BoardWriter *writer, uint32_t *place, uint64_t *key) {
    if (!writer->vacant_count)
        return false;
    *place = writer->vacant[--writer->vacant_count];
    *key = ++writer->keys;
    writer->events[*place] = writer->conflated[*place] = writer->dropped[*place] = 0;
    slot_name(&writer->board->slots[*place], *key);
    return true;
}

static inline void board_close(BoardWriter *writer, uint32_t place) {
    slot_name(&writer->board->slots[place], 0);
    for (int body = 0; body < 2; body++) {
        if (writer->places[place][body])
            block_give_back(&writer->blocks, writer->places[place][body], writer->rooms[place][body]);
        writer->places[place][body] = writer->rooms[place][body] = 0;
    }
    writer->vacant[writer->vacant_count++] = place;
}

/* A block for the body that comes next, with room for so many bytes; 0: none is left. */
static inline uint64_t body_place(BoardWriter *writer, uint32_t topic, uint64_t size) {
    unsigned body = (atomic_load_explicit(&writer->board->slots[topic].version, memory_order_relaxed) + 1) % 2;
    uint64_t *place = &writer->places[topic][body], *room = &writer->rooms[topic][body], needed = size + 8;
    if (*place && block_size_of(*room) == block_size_of(needed))
        return *place;
    uint64_t found = block_take(&writer->blocks, needed);
    if (!found)
        return 0;
    if (*place)
        block_give_back(&writer->blocks, *place, *room);
    *place = found;
    *room = needed;
    return found;
}

/* Publishes the next state of a topic at this monotonic time; false: there is no memory left for it. */
static inline bool board_state(BoardWriter *writer, uint32_t topic, const uint8_t *state, size_t size, uint64_t published) {
    Board *board = writer->board;
    Slot *slot = &board->slots[topic];
    uint64_t place = body_place(writer, topic, size);
    if (!place)
        return false;
    slot_write(slot, board_memory(board), place, state, size, published);
    Record record = {.kind = RECORD_STATE, .key = slot->key, .version = slot->version, .topic = (uint16_t)topic};
    return ring_write(&board->ring, board_ring(board), record, NULL);
}

/* Publishes the next event of a topic; false: it is too large. */
static inline bool board_event(BoardWriter *writer, uint32_t topic, const uint8_t *event, size_t size, uint64_t published) {
    Board *board = writer->board;
    Record record = {
        .kind = RECORD_EVENT,
        .key = board->slots[topic].key,
        .version = writer->events[topic] + 1,
        .topic = (uint16_t)topic,
        .size = (uint32_t)size,
        .published = moment_of(published),
    };
    if (size > UINT32_MAX || !ring_write(&board->ring, board_ring(board), record, event))
        return false;
    writer->events[topic]++;
    return true;
}

static inline uint64_t board_position(BoardWriter *writer) {
    return atomic_load_explicit(&writer->board->ring.written, memory_order_relaxed);
}

/* Events of a topic so far. */
static inline uint64_t board_version(BoardWriter *writer, uint32_t topic) { return writer->events[topic]; }

static inline uint64_t board_key(BoardWriter *writer, uint32_t topic) { return writer->board->slots[topic].key; }

/* Streams of a process that has ended skipped so many states, and lost so many events. */
static inline void board_lost(BoardWriter *writer, uint32_t topic, uint64_t conflated, uint64_t dropped) {
    writer->conflated[topic] += conflated;
    writer->dropped[topic] += dropped;
}

static inline uint64_t board_conflated(BoardWriter *writer, uint32_t topic) { return writer->conflated[topic]; }
static inline uint64_t board_dropped(BoardWriter *writer, uint32_t topic) { return writer->dropped[topic]; }

static inline void board_end(BoardWriter *writer) { blocks_free(&writer->blocks); }
