/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include <string.h>

#include "engine/visits.h"

enum { HOUR = 3600 * 1000, START = 100 * HOUR };

struct told {
	unsigned repeats;
	uint64_t count;
	struct record last;
};

static void take(void *user, const struct record *repeat)
{
	struct told *t = user;
	t->repeats++;
	t->count += repeat->count;
	t->last = *repeat;
}

static struct record incident(const char *group, const char *rule)
{
	struct record r = {.event = EVENT_INCIDENT, .count = 1};
	(void)snprintf(r.group, sizeof r.group, "%s", group);
	(void)snprintf(r.rule, sizeof r.rule, "%s", rule);
	(void)snprintf(r.name, sizeof r.name, "www.example.org");
	return r;
}

static void the_first_is_sent_and_the_rest_is_one_repeat_after_30_s_of_quiet(void **state)
{
	struct told told = {0};
	struct visits *v = visits_new(take, &told);
	struct record r = incident("primary", "a.rules:7");
	(void)state;
	assert_true(visits_add(v, &r, START));
	for (int i = 1; i <= 5; i++)
		assert_false(visits_add(v, &r, START + i * 20000));
	visits_close_due(v, START + 100000 + VISIT_QUIET_MS - 1);
	assert_int_equal(told.repeats, 0);
	assert_int_equal(visits_open(v), 1);
	visits_close_due(v, START + 100000 + VISIT_QUIET_MS);
	assert_int_equal(told.repeats, 1);
	assert_int_equal(told.last.count, 5);
	assert_int_equal(told.last.event, EVENT_REPEAT);
	assert_string_equal(told.last.rule, "a.rules:7");
	assert_string_equal(told.last.name, "");
	assert_int_equal(visits_open(v), 0);
	visits_free(v);
}

static void a_visit_of_one_leaves_no_repeat(void **state)
{
	struct told told = {0};
	struct visits *v = visits_new(take, &told);
	struct record r = incident("primary", "a.rules:7");
	(void)state;
	assert_true(visits_add(v, &r, START));
	visits_close_due(v, START + VISIT_QUIET_MS);
	assert_true(visits_add(v, &r, START + VISIT_QUIET_MS));
	visits_close_all(v);
	assert_int_equal(told.repeats, 0);
	visits_free(v);
}

static void a_visit_ends_at_the_full_hour(void **state)
{
	struct told told = {0};
	struct visits *v = visits_new(take, &told);
	struct record r = incident("primary", "a.rules:7");
	(void)state;
	assert_true(visits_add(v, &r, START + HOUR - 10));
	assert_false(visits_add(v, &r, START + HOUR - 5));
	assert_true(visits_add(v, &r, START + HOUR + 5));
	assert_int_equal(told.repeats, 1);
	assert_int_equal(told.last.count, 1);
	assert_int_equal(visits_open(v), 1);
	visits_free(v);
}

static void a_clock_set_back_ends_visits_instead_of_keeping_them(void **state)
{
	struct told told = {0};
	struct visits *v = visits_new(take, &told);
	struct record r = incident("primary", "a.rules:7");
	(void)state;
	assert_true(visits_add(v, &r, START + 1000));
	assert_false(visits_add(v, &r, START + 1001));
	assert_true(visits_add(v, &r, START));
	assert_int_equal(told.count, 1);
	visits_free(v);
}

static void other_groups_rules_and_reasons_are_other_visits(void **state)
{
	struct told told = {0};
	struct visits *v = visits_new(take, &told);
	struct record r[] = {incident("primary", "a.rules:7"), incident("staff", "a.rules:7"),
			     incident("primary", "a.rules:8"), incident("primary", ""),
			     incident("primary", "")};
	(void)state;
	(void)snprintf(r[4].detail, sizeof r[4].detail, "dns-pointer");
	for (size_t i = 0; i < 5; i++)
		assert_true(visits_add(v, &r[i], START));
	for (size_t i = 0; i < 5; i++)
		assert_false(visits_add(v, &r[i], START + 1));
	(void)snprintf(r[0].name, sizeof r[0].name, "other.example.org");
	assert_false(
		visits_add(v, &r[0], START + 2)); /* another name under the same rule is the same visit */
	visits_close_all(v);
	assert_int_equal(told.repeats, 5);
	assert_int_equal(told.count, 6);
	visits_free(v);
}

static void a_full_table_ends_its_quietest_visit_and_no_sum_changes(void **state)
{
	struct told told = {0};
	struct visits *v = visits_new(take, &told);
	uint64_t firsts = 0, all = 0;
	(void)state;
	for (unsigned i = 0; i < 4 * VISITS_MAX; i++) {
		char rule[32];
		(void)snprintf(rule, sizeof rule, "a.rules:%u", i % (VISITS_MAX + 100));
		struct record r = incident("primary", rule);
		for (unsigned k = 0; k < 3; k++) {
			firsts += visits_add(v, &r, START + i);
			all++;
		}
		assert_true(visits_open(v) <= VISITS_MAX);
	}
	visits_close_all(v);
	assert_int_equal(firsts + told.count, all);
	assert_true(firsts > VISITS_MAX);
	visits_free(v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_is_sent_and_the_rest_is_one_repeat_after_30_s_of_quiet),
		cmocka_unit_test(a_visit_of_one_leaves_no_repeat),
		cmocka_unit_test(a_visit_ends_at_the_full_hour),
		cmocka_unit_test(a_clock_set_back_ends_visits_instead_of_keeping_them),
		cmocka_unit_test(other_groups_rules_and_reasons_are_other_visits),
		cmocka_unit_test(a_full_table_ends_its_quietest_visit_and_no_sum_changes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
