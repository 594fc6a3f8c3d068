/* The engine in a process of its own: it is asked and tells over a socket, and reads from the board what is published. */
#pragma once

#include "board_reader.h"
#include "engine.h"
#include "link.h"

typedef struct Worker {
    Outside outside; /* first: the engine knows no more of a worker */
    Engine *engine;
    BoardReader reader;
    Link link;
    bool full; /* the socket takes no more, and is waited for */
} Worker;

/* What a frame asks for as the engine knows it; NULL: there is no memory for it, or a certificate cannot be used. */
static Item *asked_item(const FrameHead *head, const uint8_t *text, const uint8_t *details, const uint8_t *headers,
                        const uint8_t *body) {
    static const int kinds[] = {[SAY_SEND] = ASK_SEND, [SAY_END] = ASK_END, [SAY_SECURE] = ASK_SECURE,
                                [SAY_DRAIN] = ASK_DRAIN, [SAY_STOP] = ASK_STOP};
    Item *item = item_new(kinds[head->kind], head->call);
    if (item == NULL)
        return NULL;
    item->number = head->number;
    if (head->kind == SAY_SECURE) {
        item->context = tls_context(text, head->text, details, head->details, headers, head->headers);
    } else {
        bytes_append(&item->text, text, head->text);
        bytes_append(&item->details, details, head->details);
    }
    if (head->kind == SAY_SEND)
        item->payload = payload_new(body, head->body, NULL, 0);
    if ((head->kind == SAY_SECURE && item->context == NULL) || (head->kind == SAY_SEND && item->payload == NULL)) {
        item_free(item);
        return NULL;
    }
    return item;
}

/* Whether the connections of a listener are taken here. */
static void worker_listen(Worker *worker, int64_t number, bool heard) {
    Engine *engine = worker->engine;
    if (number < 0 || number >= engine->listener_count)
        return;
    engine->heard[number] = heard;
    listen_again(engine, true);
}

static void worker_do(Worker *worker, const FrameHead *head, const uint8_t *text) {
    const uint8_t *details = text + head->text, *headers = details + head->details, *body = headers + head->headers;
    TopicShape shape;
    Item *item;
    switch (head->kind) {
    case SAY_ATTACH:
        if (head->text != sizeof shape) {
            worker->link.broken = true;
            break;
        }
        memcpy(&shape, text, sizeof shape);
        board_attach(&worker->reader, head->call, &shape, head->number != 0, head->position);
        break;
    case SAY_LISTEN:
    case SAY_UNLISTEN:
        worker_listen(worker, head->number, head->kind == SAY_LISTEN);
        break;
    case SAY_SEND:
    case SAY_END:
    case SAY_SECURE:
    case SAY_DRAIN:
    case SAY_STOP:
        item = asked_item(head, text, details, headers, body);
        if (item != NULL)
            engine_do(worker->engine, item);
        else
            worker->link.broken = true; /* better no process than one that serves without TLS, or leaves calls open */
        break;
    default:
        worker->link.broken = true;
    }
}

/* Does what the whole frames ask for. */
static void worker_obey(Worker *worker) {
    Bytes *in = &worker->link.in;
    size_t at = 0;
    FrameHead head;
    while (in->size - at >= sizeof head) {
        memcpy(&head, in->data + at, sizeof head);
        size_t size = frame_size(&head);
        if (size > LONGEST_FRAME)
            worker->link.broken = true;
        if (worker->link.broken || in->size - at < size)
            break;
        worker_do(worker, &head, in->data + at + sizeof head);
        at += size;
    }
    bytes_consume(in, at);
}

static bool worker_may_wait(Outside *outside) {
    Worker *worker = (Worker *)outside;
    BoardReader *reader = &worker->reader;
    atomic_store(&reader->words->asleep, true);
    if (atomic_load(&reader->board->ring.written) == reader->cursor)
        return true;
    atomic_store(&reader->words->asleep, false);
    return false;
}

static void worker_hear(Outside *outside) {
    Worker *worker = (Worker *)outside;
    atomic_store(&worker->reader.words->asleep, false);
    atomic_fetch_add_explicit(&worker->reader.words->turns, 1, memory_order_relaxed);
    link_receive(&worker->link);
    board_read(&worker->reader); /* what was published before something was asked comes before it */
    worker_obey(worker);
    if (worker->link.broken)
        worker->engine->stopping = true;
}

static void worker_tell(Outside *outside) {
    Worker *worker = (Worker *)outside;
    Engine *engine = worker->engine;
    for (Item *item = mailbox_take(&engine->told), *next; item != NULL; item = next) {
        next = item->next;
        frame_append(&worker->link.out, item);
        engine->sent++;
        item_free(item);
    }
    bool full = !link_flush(&worker->link);
    if (full == worker->full)
        return;
    worker->full = full;
    poller_change(engine->poller, worker->link.fd, WAIT_READ | (full ? WAIT_WRITE : 0), &engine->asked);
}

/* The engine serves for a server at the other end of the socket; `number`: its calls are told from those of other processes
 * and lives by it. Takes the descriptors over. False: one cannot be waited for. */
static bool worker_begin(Worker *worker, Engine *engine, int link, int wake, Board *board, WorkerWords *words, uint64_t number) {
    worker->outside = (Outside){worker_may_wait, worker_hear, worker_tell};
    worker->engine = engine;
    worker->link.fd = link;
    worker->reader.engine = engine;
    worker->reader.board = board;
    worker->reader.words = words;
    worker->reader.cursor = atomic_load(&board->ring.written);
    engine->outside = &worker->outside;
    engine->counters = &words->counters;
    engine->delays = &words->delays;
    engine->behind = &words->behind;
    engine->taken = &words->taken;
    engine->mark = number;
    engine->serial = number << 32;
    wake_close(&engine->asked.wake);
    engine->asked.wake = (Wake){wake, wake};
    Item *ready = item_new(TELL_READY, 0);
    if (ready == NULL)
        return false;
    mailbox_put(&engine->told, ready);
    return poller_add(engine->poller, link, WAIT_READ, &engine->asked) && poller_add(engine->poller, wake, WAIT_READ, &engine->asked);
}

static void worker_end(Worker *worker) {
    bytes_free(&worker->link.in);
    bytes_free(&worker->link.out);
    close(worker->link.fd);
}
