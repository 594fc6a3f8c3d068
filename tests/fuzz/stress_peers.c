/* Counts of connections by address against a plain list of them: build with AddressSanitizer.
 *
 *     stress_peers SEED STEPS
 */
#include <arpa/inet.h>
#include <stdio.h>

#include "core/peers.h"

enum { OPEN = 4000, MOST = 9, KINDS = 900 };

/* Customers: each has addresses of its own, some written in two ways. The first are not counted. */
static struct sockaddr_storage address_of(unsigned kind, unsigned variant) {
    struct sockaddr_storage made = {0};
    struct sockaddr_in *four = (void *)&made;
    struct sockaddr_in6 *six = (void *)&made;
    char text[64];
    if (kind % 3 == 0 && variant % 2) {
        made.ss_family = AF_INET;
        snprintf(text, sizeof text, kind ? "10.1.%u.%u" : "127.0.0.9", kind / 200, kind % 200);
        inet_pton(AF_INET, text, &four->sin_addr);
    } else {
        made.ss_family = AF_INET6;
        if (kind == 0)
            snprintf(text, sizeof text, variant % 4 ? "::1" : "::ffff:127.0.0.1");
        else if (kind % 3 == 0)
            snprintf(text, sizeof text, "::ffff:10.1.%u.%u", kind / 200, kind % 200);
        else
            snprintf(text, sizeof text, "2001:db8:%x:%x::%x", kind, kind % 7, variant % 0xffff + 1);
        inet_pton(AF_INET6, text, &six->sin6_addr);
    }
    return made;
}

int main(int count, char **arguments) {
    static Peers peers;
    static Peer *open[OPEN];
    static unsigned kinds[OPEN], held[KINDS];
    unsigned number = 0;
    srand(count > 1 ? (unsigned)atoi(arguments[1]) : 1);
    for (int step = count > 2 ? atoi(arguments[2]) : 100000; step > 0; step--) {
        unsigned kind = (unsigned)rand() % (rand() % 2 ? KINDS : 12);
        if (number < OPEN && rand() % 5 < 3) {
            struct sockaddr_storage address = address_of(kind, (unsigned)rand());
            bool added = peers_add(&peers, &address, MOST, &open[number]);
            if (added != (kind == 0 || held[kind] < MOST) || (added && (open[number] == NULL) != (kind == 0)))
                return printf("step %d: customer %u has %u, added %d\n", step, kind, held[kind], added), 1;
            if (added) {
                held[kind]++;
                if (open[number] != NULL && open[number]->connections != held[kind])
                    return printf("customer %u: %u instead of %u\n", kind, open[number]->connections, held[kind]), 1;
                kinds[number++] = kind;
            }
        } else if (number) {
            unsigned place = (unsigned)rand() % number;
            peers_remove(&peers, open[place]);
            held[kinds[place]]--;
            open[place] = open[--number];
            kinds[place] = kinds[number];
        }
    }
    while (number)
        peers_remove(&peers, open[--number]);
    for (int place = 0; place < PEER_PLACES; place++)
        if (peers.first[place] != NULL)
            return puts("an address is left"), 1;
    return 0;
}
