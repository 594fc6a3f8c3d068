/* The checksums that venues send with their books: CRC-32 over the best levels, spelt by the parts of a rule.
 *
 * All spellings come from the exact mantissas: a venue that prints binary floating point prints the shortest text that
 * reads back the same, and that text is what the book was read from.
 */
#ifndef ONEBOOK_CHECKSUM_H
#define ONEBOOK_CHECKSUM_H

#include "book.h"
#include "spell.h"

enum { MAX_PARTS = 16, STEP_END = 0, STEP_PRICE = 1, STEP_SIZE = 2 };

/* ChecksumRule of checksum.py, which packs it: no member needs room in front of it. */
struct checksum_rule {
    uint32_t levels;
    uint8_t interleaved, asks_first;
    char between[MAX_PARTS];         /* two levels */
    char steps[2][MAX_PARTS];        /* of a bid, of an ask: STEP_PRICE, STEP_SIZE, and characters that stand for themselves */
    struct number_text numbers[2];   /* price, size */
    uint8_t unused[2];
};

enum { CHECKSUM_PROGRAM = sizeof(struct checksum_rule) - 2 };

/* -- the sum */

static uint32_t crc_table[4][256];

static void crc_init(void) {
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t value = i;
        for (int bit = 0; bit < 8; bit++) value = value & 1 ? value >> 1 ^ 0xEDB88320U : value >> 1;
        crc_table[0][i] = value;
    }
    for (int k = 1; k < 4; k++)
        for (uint32_t i = 0; i < 256; i++)
            crc_table[k][i] = crc_table[k - 1][i] >> 8 ^ crc_table[0][crc_table[k - 1][i] & 0xFF];
}

static uint32_t crc_add(uint32_t crc, const char *text, size_t length) {
    for (; length >= 4; length -= 4, text += 4) { /* four bytes are looked up side by side */
        crc ^= (uint32_t)(uint8_t)text[0] | (uint32_t)(uint8_t)text[1] << 8 | (uint32_t)(uint8_t)text[2] << 16 |
               (uint32_t)(uint8_t)text[3] << 24;
        crc = crc_table[3][crc & 0xFF] ^ crc_table[2][crc >> 8 & 0xFF] ^ crc_table[1][crc >> 16 & 0xFF] ^
              crc_table[0][crc >> 24];
    }
    for (; length; length--, text++) crc = crc_table[0][(crc ^ (uint8_t)*text) & 0xFF] ^ crc >> 8;
    return crc;
}

/* -- levels */

enum { TEXT_ROOM = 1024, TEXT_OF_LEVEL = 2 * MAX_PARTS * NUMBER_ROOM };

/* The text of levels that is not yet in the sum. */
struct checksum_text {
    const struct checksum_rule *rule;
    const struct book *book;
    uint32_t crc;
    size_t length;
    bool any; /* a level was added */
    char text[TEXT_ROOM + TEXT_OF_LEVEL];
};

/* With how many decimals the numbers of a level are spelt at least. */
static void wanted_decimals(const struct checksum_text *sum, int side, uint64_t price, uint32_t wanted[2]) {
    const struct number_text *numbers = sum->rule->numbers;
    const struct written_level *written = NULL;
    if (numbers[0].decimals == DECIMALS_WRITTEN || numbers[1].decimals == DECIMALS_WRITTEN)
        written = written_find(&sum->book->written[side], price, sum->book->scales.price);
    for (int i = 0; i < 2; i++) {
        wanted[i] = numbers[i].decimals;
        if (wanted[i] == DECIMALS_SHORTEST) wanted[i] = numbers[i].least;
        else if (wanted[i] == DECIMALS_WRITTEN)
            wanted[i] = !written ? 0 : i ? written->size_decimals : written->price_decimals;
    }
}

static void add_level(struct checksum_text *sum, int side, const struct level *level) {
    const struct checksum_rule *rule = sum->rule;
    const struct book *book = sum->book;
    uint64_t values[2] = {(uint64_t)(level->key * book->sides[side].sign), (uint64_t)level->size};
    uint32_t wanted[2], decimals[2] = {book->scales.price, book->scales.size};
    wanted_decimals(sum, side, values[0], wanted);
    char *out = sum->text + sum->length;
    if (sum->any)
        for (const char *between = rule->between; *between; between++) *out++ = *between;
    sum->any = true;
    for (const char *step = rule->steps[side]; *step != STEP_END; step++) {
        if (*step > STEP_SIZE) {
            *out++ = *step;
        } else {
            int i = *step - STEP_PRICE;
            out += spell_number(out, &rule->numbers[i], values[i], decimals[i], wanted[i]);
        }
    }
    sum->length = (size_t)(out - sum->text);
    if (sum->length < TEXT_ROOM) return;
    sum->crc = crc_add(sum->crc, sum->text, sum->length);
    sum->length = 0;
}

static void add_side(struct checksum_text *sum, int side) {
    struct cursor cursor = cursor_at_best(&sum->book->sides[side]);
    struct level level;
    for (uint32_t i = 0; i < sum->rule->levels && cursor_next(&cursor, &level); i++) add_level(sum, side, &level);
}

/* A level of each side in turn; when one side ends the other goes on alone. */
static void add_interleaved(struct checksum_text *sum, int first) {
    struct cursor cursors[2] = {cursor_at_best(&sum->book->sides[0]), cursor_at_best(&sum->book->sides[1])};
    struct level level;
    for (uint32_t i = 0, more = 1; i < sum->rule->levels && more; i++) {
        more = 0;
        for (int turn = 0; turn < 2; turn++) {
            int side = first ^ turn;
            if (!cursor_next(&cursors[side], &level)) continue;
            add_level(sum, side, &level);
            more = 1;
        }
    }
}

static uint32_t book_checksum(const struct book *book, const struct checksum_rule *rule) {
    struct checksum_text sum;
    sum.rule = rule;
    sum.book = book;
    sum.crc = 0xFFFFFFFFU;
    sum.length = 0;
    sum.any = false;
    if (rule->interleaved) {
        add_interleaved(&sum, rule->asks_first);
    } else {
        add_side(&sum, rule->asks_first);
        add_side(&sum, !rule->asks_first);
    }
    return crc_add(sum.crc, sum.text, sum.length) ^ 0xFFFFFFFFU;
}

#endif
