/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The compiled set on disk. `rules.trygg` is the manifest: a few lines of text that name the pieces. The pieces lie
 * in `rules.trygg.d/`, each named by what it holds, never changed once written, and are mapped as they are:
 *
 *   names   exact names and url prefixes of one layer, or the protected names (names.h)
 *   lines   what a match of pattern N means: file, line, category (patterns.h)
 *   image   a pattern matcher, ready to run
 *   digests what is confidential, with the key to ask for it (digests.h); the one piece that not everybody may read
 *
 * Pieces are caches of the machine that made them: native byte order, checked at open. A piece is a head followed by
 * tables; every table is checked to lie inside the piece before anything reads it, and what tables point to is
 * bounded again where it is followed, so that a hostile piece yields wrong hits at worst.
 */
#ifndef TRYGG_RULESET_FORMAT_H
#define TRYGG_RULESET_FORMAT_H

#include "base/span.h"
#include "ruleset/ruleset.h"

enum {
	FORMAT_ORDER = 0x01020304,
	FORMAT_PAGE = 4096,
	DIGEST_SIZE = 32,                  /* BLAKE2b-256 */
	DIGEST_TEXT = 2 * DIGEST_SIZE + 1, /* lower-case hex */
};

/* Where a table lies in its piece (bytes from its start) and how many items it has. */
struct format_table {
	uint32_t at, count;
};

struct format_head {
	char magic[8];
	uint32_t order;
	uint32_t size; /* of the whole piece */
	struct format_table section, text;
};

/* What the lines of one file, category, kind and provenance have in common. Texts are offsets into the text table. */
struct format_section {
	uint32_t file, category, owner, reason, reviewed, review_by;
	uint8_t kind, layer, exception, observe;
};

extern const char format_names[8], format_lines[8], format_image[8], format_digests[8];

/* The table's first item, NULL when it does not lie inside the piece. `item` is the size and alignment is natural. */
const void *format_at(struct span piece, struct format_table table, size_t item);
/* Whether the piece begins with a head of this kind, as long as the piece says. */
bool format_check(struct span piece, const char magic[static 8], size_t head_size);

void format_digest(struct span bytes, char out[static DIGEST_TEXT]);

/* ---- Sections as the reader holds them; texts are borrowed from the piece. */

struct section {
	const char *file, *owner, *reason, *reviewed, *review_by;
	uint16_t category; /* of the set */
	uint8_t kind, layer;
	bool exception, observe;
};

struct sections {
	size_t count;
	struct section *at; /* owned */
};

/* Gives a category its number in the set; -1 when there are too many. */
typedef int section_category(void *user, const char *id);

/* -EBADMSG: not what a compile writes. -ENOMEM. */
int sections_open(struct span piece, section_category *number, void *user, struct sections *out);
void sections_clear(struct sections *s);

/* ---- The manifest. */

enum piece_kind { PIECE_NAMES, PIECE_LINES, PIECE_IMAGE, PIECE_DIGESTS, PIECE_KINDS };

enum { PIECES_MAX = 64, PIECE_FILE_MAX = 96, PIECE_ROLE_MAX = 16, MANIFEST_MAX = 16384 };

struct piece {
	enum piece_kind kind;
	char role
		[PIECE_ROLE_MAX]; /* names: layer or "protected"; lines, image: host, path, search; digests: "confidential" */
	char file[PIECE_FILE_MAX];
	char digest[DIGEST_TEXT];
	uint32_t size;
};

struct manifest {
	char id[17];
	size_t count;
	struct piece piece[PIECES_MAX];
};

extern const char *const layer_names[LAYERS];
extern const char *const piece_kind_names[PIECE_KINDS];

/* Reads the text strictly: the first line that is not what a compile writes, and a wrong id, are -EBADMSG. */
int manifest_parse(struct span text, struct manifest *out);
/* Computes the id and writes the text; the caller frees. NULL without memory. */
char *manifest_text(struct manifest *m);

#endif
