/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Patterns of one kind: an image of the matcher, which depends on the set of pattern texts alone, and a lines piece that
 * says what each pattern means. So a comment or a category that moves rewrites a few kilobytes, not the matcher.
 *
 * The image was written by hs_deserialize_database_at() to a page-aligned address, so that programs map it as it is and
 * share it. Whether the processor and the Hyperscan at hand can run it is asked of Hyperscan itself, by deserialising
 * the one-pattern probe that lies beside it. An image is code: only its digest protects it.
 */
#ifndef TRYGG_RULESET_PATTERNS_H
#define TRYGG_RULESET_PATTERNS_H

#include <hs/hs.h>

#include "name/words.h"
#include "ruleset/format.h"
#include "ruleset/hits.h"

/* Search words are looked through in three forms (name/words.h), each with patterns written for it (form.h). */
enum pattern_form { FORM_WRITTEN, FORM_PLAIN, FORM_TIGHT };

enum pattern_set { SET_HOST, SET_PATH, SET_SEARCH, SET_PLAIN, SET_TIGHT, PATTERN_SETS };

struct pattern_set_row {
	enum rule_kind kind;
	enum pattern_form form;
	const char *role; /* in the manifest */
};

extern const struct pattern_set_row pattern_sets[PATTERN_SETS];

struct lines_head {
	struct format_head piece;
	struct format_table
		first; /* of uint32_t: pattern N's lines are line[first[N]] up to line[first[N + 1]] */
	struct format_table line; /* of struct lines_line */
};

struct lines_line {
	uint32_t section, line;
};

struct image_head {
	struct format_head piece;         /* section and text are empty */
	struct format_table probe, image; /* of bytes; the image on a page border */
	uint32_t patterns;
};

struct patterns {
	struct span lines_piece, image_piece; /* borrowed; empty = no patterns of this kind */
	struct sections sections;
	const uint32_t *first;
	const struct lines_line *line;
	uint32_t pattern_count;
	const hs_database_t *image;
};

/* Whether patterns of this rule kind exist: host, path, search. */
static inline bool patterns_kind(enum rule_kind kind)
{
	return kind == RULE_HOST || kind == RULE_PATH || kind == RULE_SEARCH;
}

/* -EBADMSG: not what a compile writes; -ENOEXEC: made for another processor or another Hyperscan. */
int patterns_open(struct span lines, struct span image, section_category *number, void *user,
		  struct patterns *out);
void patterns_clear(struct patterns *p);
/* Adds a hit for every line of every pattern that matches. */
void patterns_find(const struct patterns *p, hs_scratch_t *scratch, struct span text, struct rule_hits *out);
/* The same without the lines that are among the hits already, for the plain and the tight form of words. */
void patterns_find_plain(const struct patterns *p, hs_scratch_t *scratch, struct span text,
			 struct rule_hits *out);
void patterns_find_tight(const struct patterns *p, hs_scratch_t *scratch, const struct words_tight *words,
			 struct rule_hits *out);

#endif
