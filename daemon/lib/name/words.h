/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Search words in one form, for requests and for the patterns that look for them. The canonical form is NFKC, case
 * folded, without characters nobody sees and without marks that make no letter with the one before them; blanks are one
 * space each, several values stand on several lines.
 *
 * Two more forms are made of it, for words that somebody has disguised. In the *plain* form letters have lost their
 * marks (sjølv is sjolv), look-alikes are one letter, and digits and signs inside a word are the letters they stand for
 * (s3lvm0rd); l and i are the same, because 1 is either. The *tight* form is the plain one without anything between its
 * letters (s e l v); it remembers where words began, because a word found in it counts only where whole words make it up.
 */
#ifndef TRYGG_NAME_WORDS_H
#define TRYGG_NAME_WORDS_H

#include "name/text.h"

enum { WORDS_MAX = 2048, WORDS_PLAIN_MAX = 2 * WORDS_MAX };

struct words_tight {
	uint16_t len;
	char text[WORDS_PLAIN_MAX];
	uint8_t begins[WORDS_PLAIN_MAX / 8 + 1]; /* a bit for each byte: a word begins here */
};

/* Appends the canonical form of one value, decoded already, on a line of its own. Bytes that are no UTF-8 are Latin-1. */
void words_put(struct text_out *out, struct span value);
/* Appends one character as it stands in the canonical form. `out` holds canonical text. */
void words_put_character(struct text_out *out, uint32_t c);

/* Appends the values of the query's parameters that carry what a person typed into a search field. */
void words_of_query(struct span query, struct text_out *out);
/* Appends what follows a search folder in a canonical path: "/search/two+words". */
void words_of_path(struct span path, struct text_out *out);

/* The letters left of a canonical character, one or two small ones; the character itself when it is none of these. */
size_t words_plain_character(uint32_t c, uint8_t out[static UTF8_MAX]);
/* The plain form of canonical words; returns its length. */
size_t words_plain(struct span words, char out[static WORDS_PLAIN_MAX]);
/* The tight form of plain words. */
void words_tight(struct span plain, struct words_tight *out);
/* Whether the bytes from `from` up to `to` are whole words, at least two, and enough of them not to be chance. */
bool words_tight_whole(const struct words_tight *t, size_t from, size_t to);

#endif
