/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One stop: what is known and what cannot be known, which step is the lowest that is enough, and what the school does
 * about it. There is no room for notes: what is written about a pupil belongs in the school's case system.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "review/audit.h"
#include "review/incidents.h"
#include "review/show.h"

static const char *const steps[] = {"none", "class", "adult", "nurse", "principal", "outside", NULL};
static const char *const outcomes[] = {"nothing", "talked", "measures", "case", "wrong", NULL};
static const char *const owners[] = {"school", "health", "principal", NULL};

enum { REFERENCE_SIZE = 33 };

static const char one[] =
	"SELECT i.id, i.time, i.until, i.category, i.severity, i.action, i.proto, i.name, i.rule, i.grp,"
	" i.count, coalesce(w.state, 'new'), coalesce(w.owner, ''), coalesce(w.outcome, ''),"
	" coalesce(w.step, ''), coalesce(w.reference, ''), coalesce(w.changed, 0),"
	" coalesce(w.account, ''), i.subject <> '' FROM incident i LEFT JOIN work w ON w.incident = i.id"
	" WHERE i.id = ?";

/*
 * The lowest step that is enough (S4-2), by what the category means. A look-up alone is weak: it never asks for more than
 * looking at the group, whatever it was about; danger that somebody knows of overrides everything, and the page says so.
 */
static const char *lowest_step(int64_t severity, const char *proto)
{
	static const char *const by_severity[] = {"none", "none", "class", "adult", "nurse"};

	if (strcmp(proto, "http") != 0)
		return severity >= 3 ? "class" : "none";
	return by_severity[severity >= 0 && severity <= 4 ? severity : 0];
}

/* What people at school may have to do; never decided here. */
static json_t *duties(const struct call *c, int64_t severity)
{
	json_t *list = json_array();

	json_array_append_new(list, json_string(desk_text(c, "duty_follow")));
	if (severity >= 2)
		json_array_append_new(list, json_string(desk_text(c, "duty_report")));
	if (severity >= 3) {
		json_array_append_new(list, json_string(desk_text(c, "duty_welfare")));
		json_array_append_new(list, json_string(desk_text(c, "duty_avert")));
	}
	return list;
}

static const char *layer_key(const char *rule)
{
	static const struct {
		const char *layer, *key;
	} table[] = {{"national/", "owner_national"},
		     {"municipality/", "owner_municipality"},
		     {"school/", "owner_school"}};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (strncmp(rule, table[i].layer, strlen(table[i].layer)) == 0)
			return table[i].key;
	}
	return "owner_settings";
}

static void add_work(const struct call *c, const struct store_rows *rows, json_t *data)
{
	char changed[SHOW_TIME_SIZE] = "";

	if (store_int(rows, 16) > 0)
		show_time(c, store_int(rows, 16), true, changed);
	json_object_set_new(data, "states",
			    desk_choices(c, "state", incident_states, store_text(rows, IN_STATE)));
	json_object_set_new(data, "outcomes",
			    desk_choices(c, "outcome", outcomes, store_text(rows, IN_OUTCOME)));
	json_object_set_new(data, "steps", desk_choices(c, "step", steps, store_text(rows, IN_STEP)));
	json_object_set_new(data, "owners", desk_choices(c, "role", owners, store_text(rows, IN_OWNER)));
	json_object_set_new(data, "reference", json_string(store_text(rows, IN_REFERENCE)));
	json_object_set_new(data, "changed", json_string(changed));
	json_object_set_new(data, "changed_by", json_string(store_text(rows, 17)));
}

static json_t *describe(const struct call *c, const struct store_rows *rows)
{
	json_t *data = incident_row(c, rows);
	char until[SHOW_TIME_SIZE];
	const char *proto = store_text(rows, IN_PROTO);
	const char *step = lowest_step(store_int(rows, IN_SEVERITY), proto);
	bool page = strcmp(proto, "http") == 0;

	if (!data)
		abort();
	show_time(c, store_int(rows, IN_UNTIL), show_exact(c), until);
	json_object_set_new(data, "title", json_string(show_category(c, store_text(rows, IN_CATEGORY))));
	json_object_set_new(data, "until", json_string(until));
	json_object_set_new(data, "proto", json_string(proto));
	json_object_set_new(data, "rule", json_string(store_text(rows, IN_RULE)));
	json_object_set_new(data, "rule_owner",
			    json_string(desk_text(c, layer_key(store_text(rows, IN_RULE)))));
	json_object_set_new(data, "cannot",
			    json_string(desk_text(c, page ? "cannot_page" : "cannot_lookup")));
	json_object_set_new(data, "shown",
			    json_string(desk_text(c, strcmp(store_text(rows, IN_ACTION), "help") == 0
							     ? (page ? "shown_help" : "shown_perhaps")
							     : "shown_refused")));
	json_object_set_new(data, "step",
			    json_string(speech_word(c->site->speech, c->language, "step", step)));
	json_object_set_new(data, "step_owner",
			    json_string(speech_word(c->site->speech, c->language, "step_owner", step)));
	json_object_set_new(data, "duties", duties(c, store_int(rows, IN_SEVERITY)));
	json_object_set_new(data, "pseudonym", json_boolean(store_int(rows, 18) != 0));
	add_work(c, rows, data);
	return data;
}

static bool find_id(struct span fields, int64_t *id)
{
	char text[20];
	char *end;

	if (!form_get(fields, "id", text, sizeof(text)))
		return false;
	*id = strtoll(text, &end, 10);
	return *end == '\0' && *id > 0;
}

static void thing_of(int64_t id, char out[static 32])
{
	(void)snprintf(out, 32, "incident/%lld", (long long)id);
}

void incident_page(struct call *c)
{
	struct store_rows rows;
	char thing[32], saved[4];
	json_t *data = NULL;
	int64_t id;

	if (!find_id(c->query, &id)) {
		desk_sorry(c, 404, "sorry_nothing");
		return;
	}
	int rc = store_ask(c->store, &rows, one, "i", id);
	if (rc == 0 && store_next(&rows))
		data = describe(c, &rows);
	rc = store_done(&rows);
	if (rc < 0 || !data) {
		json_decref(data);
		if (!desk_store_failed(c, rc))
			desk_sorry(c, 404, "sorry_gone");
		return;
	}
	json_object_set_new(data, "saved", json_boolean(form_get(c->query, "saved", saved, sizeof(saved))));
	desk_render(c, "incident", data, 200);
	thing_of(id, thing);
	audit_then(c, "view", thing, "");
}

/* Letters, digits and what case numbers are written with; nothing that a sentence would fit into. */
static bool is_reference(const char *text)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/-._";

	return text[strspn(text, allowed)] == '\0';
}

static bool read_word(const struct call *c, const char *field, const char *const *words, char *out,
		      size_t size)
{
	return form_get(c->request->body, field, out, size) && (*out == '\0' || desk_is_word(words, out));
}

static int save(struct call *c, int64_t id, const char *state, const char *outcome, const char *step,
		const char *owner, const char *reference)
{
	return store_do(
		c->store,
		"INSERT INTO work (incident, state, outcome, step, reference, owner, changed, account)"
		" SELECT id, ?, ?, ?, ?, ?, ?, ? FROM incident WHERE id = ?"
		" ON CONFLICT (incident) DO UPDATE SET state = excluded.state,"
		" outcome = excluded.outcome, step = excluded.step, reference = excluded.reference,"
		" owner = excluded.owner, changed = excluded.changed, account = excluded.account",
		"tttttiti", state, outcome, step, reference, owner, c->now_ms, c->session.account.name, id);
}

void incident_change(struct call *c)
{
	char state[12], outcome[12], step[12], owner[12], reference[REFERENCE_SIZE], thing[32], detail[80];
	int64_t id;

	bool good = find_id(c->request->body, &id) &&
		    read_word(c, "state", incident_states, state, sizeof(state)) && *state &&
		    read_word(c, "outcome", outcomes, outcome, sizeof(outcome)) &&
		    read_word(c, "step", steps, step, sizeof(step)) &&
		    read_word(c, "owner", owners, owner, sizeof(owner)) &&
		    form_get(c->request->body, "reference", reference, sizeof(reference)) &&
		    is_reference(reference);
	if (!good || (strcmp(state, "closed") == 0 && !*outcome)) {
		desk_sorry(c, 400, good ? "sorry_outcome" : "sorry_form");
		return;
	}
	if (desk_store_failed(c, save(c, id, state, outcome, step, owner, reference)))
		return;
	if (store_changes(c->store) == 0) {
		desk_sorry(c, 404, "sorry_gone");
		return;
	}
	thing_of(id, thing);
	(void)snprintf(detail, sizeof(detail), "%s %s %s %s", state, outcome, step, owner);
	desk_redirect(c, "/incident?id=%lld&saved=1", (long long)id);
	audit_then(c, "change", thing, detail);
}
