/* The engine as that of a serving process, under the clients of engine_clients.h: asked over a socket and told of there,
 * while topics are published on the board, opened and closed. Build with AddressSanitizer and UndefinedBehaviorSanitizer.
 *
 *     stress_worker SEED CONNECTIONS
 */
#define _GNU_SOURCE
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>

#include "engine_clients.h"

#include "core/worker.h"

enum { BYTES = 16 << 20, RING = 64 << 10, TOPICS = 4 };

static Engine engine;
static Worker worker;
static BoardWriter writer;
static WorkerWords words;
static TopicShape shapes[TOPICS];
static atomic_bool over;
static int link_of_server, wake_of_server;

static void *run_worker(void *unused) {
    (void)unused;
    engine_run(&engine);
    worker_end(&worker);
    return NULL;
}

static void say(SayKind kind, uint64_t call, int64_t number, const void *text, size_t text_size, const void *body, size_t size) {
    FrameHead head = {
        .kind = kind, .text = (uint32_t)text_size, .body = (uint32_t)size, .call = call, .number = number,
        .position = board_position(&writer),
    };
    Bytes said = {0};
    bytes_append(&said, &head, sizeof head);
    bytes_append(&said, text, text_size);
    bytes_append(&said, body, size);
    for (size_t at = 0; at < said.size;) {
        ssize_t sent = send(link_of_server, said.data + at, said.size - at, MSG_NOSIGNAL);
        if (sent <= 0)
            break;
        at += (size_t)sent;
    }
    bytes_free(&said);
}

static void topic_begin(int number) {
    uint32_t place;
    uint64_t key;
    if (!board_open(&writer, &place, &key))
        abort();
    words_forget(&words, place);
    shapes[number] = (TopicShape){.key = key, .place = place, .events = number % 2, .capacity = 16, .dropped_fields = {[1] = 12}};
}

static void publish(int number, const uint8_t *message, size_t size) {
    uint32_t place = shapes[number].place;
    bool done = shapes[number].events ? board_event(&writer, place, message, size, monotonic())
                                      : board_state(&writer, place, message, size, monotonic());
    if (!done)
        abort();
    if (words_must_wake(&words))
        (void)!write(wake_of_server, &(uint64_t){1}, 8);
}

/* Does with a call what the server does: answers, attaches, ends, or forgets to. */
static void answer(uint64_t call, uint64_t *state) {
    static uint8_t message[40000];
    TopicShape shape = shapes[random_of(state) % TOPICS];
    switch (random_of(state) % 6) {
    case 0:
        say(SAY_SEND, call, 1, NULL, 0, message, random_of(state) % sizeof message);
        break;
    case 1:
        say(SAY_END, call, (int64_t)(random_of(state) % 17), "because", 7, NULL, 0);
        break;
    case 2:
        for (int i = 0; i < 70; i++)
            say(SAY_SEND, call, 0, NULL, 0, message, 10);
        break;
    case 3:
        break;
    default:
        shape.version = board_version(&writer, shape.place);
        say(SAY_ATTACH, call, (int64_t)(random_of(state) % 2), &shape, sizeof shape, NULL, 0);
        if (random_of(state) % 3 == 0)
            say(SAY_END, call, 14, "stops", 5, NULL, 0);
    }
}

static void *serve(void *seed) {
    uint64_t state = (uint64_t)(uintptr_t)seed * 77 + 1;
    static uint8_t message[30000], event[300] = {1 << 3 | 2, 20, 12 << 3, 3};
    Bytes told = {0};
    while (!atomic_load(&over)) {
        struct pollfd waits = {.fd = link_of_server, .events = POLLIN};
        bytes_reserve(&told, 65536);
        if (poll(&waits, 1, 10) > 0) {
            ssize_t size = recv(link_of_server, told.data + told.size, 65536, MSG_DONTWAIT);
            told.size += size > 0 ? (size_t)size : 0;
        }
        FrameHead head;
        size_t at = 0;
        while (told.size - at >= sizeof head) {
            memcpy(&head, told.data + at, sizeof head);
            if (told.size - at < frame_size(&head))
                break;
            at += frame_size(&head);
            if (words_taken(&words, 1))
                (void)!write(wake_of_server, &(uint64_t){1}, 8);
            if (head.kind == TELL_CALL)
                answer(head.call, &state);
        }
        bytes_consume(&told, at);
        for (int number = 0; number < TOPICS; number++) {
            publish(number, number % 2 ? event : message, number % 2 ? 22 + random_of(&state) % 200 : random_of(&state) % 30000);
            (void)words_wait(&words, shapes[number].place, true);
        }
        say(random_of(&state) % 2 ? SAY_LISTEN : SAY_UNLISTEN, 0, 0, NULL, 0, NULL, 0);
    }
    bytes_free(&told);
    return NULL;
}

int main(int count, char **arguments) {
    uint64_t state = (uint64_t)atoll(arguments[1]) * 0x9E3779B97F4A7C15u + 1;
    int connections = count > 2 ? atoi(arguments[2]) : 1000, sockets[2], wake = eventfd(0, EFD_NONBLOCK);
    struct sockaddr_in address;
    int listener = listener_open(&address);
    void *memory = aligned_alloc(BOARD_PAGE, BYTES);
    if (!engine_init(&engine) || listener < 0 || memory == NULL || socketpair(AF_UNIX, SOCK_STREAM, 0, sockets))
        return 2;
    memset(memory, 0, BYTES);
    board_begin(&writer, memory, BYTES, RING);
    for (int number = 0; number < TOPICS; number++)
        topic_begin(number);
    engine.limits = SHORT;
    engine_expect_many(&engine, "/many.S/");
    engine_listen(&engine, listener, false);
    link_of_server = sockets[0];
    wake_of_server = dup(wake);
    if (!worker_begin(&worker, &engine, sockets[1], wake, writer.board, &words, 5))
        return 2;
    pthread_t serving, asking;
    pthread_create(&serving, NULL, run_worker, NULL);
    pthread_create(&asking, NULL, serve, (void *)(uintptr_t)(state | 1));
    if (!clients_run(&address, connections, &state))
        return 2;
    atomic_store(&over, true);
    pthread_join(asking, NULL);
    say(SAY_DRAIN, 0, 0, NULL, 0, NULL, 0);
    if (state % 2)
        say(SAY_STOP, 0, 0, NULL, 0, NULL, 0);
    close(link_of_server);
    pthread_join(serving, NULL);
    for (int number = 0; number < TOPICS; number++)
        if (words_streams(&words, shapes[number].place) || words_idle(&words, shapes[number].place))
            return 1; /* what is counted of streams is taken back at their end */
    uint64_t calls = words_counter(&words, 3), messages = words_counter(&words, 4);
    engine_free(&engine);
    board_end(&writer);
    free(memory);
    close(wake_of_server);
    printf("%llu calls, %llu messages\n", (unsigned long long)calls, (unsigned long long)messages);
    return calls > 0 && messages > 0 ? 0 : 1;
}
