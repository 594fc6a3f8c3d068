/* What a serving process knows of the board: the topics that its streams read, each with what was published since. A topic
 * is here while it has streams. Engine thread only. */
#pragma once

#include "board.h"
#include "commands.h"
#include "control_frames.h"
#include "worker_words.h"

typedef struct BoardReader {
    Engine *engine;
    Board *board;
    WorkerWords *words;
    uint64_t cursor; /* of the ring */
    Topic *topics[MOST_TOPICS];
    Topic *changed; /* their newest states are still to be read */
} BoardReader;

static void mark_changed(BoardReader *reader, Topic *topic) {
    if (topic->changed)
        return;
    topic->changed = true;
    topic->next_changed = reader->changed;
    reader->changed = topic;
}

/* Publishes the newest state of the topic, if it is newer than what its streams have. */
static void read_state(BoardReader *reader, Topic *topic) {
    Slot *slot = &reader->board->slots[topic->held - reader->topics];
    uint64_t version = 0;
    Payload *state = NULL;
    while (slot_read(slot, board_memory(reader->board), reader->board->bytes, topic->key, &version, &state) == SLOT_TORN) {
    }
    if (version <= topic->version) {
        payload_release(state);
        return;
    }
    topic->version = version - 1;
    engine_publish(reader->engine, topic, state);
}

/* The event of the record at this place of the ring. One that is overtaken, or for which there is no memory, is lost: the
 * version of the next one says so. */
static void read_event(BoardReader *reader, Topic *topic, const Record *record, uint64_t at) {
    Payload *event = payload_of(record->size);
    if (event == NULL)
        return;
    if (!ring_message(&reader->board->ring, board_ring(reader->board), at, record, event->bytes + MESSAGE_PREFIX)) {
        payload_release(event);
        return;
    }
    event->published = moment_before(monotonic(), record->published);
    if (record->version != topic->version + 1)
        topic_skip(topic, record->version);
    engine_publish(reader->engine, topic, event);
}

/* Where the topic of the record is, if its streams do not have what the record says; or NULL. */
static Topic *concerned(BoardReader *reader, const Record *record) {
    Topic *topic = record->topic < MOST_TOPICS ? reader->topics[record->topic] : NULL;
    return topic != NULL && topic->key == record->key && record->version > topic->version ? topic : NULL;
}

/* What was published from one place of the ring to another, for the topics that are here. */
static void read_ring(BoardReader *reader, uint64_t from, uint64_t to) {
    RingHead *ring = &reader->board->ring;
    Record record;
    for (uint64_t at = from; at < to; at += record.room) {
        RingRead found = ring_next(ring, board_ring(reader->board), &at, &record);
        if (found == RING_NOTHING)
            return;
        if (found == RING_OVERTAKEN) {
            for (uint32_t place = 0; place < MOST_TOPICS; place++)
                if (reader->topics[place] != NULL && !reader->topics[place]->events)
                    mark_changed(reader, reader->topics[place]);
            record.room = 0;
            continue;
        }
        Topic *topic = concerned(reader, &record);
        if (topic != NULL && record.kind == RECORD_EVENT)
            read_event(reader, topic, &record, at);
        else if (topic != NULL)
            mark_changed(reader, topic);
    }
}

static void read_changed(BoardReader *reader) {
    while (reader->changed != NULL) {
        Topic *topic = reader->changed;
        reader->changed = topic->next_changed;
        topic->changed = false;
        read_state(reader, topic);
    }
}

/* All that was published until now. */
static void board_read(BoardReader *reader) {
    uint64_t written = atomic_load(&reader->board->ring.written);
    read_ring(reader, reader->cursor, written);
    reader->cursor = written;
    read_changed(reader);
}

/* The topic of this shape as it was at this place of the ring, or what has become of it since; NULL without memory. */
static Topic *board_topic(BoardReader *reader, const TopicShape *shape, uint64_t position) {
    Topic **place = &reader->topics[shape->place];
    if (*place != NULL && (*place)->key == shape->key)
        return *place;
    Topic *made = topic_new(shape->events, shape->capacity);
    if (made == NULL)
        return NULL;
    if (*place != NULL)
        (*place)->held = NULL;
    *place = made;
    made->key = shape->key;
    made->held = place;
    made->forgotten = true; /* with its last stream */
    made->words = &reader->words->topics[shape->place];
    memcpy(made->dropped_fields, shape->dropped_fields, sizeof made->dropped_fields);
    made->version = shape->events ? shape->version : 0;
    if (shape->events)
        read_ring(reader, position, reader->cursor);
    else
        read_state(reader, made);
    read_changed(reader);
    return made;
}

/* The call reads the topic: its first message is none that is older than this place of the ring, and none is left out. */
static void board_attach(BoardReader *reader, uint64_t call, const TopicShape *shape, bool loses_nothing, uint64_t position) {
    static const char words[] = "the server has no memory for the stream";
    Stream *stream = shape->place < MOST_TOPICS ? without_topic(reader->engine, call) : NULL;
    if (stream == NULL)
        return;
    Topic *topic = board_topic(reader, shape, position);
    if (topic == NULL) {
        stream_end(stream, STATUS_EXHAUSTED, (const uint8_t *)words, sizeof words - 1, reader->engine->now);
        wake(reader->engine, stream);
        return;
    }
    engine_attach(reader->engine, stream, topic, loses_nothing, topic->events ? shape->version : topic_first_cursor(topic));
}
