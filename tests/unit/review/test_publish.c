/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "review/csv.h"
#include "review/publish.h"

static void shown_numbers_are_multiples_of_five_and_never_below(void **state)
{
	(void)state;
	for (int64_t n = 0; n < 1000; n++) {
		int64_t shown = publish_round(n, 30);
		assert_int_equal(shown % 5, 0);
		assert_true(n < 5 ? shown == 0 : shown - n <= 2 && n - shown <= 2);
	}
}

static void of_a_small_stage_nothing_is_shown(void **state)
{
	(void)state;
	for (int64_t pupils = 0; pupils < 30; pupils++)
		assert_int_equal(publish_round(100000, pupils), 0);
}

static void a_spreadsheet_takes_no_field_for_a_formula(void **state)
{
	static const struct {
		const char *text, *wanted;
	} rows[] = {
		{"plain.example", "\"plain.example\""},
		{"=cmd|' /C calc'!A0", "\"'=cmd|' /C calc'!A0\""},
		{"+1", "\"'+1\""},
		{"-1", "\"'-1\""},
		{"@x", "\"'@x\""},
		{"\tx", "\"'\tx\""},
		{"\rx", "\"'\rx\""},
		{" =x", "\"' =x\""},
		{"\"=x", "\"'\"\"=x\""},
		{"\xef\xbc\x9dx", "\"'\xef\xbc\x9dx\""},
		{"\xef\xbc\xa0x", "\"'\xef\xbc\xa0x\""},
		{"a,\"b\"", "\"a,\"\"b\"\"\""},
		{"", "\"\""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *said = NULL;
		size_t len;
		FILE *out = open_memstream(&said, &len);
		assert_non_null(out);
		csv_text(out, rows[i].text, true);
		assert_int_equal(fclose(out), 0);
		assert_string_equal(said, rows[i].wanted);
		free(said);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shown_numbers_are_multiples_of_five_and_never_below),
		cmocka_unit_test(of_a_small_stage_nothing_is_shown),
		cmocka_unit_test(a_spreadsheet_takes_no_field_for_a_formula),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
