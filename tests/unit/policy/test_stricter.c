/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which reloads end the flows that were decided before: from one configuration and set to another. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "policy/policy.h"
#include "ruleset/rig.h"

#define HEAD "category games\n"

/* One side of a reload. NULL: as in `plain`. */
struct side {
	const char *conf, *rules, *protected;
};

static const struct side plain = {
	.conf = "categories = { games = { titles = { nb = \"a\"; nn = \"a\"; en = \"a\"; }; action = "
		"\"help\"; };"
		" proxy = { titles = { nb = \"a\"; nn = \"a\"; en = \"a\"; }; action = \"observe\"; }; };"
		"groups = { low = { networks = [\"10.1.0.0/16\"]; stage = \"primary\"; }; };",
	.rules = HEAD
	"domain a.example\nurl b.example/x/\nhost /c[0-9]/\nhost /d/\nallow exact www.a.example\n",
	.protected = "p.example",
};

#define CATEGORIES(games, more)                                                                              \
	"categories = { games = { titles = { nb = \"a\"; nn = \"a\"; en = \"a\"; }; " games "};"             \
	" proxy = { titles = { nb = \"a\"; nn = \"a\"; en = \"a\"; }; action = \"observe\"; }; };" more
#define GROUP(more) "groups = { low = { networks = [\"10.1.0.0/16\"]; stage = \"primary\"; " more "}; };"
#define GROUPS GROUP("")
#define HELP "action = \"help\"; "
#define DENY "default = \"deny\"; "

static void print_problem(void *user, const char *file, int line, const char *text)
{
	(void)user;
	print_error("%s:%d: %s\n", file, line, text);
}

static struct policy policy_of(const struct side *s)
{
	struct policy p;
	struct conf *conf = NULL;
	struct rig rig;
	char why[256];
	const char *protected[] = {s->protected ? s->protected : plain.protected, NULL};
	const struct rig_file file = {"school/a.rules", s->rules ? s->rules : plain.rules};
	assert_int_equal(conf_load_text("/f/t.conf", span_text(s->conf ? s->conf : plain.conf), print_problem,
					NULL, &conf),
			 0);
	rig_open(&rig);
	assert_int_equal(rig_compile(&rig, &file, 1, protected), 0);
	assert_int_equal(policy_init(&p, conf, rig_rules(&rig), why, sizeof why), 0);
	rig_close(&rig);
	return p;
}

static void forget(struct policy *p)
{
	ruleset_free(p->rules);
	conf_free((struct conf *)(uintptr_t)p->conf);
}

static const struct {
	const char *what;
	struct side was, is;
	bool stricter, back; /* from one to the other, and the way back */
} reloads[] = {
	{"nothing", {0}, {0}, false, false},
	{"a comment and an empty line",
	 {0},
	 {.rules = "# moved\n\n" HEAD "domain a.example # here\n"
		   "url b.example/x/\nhost /c[0-9]/\nhost /d/\nallow exact www.a.example\n"},
	 false,
	 false},
	{"another order",
	 {0},
	 {.rules = HEAD "allow exact www.a.example\nhost /d/\nurl b.example/x/\n"
			"host /c[0-9]/\ndomain a.example\n"},
	 false,
	 false},
	{"a line more",
	 {0},
	 {.rules = HEAD "domain a.example\ndomain new.example\nurl b.example/x/\n"
			"host /c[0-9]/\nhost /d/\nallow exact www.a.example\n"},
	 true,
	 false},
	{"a longer url",
	 {0},
	 {.rules = HEAD "domain a.example\nurl b.example/x/y/\nhost /c[0-9]/\nhost /d/\n"
			"allow exact www.a.example\n"},
	 true,
	 true},
	{"an exception more",
	 {0},
	 {.rules = HEAD "domain a.example\nurl b.example/x/\nhost /c[0-9]/\nhost /d/\n"
			"allow exact www.a.example\nallow domain b.example\n"},
	 false,
	 true},
	{"a pattern changed in its line",
	 {0},
	 {.rules = HEAD "domain a.example\nurl b.example/x/\n"
			"host /c[0-8]/\nhost /d/\nallow exact www.a.example\n"},
	 true,
	 true},
	{"a pattern of another category",
	 {0},
	 {.rules = HEAD "domain a.example\nurl b.example/x/\n"
			"host /c[0-9]/\nallow exact www.a.example\ncategory proxy\nhost /d/\n"},
	 true,
	 true},
	{"names of another category",
	 {0},
	 {.rules = HEAD "url b.example/x/\nhost /c[0-9]/\nhost /d/\n"
			"allow exact www.a.example\ncategory proxy\ndomain a.example\n"},
	 true,
	 true},
	{"a protected name less", {0}, {.protected = "q.example"}, true, true},
	{"an action that stops", {.conf = CATEGORIES("action = \"allow\"; ", GROUPS)}, {0}, true, false},
	{"an action that only counts",
	 {.conf = CATEGORIES("action = \"allow\"; ", GROUPS)},
	 {.conf = CATEGORIES("action = \"observe\"; ", GROUPS)},
	 false,
	 false},
	{"refused instead of helped",
	 {0},
	 {.conf = CATEGORIES("action = \"refuse\"; ", GROUPS)},
	 false,
	 false},
	{"a group's own action",
	 {0},
	 {.conf = CATEGORIES(HELP, GROUP("actions = { games = \"allow\"; };"))},
	 false,
	 true},
	{"mandatory", {0}, {.conf = CATEGORIES(HELP "mandatory = true; ", GROUPS)}, true, false},
	{"a title", {0}, {.conf = CATEGORIES(HELP, GROUPS "gateway = { school = \"x\"; };")}, false, false},
	{"a network more",
	 {0},
	 {.conf = CATEGORIES(HELP, "groups = { low = { networks = [\"10.1.0.0/16\", \"10.2.0.0/16\"]; stage "
				   "= \"primary\"; }; };")},
	 true,
	 true},
	{"default deny", {0}, {.conf = CATEGORIES(HELP, GROUP(DENY))}, true, false},
	{"a line more behind default deny",
	 {.conf = CATEGORIES(HELP, GROUP(DENY))},
	 {.conf = CATEGORIES(HELP, GROUP(DENY)), .rules = HEAD "domain a.example\n"},
	 true,
	 true},
	{"an allow list behind default deny",
	 {.conf = CATEGORIES("action = \"allow\"; ", GROUP(DENY))},
	 {.conf = CATEGORIES("action = \"observe\"; ", GROUP(DENY))},
	 true,
	 false},
	{"enforcing",
	 {.conf = CATEGORIES(HELP, GROUPS "rules = { mode = \"observe\"; };")},
	 {0},
	 true,
	 false},
	{"a resolver less",
	 {.conf = CATEGORIES(HELP, GROUPS "inspect = { resolvers = [\"10.0.0.7\"]; };")},
	 {0},
	 true,
	 false},
};

static void a_reload_is_stricter_when_something_that_passed_may_be_stopped(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof reloads / sizeof reloads[0]; i++) {
		struct policy was = policy_of(&reloads[i].was), is = policy_of(&reloads[i].is);
		if (policy_stricter(&was, &is) != reloads[i].stricter)
			fail_msg("%s: %sstricter", reloads[i].what, reloads[i].stricter ? "not " : "");
		if (policy_stricter(&is, &was) != reloads[i].back)
			fail_msg("%s, back: %sstricter", reloads[i].what, reloads[i].back ? "not " : "");
		forget(&was);
		forget(&is);
	}
}

static void the_first_set_is_stricter_and_the_loss_of_one_cannot_be(void **state)
{
	struct policy with = policy_of(&plain), without = with;
	(void)state;
	without.rules = NULL;
	assert_true(policy_stricter(&without, &with));
	assert_false(policy_stricter(&without, &without));
	forget(&with);
}

static void a_changed_list_too_large_to_compare_counts_as_stricter(void **state)
{
	enum { NAMES = 300000 };
	char *text = NULL;
	size_t len = 0;
	(void)state;
	FILE *out = open_memstream(&text, &len);
	(void)fputs(HEAD, out);
	for (int i = 0; i < NAMES; i++)
		(void)fprintf(out, "domain n%dx%d.example\n", i, i * 7);
	assert_int_equal(fclose(out), 0);
	struct policy was = policy_of(&(struct side){.rules = text});
	strrchr(text, 'd')[0] = '#'; /* in the last line: a name less */
	struct policy is = policy_of(&(struct side){.rules = text});
	assert_true(policy_stricter(&was, &is));
	forget(&was);
	forget(&is);
	free(text);
}

static void a_policy_has_the_name_of_its_configuration_and_set(void **state)
{
	struct policy one = policy_of(&plain),
		      other = policy_of(&(struct side){.conf = CATEGORIES("action = \"allow\"; ", GROUPS)});
	char a[POLICY_NAME_SIZE], b[POLICY_NAME_SIZE];
	(void)state;
	assert_int_equal(policy_name(one.conf, "x", a) | policy_name(one.conf, "x", b), 0);
	assert_string_equal(a, b);
	assert_int_equal(strspn(a, "0123456789abcdef"), 16);
	assert_int_equal(policy_name(one.conf, "y", b), 0);
	assert_string_not_equal(a, b);
	assert_int_equal(policy_name(other.conf, "x", b), 0);
	assert_string_not_equal(a, b);
	forget(&one);
	forget(&other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_reload_is_stricter_when_something_that_passed_may_be_stopped),
		cmocka_unit_test(the_first_set_is_stricter_and_the_loss_of_one_cannot_be),
		cmocka_unit_test(a_changed_list_too_large_to_compare_counts_as_stricter),
		cmocka_unit_test(a_policy_has_the_name_of_its_configuration_and_set),
	};
	return cmocka_run_group_tests_name("stricter", tests, NULL, NULL);
}
