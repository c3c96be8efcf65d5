/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What spares a large list that has not changed: a stamp beside its names piece says from which file, by which reader and
 * under which protected names and categories the piece was made. Where all of that is as it was, the piece is taken as it
 * is and the list is not read. Linked by the compiler only.
 *
 * A file is the same while its device, inode, size and times are: nobody can set the time of a file's last change. A file
 * that changed a moment ago gets no stamp before that moment is over, because a second change could bear the same time.
 */
#ifndef TRYGG_RULESET_STAMP_H
#define TRYGG_RULESET_STAMP_H

#include "ruleset/guarded.h"
#include "ruleset/store.h"

struct stamp_counts {
	size_t names, urls, exceptions;
};

/* What the bytes of a piece depend on besides the file. */
struct stamp_reader {
	const char *how; /* the reader and its options, as one text */
	const char *const *categories;
	const bool *help_only; /* of each category; NULL: none is */
	const bool *mandatory; /* likewise */
	size_t category_count;
	const struct guarded *guarded;
};

/* Names everything that a piece of these open files depends on. -EAGAIN: changing right now; other negative errno. */
int stamp_key(const struct rulefile *const *file, size_t count, const struct stamp_reader *reader,
	      char out[static DIGEST_TEXT]);
/* Whether the stamp of the piece bears this key. */
bool stamp_read(int folder, const struct piece *piece, const char *key, struct stamp_counts *out);
int stamp_write(int folder, const struct piece *piece, const char *key, const struct stamp_counts *counts);

#endif
