/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Deleting by retention. Only whole segments from the beginning of the chain go, never the one being written. The
 * signed checkpoint comes first and is durable before the first file disappears: it names the last purged record, so
 * that a verification can tell a purge from a theft.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "incident/segments.h"
#include "keeper/keeper.h"

/* The first `count` segments that are older than the limit, and not HEAD's. */
static size_t purgeable(const struct ledger *l, const struct segment *s, size_t count, const char *limit)
{
	size_t n = 0;

	while (n < count && s[n].first_seq != 0 && strcmp(s[n].date, limit) < 0 &&
	       strcmp(s[n].name, l->head.file) != 0)
		n++;
	return n;
}

/* What the first segment that stays says about the one before it. */
static int find_boundary(const struct segment *stays, struct journal_entry *first)
{
	struct line_reader *lines = malloc(sizeof(*lines));
	int rc = lines ? lines_open(lines, stays->path, 0) : -ENOMEM;

	if (rc == 0) {
		rc = lines_next(lines) == 1 && journal_parse(lines->line, first) == 0 ? 0 : -EBADMSG;
		lines_close(lines);
	}
	free(lines);
	return rc;
}

static int remove_files(const struct ledger *l, const struct segment *s, size_t count, uint64_t *files)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < count; i++) {
		if (unlink(s[i].path) < 0)
			rc = -errno;
		else
			(*files)++;
	}
	int fd = open(l->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) < 0)
		rc = rc < 0 ? rc : -errno;
	if (fd >= 0)
		(void)close(fd);
	return rc;
}

/* What crashes left of old days goes with them: it is as personal as the journal. */
static int remove_tails(const struct ledger *l, const char *limit, uint64_t *files)
{
	char **paths = NULL;
	size_t count = 0;
	int rc = file_list(l->folder, "Z", &paths, &count);

	for (size_t i = 0; rc == 0 && i < count; i++) {
		const char *name = strrchr(paths[i], '/') + 1;
		if (!strstr(name, ".crash-tail-") || strncmp(name, limit, DATE_SIZE - 1) >= 0)
			continue;
		if (unlink(paths[i]) < 0)
			rc = -errno;
		else
			(*files)++;
	}
	file_list_free(paths, count);
	return rc;
}

static int purge_journal(struct keeper *k, struct ledger *l, const char *limit, uint64_t *files)
{
	struct segment *s = NULL;
	size_t count = 0, old = 0;
	struct journal_entry first;
	struct record r;
	int rc = segments_list(l->folder, &s, &count);

	if (rc == 0)
		old = purgeable(l, s, count, limit);
	if (old == 0 || old == count)
		goto out;
	rc = find_boundary(&s[old], &first);
	if (rc < 0)
		goto out;
	ledger_own(&r, l->journal, EVENT_CHECKPOINT);
	memcpy(r.action, "purge", sizeof("purge"));
	r.count = first.seq - 1;
	memcpy(r.sealed, first.prev, sizeof(r.sealed));
	keeper_own(k, &r);
	rc = keeper_commit(k);
	if (rc == 0)
		rc = remove_files(l, s, old, files);
	log_info("journal %s: purged up to record %llu", journal_names[l->journal],
		 (unsigned long long)r.count);
out:
	segments_free(s, count);
	return rc;
}

/* The first day that stays. */
static void first_day(const struct keeper *k, size_t journal, uint64_t days, char out[static CLOCK_TEXT_SIZE])
{
	int64_t kept = days > 0 ? (int64_t)days : conf_journal_days(k->conf, (int)journal);

	clock_text(clock_wall_ms() - kept * DAY_MS, out);
	out[DATE_SIZE - 1] = 0;
}

int keeper_purge(struct keeper *k, uint64_t days, uint64_t *files)
{
	char limit[CLOCK_TEXT_SIZE];

	*files = 0;
	if (days > 36500)
		return -EINVAL;
	int rc = keeper_commit(k);
	for (size_t j = 0; rc == 0 && j < JOURNALS; j++) {
		first_day(k, j, days, limit);
		rc = purge_journal(k, &k->ledgers[j], limit, files);
		if (rc == 0)
			rc = remove_tails(&k->ledgers[j], limit, files);
		if (rc == 0)
			rc = boxes_purge(k, (enum record_journal)j, clock_wall_ms() - (int64_t)days * DAY_MS,
					 files);
	}
	return rc;
}
