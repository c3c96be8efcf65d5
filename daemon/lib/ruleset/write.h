/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the writers of pieces share: bytes that grow, and sections with their texts. Linked by the compiler only. */
#ifndef TRYGG_RULESET_WRITE_H
#define TRYGG_RULESET_WRITE_H

#include "ruleset/format.h"
#include "ruleset/rulefile.h"

/*
 * Bytes that grow: a mapping that the kernel moves, so that hundreds of megabytes are never there twice. Without memory
 * they stay as they are and say so.
 */
struct blob {
	uint8_t *at; /* owned */
	size_t len, room;
	bool failed;
};

/* Appends zeroed bytes and returns them; NULL when failed. */
void *blob_grow(struct blob *b, size_t len);
void blob_put(struct blob *b, const void *bytes, size_t len);
/* LEB128, as names.c reads it. */
void blob_put_number(struct blob *b, uint32_t value);
/* Appends a table of `count` items of `size` bytes, aligned, and says where it lies. */
struct format_table blob_put_table(struct blob *b, const void *items, size_t count, size_t size);
void blob_clear(struct blob *b);

struct section_list {
	struct blob texts, sections;
	/* The sections of the file and heads at hand, + 1; 0 = none yet. */
	const struct rulefile *file;
	unsigned change;
	uint32_t current[RULE_KINDS][2];
};

/* The number of the section that a rule belongs to. */
uint32_t section_list_add(struct section_list *l, const struct rule_line *rule);
/* Writes head (already in place at the start of the piece), sections and texts. */
void section_list_write(const struct section_list *l, struct blob *piece, struct format_head *head);
void section_list_clear(struct section_list *l);
/* Fills what all heads have in common, once the piece is whole. */
void head_finish(struct blob *piece, const char magic[static 8]);

#endif
