/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ruleset/asking.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

enum { TEXT_MAX = 64 };

bool asking_may(struct asking *a, int64_t now_ms)
{
	if (a->closed)
		return false;
	if (a->hits == 0 || now_ms - a->since_ms >= ASKING_WINDOW_MS) {
		a->since_ms = now_ms;
		a->hits = 0;
	}
	/* A clock that was set back does not open the lists. */
	if (now_ms < a->since_ms)
		a->since_ms = now_ms;
	return a->hits < ASKING_HITS;
}

/* What cannot be read counts as spent from now on. */
static void read_count(struct asking *a, int64_t now_ms)
{
	char text[TEXT_MAX];
	ssize_t len = pread(a->fd, text, sizeof(text) - 1, 0);
	text[len > 0 ? len : 0] = '\0';
	if (len == 0 || sscanf(text, "%" SCNd64 " %u\n", &a->since_ms, &a->hits) == 2)
		return;
	a->since_ms = now_ms;
	a->hits = ASKING_HITS;
}

static int write_count(const struct asking *a)
{
	char text[TEXT_MAX];
	int len = snprintf(text, sizeof(text), "%" PRId64 " %u\n", a->since_ms, a->hits);
	if (pwrite(a->fd, text, (size_t)len, 0) != len || ftruncate(a->fd, len) < 0)
		return errno ? -errno : -EIO;
	return 0;
}

bool asking_open(struct asking *a, const char *key_path, int64_t now_ms)
{
	char path[4200];
	*a = (struct asking){.fd = -1, .closed = true};
	if ((size_t)snprintf(path, sizeof(path), "%s.asked", key_path) >= sizeof(path))
		return false;
	a->fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (a->fd < 0 || flock(a->fd, LOCK_EX) < 0)
		return false;
	read_count(a, now_ms);
	a->closed = write_count(a) < 0;
	return asking_may(a, now_ms);
}

int asking_spend(struct asking *a, const struct rule_hits *hits)
{
	bool met = false;
	for (size_t i = 0; i < hits->count; i++)
		met |= hits->hit[i].kind == RULE_DIGEST;
	if (!met)
		return 0;
	a->hits++;
	int rc = a->fd < 0 ? 0 : write_count(a);
	a->closed |= rc < 0;
	return rc;
}

void asking_close(struct asking *a)
{
	if (a->fd >= 0)
		(void)close(a->fd);
	a->fd = -1;
}
