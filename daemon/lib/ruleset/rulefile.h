/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rule files as people write them, trygg-rules(5): one rule a line, head lines that apply to what follows. The reader
 * works on bytes in memory, names every mistake with its line and goes on behind it.
 */
#ifndef TRYGG_RULESET_RULEFILE_H
#define TRYGG_RULESET_RULEFILE_H

#include "ruleset/ruleset.h"

/* "file:line: what is wrong, what is allowed", one call each. */
typedef void rule_problem(void *user, const char *file, int line, const char *text);

struct rulefile {
	const char *path; /* as problems name it */
	const char *name; /* as decisions name it: "school/self-harm.rules" */
	enum rule_layer layer;
	struct span bytes; /* of a file in memory */
	bool open;         /* else it is read, line by line, from the start of `fd`, which is borrowed */
	int fd;
};

/* The heads in force; borrowed until the next of their kind, empty where there were none. `change` counts their changes. */
struct rule_heads {
	struct span category, owner, reason, reviewed, review_by, mode;
	unsigned change;
};

/* One rule. Everything is borrowed until the call returns. */
struct rule_line {
	const struct rulefile *file;
	const struct rule_heads *heads;
	uint32_t line;
	enum rule_kind kind;
	bool exception;
	const struct host *host; /* domain, exact, url */
	struct span path;        /* url: canonical */
	struct span pattern;     /* host, path, search: between the slashes */
	struct span sealed; /* confidential (RULE_DIGEST): the name of the sealed list beside the rule file */
};

struct rule_calls {
	void *user;
	void (*rule)(void *user, const struct rule_line *rule);
	rule_problem *problem; /* an error: the file is wrong */
	rule_problem *warning; /* it compiles, but somebody should look */
	/* The configured categories that rules may be about. */
	const char *const *categories;
	size_t category_count;
	const bool *help_only; /* of each category: no stop line may be about it; NULL: none */
	const bool *mandatory; /* of each category: no stop line about it may only observe; NULL: none */
};

extern const char *const rule_kind_names[RULE_KINDS];

/* Whether stop lines below these heads only observe. */
bool rule_heads_observe(const struct rule_heads *heads);

/* Reads the whole file. Returns the number of errors; each was reported, up to RULEFILE_PROBLEMS_MAX, and then
 * that there are more. */
enum { RULEFILE_PROBLEMS_MAX = 1000 };
/* Where \b or \B next stands in a pattern, from `at` on; its length when it does not. */
size_t rulefile_word_border(struct span pattern, size_t at);
size_t rulefile_read(const struct rulefile *file, const struct rule_calls *calls);

#endif
