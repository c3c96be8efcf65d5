/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pupils who asked for an adult. Everybody whose work it is sees that somebody waits and until when; what was written
 * opens only for the kind of adult that the pupil chose, with that person's own key.
 */
#include "review/contacts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "incident/box.h"
#include "review/audit.h"
#include "review/opening.h"
#include "review/show.h"
#include "review/today.h"
#include "web/upload.h"

enum { SHOWN_MAX = 200, ANSWER_SCHOOL_MIN = 60 };

static const char *const contact_outcomes[] = {"talked", "absent", "unknown", "unclear", "declined", NULL};

/* Waiting first, oldest first. What was withdrawn is nobody's business any more. */
static const char waiting_sql[] =
	"SELECT e.sealed, e.time, e.detail, e.action, EXISTS (SELECT 1 FROM entry r WHERE r.sealed = e.sealed"
	" AND r.sealed <> '' AND r.journal = 2 AND r.action = 'read'), coalesce(a.state, ''),"
	" coalesce(a.outcome, '') FROM entry e LEFT JOIN answer a ON a.sealed = e.sealed"
	" WHERE e.journal = 2 AND e.event = 'contact' AND e.action IN ('asked', 'queued')"
	" AND NOT EXISTS (SELECT 1 FROM entry w WHERE w.sealed = e.sealed AND w.sealed <> ''"
	" AND w.journal = 2 AND w.action = 'withdrawn')"
	" ORDER BY coalesce(a.state, '') = 'closed', e.time, e.seq LIMIT ?";

/* Until when somebody should have answered: one school hour, when the deputy is told; 0 when no school day comes. */
static int64_t deadline(const struct call *c, int64_t since_ms)
{
	return duty_after_school_min(c->site->duty, since_ms, ANSWER_SCHOOL_MIN);
}

static bool may_open(const struct call *c, const char *kind)
{
	enum account_role role = c->session.account.role;

	return (role == ROLE_HEALTH || role == ROLE_SCHOOL) && *kind &&
	       strcmp(c->session.account.kind, kind) == 0;
}

static const char *state_of(const struct store_rows *rows)
{
	if (strcmp(store_text(rows, 5), "closed") == 0)
		return "closed";
	return store_int(rows, 4) ? "read" : "waiting";
}

static json_t *contact_row(const struct call *c, const struct store_rows *rows)
{
	char since[SHOW_TIME_SIZE], due[SHOW_TIME_SIZE] = "";
	const char *kind = store_text(rows, 2), *state = state_of(rows);
	int64_t due_ms = deadline(c, store_int(rows, 1));
	bool open = strcmp(state, "closed") != 0;

	show_time(c, store_int(rows, 1), false, since);
	if (due_ms > 0)
		show_time(c, due_ms, true, due);
	return json_pack(
		"{s:s, s:s, s:s, s:s, s:s, s:b, s:b, s:b, s:b, s:s}", "id", store_text(rows, 0), "since",
		since, "due", open ? due : "", "kind",
		speech_word(c->site->speech, c->language, "kind", kind), "state_word",
		speech_word(c->site->speech, c->language, "contact_state", state), "late",
		strcmp(state, "waiting") == 0 && due_ms > 0 && due_ms < c->now_ms, "mine",
		open && may_open(c, kind), "open", open, "many", strcmp(store_text(rows, 3), "queued") == 0,
		"outcome",
		open ? ""
		     : speech_word(c->site->speech, c->language, "contact_outcome", store_text(rows, 6)));
}

int contacts_today(struct call *c, json_t *cards)
{
	struct store_rows rows;
	char text[200];
	int64_t waiting = 0, late = 0;
	int rc = store_ask(c->store, &rows, waiting_sql, "i", (int64_t)SHOWN_MAX);

	while (rc == 0 && store_next(&rows)) {
		int64_t due_ms = deadline(c, store_int(&rows, 1));
		bool unread = strcmp(state_of(&rows), "waiting") == 0;
		waiting += strcmp(state_of(&rows), "closed") != 0;
		late += unread && due_ms > 0 && due_ms < c->now_ms;
	}
	rc = rc == 0 ? store_done(&rows) : rc;
	if (rc < 0 || waiting == 0)
		return rc;
	today_say(c, late > 0 ? "contacts_late" : "contacts_waiting", late > 0 ? late : waiting, "", text,
		  sizeof(text));
	today_add(cards, late > 0 ? "now" : "look", desk_text(c, "menu_contacts"), text, "/contacts",
		  desk_text(c, "contacts_see"));
	return 0;
}

void contacts_page(struct call *c)
{
	struct store_rows rows;
	json_t *list = json_array(), *data = desk_data();
	int rc = store_ask(c->store, &rows, waiting_sql, "i", (int64_t)SHOWN_MAX);

	while (rc == 0 && store_next(&rows))
		json_array_append_new(list, contact_row(c, &rows));
	rc = rc == 0 ? store_done(&rows) : rc;
	json_object_set_new(data, "empty", json_boolean(json_array_size(list) == 0));
	json_object_set_new(data, "rows", list);
	if (desk_store_failed(c, rc)) {
		json_decref(data);
		return;
	}
	desk_render(c, "contacts", data, 200);
	audit_then(c, "view", "contacts", "");
}

/* ---- One request */

static bool is_digest(const char *text)
{
	return strspn(text, "0123456789abcdef") == BOX_DIGEST_SIZE - 1 && text[BOX_DIGEST_SIZE - 1] == '\0';
}

/* The request of a digest, when it is there, not withdrawn, not closed, and this person's to open. */
static bool find_mine(struct call *c, struct span fields, char sealed[static BOX_DIGEST_SIZE])
{
	struct store_rows rows;
	bool mine = false;

	if (!form_get(fields, "id", sealed, BOX_DIGEST_SIZE) || !is_digest(sealed)) {
		desk_sorry(c, 404, "sorry_nothing");
		return false;
	}
	int rc = store_ask(c->store, &rows, waiting_sql, "i", (int64_t)SHOWN_MAX);
	while (rc == 0 && store_next(&rows)) {
		if (strcmp(store_text(&rows, 0), sealed) == 0)
			mine = may_open(c, store_text(&rows, 2)) && strcmp(state_of(&rows), "closed") != 0;
	}
	rc = rc == 0 ? store_done(&rows) : rc;
	if (desk_store_failed(c, rc))
		return false;
	if (!mine) {
		audit_note(c, c->session.account.name, "refused", "contact");
		desk_sorry(c, 403, "contact_not_yours");
	}
	return mine;
}

const char *contact_topic(const struct call *c, const char *category)
{
	return *category ? show_category(c, category) : "";
}

void contact_add_close(const struct call *c, json_t *data)
{
	json_object_set_new(data, "outcomes", desk_choices(c, "contact_outcome", contact_outcomes, ""));
}

void contact_page(struct call *c)
{
	char sealed[BOX_DIGEST_SIZE];

	if (!find_mine(c, c->query, sealed))
		return;
	json_t *data = desk_data();
	json_object_set_new(data, "id", json_string(sealed));
	contact_add_close(c, data);
	desk_render(c, "contact", data, 200);
}

void contact_open(struct call *c)
{
	char sealed[BOX_DIGEST_SIZE];
	struct span key, passphrase;

	if (!upload_get(c->request->type, c->request->body, "key", &key) ||
	    !upload_get(c->request->type, c->request->body, "passphrase", &passphrase))
		desk_sorry(c, 400, "contact_key_file");
	else if (find_mine(c, c->query, sealed))
		opening_begin(c, sealed, key, passphrase);
}

void contact_close(struct call *c)
{
	char sealed[BOX_DIGEST_SIZE], outcome[16], thing[32];
	int64_t is_read = 0;

	if (!find_mine(c, c->request->body, sealed))
		return;
	if (!form_get(c->request->body, "outcome", outcome, sizeof(outcome)) ||
	    !desk_is_word(contact_outcomes, outcome)) {
		desk_sorry(c, 400, "sorry_outcome");
		return;
	}
	int rc = store_number(c->store, 0, &is_read,
			      "SELECT count(*) FROM entry WHERE journal = 2 AND sealed = ? AND sealed <> ''"
			      " AND action = 'read'",
			      "t", sealed);
	if (rc == 0 && !is_read) {
		desk_sorry(c, 400, "contact_unread");
		return;
	}
	if (rc == 0)
		rc = store_do(c->store,
			      "INSERT INTO answer (sealed, state, outcome, changed, account)"
			      " VALUES (?, 'closed', ?, ?, ?) ON CONFLICT (sealed) DO UPDATE SET"
			      " state = 'closed', outcome = excluded.outcome, changed = excluded.changed,"
			      " account = excluded.account",
			      "ttit", sealed, outcome, c->now_ms, c->session.account.name);
	if (desk_store_failed(c, rc))
		return;
	(void)snprintf(thing, sizeof(thing), "contact/%.12s", sealed);
	desk_redirect(c, "/contacts");
	audit_then(c, "change", thing, outcome);
}
