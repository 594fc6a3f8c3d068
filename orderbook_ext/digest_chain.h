/* A digest of all states that one venue's book took, frame by frame: two replays that end in the same one took the same. */
#ifndef ONEBOOK_DIGEST_CHAIN_H
#define ONEBOOK_DIGEST_CHAIN_H

#include "observers.h"

/* The newest states are kept: so many. Those that a snapshot made are among them. */
enum { DIGEST_STEPS = 64 };

struct digest_step {
    int64_t sequence;
    uint64_t digest;
};

struct digest_chain {
    struct observer observer;
    uint64_t value, frames, states;
    struct digest_step steps[DIGEST_STEPS]; /* state n at n % DIGEST_STEPS */
};

static void digest_chain_tell(struct observer *observer, const struct venue_state *venue, enum update_kind kind) {
    struct digest_chain *chain = (struct digest_chain *)observer;
    if (kind == UPDATE_HIDDEN || !venue->book) return;
    uint64_t digest = book_digest(venue->book);
    chain->steps[chain->states++ % DIGEST_STEPS] = (struct digest_step){venue->sequence, digest};
    if (kind != UPDATE_FRAME) return;
    chain->value = digest_mix(digest_mix(chain->value, venue->sequence > 0 ? (uint64_t)venue->sequence : 0), digest);
    chain->frames++;
}

static void digest_chain_init(struct digest_chain *chain) {
    memset(chain, 0, sizeof *chain);
    chain->observer.tell = digest_chain_tell;
}

#endif
