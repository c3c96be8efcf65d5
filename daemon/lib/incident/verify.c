/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The order of reading matters beside a running keeper: counts first, HEAD second, the segments last, because
 * keeper writes them the other way round. So nothing that was read earlier may know more than what is read later.
 *
 * A damaged record is one finding, not a hundred: behind it the walk goes on with what the damaged line claims
 * about itself, and every further record is again held against its neighbour. The chain alone proves only that
 * nobody edited without recomputing; HEAD, the checkpoints and the counts carry signatures that nobody can
 * recompute.
 */
#include <errno.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "incident/counts.h"
#include "incident/segments.h"

enum { PATH_SIZE = 4096, TEXT_SIZE = 512 };

/* A head to hold against the chain when its record comes by. */
struct witness {
	const char *what;
	uint64_t seq; /* 0 = none */
	char hash[JOURNAL_HASH_SIZE];
	bool met;
};

enum { WITNESS_HEAD, WITNESS_COUNTS, WITNESS_CARRIED, WITNESSES };

struct walk {
	const struct journal_check *check;
	struct journal_summary *sum;
	struct seal_key key;
	char folder[PATH_SIZE]; /* without a slash at the end */
	const char *journal;    /* its last part */
	char parent[PATH_SIZE]; /* of all journals */
	struct journal_head head;
	bool has_head;
	struct witness witnesses[WITNESSES];

	const char *file; /* being read */
	long line;
	uint64_t next_seq; /* 0: the first record of all is still to come */
	char prev[JOURNAL_HASH_SIZE];
	bool resync;         /* the record before was damaged: its hash is a claim */
	uint64_t purged_seq; /* what stood before the first record, to be explained by a purge; 0 = nothing */
	char purged_hash[JOURNAL_HASH_SIZE];
	bool purge_explained;
	bool key_seen;
	bool torn; /* the last line of all has no newline */
	uint64_t torn_at;
};

__attribute__((format(printf, 2, 3))) static void find(struct walk *w, const char *format, ...)
{
	char text[TEXT_SIZE];
	struct journal_finding f = {w->file, w->line, text};
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	w->sum->findings++;
	if (w->check->report)
		w->check->report(w->check->user, &f);
}

static unsigned long long ull(uint64_t n)
{
	return n;
}

static void witness(struct walk *w, int which, const char *what, uint64_t seq, const char *hash)
{
	struct witness *x = &w->witnesses[which];

	x->what = what;
	x->seq = seq;
	(void)snprintf(x->hash, sizeof(x->hash), "%s", hash);
}

/* ---- What is signed beside the segments */

static int read_counts(struct walk *w)
{
	char path[PATH_SIZE + 8];
	char *text = NULL;
	size_t len = 0;

	(void)snprintf(path, sizeof(path), "%s/counts", w->parent);
	int rc = file_read(path, COUNTS_FILE_MAX, &text, &len);
	if (rc == -ENOENT)
		return 0; /* a journal that was copied without it still verifies */
	struct counts *c = calloc(1, sizeof(*c));
	if (!c)
		rc = -ENOMEM;
	if (rc == 0 && counts_parse(&w->key, span_of(text, len), c) < 0) {
		w->file = path;
		w->line = 0;
		find(w, "changed: this file is not what keeper signed");
	}
	for (size_t i = 0; rc == 0 && i < JOURNALS; i++) {
		if (strcmp(journal_names[i], w->journal) == 0)
			witness(w, WITNESS_COUNTS, "the counts", c->heads[i].seq, c->heads[i].hash);
	}
	if (c)
		counts_clear(c);
	free(c);
	free(text);
	return rc;
}

static int read_head(struct walk *w, const char *path, int which, struct journal_head *out)
{
	int rc = head_read(&w->key, w->journal, path, out);

	w->file = path;
	w->line = 0;
	if (rc == -ENOENT)
		find(w, "removed: every journal has its signed head");
	else if (rc == -EBADMSG)
		find(w, "changed: not a head of this journal");
	else if (rc == -EKEYREJECTED)
		find(w, "changed: the signature does not hold");
	else if (rc < 0)
		return rc;
	if (rc < 0)
		return 1;
	witness(w, which, which == WITNESS_HEAD ? "HEAD" : "the head that was carried off", out->seq,
		out->hash);
	return 0;
}

static int read_heads(struct walk *w)
{
	char path[PATH_SIZE + 8];
	struct journal_head carried;

	(void)snprintf(path, sizeof(path), "%s/HEAD", w->folder);
	int rc = read_head(w, path, WITNESS_HEAD, &w->head);
	if (rc < 0)
		return rc;
	w->has_head = rc == 0;
	if (w->has_head) {
		w->sum->head_seq = w->head.seq;
		memcpy(w->sum->head_hash, w->head.hash, sizeof(w->head.hash));
		if (w->witnesses[WITNESS_COUNTS].seq > w->head.seq)
			find(w, "rolled back: it says record %llu, but keeper had signed up to record %llu",
			     ull(w->head.seq), ull(w->witnesses[WITNESS_COUNTS].seq));
	}
	if (w->check->head)
		rc = read_head(w, w->check->head, WITNESS_CARRIED, &carried);
	return rc < 0 ? rc : 0;
}

/* ---- Record by record */

static void meet_witnesses(struct walk *w, uint64_t seq, const char *hash)
{
	for (size_t i = 0; i < WITNESSES; i++) {
		struct witness *x = &w->witnesses[i];
		if (x->seq != seq || seq == 0 || x->met)
			continue;
		x->met = true;
		if (strcmp(x->hash, hash) != 0)
			find(w,
			     "record %llu is not the one that %s signed: it or one before it was rewritten",
			     ull(seq), x->what);
	}
}

static void check_link(struct walk *w, const struct journal_entry *e)
{
	bool restart = e->record.event == EVENT_CHECKPOINT && strcmp(e->record.action, "alarm") == 0;

	if (restart) {
		find(w, "recording was restarted here after an alarm: what stands before was not as keeper "
			"left it");
	} else if (w->next_seq == 0) {
		w->purged_seq = e->seq - 1;
		memcpy(w->purged_hash, e->prev, sizeof(e->prev));
		if (e->seq <= 1 && strcmp(e->prev, journal_origin) != 0)
			find(w, "the first record does not begin the chain");
	} else if (e->seq > w->next_seq) {
		find(w, "removed: records %llu to %llu are missing before this one", ull(w->next_seq),
		     ull(e->seq - 1));
	} else if (e->seq == w->next_seq && !w->resync && strcmp(e->prev, w->prev) != 0) {
		find(w, "the chain is broken: this record does not follow the one before it");
	}
}

static void check_checkpoint(struct walk *w, const struct journal_entry *e)
{
	if (!checkpoint_holds(&w->key, w->journal, e))
		find(w, "rewritten: the signature of this checkpoint does not hold");
	else if (strcmp(e->record.action, "purge") == 0 && e->record.count == w->purged_seq &&
		 strcmp(e->record.sealed, w->purged_hash) == 0)
		w->purge_explained = true;
}

static void check_key(struct walk *w, const struct journal_entry *e)
{
	char own[SEAL_KEY_TEXT_SIZE];

	seal_key_text(&w->key, own);
	if (w->key_seen && strcmp(e->record.detail, own) != 0)
		find(w, "the key changed here");
	else if (strcmp(e->record.detail, own) != 0)
		find(w, "this journal was begun with another key than the one it is verified with");
	w->key_seen = true;
}

static void check_record(struct walk *w, const struct journal_entry *e, uint64_t end)
{
	/* What came before is known already: it changes nothing, and the chain goes on behind it. */
	if (w->next_seq != 0 && e->seq < w->next_seq) {
		find(w, "record %llu is here again, or out of order", ull(e->seq));
		return;
	}
	check_link(w, e);
	meet_witnesses(w, e->seq, e->hash);
	if (w->has_head && e->seq == w->head.seq &&
	    (end != w->head.size || strcmp(strrchr(w->file, '/') + 1, w->head.file) != 0))
		find(w, "the last signed record is not where HEAD says: byte %llu of %s", ull(w->head.size),
		     w->head.file);
	if (e->record.event == EVENT_CHECKPOINT)
		check_checkpoint(w, e);
	if (e->record.event == EVENT_KEY)
		check_key(w, e);
	if (w->sum->records++ == 0)
		w->sum->first_seq = e->seq;
	w->sum->last_seq = e->seq;
	if (w->sum->first_ms == 0)
		w->sum->first_ms = e->record.time_ms;
	if (e->record.time_ms != 0)
		w->sum->last_ms = e->record.time_ms;
	w->next_seq = e->seq + 1;
	w->resync = false;
	memcpy(w->prev, e->hash, sizeof(w->prev));
}

static void damaged_line(struct walk *w, const struct line_reader *l)
{
	char hash[JOURNAL_HASH_SIZE];
	uint64_t seq;

	if (l->too_long || !journal_claims(l->line, &seq, hash)) {
		find(w, "changed: this line is not a record");
		/* It stood for one record, most likely; if it did not, the next one shows it. */
		if (w->next_seq != 0)
			w->next_seq++;
		w->resync = true;
		return;
	}
	find(w, "changed: record %llu is not what its hash says", ull(seq));
	if (w->next_seq != 0 && seq == w->next_seq)
		meet_witnesses(w, seq, hash);
	if (w->next_seq != 0)
		w->next_seq++;
	w->resync = true;
}

/* The first record of a segment is a checkpoint that names it: a copy or a renamed file betrays itself. */
static bool check_name(struct walk *w, const struct journal_entry *e)
{
	const char *name = strrchr(w->file, '/') + 1;

	if (e->record.event == EVENT_CHECKPOINT && strcmp(e->record.name, name) == 0)
		return true;
	if (e->record.event == EVENT_CHECKPOINT && e->record.name[0] != 0)
		find(w, "this file was written as %.31s: it was renamed or copied", e->record.name);
	else
		find(w, "removed: the first records of this file are missing");
	/* A copy of a file that was read already says nothing new. */
	return w->next_seq == 0 || e->seq >= w->next_seq;
}

static int walk_lines(struct walk *w, struct line_reader *l, bool last)
{
	struct journal_entry e;
	int rc;

	while ((rc = lines_next(l)) == 1) {
		w->line = l->number;
		if (!l->whole && last) {
			w->torn = true;
			w->torn_at = l->start;
			break;
		}
		if (!l->whole)
			find(w, "truncated: the file ends within this line");
		else if (l->too_long || journal_parse(l->line, &e) < 0)
			damaged_line(w, l);
		else if (l->number == 1 && !check_name(w, &e))
			break;
		else
			check_record(w, &e, l->end);
	}
	return rc < 0 ? rc : 0;
}

static int walk_segments(struct walk *w, struct segment *s, size_t count)
{
	struct line_reader *l = malloc(sizeof(*l));
	int rc = l ? 0 : -ENOMEM;

	for (size_t i = 0; rc == 0 && i < count; i++) {
		w->file = s[i].path;
		w->line = 0;
		rc = lines_open(l, s[i].path, 0);
		if (rc < 0)
			break;
		rc = walk_lines(w, l, i + 1 == count);
		lines_close(l);
	}
	free(l);
	return rc;
}

/* ---- The end */

/* Lines beyond HEAD: keeper at work, a crash, or a HEAD that was rolled back. */
static void judge_tail(struct walk *w)
{
	struct journal_head now;
	char path[PATH_SIZE + 8];

	if (!w->has_head)
		return;
	if (w->sum->last_seq > w->head.seq)
		w->sum->unsigned_records = w->sum->last_seq - w->head.seq;
	if (w->torn && w->sum->last_seq < w->head.seq)
		find(w, "truncated: the file ends within this line");
	w->sum->crash_tail = w->sum->unsigned_records > 0 || (w->torn && w->sum->last_seq >= w->head.seq);
	if (w->sum->unsigned_records <= JOURNAL_BATCH_MAX)
		return;
	/* More than a crash can leave. A running keeper has signed them since we read HEAD. */
	(void)snprintf(path, sizeof(path), "%s/HEAD", w->folder);
	if (head_read(&w->key, w->journal, path, &now) == 0 && now.seq > w->head.seq &&
	    now.seq + JOURNAL_BATCH_MAX >= w->sum->last_seq)
		return;
	w->file = path;
	w->line = 0;
	find(w, "rolled back: it says record %llu, but %llu records follow it", ull(w->head.seq),
	     ull(w->sum->unsigned_records));
}

static void judge_end(struct walk *w, const char *last_file)
{
	w->file = last_file ? last_file : w->folder;
	if (!last_file)
		w->line = 0;
	for (size_t i = 0; i < WITNESSES; i++) {
		if (w->witnesses[i].seq > w->sum->last_seq && w->witnesses[i].seq >= w->next_seq) {
			find(w, "truncated: the last record is %llu, but %s signed up to record %llu",
			     ull(w->sum->last_seq), w->witnesses[i].what, ull(w->witnesses[i].seq));
			break;
		}
	}
	if (w->purged_seq > 0 && !w->purge_explained) {
		w->line = 0;
		w->file = w->folder;
		find(w,
		     "removed: records 1 to %llu are missing, and no checkpoint says that they were purged",
		     ull(w->purged_seq));
	}
	judge_tail(w);
}

static int walk_prepare(struct walk *w)
{
	char key_path[PATH_SIZE + 8];
	char *slash;
	int n = snprintf(w->folder, sizeof(w->folder), "%s", w->check->folder);

	if (n <= 0 || (size_t)n >= sizeof(w->folder))
		return -ENAMETOOLONG;
	while (n > 1 && w->folder[n - 1] == '/')
		w->folder[--n] = 0;
	memcpy(w->parent, w->folder, sizeof(w->parent));
	slash = strrchr(w->parent, '/');
	w->journal = slash ? w->folder + (slash - w->parent) + 1 : w->folder;
	if (slash)
		*slash = 0;
	else
		memcpy(w->parent, ".", 2);
	(void)snprintf(key_path, sizeof(key_path), "%s/key.pub", w->parent);
	return seal_read_public(w->check->key ? w->check->key : key_path, &w->key);
}

static int walk_all(struct walk *w)
{
	struct segment *s = NULL;
	size_t count = 0;
	int rc = read_counts(w);

	if (rc == 0)
		rc = read_heads(w);
	if (rc == 0)
		rc = segments_list(w->folder, &s, &count);
	/* An empty last file is a day that had just begun. */
	while (count > 0 && s[count - 1].size == 0)
		free(s[--count].path);
	if (rc == 0)
		rc = walk_segments(w, s, count);
	if (rc == 0)
		judge_end(w, count > 0 ? s[count - 1].path : NULL);
	segments_free(s, count);
	return rc;
}

int journal_verify(const struct journal_check *check, struct journal_summary *summary)
{
	memset(summary, 0, sizeof(*summary));
	if (sodium_init() < 0)
		return -EIO;
	struct walk *w = calloc(1, sizeof(*w));
	if (!w)
		return -ENOMEM;
	w->check = check;
	w->sum = summary;
	int rc = walk_prepare(w);
	if (rc == 0)
		rc = walk_all(w);
	free(w);
	return rc < 0 ? rc : summary->findings > 0;
}
