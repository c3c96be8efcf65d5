/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Collecting listed names and writing them as one names piece (names.h). */
#ifndef TRYGG_RULESET_NAMES_WRITE_H
#define TRYGG_RULESET_NAMES_WRITE_H

#include "ruleset/names.h"
#include "ruleset/write.h"

struct names_item {
	uint64_t hash;
	uint32_t section, line;
	uint32_t text; /* where name and path stand in the texts */
	uint16_t name_len, path_len;
};

struct names_writer {
	struct section_list sections;
	struct blob items, texts;
};

/* `rule` is a domain, exact or url line. */
void names_writer_add(struct names_writer *w, const struct rule_line *rule);
size_t names_writer_count(const struct names_writer *w);
/* The piece; it has `failed` set without memory. Lines that say the same twice are written once, as the first. */
struct blob names_writer_piece(const struct names_writer *w);
void names_writer_clear(struct names_writer *w);

#endif
