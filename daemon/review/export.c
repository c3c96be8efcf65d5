/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What leaves the desk: stops, and numbers that may be published. Each time with a reason of its own. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "review/audit.h"
#include "review/csv.h"
#include "review/incidents.h"
#include "review/publish.h"
#include "review/show.h"

enum { EXPORT_MAX = 50000 };

typedef int export_write(struct call *c, FILE *out);

static const char *const stop_columns[] = {"id",   "time", "until", "category", "severity", "evidence",
					   "name", "rule", "stage", "requests", "state",    NULL};
static const char *const number_columns[] = {"week", "category", "stage", "stops", NULL};

static void csv_head(FILE *out, const char *const *columns)
{
	for (size_t i = 0; columns[i]; i++)
		csv_text(out, columns[i], i == 0);
	csv_end(out);
}

static void times_of(const struct store_rows *rows, char from[static CLOCK_TEXT_SIZE],
		     char until[static CLOCK_TEXT_SIZE])
{
	clock_text(store_int(rows, IN_TIME), from);
	clock_text(store_int(rows, IN_UNTIL), until);
}

static void stop_csv(FILE *out, const struct store_rows *rows)
{
	char from[CLOCK_TEXT_SIZE], until[CLOCK_TEXT_SIZE], name[SHOW_NAME_SIZE];

	times_of(rows, from, until);
	show_name(store_text(rows, IN_NAME), name);
	csv_number(out, store_int(rows, IN_ID), true);
	csv_text(out, from, false);
	csv_text(out, until, false);
	csv_text(out, store_text(rows, IN_CATEGORY), false);
	csv_number(out, store_int(rows, IN_SEVERITY), false);
	csv_text(out, strcmp(store_text(rows, IN_PROTO), "http") == 0 ? "page" : "look-up", false);
	csv_text(out, name, false);
	csv_text(out, store_text(rows, IN_RULE), false);
	csv_text(out, store_text(rows, IN_GROUP), false);
	csv_number(out, store_int(rows, IN_COUNT), false);
	csv_text(out, store_text(rows, IN_STATE), false);
	csv_end(out);
}

static void stop_json(FILE *out, const struct store_rows *rows, bool first)
{
	char from[CLOCK_TEXT_SIZE], until[CLOCK_TEXT_SIZE], name[SHOW_NAME_SIZE];

	times_of(rows, from, until);
	show_name(store_text(rows, IN_NAME), name);
	json_t *one = json_pack(
		"{s:I, s:s, s:s, s:s, s:I, s:s, s:s, s:s, s:s, s:I, s:s}", "id",
		(json_int_t)store_int(rows, IN_ID), "time", from, "until", until, "category",
		store_text(rows, IN_CATEGORY), "severity", (json_int_t)store_int(rows, IN_SEVERITY),
		"evidence", strcmp(store_text(rows, IN_PROTO), "http") == 0 ? "page" : "look-up", "name",
		name, "rule", store_text(rows, IN_RULE), "stage", store_text(rows, IN_GROUP), "requests",
		(json_int_t)store_int(rows, IN_COUNT), "state", store_text(rows, IN_STATE));
	(void)fputs(first ? "[\n" : ",\n", out);
	(void)json_dumpf(one, out, JSON_COMPACT | JSON_ENSURE_ASCII);
	json_decref(one);
}

static int stops(struct call *c, FILE *out, bool csv)
{
	struct incident_filter f;
	struct store_rows rows;
	bool first = true;

	incident_filter_read(c->request->body, &f);
	if (csv)
		csv_head(out, stop_columns);
	int rc = incidents_ask(c->store, &f, EXPORT_MAX, &rows);
	for (; rc == 0 && store_next(&rows); first = false) {
		if (csv)
			stop_csv(out, &rows);
		else
			stop_json(out, &rows, first);
	}
	if (!csv)
		(void)fputs(first ? "[]\n" : "\n]\n", out);
	return rc == 0 ? store_done(&rows) : rc;
}

static int stops_csv(struct call *c, FILE *out)
{
	return stops(c, out, true);
}

static int stops_json(struct call *c, FILE *out)
{
	return stops(c, out, false);
}

/* One shown cell; what is hidden is no line. */
static void number(FILE *out, bool csv, const struct published *p, size_t k, int stage, int week, bool first)
{
	char date[CLOCK_TEXT_SIZE];
	const char *category = p->conf->categories[k].id, *name = stage_names[stage];
	long long n = p->cell[k][stage][week];

	clock_text((p->first_day + 7 * (int64_t)week) * DAY_MS, date);
	date[10] = '\0';
	if (!csv) {
		(void)fprintf(out, "%s{\"week\":\"%s\",\"category\":\"%s\",\"stage\":\"%s\",\"stops\":%lld}",
			      first ? "[\n" : ",\n", date, category, name, n);
		return;
	}
	csv_text(out, date, true);
	csv_text(out, category, false);
	csv_text(out, name, false);
	csv_number(out, n, false);
	csv_end(out);
}

static int numbers(struct call *c, FILE *out, bool csv)
{
	struct published p;
	bool first = true;
	int rc = publish_read(c->store, c->conf, c->now_ms, &p);

	if (csv)
		csv_head(out, number_columns);
	for (size_t k = 0; rc == 0 && k < c->conf->category_count; k++) {
		for (int cell = 0; cell < PUBLISH_STAGES * PUBLISH_WEEKS; cell++) {
			int stage = cell / PUBLISH_WEEKS, week = cell % PUBLISH_WEEKS;
			if (p.cell[k][stage][week] == 0)
				continue;
			number(out, csv, &p, k, stage, week, first);
			first = false;
		}
	}
	if (!csv)
		(void)fputs(first ? "[]\n" : "\n]\n", out);
	publish_free(&p);
	return rc;
}

static int numbers_csv(struct call *c, FILE *out)
{
	return numbers(c, out, true);
}

static int numbers_json(struct call *c, FILE *out)
{
	return numbers(c, out, false);
}

static const struct {
	const char *id, *file, *type;
	unsigned may;
	export_write *write;
} exports[] = {
	{"stops-csv", "trygg-stops.csv", "text/csv; charset=utf-8", MAY_INCIDENTS, stops_csv},
	{"stops-json", "trygg-stops.json", "application/json", MAY_INCIDENTS, stops_json},
	{"numbers-csv", "trygg-numbers.csv", "text/csv; charset=utf-8", MAY_TRENDS, numbers_csv},
	{"numbers-json", "trygg-numbers.json", "application/json", MAY_TRENDS, numbers_json},
};

void export_page(struct call *c)
{
	struct incident_filter f;
	json_t *list = json_array(), *data = desk_data();

	incident_filter_read(c->query, &f);
	for (size_t i = 0; i < sizeof(exports) / sizeof(exports[0]); i++) {
		if (desk_may(c, exports[i].may))
			json_array_append_new(list, json_pack("{s:s, s:s}", "id", exports[i].id, "label",
							      speech_word(c->site->speech, c->language,
									  "export", exports[i].id)));
	}
	json_object_set_new(data, "exports", list);
	json_object_set_new(data, "reasons", desk_choices(c, "reason", desk_reasons, ""));
	json_object_set_new(data, "from", json_string(f.from));
	json_object_set_new(data, "to", json_string(f.to));
	json_object_set_new(data, "stops", json_boolean(desk_may(c, MAY_INCIDENTS)));
	desk_render(c, "export", data, 200);
}

static int write_out(struct call *c, size_t i)
{
	struct web_response *r = c->response;
	FILE *out = open_memstream(&r->body, &r->len);

	if (!out)
		return -ENOMEM;
	int rc = exports[i].write(c, out);
	if (fclose(out) != 0 && rc == 0)
		rc = -ENOMEM;
	if (rc < 0) {
		free(r->body);
		r->body = NULL;
		return rc;
	}
	r->status = 200;
	r->type = exports[i].type;
	r->https_only = c->conf->review.https;
	(void)snprintf(r->save_as, sizeof(r->save_as), "%s", exports[i].file);
	return 0;
}

void export_send(struct call *c)
{
	char what[20], reason[SESSION_REASON_SIZE], from[12], to[12], detail[40];
	size_t i = 0;

	form_get(c->request->body, "what", what, sizeof(what));
	form_get(c->request->body, "reason", reason, sizeof(reason));
	form_get(c->request->body, "from", from, sizeof(from));
	form_get(c->request->body, "to", to, sizeof(to));
	while (i < sizeof(exports) / sizeof(exports[0]) && strcmp(exports[i].id, what) != 0)
		i++;
	if (i == sizeof(exports) / sizeof(exports[0]) || !desk_is_word(desk_reasons, reason)) {
		desk_sorry(c, 400, "sorry_reason");
		return;
	}
	if (!desk_may(c, exports[i].may)) {
		audit_note(c, c->session.account.name, "refused", what);
		desk_sorry(c, 403, "sorry_role");
		return;
	}
	if (desk_store_failed(c, write_out(c, i)))
		return;
	(void)snprintf(c->session.reason, sizeof(c->session.reason), "%s", reason);
	(void)snprintf(detail, sizeof(detail), "%s %s", from, to);
	audit_then(c, "export", what, detail);
}
