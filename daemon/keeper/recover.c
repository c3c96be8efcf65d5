/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finding the end of a journal at start. keeper writes lines, syncs them, and only then replaces HEAD, and
 * acknowledges only after that. So a crash leaves, behind what HEAD signed, at most one batch of whole records in
 * their chain and one torn line, in one file. That is cut aside: nothing of it was acknowledged, and living senders
 * send it again. Anything else was not keeper: it stays as it is, and recording goes on in a new file.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "incident/segments.h"
#include "keeper/ledger.h"

enum { PATH_SIZE = 4096, TAIL_BYTES_MAX = JOURNAL_BATCH_MAX * JOURNAL_LINE_MAX };

static const char too_much[] = "more stands behind HEAD than a crash can leave";

struct tail {
	const struct segment *segment; /* NULL = nothing stands behind HEAD */
	uint64_t from;
};

/* ---- What cannot be explained */

/* The greatest number anywhere, so that no number is ever used twice. */
static void know_greatest(struct ledger *l, const struct segment *s, size_t count)
{
	struct line_reader *lines = malloc(sizeof(*lines));
	char hash[JOURNAL_HASH_SIZE];
	uint64_t seq;

	for (size_t i = 0; lines && i < count; i++) {
		uint64_t from = s[i].size > 2 * JOURNAL_LINE_MAX ? s[i].size - 2 * JOURNAL_LINE_MAX : 0;
		if (lines_open(lines, s[i].path, from) < 0)
			continue;
		while (lines_next(lines) == 1) {
			if (!journal_claims(lines->line, &seq, hash) || seq <= l->head.seq)
				continue;
			l->head.seq = seq;
			memcpy(l->head.hash, hash, sizeof(hash));
		}
		lines_close(lines);
	}
	free(lines);
}

static void give_up(struct ledger *l, const struct counts *counts, const struct segment *s, size_t count,
		    const char *reason)
{
	if (counts->heads[l->journal].seq > l->head.seq) {
		l->head.seq = counts->heads[l->journal].seq;
		memcpy(l->head.hash, counts->heads[l->journal].hash, sizeof(l->head.hash));
	}
	know_greatest(l, s, count);
	l->head.file[0] = 0;
	l->head.size = 0;
	ledger_alarm(l, reason);
}

/* ---- HEAD */

/* NULL when HEAD can be used, else what is wrong; *rc is negative when the disk does not answer. */
static const char *read_head(struct ledger *l, const struct counts *counts, size_t segments, int *rc)
{
	char path[PATH_SIZE], text[HEAD_SIZE];
	uint64_t known = counts->heads[l->journal].seq;

	(void)snprintf(path, sizeof(path), "%s/HEAD", l->folder);
	*rc = head_read(l->key, journal_names[l->journal], path, &l->head);
	if (*rc == 0 && l->head.seq < known)
		return "HEAD is older than what was signed last";
	if (*rc == 0)
		return NULL;
	if (*rc == -ENOENT && segments == 0 && known == 0) {
		int len = head_format(l->key, journal_names[l->journal], &l->head, text, sizeof(text));
		*rc = len < 0 ? len : file_replace(path, 0640, text, (size_t)len);
		return NULL;
	}
	bool content = *rc == -ENOENT || *rc == -EBADMSG || *rc == -EKEYREJECTED;
	const char *reason = *rc == -ENOENT         ? "HEAD is missing"
			     : *rc == -EKEYREJECTED ? "the signature of HEAD does not hold"
						    : "HEAD cannot be read";
	if (content)
		*rc = 0;
	return reason;
}

/* ---- What stands behind HEAD */

static bool is_newer(const struct segment *s, const char *file)
{
	char date[DATE_SIZE];
	unsigned number;

	if (s->first_seq != 0 || !segment_name_parse(file, date, &number))
		return false;
	int order = strcmp(s->date, date);
	return order > 0 || (order == 0 && s->number > number);
}

/* NULL, or why this cannot be the work of a crash. */
static const char *find_tail(const struct ledger *l, const struct segment *s, size_t count, struct tail *out)
{
	const char *wrong = l->head.seq > 0 ? "the last file is missing" : NULL;
	size_t tails = 0;

	for (size_t i = 0; i < count; i++) {
		if (strcmp(s[i].name, l->head.file) == 0) {
			wrong = s[i].size < l->head.size ? "the last file is shorter than HEAD says" : NULL;
			if (s[i].size > l->head.size && ++tails)
				*out = (struct tail){&s[i], l->head.size};
		} else if (s[i].first_seq > l->head.seq ||
			   (s[i].size > 0 && (l->head.seq == 0 || is_newer(&s[i], l->head.file)))) {
			tails++;
			*out = (struct tail){&s[i], 0};
		}
	}
	return wrong ? wrong : tails > 1 ? "several files go beyond HEAD" : NULL;
}

static void lose(struct ledger *l, const char *src, uint64_t nr)
{
	if (strcmp(src, "keeper") == 0 || l->lost_count == LEDGER_LOST_MAX)
		return;
	struct ledger_lost *lost = &l->lost[l->lost_count++];
	memcpy(lost->src, src, sizeof(lost->src));
	lost->nr = nr;
}

static void lose_torn(struct ledger *l, struct span line)
{
	char src[RECORD_SRC_SIZE];
	uint64_t nr = 0;

	if (journal_sender(line, src, &nr))
		lose(l, src, nr);
	else
		l->torn = true;
}

static void lose_entry(struct ledger *l, const struct journal_entry *e)
{
	lose(l, e->record.src, e->record.nr);
	if (strcmp(e->record.src, "keeper") == 0 && e->record.event == EVENT_GAP)
		l->again[l->again_count++] = e->record;
}

/* Walks the tail: all of it must be what one batch of ours could be. */
static int read_tail(struct ledger *l, const struct tail *t, const char **wrong)
{
	struct line_reader *lines = malloc(sizeof(*lines));
	struct journal_entry e = {.seq = l->head.seq};
	char prev[JOURNAL_HASH_SIZE];
	uint64_t seq = l->head.seq;
	int rc = lines ? lines_open(lines, t->segment->path, t->from) : -ENOMEM;

	memcpy(prev, l->head.hash, sizeof(prev));
	while (rc == 0 && !*wrong && (rc = lines_next(lines)) == 1) {
		rc = 0;
		if (!lines->whole) {
			lose_torn(l, lines->line);
		} else if (lines->too_long || journal_parse(lines->line, &e) < 0 || e.seq != seq + 1 ||
			   strcmp(e.prev, prev) != 0) {
			*wrong = "what stands behind HEAD does not follow it";
		} else if (++seq - l->head.seq > JOURNAL_BATCH_MAX) {
			*wrong = too_much;
		} else {
			memcpy(prev, e.hash, sizeof(prev));
			lose_entry(l, &e);
		}
	}
	if (lines)
		lines_close(lines);
	free(lines);
	return rc;
}

static int copy_tail(const struct tail *t, const char *aside)
{
	char *bytes = NULL;
	size_t len = (size_t)(t->segment->size - t->from);
	int rc = 0, in = open(t->segment->path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);

	if (in < 0)
		return -errno;
	bytes = malloc(len);
	if (!bytes || len > TAIL_BYTES_MAX || pread(in, bytes, len, (off_t)t->from) != (ssize_t)len)
		rc = bytes ? -EIO : -ENOMEM;
	if (rc == 0)
		rc = file_replace(aside, 0640, bytes, len);
	if (rc == 0 && (ftruncate(in, (off_t)t->from) < 0 || fdatasync(in) < 0))
		rc = -errno;
	free(bytes);
	(void)close(in);
	return rc;
}

static int cut_aside(const struct ledger *l, const struct tail *t)
{
	char aside[PATH_SIZE], now[CLOCK_TEXT_SIZE];
	int rc;

	clock_text(clock_wall_ms(), now);
	(void)snprintf(aside, sizeof(aside), "%s.crash-tail-%s", t->segment->path, now);
	log_warn("journal %s: a crash left %llu bytes behind the last signed record: cut aside to %s",
		 journal_names[l->journal], (unsigned long long)(t->segment->size - t->from), aside);
	if (t->from > 0)
		return copy_tail(t, aside);
	rc = rename(t->segment->path, aside) < 0 ? -errno : 0;
	int fd = rc == 0 ? open(l->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (rc == 0 && (fd < 0 || fsync(fd) < 0))
		rc = -errno;
	if (fd >= 0)
		(void)close(fd);
	return rc;
}

static int settle_tail(struct ledger *l, const struct segment *s, size_t count, const char **wrong)
{
	struct tail tail = {NULL, 0};

	*wrong = find_tail(l, s, count, &tail);
	if (!*wrong && tail.segment && tail.segment->size - tail.from > TAIL_BYTES_MAX)
		*wrong = too_much;
	if (*wrong || !tail.segment)
		return 0;
	l->lost = calloc(LEDGER_LOST_MAX, sizeof(*l->lost));
	l->again = calloc(JOURNAL_BATCH_MAX, sizeof(*l->again));
	if (!l->lost || !l->again)
		return -ENOMEM;
	int rc = read_tail(l, &tail, wrong);
	if (rc == 0 && !*wrong)
		rc = cut_aside(l, &tail);
	if (*wrong)
		l->lost_count = l->again_count = 0;
	return rc;
}

/* ---- What HEAD signed and the counts do not know yet: the batch in which keeper was killed */

static void replay_entry(enum record_journal journal, const struct journal_entry *e, struct counts *counts)
{
	if (e->record.event == EVENT_COUNT)
		counts_take(counts, &e->record);
	if (strcmp(e->record.src, "keeper") == 0)
		return;
	struct counts_source *source = counts_source(counts, e->record.src, true);
	if (source && source->nr[journal] < e->record.nr)
		source->nr[journal] = e->record.nr;
}

static int replay(const struct ledger *l, struct counts *counts)
{
	uint64_t from = l->head.size > TAIL_BYTES_MAX ? l->head.size - TAIL_BYTES_MAX : 0;
	uint64_t known = counts->heads[l->journal].seq;
	char path[PATH_SIZE + SEGMENT_NAME_SIZE];
	struct journal_entry e;

	if (l->head.seq <= known)
		return 0;
	(void)snprintf(path, sizeof(path), "%s/%s", l->folder, l->head.file);
	struct line_reader *lines = malloc(sizeof(*lines));
	int rc = lines ? lines_open(lines, path, from) : -ENOMEM;
	while (rc == 0 && (rc = lines_next(lines)) == 1) {
		rc = 0;
		if (journal_parse(lines->line, &e) == 0 && e.seq > known && e.seq <= l->head.seq)
			replay_entry(l->journal, &e, counts);
	}
	if (lines)
		lines_close(lines);
	free(lines);
	return rc;
}

int ledger_recover(struct ledger *l, struct counts *counts)
{
	struct segment *s = NULL;
	size_t count = 0;
	const char *wrong = NULL;

	ledger_clear(l);
	l->head = (struct journal_head){0};
	memcpy(l->head.hash, journal_origin, sizeof(l->head.hash));
	l->lost_count = l->again_count = 0;
	l->torn = false;
	int rc = file_mkdirs(l->folder, 0750);
	if (rc == 0)
		rc = segments_list(l->folder, &s, &count);
	if (rc == 0)
		wrong = read_head(l, counts, count, &rc);
	if (rc == 0 && !wrong)
		rc = settle_tail(l, s, count, &wrong);
	if (rc == 0 && !wrong)
		rc = replay(l, counts);
	if (rc == 0 && wrong)
		give_up(l, counts, s, count, wrong);
	segments_free(s, count);
	if (rc < 0)
		return rc;
	l->is_new = l->head.seq == 0;
	l->phase = LEDGER_IDLE;
	return 0;
}
