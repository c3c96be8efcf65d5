/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `help check`: what coverage.h finds, in rows that a person can read, and with it what only people can mend: the
 * school's own adults, words against the glossary, texts that nobody has reviewed. Ready is who has none but drafts.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "catalogue/coverage.h"
#include "catalogue/glossary.h"
#include "ctl/help.h"

enum { OPTION_JSON, OPTION_DAYS };

/* Findings that differ only by stage or language are one. */
struct group {
	struct coverage_finding first;
	unsigned int stages, languages; /* bits */
};

struct checking {
	struct ctl *ctl;
	struct help_site site;
	size_t count, size;
	struct group *groups;
	json_t *words; /* what the glossary finds: [{language, text, word, say}] */
	const struct glossary *glossary;
	enum language language; /* of the texts that are being visited */
	int drafts[LANGUAGES], texts[LANGUAGES];
	bool missing[DUTY_KINDS];
	int hidden; /* entries that cannot be shown today */
};

static const char *const sentences[COVERAGE_KINDS] = {
	[COVERAGE_FEW] = "fewer than two services",
	[COVERAGE_HIDDEN] = "every service for its own topics has expired or is unconfirmed",
	[COVERAGE_CLOSED] = "no service is open",
	[COVERAGE_SPEECH] = "no service without speech is open or says when it opens",
	[COVERAGE_AGES] = "a service is not for that age",
	[COVERAGE_WORDS] = "the category has no words of its own",
	[COVERAGE_TITLE] = "the category has no title",
	[COVERAGE_SILENT] = "no service answers in that language; the page says in which they do",
};

static bool same(const struct coverage_finding *a, const struct coverage_finding *b)
{
	bool service = a->service == NULL ? b->service == NULL
					  : b->service != NULL && strcmp(a->service, b->service) == 0;
	return a->kind == b->kind && a->category == b->category && a->first_wall_ms == b->first_wall_ms &&
	       a->quarters == b->quarters && service;
}

static void on_finding(void *user, const struct coverage_finding *f)
{
	struct checking *k = user;
	size_t i = 0;
	while (i < k->count && !same(&k->groups[i].first, f))
		i++;
	if (i == k->count) {
		if (k->count == k->size) {
			k->size = k->size > 0 ? 2 * k->size : 64;
			k->groups = realloc(k->groups, k->size * sizeof *k->groups);
			if (k->groups == NULL)
				abort();
		}
		k->groups[k->count++] = (struct group){.first = *f};
	}
	k->groups[i].stages |= 1u << f->stage;
	k->groups[i].languages |= 1u << f->language;
}

static void on_word(void *user, const char *key, const char *word, const char *say)
{
	struct checking *k = user;
	json_array_append_new(k->words,
			      json_pack("{s:s, s:s, s:s, s:s}", "language", language_names[k->language],
					"text", key, "word", word, "say", say));
}

static void on_text(void *user, const char *key, const char *text)
{
	struct checking *k = user;
	k->texts[k->language]++;
	k->drafts[k->language] += reviews_find(&k->site.texts->reviews, k->language, key, text) == NULL;
	if (k->glossary != NULL)
		(void)glossary_check(k->glossary, k->language, key, text, on_word, k);
}

/* Texts are ours and the school's own, by the glossary beside ours. */
static bool visit_texts(struct checking *k)
{
	char path[4200];
	struct glossary *glossary = NULL;
	(void)snprintf(path, sizeof path, "%s/glossary.conf", k->ctl->conf->help.texts);
	if (glossary_load(path, ctl_problem, NULL, &glossary) < 0)
		return false;
	k->glossary = glossary;
	for (size_t i = 0; i < k->site.texts->language_count; i++) {
		k->language = k->site.texts->languages[i];
		texts_each(k->site.texts, k->ctl->conf, k->language, on_text, k);
	}
	glossary_free(glossary);
	return true;
}

static void local_time(int64_t ms, char *out, size_t size)
{
	int minute, year, month, day;
	if (ms == 0) {
		(void)snprintf(out, size, "always");
		return;
	}
	day_split(zone_day(zone_find("Europe/Oslo"), ms, &minute), &year, &month, &day);
	(void)snprintf(out, size, "%04d-%02d-%02d %02d:%02d", year, month, day, minute / 60, minute % 60);
}

/* "primary, lower-secondary"; the names of the bits. */
static void names_of(unsigned int bits, const char *const *names, int count, char *out, size_t size)
{
	out[0] = '\0';
	for (int i = 0; i < count; i++)
		if ((bits >> i & 1) != 0)
			(void)snprintf(out + strlen(out), size - strlen(out), "%s%s",
				       out[0] != '\0' ? ", " : "", names[i]);
}

static bool by_stage(enum coverage_kind kind)
{
	return kind != COVERAGE_WORDS && kind != COVERAGE_TITLE;
}

static void tell_group(const struct checking *k, const struct group *g)
{
	char stages[64], languages[64], first[32];
	const struct ctl *c = k->ctl;
	names_of(g->stages, stage_names, STAGES, stages, sizeof stages);
	names_of(g->languages, language_names, LANGUAGES, languages, sizeof languages);
	local_time(g->first.first_wall_ms, first, sizeof first);
	(void)printf("%s%s%s: %s%s%s", ctl_tone(c, g->first.kind == COVERAGE_SILENT ? TONE_QUIET : TONE_BAD),
		     c->conf->categories[g->first.category].id, ctl_tone(c, TONE_PLAIN),
		     sentences[g->first.kind], g->first.service != NULL ? ": " : "",
		     g->first.service != NULL ? g->first.service : "");
	(void)printf(" (%s%s%s)", by_stage(g->first.kind) ? stages : "", by_stage(g->first.kind) ? "; " : "",
		     languages);
	if (g->first.quarters > 0)
		(void)printf(", first %s, %d quarters of an hour", first, g->first.quarters);
	(void)putchar('\n');
}

static int faults(const struct checking *k)
{
	int count = (int)json_array_size(k->words);
	for (size_t i = 0; i < k->count; i++)
		count += k->groups[i].first.kind != COVERAGE_SILENT;
	for (int kind = 0; kind < DUTY_KINDS; kind++)
		count += k->missing[kind];
	return count;
}

static void tell_people(const struct checking *k)
{
	for (int kind = 0; kind < DUTY_KINDS; kind++)
		if (k->missing[kind])
			(void)printf("%sschool%s: no %s with hours is entered under duty.persons in %s\n",
				     ctl_tone(k->ctl, TONE_BAD), ctl_tone(k->ctl, TONE_PLAIN),
				     duty_kind_names[kind], k->ctl->conf->path);
}

/* Languages in which nobody answers are many alike: one line each is enough. */
static void tell_silent(const struct checking *k)
{
	int count[LANGUAGES] = {0};
	for (size_t i = 0; i < k->count; i++)
		for (int l = 0; l < LANGUAGES; l++)
			count[l] += k->groups[i].first.kind == COVERAGE_SILENT &&
				    (k->groups[i].languages >> l & 1) != 0;
	for (int l = 0; l < LANGUAGES; l++)
		if (count[l] > 0)
			(void)printf("note: %s: in %d categories no service answers in it; the page says in "
				     "which they do\n",
				     language_names[l], count[l]);
}

static void tell(const struct checking *k, int days)
{
	size_t index;
	json_t *word;
	tell_people(k);
	for (size_t i = 0; i < k->count; i++)
		if (k->groups[i].first.kind != COVERAGE_SILENT)
			tell_group(k, &k->groups[i]);
	json_array_foreach(k->words, index, word)(void) printf(
		"%s: %s: \"%s\" is not our word; %s\n", json_string_value(json_object_get(word, "language")),
		json_string_value(json_object_get(word, "text")),
		json_string_value(json_object_get(word, "word")),
		json_string_value(json_object_get(word, "say")));
	tell_silent(k);
	for (int l = 0; l < LANGUAGES; l++)
		if (k->drafts[l] > 0)
			(void)printf("draft: %s: %d of %d texts have not been reviewed (tryggctl help review "
				     "%s)\n",
				     language_names[l], k->drafts[l], k->texts[l], language_names[l]);
	if (k->hidden > 0)
		(void)printf("note: %d entries of the catalogue are not shown: expired, or never confirmed "
			     "(tryggctl help due)\n",
			     k->hidden);
	int wrong = faults(k);
	(void)printf("%s: %zu categories, 3 stages, %zu languages, every quarter of an hour of %d days: %d "
		     "findings\n",
		     wrong == 0 ? "ready" : "not ready", k->ctl->conf->category_count,
		     k->site.texts->language_count, days, wrong);
}

static json_t *list_of(unsigned int bits, const char *const *names, int count)
{
	json_t *list = json_array();
	for (int i = 0; i < count; i++)
		if ((bits >> i & 1) != 0)
			json_array_append_new(list, json_string(names[i]));
	return list;
}

static json_t *group_json(const struct checking *k, const struct group *g)
{
	char first[32];
	local_time(g->first.first_wall_ms, first, sizeof first);
	return json_pack("{s:s, s:s, s:o, s:o, s:s, s:i, s:s}", "kind", coverage_names[g->first.kind],
			 "category", k->ctl->conf->categories[g->first.category].id, "stages",
			 by_stage(g->first.kind) ? list_of(g->stages, stage_names, STAGES) : json_array(),
			 "languages", list_of(g->languages, language_names, LANGUAGES), "first", first,
			 "quarters", g->first.quarters, "service",
			 g->first.service != NULL ? g->first.service : "");
}

static void tell_json(const struct checking *k, int days)
{
	json_t *findings = json_array(), *notes = json_array(), *drafts = json_object(),
	       *missing = json_array();
	for (size_t i = 0; i < k->count; i++)
		json_array_append_new(k->groups[i].first.kind == COVERAGE_SILENT ? notes : findings,
				      group_json(k, &k->groups[i]));
	for (size_t i = 0; i < k->site.texts->language_count; i++) {
		enum language l = k->site.texts->languages[i];
		json_object_set_new(drafts, language_names[l],
				    json_pack("{s:i, s:i}", "drafts", k->drafts[l], "texts", k->texts[l]));
	}
	for (int kind = 0; kind < DUTY_KINDS; kind++)
		if (k->missing[kind])
			json_array_append_new(missing, json_string(duty_kind_names[kind]));
	json_t *all = json_pack("{s:b, s:i, s:i, s:o, s:o, s:O, s:o, s:o}", "ready", faults(k) == 0, "days",
				days, "hidden", k->hidden, "missing", missing, "findings", findings, "words",
				k->words, "notes", notes, "reviews", drafts);
	(void)json_dumpf(all, stdout, JSON_INDENT(2));
	(void)putchar('\n');
	json_decref(all);
}

static int days_of(const char *text)
{
	char *end;
	long days = text != NULL ? strtol(text, &end, 10) : COVERAGE_DAYS;
	if (text != NULL && (*text == '\0' || *end != '\0' || days < 1 || days > COVERAGE_DAYS_MAX))
		return -1;
	return (int)days;
}

enum ctl_exit help_check_run(struct ctl *c)
{
	enum ctl_exit rc = CTL_NO;
	struct checking k = {.ctl = c, .words = json_array()};
	int days = days_of(c->value[OPTION_DAYS]);
	if (days < 0) {
		(void)fprintf(stderr, "tryggctl: --days %s: allowed are 1 to %d\n", c->value[OPTION_DAYS],
			      COVERAGE_DAYS_MAX);
		rc = CTL_FAILED;
		goto out;
	}
	if (!help_site_load(c->conf, &k.site) || !visit_texts(&k))
		goto out;
	k.missing[DUTY_NURSE] = !duty_has(k.site.duty, DUTY_NURSE);
	k.missing[DUTY_COUNSELLOR] = !duty_has(k.site.duty, DUTY_COUNSELLOR);
	for (size_t i = 0; i < k.site.catalogue->count; i++) {
		const struct service *v = &k.site.catalogue->services[i];
		k.hidden += !v->replaced && !service_shown(v, clock_wall_ms());
	}
	if (coverage_check(c->conf, k.site.catalogue, k.site.texts, clock_wall_ms(), days, on_finding, &k) <
	    0) {
		rc = CTL_FAILED;
		goto out;
	}
	if (c->value[OPTION_JSON])
		tell_json(&k, days);
	else
		tell(&k, days);
	rc = faults(&k) == 0 ? CTL_YES : CTL_NO;
out:
	free(k.groups);
	json_decref(k.words);
	help_site_clear(&k.site);
	return rc;
}
