/* The HTTP/2 engine under clients that send valid, mutated and half frames, while topics are published, calls are
 * answered and ended: build with AddressSanitizer, UndefinedBehaviorSanitizer or ThreadSanitizer.
 *
 *     stress_engine SEED CONNECTIONS
 */
#define _GNU_SOURCE
#include <pthread.h>

#include "engine_clients.h"

static Engine engine;
static Topic *topics[4];
static atomic_bool over;

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

int main(int count, char **arguments) {
    uint64_t state = (uint64_t)atoll(arguments[1]) * 0x9E3779B97F4A7C15u + 1;
    int connections = count > 2 ? atoi(arguments[2]) : 1000;
    if (!engine_init(&engine))
        return 2;
    engine.limits = SHORT;
    engine_expect_many(&engine, "/many.S/");
    for (int i = 0; i < 4; i++) {
        topics[i] = topic_new(i % 2, 16);
        topics[i]->dropped_fields[1] = 12;
    }
    struct sockaddr_in address;
    int listener = listener_open(&address);
    if (listener < 0)
        return 2;
    engine_listen(&engine, listener, true);
    pthread_t serving, answering;
    pthread_create(&serving, NULL, run_engine, NULL);
    pthread_create(&answering, NULL, answer_calls, (void *)(uintptr_t)(state | 1));
    if (!clients_run(&address, connections, &state))
        return 2;
    atomic_store(&over, true);
    pthread_join(answering, NULL);
    ask(ASK_DRAIN, 0, NULL, NULL, 0);
    for (int i = 0; i < 4; i++)
        ask(ASK_FORGET, 0, topics[i], NULL, 0);
    ask(ASK_STOP, 0, NULL, NULL, 0);
    pthread_join(serving, NULL);
    uint64_t accepted = engine_counter(&engine, 2), calls = engine_counter(&engine, 3), messages = engine_counter(&engine, 4);
    engine_free(&engine);
    printf("%llu connections, %llu calls, %llu messages\n", (unsigned long long)accepted, (unsigned long long)calls,
           (unsigned long long)messages);
    return calls > 0 && messages > 0 ? 0 : 1;
}
