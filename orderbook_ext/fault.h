/* Why a venue's levels are not part of a merge, in words. */
#ifndef ONEBOOK_FAULT_H
#define ONEBOOK_FAULT_H

#include "spell.h"

enum fault_kind {
    FAULT_ALONE_PRICE, /* no message can hold the number, ... */
    FAULT_ALONE_SIZE,
    FAULT_LARGE_PRICE, /* it is too large for the decimals of others, ... */
    FAULT_LARGE_SIZE,
    FAULT_FINE_PRICE, /* others are too large for its decimals, ... */
    FAULT_FINE_SIZE,
    FAULT_SUM /* or the sums with it pass 128 bits */
};

struct fault {
    enum fault_kind kind;
    struct number number;
    uint32_t decimals; /* at which something does not fit */
};

enum { FAULT_ROOM = 160 };

static size_t put_words(char *out, size_t length, const char *words) {
    size_t more = strlen(words);
    memcpy(out + length, words, more);
    return length + more;
}

/* Writes the reason into FAULT_ROOM bytes; returns its length. */
static uint32_t write_fault(const struct fault *fault, char *out) {
    static const char *const names[] = {"price", "size", "price", "size", "price", "size", "size"};
    char decimals[4] = {0}, *at = decimals;
    if (fault->decimals > 9) *at++ = '1';
    *at = (char)('0' + fault->decimals % 10);
    size_t length = put_words(out, 0, "left out: its ");
    length = put_words(out, length, names[fault->kind]);
    length = put_words(out, length, " ");
    length += spell_number(out + length, &PLAIN_NUMBER, fault->number.mantissa, fault->number.decimals, 0);
    switch (fault->kind) {
    case FAULT_ALONE_PRICE: return (uint32_t)put_words(out, length, ", converted, fits no 64-bit number");
    case FAULT_ALONE_SIZE: return (uint32_t)put_words(out, length, ", in base units, fits no 64-bit number");
    case FAULT_SUM: return (uint32_t)put_words(out, length, " times its price makes a sum of more than 128 bits");
    case FAULT_LARGE_PRICE:
    case FAULT_LARGE_SIZE: length = put_words(out, length, " does not fit 64 bits with the "); break;
    case FAULT_FINE_PRICE:
    case FAULT_FINE_SIZE: length = put_words(out, length, " leaves other levels no place in 64 bits with its "); break;
    }
    length = put_words(out, length, decimals);
    length = put_words(out, length, fault->decimals == 1 ? " decimal" : " decimals");
    bool large = fault->kind == FAULT_LARGE_PRICE || fault->kind == FAULT_LARGE_SIZE;
    return (uint32_t)put_words(out, length, large ? " that other numbers need" : "");
}

#endif
