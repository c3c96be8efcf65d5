/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What explain found out, between judging (explain.c) and telling (explain_tell.c). */
#ifndef TRYGG_CTL_EXPLAIN_H
#define TRYGG_CTL_EXPLAIN_H

#include "catalogue/catalogue.h"
#include "ctl/ctl.h"
#include "policy/policy.h"

enum { EXPLAIN_OFFERS = 64 }; /* as many as the page asks for */

struct explanation {
	const char *name; /* canonical */
	const struct conf *conf;
	const struct conf_group *group;
	const char *canary; /* NULL, or how DNS answers it */
	bool secure_url;    /* https: the path was not looked at */
	bool word_url;      /* a plain http URL: path and words were looked at */
	const struct ruleset *rules;
	bool blind;      /* confidential lists were not asked */
	const char *set; /* 16 hex digits */
	int64_t at_ms;
	struct decision decision;
	struct rule_hits hits;
	struct offer offers[EXPLAIN_OFFERS];
	size_t offer_count;
};

/* Whether the pupil meets a stop, observe mode left aside. */
bool explain_stops(const struct explanation *e);
void explain_tell(const struct ctl *c, const struct explanation *e, FILE *out);
/* One JSON object and a newline. 0 or -ENOMEM. */
int explain_json(const struct explanation *e, FILE *out);

/*
 * The group of that name, NULL when there is none; without a name the lower-secondary stage, which every school knows something
 * like: `spare` is filled where the school does not, with *actions that the caller frees.
 */
const struct conf_group *explain_group(const struct conf *conf, const char *name, struct conf_group *spare,
				       enum action **actions);
/* RFC 3339, or local time as 2026-11-23T10:00, 2026-11-23 10:00 or 10:00 (the day of `now_ms`). -EINVAL. */
int explain_time(const char *text, int64_t now_ms, int64_t *out_ms);
/* A name or URL as a person writes it, its host in A-labels. -EBADMSG. */
int explain_parse(const char *text, struct url *out, bool *is_url);
/* The compiled set, the caller frees it. NULL after a message. */
struct ruleset *explain_set(const struct ctl *c);

#endif
