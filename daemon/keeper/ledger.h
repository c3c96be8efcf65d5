/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One journal on disk. A batch is begun, filled, and committed: lines appended and fdatasync'ed, then HEAD
 * replaced. Until both are durable nothing of the batch counts; a commit that fails is either undone (the lines were
 * not durable) or goes on where it stood (they were, only HEAD is missing).
 */
#ifndef TRYGG_KEEPER_LEDGER_H
#define TRYGG_KEEPER_LEDGER_H

#include <sys/types.h>

#include "incident/counts.h"
#include "incident/seal.h"

enum ledger_phase {
	LEDGER_CLOSED, /* not recovered yet: the disk did not answer */
	LEDGER_IDLE,
	LEDGER_BATCH, /* begun: lines in memory only */
	LEDGER_HEAD,  /* lines durable, HEAD not yet */
	LEDGER_DONE,  /* this batch is durable */
};

enum { LEDGER_LOST_MAX = JOURNAL_BATCH_MAX, LEDGER_REASON_SIZE = 96 };

/* A record of a crash tail: cut aside, and lost unless its sender sends it again. */
struct ledger_lost {
	char src[RECORD_SRC_SIZE];
	uint64_t nr;
};

struct ledger {
	enum record_journal journal;
	char folder[4096 - 64];
	const struct seal_key *key; /* borrowed */
	char gateway[64];
	enum ledger_phase phase;
	struct journal_head head; /* on disk */
	int fd;                   /* the segment of `head`, -1 = none is open */
	bool suspect;             /* the segment's end must be looked at before the next append */

	struct journal_head next; /* after the batch */
	int next_fd;
	bool next_is_new;
	char orphan[SEGMENT_NAME_SIZE]; /* made by a batch that failed; to be removed */
	char *lines;                    /* owned; of the batch */
	size_t len, size;
	size_t batch;

	char alarm[LEDGER_REASON_SIZE]; /* why the next segment begins with one, "" = it does not */
	uint64_t alarms;                /* of this life */
	uint64_t sync_errors;
	bool is_new; /* never written: its first records tell the key */

	struct ledger_lost *lost; /* owned; of the crash tail found at start */
	size_t lost_count;
	bool torn;            /* ... and a line in it that tells no sender */
	struct record *again; /* owned: keeper's own gaps of the tail, to be written again */
	size_t again_count;
};

void ledger_init(struct ledger *l, enum record_journal journal, const char *folder, const char *gateway,
		 const struct seal_key *key);
void ledger_clear(struct ledger *l);
/* The name of the gateway in the records to come. */
void ledger_gateway(struct ledger *l, const char *gateway);

/*
 * Finds the end of the journal at start (recover.c). Damage is never an error: a crash tail is cut aside, anything
 * else sets `alarm`. Records between what `counts` knew and HEAD are brought into `counts`. Negative errno: the disk
 * does not answer; try again later.
 */
int ledger_recover(struct ledger *l, struct counts *counts);

/* Begins a batch for records written at `wall_ms`, in a new segment when the day or an alarm wants one. */
int ledger_begin(struct ledger *l, int64_t wall_ms);
/* Adds a record; -EINVAL for one that makes no line, -ENOSPC when the batch is full. */
int ledger_add(struct ledger *l, const struct record *r);
/* Makes the batch durable. 0, or a negative errno: nothing is lost, begin again (LEDGER_BATCH failed) or
 * commit again (LEDGER_HEAD). */
int ledger_commit(struct ledger *l);
/* Forgets a batch whose lines are not durable yet. */
void ledger_abort(struct ledger *l);
/* The batch of all journals is durable: ready for the next. */
void ledger_finish(struct ledger *l);

/* Raises the alarm: recording goes on in a new segment. */
void ledger_alarm(struct ledger *l, const char *reason);
/* A record of keeper's own at this moment. */
void ledger_own(struct record *r, enum record_journal journal, enum record_event event);

#endif
