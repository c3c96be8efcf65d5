/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rule files to a compiled set, without configuration and without files but the folder of pieces: what the program
 * trygg-compile does between reading its sources and replacing the manifest.
 *
 *   build_new, build_protect (each name), build_sealed (each list), build_read (each file), build_pieces, [the manifest
 *   is replaced], store_tidy
 */
#ifndef TRYGG_RULESET_BUILD_H
#define TRYGG_RULESET_BUILD_H

#include "ruleset/format.h"
#include "ruleset/import.h"
#include "ruleset/rulefile.h"

struct build;
struct secret;

struct build_options {
	const char *const *categories; /* that rules may be about; borrowed until build_free() */
	size_t category_count;
	const bool *help_only; /* of each category: no stop line may be about it; borrowed; NULL: none */
	const bool *
		mandatory; /* of each category: no stop line about it may only observe; borrowed; NULL: none */
	rule_problem *problem, *warning;
	rule_problem *refused; /* lines of lists that were not taken; NULL: nobody asks */
	void *user;
};

struct build_counts {
	size_t confidential; /* entries of sealed lists */
	size_t files, names, urls, patterns, exceptions, protected, errors, warnings;
	size_t pieces, written; /* of the set; of these new */
	size_t unread;          /* files that had not changed, of which the piece was taken as it was */
	size_t bytes;           /* of the set */
};

/* NULL without memory. */
struct build *build_new(const struct build_options *options);
void build_free(struct build *b);
/*
 * A name that must pass, with everything below it, before the first file is read. A stop line against it is an error
 * when the name is `vetted` (of the help catalogue), else a warning. `from` says where the name stands. -EBADMSG when
 * it is no name.
 */
int build_protect(struct build *b, const char *name, const char *from, bool vetted);
/*
 * The key of sealed lists; copied. Without one every `confidential` line is an error that says `why`, which is borrowed
 * until build_free().
 */
void build_secret(struct build *b, const struct secret *secret, const char *why);
/* A sealed list, named as "national/police.sealed"; name and bytes are borrowed until build_free(). -ENOMEM. */
int build_sealed(struct build *b, const char *name, struct span bytes);
/*
 * Where pieces go, before the first file is read: -1 checks everything and writes nothing. What the `previous` set can
 * spare is taken from it; borrowed until build_free().
 */
void build_store(struct build *b, int folder, const struct manifest *previous);
/*
 * A rule file. Its path, name and bytes are borrowed until build_free(); the struct is copied. A large file that is open
 * gets a piece of its own, and is not read when nothing of it has changed.
 */
/* A mistake in something whose reading failed before a line of it was seen. */
void build_mistake(struct build *b, const char *file, const char *text);
int build_read(struct build *b, const struct rulefile *file);
/* A foreign list (import.h): the layer, names and heads that its rules carry. Counts are zero when it was not read. */
struct build_import {
	const struct import_list *list;
	enum rule_layer layer;
	const struct rule_heads *heads; /* borrowed until the call returns */
	const char *const
		*name;   /* of each file of the list, as decisions name it; borrowed until build_free() */
	bool help_only;  /* the category only shows help */
	const char *how; /* what the heads say, as one text: another text, another piece */
};
int build_import(struct build *b, const struct build_import *import, struct import_counts *counts);
/* Compiles, and writes the pieces that the folder does not hold yet. -EINVAL when there were errors, all of them reported. */
int build_pieces(struct build *b, struct manifest *out);
const struct build_counts *build_counts(const struct build *b);

#endif
