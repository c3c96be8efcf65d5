/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the decision procedure promises for any rules, tried on random ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "policy/school.h"
#include "ruleset/hits.h"

enum { RULES_ABOUT = UNLISTED }; /* the categories before the built-in ones */

static uint32_t next_random(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	return *seed ^= *seed << 5;
}

static struct rule_hit random_hit(uint32_t *seed)
{
	static const char *const files[LAYERS][2] = {
		{"national/a.rules", "national/b.rules"},
		{"municipality/a.rules", "municipality/b.rules"},
		{"school/a.rules", "school/b.rules"},
	};
	struct rule_hit h = {
		.kind = (uint8_t)(next_random(seed) % RULE_KINDS),
		.layer = (uint8_t)(next_random(seed) % LAYERS),
		.exception = next_random(seed) % 3 == 0,
		.category = (uint16_t)(next_random(seed) % RULES_ABOUT),
		.line = next_random(seed) % 4 + 1,
	};
	if (h.kind == RULE_DOMAIN || h.kind == RULE_EXACT || h.kind == RULE_URL || h.kind == RULE_DIGEST)
		h.labels = h.kind == RULE_EXACT ? 3 : (uint8_t)(next_random(seed) % 3 + 1);
	if (h.kind == RULE_URL)
		h.url_bytes = (uint16_t)(next_random(seed) % 3 + 1);
	if (h.exception && next_random(seed) % 4 == 0)
		h.category = RULESET_CATEGORY_ANY;
	h.observe = !h.exception && next_random(seed) % 4 == 0;
	h.file = files[h.layer][next_random(seed) % 2];
	return h;
}

struct world {
	struct school school;
	struct policy policy;
	struct asker who;
	struct rule_hits hits, other;
	struct decision one, two;
};

static struct world *random_world(uint32_t *seed)
{
	struct world *w = malloc(sizeof(*w));
	school_open(&w->school);
	w->policy = (struct policy){.conf = &w->school.conf};
	for (int c = 0; c < RULES_ABOUT; c++)
		w->policy.category[c] = c;
	w->school.group.default_deny = next_random(seed) % 3 == 0;
	for (int c = 0; c < RULES_ABOUT; c++)
		if (!school_categories[c].mandatory && next_random(seed) % 4 == 0)
			w->school.actions[c] = (enum action)(next_random(seed) % ACTIONS);
	w->who = (struct asker){
		.group = &w->school.group, .explain = true, .mandatory_only = next_random(seed) % 5 == 0};
	hits_clear(&w->hits);
	for (size_t n = next_random(seed) % 9; n > 0; n--) {
		struct rule_hit h = random_hit(seed);
		hits_add(&w->hits, &h);
	}
	return w;
}

static bool stops(const struct decision *d)
{
	return d->enforced == ACTION_HELP || d->enforced == ACTION_REFUSE;
}

static bool same_place(const struct rule_hit *a, const struct rule_hit *b)
{
	return a == b || (a && b && strcmp(a->file, b->file) == 0 && a->line == b->line);
}

enum { WORLDS = 20000 };

static void adding_an_exception_never_stops_more(void **state)
{
	uint32_t seed = 4711;
	(void)state;
	for (int n = 0; n < WORLDS; n++) {
		struct world *w = random_world(&seed);
		policy_decide(&w->policy, &w->who, false, &w->hits, &w->one);
		struct rule_hit h = random_hit(&seed);
		h.exception = true;
		hits_add(&w->hits, &h);
		policy_decide(&w->policy, &w->who, false, &w->hits, &w->two);
		assert_true(stops(&w->one) || !stops(&w->two));
		free(w);
	}
}

static void the_order_of_files_and_lines_never_matters(void **state)
{
	uint32_t seed = 1814;
	(void)state;
	for (int n = 0; n < WORLDS; n++) {
		struct world *w = random_world(&seed);
		policy_decide(&w->policy, &w->who, false, &w->hits, &w->one);
		w->other.count = 0;
		for (size_t i = w->hits.count; i-- > 0;)
			hits_add(&w->other, &w->hits.hit[i]);
		policy_decide(&w->policy, &w->who, false, &w->other, &w->two);
		assert_int_equal(w->one.action, w->two.action);
		assert_int_equal(w->one.category, w->two.category);
		assert_true(same_place(w->one.rule, w->two.rule));
		assert_int_equal(w->one.overrode_count, w->two.overrode_count);
		free(w);
	}
}

/* Every stop line that counts either belongs to the category that decided or is listed as overridden. */
static void the_explanation_agrees_with_the_decision(void **state)
{
	uint32_t seed = 1905;
	(void)state;
	for (int n = 0; n < WORLDS; n++) {
		struct world *w = random_world(&seed);
		policy_decide(&w->policy, &w->who, false, &w->hits, &w->one);
		size_t lines = 0, ours = 0;
		for (size_t i = 0; i < w->hits.count; i++)
			lines += !w->hits.hit[i].exception;
		for (size_t i = 0; i < w->hits.count; i++) {
			const struct rule_hit *h = &w->hits.hit[i];
			bool listed = false;
			for (size_t o = 0; o < w->one.overrode_count; o++)
				listed |= w->one.overrode[o].line == h;
			ours += !h->exception && !listed;
			if (!h->exception && !listed)
				assert_int_equal(h->category, w->one.category);
		}
		assert_int_equal(lines, ours + w->one.overrode_count);
		if (w->one.rule)
			assert_true(ours > 0);
		for (size_t o = 0; o < w->one.overrode_count; o++)
			assert_true(!w->one.overrode[o].by || w->one.overrode[o].by->exception);
		free(w);
	}
}

/* Whoever adds lines on trial changes nothing for anybody, nor what is recorded of a stop. */
static void lines_on_trial_change_no_stop(void **state)
{
	uint32_t seed = 1884;
	size_t with_trial = 0, trials = 0;
	(void)state;
	for (int n = 0; n < WORLDS; n++) {
		struct world *w = random_world(&seed);
		w->who.mandatory_only = false;
		w->school.group.default_deny = false;
		hits_clear(&w->other);
		for (size_t i = 0; i < w->hits.count; i++) {
			const struct rule_hit *h = &w->hits.hit[i];
			bool mandatory = school_categories[h->category % CATEGORIES].mandatory;
			bool trial = (h->observe || h->category == TRIED) && !h->exception && !mandatory;
			if (!trial)
				hits_add(&w->other, h);
		}
		policy_decide(&w->policy, &w->who, false, &w->hits, &w->one);
		policy_decide(&w->policy, &w->who, false, &w->other, &w->two);
		bool stopped = w->two.action == ACTION_HELP || w->two.action == ACTION_REFUSE;
		if (stopped || w->one.action == ACTION_HELP || w->one.action == ACTION_REFUSE) {
			assert_int_equal(w->one.action, w->two.action);
			assert_int_equal(w->one.category, w->two.category);
			assert_true(same_place(w->one.rule, w->two.rule));
			with_trial += w->other.count < w->hits.count;
		}
		trials += w->one.trial;
		assert_int_equal(w->one.trial, w->one.observed);
		free(w);
	}
	assert_true(with_trial > 1000 && trials > 1000);
}

/* A thousand lines that say nothing new do not push out the ones that decide. */
static void hits_beyond_all_measure_decide_the_same(void **state)
{
	uint32_t seed = 1349;
	(void)state;
	for (int n = 0; n < 300; n++) {
		struct world *w = random_world(&seed);
		/* The same hits in one list that is cut and in one that is not. */
		struct rule_hit *all = malloc(RULESET_HITS_MAX * sizeof(*all));
		size_t count = 600 + next_random(&seed) % 2000;
		hits_clear(&w->hits);
		for (size_t i = 0; i < count; i++) {
			all[i] = random_hit(&seed);
			hits_add(&w->hits, &all[i]);
		}
		assert_true(w->hits.cut);
		assert_true(w->hits.count <= HITS_ENOUGH);
		hits_clear(&w->other);
		memcpy(w->other.hit, all, count * sizeof(*all));
		w->other.count = count;
		w->who.explain = false;
		policy_decide(&w->policy, &w->who, false, &w->hits, &w->one);
		policy_decide(&w->policy, &w->who, false, &w->other, &w->two);
		assert_int_equal(w->one.action, w->two.action);
		assert_int_equal(w->one.category, w->two.category);
		assert_true(same_place(w->one.rule, w->two.rule));
		free(all);
		free(w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(adding_an_exception_never_stops_more),
		cmocka_unit_test(the_order_of_files_and_lines_never_matters),
		cmocka_unit_test(the_explanation_agrees_with_the_decision),
		cmocka_unit_test(lines_on_trial_change_no_stop),
		cmocka_unit_test(hits_beyond_all_measure_decide_the_same),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
