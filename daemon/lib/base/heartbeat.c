/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/heartbeat.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

/* Of one width, so that one write replaces one text and a reader never sees half of each. */
enum { BEAT_LEN = 13 };

int heartbeat_open(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);

	if (fd < 0)
		return -errno;
	/* Units run with a mask that would keep the readers out. */
	(void)fchmod(fd, 0644);
	return fd;
}

int heartbeat_beat(int fd, int64_t wall_ms)
{
	char text[32];
	int n = snprintf(text, sizeof(text), "%012" PRId64 "\n", wall_ms / 1000);

	if (n != BEAT_LEN)
		return -ERANGE;
	return pwrite(fd, text, BEAT_LEN, 0) == BEAT_LEN ? 0 : -EIO;
}

int64_t heartbeat_last_ms(const char *path)
{
	char *text = NULL, *end = NULL;
	size_t len = 0;
	int64_t seconds = 0;

	if (file_read(path, BEAT_LEN, &text, &len) < 0)
		return 0;
	if (len == BEAT_LEN)
		seconds = strtoll(text, &end, 10);
	if (end != text + BEAT_LEN - 1)
		seconds = 0;
	free(text);
	return seconds > 0 ? seconds * 1000 : 0;
}
