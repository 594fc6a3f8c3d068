/* kqueue(2) for Linux, of what the engine uses (core/poller.h), on epoll: the engine's code for macOS and the BSDs runs by it
 * in the tests. Written after the manual pages of FreeBSD and macOS; what it does not know is EINVAL. libkqueue does more.
 *
 * One translation unit each: the table of what is waited for is its own. */
#pragma once

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { EVFILT_READ = -1, EVFILT_WRITE = -2 };
enum { EV_ADD = 0x0001, EV_DELETE = 0x0002, EV_EOF = 0x8000 };

struct kevent {
    uintptr_t ident;
    int16_t filter;
    uint16_t flags;
    uint32_t fflags;
    intptr_t data;
    void *udata;
};

#define EV_SET(event, ident_, filter_, flags_, fflags_, data_, udata_)                                                 \
    (*(event) = (struct kevent){(uintptr_t)(ident_), (int16_t)(filter_), (uint16_t)(flags_), (uint32_t)(fflags_),       \
                                (intptr_t)(data_), (udata_)})

enum { SHIM_QUEUES = 1024, SHIM_DESCRIPTORS = 65536 };

/* Of a descriptor: which of the two filters there are, and what they name. */
typedef struct {
    struct {
        int there;
        void *udata;
    } filters[2];
} ShimKnotes;

static ShimKnotes *shim_queues[SHIM_QUEUES];
static pthread_mutex_t shim_lock = PTHREAD_MUTEX_INITIALIZER;

static inline int kqueue(void) {
    int queue = epoll_create1(EPOLL_CLOEXEC);
    if (queue < 0)
        return -1;
    if (queue >= SHIM_QUEUES) {
        close(queue);
        return errno = EMFILE, -1;
    }
    pthread_mutex_lock(&shim_lock);
    free(shim_queues[queue]); /* of a queue of this number that was closed */
    shim_queues[queue] = calloc(SHIM_DESCRIPTORS, sizeof(ShimKnotes));
    pthread_mutex_unlock(&shim_lock);
    return queue;
}

static inline uint32_t shim_waits(const ShimKnotes *knotes) {
    uint32_t reads = EPOLLIN | EPOLLRDHUP, writes = EPOLLOUT;
    return (knotes->filters[0].there ? reads : 0) | (knotes->filters[1].there ? writes : 0);
}

/* Makes epoll wait as the filters say; -1 with ENOENT: what was waited for is closed. */
static inline int shim_register(int queue, int fd, uint32_t before, uint32_t now) {
    struct epoll_event event = {.events = now, .data.fd = fd};
    if (!before && !now)
        return 0;
    return epoll_ctl(queue, !now ? EPOLL_CTL_DEL : before ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event);
}

static inline int shim_change(int queue, const struct kevent *change) {
    if ((change->filter != EVFILT_READ && change->filter != EVFILT_WRITE) ||
        (change->flags != EV_ADD && change->flags != EV_DELETE))
        return errno = EINVAL, -1;
    if (change->ident >= SHIM_DESCRIPTORS)
        return errno = EBADF, -1;
    ShimKnotes *knotes = &shim_queues[queue][change->ident];
    int fd = (int)change->ident, at = change->filter == EVFILT_WRITE;
    uint32_t before = shim_waits(knotes);
    if (shim_register(queue, fd, before, before)) { /* a close has removed the filters, and the number may be another's */
        *knotes = (ShimKnotes){0};
        before = 0;
    }
    if (change->flags == EV_DELETE && !knotes->filters[at].there)
        return errno = ENOENT, -1;
    knotes->filters[at].there = change->flags == EV_ADD;
    knotes->filters[at].udata = change->udata;
    return shim_register(queue, fd, before, shim_waits(knotes));
}

static inline int shim_tell(const struct epoll_event *found, ShimKnotes *knotes, struct kevent *events, int room) {
    int gone = found->events & (EPOLLHUP | EPOLLERR), count = 0, bytes = 0;
    int reads = found->events & (EPOLLIN | EPOLLRDHUP) || gone, writes = found->events & EPOLLOUT || gone;
    if (reads && knotes->filters[0].there && count < room) {
        int flags = gone || found->events & EPOLLRDHUP ? EV_EOF : 0;
        ioctl(found->data.fd, FIONREAD, &bytes);
        EV_SET(&events[count++], found->data.fd, EVFILT_READ, flags, 0, bytes, knotes->filters[0].udata);
    }
    if (writes && knotes->filters[1].there && count < room)
        EV_SET(&events[count++], found->data.fd, EVFILT_WRITE, gone ? EV_EOF : 0, 0, 0, knotes->filters[1].udata);
    return count;
}

/* What there is no room for is told the next time. */
static inline int kevent(int queue, const struct kevent *changes, int change_count, struct kevent *events, int room,
                         const struct timespec *most) {
    struct epoll_event found[64];
    int count = 0, result = 0;
    pthread_mutex_lock(&shim_lock);
    for (int i = 0; i < change_count && !result; i++)
        result = shim_change(queue, &changes[i]);
    pthread_mutex_unlock(&shim_lock);
    if (result || !room)
        return result;
    int milliseconds = most == NULL ? -1 : (int)(most->tv_sec * 1000 + most->tv_nsec / 1000000);
    int ready = epoll_wait(queue, found, room < 64 ? room : 64, milliseconds);
    if (ready < 0)
        return -1;
    pthread_mutex_lock(&shim_lock);
    for (int i = 0; i < ready; i++)
        count += shim_tell(&found[i], &shim_queues[queue][found[i].data.fd], &events[count], room - count);
    pthread_mutex_unlock(&shim_lock);
    return count;
}
