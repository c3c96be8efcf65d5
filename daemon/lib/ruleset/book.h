/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All rules of the three layers side by side, found by the name they are about: what lint looks through. About 40 bytes a line
 * and its text.
 */
#ifndef TRYGG_RULESET_BOOK_H
#define TRYGG_RULESET_BOOK_H

#include "ruleset/layers.h"
#include "ruleset/write.h"

enum { BOOK_NONE = UINT32_MAX };

struct book_rule {
	const struct rulefile *file;
	uint32_t line;
	uint32_t text; /* offset of name and path, or of the pattern */
	uint32_t next; /* of the same name, pattern or list; BOOK_NONE */
	uint16_t name_len, path_len;
	uint16_t category; /* index of rule_calls.categories; RULESET_CATEGORY_ANY */
	uint8_t kind;
	bool exception, observe;
};

struct book {
	struct blob rules, texts;
	size_t slots;
	uint32_t *slot; /* owned; the first rule of a name; made by book_ready() */
};

/* Without memory the book is not whole: book_ready() says so. */
void book_add(struct book *b, const struct rule_line *rule, uint16_t category);
/* After the last rule. -ENOMEM. */
int book_ready(struct book *b);
size_t book_count(const struct book *b);
const struct book_rule *book_rule(const struct book *b, uint32_t index);
/* Name (without path) or pattern. */
struct span book_name(const struct book *b, const struct book_rule *r);
struct span book_path(const struct book *b, const struct book_rule *r);
/* The first rule about exactly this name; follow `next`. NULL: none. */
const struct book_rule *book_find(const struct book *b, struct span name);
const struct book_rule *book_next(const struct book *b, const struct book_rule *r);
void book_clear(struct book *b);

#endif
