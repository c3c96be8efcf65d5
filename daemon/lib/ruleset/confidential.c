/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ruleset/confidential.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { LINES_MAX = 64 }; /* more lists than anybody hands out */

/* A sealed list that rule files may name: "national/police.sealed". */
struct list {
	const char *name;
	struct span bytes;
};

struct confidential {
	struct digests_writer digests;
	struct secret secret;
	const char *no_secret; /* why there is no key; NULL when there is one */
	size_t list_count, line_count;
	struct list *list; /* owned */
	struct line {
		const char *path;
		uint32_t line;
		bool guarded; /* holds a name that must pass */
	} line[LINES_MAX];
};

struct confidential *confidential_new(void)
{
	struct confidential *c = calloc(1, sizeof(*c));
	if (c)
		c->no_secret = "there is no key of confidential lists";
	return c;
}

void confidential_free(struct confidential *c)
{
	if (!c)
		return;
	digests_writer_clear(&c->digests);
	secret_clear(&c->secret);
	free(c->list);
	free(c);
}

void confidential_secret(struct confidential *c, const struct secret *secret, const char *why)
{
	if (secret)
		c->secret = *secret;
	c->no_secret = secret ? NULL : why;
}

int confidential_list(struct confidential *c, const char *name, struct span bytes)
{
	struct list *more = reallocarray(c->list, c->list_count + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	c->list = more;
	c->list[c->list_count++] = (struct list){name, bytes};
	return 0;
}

/* The list that a rule names: of its own layer. */
static const struct list *find_list(const struct confidential *c, const struct rule_line *rule)
{
	const char *layer = layer_names[rule->file->layer];
	size_t len = strlen(layer);
	for (size_t i = 0; i < c->list_count; i++) {
		const char *name = c->list[i].name;
		if (strncmp(name, layer, len) == 0 && name[len] == '/' &&
		    span_equal(span_text(name + len + 1), rule->sealed))
			return &c->list[i];
	}
	return NULL;
}

const char *confidential_add(struct confidential *c, const struct rule_line *rule)
{
	static const char damaged[] =
		"the sealed list is damaged; seal the list again with tryggctl rules seal";
	const struct list *list = find_list(c, rule);
	struct sealed sealed;
	if (!list)
		return "there is no such list beside this file; tryggctl rules seal LIST makes LIST.sealed";
	if (c->no_secret)
		return c->no_secret;
	if (c->line_count == LINES_MAX)
		return "at most 64 confidential lines are allowed, in all layers together";
	if (sealed_open(list->bytes, &sealed) < 0)
		return damaged;
	if (strcmp(sealed.key, c->secret.id) != 0)
		return "the list was sealed with the key of another installation; seal it here with tryggctl "
		       "rules seal";
	if (digests_writer_add(&c->digests, rule, &sealed) < 0)
		return damaged;
	c->line[c->line_count++] = (struct line){rule->file->path, rule->line, false};
	return NULL;
}

size_t confidential_count(const struct confidential *c)
{
	return digests_writer_count(&c->digests);
}

void confidential_guard(struct confidential *c, const struct guarded *g, rule_problem *warning, void *user)
{
	digests_writer_sort(&c->digests);
	for (size_t i = 0; i < g->count; i++) {
		int list = g->name[i].vetted
				   ? digests_writer_against(&c->digests, &c->secret, &g->name[i].host)
				   : -1;
		if (list >= 0)
			c->line[list].guarded = true;
	}
	for (size_t i = 0; i < c->line_count; i++)
		if (c->line[i].guarded)
			warning(user, c->line[i].path, (int)c->line[i].line,
				"this confidential list holds a name of the help catalogue, which passes all "
				"the same: tell whoever made the list");
}

struct blob confidential_piece(const struct confidential *c)
{
	return digests_writer_piece(&c->digests, &c->secret);
}
