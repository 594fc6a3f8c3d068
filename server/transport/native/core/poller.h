/* The descriptors that an engine waits for: by epoll on Linux, by kqueue on macOS and the BSDs. Both tell of what is so, and
 * again until it is not (level-triggered). This file alone knows which of the two there is; with ONEBOOK_KQUEUE Linux has a
 * kqueue, too. */
#pragma once

#include "system.h"

/* What a descriptor is waited for; who has gone, or has failed, counts as readable. */
enum { WAIT_NOTHING = 0, WAIT_READ = 1, WAIT_WRITE = 2 };

#if defined(__linux__) && !defined(ONEBOOK_KQUEUE)
#include <sys/epoll.h>

typedef struct epoll_event PollEvent;

static inline bool poller_control(int poller, int operation, int fd, int waits, void *source) {
    uint32_t events = (waits & WAIT_READ ? EPOLLIN | EPOLLRDHUP : 0) | (waits & WAIT_WRITE ? EPOLLOUT : 0);
    struct epoll_event event = {.events = events, .data.ptr = source};
    return !epoll_ctl(poller, operation, fd, &event);
}

/* A new poller; -1: the system has no descriptor for it. */
static inline int poller_open(void) { return epoll_create1(EPOLL_CLOEXEC); }

/* Waits for a descriptor from now on; events name the source. False: that cannot be, and errno says why. */
static inline bool poller_add(int poller, int fd, int waits, void *source) {
    return poller_control(poller, EPOLL_CTL_ADD, fd, waits, source);
}

/* Waits for something else of a descriptor that was added. */
static inline bool poller_change(int poller, int fd, int waits, void *source) {
    return poller_control(poller, EPOLL_CTL_MOD, fd, waits, source);
}

/* Waits no more. A descriptor that is closed, and that no other process has, needs no such call. */
static inline void poller_remove(int poller, int fd) { epoll_ctl(poller, EPOLL_CTL_DEL, fd, NULL); }

/* How many events there are, after so many milliseconds at most; -1: a signal came first. */
static inline int poller_wait(int poller, PollEvent *events, int room, int milliseconds) {
    return epoll_wait(poller, events, room, milliseconds);
}

static inline void *event_source(const PollEvent *event) { return event->data.ptr; }

/* Whether a read will tell something; otherwise the event says that a write can. */
static inline bool event_reads(const PollEvent *event) {
    return event->events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR);
}

#else
#include <sys/event.h>

/* Of a descriptor there may be two in one turn: one that reads, one that writes. */
typedef struct kevent PollEvent;

/* A filter that is not wanted need not be there. */
static inline bool poller_filter(int poller, int fd, int filter, bool wanted, void *source) {
    struct kevent change;
    EV_SET(&change, fd, filter, wanted ? EV_ADD : EV_DELETE, 0, 0, (__typeof__(change.udata))source);
    return !kevent(poller, &change, 1, NULL, 0, NULL) || (!wanted && errno == ENOENT);
}

/* Other programs do not get it: no child has it. */
static inline int poller_open(void) { return kqueue(); }

static inline bool poller_change(int poller, int fd, int waits, void *source) {
    return poller_filter(poller, fd, EVFILT_READ, waits & WAIT_READ, source) &&
           poller_filter(poller, fd, EVFILT_WRITE, waits & WAIT_WRITE, source);
}

static inline bool poller_add(int poller, int fd, int waits, void *source) {
    return poller_change(poller, fd, waits, source);
}

static inline void poller_remove(int poller, int fd) { poller_change(poller, fd, WAIT_NOTHING, NULL); }

static inline int poller_wait(int poller, PollEvent *events, int room, int milliseconds) {
    struct timespec most = timespec_of((uint64_t)milliseconds * 1000000);
    return kevent(poller, NULL, 0, events, room, &most);
}

static inline void *event_source(const PollEvent *event) { return (void *)event->udata; }

static inline bool event_reads(const PollEvent *event) {
    return event->filter == EVFILT_READ || event->flags & EV_EOF;
}

#endif
