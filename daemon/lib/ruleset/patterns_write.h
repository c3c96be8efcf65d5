/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Collecting the patterns of one kind and writing their lines and image (patterns.h). */
#ifndef TRYGG_RULESET_PATTERNS_WRITE_H
#define TRYGG_RULESET_PATTERNS_WRITE_H

#include "base/arena.h"
#include "ruleset/patterns.h"
#include "ruleset/write.h"

struct patterns_item {
	struct span text; /* of the writer's texts */
	const struct rulefile *file;
	uint32_t section, line;
	bool exception;
};

/* What compiling may cost. */
struct patterns_limits {
	unsigned one_ms, all_ms; /* processor time for one pattern, and for all of a set together */
	unsigned memory_mib;
};

struct patterns_writer {
	enum pattern_set set; /* set before the first is added */
	struct section_list sections;
	struct arena texts;
	struct blob items;
	const struct patterns_limits *limits; /* NULL: the usual ones */
	size_t count;                         /* of different patterns, after patterns_writer_sort() */
	struct patterns_item **unique;        /* one item each, in order of their texts; owned */
};

/* Where a mistake in a pattern is reported. */
typedef void patterns_problem(void *user, const struct patterns_item *item, const char *text);

void patterns_writer_add(struct patterns_writer *w, const struct rule_line *rule);
size_t patterns_writer_items(const struct patterns_writer *w);
/* Brings patterns in order, so that the image does not depend on that of the lines. -ENOMEM. */
int patterns_writer_sort(struct patterns_writer *w);
/* Names the image that these patterns need on this machine: same key, same image. */
void patterns_writer_key(const struct patterns_writer *w, char out[static DIGEST_TEXT]);
/* How Hyperscan is to read a pattern of the set. */
unsigned patterns_flags(enum pattern_set set, struct span pattern);
struct blob patterns_writer_lines(const struct patterns_writer *w);
/*
 * The image, made in a child that may not take more than the limits. -EINVAL when patterns are wrong or too much, each reported
 * for every line that holds it; a form that is no pattern matches nothing, unless it is the written one. -ENOMEM.
 */
int patterns_writer_image(const struct patterns_writer *w, patterns_problem *problem, void *user,
			  struct blob *out);
void patterns_writer_clear(struct patterns_writer *w);

#endif
