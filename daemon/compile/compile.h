/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The two halves of a compile: what is read as the caller, and what is done without his rights. */
#ifndef TRYGG_COMPILE_COMPILE_H
#define TRYGG_COMPILE_COMPILE_H

#include <stdio.h>

#include "conf/conf.h"
#include "ruleset/build.h"

/* A list of the configuration. */
struct source_list {
	const struct conf_source *conf;
	struct import_list import;
	const char *name[IMPORT_FILES_MAX]; /* of its files, as decisions name them; of conf's arena */
};

/* Everything read and opened, nothing of it parsed yet but the configuration and the catalogue. */
struct sources {
	struct conf *conf;       /* owned */
	struct build *build;     /* owned; protected names are in it */
	const char **categories; /* owned */
	bool *help_only;         /* of them; owned */
	bool *mandatory;         /* of them; owned */
	size_t file_count;
	struct rulefile *file; /* owned, open; paths and names are of conf */
	size_t sealed_count;
	char **sealed; /* owned: the bytes of sealed lists */
	size_t list_count;
	struct source_list *list; /* of rules.sources, open; owned */
	struct manifest previous;
	char *manifest; /* path; borrowed from conf */
	int folder;     /* of the pieces; -1 when nothing shall be written */
	int64_t begun_ms;
};

/* Exit status as in DESIGN 6.2: 0, 1 wrong content, 2 could not run. Problems have been printed. */
int sources_read(const char *conf, bool write, struct sources *out);
void sources_clear(struct sources *s);

/*
 * Compiles, writes the pieces, puts the manifest in place, removes old pieces and says what was done. As root the pieces
 * are the work of a child without rights. Exit status as above.
 */
int compile_run(struct sources *s);

/* A list to rules on standard output (`rules import`). */
struct import_run {
	const char *format_name, *category, *path;
	enum import_format format;
};

/* Exit status as above; 1 also when nothing of a list could be taken. */
int import_run(const char *conf_path, struct import_run *run);
/* What became of a list, and why not. */
void import_report(const char *path, const struct import_counts *c, FILE *out);

/* Prints "file:line: text" to standard error. */
/* The length of "FILE: " at the start of a sentence about a file; 0 where it does not stand there. */
size_t sources_named(const char *why, const char *file);
void sources_problem(void *user, const char *file, int line, const char *text);

#endif
