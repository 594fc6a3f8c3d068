/* Messages with changed, lost and doubled bytes into slots, for AddressSanitizer: fuzz_message FILE SEED STEPS
 *
 * FILE is a whole message. A message that is taken must be read again, and name no venue that it does not have. */
#include "core/book_message.h"
#include "core/slot_writer.h"

#include <assert.h>
#include <stdlib.h>

enum { LEVELS = 5, VENUES = 3 };

static uint64_t state;

static uint32_t drawn(uint32_t below) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state >> 33) % below;
}

static size_t changed(unsigned char *to, const unsigned char *from, size_t size) {
    memcpy(to, from, size);
    for (uint32_t count = 1 + drawn(4); count && size; count--) {
        size_t at = drawn((uint32_t)size);
        switch (drawn(4)) {
        case 0: to[at] ^= (unsigned char)(1 << drawn(8)); break;
        case 1: to[at] = (unsigned char)drawn(256); break;
        case 2: size = at; break;
        case 3: memmove(to + at, to + at / 2, size - at); break;
        }
    }
    return size;
}

int main(int count, char **arguments) {
    static unsigned char whole[1 << 16];
    long taken = 0;
    assert(count == 4);
    FILE *file = fopen(arguments[1], "rb");
    assert(file);
    size_t length = fread(whole, 1, sizeof whole, file);
    fclose(file);
    state = strtoull(arguments[2], NULL, 10);
    onebook_shm_header *head = calloc(1, file_bytes(LEVELS, VENUES, 1));
    onebook_shm_book *book = malloc(body_bytes(LEVELS, VENUES)), *read = malloc(body_bytes(LEVELS, VENUES));
    header_write(head, 1, 1, LEVELS, VENUES, 1);
    slot_add(head, "A/B", 3);
    server_state_set(head, ONEBOOK_SHM_SERVING);
    onebook_shm_map map;
    assert(onebook_shm_attach(&map, head, file_bytes(LEVELS, VENUES, 1)) == ONEBOOK_SHM_OK);
    for (long step = strtol(arguments[3], NULL, 10); step > 0; step--) {
        unsigned char *message = malloc(length + 1); /* of its own, so that a read behind it is seen */
        size_t size = changed(message, whole, length);
        unsigned char *exact = malloc(size + !size);
        memcpy(exact, message, size);
        if (book_message_in(exact, size, 7, book, LEVELS, VENUES)) {
            slot_show(slot_place(head, 0), slot_fill(head, slot_place(head, 0), book));
            heartbeat_set(head, onebook_shm_now());
            assert(onebook_shm_read(&map, 0, read) == ONEBOOK_SHM_OK);
            assert(!memcmp(read, book, sizeof *book));
            for (uint32_t i = 0; i < read->bid_count + read->ask_count; i++)
                assert(onebook_shm_bids(read)[i].venue < read->venue_count);
            for (uint32_t i = 0; i < read->venue_count; i++) assert(!onebook_shm_venues(read)[i].name[31]);
            taken++;
        }
        free(exact);
        free(message);
    }
    free(read);
    free(book);
    free(head);
    printf("%ld\n", taken);
    return 0;
}
