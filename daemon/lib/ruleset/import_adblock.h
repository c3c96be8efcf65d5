/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of the importer share (import.c, import_adblock.c). */
#ifndef TRYGG_RULESET_IMPORT_ADBLOCK_H
#define TRYGG_RULESET_IMPORT_ADBLOCK_H

#include "ruleset/import.h"

struct importing {
	enum import_format format;
	int part;
	bool white;
	const struct rulefile *file;
	const struct import_calls *calls;
	struct import_counts *counts;
	struct span line; /* as the list has it */
	uint32_t number;
	size_t reported;
	struct host host; /* of the last name read */
	struct url url;
	/* What the first reading of an adblock list remembers: a set of hashes. */
	struct {
		uint64_t *slot; /* owned; 0 = free */
		size_t slots, count;
		bool full;
	} marks;
};

struct span import_trim(struct span s);
/* Whether an address of a hosts line means that the name shall not be reached. */
bool import_nowhere(struct span address);
void import_refuse(struct importing *m, enum import_reason why);
/* A name as people write it, to m->host; false with the reason. */
bool import_name(struct importing *m, struct span name, enum import_reason *why);
void import_take(struct importing *m, enum rule_kind kind, bool exception, struct span path, bool widened);
void import_hosts_line(struct importing *m, struct span line);

void import_adblock_survey(struct importing *m, struct span line);
void import_adblock_line(struct importing *m, struct span line);
void import_marks_clear(struct importing *m);

#endif
