/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `rules test` found out, between judging (rules_test.c) and telling (rules_test_tell.c). */
#ifndef TRYGG_CTL_RULES_TEST_H
#define TRYGG_CTL_RULES_TEST_H

#include "ctl/ctl.h"
#include "ruleset/corpus.h"

/* Percent of the lines that must be stopped. What must pass has no percentage: not one may be stopped. */
enum { RULES_TEST_STOP_PERCENT = 95, RULES_TEST_OBFUSCATED_PERCENT = 80 };

/* Of one category, or of all. */
struct rules_test_count {
	size_t lines[CORPUS_LABELS], stopped[CORPUS_LABELS];
	size_t elsewhere; /* of those that must be stopped: stopped, but as something else */
	size_t unjudged;  /* must be stopped, but the group's policy for the category stops nothing */
	/* What the rules of this category stop, whatever a line is labelled with. */
	size_t hits, right_hits;
};

/* A line that went wrong. */
struct rules_test_miss {
	char *file; /* owned */
	int line;
	enum corpus_label label;
	int category;    /* of the line */
	int by_category; /* that stops what must pass; -1 for a built-in answer or where nothing stops */
	char rule[160];  /* "layer/file.rules:line", "" when no line of a rule file speaks */
};

struct rules_test {
	const struct conf *conf;
	const struct conf_group *group;
	const char *set;                /* 16 hex digits */
	struct rules_test_count *count; /* one a configured category; owned */
	struct rules_test_count total;
	size_t miss_count;
	struct rules_test_miss *miss; /* in the order of the corpora; owned */
	int wrong_lines;              /* that are no lines of a corpus; reported already */
};

/* Whether nothing that must pass is stopped, and the shares of what must be stopped are reached. */
bool rules_test_holds(const struct rules_test_count *count);
void rules_test_tell(const struct ctl *c, const struct rules_test *t, FILE *out);
/* One JSON object and a newline. 0 or -ENOMEM. */
int rules_test_json(const struct rules_test *t, FILE *out);

#endif
