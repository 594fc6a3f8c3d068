/* Prints the best prices of a market from a server on this machine, whenever they change.
 *
 *     onebook serve --pair BTC/USDT --shm bot
 *     cc -O2 -I"$(python -c 'import onebook.shm as shm; print(shm.get_include())')" shared_memory.c -o shared_memory
 *     ./shared_memory bot BTC/USDT [BOOKS]
 */
#include "onebook_shm.h"

#include <stdlib.h>

/* mantissa * 10^exponent as a decimal number, exactly. */
static void print_number(int64_t mantissa, int32_t exponent) {
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%lld", (long long)mantissa), point = length + (int)exponent, i;
    if (point <= 0) printf("0.");
    for (i = point; i < 0; i++) putchar('0');
    for (i = 0; i < length; i++) printf(i && i == point ? ".%c" : "%c", digits[i]);
    for (i = 0; i < exponent; i++) putchar('0');
}

static void print_level(const onebook_shm_book *book, const onebook_shm_level *level) {
    print_number(level->price, book->price_exponent);
    printf(" x ");
    print_number(level->size, book->size_exponent);
    printf(" %s", onebook_shm_venues(book)[level->venue].name);
}

static void print_book(const onebook_shm_book *book) {
    printf("#%llu ", (unsigned long long)book->sequence);
    if (book->flags & ONEBOOK_SHM_TWO_SIDED) {
        print_level(book, onebook_shm_bids(book));
        printf(" / ");
        print_level(book, onebook_shm_asks(book));
    } else {
        printf("a side is empty");
    }
    printf(", %u of %u venues live\n", book->live_venues, book->venue_count);
    fflush(stdout);
}

int main(int count, char **arguments) {
    onebook_shm_map map;
    onebook_shm_book *book;
    uint64_t seen = 0;
    const char *market = count > 2 ? arguments[2] : "BTC/USDT";
    long books = count > 3 ? atol(arguments[3]) : -1;
    int slot, result = onebook_shm_open(&map, count > 1 ? arguments[1] : "bot");
    if (result != ONEBOOK_SHM_OK) {
        fprintf(stderr, "%s\n", onebook_shm_text(result));
        return 1;
    }
    slot = onebook_shm_find(&map, market);
    book = (onebook_shm_book *)malloc(onebook_shm_book_size(&map));
    while (book && books) {
        struct timespec pause = {0, 50000};
        uint64_t version = onebook_shm_version(&map, slot);
        /* A server that is silent writes no new book: it is asked for all the same. */
        result = version == seen ? onebook_shm_alive(&map) : onebook_shm_read(&map, slot, book);
        if (slot < 0) result = ONEBOOK_SHM_NO_MARKET;
        if (result != ONEBOOK_SHM_OK && result != ONEBOOK_SHM_NO_BOOK) {
            fprintf(stderr, "%s: %s\n", market, onebook_shm_text(result));
            break;
        }
        if (version != seen) {
            seen = version;
            print_book(book);
            books -= books > 0;
        }
        nanosleep(&pause, NULL);
    }
    free(book);
    onebook_shm_close(&map);
    return result != ONEBOOK_SHM_OK;
}
