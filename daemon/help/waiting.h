/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Answers that wait until keeper has made something durable: who is told "it is sent" shall be told the truth. After
 * WAITING_MS the page says that nobody knows.
 */
#ifndef TRYGG_HELP_WAITING_H
#define TRYGG_HELP_WAITING_H

#include "help/page.h"

enum { WAITING_MS = 4000, WAITING_MAX = 512 };

/* Makes the page for the outcome. */
typedef void waiting_page(const struct page_call *c, enum record_outcome outcome, const char *receipt,
			  struct web_response *response);

struct waiting {
	struct waiting *next;
	struct page_call call; /* its request is gone: only `request` of it must not be used */
	waiting_page *page;
	struct web_ticket *ticket;
	struct loop_timer timer;
	char receipt[64];
};

/* Puts the answer off. NULL when too many wait: nothing happened then. */
struct waiting *waiting_begin(struct page_call *c, waiting_page *page, const char *receipt);
/* For record_client: `user` is the struct waiting. */
void waiting_told(void *user, enum record_outcome outcome);
/* It was not given to keeper after all: the answer is the handler's again. */
void waiting_drop(struct waiting *w);
/* At the end, and before pages that it points to go: everybody is answered. */
void waiting_end(struct page_world *world);

#endif
