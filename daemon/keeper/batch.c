/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Group commit. The order makes "exactly once" hold at every point where keeper may die:
 *
 *	lines of each journal, fdatasync	beyond HEAD: not there, cut aside at the next start
 *	HEAD of each journal			there; numbers and count records are read back from the journal
 *	counts, with heads and numbers		there, in one file: tallies count together with their numbers
 *	acknowledgement				the sender may forget
 *
 * Whoever fails stops the batch, and the next attempt goes on behind what succeeded.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "keeper/keeper.h"
#include "keeper/keys.h"

static void counts_path(const struct keeper *k, char *out, size_t size)
{
	(void)snprintf(out, size, "%s/counts", k->folder);
}

/* ---- Opening, tried again until the disk answers */

static int open_counts(struct keeper *k)
{
	char path[4096], aside[4096 + 32];
	char *text = NULL;
	size_t len = 0;

	counts_path(k, path, sizeof(path));
	counts_clear(&k->counts);
	int rc = file_read(path, COUNTS_FILE_MAX, &text, &len);
	if (rc == -ENOENT)
		return 0; /* lost only when a journal turns out to have records */
	if (rc == 0)
		rc = counts_parse(&k->key, span_of(text, len), &k->counts);
	free(text);
	if (rc != -EBADMSG && rc != -EFBIG)
		return rc;
	(void)snprintf(aside, sizeof(aside), "%s.bad-%lld", path, (long long)(clock_wall_ms() / 1000));
	if (rename(path, aside) < 0)
		return -errno;
	log_error("ALARM: %s is not what keeper signed: moved aside", path);
	k->counts_lost = true;
	return 0;
}

static int open_disk(struct keeper *k)
{
	bool lost = false;
	int rc = 0;

	if (!k->opened) {
		rc = file_mkdirs(k->folder, 0755);
		if (rc == 0)
			rc = keys_open(k->folder, &k->key, &lost);
		if (lost)
			log_error("ALARM: the signing key in %s was lost: a new one was made", k->folder);
		if (rc == 0)
			rc = open_counts(k);
		k->opened = rc == 0;
	}
	for (size_t j = 0; rc == 0 && j < JOURNALS; j++) {
		struct ledger *l = &k->ledgers[j];
		if (l->phase != LEDGER_CLOSED)
			continue;
		uint64_t known = k->counts.heads[j].seq;
		rc = ledger_recover(l, &k->counts);
		if (rc == 0 && known == 0 && l->head.seq > JOURNAL_BATCH_MAX)
			k->counts_lost = true;
		for (size_t i = 0; rc == 0 && i < l->again_count; i++)
			keeper_own(k, &l->again[i]);
	}
	return rc;
}

/* ---- keeper's own records */

void keeper_own(struct keeper *k, const struct record *r)
{
	if (k->own_count == KEEPER_OWN_MAX - 1) { /* the last place tells how many found none */
		k->own_lost++;
		k->stats.own_lost++;
		return;
	}
	k->own[k->own_count++] = *r;
	keeper_soon(k);
}

void keeper_gap(struct keeper *k, uint64_t count, const char *detail)
{
	struct record r;

	ledger_own(&r, JOURNAL_INCIDENT, EVENT_GAP);
	r.count = count;
	(void)snprintf(r.detail, sizeof(r.detail), "%s", detail);
	k->stats.gaps++;
	keeper_own(k, &r);
}

static void take_own(struct keeper *k)
{
	for (size_t i = 0; i < k->own_count; i++)
		k->taken[k->taken_count++] = k->own[i];
	k->own_count = 0;
	if (k->own_lost == 0)
		return;
	struct record *r = &k->taken[k->taken_count++];
	ledger_own(r, JOURNAL_INCIDENT, EVENT_GAP);
	r->count = k->own_lost;
	(void)snprintf(r->detail, sizeof(r->detail), "records of keeper itself found no room in memory");
	k->own_lost = 0;
}

/* ---- The batch */

static int fill(struct keeper *k, struct ledger *l)
{
	bool wanted = k->roll;

	for (size_t i = 0; !wanted && i < k->taken_count; i++)
		wanted = k->taken[i].journal == l->journal;
	if (!wanted)
		return 0;
	int rc = ledger_begin(l, clock_wall_ms());
	for (size_t i = 0; rc == 0 && i < k->taken_count; i++) {
		if (k->taken[i].journal != l->journal)
			continue;
		rc = ledger_add(l, &k->taken[i]);
		if (rc == -EINVAL) { /* cannot be: it was checked when it came. Never stand still for it */
			k->own_lost++;
			k->stats.own_lost++;
			rc = 0;
		}
	}
	return rc;
}

static int commit_journals(struct keeper *k)
{
	int rc = 0;

	for (size_t j = 0; rc == 0 && j < JOURNALS; j++) {
		struct ledger *l = &k->ledgers[j];
		if (l->phase == LEDGER_IDLE)
			rc = fill(k, l);
		if (rc == 0 && l->phase != LEDGER_IDLE)
			rc = ledger_commit(l);
		if (rc < 0)
			ledger_abort(l);
	}
	return rc;
}

/* What went into the journal as count records is no longer to be counted. */
static void counts_settle(struct counts *c)
{
	for (size_t i = c->tally_count; i-- > 0;) {
		struct counts_tally *t = &c->tallies[i];
		if (t->flushing == 0)
			continue;
		t->count -= t->flushing;
		t->flushing = 0;
		if (t->count == 0)
			*t = c->tallies[--c->tally_count];
	}
}

static int commit_counts(struct keeper *k)
{
	char path[4096];
	char *text = NULL;
	size_t len = 0;

	counts_settle(&k->counts);
	for (size_t j = 0; j < JOURNALS; j++) {
		k->counts.heads[j].seq = k->ledgers[j].head.seq;
		memcpy(k->counts.heads[j].hash, k->ledgers[j].head.hash, sizeof(k->counts.heads[j].hash));
	}
	counts_path(k, path, sizeof(path));
	int rc = counts_format(&k->key, &k->counts, &text, &len);
	if (rc == 0)
		rc = file_replace(path, 0640, text, len);
	free(text);
	return rc;
}

static void batch_finish(struct keeper *k)
{
	for (size_t j = 0; j < JOURNALS; j++)
		ledger_finish(&k->ledgers[j]);
	for (size_t i = 0; i < k->taken_count; i++)
		k->stats.records[k->taken[i].journal]++;
	k->taken_count = k->from_senders = 0;
	k->committing = k->roll = k->counts_dirty = false;
	k->stats.batches++;
	k->stats.last_sync_ms = clock_wall_ms();
	boxes_settle(k);
	senders_acknowledge(k);
}

static void retry_due(void *user)
{
	(void)keeper_commit(user);
}

static void stuck(struct keeper *k, int error)
{
	k->stats.disk_errors++;
	if (!k->stuck) {
		k->stuck_since_ms = clock_mono_ms();
		log_error("ALARM: the journal cannot be written: %s; records wait", strerror(-error));
		senders_pause(k, true);
	}
	k->stuck = true;
	k->stuck_error = error;
	loop_arm(k->loop, &k->retry, KEEPER_RETRY_MS, retry_due, k);
}

static void unstuck(struct keeper *k)
{
	char detail[RECORD_DETAIL_SIZE];
	long long seconds = (clock_mono_ms() - k->stuck_since_ms + 999) / 1000;

	k->stuck = false;
	log_warn("the journal is written again after %lld s", seconds);
	(void)snprintf(detail, sizeof(detail), "the disk took no records for %lld s (%s): what came waited",
		       seconds, strerror(-k->stuck_error));
	keeper_gap(k, 0, detail);
	senders_pause(k, false);
}

int keeper_commit(struct keeper *k)
{
	int rc = open_disk(k);

	loop_disarm(k->loop, &k->gather);
	if (rc == 0 && !k->committing)
		take_own(k);
	bool nothing = k->taken_count == 0 && !k->counts_dirty && !k->roll;
	if (rc == 0 && nothing && !k->committing) {
		if (k->stuck)
			unstuck(k);
		senders_acknowledge(k);
		return 0;
	}
	if (rc == 0) {
		k->committing = true;
		rc = commit_journals(k);
	}
	if (rc == 0)
		rc = commit_counts(k);
	if (rc < 0) {
		stuck(k, rc);
		return rc;
	}
	batch_finish(k);
	if (k->stuck)
		unstuck(k);
	return 0;
}

static void gather_due(void *user)
{
	(void)keeper_commit(user);
}

void keeper_soon(struct keeper *k)
{
	if (!k->stuck && k->gather.due_ms == 0)
		loop_arm(k->loop, &k->gather, KEEPER_GATHER_MS, gather_due, k);
}

/* ---- Daily counts */

static size_t take_counts(struct keeper *k, bool all)
{
	int64_t today_ms = clock_wall_ms() / DAY_MS * DAY_MS;
	size_t taken = 0;

	for (size_t i = 0; i < k->counts.tally_count && taken < KEEPER_COUNTS_MAX; i++) {
		struct counts_tally *t = &k->counts.tallies[i];
		if (t->count == 0 || (!all && t->day_ms == today_ms))
			continue;
		struct record r;
		ledger_own(&r, JOURNAL_INCIDENT, EVENT_COUNT);
		r.time_ms = t->day_ms;
		r.count = t->flushing = t->count;
		r.severity = t->severity;
		memcpy(r.category, t->category, sizeof(r.category));
		memcpy(r.action, t->action, sizeof(r.action));
		memcpy(r.group, t->group, sizeof(r.group));
		memcpy(r.rule, t->rule, sizeof(r.rule));
		memcpy(r.detail, t->detail, sizeof(r.detail));
		k->taken[k->taken_count++] = r;
		taken++;
	}
	return taken;
}

int keeper_flush(struct keeper *k, bool all, uint64_t *written)
{
	uint64_t total = 0;

	for (;;) {
		/* First what waits: a tally that is not durable yet must not be in a count record. */
		int rc = keeper_commit(k);
		if (rc < 0)
			return rc;
		size_t n = take_counts(k, all);
		total += n;
		if (n == 0)
			break;
		k->counts_dirty = true;
	}
	if (written)
		*written = total;
	return 0;
}
