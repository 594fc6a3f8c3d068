/* Rows of every fixed layout, whole and with one byte changed: wide and narrow reads agree, stay within the row's memory,
 * and take the digits for what they are. Usage: stress_row SEED ROUNDS
 */
#include "row.h"

#include <stdio.h>

static uint64_t state;

static uint64_t draw(uint64_t below) {
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (state * 0x2545F4914F6CDD1DULL >> 16) % below;
}

static void require(bool condition, const char *what, const char *row) {
    if (condition) return;
    fprintf(stderr, "%s: %s\n", what, row);
    abort();
}

static int write_number(char *out, struct digit_guess guess, uint64_t *mantissa) {
    int length = 0;
    *mantissa = 0;
    for (uint32_t i = 0; i < guess.whole + guess.decimals; i++) {
        uint64_t digit = draw(10);
        if (i == guess.whole) out[length++] = '.';
        out[length++] = (char)('0' + digit);
        *mantissa = *mantissa * 10 + digit;
    }
    return length;
}

static int write_row(char *out, const struct digit_guess digits[2], uint64_t mantissas[2]) {
    int length = 0;
    out[length++] = '[';
    for (int i = 0; i < 2; i++) {
        if (i) out[length++] = ',';
        out[length++] = '"';
        length += write_number(out + length, digits[i], &mantissas[i]);
        out[length++] = '"';
    }
    out[length++] = ']';
    out[length] = 0;
    return length;
}

/* Reads the row from memory that ends where the layout's reach does. */
static bool read_row(const char *row, int length, struct row_layout layout, struct raw_level *out) {
    size_t reach = layout.reach > (uint32_t)length ? layout.reach : (size_t)length;
    uint8_t *exact = malloc(reach);
    if (!exact) abort();
    memset(exact, ']', reach);
    memcpy(exact, row, (size_t)length);
    const uint8_t *next = scan_fixed_row(exact, &layout, out);
    require(!next || next == exact + length, "a row ends where it ends", row);
    free(exact);
    return next;
}

static void try_row(void) {
    static const char marks[] = "\"[]{},.:/0123456789- \n";
    struct digit_guess digits[2];
    char row[64];
    uint64_t mantissas[2];
    for (int i = 0; i < 2; i++) digits[i] = (struct digit_guess){1 + (uint32_t)draw(8), 1 + (uint32_t)draw(8)};
    int length = write_row(row, digits, mantissas), at = (int)draw((uint64_t)length);
    char before = row[at];
    if (draw(2)) row[at] = (char)(draw(2) ? (uint64_t)marks[draw(sizeof marks - 1)] : 1 + draw(255));
    bool same = row[at] == before, digit = is_digit((uint8_t)before) && is_digit((uint8_t)row[at]);

    struct row_layout layout = {0}, narrow;
    layout_init(&layout, digits, length);
    narrow = layout;
    narrow.wide = false;
    narrow.reach = layout.size_decimals.at + 8 > layout.stop + 2 ? layout.size_decimals.at + 8 : layout.stop + 2;
    struct raw_level found = {0}, other = {0};
    bool taken = read_row(row, length, layout, &found);
    require(taken == read_row(row, length, narrow, &other), "wide and narrow reads agree", row);
    require(taken == (same || digit), "exactly the rows of the layout are taken", row);
    if (!taken) return;
    require(found.price == other.price && found.size == other.size, "wide and narrow numbers agree", row);
    require(!same || (found.price == mantissas[0] && found.size == mantissas[1]), "the numbers are those written", row);
    require(found.price_decimals == digits[0].decimals && found.size_decimals == digits[1].decimals, "decimals", row);
}

int main(int count, char **arguments) {
    long rounds = count > 2 ? atol(arguments[2]) : 20000;
    state = (count > 1 ? strtoull(arguments[1], NULL, 10) : 1) * 2654435761u + 1;
    for (long i = 0; i < rounds; i++) try_row();
    printf("%ld rows, %s\n", rounds, have_wide() ? "wide" : "narrow");
    return 0;
}
