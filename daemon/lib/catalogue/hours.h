/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opening hours: weekly hours, exceptions on holidays and dates, and the time zone they are meant in. Pure:
 * the caller brings the time. Zones are a table of offsets with the summer time of the European Union
 * (directive 2000/84/EC), because the C library's zones are process-wide state and silently UTC where tzdata
 * is missing.
 */
#ifndef TRYGG_CATALOGUE_HOURS_H
#define TRYGG_CATALOGUE_HOURS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/*
 * Open on `days` (bit 0 = Monday) from `from` to `to`, minutes since midnight; to > 1440 runs into the next
 * day.
 */
struct opening {
	uint8_t days;
	uint16_t from_min, to_min;
};

/* Which days an exception speaks about, both ends inclusive. */
enum span_kind { SPAN_EASTER, SPAN_YEARLY, SPAN_DATE };
struct day_span {
	enum span_kind kind;
	int32_t from, to; /* days from Easter Sunday | month * 100 + day, may wrap | days since 1970-01-01 */
};

/* On these days the openings replace the weekly ones; none = closed. */
struct hours_exception {
	size_t span_count;
	const struct day_span *spans;
	bool always;
	size_t opening_count;
	const struct opening *openings;
};

struct hours {
	bool known;  /* false: show none, promise nothing */
	bool always; /* round the clock on days without exception */
	size_t opening_count;
	const struct opening *openings;
	size_t exception_count;
	const struct hours_exception *exceptions; /* the first that fits a day counts */
	const struct zone *zone;                  /* NULL: not known hours */
};

/* "Europe/Oslo" …; NULL when not in the table. */
const struct zone *zone_find(const char *name);
/* Names of the table for messages, separated by ", ". Static. */
const char *zone_list(void);
/* Minutes to add to UTC at that moment. */
int zone_offset_min(const struct zone *z, int64_t wall_ms);
/* The UTC moment of `minute` (0-2879) of the local day; a minute that is skipped becomes the one after the
 * gap, of a minute that comes twice the first is meant. */
int64_t zone_moment_ms(const struct zone *z, int32_t day, int minute);
/* The local day and minute of a moment. */
int32_t zone_day(const struct zone *z, int64_t wall_ms, int *minute);

/* Days since 1970-01-01 of a date in the proleptic Gregorian calendar, and back. */
int32_t day_of(int year, int month, int day);
void day_split(int32_t day, int *year, int *month, int *day_of_month);
int day_weekday(int32_t day); /* 0 = Monday */
/* Easter Sunday of the western church. */
int32_t day_easter(int year);
/* A valid "YYYY-MM-DD". -EINVAL else. */
int day_parse(const char *text, int32_t *out);

/*
 * "always", "closed", "unknown" or "mo-fr 09:00-15:00, 17:00-21:00; sa,su 10:00-24:00": days, then times,
 * groups separated by semicolons; without days every day. A range that ends at or before its begin runs into
 * the next day. -EINVAL with a sentence in `why`. Openings live in the arena; exceptions and zone are left
 * alone.
 */
int hours_parse(const char *text, struct arena *arena, struct hours *out, const char **why);
/*
 * One day word: "public" (Norway's public holidays), "easter", "christmas", "good-friday" …
 * (hours_day_words()), "MM-DD", "MM-DD/MM-DD", "YYYY-MM-DD", "YYYY-MM-DD/YYYY-MM-DD". Writes up to `max`
 * spans and returns how many, or -EINVAL.
 */
int day_spans_parse(const char *text, struct day_span *out, size_t max);
enum { DAY_SPANS_MAX = 16 };
/* The words, for messages, separated by ", ". Static. */
const char *hours_day_words(void);
bool day_in_span(int32_t day, const struct day_span *span);

struct hours_state {
	bool open;
	int64_t opens_wall_ms;  /* when closed: the next opening within 60 days; 0 = none known */
	int64_t closes_wall_ms; /* when open: 0 = not within a week */
};

void hours_at(const struct hours *h, int64_t wall_ms, struct hours_state *out);
/* The first opening that begins after the moment, at most so many days later; 0 = none. */
int64_t hours_next(const struct hours *h, int64_t wall_ms, int days);

#endif
