/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opening hours, days and zones: every year's Easter, both clock changes, midnight, holidays. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/clock.h"
#include "catalogue/hours.h"

static int64_t at(const char *text)
{
	int64_t ms;
	char full[CLOCK_TEXT_SIZE];
	(void)snprintf(full, sizeof full, "%s:00.000Z", text);
	assert_int_equal(clock_parse(full, &ms), 0);
	return ms;
}

static void easter_falls_where_the_almanac_has_it(void **state)
{
	/* Printed almanacs, the earliest and latest possible days among them. */
	static const struct {
		int year, month, day;
	} rows[] = {
		{1818, 3, 22}, {1943, 4, 25}, {1961, 4, 2},  {2000, 4, 23}, {2008, 3, 23},
		{2019, 4, 21}, {2024, 3, 31}, {2025, 4, 20}, {2026, 4, 5},  {2027, 3, 28},
		{2028, 4, 16}, {2030, 4, 21}, {2038, 4, 25}, {2285, 3, 22},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_int_equal(day_easter(rows[i].year), day_of(rows[i].year, rows[i].month, rows[i].day));
	for (int year = 1900; year < 2200; year++) {
		assert_int_equal(day_weekday(day_easter(year)), 6);
		assert_in_range(day_easter(year), day_of(year, 3, 22), day_of(year, 4, 25));
	}
}

static void days_convert_both_ways_over_leap_years(void **state)
{
	int32_t expected = day_of(1896, 1, 1);
	(void)state;
	assert_int_equal(day_of(1970, 1, 1), 0);
	assert_int_equal(day_weekday(day_of(2026, 11, 21)), 5);
	for (int year = 1896; year < 2110; year++)
		for (int month = 1; month <= 12; month++)
			for (int day = 1; day <= 28; day++) {
				int y, m, d;
				int32_t number = day_of(year, month, day);
				day_split(number, &y, &m, &d);
				assert_true(y == year && m == month && d == day);
				assert_true(number >= expected);
				expected = number + 1;
			}
}

static void dates_are_read_strictly(void **state)
{
	static const struct {
		const char *text;
		int error;
	} rows[] = {
		{"2026-11-21", 0},       {"2024-02-29", 0},        {"2026-02-29", -EINVAL},
		{"2026-13-01", -EINVAL}, {"2026-00-10", -EINVAL},  {"2026-11-31", -EINVAL},
		{"2026-1-1", -EINVAL},   {"2026-11-21 ", -EINVAL}, {"", -EINVAL},
		{"20261121", -EINVAL},   {"abcd-ef-gh", -EINVAL},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		int32_t day;
		assert_int_equal(day_parse(rows[i].text, &day), rows[i].error);
	}
}

static void summer_time_begins_and_ends_at_one_utc_on_the_last_sunday(void **state)
{
	static const struct {
		const char *zone, *moment;
		int offset;
	} rows[] = {
		{"Europe/Oslo", "2026-03-29T00:59", 60},
		{"Europe/Oslo", "2026-03-29T01:00", 120},
		{"Europe/Oslo", "2026-10-25T00:59", 120},
		{"Europe/Oslo", "2026-10-25T01:00", 60},
		{"Europe/Oslo", "2024-03-31T01:00", 120},
		{"Europe/Oslo", "2024-03-31T00:59", 60},
		{"Europe/Oslo", "2026-07-01T12:00", 120},
		{"Europe/Oslo", "2026-01-01T12:00", 60},
		{"Europe/London", "2026-03-29T01:00", 60},
		{"Europe/London", "2026-03-29T00:59", 0},
		{"Europe/Helsinki", "2026-10-25T00:59", 180},
		{"Europe/Helsinki", "2026-10-25T01:00", 120},
		{"UTC", "2026-07-01T12:00", 0},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_int_equal(zone_offset_min(zone_find(rows[i].zone), at(rows[i].moment)),
				 rows[i].offset);
	assert_null(zone_find("Europe/Atlantis"));
}

static void local_minutes_become_moments_on_both_change_nights(void **state)
{
	static const struct {
		int month, day, minute;
		const char *moment;
	} rows[] = {
		{3, 29, 119, "2026-03-29T00:59"},  /* 01:59, the last minute of winter */
		{3, 29, 150, "2026-03-29T01:30"},  /* 02:30 does not exist: 03:30 */
		{3, 29, 180, "2026-03-29T01:00"},  /* 03:00 */
		{10, 25, 150, "2026-10-25T00:30"}, /* 02:30 comes twice: the first */
		{10, 25, 180, "2026-10-25T02:00"}, /* 03:00 */
		{10, 24, 1440 + 180, "2026-10-25T02:00"}, {11, 21, 840, "2026-11-21T13:00"},
	};
	const struct zone *oslo = zone_find("Europe/Oslo");
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_int_equal(
			zone_moment_ms(oslo, day_of(2026, rows[i].month, rows[i].day), rows[i].minute),
			at(rows[i].moment));
}

static struct hours parse(struct arena *arena, const char *text)
{
	struct hours h = {.zone = zone_find("Europe/Oslo")};
	const char *why = "";
	if (hours_parse(text, arena, &h, &why) < 0)
		fail_msg("%s: %s", text, why);
	return h;
}

static void expect(const struct hours *h, const char *moment, bool open, const char *opens,
		   const char *closes)
{
	struct hours_state s;
	hours_at(h, at(moment), &s);
	if (s.open != open)
		fail_msg("%s: open %d", moment, s.open);
	assert_int_equal(s.opens_wall_ms, opens != NULL ? at(opens) : 0);
	assert_int_equal(s.closes_wall_ms, closes != NULL ? at(closes) : 0);
}

static void weekly_hours_open_close_and_open_again(void **state)
{
	struct arena arena = {0};
	struct hours h = parse(&arena, "mo-fr 09:00-15:00, 17:00-21:00; sa 10:00-14:00");
	(void)state;
	expect(&h, "2026-11-24T07:59", false, "2026-11-24T08:00", NULL);
	expect(&h, "2026-11-24T08:00", true, NULL, "2026-11-24T14:00");
	expect(&h, "2026-11-24T13:59", true, NULL, "2026-11-24T14:00");
	expect(&h, "2026-11-24T14:00", false, "2026-11-24T16:00", NULL);
	expect(&h, "2026-11-28T13:00", false, "2026-11-30T08:00", NULL);
	arena_clear(&arena);
}

static void hours_run_over_midnight_and_over_the_end_of_the_week(void **state)
{
	struct arena arena = {0};
	struct hours h = parse(&arena, "we-fr 18:30-01:30; sa-su 14:30-01:30");
	(void)state;
	expect(&h, "2026-11-20T00:29", true, NULL, "2026-11-20T00:30");
	expect(&h, "2026-11-20T00:30", false, "2026-11-20T17:30", NULL);
	expect(&h, "2026-11-22T23:30", true, NULL, "2026-11-23T00:30");
	expect(&h, "2026-11-23T00:30", false, "2026-11-25T17:30", NULL);
	arena_clear(&arena);
}

static void openings_that_touch_are_one(void **state)
{
	struct arena arena = {0};
	struct hours h = parse(&arena, "mo 20:00-24:00; tu 00:00-02:00");
	struct hours all = parse(&arena, "mo-su 00:00-24:00");
	(void)state;
	expect(&h, "2026-11-23T20:00", true, NULL, "2026-11-24T01:00");
	expect(&all, "2026-11-23T20:00", true, NULL, NULL);
	arena_clear(&arena);
}

static void an_opening_is_as_long_as_the_night_on_which_clocks_change(void **state)
{
	struct arena arena = {0};
	struct hours h = parse(&arena, "sa 23:00-04:00");
	(void)state;
	expect(&h, "2026-03-28T22:00", true, NULL, "2026-03-29T02:00");
	expect(&h, "2026-10-24T21:00", true, NULL, "2026-10-25T03:00");
	arena_clear(&arena);
}

static void the_words_always_closed_and_unknown_mean_what_they_say(void **state)
{
	struct arena arena = {0};
	struct hours always = parse(&arena, "always"), closed = parse(&arena, "closed"),
		     unknown = parse(&arena, "unknown");
	(void)state;
	expect(&always, "2026-12-25T03:00", true, NULL, NULL);
	expect(&closed, "2026-11-24T10:00", false, NULL, NULL);
	assert_false(unknown.known);
	expect(&unknown, "2026-11-24T10:00", false, NULL, NULL);
	arena_clear(&arena);
}

static void exceptions_replace_the_week_on_the_days_they_name(void **state)
{
	struct arena arena = {0};
	struct day_span spans[2 * DAY_SPANS_MAX];
	struct hours holiday = parse(&arena, "16:00-22:00");
	struct hours h = parse(&arena, "mo-su 14:00-22:00");
	int count = day_spans_parse("12-20/01-05", spans, DAY_SPANS_MAX);
	(void)state;
	assert_int_equal(count, 1);
	int public = day_spans_parse("public", spans + 1, DAY_SPANS_MAX);
	assert_true(public > 1);
	struct hours_exception exceptions[] = {
		{.span_count = (size_t) public, .spans = spans + 1},
		{.span_count = 1,
		 .spans = spans,
		 .openings = holiday.openings,
		 .opening_count = holiday.opening_count},
	};
	h.exceptions = exceptions;
	h.exception_count = 2;
	expect(&h, "2026-12-19T14:00", true, NULL, "2026-12-19T21:00");
	expect(&h, "2026-12-20T14:00", false, "2026-12-20T15:00", NULL);
	expect(&h, "2027-01-05T14:00", false, "2027-01-05T15:00", NULL);
	expect(&h, "2027-01-06T14:00", true, NULL, "2027-01-06T21:00");
	/* The first that fits counts: Christmas Day is closed, not short. */
	expect(&h, "2026-12-25T16:00", false, "2026-12-27T15:00", NULL);
	expect(&h, "2026-04-05T16:00", false, "2026-04-07T12:00", NULL);
	arena_clear(&arena);
}

static void day_words_name_the_days_of_norway(void **state)
{
	static const struct {
		const char *word;
		int month, day;
		bool in;
	} rows[] = {
		{"public", 1, 1, true},
		{"public", 4, 2, true},
		{"public", 4, 3, true},
		{"public", 4, 4, false},
		{"public", 4, 5, true},
		{"public", 4, 6, true},
		{"public", 5, 1, true},
		{"public", 5, 14, true},
		{"public", 5, 17, true},
		{"public", 5, 24, true},
		{"public", 5, 25, true},
		{"public", 12, 24, false},
		{"public", 12, 25, true},
		{"public", 12, 26, true},
		{"public", 12, 27, false},
		{"easter", 4, 4, true},
		{"easter", 4, 1, false},
		{"easter", 4, 6, true},
		{"good-friday", 4, 3, true},
		{"palm-sunday", 3, 29, true},
		{"ascension-day", 5, 14, true},
		{"whit-monday", 5, 25, true},
		{"easter-eve", 4, 4, true},
		{"new-years-eve", 12, 31, true},
		{"christmas", 12, 24, true},
		{"12-31/01-02", 1, 2, true},
		{"12-31/01-02", 1, 3, false},
		{"12-31/01-02", 12, 30, false},
		{"2026-06-20/2026-08-17", 8, 17, true},
		{"2026-06-20", 6, 21, false},
		{"2025-06-20", 6, 20, false},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct day_span spans[DAY_SPANS_MAX];
		bool in = false;
		int count = day_spans_parse(rows[i].word, spans, DAY_SPANS_MAX);
		assert_true(count > 0);
		for (int s = 0; s < count; s++)
			in |= day_in_span(day_of(2026, rows[i].month, rows[i].day), &spans[s]);
		if (in != rows[i].in)
			fail_msg("%s on %02d-%02d", rows[i].word, rows[i].month, rows[i].day);
	}
}

static void what_is_no_hours_and_no_day_is_refused(void **state)
{
	static const char *const hours[] = {"",
					    "mo",
					    "mo 9-15",
					    "mo 09:00",
					    "mo 09:00-25:00",
					    "xx 09:00-10:00",
					    "mo-xx 09:00-10:00",
					    "mo 09:00-15:00;",
					    "mo 09:00-15:00 x",
					    "mo 09:60-15:00",
					    "09:00-15:00,",
					    "always open",
					    "mo, 09:00-10:00",
					    "mo 24:00-02:00",
					    "mon 09:00-10:00"};
	static const char *const days[] = {"",
					   "yule",
					   "13-01",
					   "02-30",
					   "2026-02-30",
					   "2026-06-20/2026-06-19",
					   "06-20/2026-08-17",
					   "06-20/",
					   "/06-20",
					   "06-20/07-01/08-01"};
	struct arena arena = {0};
	(void)state;
	for (size_t i = 0; i < sizeof hours / sizeof hours[0]; i++) {
		struct hours h = {0};
		const char *why = NULL;
		if (hours_parse(hours[i], &arena, &h, &why) != -EINVAL)
			fail_msg("\"%s\" was taken", hours[i]);
		assert_non_null(why);
	}
	for (size_t i = 0; i < sizeof days / sizeof days[0]; i++) {
		struct day_span spans[DAY_SPANS_MAX];
		if (day_spans_parse(days[i], spans, DAY_SPANS_MAX) != -EINVAL)
			fail_msg("\"%s\" was taken", days[i]);
	}
	arena_clear(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(easter_falls_where_the_almanac_has_it),
		cmocka_unit_test(days_convert_both_ways_over_leap_years),
		cmocka_unit_test(dates_are_read_strictly),
		cmocka_unit_test(summer_time_begins_and_ends_at_one_utc_on_the_last_sunday),
		cmocka_unit_test(local_minutes_become_moments_on_both_change_nights),
		cmocka_unit_test(weekly_hours_open_close_and_open_again),
		cmocka_unit_test(hours_run_over_midnight_and_over_the_end_of_the_week),
		cmocka_unit_test(openings_that_touch_are_one),
		cmocka_unit_test(an_opening_is_as_long_as_the_night_on_which_clocks_change),
		cmocka_unit_test(the_words_always_closed_and_unknown_mean_what_they_say),
		cmocka_unit_test(exceptions_replace_the_week_on_the_days_they_name),
		cmocka_unit_test(day_words_name_the_days_of_norway),
		cmocka_unit_test(what_is_no_hours_and_no_day_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
