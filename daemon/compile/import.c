/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A foreign list as rules of ours on standard output, the report on standard error. The list is opened with the caller's
 * rights and read without them.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/sandbox.h"
#include "compile/compile.h"
#include "ruleset/format.h"

static const char *const kind_words[RULE_KINDS] = {
	[RULE_DOMAIN] = "domain", [RULE_EXACT] = "exact", [RULE_URL] = "url"};

/* What would end a word of a rule file is written as the canonical form reads it. */
static void print_path(struct span path)
{
	for (size_t i = 0; i < path.len; i++) {
		if (path.at[i] == ' ' || path.at[i] == '#' || path.at[i] == '\t')
			(void)printf("%%%02X", path.at[i]);
		else
			(void)putchar_unlocked(path.at[i]);
	}
}

static bool print_rule(void *user, const struct rule_line *rule)
{
	(void)user;
	if (rule->exception)
		(void)fputs("allow ", stdout);
	(void)fputs(kind_words[rule->kind], stdout);
	(void)putchar_unlocked(' ');
	(void)fwrite(rule->host->text, 1, rule->host->len, stdout);
	print_path(rule->path);
	(void)putchar_unlocked('\n');
	return true;
}

void import_report(const char *path, const struct import_counts *c, FILE *out)
{
	size_t refused = import_refused(c);
	(void)fprintf(out, "%s: %zu lines, %zu rules taken, %zu widened, %zu refused\n", path, c->lines,
		      c->taken, c->widened, refused);
	for (size_t i = 0; i < REFUSED_REASONS; i++)
		if (c->refused[i] > 0)
			(void)fprintf(out, "%s: %9zu %s\n", path, c->refused[i], import_reasons[i]);
}

static void print_head(const struct import_run *run)
{
	const char *slash = strrchr(run->path, '/');
	(void)printf(
		"# Imported by tryggctl rules import --format %s.\n\ncategory %s\nreason   \"Imported from ",
		import_format_names[run->format], run->category);
	for (const char *c = slash && slash[1] ? slash + 1 : run->path; *c; c++)
		(void)putchar(*c == '"' || (unsigned char)*c < 0x20 || (unsigned char)*c == 0x7f ? '_' : *c);
	(void)fputs("\"\n\n", stdout);
}

/* Whether rules may be about it; says what they may be about. */
static bool category_fits(const struct conf *conf, const char *id)
{
	int index = conf_category(conf, id);
	if (index >= 0 && !conf->categories[index].builtin)
		return true;
	(void)fprintf(stderr, "trygg-compile: category \"%s\" is not configured; configured are:", id);
	for (size_t i = 0; i < conf->category_count; i++)
		if (!conf->categories[i].builtin)
			(void)fprintf(stderr, " %s", conf->categories[i].id);
	(void)fputc('\n', stderr);
	return false;
}

static int read_list(const struct import_run *run, const struct import_list *list, bool help_only)
{
	struct import_counts counts;
	struct rule_heads heads = {.category = span_text(run->category)};
	struct rulefile file[IMPORT_FILES_MAX] = {{0}};
	struct import_calls calls = {
		.rule = print_rule, .refused = sources_problem, .heads = &heads, .help_only = help_only};
	for (size_t i = 0; i < list->count; i++) {
		file[i] = (struct rulefile){.path = list->file[i].path, .name = list->file[i].path};
		calls.file[i] = &file[i];
	}
	print_head(run);
	int rc = import_read(list, &calls, &counts);
	import_report(run->path, &counts, stderr);
	if (rc < 0 || fflush(stdout) != 0) {
		log_error("%s: %s", run->path, rc < 0 ? strerror(-rc) : "the rules could not be written");
		return 2;
	}
	return counts.taken + counts.widened == 0 && import_refused(&counts) > 0 ? 1 : 0;
}

int import_run(const char *conf_path, struct import_run *run)
{
	char why[4352];
	struct conf *conf = NULL;
	struct import_list list;
	int status = 2, format = import_format(run->format_name);
	if (format < 0) {
		log_error("format \"%s\" is unknown; known are hosts, domains, wildcard, adblock and ut1",
			  run->format_name);
		return 2;
	}
	run->format = (enum import_format)format;
	if (conf_load(conf_path, sources_problem, NULL, &conf) < 0)
		return 2;
	if (!category_fits(conf, run->category))
		goto out;
	int rc = import_open(run->path, run->format, &list, why, sizeof(why));
	if (rc < 0) {
		log_error("%s", why);
		status = rc == -ENODATA ? 1 : 2;
		goto out;
	}
	rc = geteuid() == 0 ? sandbox_enter("trygg-compile", NULL, false) : 0;
	if (rc < 0)
		log_fatal("the rights of root cannot be given up: %s", strerror(-rc));
	if (import_begin(&list, why, sizeof(why)) < 0) {
		log_error("%s", why);
		status = 1;
		import_close(&list);
		goto out;
	}
	status = read_list(run, &list, conf->categories[conf_category(conf, run->category)].help_only);
	import_close(&list);
out:
	conf_free(conf);
	return status;
}
