/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The text of a configuration, its @include lines replaced by what they name, with the place of every line;
 * and the checks libconfig 1.5 does not make (DESIGN 6.1): it stops silently at a NUL and at an unterminated
 * comment, wraps long numbers, counts lines in 16 bits and takes @include from the wrong folder when the path
 * is absolute.
 */
#ifndef TRYGG_CONF_SOURCE_H
#define TRYGG_CONF_SOURCE_H

#include "conf/conf.h"

enum { SOURCE_LINES_MAX = 65000, SOURCE_BYTES_MAX = 4 << 20, SOURCE_FILES_MAX = 64, SOURCE_DEPTH_MAX = 10 };

struct source_file {
	char *path;  /* owned; as written on the command line, or as @include resolves */
	char *text;  /* owned; @include lines blanked, so that the file can be parsed by itself */
	bool faulty; /* a problem was reported already */
};

struct source_place {
	int file; /* index into files */
	int line; /* from 1 */
};

struct source {
	char *text; /* owned, NUL-terminated */
	size_t len, size;
	struct source_place *places; /* owned; one a line of text */
	size_t lines, places_size;
	struct source_file files[SOURCE_FILES_MAX];
	int file_count;
	int problems; /* reported so far */
	int error;    /* -errno of an unreadable main file */
	bool whole;   /* false: what follows a fatal problem is missing, parsing is pointless */
	conf_problem *problem;
	void *user;
};

/*
 * Reads `path` (or takes `text` for it) and everything it includes. Problems are reported and counted, never
 * returned.
 */
void source_read(struct source *s, const char *path, const struct span *text);
void source_clear(struct source *s);
/* Where a line of the joined text (from 1) was written. */
struct source_place source_where(const struct source *s, int line);

/*
 * `name` as seen from the file `from`, absolute, leading `.` and `..` taken away. The caller frees; NULL
 * without memory.
 */
char *source_resolve(const char *from, const char *name);

#endif
