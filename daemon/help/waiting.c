/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "help/waiting.h"

#include <stdio.h>
#include <stdlib.h>

static void unlink_waiting(struct waiting *w)
{
	struct waiting **at = &w->call.world->waiting;
	while (*at != w)
		at = &(*at)->next;
	*at = w->next;
	loop_disarm(w->call.world->loop, &w->timer);
}

static void finish(struct waiting *w, enum record_outcome outcome)
{
	struct web_response response = {0};
	unlink_waiting(w);
	/* A reload may have changed the site meanwhile; what was asked is what was asked. */
	w->call.reader.site = w->call.world->site;
	w->page(&w->call, outcome, w->receipt, &response);
	web_finish(w->ticket, &response);
	free(w);
}

static void on_time(void *user)
{
	struct waiting *w = user;
	w->call.world->contacts_unsure++;
	record_client_forget(w->call.world->keeper, w);
	finish(w, RECORD_LOST);
}

struct waiting *waiting_begin(struct page_call *c, waiting_page *page, const char *receipt)
{
	size_t count = 0;
	for (const struct waiting *w = c->world->waiting; w != NULL; w = w->next)
		count++;
	struct waiting *w = count < WAITING_MAX ? calloc(1, sizeof *w) : NULL;
	if (w == NULL)
		return NULL;
	w->call = *c;
	w->page = page;
	w->ticket = c->request->ticket;
	snprintf(w->receipt, sizeof w->receipt, "%s", receipt);
	w->next = c->world->waiting;
	c->world->waiting = w;
	loop_arm(c->world->loop, &w->timer, WAITING_MS, on_time, w);
	return w;
}

void waiting_told(void *user, enum record_outcome outcome)
{
	finish(user, outcome);
}

void waiting_drop(struct waiting *w)
{
	unlink_waiting(w);
	free(w);
}

void waiting_end(struct page_world *world)
{
	while (world->waiting != NULL) {
		struct waiting *w = world->waiting;
		record_client_forget(world->keeper, w);
		finish(w, RECORD_LOST);
	}
}
