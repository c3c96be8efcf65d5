/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Front pages that were just made. A page depends on what was stopped, the stage, the language and the minute, and on the
 * token only by repeating it: tokens are all of one length, so a page is kept with a stand-in and each reader gets his
 * own. Nothing of a reader is kept.
 */
#ifndef TRYGG_HELP_CACHE_H
#define TRYGG_HELP_CACHE_H

#include <stddef.h>

#include "wire/token.h"

enum { CACHE_PAGES = 64, CACHE_KEY_SIZE = 320, CACHE_TOKENS_MAX = 64 };

struct cache_page {
	char key[CACHE_KEY_SIZE]; /* "" = free */
	char *body;               /* owned */
	size_t len;
	size_t tokens[CACHE_TOKENS_MAX], token_count; /* where a token stands */
};

struct cache {
	struct cache_page pages[CACHE_PAGES];
	size_t next; /* the place that is given away next */
};

/* The stand-in that is rendered. */
extern const char cache_token[TOKEN_TEXT_SIZE];

/* A copy of the page of that key with the reader's token in it, owned by the caller; NULL when there is none. */
char *cache_find(const struct cache *c, const char *key, const char *token, size_t *len);
/* Keeps a page that was rendered with cache_token. Copies it. */
void cache_keep(struct cache *c, const char *key, const char *body, size_t len);
/* A reload makes all of them old. */
void cache_clear(struct cache *c);

#endif
