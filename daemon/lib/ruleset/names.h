/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A names piece: a million listed names, found by every suffix of a host in one pass.
 *
 * One hash rolls over the host from right to left and is finished at each label border, so that every suffix costs one
 * step. A filter of about ten bits a name answers "not listed" from one word of memory for nearly all of them; what it
 * lets through is looked up in a bucket of about eight entries and compared in full, so there are no false positives.
 *
 * Entry: length of the code (1 byte), code (code.h), section and line (LEB128), and for url lines the length (2 bytes,
 * little-endian) and bytes of the path.
 */
#ifndef TRYGG_RULESET_NAMES_H
#define TRYGG_RULESET_NAMES_H

#include "ruleset/format.h"
#include "ruleset/hits.h"

struct names_head {
	struct format_head piece;
	struct format_table filter; /* of uint64_t */
	struct format_table bucket; /* of uint32_t, offsets into entry, one more than there are buckets */
	struct format_table entry;  /* of bytes */
};

/* One suffix of a host. */
struct probe {
	uint64_t hash;
	uint16_t start; /* offset in the host's text */
	uint8_t labels;
};

struct probes {
	size_t count;
	struct probe at[HOST_LABELS_MAX];
};

struct names {
	struct span piece; /* borrowed; empty = nothing listed */
	struct sections sections;
	const uint64_t *filter;
	const uint32_t *bucket;
	struct span entries;
	uint32_t filter_count, bucket_count;
};

/* All suffixes of the host, the shortest first, the host itself last; an address has only itself. */
void names_probe(const struct host *h, struct probes *out);
/* Which of `count` buckets or filter words a hash belongs to, and its bits in that word. */
uint32_t names_slot(uint64_t hash, uint32_t count);
uint64_t names_filter_bits(uint64_t hash);

/* -EBADMSG when the piece is not what a compile writes. */
int names_open(struct span piece, section_category *number, void *user, struct names *out);
void names_clear(struct names *n);

/* Adds a hit for every line about a suffix of the host, and for url lines about the path as well. */
void names_find(const struct names *n, const struct host *h, const struct probes *probes,
		const struct url *url, struct rule_hits *out);
/* Whether any line's name is a suffix of the host. */
bool names_any(const struct names *n, const struct host *h, const struct probes *probes);

/* Calls back for every line, with its name's code (code.h), its section, and for url lines its path. */
typedef void names_line(void *user, struct span code, struct span path, const struct section *section);
void names_each(const struct names *n, names_line *call, void *user);

#endif
