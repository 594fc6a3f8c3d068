/* The HTTP/2 engine under clients that send valid, mutated and half frames, while topics are published, calls are
 * answered and ended: build with AddressSanitizer, UndefinedBehaviorSanitizer or ThreadSanitizer.
 *
 *     stress_engine SEED CONNECTIONS
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>

#include "core/engine.h"

static Engine engine;
static Topic *topics[4];
static atomic_bool over;

static uint64_t random_of(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void *run_engine(void *unused) {
    (void)unused;
    engine_run(&engine);
    return NULL;
}

static void ask(int kind, uint64_t call, Topic *topic, Payload *payload, int64_t number) {
    Item *item = item_new(kind, call);
    item->topic = topic;
    item->payload = payload;
    item->number = number;
    if (kind == ASK_END) {
        bytes_append(&item->text, "because \xc3\xa4 %", 11);
        bytes_append(&item->details, "details", 7);
    }
    mailbox_put(&engine.asked, item);
}

/* Does with calls what Python does: answers, attaches, ends, or forgets to. */
static void *answer_calls(void *seed) {
    uint64_t state = (uint64_t)(uintptr_t)seed * 77 + 1;
    static uint8_t message[40000];
    while (!atomic_load(&over)) {
        mailbox_wait(&engine.told, 0.01);
        for (Item *item = engine_take_told(&engine), *next; item != NULL; item = next) {
            next = item->next;
            if (item->kind == TELL_CALL) {
                switch (random_of(&state) % 6) {
                case 0:
                    ask(ASK_SEND, item->call, NULL, payload_new(message, random_of(&state) % sizeof message, NULL, 0), 1);
                    break;
                case 1:
                    ask(ASK_END, item->call, NULL, NULL, (int64_t)(random_of(&state) % 17));
                    break;
                case 2:
                    for (int i = 0; i < 70; i++)
                        ask(ASK_SEND, item->call, NULL, payload_new(message, 10, NULL, 0), 0);
                    break;
                case 3:
                    break;
                default:
                    ask(ASK_ATTACH, item->call, topics[random_of(&state) % 4], NULL, random_of(&state) % 2);
                    if (random_of(&state) % 3 == 0)
                        ask(ASK_END, item->call, NULL, NULL, 14);
                }
            }
            item_free(item);
        }
        for (int i = 0; i < 4; i++) {
            uint8_t event[64] = {(uint8_t)(1 << 3 | 2), 20, 12 << 3, 3};
            ask(ASK_PUBLISH, 0, topics[i], payload_new(i % 2 ? event : message, i % 2 ? 22 : 30000, NULL, 0), 0);
            (void)topic_busy(topics[i]);
        }
    }
    return NULL;
}

static void put_frame(Bytes *out, int kind, int flags, uint32_t stream, const void *body, size_t size) {
    uint8_t head[9] = {
        (uint8_t)(size >> 16), (uint8_t)(size >> 8), (uint8_t)size, (uint8_t)kind, (uint8_t)flags, (uint8_t)(stream >> 24),
        (uint8_t)(stream >> 16), (uint8_t)(stream >> 8), (uint8_t)stream,
    };
    bytes_append(out, head, sizeof head);
    bytes_append(out, body, size);
}

static void put_field(Bytes *block, const char *name, const char *value) {
    uint8_t zero = 0, size = (uint8_t)strlen(name);
    bytes_append(block, &zero, 1);
    bytes_append(block, &size, 1);
    bytes_append(block, name, size);
    size = (uint8_t)strlen(value);
    bytes_append(block, &size, 1);
    bytes_append(block, value, size);
}

static void put_call(Bytes *out, uint32_t stream, uint64_t *state) {
    static const char *paths[] = {"/a.S/Call", "/many.S/Call", "/", "/a.S/\xff"};
    Bytes block = {0};
    put_field(&block, ":method", random_of(state) % 20 ? "POST" : "GET");
    put_field(&block, ":scheme", "http");
    put_field(&block, ":path", paths[random_of(state) % 4]);
    put_field(&block, ":authority", "a");
    put_field(&block, "content-type", random_of(state) % 20 ? "application/grpc" : "text/html");
    if (random_of(state) % 4 == 0)
        put_field(&block, "grpc-timeout", random_of(state) % 2 ? "10m" : "99999999H");
    if (random_of(state) % 4 == 0)
        put_field(&block, "grpc-encoding", "gzipgzipgzipgzipgzipgzip");
    put_frame(out, 1, 4 | (random_of(state) % 10 == 0), stream, block.data, block.size);
    bytes_free(&block);
}

/* One connection's worth of frames, most of them valid. */
static void fill(Bytes *out, uint64_t *state) {
    bytes_append(out, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 24);
    uint8_t window[6] = {0, 4, 0, 0, 0, 0};
    window[4] = (uint8_t)(random_of(state) % 3 ? random_of(state) : 0);
    window[5] = (uint8_t)random_of(state);
    put_frame(out, 4, 0, 0, window, random_of(state) % 4 ? 6 : 0);
    uint32_t stream = 1;
    for (int i = (int)(random_of(state) % 40); i > 0; i--) {
        uint32_t of = random_of(state) % 3 ? stream : (uint32_t)(random_of(state) % 20 * 2 + 1);
        uint8_t body[64] = {0, 0, 0, 0, (uint8_t)(random_of(state) % 40)};
        switch (random_of(state) % 9) {
        case 0:
        case 1:
        case 2:
            put_call(out, stream, state);
            put_frame(out, 0, random_of(state) % 2, stream, body, 5 + body[4]);
            stream += 2;
            break;
        case 3:
            put_frame(out, 0, random_of(state) % 2, of, body, random_of(state) % sizeof body);
            break;
        case 4:
            put_frame(out, 3, 0, of, "\0\0\0\x08", 4);
            break;
        case 5:
            put_frame(out, 8, 0, random_of(state) % 2 ? 0 : of, "\0\0\x40\0", 4);
            break;
        case 6:
            put_frame(out, 6, random_of(state) % 2, 0, body, 8);
            break;
        case 7:
            put_frame(out, 4, 0, 0, window, 6);
            break;
        default:
            put_frame(out, (int)(random_of(state) % 12), (int)(random_of(state) % 64), of, body, random_of(state) % 30);
        }
    }
    if (random_of(state) % 3 == 0)
        for (int i = 0; i < 4; i++)
            out->data[random_of(state) % out->size] ^= (uint8_t)(1 << random_of(state) % 8);
}

int main(int count, char **arguments) {
    uint64_t state = (uint64_t)atoll(arguments[1]) * 0x9E3779B97F4A7C15u + 1;
    int connections = count > 2 ? atoi(arguments[2]) : 1000;
    if (!engine_init(&engine))
        return 2;
    engine.limits = (Limits){
        .connections = 64, .calls_per_connection = 100, .half_open = 1000, .request_within = 0.05, .handshake_within = 0.1,
        .idle = 0.1, .ping_every = 0.05, .ping_within = 0.5, .answer_within = 0.3, .status_within = 0.1, .stall = 0.2,
    };
    engine_expect_many(&engine, "/many.S/");
    for (int i = 0; i < 4; i++) {
        topics[i] = topic_new(i % 2, 16);
        topics[i]->dropped_fields[1] = 12;
    }
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (bind(listener, (void *)&address, size) || listen(listener, 64) || getsockname(listener, (void *)&address, &size))
        return 2;
    engine_listen(&engine, listener, true);
    pthread_t serving, answering;
    pthread_create(&serving, NULL, run_engine, NULL);
    pthread_create(&answering, NULL, answer_calls, (void *)(uintptr_t)(state | 1));
    int open[32];
    for (int i = 0; i < 32; i++)
        open[i] = -1;
    for (int i = 0; i < connections; i++) {
        int *fd = &open[i % 32];
        if (*fd >= 0)
            close(*fd);
        *fd = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(*fd, (void *)&address, sizeof address))
            return 2;
        Bytes out = {0};
        fill(&out, &state);
        for (size_t at = 0; at < out.size;) {
            size_t piece = random_of(&state) % 5 ? out.size - at : 1 + random_of(&state) % (out.size - at);
            ssize_t sent = send(*fd, out.data + at, piece, MSG_NOSIGNAL);
            if (sent < 0)
                break;
            at += (size_t)sent;
        }
        bytes_free(&out);
        uint8_t buffer[20000];
        if (random_of(&state) % 2)
            (void)!recv(*fd, buffer, sizeof buffer, random_of(&state) % 4 ? MSG_DONTWAIT : 0);
    }
    for (int i = 0; i < 32; i++)
        if (open[i] >= 0)
            close(open[i]);
    atomic_store(&over, true);
    pthread_join(answering, NULL);
    ask(ASK_DRAIN, 0, NULL, NULL, 0);
    for (int i = 0; i < 4; i++)
        ask(ASK_FORGET, 0, topics[i], NULL, 0);
    ask(ASK_STOP, 0, NULL, NULL, 0);
    pthread_join(serving, NULL);
    uint64_t accepted = engine_counter(&engine, 1), calls = engine_counter(&engine, 3), messages = engine_counter(&engine, 4);
    engine_free(&engine);
    printf("%llu connections, %llu calls, %llu messages\n", (unsigned long long)accepted, (unsigned long long)calls,
           (unsigned long long)messages);
    return calls > 0 && messages > 0 ? 0 : 1;
}
