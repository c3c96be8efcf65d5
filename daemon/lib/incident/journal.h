/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The journal of DESIGN 6.5: one JSON object a line, always the same fields in the same order, chained by
 * BLAKE2b-256, its head signed with Ed25519. This module turns a record into its line and back, and reads and
 * verifies journals; only keeper writes them.
 */
#ifndef TRYGG_INCIDENT_JOURNAL_H
#define TRYGG_INCIDENT_JOURNAL_H

#include <stdbool.h>

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

extern const char *const journal_names[JOURNALS]; /* "incident" ... */
extern const char *const event_names[EVENTS];

/* Writes the line without newline, sets entry->hash. Length, or -EOVERFLOW / -EINVAL. */
int journal_format(struct journal_entry *entry, char *line, size_t size);
/* Strict: exactly what journal_format() writes, hash included. -EBADMSG else. */
int journal_parse(struct span line, struct journal_entry *out);
/* What even a damaged line still says about itself, for a reader that must find its way behind it. */
bool journal_claims(struct span line, uint64_t *seq, char hash[static JOURNAL_HASH_SIZE]);
/* The sender and number of a line that may be torn behind them. */
bool journal_sender(struct span line, char src[static RECORD_SRC_SIZE], uint64_t *nr);

struct journal_finding {
	const char *file; /* full path */
	long line;        /* from 1; 0 = the file as a whole */
	const char *text; /* what is wrong */
};
typedef void journal_report(void *user, const struct journal_finding *finding);

struct journal_summary {
	uint64_t records;
	uint64_t first_seq, last_seq;
	int64_t first_ms, last_ms; /* of the records that say when, 0 when none does */
	bool crash_tail; /* at most one batch beyond HEAD, torn or unsigned: a crash, not tampering */
	uint64_t unsigned_records; /* whole records of that tail */
	uint64_t head_seq;         /* what HEAD says; 0 when it is missing, wrong or at the very start */
	char head_hash[JOURNAL_HASH_SIZE];
	uint64_t findings;
};

struct journal_check {
	const char *folder; /* of one journal, named like it: PATH/incident */
	const char *key;    /* the public key; NULL = key.pub beside the folder */
	const char *head;   /* a head that was carried off the machine, a file like HEAD; NULL = none */
	journal_report *report;
	void *user;
};

/*
 * Verifies one journal. Works beside a running keeper. 0 whole, 1 findings (a missing folder or HEAD is one), or a
 * negative errno: -ENOENT without the key, or what kept it from reading.
 */
int journal_verify(const struct journal_check *check, struct journal_summary *summary);

#endif
