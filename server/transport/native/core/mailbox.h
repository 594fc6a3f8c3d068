/* What Python threads ask of the engine, and what the engine has for them: two queues, each in order. */
#pragma once

#include "bytes.h"
#include "payload.h"
#include "wake.h"

typedef enum {
    ASK_PUBLISH, /* topic, payload, number: dropped before it */
    ASK_ATTACH,  /* call, topic, number: whether a loss ends the stream */
    ASK_SEND,    /* call, payload; number: whether it is the only answer, after which the status OK follows */
    ASK_END,     /* call, number: the status, text, details */
    ASK_FORGET,  /* topic: no further publication or stream will name it */
    ASK_DRAIN,   /* connections take no new calls, and close when they have none */
    ASK_SECURE, /* context: TLS of new connections */
    ASK_STOP,
} AskKind;

typedef enum {
    TELL_CALL,    /* a call with its first message: path, headers, body, peer; number: flags */
    TELL_MESSAGE, /* a further message of a call that has many */
    TELL_HALF,    /* no further message will come */
    TELL_OVER,    /* nothing is left of the call */
    TELL_TLS,     /* a handshake has failed: text, peer */
    TELL_FREE,    /* a stream of the topic can take a message again; call: the topic's key */
} TellKind;

enum { CALL_COMPRESSED = 1, CALL_WITHOUT_MESSAGE = 2, CALL_MANY = 4 };

struct Topic;

typedef struct Item {
    struct Item *next;
    int kind;
    uint64_t call;
    struct Topic *topic;
    Payload *payload;
    int64_t number;
    void *context;
    Bytes text, details, headers, body;
    char peer[64];
} Item;

typedef struct {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    Item *first, *last;
    size_t count;
    Wake wake; /* rung for the first item of an empty queue; or none, and threads wait for `filled` */
} Mailbox;

static inline void item_free(Item *item) {
    payload_release(item->payload);
    bytes_free(&item->text);
    bytes_free(&item->details);
    bytes_free(&item->headers);
    bytes_free(&item->body);
    free(item);
}

static inline Item *item_new(int kind, uint64_t call) {
    Item *made = calloc(1, sizeof(Item));
    if (made != NULL) {
        made->kind = kind;
        made->call = call;
    }
    return made;
}

static inline bool mailbox_open(Mailbox *box, bool with_wake) {
    *box = (Mailbox){.wake = NO_WAKE};
    pthread_mutex_init(&box->lock, NULL);
    condition_open(&box->filled);
    return !with_wake || wake_open(&box->wake);
}

static inline void mailbox_put(Mailbox *box, Item *item) {
    pthread_mutex_lock(&box->lock);
    bool was_empty = box->first == NULL;
    if (was_empty)
        box->first = item;
    else
        box->last->next = item;
    box->last = item;
    box->count++;
    if (box->wake.rung < 0)
        pthread_cond_signal(&box->filled);
    pthread_mutex_unlock(&box->lock);
    if (was_empty && box->wake.rung >= 0)
        wake_ring(&box->wake);
}

static inline size_t mailbox_count(Mailbox *box) {
    pthread_mutex_lock(&box->lock);
    size_t count = box->count;
    pthread_mutex_unlock(&box->lock);
    return count;
}

/* All that is there, the oldest first. */
static inline Item *mailbox_take(Mailbox *box) {
    pthread_mutex_lock(&box->lock);
    Item *first = box->first;
    box->first = box->last = NULL;
    box->count = 0;
    pthread_mutex_unlock(&box->lock);
    return first;
}

/* Waits for something to be there, so many seconds at most. */
static inline void mailbox_wait(Mailbox *box, double seconds) {
    uint64_t until = monotonic() + (uint64_t)(seconds * 1e9);
    pthread_mutex_lock(&box->lock);
    while (box->first == NULL && condition_wait(&box->filled, &box->lock, until)) {
    }
    pthread_mutex_unlock(&box->lock);
}

static inline void mailbox_close(Mailbox *box) {
    for (Item *item = mailbox_take(box), *next; item != NULL; item = next) {
        next = item->next;
        item_free(item);
    }
    wake_close(&box->wake);
    pthread_cond_destroy(&box->filled);
    pthread_mutex_destroy(&box->lock);
}
