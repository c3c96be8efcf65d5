/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The piece of confidential lists: what was sealed (secret.h), of all layers, and the key to ask with. It is the only piece
 * that not everybody may read (0640, the group of the programs that decide), because who has it can try names on it.
 *
 * A request costs one mark (about 15 ns) for every suffix of its host; a filter of about ten bits an entry answers nearly
 * all of them. Only what it lets through is digested, first the suffix alone, then with the path: whole, without its query,
 * and every folder above, the nearest DIGESTS_FOLDERS to the root.
 */
#ifndef TRYGG_RULESET_DIGESTS_H
#define TRYGG_RULESET_DIGESTS_H

#include "ruleset/names.h"
#include "ruleset/secret.h"

enum { DIGESTS_FOLDERS = 32 };

struct digests_head {
	struct format_head piece;
	uint8_t key[SECRET_SIZE];
	struct format_table filter; /* of uint64_t, as in names.h */
	struct format_table list;   /* of struct digests_list */
	struct format_table entry;  /* of struct digests_entry, in the order of the digests */
};

/* One `confidential` line. */
struct digests_list {
	uint32_t section, line;
	uint32_t names, entries;
	char made[28]; /* RFC 3339, NUL behind it */
};

struct digests_entry {
	uint8_t digest[SECRET_DIGEST];
	uint32_t list;
};

struct digests {
	struct span piece; /* borrowed; empty = nothing listed */
	struct sections sections;
	struct secret secret;
	const uint64_t *filter;
	const struct digests_list *list;
	const struct digests_entry *entry;
	uint32_t filter_count, list_count, entry_count;
};

/* -EBADMSG when the piece is not what a compile writes. */
int digests_open(struct span piece, section_category *number, void *user, struct digests *out);
void digests_clear(struct digests *d);
/* Adds a hit for every list that holds a suffix of the host, or with `url` that and its path or a folder above it. */
void digests_find(const struct digests *d, const struct host *h, const struct probes *probes,
		  const struct url *url, struct rule_hits *out);

#endif
