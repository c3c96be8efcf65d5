/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int64_t now_us(clockid_t clock)
{
	struct timespec t;
	(void)clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

#ifdef TRYGG_TEST_CLOCK
/* Seconds by which a test has moved the wall clock, or the other one. */
static int64_t offset_s(bool wall)
{
	static const char *paths[2];
	static bool asked;
	if (!asked) {
		paths[false] = getenv("TRYGG_UPTIME_FILE");
		paths[true] = getenv("TRYGG_CLOCK_FILE");
		asked = true;
	}
	const char *path = paths[wall];
	if (!path)
		return 0;
	char text[32] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	ssize_t got = read(fd, text, sizeof text - 1);
	(void)close(fd);
	return got > 0 ? strtoll(text, NULL, 10) : 0;
}
#else
static int64_t offset_s(bool wall)
{
	(void)wall;
	return 0;
}
#endif

int64_t clock_mono_us(void)
{
	return now_us(CLOCK_MONOTONIC) + offset_s(false) * 1000000;
}

int64_t clock_mono_ms(void)
{
	return clock_mono_us() / 1000;
}

int64_t clock_wall_ms(void)
{
	return now_us(CLOCK_REALTIME) / 1000 + offset_s(true) * 1000;
}

void clock_text(int64_t wall_ms, char out[static CLOCK_TEXT_SIZE])
{
	int64_t s = wall_ms / 1000, ms = wall_ms % 1000;
	if (ms < 0) {
		ms += 1000;
		s--;
	}
	time_t t = (time_t)s;
	struct tm tm;
	if (!gmtime_r(&t, &tm) || tm.tm_year + 1900 > 9999 || tm.tm_year + 1900 < 0)
		memset(&tm, 0, sizeof tm);
	size_t at = strftime(out, CLOCK_TEXT_SIZE, "%Y-%m-%dT%H:%M:%S", &tm);
	(void)snprintf(out + at, CLOCK_TEXT_SIZE - at, ".%03dZ", (int)ms);
}

/* Two, three or four digits at a fixed place; -1 when one is no digit. */
static int digits(const char *at, int count)
{
	int v = 0;
	for (int i = 0; i < count; i++) {
		if (at[i] < '0' || at[i] > '9')
			return -1;
		v = v * 10 + (at[i] - '0');
	}
	return v;
}

int clock_parse(const char *text, int64_t *wall_ms)
{
	static const char shape[] = "dddd-dd-ddTdd:dd:dd.dddZ";
	if (strlen(text) != sizeof shape - 1)
		return -EINVAL;
	for (size_t i = 0; i < sizeof shape - 1; i++)
		if (shape[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != shape[i])
			return -EINVAL;
	struct tm tm = {.tm_year = digits(text, 4) - 1900,
			.tm_mon = digits(text + 5, 2) - 1,
			.tm_mday = digits(text + 8, 2),
			.tm_hour = digits(text + 11, 2),
			.tm_min = digits(text + 14, 2),
			.tm_sec = digits(text + 17, 2)};
	int64_t ms = (int64_t)timegm(&tm) * 1000 + digits(text + 20, 3);
	/* timegm() forgives 31 February; writing it again does not. */
	char again[CLOCK_TEXT_SIZE];
	clock_text(ms, again);
	if (strcmp(again, text) != 0)
		return -EINVAL;
	*wall_ms = ms;
	return 0;
}

int clock_date(struct span text, int32_t *day)
{
	char moment[CLOCK_TEXT_SIZE];
	int64_t ms;
	if (text.len != 10)
		return -EINVAL;
	(void)snprintf(moment, sizeof moment, "%.10sT00:00:00.000Z", (const char *)text.at);
	int rc = clock_parse(moment, &ms);
	if (rc == 0 && ms < 0)
		rc = -EINVAL;
	if (rc == 0)
		*day = (int32_t)(ms / DAY_MS);
	return rc;
}
