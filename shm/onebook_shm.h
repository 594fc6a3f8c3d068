/* Books of an onebook server in shared memory (`onebook serve --shm NAME`): the layout, version 1, and a reader.
 *
 * C99 and later, C++, gcc or clang, 64-bit Linux; nothing to link. docs/shm.md explains the layout and the errors.
 *
 *     onebook_shm_map map;
 *     int trouble = onebook_shm_open(&map, "NAME");             // 0, or a reason: onebook_shm_text(trouble)
 *     int slot = onebook_shm_find(&map, "BTC/USDT");            // -1: the server has no such market
 *     onebook_shm_book *book = malloc(onebook_shm_book_size(&map));
 *     if (onebook_shm_read(&map, slot, book) == ONEBOOK_SHM_OK)  // whole and of a living server, or not OK
 *         printf("%lld\n", (long long)onebook_shm_bids(book)[0].price);
 *
 * Numbers: value = mantissa * 10^exponent. All integers are of the machine's own byte order. Times are nanoseconds: UTC
 * since 1970, or CLOCK_MONOTONIC where the name says so; 0 is unknown.
 */
#ifndef ONEBOOK_SHM_H
#define ONEBOOK_SHM_H

#if defined(__STRICT_ANSI__) && !defined(_POSIX_C_SOURCE) && !defined(_GNU_SOURCE) && !defined(_XOPEN_SOURCE)
#define _POSIX_C_SOURCE 200809L /* open, mmap and clock_gettime under -std=c99; only if no header came before */
#endif

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#if UINTPTR_MAX < 0xffffffffffffffffu
#error "onebook_shm.h needs loads of 64 bits that are atomic: a 64-bit machine"
#endif

#ifndef CLOCK_MONOTONIC
#error "include onebook_shm.h before other headers, or define _POSIX_C_SOURCE 200809L"
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define ONEBOOK_SHM_DIRECTORY "/dev/shm"
#define ONEBOOK_SHM_PREFIX "onebook-"
#define ONEBOOK_SHM_MAGIC "onebkshm"
/* Nanoseconds after which a server that shows no sign of life counts as gone. It gives one at least twice a second. */
#define ONEBOOK_SHM_SILENCE 2000000000LL

enum {
    ONEBOOK_SHM_LAYOUT = 1,
    ONEBOOK_SHM_LONGEST_NAME = 64,
    ONEBOOK_SHM_MARKET_BYTES = 128,
    ONEBOOK_SHM_VENUE_BYTES = 32,
    ONEBOOK_SHM_DETAIL_BYTES = 96,
    ONEBOOK_SHM_ATTEMPTS = 10000
};

/* onebook_shm_header.server_state */
enum { ONEBOOK_SHM_STARTING = 0, ONEBOOK_SHM_SERVING = 1, ONEBOOK_SHM_STOPPED = 2 };

/* onebook_shm_slot.state */
enum { ONEBOOK_SHM_FREE = 0, ONEBOOK_SHM_SERVED = 1, ONEBOOK_SHM_REMOVED = 2 };

/* onebook_shm_book.flags */
enum {
    ONEBOOK_SHM_HEARTBEAT = 1, /* nothing has changed since the book before */
    ONEBOOK_SHM_TWO_SIDED = 2, /* there are bids and asks: spread and mid are set */
    ONEBOOK_SHM_CROSSED = 4,   /* the best bid is above the best ask: of two venues, it is arbitrage or its semblance */
    ONEBOOK_SHM_WITHHELD = 8   /* the server could not make the book: there are no levels, the server's log says why */
};

/* onebook_shm_venue.state: as VenueState of the contract. Only levels of LIVE venues are shown. */
enum {
    ONEBOOK_SHM_VENUE_CONNECTING = 1,
    ONEBOOK_SHM_VENUE_SYNCING = 2,
    ONEBOOK_SHM_VENUE_LIVE = 3,
    ONEBOOK_SHM_VENUE_STALE = 4,
    ONEBOOK_SHM_VENUE_GAP = 5,
    ONEBOOK_SHM_VENUE_CROSSED = 6,
    ONEBOOK_SHM_VENUE_CHECKSUM_FAILED = 7,
    ONEBOOK_SHM_VENUE_SUSPECT = 8,
    ONEBOOK_SHM_VENUE_HALTED = 9,
    ONEBOOK_SHM_VENUE_UNSUPPORTED = 10,
    ONEBOOK_SHM_VENUE_DOWN = 11
};

/* onebook_shm_venue.flags */
enum { ONEBOOK_SHM_WHOLE_BOOK = 1, ONEBOOK_SHM_UNVERIFIED = 2 };

typedef struct {
    char magic[8];
    uint32_t layout;
    uint32_t header_size;
    uint64_t file_size;
    uint64_t epoch; /* when the server started, UTC; the epoch of its messages */
    int64_t pid;
    uint32_t slot_capacity;
    uint32_t slot_count; /* slots that ever had a market; grows, never shrinks */
    uint64_t first_slot; /* offset from the start of the file */
    uint64_t slot_size;
    uint64_t first_body; /* offset from the start of a slot; the second body follows */
    uint64_t body_size;
    uint32_t level_capacity; /* of one side */
    uint32_t venue_capacity;
    uint64_t reserved[5];
    int64_t heartbeat_monotonic; /* the server's last sign of life */
    uint64_t generation;         /* counts markets that were added or removed */
    uint32_t server_state;
    uint32_t reserved_state;
    uint64_t reserved_end[13];
} onebook_shm_header;

typedef struct {
    char market[ONEBOOK_SHM_MARKET_BYTES]; /* BASE/QUOTE in UTF-8, ends with 0; never changes */
    uint64_t counter;                      /* books written so far; the newest is in body (counter % 2) */
    uint32_t state;
    uint32_t reserved;
    uint64_t reserved_end[6];
} onebook_shm_slot;

typedef struct {
    int64_t price; /* times 10^price_exponent: quote units */
    int64_t size;  /* times 10^size_exponent: base units */
    uint32_t venue; /* index of the book's venue */
    uint32_t reserved;
} onebook_shm_level;

/* How far the numbers of one venue can be trusted: the fields of VenueQuality in the contract. */
typedef struct {
    char name[ONEBOOK_SHM_VENUE_BYTES];
    char detail[ONEBOOK_SHM_DETAIL_BYTES]; /* why the venue is not live, cut to fit */
    uint32_t state;
    uint32_t trades_state;
    int64_t exchange_time;
    int64_t receive_time;
    uint64_t age; /* of the newest frame, when the book was published */
    uint64_t venue_sequence;
    uint32_t resyncs;
    uint32_t gaps;
    uint64_t checksums_verified;
    uint32_t checksum_failures;
    uint32_t flags;
    int64_t lowest_complete_bid; /* 0: nothing is proved */
    int64_t highest_complete_ask;
    uint32_t bid_levels;
    uint32_t ask_levels;
    uint32_t audits;
    uint32_t audit_bid_match_ppm;
    uint32_t audit_ask_match_ppm;
    uint32_t ghost_levels;
    uint32_t missing_levels;
    uint32_t reserved;
    int64_t clock_offset;
    uint64_t clock_uncertainty;
} onebook_shm_venue;

/* The start of a body, and of a book that was read. In a file the bids, asks and venues follow at their capacities; in
 * a book that was read each begins where the one before ends: onebook_shm_bids(), _asks(), _venues(). */
typedef struct {
    uint64_t epoch;
    uint64_t sequence; /* of the stream of this book over gRPC, which has the same numbers */
    int64_t publish_time;
    int64_t publish_monotonic;
    int64_t receive_time;
    int64_t exchange_time;
    int64_t spread; /* at price_exponent; negative where crossed */
    int64_t mid;    /* at price_exponent - 1 */
    int32_t price_exponent;
    int32_t size_exponent;
    uint32_t flags;
    uint32_t bid_count;
    uint32_t ask_count;
    uint32_t venue_count;
    uint32_t proved_bid_levels; /* levels, from the best on, at which every live venue's book is proved complete */
    uint32_t proved_ask_levels;
    uint32_t live_venues;
    uint32_t reserved;
    uint64_t digest; /* of the market and its venues, as Book.digest of the contract; 0: unknown */
    uint64_t reserved_end[2];
} onebook_shm_book;

/* The layout is a contract between programs: what a compiler would lay out otherwise does not compile. */
#define ONEBOOK_SHM_HOLDS(name, truth) typedef char onebook_shm_holds_##name[(truth) ? 1 : -1]
ONEBOOK_SHM_HOLDS(header_size, sizeof(onebook_shm_header) == 256);
ONEBOOK_SHM_HOLDS(header_slots, offsetof(onebook_shm_header, slot_capacity) == 40);
ONEBOOK_SHM_HOLDS(header_capacities, offsetof(onebook_shm_header, level_capacity) == 80);
ONEBOOK_SHM_HOLDS(header_heartbeat, offsetof(onebook_shm_header, heartbeat_monotonic) == 128);
ONEBOOK_SHM_HOLDS(header_state, offsetof(onebook_shm_header, server_state) == 144);
ONEBOOK_SHM_HOLDS(slot_size, sizeof(onebook_shm_slot) == 192);
ONEBOOK_SHM_HOLDS(slot_counter, offsetof(onebook_shm_slot, counter) == 128);
ONEBOOK_SHM_HOLDS(level_size, sizeof(onebook_shm_level) == 24);
ONEBOOK_SHM_HOLDS(venue_size, sizeof(onebook_shm_venue) == 256);
ONEBOOK_SHM_HOLDS(venue_state, offsetof(onebook_shm_venue, state) == 128);
ONEBOOK_SHM_HOLDS(venue_clock, offsetof(onebook_shm_venue, clock_offset) == 240);
ONEBOOK_SHM_HOLDS(book_size, sizeof(onebook_shm_book) == 128);
ONEBOOK_SHM_HOLDS(book_digest, offsetof(onebook_shm_book, digest) == 104);
ONEBOOK_SHM_HOLDS(book_counts, offsetof(onebook_shm_book, bid_count) == 76);

/* What a call can say. */
enum {
    ONEBOOK_SHM_OK = 0,
    ONEBOOK_SHM_NO_SERVER,    /* there is no file of this name */
    ONEBOOK_SHM_BAD_NAME,     /* not a name: 1 to 64 letters, digits, - and _ */
    ONEBOOK_SHM_NOT_ALLOWED,  /* the file may not be read, or belongs to another user */
    ONEBOOK_SHM_NOT_ONEBOOK,  /* the file is something else */
    ONEBOOK_SHM_OTHER_LAYOUT, /* the server is of another version than this header */
    ONEBOOK_SHM_TOO_SMALL,    /* the file is shorter than it says */
    ONEBOOK_SHM_NOT_SERVING,  /* the server is starting, or ended before it served */
    ONEBOOK_SHM_SERVER_GONE,  /* the server stopped, crashed or hangs: what was read is its last book */
    ONEBOOK_SHM_NO_MARKET,    /* there is no such slot */
    ONEBOOK_SHM_NO_BOOK,      /* the market has no book yet */
    ONEBOOK_SHM_GONE_MARKET,  /* the market was removed */
    ONEBOOK_SHM_NO_WHOLE_BOOK /* no consistent copy in ONEBOOK_SHM_ATTEMPTS attempts */
};

static inline const char *onebook_shm_text(int result) {
    static const char *const texts[] = {
        "ok",
        "no onebook server serves this name",
        "not a name: 1 to 64 letters, digits, - and _",
        "the file may not be read, or belongs to another user",
        "not a file of onebook",
        "the server has another layout version",
        "the file is shorter than it says",
        "the server is starting, or ended before it served",
        "the server stopped, crashed or hangs",
        "the server has no such market",
        "the market has no book yet",
        "the market was removed from the server",
        "no consistent book could be read",
    };
    return result >= 0 && (size_t)result < sizeof texts / sizeof texts[0] ? texts[result] : "unknown result";
}

typedef struct {
    const unsigned char *base;
    size_t size;
} onebook_shm_map;

static inline const onebook_shm_header *onebook_shm_head(const onebook_shm_map *map) {
    return (const onebook_shm_header *)(const void *)map->base;
}

/* Whether this memory is a file of this layout. The sizes that this checks never change while the file lives. */
static inline int onebook_shm_attach(onebook_shm_map *map, const void *base, size_t size) {
    const onebook_shm_header *head = (const onebook_shm_header *)base;
    uint64_t body, slot;
    if (size < sizeof head->magic || memcmp(head->magic, ONEBOOK_SHM_MAGIC, sizeof head->magic))
        return ONEBOOK_SHM_NOT_ONEBOOK;
    if (size < sizeof *head) return ONEBOOK_SHM_TOO_SMALL;
    if (head->layout != ONEBOOK_SHM_LAYOUT || head->header_size != sizeof *head) return ONEBOOK_SHM_OTHER_LAYOUT;
    body = sizeof(onebook_shm_book) + 2 * (uint64_t)head->level_capacity * sizeof(onebook_shm_level) +
           (uint64_t)head->venue_capacity * sizeof(onebook_shm_venue);
    slot = head->first_body + 2 * head->body_size;
    if (head->first_slot % 8 || head->first_slot < sizeof *head || head->first_slot > size || head->first_body % 8 ||
        head->first_body < sizeof(onebook_shm_slot) || head->first_body > size || head->body_size % 8 ||
        head->body_size < body || head->body_size > size || head->slot_size % 8 || head->slot_size < slot ||
        head->slot_capacity < 1 || head->file_size > size ||
        head->slot_size > (size - head->first_slot) / head->slot_capacity)
        return ONEBOOK_SHM_TOO_SMALL;
    map->base = (const unsigned char *)base;
    map->size = size;
    return ONEBOOK_SHM_OK;
}

/* Maps the file of a server, read-only. */
static inline int onebook_shm_open(onebook_shm_map *map, const char *name) {
    char path[sizeof ONEBOOK_SHM_DIRECTORY + sizeof ONEBOOK_SHM_PREFIX + ONEBOOK_SHM_LONGEST_NAME];
    struct stat status;
    void *base;
    int file, result;
    size_t length = strlen(name);
    map->base = NULL;
    map->size = 0;
    if (length < 1 || length > ONEBOOK_SHM_LONGEST_NAME ||
        strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") != length)
        return ONEBOOK_SHM_BAD_NAME;
    snprintf(path, sizeof path, "%s/%s%s", ONEBOOK_SHM_DIRECTORY, ONEBOOK_SHM_PREFIX, name);
    file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0) return errno == ENOENT ? ONEBOOK_SHM_NO_SERVER : ONEBOOK_SHM_NOT_ALLOWED;
    /* Anybody may make files there: books of a stranger are not read. */
    if (fstat(file, &status) || (status.st_uid != geteuid() && status.st_uid != 0)) {
        close(file);
        return ONEBOOK_SHM_NOT_ALLOWED;
    }
    if (status.st_size < 8) {
        close(file);
        return ONEBOOK_SHM_NOT_ONEBOOK;
    }
    base = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_SHARED, file, 0);
    close(file);
    if (base == MAP_FAILED) return ONEBOOK_SHM_NOT_ALLOWED;
    result = onebook_shm_attach(map, base, (size_t)status.st_size);
    if (result != ONEBOOK_SHM_OK) munmap(base, (size_t)status.st_size);
    return result;
}

static inline void onebook_shm_close(onebook_shm_map *map) {
    if (map->base) munmap((void *)(uintptr_t)map->base, map->size);
    map->base = NULL;
    map->size = 0;
}

/* Nanoseconds of the clock of `publish_monotonic` and of the heartbeat. */
static inline int64_t onebook_shm_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000LL + now.tv_nsec;
}

/* OK, NOT_SERVING or SERVER_GONE. */
static inline int onebook_shm_alive(const onebook_shm_map *map) {
    const onebook_shm_header *head = onebook_shm_head(map);
    uint32_t state = __atomic_load_n(&head->server_state, __ATOMIC_ACQUIRE);
    int64_t silent, heartbeat = __atomic_load_n(&head->heartbeat_monotonic, __ATOMIC_ACQUIRE);
    if (state == ONEBOOK_SHM_STARTING) return ONEBOOK_SHM_NOT_SERVING;
    silent = onebook_shm_now() - heartbeat;
    /* Clocks of two processors may differ a little; a sign of life from far ahead is one of another clock. */
    if (state != ONEBOOK_SHM_SERVING || silent < -ONEBOOK_SHM_SILENCE || silent > ONEBOOK_SHM_SILENCE)
        return ONEBOOK_SHM_SERVER_GONE;
    return ONEBOOK_SHM_OK;
}

static inline uint32_t onebook_shm_slots(const onebook_shm_map *map) {
    uint32_t count = __atomic_load_n(&onebook_shm_head(map)->slot_count, __ATOMIC_ACQUIRE);
    uint32_t most = onebook_shm_head(map)->slot_capacity;
    return count < most ? count : most;
}

/* NULL where there is no such slot. */
static inline const onebook_shm_slot *onebook_shm_slot_at(const onebook_shm_map *map, int slot) {
    const onebook_shm_header *head = onebook_shm_head(map);
    if (slot < 0 || (uint32_t)slot >= onebook_shm_slots(map)) return NULL;
    return (const onebook_shm_slot *)(const void *)(map->base + head->first_slot + (uint64_t)slot * head->slot_size);
}

/* The slot of a market; -1 where it has none. A market keeps its slot for as long as the server lives. */
static inline int onebook_shm_find(const onebook_shm_map *map, const char *market) {
    int slot, count = (int)onebook_shm_slots(map);
    for (slot = 0; slot < count; slot++)
        if (!strncmp(onebook_shm_slot_at(map, slot)->market, market, ONEBOOK_SHM_MARKET_BYTES)) return slot;
    return -1;
}

/* Books that the slot has had so far: one load, to see whether there is a newer one. 0: none, or no such slot. */
static inline uint64_t onebook_shm_version(const onebook_shm_map *map, int slot) {
    const onebook_shm_slot *found = onebook_shm_slot_at(map, slot);
    return found ? __atomic_load_n(&found->counter, __ATOMIC_ACQUIRE) : 0;
}

/* Bytes of the largest book of this file. */
static inline size_t onebook_shm_book_size(const onebook_shm_map *map) {
    return (size_t)onebook_shm_head(map)->body_size;
}

/* Copies whole words, each of them atomically: the counter shows words of another book, never parts of words. */
static inline unsigned char *onebook_shm_copy(unsigned char *to, const unsigned char *from, size_t bytes) {
    const uint64_t *words = (const uint64_t *)(const void *)from;
    size_t at;
    for (at = 0; at < bytes / 8; at++) {
        uint64_t word = __atomic_load_n(words + at, __ATOMIC_RELAXED);
        memcpy(to + 8 * at, &word, 8);
    }
    return to + bytes;
}

/* One attempt: whether `book` is one whole book, the newest when this began. 0 where the writer was faster. */
static inline int onebook_shm_try(const onebook_shm_map *map, const onebook_shm_slot *slot, uint64_t counter,
                                  onebook_shm_book *book) {
    const onebook_shm_header *head = onebook_shm_head(map);
    const unsigned char *body = (const unsigned char *)slot + head->first_body + (counter & 1) * head->body_size;
    const unsigned char *bids = body + sizeof *book;
    const unsigned char *asks = bids + (size_t)head->level_capacity * sizeof(onebook_shm_level);
    const unsigned char *venues = asks + (size_t)head->level_capacity * sizeof(onebook_shm_level);
    unsigned char *to = onebook_shm_copy((unsigned char *)book, body, sizeof *book);
    /* These may be of two books: no more is copied than there is room for. */
    if (book->bid_count > head->level_capacity || book->ask_count > head->level_capacity ||
        book->venue_count > head->venue_capacity)
        return 0;
    to = onebook_shm_copy(to, bids, (size_t)book->bid_count * sizeof(onebook_shm_level));
    to = onebook_shm_copy(to, asks, (size_t)book->ask_count * sizeof(onebook_shm_level));
    onebook_shm_copy(to, venues, (size_t)book->venue_count * sizeof(onebook_shm_venue));
    /* Pairs with the fence in the writer: whoever saw a word of a later book sees a later counter here. */
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    return __atomic_load_n(&slot->counter, __ATOMIC_RELAXED) == counter;
}

/* Copies the newest book; `book` has room for onebook_shm_book_size(). Only after OK may one trade on it: SERVER_GONE
 * leaves the last book of the server in it, and any other result leaves nothing to be used. Waits for nobody. */
static inline int onebook_shm_read(const onebook_shm_map *map, int slot, onebook_shm_book *book) {
    const onebook_shm_slot *found = onebook_shm_slot_at(map, slot);
    int attempt;
    if (!found) return ONEBOOK_SHM_NO_MARKET;
    for (attempt = 0; attempt < ONEBOOK_SHM_ATTEMPTS; attempt++) {
        uint64_t counter = __atomic_load_n(&found->counter, __ATOMIC_ACQUIRE);
        if (!counter) return ONEBOOK_SHM_NO_BOOK;
        if (!onebook_shm_try(map, found, counter, book)) continue;
        if (__atomic_load_n(&found->state, __ATOMIC_ACQUIRE) != ONEBOOK_SHM_SERVED) return ONEBOOK_SHM_GONE_MARKET;
        return onebook_shm_alive(map);
    }
    return ONEBOOK_SHM_NO_WHOLE_BOOK;
}

/* Best first: falling bids, rising asks. */
static inline const onebook_shm_level *onebook_shm_bids(const onebook_shm_book *book) {
    return (const onebook_shm_level *)(const void *)(book + 1);
}

static inline const onebook_shm_level *onebook_shm_asks(const onebook_shm_book *book) {
    return onebook_shm_bids(book) + book->bid_count;
}

static inline const onebook_shm_venue *onebook_shm_venues(const onebook_shm_book *book) {
    return (const onebook_shm_venue *)(const void *)(onebook_shm_asks(book) + book->ask_count);
}

/* Age of a venue's newest frame now, not when the book was published. */
static inline int64_t onebook_shm_age(const onebook_shm_book *book, const onebook_shm_venue *venue) {
    return (int64_t)venue->age + (onebook_shm_now() - book->publish_monotonic);
}

#ifdef __cplusplus
}
#endif

#endif
