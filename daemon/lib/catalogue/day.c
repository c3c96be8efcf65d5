/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calendar and zones: days as numbers, Easter, day words, and the offset of a zone from UTC. Everything is
 * arithmetic on integers, so that a test can ask about any year.
 */
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "catalogue/hours.h"

struct zone {
	const char *name;
	int standard_min; /* east of UTC */
	bool summer;      /* one hour more between the last Sundays of March and October, 01:00 UTC */
};

static const struct zone zones[] = {
	{"Europe/Oslo", 60, true},
	{"Arctic/Longyearbyen", 60, true},
	{"Europe/Stockholm", 60, true},
	{"Europe/Copenhagen", 60, true},
	{"Europe/Helsinki", 120, true},
	{"Europe/London", 0, true},
	{"UTC", 0, false},
};

static const char zone_names[] = "Europe/Oslo, Arctic/Longyearbyen, Europe/Stockholm, Europe/Copenhagen, "
				 "Europe/Helsinki, Europe/London, UTC";

const struct zone *zone_find(const char *name)
{
	for (size_t i = 0; i < sizeof zones / sizeof zones[0]; i++)
		if (strcmp(zones[i].name, name) == 0)
			return &zones[i];
	return NULL;
}

const char *zone_list(void)
{
	return zone_names;
}

/* The usual conversion with years that begin in March, so that the leap day is the last of its year. */
int32_t day_of(int year, int month, int day)
{
	int y = month <= 2 ? year - 1 : year;
	int era = (y >= 0 ? y : y - 399) / 400;
	int of_era = y - era * 400;
	int of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
	int day_of_era = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
	return era * 146097 + day_of_era - 719468;
}

void day_split(int32_t day, int *year, int *month, int *day_of_month)
{
	int32_t z = day + 719468;
	int32_t era = (z >= 0 ? z : z - 146096) / 146097;
	int32_t of_era = z - era * 146097;
	int32_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int32_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int32_t m = (5 * of_year + 2) / 153;
	*day_of_month = of_year - (153 * m + 2) / 5 + 1;
	*month = m < 10 ? m + 3 : m - 9;
	*year = year_of_era + era * 400 + (*month <= 2);
}

/* 1970-01-01 was a Thursday. */
int day_weekday(int32_t day)
{
	int w = (int)((day + 3) % 7);
	return w < 0 ? w + 7 : w;
}

/* The Gregorian computus: golden number, century corrections, epact, then the Sunday after the full moon. */
int32_t day_easter(int year)
{
	int golden = year % 19, century = year / 100, of_century = year % 100;
	int leap_skip = century / 4, century_rest = century % 4;
	int moon = (century + 8) / 25;
	int drift = (century - moon + 1) / 3;
	int epact = (19 * golden + century - leap_skip - drift + 15) % 30;
	int weekday = (32 + 2 * century_rest + 2 * (of_century / 4) - epact - of_century % 4) % 7;
	int late = (golden + 11 * epact + 22 * weekday) / 451;
	int sum = epact + weekday - 7 * late + 114;
	return day_of(year, sum / 31, sum % 31 + 1);
}

/* Summer time runs between 01:00 UTC on the last Sundays of March and October. */
static int64_t change_ms(int year, int month)
{
	int32_t last = day_of(year, month, 31);
	return ((int64_t)(last - (day_weekday(last) + 1) % 7) * 24 + 1) * 3600000;
}

static int32_t floor_days(int64_t ms)
{
	return (int32_t)(ms >= 0 ? ms / DAY_MS : -((-ms + DAY_MS - 1) / DAY_MS));
}

int zone_offset_min(const struct zone *z, int64_t wall_ms)
{
	int year, month, day;
	day_split(floor_days(wall_ms), &year, &month, &day);
	bool summer = z->summer && wall_ms >= change_ms(year, 3) && wall_ms < change_ms(year, 10);
	return z->standard_min + (summer ? 60 : 0);
}

int64_t zone_moment_ms(const struct zone *z, int32_t day, int minute)
{
	int64_t as_utc = (int64_t)day * DAY_MS + (int64_t)minute * MINUTE_MS;
	int64_t if_summer = as_utc - (int64_t)(z->standard_min + 60) * MINUTE_MS;
	int64_t if_standard = as_utc - (int64_t)z->standard_min * MINUTE_MS;
	return zone_offset_min(z, if_summer) == z->standard_min + 60 ? if_summer : if_standard;
}

int32_t zone_day(const struct zone *z, int64_t wall_ms, int *minute)
{
	int64_t local = wall_ms + (int64_t)zone_offset_min(z, wall_ms) * MINUTE_MS;
	int32_t day = floor_days(local);
	*minute = (int)((local - (int64_t)day * DAY_MS) / MINUTE_MS);
	return day;
}

/* Exactly `digits` decimal digits, or -1. */
static int digits_at(const char *text, int digits)
{
	int value = 0;
	for (int i = 0; i < digits; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		value = value * 10 + (text[i] - '0');
	}
	return value;
}

static int month_days(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return days[month - 1] + (month == 2 && leap);
}

static bool month_day_valid(int year, int month, int day)
{
	return month >= 1 && month <= 12 && day >= 1 && day <= month_days(year, month);
}

int day_parse(const char *text, int32_t *out)
{
	return clock_date(span_text(text), out);
}

/* "MM-DD" as month * 100 + day; 02-29 is allowed. */
static int yearly_parse(const char *text, size_t len, int32_t *out)
{
	if (len != 5 || text[2] != '-')
		return -EINVAL;
	int month = digits_at(text, 2), day = digits_at(text + 3, 2);
	if (!month_day_valid(2000, month, day))
		return -EINVAL;
	*out = month * 100 + day;
	return 0;
}

static int date_parse(const char *text, size_t len, int32_t *out)
{
	char copy[11];
	if (len != 10)
		return -EINVAL;
	memcpy(copy, text, 10);
	copy[10] = '\0';
	return day_parse(copy, out);
}

struct day_word {
	const char *word;
	struct day_span span;
};

/* Norway's days; "public" is the union of the rows marked by the list below. */
static const struct day_word words[] = {
	{"new-year", {SPAN_YEARLY, 101, 101}},
	{"palm-sunday", {SPAN_EASTER, -7, -7}},
	{"maundy-thursday", {SPAN_EASTER, -3, -3}},
	{"good-friday", {SPAN_EASTER, -2, -2}},
	{"easter-eve", {SPAN_EASTER, -1, -1}},
	{"easter-sunday", {SPAN_EASTER, 0, 0}},
	{"easter-monday", {SPAN_EASTER, 1, 1}},
	{"labour-day", {SPAN_YEARLY, 501, 501}},
	{"constitution-day", {SPAN_YEARLY, 517, 517}},
	{"ascension-day", {SPAN_EASTER, 39, 39}},
	{"whit-sunday", {SPAN_EASTER, 49, 49}},
	{"whit-monday", {SPAN_EASTER, 50, 50}},
	{"christmas-eve", {SPAN_YEARLY, 1224, 1224}},
	{"christmas-day", {SPAN_YEARLY, 1225, 1225}},
	{"boxing-day", {SPAN_YEARLY, 1226, 1226}},
	{"new-years-eve", {SPAN_YEARLY, 1231, 1231}},
	{"easter", {SPAN_EASTER, -3, 1}},
	{"christmas", {SPAN_YEARLY, 1224, 1226}},
};

static const char day_words[] =
	"public, easter, christmas, new-year, palm-sunday, maundy-thursday, good-friday, easter-eve, "
	"easter-sunday, "
	"easter-monday, labour-day, constitution-day, ascension-day, whit-sunday, whit-monday, "
	"christmas-eve, "
	"christmas-day, boxing-day, new-years-eve, MM-DD, MM-DD/MM-DD, YYYY-MM-DD, YYYY-MM-DD/YYYY-MM-DD";

/* Public holidays of Norway (lov om 1 og 17 mai, lov om helligdager). */
static const struct day_span public_days[] = {
	{SPAN_YEARLY, 101, 101}, {SPAN_EASTER, -3, -2}, {SPAN_EASTER, 0, 1},   {SPAN_YEARLY, 501, 501},
	{SPAN_YEARLY, 517, 517}, {SPAN_EASTER, 39, 39}, {SPAN_EASTER, 49, 50}, {SPAN_YEARLY, 1225, 1226},
};

const char *hours_day_words(void)
{
	return day_words;
}

static int dates_parse(const char *text, struct day_span *out)
{
	const char *slash = strchr(text, '/');
	size_t first = slash != NULL ? (size_t)(slash - text) : strlen(text);
	const char *second = slash != NULL ? slash + 1 : text;
	size_t second_len = slash != NULL ? strlen(second) : first;
	if (yearly_parse(text, first, &out->from) == 0 && yearly_parse(second, second_len, &out->to) == 0) {
		out->kind = SPAN_YEARLY;
		return 1;
	}
	if (date_parse(text, first, &out->from) == 0 && date_parse(second, second_len, &out->to) == 0 &&
	    out->to >= out->from) {
		out->kind = SPAN_DATE;
		return 1;
	}
	return -EINVAL;
}

int day_spans_parse(const char *text, struct day_span *out, size_t max)
{
	enum { PUBLIC = sizeof public_days / sizeof public_days[0] };
	if (strcmp(text, "public") == 0) {
		if (max < PUBLIC)
			return -EINVAL;
		memcpy(out, public_days, sizeof public_days);
		return PUBLIC;
	}
	if (max < 1)
		return -EINVAL;
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (strcmp(words[i].word, text) == 0) {
			*out = words[i].span;
			return 1;
		}
	}
	return dates_parse(text, out);
}

bool day_in_span(int32_t day, const struct day_span *span)
{
	int year, month, of_month;
	if (span->kind == SPAN_DATE)
		return day >= span->from && day <= span->to;
	day_split(day, &year, &month, &of_month);
	if (span->kind == SPAN_EASTER) {
		int32_t from_easter = day - day_easter(year);
		return from_easter >= span->from && from_easter <= span->to;
	}
	int32_t at = month * 100 + of_month;
	if (span->from <= span->to)
		return at >= span->from && at <= span->to;
	return at >= span->from || at <= span->to;
}
