/* A writer at full speed, whose every word of a book is one number: torn_reader.c sees any mixture.
 *
 *     torn_writer FILE LEVELS VENUES MODE     "full": until it is killed; "half": 1000 books, and dies in the middle of
 *                                             the next one; "broken": into the newest body, against the rules
 */
#include "core/slot_writer.h"

#include <signal.h>
#include <stdlib.h>

static void make(onebook_shm_book *book, uint64_t number, uint32_t levels, uint32_t venues) {
    memset(book, 0, sizeof *book);
    book->epoch = book->sequence = number;
    book->publish_time = book->publish_monotonic = book->receive_time = book->exchange_time = (int64_t)number;
    book->spread = book->mid = (int64_t)number;
    book->bid_count = levels - (uint32_t)(number % 2);
    book->ask_count = levels - (uint32_t)(number % 3 % 2);
    book->venue_count = venues;
    onebook_shm_level *level = (onebook_shm_level *)(void *)(book + 1);
    for (uint32_t i = 0; i < book->bid_count + book->ask_count; i++)
        level[i] = (onebook_shm_level){(int64_t)number, (int64_t)number, i % venues, 0};
    onebook_shm_venue *venue = (onebook_shm_venue *)(void *)(level + book->bid_count + book->ask_count);
    memset(venue, 0, venues * sizeof *venue);
    for (uint32_t i = 0; i < venues; i++) {
        venue[i].age = venue[i].venue_sequence = venue[i].clock_uncertainty = number;
        memset(venue[i].detail, 'a' + (int)(number % 26), sizeof venue[i].detail - 1);
    }
}

int main(int count, char **arguments) {
    uint32_t levels, venues;
    if (count != 5) return 2;
    levels = (uint32_t)atoi(arguments[2]), venues = (uint32_t)atoi(arguments[3]);
    int broken = !strcmp(arguments[4], "broken"), half = !strcmp(arguments[4], "half");
    size_t size = (size_t)file_bytes(levels, venues, 1);
    int file = open(arguments[1], O_RDWR | O_CREAT, 0600);
    if (file < 0 || ftruncate(file, (off_t)size)) return 2;
    onebook_shm_header *head = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    onebook_shm_book *book = calloc(1, body_bytes(levels, venues));
    if (head == MAP_FAILED || !book) return 2;
    header_write(head, 1, getpid(), levels, venues, 1);
    slot_add(head, "BTC/USDT", 8);
    onebook_shm_slot *slot = slot_place(head, 0);
    server_state_set(head, ONEBOOK_SHM_SERVING);
    heartbeat_set(head, onebook_shm_now());
    for (uint64_t number = 1;; number++) {
        make(book, number, levels, venues);
        if (half && number == 1001) {
            memset(book, 0xEE, sizeof *book);
            book->bid_count = levels, book->ask_count = book->venue_count = 0;
            slot_fill(head, slot, book);
            raise(SIGKILL);
        }
        if (broken) { /* what readers copy changes under their hands */
            __atomic_store_n(&slot->counter, 1, __ATOMIC_RELEASE);
            slot_fill(head, slot, book);
            __atomic_store_n(&slot->counter, 2, __ATOMIC_RELEASE);
            slot_fill(head, slot, book);
            continue;
        }
        slot_show(slot, slot_fill(head, slot, book));
        if (number % 64 == 0) heartbeat_set(head, onebook_shm_now());
        if (number == 1) puts("writing"), fflush(stdout);
    }
}
