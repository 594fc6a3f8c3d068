/* What the engine waits with (core/poller.h, core/wake.h, core/system.h), on real sockets: by epoll, or, built with
 * ONEBOOK_KQUEUE, by kqueue. Prints the first line that is not as it should be.
 *
 * Built for other systems it shows that their libraries have all that is needed: test_systems.py.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "core/mailbox.h"
#include "core/poller.h"

#define CHECK(what)                                                                                                    \
    do {                                                                                                               \
        if (!(what)) {                                                                                                 \
            printf("line %d: %s (errno %d: %s)\n", __LINE__, #what, errno, strerror(errno));                           \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)

enum { SOON = 1000, NOW = 0 };

static int poller;
static char client; /* the source of what comes from a client */

/* How many events there are of this source, of those that read or that write; all events are of sources of the caller. */
static int events_of(void *source, bool reads, int milliseconds) {
    PollEvent events[16];
    int count = poller_wait(poller, events, 16, milliseconds), found = 0;
    CHECK(count >= 0);
    for (int i = 0; i < count; i++)
        found += event_source(&events[i]) == source && event_reads(&events[i]) == reads;
    return found;
}

static bool reads(void *source) { return events_of(source, true, SOON) == 1; }
static bool writes(void *source) { return events_of(source, false, SOON) == 1; }
static bool silent(void) {
    PollEvent event;
    return poller_wait(poller, &event, 1, NOW) == 0;
}

static int listening(struct sockaddr_in *address) {
    socklen_t size = sizeof *address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    *address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    CHECK(fd >= 0 && !bind(fd, (struct sockaddr *)address, size) && !listen(fd, 8));
    CHECK(!fcntl(fd, F_SETFL, O_NONBLOCK) && !getsockname(fd, (struct sockaddr *)address, &size));
    return fd;
}

static int connected(const struct sockaddr_in *address) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(fd >= 0 && !connect(fd, (const struct sockaddr *)address, sizeof *address));
    return fd;
}

static int accepted(int listener) {
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    int fd = accept_one(listener, (struct sockaddr *)&address, &size);
    CHECK(fd >= 0 && address.ss_family == AF_INET);
    CHECK(fcntl(fd, F_GETFL) & O_NONBLOCK && fcntl(fd, F_GETFD) & FD_CLOEXEC);
    prepare_connection(fd);
    return fd;
}

/* A listener that nobody waits for says nothing; waited for, also of what came before. */
static void check_listener(int listener, const struct sockaddr_in *address) {
    int first;
    struct sockaddr_storage from;
    socklen_t size = sizeof from;
    CHECK(poller_add(poller, listener, WAIT_NOTHING, &first));
    first = connected(address);
    CHECK(silent());
    CHECK(poller_change(poller, listener, WAIT_READ, &first) && reads(&first) && reads(&first)); /* until it is taken */
    CHECK(poller_change(poller, listener, WAIT_NOTHING, &first) && silent());
    CHECK(poller_change(poller, listener, WAIT_READ, &first) && reads(&first));
    close(accepted(listener));
    CHECK(silent() && accept_one(listener, (struct sockaddr *)&from, &size) < 0 && errno == EAGAIN);
    poller_remove(poller, listener);
    close(connected(address));
    CHECK(silent());
    close(accepted(listener));
    close(first);
}

static void check_bytes(int ours, int theirs) {
    char buffer[8];
    CHECK(poller_add(poller, ours, WAIT_READ, &client) && silent());
    CHECK(send(theirs, "ab", 2, 0) == 2 && reads(&client));
    CHECK(recv(ours, buffer, 1, 0) == 1 && reads(&client)); /* of what is left, too */
    CHECK(recv(ours, buffer, 8, 0) == 1 && silent());
    CHECK(poller_change(poller, ours, WAIT_READ | WAIT_WRITE, &client) && writes(&client) && writes(&client));
    CHECK(poller_change(poller, ours, WAIT_READ, &client) && silent());
}

/* A full socket says so when it has room again, and reads meanwhile. */
static void check_full(int ours, int theirs) {
    static char piece[65536];
    CHECK(poller_change(poller, ours, WAIT_READ | WAIT_WRITE, &client));
    while (send(ours, piece, sizeof piece, SEND_FLAGS) > 0) {
    }
    CHECK((errno == EAGAIN || errno == EWOULDBLOCK) && silent());
    CHECK(send(theirs, "a", 1, 0) == 1 && events_of(&client, true, SOON) == 1);
    CHECK(recv(ours, piece, 1, 0) == 1 && silent());
    for (ssize_t left = 1; left > 0 && events_of(&client, false, NOW) == 0;)
        left = recv(theirs, piece, sizeof piece, 0);
    CHECK(writes(&client) && poller_change(poller, ours, WAIT_READ, &client) && silent());
}

/* What comes before the end is read first; then the end is told of until the socket is closed. */
static void check_half_close(int ours, int theirs) {
    char buffer[8];
    CHECK(send(theirs, "a", 1, 0) == 1 && !shutdown(theirs, SHUT_WR) && reads(&client));
    CHECK(recv(ours, buffer, 8, 0) == 1 && reads(&client));
    CHECK(recv(ours, buffer, 8, 0) == 0 && reads(&client));
}

/* Who is waited for to take more, and goes, is told of as one to be read. Writing to him is an error, and no signal. */
static void check_gone(int ours, int theirs) {
    struct linger at_once = {.l_onoff = 1};
    CHECK(!setsockopt(theirs, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once));
    CHECK(poller_add(poller, ours, WAIT_READ | WAIT_WRITE, &client));
    close(theirs);
    char buffer[8];
    CHECK(events_of(&client, true, SOON) >= 1 && recv(ours, buffer, 8, 0) < 0 && errno == ECONNRESET);
    CHECK(send(ours, "a", 1, SEND_FLAGS) < 0 && errno == EPIPE);
    CHECK(poller_change(poller, ours, WAIT_WRITE, &client) && reads(&client));
    poller_remove(poller, ours);
    CHECK(silent());
    close(ours);
}

/* A closed descriptor is forgotten, and the next of its number begins anew. */
static void check_close(int listener, const struct sockaddr_in *address) {
    int theirs = connected(address), ours = accepted(listener), old = ours;
    CHECK(poller_add(poller, ours, WAIT_READ | WAIT_WRITE, &theirs) && writes(&theirs));
    close(ours);
    CHECK(silent());
    close(theirs);
    theirs = connected(address);
    ours = accepted(listener);
    CHECK((ours == old || theirs == old) && poller_add(poller, ours, WAIT_READ, &ours) && silent());
    CHECK(poller_add(poller, theirs, WAIT_READ, &theirs) && silent());
    CHECK(send(theirs, "a", 1, 0) == 1 && reads(&ours));
    poller_remove(poller, ours);
    poller_remove(poller, theirs);
    CHECK(silent());
    close(ours);
    close(theirs);
}

static void *ring(void *wake) {
    wake_ring(wake);
    return NULL;
}

static void check_wake(void) {
    Wake wake;
    CHECK(wake_open(&wake) && poller_add(poller, wake.heard, WAIT_READ, &wake) && silent());
    pthread_t ringing;
    CHECK(!pthread_create(&ringing, NULL, ring, &wake) && reads(&wake));
    pthread_join(ringing, NULL);
    for (int i = 0; i < 100000; i++) /* more than a pipe holds: never waits */
        wake_ring(&wake);
    while (!silent())
        wake_hear(&wake);
    wake_ring(&wake);
    CHECK(reads(&wake));
    wake_close(&wake);
    CHECK(wake.heard == -1 && silent());
    wake_close(&wake);
}

static void *put(void *box) {
    mailbox_put(box, item_new(ASK_STOP, 7));
    return NULL;
}

/* Who waits for a mailbox is woken, or has waited for so long. */
static void check_mailbox(void) {
    Mailbox box;
    pthread_t putting;
    CHECK(mailbox_open(&box, false));
    uint64_t before = monotonic();
    mailbox_wait(&box, 0.05);
    CHECK(monotonic() - before >= 50000000 && mailbox_take(&box) == NULL);
    before = monotonic();
    mailbox_wait(&box, 0);
    CHECK(!pthread_create(&putting, NULL, put, &box));
    mailbox_wait(&box, 50);
    pthread_join(putting, NULL);
    Item *item = mailbox_take(&box);
    CHECK(item != NULL && item->call == 7 && monotonic() - before < 40000000000u);
    item_free(item);
    mailbox_close(&box);
}

static void check_user(const struct sockaddr_in *address) {
    int ends[2], stranger = connected(address);
    CHECK(!socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
    prepare_connection(ends[0]); /* which has no options of TCP */
    CHECK(user_of(ends[0]) == (long)geteuid() && user_of(stranger) == -1);
    close(ends[0]);
    close(ends[1]);
    close(stranger);
}

int main(void) {
    struct sockaddr_in address;
    int listener = listening(&address);
    poller = poller_open();
    CHECK(poller >= 0);
    uint64_t before = monotonic();
    CHECK(events_of(NULL, true, 20) == 0 && monotonic() - before >= 19000000);
    CHECK(!poller_add(poller, -1, WAIT_READ, NULL) && errno == EBADF);
    check_listener(listener, &address);
    int theirs = connected(&address), ours = accepted(listener);
    check_bytes(ours, theirs);
    check_full(ours, theirs);
    check_half_close(ours, theirs);
    close(theirs);
    close(ours);
    theirs = connected(&address);
    check_gone(accepted(listener), theirs);
    check_close(listener, &address);
    check_wake();
    check_mailbox();
    check_user(&address);
    return 0;
}
