/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The pages of help's own addresses, one table of paths. With a token that opens, the front page is about what was
 * stopped; without one, or with one that is too old or made up, it is the start page. Never an error page for a person,
 * nothing of a request is repeated, and nothing is recorded about a visit.
 */
#ifndef TRYGG_HELP_PAGE_H
#define TRYGG_HELP_PAGE_H

#include <jansson.h>

#include "help/cache.h"
#include "help/cards.h"
#include "help/limits.h"
#include "help/site.h"
#include "web/server.h"
#include "wire/record.h"
#include "wire/token.h"

struct waiting;

/* What pages are made from and what they may do. */
struct page_world {
	const struct site *site; /* borrowed; another one after a reload */
	uint8_t key[TOKEN_KEY_SIZE];
	struct loop *loop;
	struct record_client *keeper; /* NULL: nothing can be told to keeper */
	struct limits limits;
	struct cache cache;
	struct waiting *waiting; /* owned: answers that wait for keeper */
	uint64_t contacts, contacts_queued, contacts_unsure, withdrawals, feedback;
};

/* One request as the pages see it. */
struct page_call {
	struct page_world *world;
	const struct web_request *request;
	struct reader_of_page reader;
	const struct conf_group *group;
	char token[TOKEN_TEXT_SIZE]; /* "" = none that opens */
	struct token stop;
	int category; /* index; -1 on the start page */
};

/* Fills the response to a request for one of help's own addresses. */
void page_answer(struct page_world *w, const struct web_request *request, int64_t now_ms,
		 struct web_response *response);

/* ---- for the pages */
/* What every page has: texts, languages with the way to `path` in each, the way back. New. */
json_t *page_data(const struct page_call *c, const char *path);
/* Renders the template and takes `data` over. */
void page_render(const struct page_call *c, const char *name, json_t *data, int status,
		 struct web_response *response);
/* The text of a key as JSON, for lists. */
json_t *page_text(const struct page_call *c, const char *key);
/* "https://NAME" when the help page is there over HTTPS, else "". */
void page_safe_origin(const struct page_call *c, char *out, size_t size);

/* The value of a query parameter of the target, cut at the size; false when there is none. */
bool page_parameter(const char *target, const char *name, char *out, size_t size);

#endif
