/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "help/cache.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* No sealed token looks like this: base64url of 249 random bytes. */
#define T8 "@@@@@@@@"
#define T64 T8 T8 T8 T8 T8 T8 T8 T8
const char cache_token[TOKEN_TEXT_SIZE] = T64 T64 T64 T64 T64 T8 "@@@@";
_Static_assert(sizeof T64 T64 T64 T64 T64 T8 "@@@@" == TOKEN_TEXT_SIZE, "as long as a token");

char *cache_find(const struct cache *c, const char *key, const char *token, size_t *len)
{
	for (size_t i = 0; i < CACHE_PAGES; i++) {
		const struct cache_page *p = &c->pages[i];
		if (p->body == NULL || strcmp(p->key, key) != 0)
			continue;
		char *body = malloc(p->len + 1);
		if (body == NULL)
			return NULL;
		memcpy(body, p->body, p->len + 1);
		for (size_t t = 0; t < p->token_count; t++)
			memcpy(body + p->tokens[t], token, TOKEN_TEXT_SIZE - 1);
		*len = p->len;
		return body;
	}
	return NULL;
}

void cache_keep(struct cache *c, const char *key, const char *body, size_t len)
{
	struct cache_page *p = &c->pages[c->next];
	const char *at = body;
	if (strlen(key) >= CACHE_KEY_SIZE)
		return;
	free(p->body);
	p->body = malloc(len + 1);
	p->token_count = 0;
	if (p->body == NULL)
		return;
	memcpy(p->body, body, len + 1);
	p->len = len;
	snprintf(p->key, sizeof p->key, "%s", key);
	while ((at = strstr(at, cache_token)) != NULL && p->token_count < CACHE_TOKENS_MAX) {
		p->tokens[p->token_count++] = (size_t)(at - body);
		at += TOKEN_TEXT_SIZE - 1;
	}
	c->next = (c->next + 1) % CACHE_PAGES;
	if (at == NULL)
		return;
	free(p->body); /* more tokens than places: not kept */
	p->body = NULL;
}

void cache_clear(struct cache *c)
{
	for (size_t i = 0; i < CACHE_PAGES; i++)
		free(c->pages[i].body);
	*c = (struct cache){0};
}
