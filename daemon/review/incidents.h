/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stops, a page at a time, newest first. A million of them must not make anybody wait: each question begins with the
 * index of its narrowest filter, and the next page begins behind the last row instead of counting up to it.
 */
#ifndef TRYGG_REVIEW_INCIDENTS_H
#define TRYGG_REVIEW_INCIDENTS_H

#include "review/desk.h"

enum { INCIDENTS_PER_PAGE = 50 };

struct incident_filter {
	char from[12], to[12]; /* YYYY-MM-DD, "" = open */
	char category[40], group[40], state[12], search[64];
	int64_t severity; /* -1 = any */
	int64_t from_ms, before_ms, before_id;
};

extern const char *const incident_states[]; /* new, working, closed; ends with NULL */

/* From the fields of a query or a form. */
void incident_filter_read(struct span fields, struct incident_filter *out);
/*
 * At most `limit` rows: id, time, until, category, severity, action, proto, name, rule, grp, count, state, owner, outcome,
 * step, reference. End with store_done().
 */
int incidents_ask(struct store *s, const struct incident_filter *f, int64_t limit, struct store_rows *rows);
/* "category=…&…" of what is chosen, for a link. */
void incident_filter_text(const struct incident_filter *f, char *out, size_t size);
/* One row for a template. */
json_t *incident_row(const struct call *c, const struct store_rows *rows);

enum incident_column {
	IN_ID,
	IN_TIME,
	IN_UNTIL,
	IN_CATEGORY,
	IN_SEVERITY,
	IN_ACTION,
	IN_PROTO,
	IN_NAME,
	IN_RULE,
	IN_GROUP,
	IN_COUNT,
	IN_STATE,
	IN_OWNER,
	IN_OUTCOME,
	IN_STEP,
	IN_REFERENCE
};

#endif
