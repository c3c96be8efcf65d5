/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "web/form.h"

static const struct {
	const char *body, *name, *wanted; /* NULL: not there */
} rows[] = {
	{"a=1&b=2", "b", "2"},
	{"a=1&b=2", "c", NULL},
	{"a=1&a=2", "a", "1"},
	{"a", "a", ""},
	{"a=", "a", ""},
	{"=1", "", "1"},
	{"", "a", NULL},
	{"na%6De=x", "name", "x"},
	{"a=Kari+Nordmann", "a", "Kari Nordmann"},
	{"a=%C3%A6%c3%b8", "a", "\xc3\xa6\xc3\xb8"},
	{"a=%2", "a", "%2"},
	{"a=%zz", "a", "%zz"},
	{"a=100%", "a", "100%"},
	{"a=%C3", "a", NULL},
	{"a=%ff", "a", NULL},
	{"a=%00x", "a", "x"},
	{"a=x%0D%0Ay", "a", "x y"},
	{"a=++x++", "a", "x"},
	{"a=b=c", "a", "b=c"},
	{"&&a=1", "a", "1"},
	{"a=%E2%80%A8x", "a", "x"},
};

static void fields_are_decoded_and_cleaned(void **state)
{
	char out[64];
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		bool there = form_get(span_text(rows[i].body), rows[i].name, out, sizeof out);
		if (there != (rows[i].wanted != NULL) || (there && strcmp(out, rows[i].wanted) != 0))
			fail_msg("%s: %d \"%s\"", rows[i].body, there, out);
	}
}

static void a_long_field_is_cut_at_a_whole_character(void **state)
{
	char body[4000] = "a=", out[8];
	(void)state;
	for (int i = 0; i < 600; i++)
		strcat(body, "%C3%A6");
	assert_true(form_get(span_text(body), "a", out, sizeof out));
	assert_string_equal(out, "\xc3\xa6\xc3\xa6\xc3\xa6");
}

static void only_so_many_fields_are_looked_at(void **state)
{
	char body[200] = "", out[8];
	(void)state;
	for (int i = 0; i < FORM_FIELDS_MAX; i++)
		strcat(body, "x=1&");
	strcat(body, "a=1");
	assert_false(form_get(span_text(body), "a", out, sizeof out));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_are_decoded_and_cleaned),
		cmocka_unit_test(a_long_field_is_cut_at_a_whole_character),
		cmocka_unit_test(only_so_many_fields_are_looked_at),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
