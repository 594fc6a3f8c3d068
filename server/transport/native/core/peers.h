/* How many connections each address has: what one client may take of them. Loopback and Unix sockets are not counted, as
 * all programs of the machine have the same address there. Engine thread only. */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { PEER_PLACES = 512 };

typedef struct Peer {
    struct Peer *next;
    uint8_t address[8]; /* of IPv6 the network: one customer has all addresses of a /64 */
    bool six;
    uint32_t connections;
} Peer;

typedef struct {
    Peer *first[PEER_PLACES];
} Peers;

static bool peer_key(const struct sockaddr_storage *address, uint8_t key[8], bool *six) {
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff}, loopback[16] = {[15] = 1};
    const uint8_t *four = NULL;
    memset(key, 0, 8);
    if (address->ss_family == AF_INET) {
        four = (const void *)&((const struct sockaddr_in *)address)->sin_addr;
    } else if (address->ss_family == AF_INET6) {
        const uint8_t *whole = (const void *)&((const struct sockaddr_in6 *)address)->sin6_addr;
        if (!memcmp(whole, loopback, sizeof loopback))
            return false;
        if (!memcmp(whole, mapped, sizeof mapped))
            four = whole + sizeof mapped;
        else
            memcpy(key, whole, 8);
    } else {
        return false;
    }
    if (four != NULL) {
        if (four[0] == 127)
            return false;
        memcpy(key, four, 4);
    }
    *six = four == NULL;
    return true;
}

static unsigned peer_place(const uint8_t key[8]) {
    uint64_t word;
    memcpy(&word, key, sizeof word);
    return (unsigned)((word * 0x9E3779B97F4A7C15u) >> 55) % PEER_PLACES;
}

/* Counts one more connection of this address, unless it has `most`; `*peer` is NULL for what is not counted. False: it may
 * not have another. */
static bool peers_add(Peers *peers, const struct sockaddr_storage *address, uint32_t most, Peer **peer) {
    uint8_t key[8];
    bool six;
    *peer = NULL;
    if (!peer_key(address, key, &six))
        return true;
    Peer **place = &peers->first[peer_place(key)], *found = *place;
    while (found != NULL && (found->six != six || memcmp(found->address, key, sizeof key)))
        found = found->next;
    if (found == NULL) {
        found = calloc(1, sizeof *found);
        if (found == NULL)
            return false;
        memcpy(found->address, key, sizeof key);
        found->six = six;
        found->next = *place;
        *place = found;
    }
    if (found->connections >= most)
        return false;
    found->connections++;
    *peer = found;
    return true;
}

static void peers_remove(Peers *peers, Peer *peer) {
    if (peer == NULL || --peer->connections)
        return;
    Peer **place = &peers->first[peer_place(peer->address)];
    while (*place != peer)
        place = &(*place)->next;
    *place = peer->next;
    free(peer);
}
