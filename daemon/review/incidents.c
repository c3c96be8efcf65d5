/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/incidents.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "review/audit.h"
#include "review/show.h"

enum { FEW = 20000 };

const char *const incident_states[] = {"new", "working", "closed", NULL};

#define COLUMNS                                                                                              \
	"SELECT i.id, i.time, i.until, i.category, i.severity, i.action, i.proto, i.name, i.rule, i.grp,"    \
	" i.count, coalesce(w.state, 'new'), coalesce(w.owner, ''), coalesce(w.outcome, ''),"                \
	" coalesce(w.step, ''), coalesce(w.reference, '')"
#define FROM(index) " FROM incident i INDEXED BY " index " LEFT JOIN work w ON w.incident = i.id"
#define REST                                                                                                 \
	" (i.time, i.id) < (?1, ?2) AND i.time >= ?3 AND (?4 = '' OR i.category = ?4)"                       \
	" AND (?5 = '' OR i.grp = ?5) AND (?6 < 0 OR i.severity = ?6)"                                       \
	" AND (?7 = '' OR coalesce(w.state, 'new') = ?7) AND (?8 = '' OR i.name <> '')"                      \
	" ORDER BY i.time DESC, i.id DESC LIMIT ?9"

/* One question for each way in. */
static const char sql_time[] = COLUMNS FROM("incident_time") " WHERE" REST;
static const char sql_category[] = COLUMNS FROM("incident_category") " WHERE i.category = ?4 AND" REST;
static const char sql_both[] =
	COLUMNS FROM("incident_category_grp") " WHERE i.category = ?4 AND i.grp = ?5 AND" REST;
static const char sql_group[] = COLUMNS FROM("incident_grp") " WHERE i.grp = ?5 AND" REST;
static const char sql_severity[] = COLUMNS FROM("incident_severity") " WHERE i.severity = ?6 AND" REST;
static const char sql_state[] = COLUMNS " FROM work w CROSS JOIN incident i ON i.id = w.incident"
					" WHERE w.state = ?7 AND" REST;
/* The names alone are in their index: what does not match is never read. */
static const char sql_search[] =
	COLUMNS " FROM incident i LEFT JOIN work w ON w.incident = i.id WHERE i.id IN"
		" (SELECT id FROM incident INDEXED BY incident_name WHERE name <> '' AND instr(name, ?8) > 0"
		" ORDER BY id DESC LIMIT 5000) AND" REST;

/* A few worked on are found by themselves; where they are many, some are among the newest stops anyway. */
static bool are_few(struct store *s, const char *state)
{
	int64_t count = 0;

	return store_number(s, 0, &count, "SELECT count(*) FROM (SELECT 1 FROM work WHERE state = ? LIMIT ?)",
			    "ti", state, (int64_t)FEW) == 0 &&
	       count < FEW;
}

static const char *way_in(struct store *s, const struct incident_filter *f)
{
	if (*f->search)
		return sql_search;
	if (*f->state && strcmp(f->state, "new") != 0 && are_few(s, f->state))
		return sql_state;
	if (*f->category)
		return *f->group ? sql_both : sql_category;
	if (*f->group)
		return sql_group;
	return f->severity >= 0 ? sql_severity : sql_time;
}

int incidents_ask(struct store *s, const struct incident_filter *f, int64_t limit, struct store_rows *rows)
{
	return store_ask(s, rows, way_in(s, f), "iiittitti", f->before_ms, f->before_id, f->from_ms,
			 f->category, f->group, f->severity, f->state, f->search, limit);
}

/* ---- Filters */

static void read_place(struct span fields, struct incident_filter *f)
{
	char before[48];
	int64_t to_ms;
	long long ms, id;

	f->before_ms = INT64_MAX;
	f->before_id = INT64_MAX;
	form_get(fields, "from", f->from, sizeof(f->from));
	form_get(fields, "to", f->to, sizeof(f->to));
	if (!show_day(f->from, &f->from_ms))
		f->from[0] = '\0';
	if (show_day(f->to, &to_ms)) {
		f->before_ms = to_ms + DAY_MS;
		f->before_id = 0;
	} else {
		f->to[0] = '\0';
	}
	if (form_get(fields, "before", before, sizeof(before)) &&
	    sscanf(before, "%16lld-%16lld", &ms, &id) == 2 && ms < f->before_ms) {
		f->before_ms = ms;
		f->before_id = id;
	}
}

void incident_filter_read(struct span fields, struct incident_filter *out)
{
	char severity[4];

	*out = (struct incident_filter){.severity = -1};
	read_place(fields, out);
	form_get(fields, "category", out->category, sizeof(out->category));
	form_get(fields, "group", out->group, sizeof(out->group));
	form_get(fields, "state", out->state, sizeof(out->state));
	form_get(fields, "q", out->search, sizeof(out->search));
	for (char *c = out->search; *c; c++)
		*c = (char)(*c >= 'A' && *c <= 'Z' ? *c + 32 : *c);
	if (!desk_is_word(incident_states, out->state))
		out->state[0] = '\0';
	if (form_get(fields, "severity", severity, sizeof(severity)) && severity[0] >= '0' &&
	    severity[0] <= '4' && severity[1] == '\0')
		out->severity = severity[0] - '0';
}

static void encode(const char *key, const char *value, char *out, size_t size, size_t *used)
{
	static const char hex[] = "0123456789ABCDEF";

	if (!*value || *used + strlen(key) + 3 * strlen(value) + 3 >= size)
		return;
	*used += (size_t)snprintf(out + *used, size - *used, "%s%s=", *used ? "&" : "", key);
	for (const unsigned char *c = (const unsigned char *)value; *c; c++) {
		bool plain = (*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9') || *c == '-' || *c == '.';
		if (!plain)
			out[(*used)++] = '%';
		out[(*used)++] = plain ? (char)*c : hex[*c >> 4];
		if (!plain)
			out[(*used)++] = hex[*c & 15];
	}
	out[*used] = '\0';
}

void incident_filter_text(const struct incident_filter *f, char *out, size_t size)
{
	char severity[8] = "";
	size_t used = 0;

	out[0] = '\0';
	if (f->severity >= 0)
		(void)snprintf(severity, sizeof(severity), "%d", (int)f->severity);
	encode("from", f->from, out, size, &used);
	encode("to", f->to, out, size, &used);
	encode("category", f->category, out, size, &used);
	encode("group", f->group, out, size, &used);
	encode("severity", severity, out, size, &used);
	encode("state", f->state, out, size, &used);
	encode("q", f->search, out, size, &used);
}

/* ---- The page */

json_t *incident_row(const struct call *c, const struct store_rows *rows)
{
	char name[SHOW_NAME_SIZE], time[SHOW_TIME_SIZE];
	const char *state = store_text(rows, IN_STATE);
	char severity[8];

	(void)snprintf(severity, sizeof(severity), "%d", (int)store_int(rows, IN_SEVERITY));
	show_name(store_text(rows, IN_NAME), name);
	show_time(c, store_int(rows, IN_TIME), show_exact(c), time);
	return json_pack("{s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:s, s:s, s:I, s:b, s:b}", "id",
			 (json_int_t)store_int(rows, IN_ID), "time", time, "category",
			 show_category(c, store_text(rows, IN_CATEGORY)), "group",
			 show_group(c, store_text(rows, IN_GROUP)), "evidence",
			 show_evidence(c, store_text(rows, IN_PROTO)), "name", name, "severity_word",
			 speech_word(c->site->speech, c->language, "severity", severity), "severity",
			 (int)store_int(rows, IN_SEVERITY), "state", state, "state_word",
			 speech_word(c->site->speech, c->language, "state", state), "count",
			 (json_int_t)store_int(rows, IN_COUNT), "many", store_int(rows, IN_COUNT) > 1,
			 "serious", store_int(rows, IN_SEVERITY) >= 3);
}

static json_t *category_choices(const struct call *c, const char *chosen)
{
	json_t *list = json_array();

	for (size_t i = 0; i < c->conf->category_count; i++) {
		const struct conf_category *k = &c->conf->categories[i];
		if (k->log >= LOG_EVENT && !k->mandatory && !k->help_only)
			json_array_append_new(list, json_pack("{s:s, s:s, s:b}", "id", k->id, "label",
							      show_category(c, k->id), "on",
							      strcmp(k->id, chosen) == 0));
	}
	return list;
}

static json_t *group_choices(const struct call *c, const char *chosen)
{
	json_t *list = json_array();

	for (size_t i = 0; i < c->conf->group_count; i++)
		json_array_append_new(list, json_pack("{s:s, s:s, s:b}", "id", c->conf->groups[i].id, "label",
						      show_group(c, c->conf->groups[i].id), "on",
						      strcmp(c->conf->groups[i].id, chosen) == 0));
	return list;
}

static void add_filter(const struct call *c, const struct incident_filter *f, json_t *data)
{
	static const char *const severities[] = {"0", "1", "2", "3", "4", NULL};
	char severity[8] = "";

	if (f->severity >= 0)
		(void)snprintf(severity, sizeof(severity), "%d", (int)f->severity);
	json_object_set_new(data, "categories", category_choices(c, f->category));
	json_object_set_new(data, "groups", group_choices(c, f->group));
	json_object_set_new(data, "severities", desk_choices(c, "severity", severities, severity));
	json_object_set_new(data, "states", desk_choices(c, "state", incident_states, f->state));
	json_object_set_new(data, "from", json_string(f->from));
	json_object_set_new(data, "to", json_string(f->to));
	json_object_set_new(data, "q", json_string(f->search));
}

void incidents_page(struct call *c)
{
	struct incident_filter f;
	struct store_rows rows;
	char chosen[512], more[640];
	json_t *list = json_array(), *data = desk_data();
	int64_t last_ms = 0, last_id = 0;
	size_t count = 0;

	incident_filter_read(c->query, &f);
	int rc = incidents_ask(c->store, &f, INCIDENTS_PER_PAGE + 1, &rows);
	while (rc == 0 && count < INCIDENTS_PER_PAGE && store_next(&rows)) {
		json_array_append_new(list, incident_row(c, &rows));
		last_ms = store_int(&rows, IN_TIME);
		last_id = store_int(&rows, IN_ID);
		count++;
	}
	bool more_wait = rc == 0 && count == INCIDENTS_PER_PAGE && store_next(&rows);
	rc = rc == 0 ? store_done(&rows) : rc;
	json_object_set_new(data, "rows", list);
	if (desk_store_failed(c, rc)) {
		json_decref(data);
		return;
	}
	incident_filter_text(&f, chosen, sizeof(chosen));
	(void)snprintf(more, sizeof(more), "%s%sbefore=%lld-%lld", chosen, *chosen ? "&" : "",
		       (long long)last_ms, (long long)last_id);
	add_filter(c, &f, data);
	json_object_set_new(data, "more", more_wait ? json_string(more) : json_null());
	json_object_set_new(data, "chosen", json_string(chosen));
	json_object_set_new(data, "empty", json_boolean(count == 0));
	json_object_set_new(data, "counts_only", json_boolean(c->conf->privacy.mode == PRIVACY_COUNTS));
	desk_render(c, "incidents", data, 200);
	/* What was searched for is a name, and names stay out of the audit. */
	audit_then(c, "view", "incidents", *f.search ? "search" : chosen);
}
