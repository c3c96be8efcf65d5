/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a happening to a record, or to none; sending, numbering and waiting are wire/record.h's. */
#include "engine/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/loop.h"
#include "engine/pseudonym.h"
#include "engine/visits.h"

enum { TICK_MS = 500 };

struct report {
	struct loop *loop;
	struct record_client *keeper;
	struct visits *visits;
	struct pseudonym *pseudonym;
	struct loop_timer tick; /* armed while a visit is open */
	struct record record;   /* scratch */
};

/* Cut to the field; the record was cleared before. */
static void put(char *field, size_t size, const char *text)
{
	memcpy(field, text, strnlen(text, size - 1));
}

#define PUT(field, text) put(field, sizeof(field), text)

static void send_repeat(void *user, const struct record *repeat)
{
	struct report *r = user;
	record_client_append(r->keeper, repeat);
}

static void tick(void *user)
{
	struct report *r = user;
	visits_close_due(r->visits, clock_wall_ms());
	record_client_windows(r->keeper, visits_open(r->visits));
	if (visits_open(r->visits) > 0)
		loop_arm(r->loop, &r->tick, TICK_MS, tick, r);
}

struct report *report_new(struct loop *loop, const char *keeper_path, int number)
{
	char program[16];
	struct report *r = calloc(1, sizeof *r);
	if (r == NULL)
		return NULL;
	(void)snprintf(program, sizeof program, "engine@%d", number);
	r->loop = loop;
	r->visits = visits_new(send_repeat, r);
	r->keeper = record_client_new(loop, keeper_path, program);
	r->pseudonym = pseudonym_new();
	if (r->visits == NULL || r->keeper == NULL || r->pseudonym == NULL) {
		report_free(r);
		return NULL;
	}
	return r;
}

void report_free(struct report *r)
{
	if (r == NULL)
		return;
	loop_disarm(r->loop, &r->tick);
	visits_free(r->visits);
	pseudonym_free(r->pseudonym);
	record_client_free(r->keeper);
	free(r);
}

/* A count per day: of category and stage, and for what was observed also of the rule where the mode allows. */
static void tally(struct report *r, const struct happening *h, const struct conf_category *category)
{
	struct record *out = &r->record;
	memset(out, 0, sizeof *out);
	out->journal = JOURNAL_INCIDENT;
	out->event = EVENT_COUNT;
	out->count = 1;
	out->time_ms = h->wall_ms;
	out->severity = (uint8_t)category->severity;
	PUT(out->category, category->id);
	PUT(out->action, action_names[h->action]);
	PUT(out->group, stage_names[h->group->stage]);
	if (h->action == ACTION_OBSERVE) {
		PUT(out->detail, h->instead == ACTION_ALLOW ? "" : action_names[h->instead]);
		if (h->conf->privacy.mode != PRIVACY_COUNTS)
			PUT(out->rule, h->rule);
	}
	record_client_tally(r->keeper, out);
}

/* Staff and guests are never pointed at, whatever the mode. */
static bool has_subject(const struct happening *h)
{
	enum stage stage = h->group->stage;

	return h->conf->privacy.mode == PRIVACY_PSEUDONYMOUS && stage != STAGE_STAFF && stage != STAGE_GUEST;
}

static void incident(struct report *r, const struct happening *h, const struct conf_category *category)
{
	struct record *out = &r->record;
	memset(out, 0, sizeof *out);
	out->journal = JOURNAL_INCIDENT;
	out->event = EVENT_INCIDENT;
	out->count = 1;
	out->time_ms = h->wall_ms / HOUR_MS * HOUR_MS;
	if (has_subject(h)) {
		out->time_ms = h->wall_ms;
		pseudonym_text(r->pseudonym, h->client, h->wall_ms, out->subject);
	}
	out->until_ms = out->time_ms;
	out->severity = (uint8_t)category->severity;
	PUT(out->category, category->id);
	PUT(out->action, action_names[h->action]);
	PUT(out->proto, h->proto);
	PUT(out->rule, h->rule);
	PUT(out->set, h->set);
	PUT(out->group, h->group->id);
	PUT(out->detail, h->detail);
	if (category->log == LOG_CONCERN && !h->confidential)
		PUT(out->name, h->name);
	if (!visits_add(r->visits, out, h->wall_ms))
		return;
	/* The window is told first: whoever dies in between leaves a gap and not a sum that is too small. */
	record_client_windows(r->keeper, visits_open(r->visits));
	record_client_append(r->keeper, out);
	if (r->tick.due_ms == 0)
		loop_arm(r->loop, &r->tick, TICK_MS, tick, r);
}

void report_happening(struct report *r, const struct happening *h)
{
	const struct conf_category *category = &h->conf->categories[h->category];
	if (category->log == LOG_NONE)
		return;
	if (h->action == ACTION_OBSERVE || h->conf->privacy.mode == PRIVACY_COUNTS || category->mandatory ||
	    category->log == LOG_COUNT)
		tally(r, h, category);
	else
		incident(r, h, category);
}

void report_flush(struct report *r)
{
	visits_close_all(r->visits);
	record_client_windows(r->keeper, 0);
	loop_disarm(r->loop, &r->tick);
}

uint64_t report_end(struct report *r, int wait_ms)
{
	report_flush(r);
	return record_client_end(r->keeper, wait_ms);
}

void report_stats(const struct report *r, struct record_client_stats *out, uint32_t *windows)
{
	record_client_stats(r->keeper, out);
	*windows = visits_open(r->visits);
}
