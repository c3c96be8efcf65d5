/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A dense array that is searched by a hash of the key first: visits are few, and a stop is rare beside a query. */
#include "engine/visits.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

struct visit {
	uint32_t hash;
	uint64_t more; /* occurrences after the first */
	int64_t first_ms, last_ms;
	struct record record;
};

struct visits {
	visit_repeat *repeat;
	void *user;
	uint32_t count;
	struct visit at[VISITS_MAX];
};

struct visits *visits_new(visit_repeat *repeat, void *user)
{
	struct visits *v = calloc(1, sizeof *v);
	if (v != NULL) {
		v->repeat = repeat;
		v->user = user;
	}
	return v;
}

void visits_free(struct visits *v)
{
	free(v);
}

static uint32_t mix(uint32_t h, const char *text)
{
	for (; *text != '\0'; text++)
		h = (h ^ (uint8_t)*text) * 16777619u;
	return h * 31;
}

/* Rules and groups are the owner's words, not a pupil's: no keyed hash is needed. */
static uint32_t hash(const struct record *r)
{
	uint32_t h = mix(2166136261u, r->rule);
	h = mix(mix(mix(h, r->category), r->group), r->subject);
	return mix(mix(mix(h, r->action), r->proto), r->detail);
}

static bool same_visit(const struct record *a, const struct record *b)
{
	return strcmp(a->rule, b->rule) == 0 && strcmp(a->category, b->category) == 0 &&
	       strcmp(a->group, b->group) == 0 && strcmp(a->subject, b->subject) == 0 &&
	       strcmp(a->action, b->action) == 0 && strcmp(a->proto, b->proto) == 0 &&
	       strcmp(a->detail, b->detail) == 0;
}

static bool is_due(const struct visit *v, int64_t at_ms)
{
	return at_ms - v->last_ms >= VISIT_QUIET_MS || at_ms < v->first_ms ||
	       at_ms / HOUR_MS != v->first_ms / HOUR_MS;
}

static void end_visit(struct visits *v, uint32_t i)
{
	struct visit *visit = &v->at[i];
	if (visit->more > 0) {
		visit->record.event = EVENT_REPEAT;
		if (visit->record.time_ms == visit->first_ms) /* exact times: when it ended, too */
			visit->record.until_ms = visit->last_ms;
		visit->record.count = visit->more;
		/* The rest may have asked for other names under the same rule. */
		visit->record.name[0] = '\0';
		v->repeat(v->user, &visit->record);
	}
	if (i + 1 < v->count)
		*visit = v->at[v->count - 1];
	v->count--;
}

static void end_oldest(struct visits *v)
{
	uint32_t oldest = 0;
	for (uint32_t i = 1; i < v->count; i++) {
		if (v->at[i].last_ms < v->at[oldest].last_ms)
			oldest = i;
	}
	end_visit(v, oldest);
}

bool visits_add(struct visits *v, const struct record *r, int64_t at_ms)
{
	uint32_t h = hash(r);
	for (uint32_t i = 0; i < v->count; i++) {
		struct visit *visit = &v->at[i];
		if (visit->hash != h || !same_visit(&visit->record, r))
			continue;
		if (is_due(visit, at_ms)) {
			end_visit(v, i);
			break;
		}
		visit->more += r->count;
		visit->last_ms = at_ms;
		return false;
	}
	if (v->count == VISITS_MAX)
		end_oldest(v);
	v->at[v->count++] = (struct visit){.hash = h, .first_ms = at_ms, .last_ms = at_ms, .record = *r};
	return true;
}

void visits_close_due(struct visits *v, int64_t at_ms)
{
	for (uint32_t i = v->count; i-- > 0;) {
		if (is_due(&v->at[i], at_ms))
			end_visit(v, i);
	}
}

void visits_close_all(struct visits *v)
{
	while (v->count > 0)
		end_visit(v, v->count - 1);
}

uint32_t visits_open(const struct visits *v)
{
	return v->count;
}
