/* What the engine counts: what it does, and how often each limit was reached. Read by other threads. */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

/* Name, and what it is. `connections` and `half_open` are numbers of now, the others are since the start. */
#define COUNTERS(COUNTER)                                                                                              \
    COUNTER(connections)        /* open now */                                                                         \
    COUNTER(half_open)          /* calls now whose request has not come */                                             \
    COUNTER(accepted)           /* connections */                                                                      \
    COUNTER(calls)              /* calls that began */                                                                 \
    COUNTER(messages)           /* messages sent whole */                                                              \
    COUNTER(bytes)              /* of messages sent */                                                                 \
    COUNTER(refused_full)       /* connections, as there were too many in all */                                       \
    COUNTER(refused_peer)       /* connections, as their address had too many */                                       \
    COUNTER(refused_descriptors) /* times that the system had no descriptor for a connection */                        \
    COUNTER(gave_place)         /* connections without a call, closed for a new one */                                 \
    COUNTER(late_handshakes)    /* connections whose first frames did not come */                                      \
    COUNTER(dead_connections)   /* connections that answered no ping */                                                \
    COUNTER(idle_connections)   /* connections closed as they had no call for long */                                  \
    COUNTER(aged_connections)   /* connections closed as they were open for long */                                    \
    COUNTER(calmed)             /* connections ended for frames that cost us and bring nothing */                      \
    COUNTER(refused_half_open)  /* calls, as their connection had too many without a request */                        \
    COUNTER(crowded_half_open)  /* calls without a request that ended, as there were too many in all */                \
    COUNTER(late_requests)      /* calls whose request did not come in time */                                         \
    COUNTER(large_headers)      /* calls with too much metadata */                                                     \
    COUNTER(large_requests)     /* calls whose request was too large */                                                \
    COUNTER(late_calls)         /* calls whose deadline passed */                                                      \
    COUNTER(unread_answers)     /* calls reset, as their answer or status was not read */                              \
    COUNTER(many_answers)       /* calls ended with too many answers not read */                                       \
    COUNTER(stalled)            /* streams ended as nothing of them was read */                                        \
    COUNTER(slow)               /* streams ended as they would have lost an event that they may not lose */

#define FIELD(name) atomic_ullong name;
typedef struct Counters {
    COUNTERS(FIELD)
} Counters;
#undef FIELD

#define NAME(name) #name,
static const char *const counter_names[] = {COUNTERS(NAME)};
#undef NAME

enum { COUNTER_COUNT = sizeof counter_names / sizeof *counter_names };

#define COUNT(counters, name) atomic_fetch_add_explicit(&(counters)->name, 1, memory_order_relaxed)
