/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * keeper's state and its three halves: senders.c takes records in, batch.c makes them durable, status.c answers the
 * owner. A batch is everything accepted since the last one; it is either durable as a whole or still being made so,
 * and while the disk does not take it nothing more is read: the senders' own rings hold what comes.
 */
#ifndef TRYGG_KEEPER_KEEPER_H
#define TRYGG_KEEPER_KEEPER_H

#include "base/watchdog.h"
#include "conf/conf.h"
#include "incident/counts.h"
#include "keeper/ledger.h"
#include "wire/control.h"
#include "wire/record.h"

enum {
	KEEPER_SENDERS = 64,
	KEEPER_TAKEN_MAX = 384, /* senders' records in a batch ... */
	KEEPER_OWN_MAX = 96, /* ... and keeper's own; with a segment's three first, one batch of a journal */
	KEEPER_COUNTS_MAX = 64, /* count records in one batch */
	KEEPER_GATHER_MS = 30,  /* how long the first record of a batch waits for company */
	KEEPER_RETRY_MS = 500,  /* pause after the disk refused */
	KEEPER_TICK_MS = 1000,
	KEEPER_GRACE_MS = 10000, /* how long a sender may take to come back */
	KEEPER_HELD_TICKS = 3, /* how long a sender says nothing new before it is believed to hold nothing */
};

_Static_assert((int)KEEPER_TAKEN_MAX + (int)KEEPER_OWN_MAX + 3 <= (int)JOURNAL_BATCH_MAX,
	       "a batch is never too large");

struct keeper;

struct sender {
	struct keeper *keeper;
	int sock;     /* -1 = free place */
	bool watched; /* read from; not while the disk is stuck */
	bool greeted;
	char src[RECORD_SRC_SIZE];
	uint64_t received, acknowledged; /* numbers on this connection */
	bool goodbye;
	unsigned held;          /* ticks for which it may hold what we have not read: the disk was stuck */
	uint64_t heard;         /* `received` at the last of them */
	struct record_box *box; /* owned: came, and waits for its record */
};

struct keeper_stats {
	uint64_t records[JOURNALS]; /* of this life, durable */
	uint64_t tallies, repeats;  /* numbers that were known already */
	uint64_t batches, gaps, refused_messages, refused_senders, own_lost, disk_errors;
	int64_t last_sync_ms; /* wall clock */
};

struct keeper {
	struct loop *loop;
	struct conf *conf; /* owned */
	char folder[4096 - 128];
	struct seal_key key;
	bool opened; /* key and counts are read */
	bool counts_lost;
	bool counts_dirty;
	struct counts counts;
	struct ledger ledgers[JOURNALS];

	struct record *taken; /* owned: of the batch */
	size_t taken_count, from_senders;
	bool committing;    /* the batch is closed: it was begun and has not ended */
	struct record *own; /* owned: keeper's own for the next batch */
	size_t own_count;
	uint64_t own_lost; /* own records that found no room, until one tells their number */
	bool stuck;
	int stuck_error;
	int64_t stuck_since_ms; /* monotonic */
	int64_t day;            /* of the wall clock */
	bool roll;              /* every journal begins its day */

	int listener;
	struct sender senders[KEEPER_SENDERS];
	uid_t uids[3]; /* beside root, who may send */
	struct control *control;
	struct loop_timer gather, retry, tick, grace;
	struct watchdog watchdog;
	struct keeper_stats stats;
	int64_t last_complaint_ms;
	bool boxes_going; /* withdrawals whose record is in the batch */
};

/* ---- keeper.c */
/* Takes over `loop` and `conf`. The listening sockets are made here, before privileges are given away. 0 or a negative errno. */
int keeper_init(struct keeper *k, struct loop *loop, struct conf *conf);
/* Reads what is on the disk and begins to record; never fails for what it finds there. */
void keeper_start(struct keeper *k);
/* The last batch, with its checkpoint. */
void keeper_stop(struct keeper *k);
void keeper_clear(struct keeper *k);
/* Reads the configuration again, for the records to come; -EBUSY when it needs a restart. The running one stays then. */
int keeper_reload(struct keeper *k, conf_problem *problem, void *user);

/* ---- batch.c */
/* Makes everything accepted so far durable and acknowledges it. 0, or why the disk refused. */
int keeper_commit(struct keeper *k);
/* The batch shall be committed soon. */
void keeper_soon(struct keeper *k);
/* Queues a record of keeper's own; when there is no room its loss is counted and told later. */
void keeper_own(struct keeper *k, const struct record *r);
/* Queues a gap. */
void keeper_gap(struct keeper *k, uint64_t count, const char *detail);
/* Writes the day counts as `count` records: of all days, or of days that are over. */
int keeper_flush(struct keeper *k, bool all, uint64_t *written);

/* ---- senders.c */
int senders_listen(struct keeper *k);
void senders_clear(struct keeper *k);
/* Everything received is durable: says so. */
void senders_acknowledge(struct keeper *k);
/* Stops, or goes on, reading. */
void senders_pause(struct keeper *k, bool pause);
/* Reads what is there, before the end. */
void senders_drain(struct keeper *k);
/* Every KEEPER_TICK_MS while the disk takes records. */
void senders_tick(struct keeper *k);
/* Senders that had windows open and did not come back leave a gap. */
void senders_missing(struct keeper *k);

/* ---- boxes.c */
/* Makes the box of a record durable. 0; -EBADMSG: it is not the record's box; or why the disk refused. */
int boxes_store(struct keeper *k, const struct record *r, struct span box);
/* Somebody has read the box that the record names. -ENOENT: there is none. */
int boxes_read(struct keeper *k, const struct record *r);
/* Takes the box back whose receipt the record carries, and queues the record that says so. */
int boxes_withdraw(struct keeper *k, const struct record *r, enum record_outcome *outcome);
/* The batch is durable. */
void boxes_settle(struct keeper *k);
/* Withdrawals that a crash cut short. */
void boxes_recover(struct keeper *k);
int boxes_purge(struct keeper *k, enum record_journal j, int64_t before_ms, uint64_t *files);

/* ---- status.c, purge.c */
control_serve keeper_control;
/* Deletes segments of days before the last `days` (0: as many as the configuration says of each journal), leaving a
 * signed checkpoint. Counts the files. */
int keeper_purge(struct keeper *k, uint64_t days, uint64_t *files);

#endif
