/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One journal, read as it grows. Only what its signed HEAD covers is taken, every record is the one that follows the
 * last one taken (seq and hash), and what does not fit is never skipped: the journal is in trouble, people are told
 * which, and it is tried again, because a journal that was put back may be whole.
 */
#ifndef TRYGG_COURIER_FOLLOW_H
#define TRYGG_COURIER_FOLLOW_H

#include "incident/segments.h"
#include "store/feed.h"

enum { FOLLOW_TROUBLE_SIZE = 200 };

struct follow {
	enum record_journal journal;
	char folder[4096];
	struct feed_position at;
	bool known;                        /* `at` is what the store says */
	struct line_reader *lines;         /* owned; open behind `at`, or NULL */
	uint64_t taken;                    /* records of this life */
	bool purged;                       /* a purge was taken: the caller scrubs the store and clears it */
	uint64_t head_seq;                 /* what HEAD said last */
	char trouble[FOLLOW_TROUBLE_SIZE]; /* "" = none */
};

/* `folder` is journal.folder. */
void follow_init(struct follow *f, enum record_journal journal, const char *folder);
void follow_clear(struct follow *f);
/*
 * Takes at most `max` records in one transaction. Returns how many, 0 when there is nothing new or the journal is in
 * trouble, or a negative errno of the store or of reading; then nothing was taken.
 */
int follow_turn(struct follow *f, struct store *store, const char *key_path, int max);

#endif
