/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/clock.h"

static const struct {
	int64_t ms;
	const char *text;
} times[] = {
	{0, "1970-01-01T00:00:00.000Z"},
	{951782400123, "2000-02-29T00:00:00.123Z"},
	{1795255200000, "2026-11-21T10:00:00.000Z"},
	{253402300799999, "9999-12-31T23:59:59.999Z"},
};

static void times_are_written_and_read_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
		char text[CLOCK_TEXT_SIZE];
		int64_t ms;
		clock_text(times[i].ms, text);
		assert_string_equal(text, times[i].text);
		assert_int_equal(clock_parse(text, &ms), 0);
		assert_int_equal(ms, times[i].ms);
	}
}

static void a_date_is_a_day(void **state)
{
	static const struct {
		const char *text;
		int32_t day; /* -1: none */
	} rows[] = {
		{"1970-01-01", 0},
		{"2024-02-29", 19782},
		{"2026-11-22", 20779},
		{"1969-12-31", -1},
		{"2026-02-29", -1},
		{"2026-00-10", -1},
		{"2026-11-00", -1},
		{"2026-11-2", -1},
		{"2026-11-221", -1},
		{"2026/11/22", -1},
		{"", -1},
		{" 026-11-22", -1},
	};
	int32_t day;
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int rc = clock_date(span_text(rows[i].text), &day);
		assert_int_equal(rc, rows[i].day < 0 ? -EINVAL : 0);
		if (rc == 0)
			assert_int_equal(day, rows[i].day);
	}
	assert_int_equal(clock_date(span_of("2026-11\0-22", 10), &day), -EINVAL);
}

static void texts_that_are_no_times_are_refused(void **state)
{
	static const char *const bad[] = {"",
					  "2026-11-21",
					  "2026-11-21T10:00:00Z",
					  "2026-11-21T10:00:00.000",
					  "2026-02-30T10:00:00.000Z",
					  "2026-13-01T10:00:00.000Z",
					  "2026-11-21T24:00:00.000Z",
					  "2026-11-21T10:60:00.000Z",
					  "2026-11-21 10:00:00.000Z",
					  "2026-11-21T10:00:00.000Zz",
					  "-026-11-21T10:00:00.000Z"};
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		int64_t ms = 42;
		assert_true(clock_parse(bad[i], &ms) < 0);
		assert_int_equal(ms, 42);
	}
}

static void the_wall_clock_of_a_test_follows_its_file(void **state)
{
	(void)state;
	char path[] = "/tmp/trygg-clock-XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(setenv("TRYGG_CLOCK_FILE", path, 1), 0);
	int64_t before = clock_wall_ms();
	assert_int_equal(write(fd, "86400", 5), 5);
	int64_t moved = clock_wall_ms() - before;
	assert_in_range(moved, 86400000, 86400000 + 60000);
	(void)close(fd);
	(void)unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_are_written_and_read_back),
		cmocka_unit_test(a_date_is_a_day),
		cmocka_unit_test(texts_that_are_no_times_are_refused),
		cmocka_unit_test(the_wall_clock_of_a_test_follows_its_file),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
