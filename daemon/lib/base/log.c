/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

enum { LOG_LINE_MAX = 1024 };

static struct {
	const char *program;
	bool journal; /* standard error goes to journald, which understands <N> */
	bool debug;
} state = {.program = "trygg"};

void log_open(const char *program)
{
	const char *debug = getenv("TRYGG_DEBUG");
	state.program = program;
	state.journal = getenv("JOURNAL_STREAM") != NULL;
	state.debug = debug && strcmp(debug, "1") == 0;
}

/* One write a line, so that the lines of several programs never mix. */
__attribute__((format(printf, 2, 0))) static void put(enum log_level level, const char *format, va_list args)
{
	char line[LOG_LINE_MAX];
	int at = state.journal ? snprintf(line, sizeof line, "<%d>", (int)level)
			       : snprintf(line, sizeof line, "%s: ", state.program);
	int more = vsnprintf(line + at, sizeof line - (size_t)at - 1, format, args);
	size_t len = (size_t)at + (size_t)(more > 0 ? more : 0);
	if (len > sizeof line - 2)
		len = sizeof line - 2;
	line[len] = '\n';
	ssize_t written = write(STDERR_FILENO, line, len + 1);
	(void)written; /* there is nobody left to tell */
}

#define LOG_FUNCTION(name, level)                                                                            \
	void name(const char *format, ...)                                                                   \
	{                                                                                                    \
		va_list args;                                                                                \
		va_start(args, format);                                                                      \
		put(level, format, args);                                                                    \
		va_end(args);                                                                                \
	}

LOG_FUNCTION(log_error, LOG_LEVEL_ERROR)
LOG_FUNCTION(log_warn, LOG_LEVEL_WARN)
LOG_FUNCTION(log_info, LOG_LEVEL_INFO)

void log_debug(const char *format, ...)
{
	if (!state.debug)
		return;
	va_list args;
	va_start(args, format);
	put(LOG_LEVEL_DEBUG, format, args);
	va_end(args);
}

void log_fatal(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	put(LOG_LEVEL_ERROR, format, args);
	va_end(args);
	exit(2);
}
