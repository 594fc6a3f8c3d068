/* A digest of all states that one venue's book took, frame by frame: two replays that end in the same one took the same. */
#ifndef ONEBOOK_DIGEST_CHAIN_H
#define ONEBOOK_DIGEST_CHAIN_H

#include "observers.h"

struct digest_chain {
    struct observer observer;
    uint64_t value, frames;
};

static void digest_chain_tell(struct observer *observer, const struct venue_state *venue, enum update_kind kind) {
    struct digest_chain *chain = (struct digest_chain *)observer;
    if (kind != UPDATE_FRAME || !venue->book) return;
    uint64_t value = digest_mix(chain->value, venue->sequence > 0 ? (uint64_t)venue->sequence : 0);
    chain->value = digest_mix(value, book_digest(venue->book));
    chain->frames++;
}

static void digest_chain_init(struct digest_chain *chain) {
    memset(chain, 0, sizeof *chain);
    chain->observer.tell = digest_chain_tell;
}

#endif
