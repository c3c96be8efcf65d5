/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a program says about itself, to standard error: with journald's "<N>" priority prefix when
 * standard error is the journal, with the program's name otherwise. Libraries stay silent above debug;
 * programs log and decide. Nothing a pupil sent is ever logged.
 */
#ifndef TRYGG_BASE_LOG_H
#define TRYGG_BASE_LOG_H

#include <stdbool.h>

enum log_level { LOG_LEVEL_ERROR = 3, LOG_LEVEL_WARN = 4, LOG_LEVEL_INFO = 6, LOG_LEVEL_DEBUG = 7 };

/* `program` is borrowed for ever. TRYGG_DEBUG=1 in the environment turns debug on. */
void log_open(const char *program);

void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Logs and exits with status 2: only before a program is ready, never after. */
_Noreturn void log_fatal(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
