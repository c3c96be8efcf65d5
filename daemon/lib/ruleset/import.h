/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lists in other programs' formats, line by line to rules of ours, in bounded memory. What a list says is taken as it is
 * meant there, widened where our rules cannot say less, and refused with the reason where they cannot say it at all: a
 * rule that is only half understood is not taken. Linked by compile only.
 *
 *	hosts      ADDRESS NAME ...: these names; the address must be one that means nowhere
 *	domains    NAME: this name
 *	wildcard   NAME or *.NAME: the name and everything below it
 *	adblock    ||NAME^, |NAME^, NAME, @@ exceptions, $important, $badfilter; any other modifier voids its rule
 *	ut1        a folder with domains and urls, that `usage` calls black or white
 */
#ifndef TRYGG_RULESET_IMPORT_H
#define TRYGG_RULESET_IMPORT_H

#include "ruleset/rulefile.h"

enum import_format {
	IMPORT_HOSTS,
	IMPORT_DOMAINS,
	IMPORT_WILDCARD,
	IMPORT_ADBLOCK,
	IMPORT_UT1,
	IMPORT_FORMATS
};

extern const char *const import_format_names[IMPORT_FORMATS + 1]; /* ends in NULL */

/* -1: no such format. */
int import_format(const char *name);

enum import_reason {
	REFUSED_TEXT,
	REFUSED_LONG,
	REFUSED_NAME,
	REFUSED_TOP,
	REFUSED_ADDRESS,
	REFUSED_WILDCARD,
	REFUSED_REGEX,
	REFUSED_MODIFIER,
	REFUSED_PAGE,
	REFUSED_MASK,
	REFUSED_URL,
	REFUSED_OFF,
	REFUSED_OVERRULED,
	REFUSED_MANY,
	REFUSED_PROTECTED,
	REFUSED_HELP,
	REFUSED_REASONS
};

extern const char *const import_reasons[REFUSED_REASONS]; /* "is no host name", … */

struct import_counts {
	size_t lines, taken, widened, refused[REFUSED_REASONS];
};

/* One file of a list, opened by whoever may. */
struct import_file {
	int fd;
	int part;   /* of a UT1 list: which file it is */
	char *path; /* as problems name it; owned */
};

enum { IMPORT_FILES_MAX = 3 };

struct import_list {
	enum import_format format;
	int usage;  /* of a UT1 list: the file that says black or white; 0: none */
	bool white; /* its names are exceptions; known after import_begin() */
	size_t count;
	struct import_file file[IMPORT_FILES_MAX];
};

/*
 * Opens a list without reading a byte of it. 0, or a negative errno with a sentence in `why`: -ENODATA when a UT1 folder holds
 * nothing to read.
 */
int import_open(const char *path, enum import_format format, struct import_list *out, char *why,
		size_t why_size);
/* Reads what must be known before the list: usage. -ENODATA when it does not say black or white. */
int import_begin(struct import_list *list, char *why, size_t why_size);
void import_close(struct import_list *list);

struct import_calls {
	void *user;
	/* Each rule; false: it is refused as protected. */
	bool (*rule)(void *user, const struct rule_line *rule);
	/* "file:line: refused: …"; bounded by the importer to IMPORT_REPORTED_MAX calls a list. */
	rule_problem *refused;
	/* Borrowed; what the rules carry. */
	const struct rulefile *file[IMPORT_FILES_MAX];
	const struct rule_heads *heads;
	bool help_only; /* the category only shows help: nothing may stop what it is about */
};

enum { IMPORT_REPORTED_MAX = 100 };

/* Reads all files of the list. 0 or a negative errno. */
int import_read(const struct import_list *list, const struct import_calls *calls,
		struct import_counts *counts);
size_t import_refused(const struct import_counts *counts);
/* A list of one file in memory (tests, fuzzing). */
void import_bytes(enum import_format format, int part, struct span bytes, const struct import_calls *calls,
		  struct import_counts *counts);

/* The parts of a UT1 list. */
enum { UT1_DOMAINS, UT1_URLS, UT1_EXPRESSIONS, UT1_PARTS };

#endif
