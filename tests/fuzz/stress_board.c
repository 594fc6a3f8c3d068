/* The board that a server writes and its serving processes read: against a model, and with threads that read while it is
 * written. Build with AddressSanitizer and UndefinedBehaviorSanitizer.
 *
 *     stress_board SEED ROUNDS
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>

#include "core/board_reader.h"
#include "core/engine.h"

enum { TOPICS = 6, READERS = 3, RING = 16384, BYTES = 8 << 20, LARGEST = 3000, EVENTS = 1 << 20 };

static uint64_t seed;
static BoardWriter writer;
static struct {
    uint32_t place;
    uint64_t key, published;
    bool events;
    uint32_t capacity;
} topics[TOPICS];

#define CHECK(what)                                                                                                    \
    do {                                                                                                               \
        if (!(what)) {                                                                                                 \
            fprintf(stderr, "line %d: %s\n", __LINE__, #what);                                                         \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

static uint64_t random_of(uint64_t *state, uint64_t below) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state % below;
}

/* A message whose every byte follows from its topic, its number and its size. */
static size_t message_make(uint8_t *into, uint32_t topic, uint64_t number, size_t size) {
    memcpy(into, &topic, 4);
    memcpy(into + 4, &number, 8);
    for (size_t at = 12; at < size; at++)
        into[at] = (uint8_t)(number * 31 + topic * 7 + at);
    return size;
}

static uint64_t message_check(const Payload *payload, uint32_t topic) {
    const uint8_t *message = payload->bytes + MESSAGE_PREFIX;
    size_t size = payload->size - MESSAGE_PREFIX;
    uint32_t named;
    uint64_t number;
    uint64_t now = monotonic();
    CHECK(payload->published <= now && now - payload->published < 60000000000u);
    CHECK(size >= 12);
    memcpy(&named, message, 4);
    memcpy(&number, message + 4, 8);
    CHECK(named == topic);
    for (size_t at = 12; at < size; at++)
        CHECK(message[at] == (uint8_t)(number * 31 + topic * 7 + at));
    return number;
}

static void publish(uint64_t *state, uint32_t topic) {
    static uint8_t message[LARGEST];
    uint64_t number = ++topics[topic].published;
    size_t size = message_make(message, topic, number, 12 + random_of(state, random_of(state, 8) ? 200 : LARGEST - 12));
    if (topics[topic].events)
        CHECK(board_event(&writer, topics[topic].place, message, size, monotonic()));
    else
        CHECK(board_state(&writer, topics[topic].place, message, size, monotonic()));
}

static void begin(void) {
    void *memory = aligned_alloc(4096, BYTES);
    memset(memory, 0, BYTES);
    writer = (BoardWriter){0};
    board_begin(&writer, memory, BYTES, RING);
    for (uint32_t topic = 0; topic < TOPICS; topic++) {
        CHECK(board_open(&writer, &topics[topic].place, &topics[topic].key));
        topics[topic].events = topic % 2;
        topics[topic].capacity = topic == 1 ? 5 : 1000;
        topics[topic].published = 0;
    }
}

static void end(void) {
    board_end(&writer);
    free(writer.board);
}

static BoardReader *reader_new(void) {
    BoardReader *made = calloc(1, sizeof *made);
    made->board = writer.board;
    made->words = calloc(1, sizeof *made->words);
    made->cursor = atomic_load(&writer.board->ring.written);
    return made;
}

static void reader_free(BoardReader *reader) {
    free(reader->words);
    free(reader);
}

static TopicShape shape_of(uint32_t topic) {
    return (TopicShape){
        .key = topics[topic].key,
        .version = board_version(&writer, topics[topic].place),
        .place = topics[topic].place,
        .events = topics[topic].events,
        .capacity = topics[topic].capacity,
    };
}

/* A stream that has begun and takes messages by itself: nothing is to be woken. */
static void attach(BoardReader *reader, Stream *stream, const TopicShape *shape, uint64_t position) {
    Topic *topic = board_topic(reader, shape, position);
    *stream = (Stream){.began = true};
    stream_attach(stream, topic, false, topic->events ? shape->version : topic_first_cursor(topic));
}

static Payload *take(Stream *stream) {
    if (stream_next(stream, 0) != NEXT_MESSAGE)
        return NULL;
    Payload *taken = stream->sending;
    stream->sending = NULL;
    return taken;
}

/* -- the model: what each stream must get, from what was published and when the reader looked ------------------------ */

typedef struct {
    uint64_t position; /* of its record */
    uint32_t topic;
    uint64_t number;
} Published;

typedef struct {
    bool attached;
    Stream stream;
    uint64_t cursor, version, gap; /* events: applied up to `version`, none kept up to `gap` */
    uint64_t dropped, conflated;
} Expected;

static Published published[EVENTS];
static size_t published_count;

static void model_read(Expected *streams, uint64_t cursor, uint64_t taken, uint64_t resume) {
    uint64_t from = taken - cursor > RING ? resume : cursor;
    for (size_t i = 0; i < published_count; i++) {
        Expected *stream = &streams[published[i].topic];
        if (!stream->attached || published[i].position < from || published[i].number <= stream->version)
            continue;
        if (topics[published[i].topic].events && published[i].number != stream->version + 1)
            stream->gap = published[i].number - 1;
        stream->version = published[i].number;
    }
    for (uint32_t topic = 0; topic < TOPICS; topic += 2)
        if (streams[topic].attached && taken != cursor)
            streams[topic].version = topics[topic].published;
}

static void model_take(Expected *expected, uint32_t topic) {
    Payload *got = take(&expected->stream);
    if (expected->cursor == expected->version) {
        CHECK(got == NULL);
        return;
    }
    CHECK(got != NULL);
    uint64_t wanted = expected->version;
    if (topics[topic].events) {
        uint64_t capacity = topics[topic].capacity;
        uint64_t oldest = expected->version > capacity ? expected->version - capacity + 1 : 1;
        oldest = oldest > expected->gap ? oldest : expected->gap + 1;
        wanted = expected->cursor + 1 > oldest ? expected->cursor + 1 : oldest;
        expected->dropped += wanted - expected->cursor - 1;
    } else {
        expected->conflated += wanted - expected->cursor - 1;
    }
    CHECK(message_check(got, topic) == wanted);
    expected->cursor = wanted;
    payload_release(got);
}

static void model_round(uint64_t *state) {
    static Expected expected[READERS][TOPICS];
    BoardReader *readers[READERS];
    memset(expected, 0, sizeof expected);
    published_count = 0;
    begin();
    for (int each = 0; each < READERS; each++)
        readers[each] = reader_new();
    for (int step = 0; step < 400; step++) {
        uint32_t reader = (uint32_t)random_of(state, READERS), topic = (uint32_t)random_of(state, TOPICS);
        BoardReader *reads = readers[reader];
        Expected *stream = &expected[reader][topic];
        RingHead *ring = &writer.board->ring;
        switch (random_of(state, 5)) {
        case 0:
            for (uint64_t count = random_of(state, 40); count--;) {
                topic = (uint32_t)random_of(state, TOPICS);
                publish(state, topic);
                uint64_t room = 0; /* where the record stands: the last one that was written */
                Record record;
                for (uint64_t at = published_count ? published[published_count - 1].position : 0;
                     at < atomic_load(&ring->written); at += record.room) {
                    words_load(&record, board_ring(writer.board) + at % RING, sizeof record);
                    room = at;
                }
                published[published_count++] = (Published){room, topic, topics[topic].published};
            }
            break;
        case 1:
            model_read(expected[reader], reads->cursor, ring->taken, ring->resume);
            board_read(reads);
            break;
        case 2:
            if (stream->attached)
                break;
            TopicShape shape = shape_of(topic);
            /* What is published while the frame is under way must not be missed, nor come twice. */
            uint64_t position = atomic_load(&ring->written);
            model_read(expected[reader], reads->cursor, ring->taken, ring->resume);
            board_read(reads);
            attach(reads, &stream->stream, &shape, position);
            stream->attached = true;
            stream->gap = 0;
            stream->cursor = stream->version = shape.version;
            if (!topics[topic].events) {
                stream->version = topics[topic].published;
                stream->cursor = stream->version ? stream->version - 1 : 0;
            }
            break;
        default:
            if (stream->attached)
                model_take(stream, topic);
        }
    }
    for (int reader = 0; reader < READERS; reader++) {
        for (uint32_t topic = 0; topic < TOPICS; topic++) {
            CHECK(words_dropped(readers[reader]->words, topics[topic].place) == expected[reader][topic].dropped);
            CHECK(words_conflated(readers[reader]->words, topics[topic].place) == expected[reader][topic].conflated);
            if (expected[reader][topic].attached)
                stream_detach(&expected[reader][topic].stream);
            CHECK(readers[reader]->topics[topics[topic].place] == NULL);
        }
        reader_free(readers[reader]);
    }
    end();
}

/* -- threads ---------------------------------------------------------------------------------------------------------- */

static atomic_bool over;

static void *read_on(void *number) {
    uint64_t state = seed * 977 + (uintptr_t)number + 1, received = 0;
    BoardReader *reader = reader_new();
    Stream streams[TOPICS];
    uint64_t first[TOPICS], last[TOPICS], got[TOPICS] = {0};
    for (uint32_t topic = 0; topic < TOPICS; topic++) {
        TopicShape shape = shape_of(topic);
        if (topics[topic].events)
            shape.version = 0; /* behind what was published before: that is lost, or still there */
        board_read(reader);
        attach(reader, &streams[topic], &shape, 0);
        first[topic] = last[topic] = streams[topic].cursor;
    }
    while (!atomic_load(&over)) {
        board_read(reader);
        for (uint32_t topic = 0; topic < TOPICS; topic++) {
            Payload *taken;
            while ((taken = take(&streams[topic])) != NULL) {
                uint64_t now = message_check(taken, topic);
                CHECK(now > last[topic]);
                last[topic] = now;
                got[topic]++;
                payload_release(taken);
                received++;
            }
        }
        if (!random_of(&state, 50))
            usleep((useconds_t)random_of(&state, 300));
    }
    for (uint32_t topic = 0; topic < TOPICS; topic++) {
        WorkerWords *words = reader->words;
        uint64_t lost = words_dropped(words, topics[topic].place) + words_conflated(words, topics[topic].place);
        CHECK(got[topic] + lost == last[topic] - first[topic]);
        stream_detach(&streams[topic]);
    }
    reader_free(reader);
    return (void *)(uintptr_t)received;
}

static void threads(uint64_t *state, uint64_t count) {
    pthread_t readers[READERS];
    begin();
    atomic_store(&over, false);
    for (uintptr_t each = 0; each < READERS; each++)
        pthread_create(&readers[each], NULL, read_on, (void *)each);
    for (uint64_t i = 0; i < count; i++) {
        publish(state, (uint32_t)random_of(state, TOPICS));
        if (!random_of(state, 200))
            usleep(50);
    }
    atomic_store(&over, true);
    for (int each = 0; each < READERS; each++) {
        void *received;
        pthread_join(readers[each], &received);
        CHECK(received != NULL);
    }
    end();
}

int main(int count, char **arguments) {
    if (count != 3)
        return 2;
    seed = strtoull(arguments[1], NULL, 10);
    uint64_t state = seed * 0x9E3779B97F4A7C15u + 1, rounds = strtoull(arguments[2], NULL, 10);
    for (uint64_t round = 0; round < rounds; round++)
        model_round(&state);
    threads(&state, rounds * 400);
    return 0;
}
