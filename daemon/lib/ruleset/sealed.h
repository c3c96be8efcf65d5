/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A sealed list, as `tryggctl rules seal` writes it and `confidential sha256 FILE` names it. Text, so that it can be
 * carried, compared and kept like rules:
 *
 *	trygg-sealed 1
 *	key 0123456789abcdef              which key (secret.h)
 *	made 2026-11-22T08:00:00.000Z     when the list was sealed
 *	names 2                           how many entries are whole hosts
 *	entries 3                         and how many there are
 *	MARK DIGEST                       one line an entry, 16 and 64 hex digits, in the order of the digests
 */
#ifndef TRYGG_RULESET_SEALED_H
#define TRYGG_RULESET_SEALED_H

#include "ruleset/secret.h"

enum { SEALED_MAX = 1 << 30, SEALED_DATE = 25 };

struct sealed_entry {
	uint64_t mark; /* of its host */
	uint8_t digest[SECRET_DIGEST];
	bool url; /* while sealing: host and path; what is read does not know */
};

struct sealed {
	char key[SECRET_ID_SIZE], made[SEALED_DATE];
	uint32_t names, entries;
	struct span lines; /* borrowed from the text */
};

/* Reads the head and checks the size. -EBADMSG: not such a file, or cut. */
int sealed_open(struct span text, struct sealed *out);
/* Entry `index` below `entries`. -EBADMSG: its line is damaged. */
int sealed_entry(const struct sealed *s, uint32_t index, struct sealed_entry *out);

/* Collects what a plain list holds. */
struct sealing {
	const struct secret *secret; /* borrowed */
	size_t names, count, room;   /* names: valid after sealing_text() */
	struct sealed_entry *entry;  /* owned */
};

/*
 * One line of a plain list: a name or an http(s) URL, then perhaps a # comment. A URL without path, or with / alone, is the name. What is wrong with it is returned as a fixed
 * sentence that does not repeat it; NULL: taken, or nothing but a comment.
 */
const char *sealing_line(struct sealing *s, struct span line);
/* The text of the sealed list, entries said twice taken once; the caller frees. NULL without memory. */
char *sealing_text(struct sealing *s, const char *made, size_t *len);
void sealing_clear(struct sealing *s);

#endif
