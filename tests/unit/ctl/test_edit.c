/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One option is set; every other byte of what a person wrote stays. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "ctl/edit.h"

static const struct {
	const char *text, *path, *value, *after; /* after NULL: -EBADMSG */
} edits[] = {
	{"rules = {\n\tmode = \"enforce\"; # now\n};\n", "rules.mode", "\"observe\"",
	 "rules = {\n\tmode = \"observe\"; # now\n};\n"},
	{"# mode = 1;\nrules: { mode : \"a\" \"b\" ; }", "rules.mode", "\"c\"",
	 "# mode = 1;\nrules: { mode : \"c\" ; }"},
	{"a = { s = \"} ; \\\" mode = 3\"; mode = 1; };\nb = { mode = 2; };", "b.mode", "9",
	 "a = { s = \"} ; \\\" mode = 3\"; mode = 1; };\nb = { mode = 9; };"},
	{"/* a = { x = 1; } */ a = { l = [\"]\", \"}\"]; p = ( { x = 1; }, 2 ); x = 3 }", "a.x", "4",
	 "/* a = { x = 1; } */ a = { l = [\"]\", \"}\"]; p = ( { x = 1; }, 2 ); x = 4 }"},
	{"@include \"b = {\"\na = 1 // = {\nb = 2", "b", "3", "@include \"b = {\"\na = 1 // = {\nb = 3"},
	{"g = {\n\tp = {\n\t\tn = [\"x\"];\n\t};\n};", "g.p.n", "[]",
	 "g = {\n\tp = {\n\t\tn = [];\n\t};\n};"},
	{"g = {\n\tq = 1;\n};", "g.p.n", "[]", "g = {\n\tp = {\n\t\tn = [];\n\t};\n\tq = 1;\n};"},
	{"a = 1;", "b.c", "2", "a = 1;\nb = {\n\tc = 2;\n};\n"},
	{"", "b", "2", "\nb = 2;\n"},
	{"a = { b = 1;", "a.b", "2", NULL},
	{"a = \"open", "a", "2", NULL},
	{"a = 1; = 2;", "c", "2", NULL},
	{"a 1", "a", "2", NULL},
	{"a = ", "a", "2", NULL},
	{"a = 1;", "a.b", "2", NULL},
	{"a = { b = 1; };", "a.b.c.d.e.f.g.h.i", "2", NULL},
};

static void one_option_is_set_and_nothing_else(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof edits / sizeof edits[0]; i++) {
		char *text = strdup(edits[i].text);
		assert_non_null(text);
		assert_int_equal(edit_set(&text, edits[i].path, edits[i].value),
				 edits[i].after ? 0 : -EBADMSG);
		assert_string_equal(text, edits[i].after ? edits[i].after : edits[i].text);
		free(text);
	}
}

static void a_text_that_is_cut_anywhere_is_refused_or_followed_never_overrun(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof edits / sizeof edits[0]; i++)
		for (size_t len = 0; len < strlen(edits[i].text); len++) {
			char *text = strndup(edits[i].text, len);
			assert_non_null(text);
			int rc = edit_set(&text, edits[i].path, edits[i].value);
			assert_true(rc == 0 || rc == -EBADMSG);
			free(text);
		}
}

static void quotes_in_a_text_are_escaped(void **state)
{
	(void)state;
	char *text = strdup("a = \"\";");
	assert_non_null(text);
	assert_int_equal(edit_set_text(&text, "a", "the \"old\" \\ school"), 0);
	assert_string_equal(text, "a = \"the \\\"old\\\" \\\\ school\";");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_option_is_set_and_nothing_else),
		cmocka_unit_test(a_text_that_is_cut_anywhere_is_refused_or_followed_never_overrun),
		cmocka_unit_test(quotes_in_a_text_are_escaped),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
