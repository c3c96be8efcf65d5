/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `help check`, `help due` and `help review` as a person meets them, on a clock that the test sets. From the root. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <jansson.h>

#include "base/clock.h"
#include "base/file.h"
#include "catalogue/hours.h"
#include "ctl/ctl.h"

static const char school[] =
	"gateway = { school = \"Prøve skole\"; };\n@include \"%s/config/categories.conf\"\n"
	"help = { catalogue = \"%s/config/catalogue.conf\"; texts = \"%s/config/texts\";\n"
	" addresses = [\"10.0.0.5\"]; };\n%s\n";
static const char people[] =
	"duty = { terms = [\"2026-08-17/2027-06-18\"]; persons = {\n"
	" kari = { name = \"Kari\"; kind = \"nurse\"; hours = \"tu 09:00-14:00\"; };\n"
	" ola = { name = \"Ola\"; kind = \"counsellor\"; hours = \"mo-fr 08:00-15:00\"; }; }; };";

struct rig {
	char folder[32], conf[64], clock[64], out[64];
};

static struct rig rig;

static int setup(void **state)
{
	*state = &rig;
	(void)snprintf(rig.folder, sizeof rig.folder, "/tmp/trygg-help-XXXXXX");
	if (mkdtemp(rig.folder) == NULL)
		return -1;
	(void)snprintf(rig.conf, sizeof rig.conf, "%s/trygg.conf", rig.folder);
	(void)snprintf(rig.clock, sizeof rig.clock, "%s/clock", rig.folder);
	(void)snprintf(rig.out, sizeof rig.out, "%s/out", rig.folder);
	return setenv("TRYGG_CLOCK_FILE", rig.clock, 1);
}

static int teardown(void **state)
{
	char command[64];
	(void)state;
	(void)snprintf(command, sizeof command, "rm -r %s", rig.folder);
	return system(command);
}

static void it_is(const char *date)
{
	char text[32];
	int32_t day;
	assert_int_equal(day_parse(date, &day), 0);
	(void)unlink(rig.clock);
	int64_t now = clock_wall_ms() / 1000, then = (int64_t)day * 86400 + 9 * 3600;
	(void)snprintf(text, sizeof text, "%lld\n", (long long)(then - now));
	assert_int_equal(file_replace(rig.clock, 0644, text, strlen(text)), 0);
}

static void configure(const char *more)
{
	char text[16384], tree[4096];
	assert_non_null(getcwd(tree, sizeof tree));
	(void)snprintf(text, sizeof text, school, tree, tree, tree, more);
	assert_int_equal(file_replace(rig.conf, 0644, text, strlen(text)), 0);
}

/* Runs the verb; the caller frees what it said. */
static char *said(int wanted, const char *const *words)
{
	static char program[] = "tryggctl", option[] = "-c";
	char *argv[12] = {program, option, rig.conf}, *text = NULL;
	int argc = 3;
	size_t len;
	for (; *words != NULL; words++)
		argv[argc++] = (char *)(uintptr_t)*words;
	(void)fflush(stdout);
	int keep = dup(STDOUT_FILENO);
	assert_non_null(freopen(rig.out, "w", stdout));
	int status = ctl_main(argc, argv);
	(void)fflush(stdout);
	assert_true(dup2(keep, STDOUT_FILENO) >= 0);
	(void)close(keep);
	assert_int_equal(file_read(rig.out, 1 << 20, &text, &len), 0);
	if (status != wanted)
		fail_msg("exit %d, wanted %d:\n%s", status, wanted, text);
	return text;
}

#define SAID(wanted, ...) said(wanted, (const char *const[]){__VA_ARGS__, NULL})

static void expect(char *text, const char *wanted)
{
	if (strstr(text, wanted) == NULL)
		fail_msg("\"%s\" is missing in\n%s", wanted, text);
	free(text);
}

static void a_school_is_ready_only_with_its_own_people(void **state)
{
	(void)state;
	it_is("2026-11-24");
	configure("");
	expect(SAID(CTL_NO, "help", "check"), "school: no nurse with hours is entered");
	json_t *all = NULL;
	char *text = SAID(CTL_NO, "help", "check", "--json");
	all = json_loads(text, 0, NULL);
	assert_non_null(all);
	assert_true(json_is_false(json_object_get(all, "ready")));
	assert_int_equal(json_array_size(json_object_get(all, "missing")), 2);
	assert_int_equal(json_array_size(json_object_get(all, "findings")), 0);
	json_decref(all);
	free(text);
	configure(people);
	expect(SAID(CTL_YES, "help", "check"), "\nready: ");
	expect(SAID(CTL_YES, "help", "check"), "draft: nn: ");
}

static void entries_that_nobody_read_again_are_no_longer_shown(void **state)
{
	(void)state;
	configure(people);
	it_is("2027-03-01");
	/* What is left are the numbers that never vanish, and the school's own people: open, but not for what it is about. */
	expect(SAID(CTL_NO, "help", "check"), "entries of the catalogue are not shown: expired");
	expect(SAID(CTL_NO, "help", "check"),
	       "gambling: every service for its own topics has expired or is unconfirmed");
	expect(SAID(CTL_NO, "help", "due"), "2027-02-19  expired      kors-pa-halsen  (");
}

static void what_is_due_is_told_before_it_expires(void **state)
{
	(void)state;
	configure(people);
	it_is("2026-11-24");
	expect(SAID(CTL_YES, "help", "due"), "0 due within 30 days");
	expect(SAID(CTL_NO, "help", "due", "--days", "100"), "2027-02-19  expires      ung-no");
	it_is("2027-01-25");
	char *text = SAID(CTL_NO, "help", "due", "--json");
	json_t *all = json_loads(text, 0, NULL);
	assert_non_null(all);
	assert_true(json_array_size(json_object_get(all, "due")) > 20);
	json_decref(all);
	free(text);
	/* The calendar ends too: from then on no form would meet anybody. */
	expect(SAID(CTL_NO, "help", "due", "--days", "200"), "2027-06-18  expires      duty.terms");
	free(SAID(CTL_FAILED, "help", "due", "--days", "x"));
	free(SAID(CTL_FAILED, "help", "check", "--days", "0"));
}

static void a_review_ends_a_draft_until_the_text_changes(void **state)
{
	char path[128];
	(void)state;
	configure(people);
	it_is("2026-11-24");
	expect(SAID(CTL_NO, "help", "review", "nn", "categories.suicide"),
	       "categories.suicide.why\n\tSlike sider");
	char *review =
		SAID(CTL_YES, "help", "review", "nn", "--by", "Kari Nordmann", "--role", "helsesjukepleiar");
	(void)snprintf(path, sizeof path, "%s/texts.d/reviews", rig.folder);
	assert_int_equal(file_mkdirs(path, 0755), 0);
	strcat(path, "/nn.conf");
	assert_int_equal(file_replace(path, 0644, review, strlen(review)), 0);
	free(review);
	char *text = SAID(CTL_YES, "help", "check");
	assert_null(strstr(text, "draft: nn"));
	assert_non_null(strstr(text, "draft: nb"));
	free(text);
	free(SAID(CTL_YES, "help", "review", "nn"));
	/* One word of the school's own, and with it one banned word. */
	(void)snprintf(path, sizeof path, "%s/texts.d/nn.conf", rig.folder);
	static const char local[] = "page = { stopped = \"Sida er stengd, og ingen får vite det.\"; };";
	assert_int_equal(file_replace(path, 0644, local, strlen(local)), 0);
	text = SAID(CTL_NO, "help", "check");
	assert_non_null(strstr(text, "draft: nn: 1 of "));
	assert_non_null(strstr(text, "nn: page.stopped: \"stengd*\" is not our word; stoppa"));
	free(text);
	(void)unlink(path);
	free(SAID(CTL_FAILED, "help", "review", "xx"));
	free(SAID(CTL_FAILED, "help", "review", "nn", "--by", "K"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_school_is_ready_only_with_its_own_people),
		cmocka_unit_test(entries_that_nobody_read_again_are_no_longer_shown),
		cmocka_unit_test(what_is_due_is_told_before_it_expires),
		cmocka_unit_test(a_review_ends_a_draft_until_the_text_changes),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
