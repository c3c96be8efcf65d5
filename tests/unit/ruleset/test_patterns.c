/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Patterns that are too much for the compiler: what is said, what it costs, and what goes on all the same. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <time.h>
#include <cmocka.h>

#include "ruleset/patterns_write.h"
#include "ruleset/bounded.h"
#include "ruleset/rig.h"

/* Ten seconds, when nobody ends it, though it looks like nothing. */
#define LONG "x(a|b.{0,100}c){1,100}d"
#define LONGER "yx(a|b.{0,100}c){1,100}d"

static char said[4096];

static void on_problem(void *user, const struct patterns_item *item, const char *text)
{
	size_t used = strlen(said);
	(void)user;
	snprintf(said + used, sizeof(said) - used, "%u: %s\n", item->line, text);
}

/* Makes the image of the patterns, one a line; what is said is in `said`. */
static int image_of(enum pattern_set set, const char *const *patterns, size_t count,
		    const struct patterns_limits *limits, struct blob *out)
{
	struct patterns_writer w = {.set = set, .limits = limits};
	struct rulefile file = {.path = "a.rules", .name = "school/a.rules", .layer = LAYER_SCHOOL};
	struct rule_heads heads = {.category = span_text("games")};
	*out = (struct blob){0};
	said[0] = '\0';
	for (size_t i = 0; i < count; i++) {
		struct rule_line rule = {.file = &file,
					 .heads = &heads,
					 .line = (uint32_t)i + 1,
					 .kind = pattern_sets[set].kind,
					 .pattern = span_text(patterns[i])};
		patterns_writer_add(&w, &rule);
	}
	assert_int_equal(patterns_writer_sort(&w), 0);
	int rc = patterns_writer_image(&w, on_problem, NULL, out);
	patterns_writer_clear(&w);
	return rc;
}

static double cpu_s(void)
{
	struct timespec own, children;
	struct rusage used;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &own);
	getrusage(RUSAGE_CHILDREN, &used);
	children.tv_sec = used.ru_utime.tv_sec + used.ru_stime.tv_sec;
	children.tv_nsec = (used.ru_utime.tv_usec + used.ru_stime.tv_usec) * 1000;
	return (double)(own.tv_sec + children.tv_sec) + (double)(own.tv_nsec + children.tv_nsec) / 1e9;
}

static void a_pattern_that_takes_too_long_is_named_and_so_is_all_else_that_is_wrong(void **state)
{
	static const struct patterns_limits limits = {.one_ms = 800, .all_ms = 60000, .memory_mib = 4096};
	static const char *const patterns[] = {"spill", LONG, "(", "x*", LONGER, "casino[0-9]{1,3}"};
	struct blob image;
	double begun = cpu_s();
	(void)state;
	assert_int_equal(image_of(SET_PATH, patterns, 6, &limits, &image), -EINVAL);
	assert_non_null(
		strstr(said, "2: the pattern takes too long to compile; allowed are 0.8 s and 4096 MiB"));
	assert_non_null(strstr(said, "5: the pattern takes too long to compile"));
	assert_non_null(strstr(said, "3: the pattern is wrong: "));
	assert_non_null(strstr(said, "4: the pattern matches the empty text"));
	assert_null(strstr(said, "1: "));
	assert_null(strstr(said, "6: "));
	assert_true(cpu_s() - begun < 5);
	blob_clear(&image);
}

static void of_many_that_take_too_long_a_few_are_named(void **state)
{
	static const struct patterns_limits limits = {.one_ms = 50, .all_ms = 60000, .memory_mib = 4096};
	char text[40][64];
	const char *patterns[40];
	size_t named = 0;
	struct blob image;
	(void)state;
	for (int i = 0; i < 40; i++) {
		snprintf(text[i], sizeof(text[i]), "%c%c" LONG, 'a' + i % 26, 'a' + i / 26);
		patterns[i] = text[i];
	}
	assert_int_equal(image_of(SET_PATH, patterns, 40, &limits, &image), -EINVAL);
	for (const char *at = said; (at = strstr(at, "too long")); at++)
		named++;
	assert_int_equal(named, 5);
	blob_clear(&image);
}

/* Where memory is not counted (sanitizers) it takes its time instead. */
static void a_pattern_that_takes_too_much_memory_is_named(void **state)
{
	static const char *const patterns[] = {"spill", "(a|b.{0,100}c){1,100}d", "casino"};
	struct blob image;
	(void)state;
#if !defined(__SANITIZE_ADDRESS__)
	static const struct patterns_limits limits = {.one_ms = 5000, .all_ms = 60000, .memory_mib = 24};
	assert_int_equal(image_of(SET_PATH, patterns, 3, &limits, &image), -EINVAL);
	assert_non_null(
		strstr(said, "2: the pattern takes too much memory to compile; allowed are 5 s and 24 MiB"));
	assert_null(strstr(said, "1: "));
	blob_clear(&image);
#endif
	static const struct patterns_limits enough = {.one_ms = 20000, .all_ms = 60000, .memory_mib = 2048};
	assert_int_equal(image_of(SET_PATH, patterns, 3, &enough, &image), 0);
	assert_true(image.len > 4096);
	blob_clear(&image);
}

static void patterns_that_are_too_much_only_together_are_all_told_of(void **state)
{
	static const struct patterns_limits limits = {.one_ms = 5000, .all_ms = 1, .memory_mib = 4096};
	static char text[300][24];
	static const char *patterns[300];
	struct blob image;
	(void)state;
	for (int i = 0; i < 300; i++) {
		snprintf(text[i], sizeof(text[i]), "s%d?pi[a-k]l%d", i, i * 7);
		patterns[i] = text[i];
	}
	assert_int_equal(image_of(SET_PATH, patterns, 300, &limits, &image), -EINVAL);
	assert_string_equal(said, "1: all path patterns (300) together: that takes too long to compile; "
				  "allowed are 0 s and 4096 MiB\n");
	blob_clear(&image);
}

/* People did not write it so, and the pattern is still there as they wrote it. */
static void a_form_that_is_too_much_is_left_away(void **state)
{
	static const struct patterns_limits limits = {.one_ms = 800, .all_ms = 60000, .memory_mib = 4096};
	static const char *const patterns[] = {"spill p\xc3\xa5 nett", LONG, "casino"};
	struct blob image;
	(void)state;
	assert_int_equal(image_of(SET_PLAIN, patterns, 3, &limits, &image), 0);
	assert_string_equal(said, "");
	assert_true(image.len > 4096);
	blob_clear(&image);
}

/* ---- The child ------------------------------------------------------------------------------------------- */

static int breaks(struct bounded *b, void *user)
{
	bounded_step(b, 7, 10000);
	bounded_put(b, "abc", 3);
	if (user)
		_exit(3);
	return -EILSEQ;
}

static void what_a_child_says_is_heard_however_it_ends(void **state)
{
	struct blob out;
	size_t at = 0;
	(void)state;
	assert_int_equal(bounded_run(100, breaks, NULL, &at, &out), -EILSEQ);
	assert_int_equal(at, 7);
	assert_true(span_equal(span_of(out.at, out.len), span_text("abc")));
	blob_clear(&out);
	assert_int_equal(bounded_run(100, breaks, &at, &at, &out), -ECHILD);
	assert_int_equal(at, 7);
	assert_int_equal(out.len, 3);
	blob_clear(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pattern_that_takes_too_long_is_named_and_so_is_all_else_that_is_wrong),
		cmocka_unit_test(of_many_that_take_too_long_a_few_are_named),
		cmocka_unit_test(a_pattern_that_takes_too_much_memory_is_named),
		cmocka_unit_test(patterns_that_are_too_much_only_together_are_all_told_of),
		cmocka_unit_test(a_form_that_is_too_much_is_left_away),
		cmocka_unit_test(what_a_child_says_is_heard_however_it_ends),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
