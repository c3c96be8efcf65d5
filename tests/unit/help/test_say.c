/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Slots of sentences. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "help/say.h"

static void slots_are_filled_and_strange_braces_stay(void **state)
{
	static const struct slot slots[] = {
		{"time", "14:00"}, {"day", "mandag"}, {"empty", ""}, {NULL, NULL}};
	static const struct {
		const char *sentence, *expected;
	} rows[] = {
		{"Åpner {day} kl. {time}.", "Åpner mandag kl. 14:00."},
		{"{time}{time}", "14:0014:00"},
		{"ingen", "ingen"},
		{"", ""},
		{"{other} og {", "{other} og {"},
		{"{time", "{time"},
		{"{ti{time}", "{ti14:00"},
		{"a{empty}b", "ab"},
		{"{}", "{}"},
	};
	char out[64];
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		say_fill(rows[i].sentence, slots, out, sizeof out);
		assert_string_equal(out, rows[i].expected);
	}
	say_fill("{time}", NULL, out, sizeof out);
	assert_string_equal(out, "{time}");
}

static void a_long_sentence_is_cut_at_a_whole_character(void **state)
{
	static const char *const cut[] = {"", "", "æ", "æ", "ææ", "ææ", "æææ"};
	(void)state;
	for (size_t size = 1; size <= 7; size++) {
		char out[8] = "zzzzzzz";
		say_fill("æææææ", NULL, out, size);
		assert_string_equal(out, cut[size - 1]);
	}
}

static void times_are_norways(void **state)
{
	char out[8];
	(void)state;
	say_time(1795510800000, out);
	assert_string_equal(out, "10:00");
	say_time(1795510800000 - 10 * 3600000, out);
	assert_string_equal(out, "00:00");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slots_are_filled_and_strange_braces_stay),
		cmocka_unit_test(a_long_sentence_is_cut_at_a_whole_character),
		cmocka_unit_test(times_are_norways),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
