/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/audit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

struct pending {
	struct pending *next;
	struct review *review;
	struct web_ticket *ticket;
	struct web_response kept;    /* what is sent once it is recorded */
	struct web_response instead; /* ... and what when it is not */
	struct loop_timer timer;
};

static void wipe(struct web_response *r)
{
	if (r->body)
		explicit_bzero(r->body, r->len);
	free(r->body);
	r->body = NULL;
}

static void finish(struct pending *p, bool recorded)
{
	struct pending **at = &p->review->pending;

	while (*at != p)
		at = &(*at)->next;
	*at = p->next;
	loop_disarm(p->review->loop, &p->timer);
	wipe(recorded ? &p->instead : &p->kept);
	p->review->counters.unaudited += !recorded;
	web_finish(p->ticket, recorded ? &p->kept : &p->instead);
	free(p);
}

static void told(void *user, enum record_outcome outcome)
{
	finish(user, outcome == RECORD_DONE);
}

static void on_time(void *user)
{
	struct pending *p = user;

	record_client_forget(p->review->keeper, p);
	finish(p, false);
}

static void fill(const struct call *c, const char *account, const char *action, const char *thing,
		 const char *detail, struct record *r)
{
	*r = (struct record){
		.journal = JOURNAL_AUDIT, .event = EVENT_AUDIT, .time_ms = c->now_ms, .count = 1};
	(void)snprintf(r->action, sizeof(r->action), "%.15s", action);
	(void)snprintf(r->name, sizeof(r->name), "%.200s", thing);
	(void)snprintf(r->detail, sizeof(r->detail), "%.150s", detail);
	(void)snprintf(r->subject, sizeof(r->subject), "%.39s", account);
	(void)snprintf(r->proto, sizeof(r->proto), "desk");
	if (!c->session.open)
		return;
	(void)snprintf(r->group, sizeof(r->group), "%s", account_roles[c->session.account.role]);
	(void)snprintf(r->rule, sizeof(r->rule), "%s", c->session.reason);
}

static size_t waiting(const struct review *r)
{
	size_t count = 0;

	for (const struct pending *p = r->pending; p; p = p->next)
		count++;
	return count;
}

void audit_then(struct call *c, const char *action, const char *thing, const char *detail)
{
	struct web_response kept = *c->response;
	struct review *r = c->review;
	struct record record;

	*c->response = (struct web_response){0};
	desk_sorry(c, 503, "sorry_audit");
	struct pending *p = waiting(r) < PENDING_MAX ? calloc(1, sizeof(*p)) : NULL;
	if (!p) {
		wipe(&kept);
		return;
	}
	*p = (struct pending){.next = r->pending,
			      .review = r,
			      .ticket = c->request->ticket,
			      .kept = kept,
			      .instead = *c->response};
	r->pending = p;
	*c->response = (struct web_response){.later = true};
	fill(c, c->session.account.name, action, thing, detail, &record);
	/* Never inside the handler: what is refused at once is answered by the timer. */
	bool taken = record_client_append_told(r->keeper, &record, told, p) == 0;
	loop_arm(r->loop, &p->timer, taken ? AUDIT_WAIT_MS : 0, on_time, p);
}

void audit_note(struct call *c, const char *account, const char *action, const char *thing)
{
	struct record record;

	fill(c, account, action, thing, "", &record);
	record_client_append(c->review->keeper, &record);
}

void audit_end(struct review *r)
{
	while (r->pending) {
		record_client_forget(r->keeper, r->pending);
		finish(r->pending, false);
	}
}
