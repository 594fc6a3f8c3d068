/* Digests of 64 bits: what two servers at the same sequence numbers of the venues must agree on. digest.py has the same in
 * Python, and docs/meanings.md says it in words for other languages.
 *
 * Numbers enter at a fixed scale: so a digest does not depend on the decimals at which a book happens to hold them. */
#ifndef ONEBOOK_DIGEST_H
#define ONEBOOK_DIGEST_H

#include "book.h"

/* Levels per side that the digest of a book covers: every venue's book has as many where its market has. */
enum { DIGEST_LEVELS = 10 };

#define DIGEST_FACTOR 0x9E3779B97F4A7C15ULL

static inline uint64_t digest_mix(uint64_t digest, uint64_t word) {
    digest = (digest ^ word) * DIGEST_FACTOR;
    return digest ^ digest >> 32;
}

/* The number at MAX_DECIMALS decimals, modulo 2^128. */
static inline uint64_t digest_number(uint64_t digest, uint64_t mantissa, uint32_t decimals) {
    u128 value = (u128)mantissa * POW10[MAX_DECIMALS - decimals];
    return digest_mix(digest_mix(digest, (uint64_t)value), (uint64_t)(value >> 64));
}

/* The length, then words of eight bytes, the lowest first; the last is filled up with zeros. */
static uint64_t digest_text(uint64_t digest, const char *bytes, uint32_t length) {
    digest = digest_mix(digest, length);
    for (uint32_t i = 0; i < length; i += 8) {
        uint64_t word = 0;
        for (uint32_t k = 0; k < 8 && i + k < length; k++) word |= (uint64_t)(uint8_t)bytes[i + k] << (8 * k);
        digest = digest_mix(digest, word);
    }
    return digest;
}

static uint64_t digest_side(uint64_t digest, const struct book *book, int side) {
    struct level levels[DIGEST_LEVELS];
    uint32_t count = book_top(book, side, DIGEST_LEVELS, levels);
    digest = digest_mix(digest, count);
    for (uint32_t i = 0; i < count; i++) {
        digest = digest_number(digest, (uint64_t)levels[i].key, book->scales.price);
        digest = digest_number(digest, (uint64_t)levels[i].size, book->scales.size);
    }
    return digest;
}

/* Of the book as it is now: computed once per version of the book. Never 0, which stands for no book. */
static uint64_t book_digest(struct book *book) {
    if (book->digest && book->digest_version == book->version) return book->digest;
    uint64_t digest = digest_side(digest_side(0, book, 0), book, 1);
    book->digest = digest ? digest : 1;
    book->digest_version = book->version;
    return book->digest;
}

/* One venue's part in the digest of a market: parts are added, so that the order of the venues does not matter. */
static inline uint64_t digest_part(const char *name, uint32_t length, int64_t sequence, uint64_t digest) {
    return digest_mix(digest_mix(digest_text(0, name, length), sequence > 0 ? (uint64_t)sequence : 0), digest);
}

#endif
