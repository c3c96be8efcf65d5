/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The decision procedure: the cases it was described with, and cases of our own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "policy/school.h"
#include "ruleset/hits.h"
#include "ruleset/rig.h"

struct asked {
	const char *says;
	const char *rules[5]; /* "layer/category: line"; "digest NAME" makes a hit by hand */
	const char *host, *path, *words;
	const char *protected;
	bool deny, observe, resolver;
	bool trial; /* the decision is one of a line or category that only observes */
	enum action action;
	const char *category; /* of a stop */
	const char *rule;     /* of a stop: which of rules[] */
};

#define N "national/"
#define M "municipality/"
#define S "school/"

static const struct asked told[] = {
	{.says = "a name in two categories is stopped by the one that is not allowed",
	 .rules = {N "porn: domain x.example", S "games: domain x.example"},
	 .host = "x.example",
	 .action = ACTION_REFUSE,
	 .category = "porn"},
	{.says = "an exception for one category leaves the other",
	 .rules = {N "self-harm: domain x.example", M "proxy: domain x.example",
		   S "self-harm: allow domain x.example"},
	 .host = "x.example",
	 .action = ACTION_REFUSE,
	 .category = "proxy"},
	{.says = "the school opens a name that the nation lists",
	 .rules = {N "porn: domain x.example", S "porn: allow domain x.example"},
	 .host = "x.example",
	 .action = ACTION_ALLOW},
	{.says = "the school does not open a mandatory category",
	 .rules = {N "illegal: domain x.example", S "*: allow exact x.example"},
	 .host = "x.example",
	 .action = ACTION_HELP,
	 .category = "illegal"},
	{.says = "the layer that made a mandatory rule may except from it",
	 .rules = {N "illegal: domain x.example", N "illegal: allow exact x.example"},
	 .host = "x.example",
	 .action = ACTION_ALLOW},
	{.says = "a stop below an exception stands",
	 .rules = {S "*: allow domain example.org", N "porn: domain bad.example.org"},
	 .host = "bad.example.org",
	 .action = ACTION_REFUSE,
	 .category = "porn"},
	{.says = "an exception below a stop opens",
	 .rules = {S "porn: domain example.org", N "porn: allow exact www.example.org"},
	 .host = "www.example.org",
	 .action = ACTION_ALLOW},
	{.says = "a listed exception beats a host pattern",
	 .rules = {N "self-harm: host /pro-?ana/", S "self-harm: allow domain proana-research.example"},
	 .host = "proana-research.example",
	 .action = ACTION_ALLOW},
	{.says = "an allowed search engine does not allow every word",
	 .rules = {S "*: allow domain sok.example", N "self-harm: search /selvmord/"},
	 .host = "sok.example",
	 .path = "/?q=",
	 .words = "selvmord",
	 .action = ACTION_HELP,
	 .category = "self-harm"},
	{.says = "a name exception reaches path patterns",
	 .rules = {S "*: allow domain lex.example", N "self-harm: path /thinspo/"},
	 .host = "lex.example",
	 .path = "/thinspo",
	 .action = ACTION_ALLOW},
	{.says = "an allow list stops what nobody listed",
	 .host = "x.example",
	 .deny = true,
	 .action = ACTION_REFUSE,
	 .category = "unlisted"},
	{.says = "an allow list passes what is listed in an allowed category",
	 .rules = {M "school-sites: domain x.example"},
	 .host = "x.example",
	 .deny = true,
	 .action = ACTION_ALLOW},
	{.says = "an exception opens nothing by itself",
	 .rules = {N "porn: domain x.example", S "porn: allow domain x.example"},
	 .host = "x.example",
	 .deny = true,
	 .action = ACTION_REFUSE,
	 .category = "unlisted"},
	{.says = "where help and refuse meet, help speaks",
	 .rules = {N "proxy: domain x.example", N "self-harm: domain x.example"},
	 .host = "x.example",
	 .action = ACTION_HELP,
	 .category = "self-harm"},
	{.says = "a protected name beats everything",
	 .rules = {N "porn: domain x.example"},
	 .host = "x.example",
	 .protected = "x.example",
	 .action = ACTION_ALLOW},
	{.says = "a url is deeper than an exception for its host",
	 .rules = {S "porn: allow domain example.org", N "porn: url example.org/forum/"},
	 .host = "example.org",
	 .path = "/forum/1",
	 .action = ACTION_REFUSE,
	 .category = "porn"},
	{.says = "an allow list counts an allowed category even where an exception removed its line",
	 .rules = {M "school-sites: domain x.example", S "school-sites: allow domain x.example"},
	 .host = "x.example",
	 .deny = true,
	 .action = ACTION_ALLOW},
	{.says = "a digest has the labels of the name that matched it",
	 .rules = {N "illegal: digest bad.x.example", N "illegal: allow domain x.example"},
	 .host = "bad.x.example",
	 .action = ACTION_HELP,
	 .category = "illegal"},
	{.says = "a url exception does not open a stopped name",
	 .rules = {N "porn: domain x.example", S "porn: allow url x.example/ok/"},
	 .host = "x.example",
	 .path = "/ok/1",
	 .action = ACTION_REFUSE,
	 .category = "porn"},
};

static const struct asked our_own[] = {
	{.says = "a longer path of a nearer or equal layer opens part of a stopped folder",
	 .rules = {N "porn: url x.example/a/", N "porn: allow url x.example/a/b/"},
	 .host = "x.example",
	 .path = "/a/b/c",
	 .action = ACTION_ALLOW},
	{.says = "a shorter path does not, however near its layer",
	 .rules = {N "porn: url x.example/a/b/", S "porn: allow url x.example/a/"},
	 .host = "x.example",
	 .path = "/a/b/c",
	 .action = ACTION_REFUSE,
	 .category = "porn"},
	{.says = "exact beats domain across layers",
	 .rules = {S "porn: domain x.example", N "porn: allow exact x.example"},
	 .host = "x.example",
	 .action = ACTION_ALLOW},
	{.says = "an exact stop of the nation stands against a domain exception of the school",
	 .rules = {N "porn: exact x.example", S "porn: allow domain x.example"},
	 .host = "x.example",
	 .action = ACTION_REFUSE,
	 .category = "porn"},
	{.says = "an exact name exception opens its urls too",
	 .rules = {N "porn: url x.example/a/", N "porn: allow exact x.example"},
	 .host = "x.example",
	 .path = "/a/",
	 .action = ACTION_ALLOW},
	{.says = "a search exception reaches search lines of its layer and of those less near",
	 .rules = {N "self-harm: search /selvmord/", M "self-harm: allow search /selvmord i litteraturen/"},
	 .host = "sok.example",
	 .path = "/",
	 .words = "selvmord i litteraturen",
	 .action = ACTION_ALLOW},
	{.says = "a search exception reaches no name",
	 .rules = {N "self-harm: domain sok.example", S "self-harm: allow search /selvmord/"},
	 .host = "sok.example",
	 .path = "/",
	 .words = "selvmord",
	 .action = ACTION_HELP,
	 .category = "self-harm"},
	{.says = "a path exception reaches url and path lines, not names",
	 .rules = {N "porn: host /x/", N "porn: path /a/", S "porn: allow path /a/"},
	 .host = "x.example",
	 .path = "/a",
	 .action = ACTION_REFUSE,
	 .category = "porn",
	 .rule = N "porn: host /x/"},
	{.says = "a host pattern exception of a nearer layer removes a host pattern",
	 .rules = {N "porn: host /sex/", S "porn: allow host /essex/"},
	 .host = "essex.example",
	 .action = ACTION_ALLOW},
	{.says = "a host pattern exception never removes a listed name",
	 .rules = {N "porn: domain essex.example", S "porn: allow host /essex/"},
	 .host = "essex.example",
	 .action = ACTION_REFUSE,
	 .category = "porn"},
	{.says = "observe passes and says so",
	 .rules = {N "seen: domain x.example"},
	 .host = "x.example",
	 .action = ACTION_OBSERVE,
	 .category = "seen"},
	{.says = "observing is no listing: an allow list stays closed",
	 .rules = {N "seen: domain x.example"},
	 .host = "x.example",
	 .deny = true,
	 .action = ACTION_REFUSE,
	 .category = "unlisted"},
	{.says = "observe and an allowed category on an allow list: observed",
	 .rules = {N "seen: domain x.example", M "school-sites: domain x.example"},
	 .host = "x.example",
	 .deny = true,
	 .action = ACTION_OBSERVE,
	 .category = "seen"},
	{.says = "mandatory goes before a help category of any severity",
	 .rules = {N "illegal: domain x.example", S "self-harm: domain x.example"},
	 .host = "x.example",
	 .action = ACTION_HELP,
	 .category = "illegal"},
	{.says = "of mandatory categories severity and order decide, not help before refuse",
	 .rules = {N "illegal: domain x.example", N "banned: domain x.example"},
	 .host = "x.example",
	 .action = ACTION_REFUSE,
	 .category = "banned"},
	{.says = "equal actions: the graver category speaks",
	 .rules = {N "quiet: domain x.example", N "self-harm: domain x.example"},
	 .host = "x.example",
	 .action = ACTION_HELP,
	 .category = "self-harm"},
	{.says = "equal actions and severities: the earlier category speaks",
	 .rules = {N "proxy: domain x.example", N "porn: domain x.example"},
	 .host = "x.example",
	 .action = ACTION_REFUSE,
	 .category = "porn"},
	{.says = "observe mode stops nothing",
	 .rules = {N "porn: domain x.example"},
	 .host = "x.example",
	 .observe = true,
	 .action = ACTION_OBSERVE,
	 .category = "porn"},
	{.says = "observe mode stops mandatory categories",
	 .rules = {N "illegal: domain x.example"},
	 .host = "x.example",
	 .observe = true,
	 .action = ACTION_HELP,
	 .category = "illegal"},
	{.says = "observe mode opens allow lists",
	 .host = "x.example",
	 .observe = true,
	 .deny = true,
	 .action = ACTION_OBSERVE,
	 .category = "unlisted"},
	{.says = "a resolver that asks for others gets no list",
	 .rules = {N "porn: domain x.example"},
	 .host = "x.example",
	 .resolver = true,
	 .deny = true,
	 .action = ACTION_ALLOW},
	{.says = "a resolver that asks for others gets mandatory categories",
	 .rules = {N "porn: domain x.example", N "illegal: domain x.example"},
	 .host = "x.example",
	 .resolver = true,
	 .action = ACTION_HELP,
	 .category = "illegal"},
	{.says = "a less near layer may except from a mandatory rule of a nearer one",
	 .rules = {S "illegal: domain x.example", N "illegal: allow exact x.example"},
	 .host = "x.example",
	 .action = ACTION_ALLOW},
	{.says = "protection covers what lies below",
	 .rules = {N "porn: domain example"},
	 .host = "chat.hjelp.example",
	 .protected = "hjelp.example",
	 .action = ACTION_ALLOW},
	{.says = "protection does not cover what only looks alike",
	 .rules = {N "porn: domain nothjelp.example"},
	 .host = "nothjelp.example",
	 .protected = "hjelp.example",
	 .action = ACTION_REFUSE,
	 .category = "porn"},
	{.says = "the rule named is the one with the greatest key",
	 .rules = {S "porn: domain x.example", N "porn: domain a.x.example"},
	 .host = "a.x.example",
	 .action = ACTION_REFUSE,
	 .category = "porn",
	 .rule = N "porn: domain a.x.example"},
	{.says = "an exception for all does not open below a deeper stop",
	 .rules = {N "porn: domain a.x.example", S "*: allow domain x.example",
		   N "self-harm: domain x.example"},
	 .host = "a.x.example",
	 .action = ACTION_REFUSE,
	 .category = "porn"},
	{.says = "a line below mode observe only counts",
	 .rules = {N "porn: mode observe\ndomain x.example"},
	 .host = "x.example",
	 .trial = true,
	 .action = ACTION_OBSERVE,
	 .category = "porn"},
	{.says = "mode enforce ends mode observe",
	 .rules = {N "porn: mode observe\nmode enforce\ndomain x.example"},
	 .host = "x.example",
	 .action = ACTION_REFUSE,
	 .category = "porn"},
	{.says = "a category with mode observe only counts",
	 .rules = {N "tried: domain x.example"},
	 .host = "x.example",
	 .trial = true,
	 .action = ACTION_OBSERVE,
	 .category = "tried"},
	{.says = "a narrower line that observes does not shadow a broader one that stops",
	 .rules = {N "porn: domain x.example", S "porn: mode observe\nexact a.b.x.example"},
	 .host = "a.b.x.example",
	 .action = ACTION_REFUSE,
	 .category = "porn",
	 .rule = N "porn: domain x.example"},
	{.says = "a graver category that observes gives way to one that stops",
	 .rules = {N "tried: domain x.example", N "self-harm: mode observe\ndomain x.example",
		   S "proxy: host /x/"},
	 .host = "x.example",
	 .action = ACTION_REFUSE,
	 .category = "proxy",
	 .rule = S "proxy: host /x/"},
	{.says = "of lines that observe the one decides that would if all were enforced",
	 .rules = {N "porn: mode observe\ndomain x.example", N "self-harm: mode observe\ndomain x.example"},
	 .host = "x.example",
	 .trial = true,
	 .action = ACTION_OBSERVE,
	 .category = "self-harm"},
	{.says = "an exception removes a line that observes",
	 .rules = {N "porn: mode observe\ndomain x.example", S "porn: mode observe\nallow domain x.example"},
	 .host = "x.example",
	 .action = ACTION_ALLOW},
	{.says = "an allow list stays closed behind a line that observes",
	 .rules = {N "porn: mode observe\ndomain x.example"},
	 .host = "x.example",
	 .deny = true,
	 .action = ACTION_REFUSE,
	 .category = "unlisted"},
	{.says = "a category that is allowed is not counted either",
	 .rules = {N "games: mode observe\ndomain x.example"},
	 .host = "x.example",
	 .action = ACTION_ALLOW},
};

/* ---- Setting a case up ------------------------------------------------------------------------------------ */

struct judged {
	struct school school;
	struct rig rig;
	struct ruleset *rules;
	struct policy policy;
	struct rule_hits hits;
	struct decision decision;
	char names[8][64], texts[8][256];
	struct rig_file files[8];
};

/* "national/porn: domain x.example" becomes a file of that layer with a category line and the rule on line 2. */
static size_t files_of(struct judged *j, const struct asked *a)
{
	size_t count = 0;
	for (size_t i = 0; i < 5 && a->rules[i]; i++) {
		const char *slash = strchr(a->rules[i], '/'), *colon = strchr(a->rules[i], ':');
		if (strncmp(colon + 2, "digest ", 7) == 0)
			continue;
		snprintf(j->names[count], sizeof(j->names[0]), "%.*s/%zu.rules", (int)(slash - a->rules[i]),
			 a->rules[i], i);
		snprintf(j->texts[count], sizeof(j->texts[0]), "category %.*s\n%s\n",
			 (int)(colon - slash - 1), slash + 1, colon + 2);
		j->files[count] = (struct rig_file){j->names[count], j->texts[count]};
		count++;
	}
	return count;
}

/* Confidential lists come later; their hits are decided about already. */
static void add_digests(struct judged *j, const struct asked *a)
{
	for (size_t i = 0; i < 5 && a->rules[i]; i++) {
		const char *slash = strchr(a->rules[i], '/'), *colon = strchr(a->rules[i], ':');
		struct rule_hit hit = {
			.kind = RULE_DIGEST, .layer = (uint8_t)rig_layer(a->rules[i]), .file = "digest"};
		struct host name;
		if (strncmp(colon + 2, "digest ", 7) != 0)
			continue;
		assert_int_equal(host_from_text(span_text(colon + 9), &name), 0);
		hit.labels = name.labels;
		for (uint16_t c = 0; c < ruleset_categories(j->rules); c++)
			if (strncmp(ruleset_category(j->rules, c), slash + 1, (size_t)(colon - slash - 1)) ==
			    0)
				hit.category = c;
		hits_add(&j->hits, &hit);
	}
}

static void judge(struct judged *j, const struct asked *a)
{
	const char *protected[] = {a->protected, NULL};
	struct host host;
	struct url url = {0};
	char why[256];
	size_t files = files_of(j, a);
	school_open(&j->school);
	j->school.group.default_deny = a->deny;
	j->school.conf.rules.observe = a->observe;
	rig_open(&j->rig);
	assert_int_equal(rig_compile(&j->rig, j->files, files, protected), 0);
	j->rules = rig_rules(&j->rig);
	assert_int_equal(policy_init(&j->policy, &j->school.conf, j->rules, why, sizeof(why)), 0);

	assert_int_equal(host_from_text(span_text(a->host), &host), 0);
	if (a->path) {
		assert_int_equal(url_target(span_text(a->path), &url), 0);
		url.words_len =
			(uint16_t)snprintf(url.words, sizeof(url.words), "%s", a->words ? a->words : "");
	}
	struct asker who = {.group = &j->school.group, .mandatory_only = a->resolver, .explain = true};
	ruleset_match(j->rules, &host, a->path ? &url : NULL, &j->hits);
	add_digests(j, a);
	policy_decide(&j->policy, &who, ruleset_protected(j->rules, &host), &j->hits, &j->decision);
}

static void judged_clear(struct judged *j)
{
	ruleset_free(j->rules);
	rig_close(&j->rig);
}

static void expect(const struct asked *a, size_t count)
{
	struct judged *j = malloc(sizeof(*j));
	for (size_t i = 0; i < count; i++) {
		judge(j, &a[i]);
		const struct decision *d = &j->decision;
		const char *category = d->category < 0 ? NULL : school_categories[d->category].id;
		if (d->action != a[i].action || (category == NULL) != (a[i].category == NULL) ||
		    (category && strcmp(category, a[i].category) != 0))
			fail_msg("%s: action %d category %s", a[i].says, d->action,
				 category ? category : "-");
		assert_int_equal(d->protected, a[i].protected != NULL && a[i].action == ACTION_ALLOW);
		assert_int_equal(d->observed, (a[i].observe || a[i].trial) && a[i].action == ACTION_OBSERVE);
		assert_int_equal(d->trial, a[i].trial);
		if (a[i].rule) {
			char file[64];
			size_t at = 0;
			while (strcmp(a[i].rules[at], a[i].rule) != 0)
				at++;
			snprintf(file, sizeof(file), "%.*s/%zu.rules", (int)strcspn(a[i].rule, "/"),
				 a[i].rule, at);
			assert_string_equal(d->rule->file, file);
			assert_int_equal(d->rule->line, 2);
		}
		judged_clear(j);
	}
	free(j);
}

static void the_procedure_decides_the_cases_it_was_told_with(void **state)
{
	(void)state;
	expect(told, sizeof(told) / sizeof(told[0]));
}

static void the_procedure_decides_cases_of_our_own(void **state)
{
	(void)state;
	expect(our_own, sizeof(our_own) / sizeof(our_own[0]));
}

static void what_was_overridden_is_listed_with_what_overrode_it(void **state)
{
	static const struct asked a = {
		.rules = {N "porn: domain x.example", S "porn: allow domain x.example",
			  N "self-harm: domain x.example", M "proxy: domain x.example"},
		.host = "x.example",
	};
	struct judged *j = malloc(sizeof(*j));
	(void)state;
	judge(j, &a);
	const struct decision *d = &j->decision;
	assert_int_equal(d->category, SELF_HARM);
	assert_int_equal(d->overrode_count, 2);
	for (size_t i = 0; i < 2; i++) {
		const struct overrode *o = &d->overrode[i];
		if (strcmp(o->line->file, "national/0.rules") == 0) {
			assert_string_equal(o->by->file, "school/1.rules");
			assert_int_equal(o->by_category, -1);
		} else {
			assert_string_equal(o->line->file, "municipality/3.rules");
			assert_null(o->by);
			assert_int_equal(o->by_category, SELF_HARM);
		}
	}
	judged_clear(j);
	free(j);
}

static void what_only_observes_is_explained_as_if_it_were_enforced(void **state)
{
	static const struct asked a = {
		.rules = {N "porn: mode observe\ndomain x.example"},
		.host = "x.example",
	};
	struct judged *j = malloc(sizeof(*j));
	(void)state;
	judge(j, &a);
	assert_int_equal(j->decision.enforced, ACTION_REFUSE);
	assert_int_equal(j->decision.action, ACTION_OBSERVE);
	assert_int_equal(j->decision.rule->line, 3);
	judged_clear(j);
	free(j);
}

static void a_set_of_unconfigured_categories_is_refused_with_a_sentence(void **state)
{
	static const struct rig_file file = {"school/a.rules", "category games\ndomain x.example\n"};
	struct rig rig;
	struct policy p;
	struct conf conf = {0};
	char why[256] = "";
	(void)state;
	rig_open(&rig);
	assert_int_equal(rig_compile(&rig, &file, 1, NULL), 0);
	struct ruleset *rules = rig_rules(&rig);
	assert_true(policy_init(&p, &conf, rules, why, sizeof(why)) < 0);
	assert_non_null(strstr(why, "games"));
	ruleset_free(rules);
	rig_close(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_procedure_decides_the_cases_it_was_told_with),
		cmocka_unit_test(the_procedure_decides_cases_of_our_own),
		cmocka_unit_test(what_was_overridden_is_listed_with_what_overrode_it),
		cmocka_unit_test(what_only_observes_is_explained_as_if_it_were_enforced),
		cmocka_unit_test(a_set_of_unconfigured_categories_is_refused_with_a_sentence),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
