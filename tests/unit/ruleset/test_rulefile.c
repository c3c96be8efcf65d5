/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rule files: what is understood, and that every mistake is named with its place. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "guard.h"
#include "ruleset/rig.h"

#define CATEGORY "category games\n"

/* One file "school/a.rules"; `problem` is what the compile says, "" when it is content. */
static const struct {
	const char *text, *problem;
} lines[] = {
	{"", ""},
	{"# only a comment", ""},
	{CATEGORY "domain example.org", ""},
	{CATEGORY "domain example.org\r\n\r\nexact a.example\r\n", ""},
	{"\tcategory \t games # yes\n\n   domain\texample.org#x\n", ""},
	{CATEGORY
	 "owner \"A # b\"  # c\nreason \"\"\nreviewed 2026-02-28\nreview-by 2028-02-29\ndomain a.example",
	 ""},
	{CATEGORY "url Example.ORG/Forum/../x/ # c", ""},
	{CATEGORY "url 192.0.2.1/a\ndomain 0x7f.1\ndomain 2001:db8::1", ""},
	{CATEGORY "domain bl\xc3\xa5.example\nurl bl\xc3\xa5.example/\xc3\xa5", ""},
	{CATEGORY "host /a.b/", ""},
	{CATEGORY "path //forum/[a-z]+/#x/", ""},
	{CATEGORY "host /abc/ # comment", ""},
	{CATEGORY "search /sj(\xc3\xb8|o)lv/", ""},
	{"category *\nallow domain a.example\nallow host /a+b/\nallow url a.example/x", ""},
	/* heads */
	{"domain example.org",
	 "school/a.rules:1: a rule without a category: a line \"category ID\" must stand before it\n"},
	{"domain a.example\ndomain b.example",
	 "school/a.rules:1: a rule without a category: a line \"category ID\" must stand before it\n"},
	{"category spill\ndomain a.example",
	 "school/a.rules:1: category \"spill\" is not configured; configured are: games porn self-harm proxy "
	 "school-sites banned illegal seen quiet tried grief\n"},
	{"category", "school/a.rules:1: category needs a name: an id of the configuration, or * for "
		     "exceptions to all categories\n"},
	{"category *\ndomain a.example",
	 "school/a.rules:2: the part \"category *\" holds only allow lines\n"},
	{"category games porn",
	 "school/a.rules:1: \"porn\" is too much: one rule a line, then at most a # comment\n"},
	{"owner Meg",
	 "school/a.rules:1: a text in double quotes is expected, such as \"Eksempel kommune\"\n"},
	{"owner \"Meg",
	 "school/a.rules:1: a text in double quotes is expected, such as \"Eksempel kommune\"\n"},
	{"reviewed 2026-13-01",
	 "school/a.rules:1: \"2026-13-01\" is no date; dates are written YYYY-MM-DD\n"},
	{"reviewed 2027-02-29",
	 "school/a.rules:1: \"2027-02-29\" is no date; dates are written YYYY-MM-DD\n"},
	{"review-by soon", "school/a.rules:1: \"soon\" is no date; dates are written YYYY-MM-DD\n"},
	{"mode watch", "school/a.rules:1: \"watch\" is no mode; allowed are enforce and observe\n"},
	{"mode", "school/a.rules:1: \"\" is no mode; allowed are enforce and observe\n"},
	{"mode observe now",
	 "school/a.rules:1: \"now\" is too much: one rule a line, then at most a # comment\n"},
	{CATEGORY "mode observe\ndomain a.example\nmode enforce # now\ndomain b.example", ""},
	{"mode observe\ncategory banned\nallow domain b.example\nmode enforce\ndomain a.example", ""},
	{"mode observe\ncategory banned\ndomain a.example\nhost /abc/",
	 "school/a.rules:3: category \"banned\" is mandatory: its lines never only observe; allowed is mode "
	 "enforce\n"
	 "school/a.rules:4: category \"banned\" is mandatory: its lines never only observe; allowed is mode "
	 "enforce\n"},
	/* kinds */
	{CATEGORY "block example.org", "school/a.rules:2: \"block\" is unknown; allowed are category, owner, "
				       "reason, reviewed, review-by, mode, domain, exact, url, host, "
				       "path, search, confidential and allow\n"},
	{CATEGORY "confidential sha256 list.sealed",
	 "school/a.rules:2: there is no such list beside this file; tryggctl rules seal LIST makes "
	 "LIST.sealed\n"},
	{CATEGORY "allow example.org", "school/a.rules:2: \"allow example.org\" is unknown; allow takes "
				       "domain, exact, url, host, path or search\n"},
	/* names */
	{CATEGORY "domain", "school/a.rules:2: the name is missing\n"},
	{CATEGORY "domain *.example.org", "school/a.rules:2: \"*.example.org\" is no name; \"domain "
					  "example.org\" is the name and everything below it\n"},
	{CATEGORY "domain example.org/x", "school/a.rules:2: \"example.org/x\" is no name; a name with a "
					  "path is a url line, without http://\n"},
	{CATEGORY "domain a..b", "school/a.rules:2: \"a..b\" is no name; allowed are labels of 1 to 63 "
				 "letters, digits, - and _, joined by dots, at most 253 "
				 "bytes, or an address\n"},
	{CATEGORY "exact a!b.example", "school/a.rules:2: \"a!b.example\" is no name; allowed are labels of "
				       "1 to 63 letters, digits, - and _, joined by dots, at "
				       "most 253 bytes, or an address\n"},
	{CATEGORY "domain a.example b.example",
	 "school/a.rules:2: \"b.example\" is too much: one rule a line, then at most a # comment\n"},
	{CATEGORY "domain example", "school/a.rules:2: warning: this stops a whole top-level domain\n"},
	{CATEGORY "url example.org", "school/a.rules:2: \"example.org\" is no url; write the name and the "
				     "path, without http://: example.org/forum/\n"},
	{CATEGORY "url http://example.org/", "school/a.rules:2: \"http://example.org/\" is no url; write the "
					     "name and the path, without http://: example.org/forum/\n"},
	/* patterns */
	{CATEGORY "host abc", "school/a.rules:2: a pattern stands between slashes: /pro-?ana/\n"},
	{CATEGORY "host /abc", "school/a.rules:2: a pattern stands between slashes: /pro-?ana/\n"},
	{CATEGORY "host //", "school/a.rules:2: the pattern is empty, it would match everything\n"},
	{CATEGORY "host /abc/ x",
	 "school/a.rules:2: \"x\" is too much: one rule a line, then at most a # comment\n"},
	{CATEGORY "host /abc/ # see a/b", "school/a.rules:2: a pattern runs to the last slash of its line, "
					  "so a comment behind it may not contain one\n"},
	{CATEGORY "host /a*/",
	 "school/a.rules:2: the pattern matches the empty text, so it would match everything\n"},
	{CATEGORY "host /./", "school/a.rules:2: the pattern matches texts that have nothing in common, so "
			      "it would match everything\n"},
	{CATEGORY "search /[a-z]/", "school/a.rules:2: the pattern matches texts that have nothing in "
				    "common, so it would match everything\n"},
	{CATEGORY "path /\\//", "school/a.rules:2: the pattern matches texts that have nothing in common, so "
				"it would match everything\n"},
	{CATEGORY "search /\\bd\xc3\xb8\\b/",
	 "school/a.rules:2: warning: \\b knows only the letters a to z; beside another one write (^|\\W) or "
	 "(\\W|$)\n"},
	{CATEGORY "search /\\\\b\xc3\xb8l/", ""},
	/* bytes */
	{"\xef\xbb\xbf" CATEGORY "domain a.example",
	 "school/a.rules:1: the file begins with a byte order mark; save it as UTF-8 without one\n"},
	{CATEGORY "# bl\xe5", "school/a.rules:2: the byte 0xe5 is no UTF-8; rule files are UTF-8\n"},
	{CATEGORY "domain a\x01.example",
	 "school/a.rules:2: a control character (0x01); only tabs are allowed\n"},
	{CATEGORY "domain a.example\rdomain b.example",
	 "school/a.rules:2: a control character (0x0d); only tabs are allowed\n"},
	/* help-only categories */
	{"category grief\nallow domain a.example", ""},
	{"category grief\ndomain a.example\nsearch /abc/",
	 "school/a.rules:2: category \"grief\" only shows the way to help: nothing it is about may be "
	 "stopped; "
	 "allowed are allow lines\n"
	 "school/a.rules:3: category \"grief\" only shows the way to help: nothing it is about may be "
	 "stopped; "
	 "allowed are allow lines\n"},
	/* all in one run */
	{CATEGORY "domain a..b\nhost /(/\nfoo\n",
	 "school/a.rules:2: \"a..b\" is no name; allowed are labels of 1 to 63 letters, digits, - and _, "
	 "joined by dots, at most 253 "
	 "bytes, or an address\n"
	 "school/a.rules:4: \"foo\" is unknown; allowed are category, owner, reason, reviewed, review-by, "
	 "mode, "
	 "domain, exact, url, host, "
	 "path, search, confidential and allow\n"
	 "school/a.rules:3: the pattern is wrong: Missing close parenthesis for group started at index 0.\n"},
};

static void every_line_is_understood_or_its_mistake_named(void **state)
{
	struct rig rig;
	(void)state;
	rig_open(&rig);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct rig_file file = {"school/a.rules", lines[i].text};
		int rc = rig_compile(&rig, &file, 1, NULL);
		if (strcmp(rig.problems, lines[i].problem) != 0)
			fail_msg("%s\nsays:   %swanted: %s", lines[i].text, rig.problems, lines[i].problem);
		bool fine = lines[i].problem[0] == '\0' || strstr(lines[i].problem, "warning: ");
		assert_int_equal(rc, fine ? 0 : -EINVAL);
	}
	rig_close(&rig);
}

static void nul(void *user, const char *file, int line, const char *text)
{
	assert_string_equal(file, "a");
	assert_int_equal(line, 2);
	assert_string_equal(text, "a NUL byte (0x00); rule files are text");
	(*(int *)user)++;
}

static void a_nul_byte_is_named_with_its_line(void **state)
{
	static const char text[] = "# a\n# b\0c\n";
	int seen = 0;
	struct rulefile file = {.path = "a", .name = "a", .bytes = span_of(text, sizeof(text) - 1)};
	struct rule_calls calls = {.user = &seen, .problem = nul};
	(void)state;
	assert_int_equal(rulefile_read(&file, &calls), 1);
	assert_int_equal(seen, 1);
}

static void ignore_rule(void *user, const struct rule_line *rule)
{
	(void)user;
	(void)rule;
}

static void ignore_problem(void *user, const char *file, int line, const char *text)
{
	(void)user;
	(void)file;
	(void)line;
	(void)text;
}

static void a_file_cut_at_any_byte_is_read_within_its_bounds(void **state)
{
	static const char text[] =
		"category *\r\nowner \"A\"\nallow domain bl\xc3\xa5.example\nallow url a.example/%2e%2f#x\n"
		"reviewed 2026-01-01\nallow host /a\\/b/ # c\ncategory games\nsearch /x y/";
	struct guard g = guard_new(512);
	struct rule_calls calls = {.rule = ignore_rule,
				   .problem = ignore_problem,
				   .warning = ignore_problem,
				   .categories = rig_categories,
				   .category_count = RIG_CATEGORIES};
	(void)state;
	for (size_t n = 0; n < sizeof(text); n++) {
		struct rulefile file = {.path = "a", .name = "a", .bytes = guard_put(&g, text, n)};
		(void)rulefile_read(&file, &calls);
	}
	guard_free(&g);
}

static void a_rule_against_a_vetted_name_is_an_error_and_against_another_a_warning(void **state)
{
	static const struct {
		const char *rule;
		bool vetted, other; /* which of +hjelp.example and egen.example it is said to stop */
	} cases[] = {
		{"domain hjelp.example", true, false},
		{"exact hjelp.example", true, false},
		{"domain example", true, false},
		{"exact example", false, false},
		{"domain chat.hjelp.example", true, false},
		{"exact chat.hjelp.example", true, false},
		{"url hjelp.example/x/", true, false},
		{"url example/x/", true, false},
		{"url chat.hjelp.example/", true, false},
		{"host /hjelp/", true, false},
		{"domain nothjelp.example", false, false},
		{"host /nothjelp/", false, false},
		{"path /hjelp/", false, false},
		{"search /hjelp/", false, false},
		{"allow domain hjelp.example", false, false},
		{"allow host /hjelp/", false, false},
		{"domain egen.example", false, true},
		{"host /^egen/", false, true},
		{"url a.egen.example/x", false, true},
	};
	static const char *const protected[] = {"egen.example", "+hjelp.example", NULL};
	struct rig rig;
	(void)state;
	rig_open(&rig);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[128];
		struct rig_file file = {"school/a.rules", text};
		snprintf(text, sizeof(text), CATEGORY "%s\n", cases[i].rule);
		int rc = rig_compile(&rig, &file, 1, protected);
		if ((rc < 0) != cases[i].vetted ||
		    (strstr(rig.problems, "stop hjelp") != NULL) != cases[i].vetted ||
		    (strstr(rig.problems, "stop egen") != NULL) != cases[i].other)
			fail_msg("%s: %d %s", cases[i].rule, rc, rig.problems);
	}
	rig_close(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_line_is_understood_or_its_mistake_named),
		cmocka_unit_test(a_nul_byte_is_named_with_its_line),
		cmocka_unit_test(a_file_cut_at_any_byte_is_read_within_its_bounds),
		cmocka_unit_test(a_rule_against_a_vetted_name_is_an_error_and_against_another_a_warning),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
