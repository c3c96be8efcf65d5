/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "courier/follow.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>

void follow_init(struct follow *f, enum record_journal journal, const char *folder)
{
	*f = (struct follow){.journal = journal};
	(void)snprintf(f->folder, sizeof(f->folder), "%.4000s/%s", folder, journal_names[journal]);
}

static void lines_drop(struct follow *f)
{
	if (f->lines)
		lines_close(f->lines);
	free(f->lines);
	f->lines = NULL;
}

void follow_clear(struct follow *f)
{
	lines_drop(f);
}

/* Always -EBADMSG, so that a caller can return it. */
__attribute__((format(printf, 2, 3))) static int trouble(struct follow *f, const char *format, ...)
{
	va_list values;

	va_start(values, format);
	(void)vsnprintf(f->trouble, sizeof(f->trouble), format, values);
	va_end(values);
	return -EBADMSG;
}

/* What the disk or its rights refuse is a trouble as well; what is not there, and what memory lacks, is not. */
static int unread(struct follow *f, const char *what, int rc)
{
	if (rc >= 0 || rc == -ENOENT || rc == -ENOMEM || rc == -EBADMSG)
		return rc;
	return trouble(f, "%s: cannot be read: %s", what, strerror(-rc));
}

static unsigned long long ull(uint64_t n)
{
	return n;
}

/* ---- Finding the next record */

static int lines_at(struct follow *f, const char *path, uint64_t offset)
{
	lines_drop(f);
	f->lines = calloc(1, sizeof(*f->lines));
	int rc = f->lines ? lines_open(f->lines, path, offset) : -ENOMEM;
	if (rc < 0) {
		free(f->lines);
		f->lines = NULL;
	}
	return rc;
}

static int segment_begin(struct follow *f, const struct segment *s)
{
	int rc = lines_at(f, s->path, 0);

	if (rc == 0) {
		(void)snprintf(f->at.file, sizeof(f->at.file), "%s", s->name);
		f->at.at = 0;
	}
	return rc;
}

/* A purge's checkpoint that ends with record `seq` and its hash. */
struct purge {
	uint64_t seq;
	char hash[JOURNAL_HASH_SIZE];
};

static bool is_purge(const struct follow *f, const struct seal_key *key, const struct journal_entry *e,
		     const struct purge *wanted)
{
	const struct record *r = &e->record;

	return r->event == EVENT_CHECKPOINT && strcmp(r->action, "purge") == 0 && r->count == wanted->seq &&
	       strcmp(r->sealed, wanted->hash) == 0 && checkpoint_holds(key, journal_names[f->journal], e);
}

/* Whether a signed checkpoint in these segments says that everything up to there was purged. */
static int find_purge(const struct follow *f, const struct seal_key *key, const struct segment *s,
		      size_t count, const struct purge *wanted, bool *found)
{
	struct line_reader *l = calloc(1, sizeof(*l));
	struct journal_entry *e = calloc(1, sizeof(*e));
	int rc = l && e ? 0 : -ENOMEM;

	*found = false;
	for (size_t i = 0; rc == 0 && i < count && !*found; i++) {
		rc = lines_open(l, s[i].path, 0);
		while (rc == 0 && !*found && (rc = lines_next(l)) == 1) {
			rc = 0;
			*found =
				!l->too_long && journal_parse(l->line, e) == 0 && is_purge(f, key, e, wanted);
		}
		lines_close(l);
	}
	free(l);
	free(e);
	return rc;
}

/* The journal begins behind our position: what is between was purged before it was read, or is missing. */
static int skip_purged(struct follow *f, const struct seal_key *key, const struct segment *s, size_t count)
{
	struct purge wanted = {.seq = s[0].first_seq - 1};
	struct journal_entry *e = malloc(sizeof(*e));
	bool purged = false;
	int rc = e ? segment_begin(f, &s[0]) : -ENOMEM;

	if (rc == 0 && (lines_next(f->lines) != 1 || journal_parse(f->lines->line, e) < 0))
		rc = trouble(f, "%s: its first line is not a record", s[0].name);
	if (rc == 0) {
		memcpy(wanted.hash, e->prev, sizeof(wanted.hash));
		rc = find_purge(f, key, s, count, &wanted, &purged);
	}
	if (rc == 0 && !purged)
		rc = trouble(f, "records %llu to %llu are missing, and no signed purge says why",
			     ull(f->at.seq + 1), ull(wanted.seq));
	if (rc == 0) {
		f->at.seq = wanted.seq;
		memcpy(f->at.hash, wanted.hash, sizeof(f->at.hash));
		rc = segment_begin(f, &s[0]);
	}
	free(e);
	return rc;
}

/* Opens the segment that begins with the record behind our position; -ENODATA when there is none yet. */
static int next_segment(struct follow *f, const struct seal_key *key)
{
	struct segment *s = NULL;
	size_t count = 0;
	int rc = segments_list(f->folder, &s, &count);

	if (rc < 0)
		return unread(f, f->folder, rc);
	rc = -ENODATA;
	for (size_t i = 0; i < count && rc == -ENODATA; i++) {
		if (s[i].first_seq == f->at.seq + 1)
			rc = segment_begin(f, &s[i]);
	}
	if (rc == -ENODATA && count > 0 && s[0].first_seq > f->at.seq + 1)
		rc = skip_purged(f, key, s, count);
	segments_free(s, count);
	return rc;
}

/* Where we stopped, in this life or an earlier one. */
static int resume(struct follow *f, const struct seal_key *key)
{
	char path[sizeof(f->folder) + SEGMENT_NAME_SIZE + 1];

	if (f->lines)
		return 0;
	if (f->at.file[0] == '\0')
		return next_segment(f, key);
	(void)snprintf(path, sizeof(path), "%s/%s", f->folder, f->at.file);
	int rc = lines_at(f, path, f->at.at);
	return rc == -ENOENT ? next_segment(f, key) : unread(f, f->at.file, rc);
}

/* ---- Taking records */

static int read_entry(struct follow *f, const struct seal_key *key, struct journal_entry *e)
{
	for (int segments = 0; segments < 2; segments++) {
		int rc = lines_next(f->lines);
		if (rc < 0)
			return unread(f, f->at.file, rc);
		bool record = rc == 1 && f->lines->whole && !f->lines->too_long &&
			      journal_parse(f->lines->line, e) == 0;
		if (record)
			return 0;
		long line = f->lines->number;
		/* The end of a segment; or what keeper found there after a crash or an alarm and left behind. */
		rc = next_segment(f, key);
		if (rc == -ENODATA)
			return trouble(f, "%s:%ld: not a record, and no segment goes on from record %llu",
				       f->at.file, line, ull(f->at.seq));
		if (rc < 0)
			return rc;
	}
	return trouble(f, "%s: begins with no record", f->at.file);
}

static int take_one(struct follow *f, struct store *store, const struct seal_key *key,
		    struct journal_entry *e)
{
	int rc = read_entry(f, key, e);

	if (rc < 0)
		return rc;
	if (e->seq != f->at.seq + 1)
		return trouble(f, "%s:%ld: record %llu where %llu belongs", f->at.file, f->lines->number,
			       ull(e->seq), ull(f->at.seq + 1));
	if (strcmp(e->prev, f->at.hash) != 0)
		return trouble(f, "%s:%ld: record %llu does not follow the one before it", f->at.file,
			       f->lines->number, ull(e->seq));
	rc = feed_take(store, f->journal, e);
	if (rc < 0)
		return rc;
	f->purged =
		f->purged || (e->record.event == EVENT_CHECKPOINT && strcmp(e->record.action, "purge") == 0);
	f->at.seq = e->seq;
	f->at.at = f->lines->end;
	memcpy(f->at.hash, e->hash, sizeof(f->at.hash));
	return 0;
}

static int take_some(struct follow *f, struct store *store, const struct seal_key *key,
		     const struct journal_head *head, int max)
{
	struct journal_entry *e = malloc(sizeof(*e));
	int count = 0;
	int rc = e ? resume(f, key) : -ENOMEM;

	while (rc == 0 && count < max && f->at.seq < head->seq) {
		rc = take_one(f, store, key, e);
		count += rc == 0;
	}
	free(e);
	if (rc == 0 && f->at.seq == head->seq && strcmp(f->at.hash, head->hash) != 0)
		rc = trouble(f, "record %llu is not the one that HEAD signs", ull(head->seq));
	if (rc == -ENODATA)
		rc = trouble(f, "HEAD signs record %llu, but no segment goes on from %llu", ull(head->seq),
			     ull(f->at.seq));
	return rc < 0 ? rc : count;
}

/* ---- A turn */

static int read_head(struct follow *f, const char *key_path, struct seal_key *key, struct journal_head *head)
{
	char path[sizeof(f->folder) + 8];
	int rc = seal_read_public(key_path, key);

	if (rc == -EBADMSG)
		return trouble(f, "%s: holds no key", key_path);
	if (rc < 0)
		return unread(f, key_path, rc);
	(void)snprintf(path, sizeof(path), "%s/HEAD", f->folder);
	rc = head_read(key, journal_names[f->journal], path, head);
	if (rc == -EBADMSG)
		return trouble(f, "HEAD is not a head of this journal");
	if (rc == -EKEYREJECTED)
		return trouble(
			f, "the signature of HEAD does not hold with key.pub: a forged head, or another key");
	return unread(f, "HEAD", rc);
}

static int compare_head(struct follow *f, const struct journal_head *head)
{
	if (head->seq < f->at.seq)
		return trouble(
			f, "HEAD ends at record %llu, but %llu were read already: the journal was put back",
			ull(head->seq), ull(f->at.seq));
	if (head->seq == f->at.seq && strcmp(head->hash, f->at.hash) != 0)
		return trouble(f, "HEAD signs another record %llu than the one that was read",
			       ull(head->seq));
	return 0;
}

/* A trouble is remembered where people look, once. */
static int tell(struct follow *f, struct store *store, const char *before)
{
	return strcmp(f->trouble, before) == 0 ? 0 : feed_trouble(store, f->journal, f->trouble);
}

static int turn(struct follow *f, struct store *store, const char *key_path, int max)
{
	struct seal_key key;
	struct journal_head head = {0};
	int rc = f->known ? 0 : feed_position(store, f->journal, &f->at);

	f->known = rc == 0;
	if (rc == 0)
		rc = read_head(f, key_path, &key, &head);
	if (rc < 0)
		return rc == -ENOENT ? 0 : rc; /* keeper has not begun it */
	f->head_seq = head.seq;
	rc = compare_head(f, &head);
	if (rc < 0 || head.seq == f->at.seq)
		return rc;
	rc = store_begin(store);
	if (rc < 0)
		return rc;
	int count = take_some(f, store, &key, &head, max);
	rc = count < 0 ? count : feed_moved(store, f->journal, &f->at);
	if (rc == 0)
		rc = store_commit(store);
	else
		store_rollback(store);
	return rc < 0 ? rc : count;
}

int follow_turn(struct follow *f, struct store *store, const char *key_path, int max)
{
	char before[FOLLOW_TROUBLE_SIZE];

	memcpy(before, f->trouble, sizeof(before));
	f->trouble[0] = '\0';
	int rc = turn(f, store, key_path, max);
	if (rc < 0) { /* what was taken is undone: the next turn asks the store where it is */
		f->known = false;
		lines_drop(f);
	} else {
		f->taken += (uint64_t)rc;
	}
	if (rc == -EBADMSG || rc >= 0) {
		int told = tell(f, store, before);
		rc = told < 0 ? told : rc == -EBADMSG ? 0 : rc;
	}
	return rc;
}
