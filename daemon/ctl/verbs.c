/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verb table, and the one parser and usage text made from it. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/ctl.h"
#include "ctl/help.h"
#include "ctl/journal.h"
#include "ctl/keys.h"
#include "ctl/review.h"
#include "ctl/rules.h"
#include "ctl/setup.h"
#include "ctl/store.h"

#ifndef TRYGG_CONF_PATH
#define TRYGG_CONF_PATH "/etc/trygg/trygg.conf"
#endif

static enum ctl_exit journal_run(struct ctl *c)
{
	return (enum ctl_exit)ctl_journal(c->conf, c->operand_count, c->operand);
}

static const struct ctl_verb verbs[] = {
	{"check",
	 "",
	 0,
	 0,
	 true,
	 false,
	 {{"--print", NULL, "print the effective configuration, in its own syntax"},
	  {"--env", NULL, "print the settings of hold and gate as KEY=value lines, check nothing else"}},
	 "configuration, rules, catalogue and texts: every error as file:line",
	 check_run},
	{"compile",
	 "",
	 0,
	 0,
	 false,
	 false,
	 {{0}},
	 "rule files -> compiled set, swapped atomically",
	 compile_run},
	{"explain",
	 "NAME-or-URL",
	 1,
	 1,
	 false,
	 false,
	 {{"--group", "G", "answer for this group (lower-secondary when not given)"},
	  {"--at", "TIME",
	   "answer for this time: 2026-11-23T10:00:00Z, or local as 2026-11-23T10:00 or 10:00"},
	  {"--json", NULL, "one JSON object"}},
	 "what happens to a request, by which rule, and what overrode what; exit 3 when it is stopped",
	 explain_run},
	{"firewall show",
	 "",
	 0,
	 0,
	 false,
	 false,
	 {{"--as", "BACKEND", "nft or iptables, instead of the one this kernel takes"}},
	 "print the rules that feed the queue",
	 firewall_show_run},
	{"firewall apply",
	 "",
	 0,
	 0,
	 false,
	 false,
	 {{0}},
	 "put the rules in place and see whether pupils reach the help page",
	 firewall_apply_run},
	{"firewall remove",
	 "",
	 0,
	 0,
	 false,
	 false,
	 {{0}},
	 "take all of our rules away, and nothing else",
	 firewall_remove_run},
	{"firewall check",
	 "",
	 0,
	 0,
	 false,
	 false,
	 {{0}},
	 "report what is missing or goes around the filter",
	 firewall_check_run},
	{"firewall watch",
	 "",
	 0,
	 0,
	 false,
	 false,
	 {{0}},
	 "keep the rules in place, record a gap when they were not",
	 firewall_watch_run},
	{"journal",
	 "verify|cat|purge ...",
	 0,
	 0,
	 false,
	 true,
	 {{0}},
	 "the evidence: verify it, read it, delete what is old",
	 journal_run},
	{"reload",
	 "",
	 0,
	 0,
	 false,
	 false,
	 {{0}},
	 "check everywhere, then take rules and configuration into use",
	 reload_run},
	{"status",
	 "",
	 0,
	 0,
	 false,
	 false,
	 {{"--json", NULL, "one JSON object"}},
	 "is it filtering, what was stopped, what needs you",
	 status_run},
	{"metrics",
	 "",
	 0,
	 0,
	 false,
	 false,
	 {{0}},
	 "the counters of the running programs in the text format of Prometheus",
	 metrics_run},
};
enum { VERBS = sizeof verbs / sizeof verbs[0] };

/* Families with a table of their own stand behind the others. */
static const struct {
	const struct ctl_verb *verbs;
	const size_t *count;
} families[] = {
	{setup_verbs, &setup_verb_count}, {help_verbs, &help_verb_count},
	{keys_verbs, &keys_verb_count},   {review_verbs, &review_verb_count},
	{rules_verbs, &rules_verb_count}, {store_verbs, &store_verb_count},
};

const struct ctl_verb *ctl_verb(size_t index)
{
	if (index < VERBS)
		return &verbs[index];
	index -= VERBS;
	for (size_t f = 0; f < sizeof families / sizeof families[0]; f++) {
		if (index < *families[f].count)
			return &families[f].verbs[index];
		index -= *families[f].count;
	}
	return NULL;
}

static void usage_row(const struct ctl_verb *v, FILE *out)
{
	(void)fprintf(out, "  %s", v->name);
	for (const struct ctl_option *o = v->options; o < v->options + CTL_OPTIONS_MAX && o->name; o++)
		(void)fprintf(out, " [%s%s%s]", o->name, o->argument ? " " : "",
			      o->argument ? o->argument : "");
	(void)fprintf(out, "%s%s\n      %s\n", *v->operands ? " " : "", v->operands, v->what);
	for (const struct ctl_option *o = v->options; o < v->options + CTL_OPTIONS_MAX && o->name; o++)
		(void)fprintf(out, "        %-11s %s\n", o->name, o->what);
}

static void usage(FILE *out)
{
	(void)fprintf(out,
		      "usage: tryggctl [-c FILE] VERB ...\n"
		      "  -c FILE   configuration, " TRYGG_CONF_PATH " when not given\n"
		      "exit: 0 yes, 1 no or findings, 2 usage or could not run, 3 stopped (explain)\n\n");
	const struct ctl_verb *v;
	for (size_t i = 0; (v = ctl_verb(i)); i++)
		usage_row(v, out);
}

static enum ctl_exit usage_error(const char *what, const char *word)
{
	(void)fprintf(stderr, "tryggctl: %s %s\nTry `tryggctl --help`.\n", what, word);
	return CTL_FAILED;
}

/* A word that only begins a verb is answered with what may stand behind it. */
static enum ctl_exit unknown_verb(const char *word)
{
	size_t len = strlen(word), found = 0;
	const struct ctl_verb *v;
	for (size_t i = 0; (v = ctl_verb(i)); i++) {
		if (strncmp(v->name, word, len) != 0 || v->name[len] != ' ')
			continue;
		if (found++ == 0)
			(void)fprintf(stderr, "tryggctl: %s what? One of these:\n", word);
		(void)fprintf(stderr, "  %-18s %s\n", v->name, v->what);
	}
	if (found == 0)
		return usage_error("unknown verb", word);
	(void)fprintf(stderr, "Try `tryggctl --help`.\n");
	return CTL_FAILED;
}

/* How many of the words name the verb; 0 when they do not. */
static int verb_words(const struct ctl_verb *v, int argc, char **argv)
{
	const char *at = v->name;
	int words = 0;
	while (*at) {
		size_t len = strcspn(at, " ");
		if (words == argc || strlen(argv[words]) != len || strncmp(argv[words], at, len) != 0)
			return 0;
		words++;
		at += len + (at[len] == ' ');
	}
	return words;
}

/* "--group=G" says the same as "--group G"; `value` is what stands behind the sign, NULL without one. */
static int option_index(const struct ctl_verb *v, const char *word, const char **value)
{
	size_t len = strcspn(word, "=");
	*value = word[len] == '=' ? word + len + 1 : NULL;
	for (int i = 0; i < CTL_OPTIONS_MAX && v->options[i].name; i++)
		if (strncmp(v->options[i].name, word, len) == 0 && v->options[i].name[len] == '\0' &&
		    (*value == NULL || v->options[i].argument))
			return i;
	return -1;
}

/* The words behind the verb. 0, or CTL_FAILED after a message. */
static int parse_words(struct ctl *c, const struct ctl_verb *v, int argc, char **argv)
{
	bool options = true;
	for (int i = 0; i < argc; i++) {
		if (!options || argv[i][0] != '-') {
			c->operand[c->operand_count++] = argv[i];
			continue;
		}
		if (strcmp(argv[i], "--") == 0) {
			options = false;
			continue;
		}
		const char *value;
		int index = option_index(v, argv[i], &value);
		if (index < 0)
			return (int)usage_error("unknown option", argv[i]);
		bool behind = v->options[index].argument && value == NULL;
		if (behind && i + 1 == argc)
			return (int)usage_error("a value is missing behind", argv[i]);
		c->value[index] = behind ? argv[++i] : value ? value : "";
	}
	if (c->operand_count < v->operand_min)
		return (int)usage_error("missing:", v->operands);
	if (c->operand_count > v->operand_max)
		return (int)usage_error("one word too many:", c->operand[v->operand_max]);
	return 0;
}

void ctl_problem(void *user, const char *file, int line, const char *text)
{
	if (user)
		++*(int *)user;
	if (line > 0)
		(void)fprintf(stderr, "%s:%d: %s\n", file, line, text);
	else
		(void)fprintf(stderr, "%s: %s\n", file, text);
}

const char *ctl_tone(const struct ctl *c, enum ctl_tone tone)
{
	static const char *const tones[] = {"\033[0m", "\033[32m", "\033[31m", "\033[2m", "\033[1m"};
	return c->colour ? tones[tone] : "";
}

static enum ctl_exit run_verb(struct ctl *c, const struct ctl_verb *v, int argc, char **argv, int words)
{
	c->operand = argv + words; /* operands are moved to the front of what follows the verb */
	if (v->raw) {
		c->operand = argv;
		c->operand_count = argc;
	} else if (parse_words(c, v, argc - words, argv + words) != 0) {
		return CTL_FAILED;
	}
	if (!v->own_conf && conf_load(c->conf_path, ctl_problem, NULL, &c->conf) < 0) {
		(void)fprintf(stderr, "tryggctl: the configuration %s cannot be used; see above\n",
			      c->conf_path);
		return CTL_FAILED;
	}
	c->colour = isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
	enum ctl_exit rc = v->run(c);
	conf_free(c->conf);
	if (fflush(stdout) != 0) {
		(void)fprintf(stderr, "tryggctl: standard output could not be written\n");
		return CTL_FAILED;
	}
	return rc;
}

int ctl_main(int argc, char **argv)
{
	struct ctl c = {.conf_path = TRYGG_CONF_PATH};
	int i = 1;
	for (; i < argc && argv[i][0] == '-'; i++) {
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
			usage(stdout);
			return CTL_YES;
		}
		if (strcmp(argv[i], "--version") == 0) {
			(void)printf("tryggctl " TRYGG_VERSION "\n");
			return CTL_YES;
		}
		if (strcmp(argv[i], "-c") != 0)
			return (int)usage_error("unknown option", argv[i]);
		if (++i == argc)
			return (int)usage_error("a file is missing behind", "-c");
		c.conf_path = argv[i];
	}
	if (i == argc) {
		usage(stderr);
		return CTL_FAILED;
	}
	const struct ctl_verb *v;
	for (size_t n = 0; (v = ctl_verb(n)); n++) {
		int words = verb_words(v, argc - i, argv + i);
		if (words == 0)
			continue;
		for (int k = i; k < argc; k++)
			if (!v->raw && strcmp(argv[k], "--help") == 0) {
				usage_row(v, stdout);
				return CTL_YES;
			}
		return (int)run_verb(&c, v, argc - i, argv + i, words);
	}
	return (int)unknown_verb(argv[i]);
}
