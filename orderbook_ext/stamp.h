/* Times as venues write them, to nanoseconds since 1970-01-01 UTC. */
#ifndef ONEBOOK_STAMP_H
#define ONEBOOK_STAMP_H

#include "json.h"

enum { NANO_DECIMALS = 9, LAST_YEAR = 2261 }; /* what an int64 of nanoseconds holds */

/* Exactly `count` digits; -1 if there are fewer. */
static int32_t fixed_digits(const uint8_t *p, uint32_t count) {
    int32_t value = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (!is_digit(p[i])) return -1;
        value = value * 10 + (p[i] - '0');
    }
    return value;
}

/* Days since 1970-01-01 of a date of the Gregorian calendar, counted in eras of 400 years that begin in March. */
static int64_t days_of(int64_t year, int64_t month, int64_t day) {
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

/* Digits of a fraction as nanoseconds; what is finer is cut off. */
static const uint8_t *scan_nanos(const uint8_t *p, const uint8_t *end, int64_t *nanos) {
    const uint8_t *start = p;
    int64_t unit = 100000000;
    for (; p < end && is_digit(*p); p++, unit /= 10) *nanos += (*p - '0') * unit;
    return p == start ? NULL : p;
}

/* "2026-01-01T00:00:00[.123456789]" and "Z" or "+00:00". A time before 1970 is 0: venues write one that means nothing. */
static const uint8_t *scan_iso_time(const uint8_t *p, const uint8_t *end, int64_t *out) {
    if (end - p < 22 || *p != '"') return NULL;
    const uint8_t *text = p + 1;
    int32_t year = fixed_digits(text, 4), month = fixed_digits(text + 5, 2), day = fixed_digits(text + 8, 2);
    int32_t hour = fixed_digits(text + 11, 2), minute = fixed_digits(text + 14, 2), second = fixed_digits(text + 17, 2);
    if (text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':') return NULL;
    if (year < 0 || year > LAST_YEAR || month < 1 || month > 12 || day < 1 || day > 31) return NULL;
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return NULL;
    int64_t nanos = 0;
    p = text + 19;
    if (*p == '.' && !(p = scan_nanos(p + 1, end, &nanos))) return NULL;
    if (p < end && *p == 'Z') p++;
    else if (end - p >= 6 && memcmp(p, "+00:00", 6) == 0) p += 6;
    else return NULL;
    if (p == end || *p != '"') return NULL;
    int64_t seconds = ((days_of(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
    *out = seconds < 0 ? 0 : seconds * 1000000000 + nanos;
    return p + 1;
}

/* Seconds with a fraction, quoted or bare, as nanoseconds; what is finer is cut off. */
static const uint8_t *scan_seconds(const uint8_t *p, const uint8_t *end, int64_t *out) {
    bool quoted = p < end && *p == '"';
    const uint8_t *start = p += quoted;
    int64_t seconds = 0, nanos = 0;
    for (; p < end && is_digit(*p); p++) {
        seconds = seconds * 10 + (*p - '0');
        if (seconds > INT64_MAX / 1000000000 - 1) return NULL;
    }
    if (p == start || (!quoted && *start == '0' && p - start > 1)) return NULL;
    if (p < end && *p == '.' && !(p = scan_nanos(p + 1, end, &nanos))) return NULL;
    if (quoted && (p == end || *p++ != '"')) return NULL;
    *out = seconds * 1000000000 + nanos;
    return p;
}

#endif
