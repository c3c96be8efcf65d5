/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading the duty calendar and asking it; see duty.h. */
#include "catalogue/duty.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum {
	HOUR_MIN = 60,
	LOOK_DAYS = 400,
	GAP_DAYS = 4,
	DAY_MIN = 1440,
	SPANS_MAX = 256,
	LAST_HALF_HOUR_MS = 30 * 60000
};

struct reading {
	struct duty *duty;
	conf_problem *problem;
	void *user;
	const char *file;
	int line;
	const char *path; /* of what is being read: "duty", "duty.persons.kari" */
	int problems;
};

__attribute__((format(printf, 3, 4))) static void complain(struct reading *r, const char *option,
							   const char *format, ...)
{
	char said[400], text[600];
	va_list args;
	va_start(args, format);
	(void)vsnprintf(said, sizeof said, format, args);
	va_end(args);
	(void)snprintf(text, sizeof text, "%s.%s: %s", r->path, option, said);
	r->problems++;
	r->problem(r->user, r->file, r->line, text);
}

static size_t read_days(struct reading *r, const char *option, const struct conf_list *list,
			struct day_span *out)
{
	size_t count = 0;
	for (size_t i = 0; i < list->count; i++) {
		int n = day_spans_parse(list->item[i], out + count, SPANS_MAX - count);
		if (n < 0)
			complain(r, option, "\"%.60s\" names no day, allowed are %s", list->item[i],
				 hours_day_words());
		else
			count += (size_t)n;
	}
	return count;
}

static void read_hours(struct reading *r, const char *option, const char *text, struct hours *out)
{
	const char *why = "";
	out->zone = zone_find("Europe/Oslo");
	if (text[0] != '\0' && hours_parse(text, &r->duty->arena, out, &why) < 0)
		complain(r, option, "\"%.60s\" is not allowed; %s", text, why);
}

static int compare_spans(const void *left, const void *right)
{
	const struct day_span *a = left, *b = right;
	return (a->from > b->from) - (a->from < b->from);
}

/* What lies before, between and after the terms. */
static size_t outside_terms(struct reading *r, struct day_span *out)
{
	const struct conf *conf = r->duty->conf;
	struct day_span terms[SPANS_MAX];
	size_t count = read_days(r, "terms", &conf->duty.terms, terms), n = 0;
	int32_t from = INT32_MIN;
	for (size_t i = 0; i < count; i++)
		if (terms[i].kind != SPAN_DATE) {
			complain(r, "terms",
				 "\"%.60s\" is no span of dates, allowed is 2026-08-17/2026-12-18",
				 conf->duty.terms.item[i]);
			return 0;
		}
	if (count == 0)
		return 0;
	qsort(terms, count, sizeof *terms, compare_spans);
	for (size_t i = 0; i < count; i++) {
		if (terms[i].from > from)
			out[n++] = (struct day_span){SPAN_DATE, from, terms[i].from - 1};
		if (terms[i].to >= from)
			from = terms[i].to + 1;
	}
	out[n++] = (struct day_span){SPAN_DATE, from, INT32_MAX};
	return n;
}

static const struct day_span *keep(struct reading *r, const struct day_span *spans, size_t count)
{
	struct day_span *kept = arena_alloc(&r->duty->arena, (count + 1) * sizeof *kept);
	memcpy(kept, spans, count * sizeof *spans);
	return kept;
}

static void read_school(struct reading *r)
{
	struct day_span spans[2 * SPANS_MAX];
	const struct conf *conf = r->duty->conf;
	struct hours_exception *off = arena_alloc(&r->duty->arena, sizeof *off);
	size_t count = outside_terms(r, spans);
	count += read_days(r, "no_school", &conf->duty.no_school, spans + count);
	*off = (struct hours_exception){.span_count = count, .spans = keep(r, spans, count)};
	read_hours(r, "school_hours", conf->duty.school_hours, &r->duty->school);
	if (!r->duty->school.known || r->duty->school.always)
		complain(r, "school_hours", "\"%.60s\" is no school day, allowed is mo-fr 08:00-15:00",
			 conf->duty.school_hours);
	r->duty->school.exceptions = off;
	r->duty->school.exception_count = 1;
}

static void read_person(struct reading *r, const struct conf_person *said, struct duty_person *out)
{
	char path[128];
	struct day_span spans[SPANS_MAX];
	(void)snprintf(path, sizeof path, "duty.persons.%.80s", said->id);
	r->path = path;
	r->file = said->file;
	r->line = said->line;
	out->said = said;
	read_hours(r, "hours", said->hours, &out->hours);
	out->away_count = read_days(r, "away", &said->away, spans);
	out->away = keep(r, spans, out->away_count);
	struct hours_exception *off = arena_alloc(&r->duty->arena, 2 * sizeof *off);
	off[0] = (struct hours_exception){.span_count = out->away_count, .spans = out->away};
	off[1] = r->duty->school.exceptions[0];
	out->hours.exceptions = off;
	out->hours.exception_count = said->kind == DUTY_OUTSIDE ? 1 : 2;
}

int duty_new(const struct conf *conf, conf_problem *problem, void *user, struct duty **out)
{
	struct duty *d = calloc(1, sizeof *d);
	if (d == NULL)
		return -ENOMEM;
	struct reading r = {d, problem, user, conf->duty.file, conf->duty.line, "duty", 0};
	d->conf = conf;
	read_school(&r);
	struct duty_person *people = arena_alloc(&d->arena, (conf->duty.person_count + 1) * sizeof *people);
	for (int role = 0; role < DUTY_ROLES; role++)
		for (size_t i = 0; i < conf->duty.person_count; i++)
			if ((int)conf->duty.persons[i].role == role)
				read_person(&r, &conf->duty.persons[i], &people[d->count++]);
	d->people = people;
	if (r.problems > 0) {
		duty_free(d);
		return -EINVAL;
	}
	*out = d;
	return 0;
}

void duty_free(struct duty *d)
{
	if (d == NULL)
		return;
	arena_clear(&d->arena);
	free(d);
}

/* The school day's first moment at or after the local midnight that begins `day`. */
static int64_t begin_of(const struct duty *d, int32_t day)
{
	struct hours_state state;
	int minute;
	int64_t midnight = zone_moment_ms(d->school.zone, day, 0);
	hours_at(&d->school, midnight, &state);
	int64_t opens = state.open ? midnight : hours_next(&d->school, midnight, 1);
	return opens != 0 && zone_day(d->school.zone, opens, &minute) == day ? opens : 0;
}

bool duty_school_day(const struct duty *d, int64_t wall_ms)
{
	int minute;
	return begin_of(d, zone_day(d->school.zone, wall_ms, &minute)) != 0;
}

int64_t duty_next_school_day(const struct duty *d, int64_t wall_ms)
{
	int minute;
	int32_t day = zone_day(d->school.zone, wall_ms, &minute);
	for (int i = 1; i <= LOOK_DAYS; i++) {
		int64_t begin = begin_of(d, day + i);
		if (begin != 0)
			return begin;
	}
	return 0;
}

int64_t duty_after_school_min(const struct duty *d, int64_t wall_ms, int minutes)
{
	int64_t left = (int64_t)minutes * 60000, at = wall_ms;
	for (int turn = 0; turn < 2 * LOOK_DAYS; turn++) {
		struct hours_state state;
		hours_at(&d->school, at, &state);
		if (!state.open) {
			at = hours_next(&d->school, at, LOOK_DAYS);
			if (at == 0)
				return 0;
			continue;
		}
		if (state.closes_wall_ms - at >= left)
			return at + left;
		left -= state.closes_wall_ms - at;
		at = state.closes_wall_ms;
	}
	return 0;
}

bool duty_away(const struct duty_person *p, int64_t wall_ms)
{
	int minute;
	int32_t day = zone_day(p->hours.zone, wall_ms, &minute);
	for (size_t i = 0; i < p->away_count; i++)
		if (day_in_span(day, &p->away[i]))
			return true;
	return false;
}

/* When the person is here at or after the moment; 0 = not within 400 days. */
static int64_t here_from(const struct duty_person *p, int64_t wall_ms)
{
	struct hours_state state;
	hours_at(&p->hours, wall_ms, &state);
	return state.open ? wall_ms : hours_next(&p->hours, wall_ms, LOOK_DAYS);
}

const struct duty_person *duty_here(const struct duty *d, enum duty_kind kind, int64_t wall_ms)
{
	const struct duty_person *who;
	return duty_next(d, kind, wall_ms, &who) == wall_ms ? who : NULL;
}

int64_t duty_next(const struct duty *d, enum duty_kind kind, int64_t wall_ms, const struct duty_person **who)
{
	int64_t best = 0;
	if (who != NULL)
		*who = NULL;
	for (size_t i = 0; i < d->count; i++) {
		int64_t at = d->people[i].said->kind == kind ? here_from(&d->people[i], wall_ms) : 0;
		if (at == 0 || (best != 0 && at >= best))
			continue;
		best = at;
		if (who != NULL)
			*who = &d->people[i];
	}
	return best;
}

bool duty_has(const struct duty *d, enum duty_kind kind)
{
	for (size_t i = 0; i < d->count; i++)
		if (d->people[i].said->kind == kind && d->people[i].hours.known)
			return true;
	return false;
}

void duty_form(const struct duty *d, enum duty_kind kind, int64_t wall_ms, struct duty_form *out)
{
	int minute;
	int32_t today = zone_day(d->school.zone, wall_ms, &minute), last = today + GAP_DAYS;
	int64_t school = duty_next_school_day(d, wall_ms);
	if (school != 0 && zone_day(d->school.zone, school, &minute) < last)
		last = zone_day(d->school.zone, school, &minute);
	*out = (struct duty_form){0};
	int64_t next = duty_next(d, kind, wall_ms, &out->who);
	out->up = next != 0 && zone_day(d->school.zone, next, &minute) <= last;
	out->back_wall_ms = out->up ? 0 : next;
}

/* The last moment for everybody: half an hour before the school day ends in which the waiting began, or the next one;
 * its end when the waiting began in that half hour. 0 = no school day is entered. */
static int64_t last_moment(const struct duty *d, int64_t wall_ms)
{
	struct hours_state state;
	int64_t at = duty_after_school_min(d, wall_ms, 0);
	if (at == 0)
		return 0;
	hours_at(&d->school, at, &state);
	int64_t end = state.closes_wall_ms;
	return end - at > LAST_HALF_HOUR_MS ? end - LAST_HALF_HOUR_MS : end;
}

static size_t add_role(const struct duty *d, enum duty_kind kind, enum duty_role role, int64_t at,
		       struct duty_step *out, size_t max)
{
	size_t count = 0;
	for (size_t i = 0; i < d->count && count < max; i++) {
		const struct duty_person *p = &d->people[i];
		bool fits = p->said->role == role && (p->said->kind == kind || role == DUTY_MUNICIPAL);
		if (fits && !duty_away(p, at))
			out[count++] = (struct duty_step){at, p};
	}
	return count;
}

static int compare_steps(const void *left, const void *right)
{
	const struct duty_step *a = left, *b = right;
	if (a->at_wall_ms != b->at_wall_ms)
		return a->at_wall_ms < b->at_wall_ms ? -1 : 1;
	return (int)a->person->said->role - (int)b->person->said->role;
}

size_t duty_steps(const struct duty *d, enum duty_kind kind, int64_t wall_ms, struct duty_step *out,
		  size_t max)
{
	static const int after_min[DUTY_ROLES] = {[DUTY_DEPUTY] = HOUR_MIN, [DUTY_LEAD] = 3 * HOUR_MIN};
	int64_t last = last_moment(d, wall_ms);
	size_t count = add_role(d, kind, DUTY_OWNER, wall_ms, out, max);
	if (count == 0)
		count = add_role(d, kind, DUTY_DEPUTY, wall_ms, out, max);
	bool stood_in = count > 0 && out[0].person->said->role == DUTY_DEPUTY;
	for (int role = stood_in ? DUTY_LEAD : DUTY_DEPUTY; role < DUTY_ROLES; role++) {
		int64_t at =
			role == DUTY_MUNICIPAL ? last : duty_after_school_min(d, wall_ms, after_min[role]);
		at = at == 0 || (last != 0 && at > last) ? last : at;
		count += add_role(d, kind, (enum duty_role)role, at != 0 ? at : wall_ms, out + count,
				  max - count);
	}
	qsort(out, count, sizeof *out, compare_steps);
	return count;
}

void duty_key_path(const struct conf *conf, const struct conf_person *person, char *out, size_t size)
{
	if (person != NULL)
		(void)snprintf(out, size, "%s/%s-%s.pub", conf->duty.keys, duty_kind_names[person->kind],
			       person->id);
	else
		(void)snprintf(out, size, "%s/recovery.pub", conf->duty.keys);
}
