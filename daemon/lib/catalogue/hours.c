/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading opening hours and asking them. A day's openings are turned into moments with the zone's offset at
 * those moments, so that the two nights of the clock change need no special case here. An opening belongs to
 * the day it begins on; so does the exception that replaces it.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "catalogue/hours.h"

enum { OPENINGS_MAX = 42, DAY_MIN = 1440, LOOK_AHEAD_DAYS = 60, ALL_DAYS = 0x7f };

static const char *const weekday_names[7] = {"mo", "tu", "we", "th", "fr", "sa", "su"};

static void skip_blanks(const char **at)
{
	while (**at == ' ' || **at == '\t')
		(*at)++;
}

static int weekday_at(const char **at)
{
	for (int i = 0; i < 7; i++) {
		if (strncasecmp(*at, weekday_names[i], 2) == 0 && !isalpha((unsigned char)(*at)[2])) {
			*at += 2;
			return i;
		}
	}
	return -1;
}

/* "mo-fr,su": ranges may wrap (sa-mo). */
static int days_parse(const char **at, uint8_t *days)
{
	*days = 0;
	for (;;) {
		int from = weekday_at(at);
		if (from < 0)
			return -EINVAL;
		int to = from;
		if (**at == '-') {
			(*at)++;
			to = weekday_at(at);
			if (to < 0)
				return -EINVAL;
		}
		for (int d = from;; d = (d + 1) % 7) {
			*days = (uint8_t)(*days | 1u << d);
			if (d == to)
				break;
		}
		if (**at != ',')
			return 0;
		(*at)++;
		skip_blanks(at);
	}
}

/* "HH:MM", 00:00-24:00. */
static int time_parse(const char **at, int *out)
{
	const char *t = *at;
	for (int i = 0; i < 5; i++)
		if (i == 2 ? t[i] != ':' : !isdigit((unsigned char)t[i]))
			return -EINVAL;
	int hour = (t[0] - '0') * 10 + t[1] - '0', minute = (t[3] - '0') * 10 + t[4] - '0';
	if (minute > 59 || hour * 60 + minute > DAY_MIN)
		return -EINVAL;
	*out = hour * 60 + minute;
	*at += 5;
	return 0;
}

static int range_parse(const char **at, uint8_t days, struct opening *out)
{
	int from, to;
	if (time_parse(at, &from) < 0 || from == DAY_MIN || **at != '-')
		return -EINVAL;
	(*at)++;
	if (time_parse(at, &to) < 0)
		return -EINVAL;
	if (to <= from)
		to += DAY_MIN;
	*out = (struct opening){days, (uint16_t)from, (uint16_t)to};
	return 0;
}

/* One group "days time, time"; the days may be missing. */
static int group_parse(const char **at, struct opening *list, size_t *count, const char **why)
{
	uint8_t days = ALL_DAYS;
	skip_blanks(at);
	if (isalpha((unsigned char)**at) && days_parse(at, &days) < 0) {
		*why = "days are mo tu we th fr sa su, as in mo-fr or mo,we";
		return -EINVAL;
	}
	for (;;) {
		skip_blanks(at);
		if (*count == OPENINGS_MAX) {
			*why = "too many opening times";
			return -EINVAL;
		}
		if (range_parse(at, days, &list[*count]) < 0) {
			*why = "times are HH:MM-HH:MM, as in mo-fr 09:00-15:00, 17:00-21:00; sa 10:00-14:00";
			return -EINVAL;
		}
		(*count)++;
		skip_blanks(at);
		if (**at != ',')
			return 0;
		(*at)++;
	}
}

static int weekly_parse(const char *text, struct arena *arena, struct hours *out, const char **why)
{
	struct opening list[OPENINGS_MAX];
	size_t count = 0;
	for (const char *at = text;;) {
		if (group_parse(&at, list, &count, why) < 0)
			return -EINVAL;
		if (*at == '\0')
			break;
		if (*at++ != ';') {
			*why = "groups of days are separated by semicolons";
			return -EINVAL;
		}
	}
	struct opening *kept = arena_alloc(arena, count * sizeof *kept);
	memcpy(kept, list, count * sizeof *kept);
	out->known = true;
	out->openings = kept;
	out->opening_count = count;
	return 0;
}

int hours_parse(const char *text, struct arena *arena, struct hours *out, const char **why)
{
	*out = (struct hours){
		.exceptions = out->exceptions, .exception_count = out->exception_count, .zone = out->zone};
	if (strcmp(text, "unknown") == 0)
		return 0;
	if (strcmp(text, "closed") == 0 || strcmp(text, "always") == 0) {
		out->known = true;
		out->always = text[0] == 'a';
		return 0;
	}
	return weekly_parse(text, arena, out, why);
}

struct day_hours {
	bool always;
	size_t count;
	const struct opening *openings;
};

/* What counts on a day: its first exception, else the week. */
static struct day_hours on_day(const struct hours *h, int32_t day)
{
	for (size_t i = 0; i < h->exception_count; i++) {
		const struct hours_exception *e = &h->exceptions[i];
		for (size_t s = 0; s < e->span_count; s++)
			if (day_in_span(day, &e->spans[s]))
				return (struct day_hours){e->always, e->opening_count, e->openings};
	}
	return (struct day_hours){h->always, h->opening_count, h->openings};
}

static const struct opening whole_day = {ALL_DAYS, 0, DAY_MIN};

/* The latest end of an opening that is running at `at`, and the earliest beginning after it, over the
 * openings that begin on `day`. 0 = none. */
static void look_at_day(const struct hours *h, int32_t day, int64_t at, int64_t *end, int64_t *begin)
{
	struct day_hours list = on_day(h, day);
	if (list.always)
		list = (struct day_hours){false, 1, &whole_day};
	for (size_t i = 0; i < list.count; i++) {
		const struct opening *o = &list.openings[i];
		if ((o->days >> day_weekday(day) & 1) == 0)
			continue;
		int64_t from = zone_moment_ms(h->zone, day, o->from_min);
		int64_t to = zone_moment_ms(h->zone, day, o->to_min);
		if (from <= at && at < to && to > *end)
			*end = to;
		if (from > at && (*begin == 0 || from < *begin))
			*begin = from;
	}
}

/* The end of the opening that runs at `at`, 0 when closed then. */
static int64_t open_until(const struct hours *h, int64_t at)
{
	int minute;
	int64_t end = 0, begin = 0;
	int32_t day = zone_day(h->zone, at, &minute);
	look_at_day(h, day - 1, at, &end, &begin);
	look_at_day(h, day, at, &end, &begin);
	return end;
}

void hours_at(const struct hours *h, int64_t wall_ms, struct hours_state *out)
{
	*out = (struct hours_state){0};
	if (!h->known)
		return;
	if (h->always && h->exception_count == 0) {
		out->open = true;
		return;
	}
	int64_t until = open_until(h, wall_ms);
	if (until != 0) {
		out->open = true;
		/* Openings that touch are one: 22:00-24:00 and 00:00-02:00 close at two. */
		for (int i = 0; i < 16 && until != 0; i++) {
			out->closes_wall_ms = until;
			until = open_until(h, until);
		}
		if (until != 0)
			out->closes_wall_ms = 0;
		return;
	}
	out->opens_wall_ms = hours_next(h, wall_ms, LOOK_AHEAD_DAYS);
}

int64_t hours_next(const struct hours *h, int64_t wall_ms, int days)
{
	int minute;
	int64_t end = 0, begin = 0;
	if (!h->known || h->zone == NULL)
		return 0;
	int32_t day = zone_day(h->zone, wall_ms, &minute);
	for (int i = 0; i <= days && begin == 0; i++)
		look_at_day(h, day + i, wall_ms, &end, &begin);
	return begin;
}
