/* What each system does in its own way, under one name: descriptors, sockets, their users, clocks and waits. How sockets are
 * waited for is in poller.h. No other file of this folder asks which system this is. */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

/* Bytes that the system may hold for a TCP socket without having sent them: what is newer than they are waits here, where
 * only the newest is kept. */
enum { UNSENT_BYTES = 32 << 10 };

/* With ONEBOOK_KQUEUE Linux is used as the other systems are: so their part of this file is tested there. */
#if defined(__linux__) && !defined(ONEBOOK_KQUEUE)
#include <sys/eventfd.h>

/* A descriptor that becomes readable, and the descriptor that makes it so by a write. */
static inline bool wake_ends(int *heard, int *rung) {
    *heard = *rung = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return *heard >= 0;
}

/* As accept(); the new socket does not wait, and no other program gets it. */
static inline int accept_one(int listener, struct sockaddr *address, socklen_t *size) {
    return accept4(listener, address, size, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

#else

static inline bool never_waits(int fd) {
    return fd >= 0 && !fcntl(fd, F_SETFD, FD_CLOEXEC) && !fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

static inline bool wake_ends(int *heard, int *rung) {
    int ends[2];
    if (pipe(ends))
        return false;
    *heard = ends[0];
    *rung = ends[1];
    return never_waits(ends[0]) && never_waits(ends[1]);
}

static inline int accept_one(int listener, struct sockaddr *address, socklen_t *size) {
    int fd = accept(listener, address, size);
    if (fd < 0 || never_waits(fd))
        return fd;
    close(fd);
    errno = ECONNABORTED; /* as if it had gone before */
    return -1;
}

#endif

#if defined(__APPLE__) || (defined(__linux__) && !defined(ONEBOOK_KQUEUE))
static inline void limit_unsent(int fd) {
    int unsent = UNSENT_BYTES;
    setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof unsent);
}
#else
/* Only the whole buffer has a limit here, in which is also what was sent and not acknowledged: less than this would slow
 * down clients that are far away. */
static inline void limit_unsent(int fd) {
    int held = 8 * UNSENT_BYTES;
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &held, sizeof held);
}
#endif

#ifdef __APPLE__

enum { SEND_FLAGS = MSG_DONTWAIT };

/* Writing to a client that has gone is an error, and no signal. */
static inline void refuse_signals(int fd) {
    int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on);
}

#else

enum { SEND_FLAGS = MSG_DONTWAIT | MSG_NOSIGNAL };

static inline void refuse_signals(int fd) { (void)fd; }

#endif

/* What a new connection needs, whatever it is made of. */
static inline void prepare_connection(int fd) {
    int on = 1;
    refuse_signals(fd);
    if (!setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on)) /* it is no Unix socket */
        limit_unsent(fd);
}

/* The user at the other end of a Unix socket; -1: it is not known. */
#ifdef __linux__
static inline long user_of(int fd) {
    struct ucred user;
    socklen_t size = sizeof user;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &user, &size) || user.uid == (uid_t)-1 ? -1L : (long)user.uid;
}
#else
static inline long user_of(int fd) {
    uid_t user;
    gid_t group;
    return getpeereid(fd, &user, &group) ? -1L : (long)user;
}
#endif

/* Nanoseconds that only grow. */
static inline uint64_t monotonic(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static inline struct timespec timespec_of(uint64_t nanos) {
    return (struct timespec){.tv_sec = (time_t)(nanos / 1000000000u), .tv_nsec = (long)(nanos % 1000000000u)};
}

/* A condition whose waits end by the monotonic clock. */
#ifdef __APPLE__

static inline void condition_open(pthread_cond_t *condition) { pthread_cond_init(condition, NULL); }

/* False: the moment has come. */
static inline bool condition_wait(pthread_cond_t *condition, pthread_mutex_t *lock, uint64_t until) {
    uint64_t now = monotonic();
    struct timespec left = timespec_of(until > now ? until - now : 0);
    return pthread_cond_timedwait_relative_np(condition, lock, &left) != ETIMEDOUT;
}

#else

static inline void condition_open(pthread_cond_t *condition) {
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(condition, &attributes);
    pthread_condattr_destroy(&attributes);
}

static inline bool condition_wait(pthread_cond_t *condition, pthread_mutex_t *lock, uint64_t until) {
    struct timespec then = timespec_of(until);
    return pthread_cond_timedwait(condition, lock, &then) != ETIMEDOUT;
}

#endif
