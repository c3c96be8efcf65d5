/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `rules stats`: one row a file and category, so that a municipality sees what it keeps up and what has grown old. Lines
 * are counted as they are read; nothing of them is kept.
 */
#include "ctl/rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ruleset/layers.h"

enum { DATE_SIZE = sizeof "2026-10-01" };

struct row {
	const struct rulefile *file;
	char category[48];
	size_t names, urls, patterns, exceptions;
	char oldest[DATE_SIZE], newest[DATE_SIZE], due[DATE_SIZE]; /* "" where no line has one */
};

struct stats {
	const struct rulefile *file; /* being read */
	unsigned change;             /* of the heads that `current` belongs to, + 1 */
	size_t count, current;
	struct row *row; /* owned */
	int problems;
	bool failed; /* without memory */
};

static struct row *row_of(struct stats *s, const struct rule_heads *heads)
{
	if (s->change == heads->change + 1)
		return &s->row[s->current];
	char category[sizeof s->row->category];
	(void)snprintf(category, sizeof category, "%.*s", (int)heads->category.len,
		       (const char *)heads->category.at);
	s->change = heads->change + 1;
	for (s->current = 0; s->current < s->count; s->current++)
		if (s->row[s->current].file == s->file && strcmp(s->row[s->current].category, category) == 0)
			return &s->row[s->current];
	struct row *more = reallocarray(s->row, s->count + 1, sizeof *more);
	if (!more) {
		s->failed = true;
		return NULL;
	}
	s->row = more;
	s->row[s->count] = (struct row){.file = s->file};
	memcpy(s->row[s->count].category, category, sizeof category);
	return &s->row[s->count++];
}

/* Dates are compared as text: YYYY-MM-DD sorts as it counts. */
static void keep_date(char *date, struct span found, bool later)
{
	if (found.len != DATE_SIZE - 1)
		return;
	int order = *date ? memcmp(found.at, date, DATE_SIZE - 1) : later ? 1 : -1;
	if (later ? order > 0 : order < 0)
		memcpy(date, found.at, DATE_SIZE - 1);
}

static void on_rule(void *user, const struct rule_line *rule)
{
	struct stats *s = user;
	struct row *row = s->failed ? NULL : row_of(s, rule->heads);
	if (!row)
		return;
	size_t *const of[RULE_KINDS] = {
		[RULE_DOMAIN] = &row->names,  [RULE_EXACT] = &row->names,   [RULE_URL] = &row->urls,
		[RULE_HOST] = &row->patterns, [RULE_PATH] = &row->patterns, [RULE_SEARCH] = &row->patterns,
	};
	if (rule->exception)
		row->exceptions++;
	else if (of[rule->kind])
		++*of[rule->kind];
	keep_date(row->oldest, rule->heads->reviewed, false);
	keep_date(row->newest, rule->heads->reviewed, true);
	keep_date(row->due, rule->heads->review_by, false);
}

static void on_problem(void *user, const char *file, int line, const char *text)
{
	struct stats *s = user;
	ctl_problem(&s->problems, file, line, text);
}

static const char *or_none(const char *date)
{
	return *date ? date : "-";
}

static void print_row(const struct row *r)
{
	(void)printf("%-34s %-18s %9zu %7zu %8zu %10zu  %-10s %-10s %s\n", r->file->name, r->category,
		     r->names, r->urls, r->patterns, r->exceptions, or_none(r->oldest), or_none(r->newest),
		     or_none(r->due));
}

static void print_all(const struct stats *s, const struct layers *layers)
{
	static const char *const layer_titles[LAYERS] = {"national", "municipality", "school"};
	(void)printf("%-34s %-18s %9s %7s %8s %10s  %-10s %-10s %s\n", "file", "category", "names", "urls",
		     "patterns", "exceptions", "oldest", "newest", "review by");
	for (size_t i = 0; i < s->count; i++)
		print_row(&s->row[i]);
	for (int l = 0; l < LAYERS; l++) {
		size_t files = 0, bytes = 0, rules = 0, exceptions = 0;
		for (size_t i = 0; i < layers->count; i++) {
			files += layers->file[i].layer == (enum rule_layer)l;
			bytes += layers->file[i].layer == (enum rule_layer)l ? layers->file[i].bytes.len : 0;
		}
		for (size_t i = 0; i < s->count; i++) {
			const struct row *r = &s->row[i];
			if (r->file->layer != (enum rule_layer)l)
				continue;
			rules += r->names + r->urls + r->patterns;
			exceptions += r->exceptions;
		}
		(void)printf("%s: %zu files, %zu rules, %zu exceptions, %.1f KiB\n", layer_titles[l], files,
			     rules, exceptions, (double)bytes / 1024);
	}
}

enum ctl_exit rules_stats_run(struct ctl *c)
{
	struct stats s = {0};
	struct layers layers;
	enum ctl_exit rc = CTL_FAILED;
	struct rule_calls calls = {.user = &s, .rule = on_rule, .problem = on_problem};
	const char **ids = rules_categories(c->conf, &calls);
	if (layers_read(c->conf->rules.layer, ctl_problem, NULL, &layers) < 0 || !ids)
		goto out;
	for (size_t i = 0; i < layers.count; i++) {
		s.file = &layers.file[i];
		s.change = 0;
		(void)rulefile_read(s.file, &calls);
	}
	if (s.failed)
		goto out;
	print_all(&s, &layers);
	rc = s.problems > 0 ? CTL_NO : CTL_YES;
out:
	layers_clear(&layers);
	free(s.row);
	free(ids);
	return rc;
}
