/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Courier's side of the store: journal records in, in their order, each exactly once. What a record means for the tables
 * and how far its journal was read are written in one transaction, so that whoever is killed when, the next courier goes
 * on behind the last record that is there.
 */
#ifndef TRYGG_STORE_FEED_H
#define TRYGG_STORE_FEED_H

#include "incident/segments.h"
#include "store/store.h"

/* The last record taken of a journal, and where it ends. */
struct feed_position {
	uint64_t seq; /* 0 = nothing yet */
	char hash[JOURNAL_HASH_SIZE];
	char file[SEGMENT_NAME_SIZE]; /* the segment it stands in; "" at seq 0 */
	uint64_t at;                  /* bytes of it up to and including the record */
};

int feed_position(struct store *s, enum record_journal journal, struct feed_position *out);
/* Inside the transaction of the records it speaks of. */
int feed_moved(struct store *s, enum record_journal journal, const struct feed_position *position);
/* What keeps a journal from being read, for people; "" when nothing does. */
int feed_trouble(struct store *s, enum record_journal journal, const char *text);

/* Takes one record, which must follow the last one taken. Keys and plain checkpoints leave nothing. */
int feed_take(struct store *s, enum record_journal journal, const struct journal_entry *entry);
/* Everything of a journal up to and including a record: it is gone from the journal as well. */
int feed_forget(struct store *s, enum record_journal journal, uint64_t seq);
/* Everything of a journal that is older than a moment. */
int feed_expire(struct store *s, enum record_journal journal, int64_t before_ms);
/* Sums of days before a day (since 1970). */
int feed_expire_days(struct store *s, int64_t before_day);

#endif
