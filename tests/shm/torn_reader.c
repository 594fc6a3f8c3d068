/* Reads the books of torn_writer.c and checks that each is of one write: torn_reader FILE READS
 *
 * Prints the numbers of whole books, of other books, and of reads that found none. */
#include "onebook_shm.h"

#include <stdlib.h>

static int whole(const onebook_shm_book *book) {
    uint64_t number = book->sequence;
    const onebook_shm_level *level = onebook_shm_bids(book);
    const onebook_shm_venue *venue = onebook_shm_venues(book);
    uint32_t i;
    int good = book->epoch == number && book->mid == (int64_t)number && book->publish_time == (int64_t)number;
    for (i = 0; i < book->bid_count + book->ask_count; i++)
        good &= level[i].price == (int64_t)number && level[i].size == (int64_t)number;
    for (i = 0; i < book->venue_count; i++)
        good &= venue[i].age == number && venue[i].clock_uncertainty == number && venue[i].detail[0] == venue[i].detail[94];
    return good && (book->bid_count + book->sequence % 2) == (book->ask_count + book->sequence % 3 % 2);
}

int main(int count, char **arguments) {
    onebook_shm_map map;
    struct stat status;
    long reads, found[3] = {0, 0, 0};
    int file = count == 3 ? open(arguments[1], O_RDONLY) : -1;
    void *base;
    onebook_shm_book *book;
    uint64_t before = 0;
    if (file < 0 || fstat(file, &status)) return 2;
    base = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_SHARED, file, 0);
    if (base == MAP_FAILED || onebook_shm_attach(&map, base, (size_t)status.st_size)) return 2;
    book = (onebook_shm_book *)malloc(onebook_shm_book_size(&map));
    if (!book) return 2;
    for (reads = atol(arguments[2]); reads > 0; reads--) {
        int result = onebook_shm_read(&map, 0, book);
        if (result != ONEBOOK_SHM_OK && result != ONEBOOK_SHM_SERVER_GONE)
            found[2]++;
        else if (whole(book) && book->sequence >= before)
            found[0]++, before = book->sequence;
        else
            found[1]++;
    }
    printf("%ld %ld %ld %llu\n", found[0], found[1], found[2], (unsigned long long)before);
    return 0;
}
