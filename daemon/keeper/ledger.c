/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * After a failed fdatasync the kernel may have dropped the pages and forgotten the error, so success of a second
 * call proves nothing. The segment is then `suspect`: it is opened anew, the last signed record is read back and
 * compared, everything behind it is cut off, and the batch is written once more from memory.
 */
#include "keeper/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "incident/json.h"
#include "incident/segments.h"

enum {
	CLOCK_SLACK_MS = 25 * HOUR_MS, /* a clock that goes back less stays in its segment */
	SEGMENT_TRIES = 10000,
	DATE_LEN = 10,
};

void ledger_gateway(struct ledger *l, const char *gateway)
{
	char quoted[8 * sizeof(l->gateway)];
	struct writer out = writer_of(quoted, sizeof(quoted));

	/* A name that was cut within a letter would make every line invalid. */
	(void)snprintf(l->gateway, sizeof(l->gateway), "%s", gateway);
	json_put_text(&out, l->gateway);
	for (char *at = l->gateway; !writer_ok(&out) && *at; at++) {
		if (*at < 0x20 || *at > 0x7e)
			*at = '?';
	}
}

void ledger_init(struct ledger *l, enum record_journal journal, const char *folder, const char *gateway,
		 const struct seal_key *key)
{
	*l = (struct ledger){.journal = journal, .key = key, .fd = -1, .next_fd = -1};
	(void)snprintf(l->folder, sizeof(l->folder), "%s/%s", folder, journal_names[journal]);
	ledger_gateway(l, gateway);
	memcpy(l->head.hash, journal_origin, sizeof(l->head.hash));
}

void ledger_clear(struct ledger *l)
{
	if (l->next_fd >= 0 && l->next_fd != l->fd)
		(void)close(l->next_fd);
	if (l->fd >= 0)
		(void)close(l->fd);
	free(l->lines);
	free(l->lost);
	free(l->again);
	l->fd = l->next_fd = -1;
	l->lines = NULL;
	l->lost = NULL;
	l->again = NULL;
}

void ledger_alarm(struct ledger *l, const char *reason)
{
	log_error("journal %s: ALARM: %s; recording goes on in a new file", journal_names[l->journal],
		  reason);
	(void)snprintf(l->alarm, sizeof(l->alarm), "%s", reason);
	l->alarms++;
}

void ledger_own(struct record *r, enum record_journal journal, enum record_event event)
{
	*r = (struct record){.magic = RECORD_MAGIC,
			     .kind = RECORD_APPEND,
			     .journal = (uint8_t)journal,
			     .event = (uint8_t)event,
			     .time_ms = clock_wall_ms(),
			     .src = "keeper"};
}

static void segment_path(const struct ledger *l, const char *name, char *out, size_t size)
{
	(void)snprintf(out, size, "%s/%s", l->folder, name);
}

static int folder_sync(const struct ledger *l)
{
	int fd = open(l->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	int rc = fsync(fd) < 0 ? -errno : 0;
	(void)close(fd);
	return rc;
}

/* Which day's segment the batch belongs to: today's, never an older one than the last but for a large step back. */
static bool segment_fits(const struct ledger *l, int64_t wall_ms)
{
	char now[CLOCK_TEXT_SIZE], last[CLOCK_TEXT_SIZE];
	int64_t last_ms = 0;

	if (l->head.file[0] == 0 || l->alarm[0] != 0)
		return false;
	clock_text(wall_ms, now);
	if (memcmp(now, l->head.file, DATE_LEN) == 0)
		return true;
	(void)snprintf(last, sizeof(last), "%.10sT00:00:00.000Z", l->head.file);
	return clock_parse(last, &last_ms) == 0 && wall_ms < last_ms && last_ms - wall_ms < CLOCK_SLACK_MS;
}

static int segment_create(struct ledger *l, int64_t wall_ms)
{
	char now[CLOCK_TEXT_SIZE], path[4096];

	clock_text(wall_ms, now);
	if (l->orphan[0] != 0) {
		segment_path(l, l->orphan, path, sizeof(path));
		if (unlink(path) < 0 && errno != ENOENT)
			return -errno;
		l->orphan[0] = 0;
	}
	for (unsigned n = 1; n <= SEGMENT_TRIES; n++) {
		segment_name(now, n, l->next.file);
		segment_path(l, l->next.file, path, sizeof(path));
		l->next_fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
		if (l->next_fd >= 0)
			break;
		if (errno != EEXIST)
			return -errno;
	}
	if (l->next_fd < 0)
		return -EEXIST;
	l->next_is_new = true;
	l->next.size = 0;
	return folder_sync(l);
}

/* Reads the last signed record back: does the segment still end in it, at that byte? */
static int segment_look(const struct ledger *l, const char *path)
{
	uint64_t from = l->head.size > JOURNAL_LINE_MAX ? l->head.size - JOURNAL_LINE_MAX : 0;
	char hash[JOURNAL_HASH_SIZE] = "";
	uint64_t seq = 0;
	struct line_reader *lines = malloc(sizeof(*lines));

	if (!lines)
		return -ENOMEM;
	int rc = lines_open(lines, path, from);
	while (rc == 0 && (rc = lines_next(lines)) == 1) {
		rc = 0;
		if (lines->end >= l->head.size)
			break;
	}
	if (rc == 0 &&
	    (lines->end != l->head.size || !lines->whole || !journal_claims(lines->line, &seq, hash) ||
	     seq != l->head.seq || strcmp(hash, l->head.hash) != 0))
		rc = -EBADMSG;
	lines_close(lines);
	free(lines);
	return rc;
}

/* Opens the segment of HEAD for appending, cut to what HEAD signed. */
static int segment_reopen(struct ledger *l)
{
	char path[4096];
	struct stat st;

	if (l->fd >= 0)
		(void)close(l->fd);
	segment_path(l, l->head.file, path, sizeof(path));
	l->fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
	if (l->fd < 0)
		return errno == ENOENT ? -EBADMSG : -errno;
	int rc = segment_look(l, path);
	if (rc < 0)
		return rc;
	if (fstat(l->fd, &st) < 0)
		return -errno;
	if ((uint64_t)st.st_size != l->head.size &&
	    (ftruncate(l->fd, (off_t)l->head.size) < 0 || fdatasync(l->fd) < 0))
		return -errno;
	l->suspect = false;
	return 0;
}

static int segment_ready(struct ledger *l, int64_t wall_ms)
{
	if (segment_fits(l, wall_ms)) {
		int rc = l->fd < 0 || l->suspect ? segment_reopen(l) : 0;
		if (rc == 0) {
			l->next_fd = l->fd;
			l->next_is_new = false;
			return 0;
		}
		if (rc != -EBADMSG)
			return rc;
		ledger_alarm(l, "the file does not end as HEAD says");
	}
	return segment_create(l, wall_ms);
}

void ledger_abort(struct ledger *l)
{
	if (l->phase != LEDGER_BATCH)
		return;
	if (l->next_is_new && l->next_fd >= 0) {
		(void)close(l->next_fd);
		memcpy(l->orphan, l->next.file, sizeof(l->orphan));
	}
	l->next_fd = -1;
	l->next_is_new = false;
	l->len = 0;
	l->batch = 0;
	l->phase = LEDGER_IDLE;
}

/* A new segment says what it is; after an alarm also why, in the very first journal also the key. */
static int segment_introduce(struct ledger *l)
{
	const char *why = l->alarm[0] != 0 ? "alarm" : "day";
	struct record r;

	ledger_own(&r, l->journal, EVENT_CHECKPOINT);
	(void)snprintf(r.action, sizeof(r.action), "%s", why);
	(void)snprintf(r.name, sizeof(r.name), "%s", l->next.file);
	int rc = ledger_add(l, &r);
	if (rc == 0 && (l->is_new || l->alarm[0] != 0)) {
		ledger_own(&r, l->journal, EVENT_KEY);
		seal_key_text(l->key, r.detail);
		rc = ledger_add(l, &r);
	}
	if (rc == 0 && l->alarm[0] != 0) {
		ledger_own(&r, l->journal, EVENT_GAP);
		memcpy(r.action, "alarm", sizeof("alarm"));
		(void)snprintf(r.detail, sizeof(r.detail), "%s", l->alarm);
		rc = ledger_add(l, &r);
	}
	return rc;
}

int ledger_begin(struct ledger *l, int64_t wall_ms)
{
	if (l->phase == LEDGER_CLOSED)
		return -EAGAIN;
	if (l->phase != LEDGER_IDLE)
		return 0;
	l->next = l->head;
	l->phase = LEDGER_BATCH;
	int rc = segment_ready(l, wall_ms);
	if (rc == 0 && l->next_is_new)
		rc = segment_introduce(l);
	if (rc < 0)
		ledger_abort(l);
	return rc;
}

static int lines_reserve(struct ledger *l)
{
	if (l->size - l->len >= JOURNAL_LINE_MAX)
		return 0;
	size_t size = l->size * 2 + 8 * JOURNAL_LINE_MAX;
	char *more = realloc(l->lines, size);
	if (!more)
		return -ENOMEM;
	l->lines = more;
	l->size = size;
	return 0;
}

int ledger_add(struct ledger *l, const struct record *r)
{
	struct journal_entry e = {.record = *r};
	int rc = lines_reserve(l);

	if (rc < 0)
		return rc;
	if (l->batch == JOURNAL_BATCH_MAX)
		return -ENOSPC;
	e.seq = l->next.seq + 1;
	memcpy(e.prev, l->next.hash, sizeof(e.prev));
	memcpy(e.gateway, l->gateway, sizeof(e.gateway));
	if (strcmp(e.record.src, "keeper") == 0)
		e.record.nr = e.seq;
	if (e.record.event == EVENT_CHECKPOINT)
		checkpoint_sign(l->key, journal_names[l->journal], &e);
	int len = journal_format(&e, l->lines + l->len, JOURNAL_LINE_MAX - 1);
	if (len < 0)
		return -EINVAL;
	l->len += (size_t)len;
	l->lines[l->len++] = '\n';
	l->batch++;
	l->next.seq = e.seq;
	memcpy(l->next.hash, e.hash, sizeof(l->next.hash));
	return 0;
}

static int commit_lines(struct ledger *l)
{
	int rc = file_write_all(l->next_fd, l->lines, l->len);

	if (rc == 0 && fdatasync(l->next_fd) < 0) {
		rc = -errno;
		l->sync_errors++;
	}
	if (rc < 0) {
		/* Whatever got to the disk is cut off, or removed with its new file, before the next attempt. */
		l->suspect = true;
		ledger_abort(l);
		return rc;
	}
	l->next.size += l->len;
	l->next.time_ms = clock_wall_ms() / HOUR_MS * HOUR_MS;
	l->phase = LEDGER_HEAD;
	return 0;
}

static int commit_head(struct ledger *l)
{
	char path[4096], text[HEAD_SIZE];
	int len = head_format(l->key, journal_names[l->journal], &l->next, text, sizeof(text));

	if (len < 0)
		return len;
	(void)snprintf(path, sizeof(path), "%s/HEAD", l->folder);
	int rc = file_replace(path, 0640, text, (size_t)len);
	if (rc < 0)
		return rc;
	if (l->fd >= 0 && l->fd != l->next_fd)
		(void)close(l->fd);
	l->fd = l->next_fd;
	l->head = l->next;
	l->next_is_new = false;
	l->alarm[0] = 0;
	l->is_new = false;
	l->suspect = false;
	l->phase = LEDGER_DONE;
	return 0;
}

int ledger_commit(struct ledger *l)
{
	int rc = 0;

	if (l->phase == LEDGER_BATCH && l->len == 0) {
		l->phase = LEDGER_DONE;
		return 0;
	}
	if (l->phase == LEDGER_BATCH)
		rc = commit_lines(l);
	if (rc == 0 && l->phase == LEDGER_HEAD)
		rc = commit_head(l);
	return rc;
}

void ledger_finish(struct ledger *l)
{
	if (l->phase != LEDGER_DONE)
		return;
	l->len = 0;
	l->batch = 0;
	l->next_fd = -1;
	l->phase = LEDGER_IDLE;
}
