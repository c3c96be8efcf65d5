/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The journal of DESIGN 6.5: one JSON object a line, always the same fields in the same order, chained by
 * BLAKE2b-256, its head signed with Ed25519. This module turns a record into its line and back, and reads and
 * verifies journals; only keeper writes them.
 */
#ifndef TRYGG_INCIDENT_JOURNAL_H
#define TRYGG_INCIDENT_JOURNAL_H

#include "base/span.h"
#include "wire/record.h"

enum { JOURNAL_LINE_MAX = 8192, JOURNAL_HASH_SIZE = 65 /* hex and NUL */ };

/* What the line has beside the sender's record. */
struct journal_entry {
	uint64_t seq;
	char gateway[64];
	char prev[JOURNAL_HASH_SIZE];
	char hash[JOURNAL_HASH_SIZE];
	struct record record;
};

extern const char *const journal_names[JOURNALS]; /* "incident" … */
extern const char *const event_names[EVENTS];

/* Writes the line without newline, sets entry->hash. Length, or -EOVERFLOW / -EINVAL. */
int journal_format(struct journal_entry *entry, char *line, size_t size);
/* Strict: exactly what journal_format() writes, hash included. -EBADMSG else. */
int journal_parse(struct span line, struct journal_entry *out);

struct journal_finding {
	const char *file;
	long line;
	const char *text; /* what is wrong */
};
typedef void journal_report(void *user, const struct journal_finding *finding);

struct journal_summary {
	uint64_t records;
	uint64_t first_seq, last_seq;
	int64_t first_ms, last_ms;
	bool crash_tail; /* at most one batch beyond HEAD, torn or unsigned: a crash, not tampering */
};

/* Verifies one journal folder with the public key beside it. 0 whole, 1 findings, -errno could not read. */
int journal_verify(const char *folder, journal_report *report, void *user, struct journal_summary *summary);

#endif
