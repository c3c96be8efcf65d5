/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What needs a human, in order: pupils who wait for an answer, pages that were stopped and that somebody should look at,
 * then what can wait. A look-up alone is never in this list, whatever it was about; it is in the numbers below it.
 */
#include "review/today.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "review/audit.h"
#include "review/contacts.h"
#include "review/incidents.h"
#include "review/show.h"
#include "review/trends.h"
#include "review/wrong.h"

enum { LOOK_BACK_DAYS = 14, PAGES_MAX = 10 };

void today_add(json_t *list, const char *tone, const char *title, const char *text, const char *path,
	       const char *link)
{
	json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:s}", "tone", tone, "title", title,
					      "text", text, "path", path, "link", link));
}

void today_say(const struct call *c, const char *key, int64_t number, const char *word, char *out,
	       size_t size)
{
	const char *text = desk_text(c, key);
	size_t used = 0;

	out[0] = '\0';
	while (*text && used + 1 < size) {
		if (strncmp(text, "{n}", 3) == 0) {
			used += (size_t)snprintf(out + used, size - used, "%lld", (long long)number);
			text += 3;
		} else if (strncmp(text, "{word}", 6) == 0) {
			used += (size_t)snprintf(out + used, size - used, "%s", word);
			text += 6;
		} else {
			out[used++] = *text++;
			out[used] = '\0';
		}
		used = used < size ? used : size - 1;
	}
}

/* Pages, not look-ups, of what matters, that nobody has closed. */
static int add_pages(struct call *c, json_t *data)
{
	struct store_rows rows;
	json_t *list = json_array();
	int rc = store_ask(
		c->store, &rows,
		"SELECT i.id, i.time, i.until, i.category, i.severity, i.action, i.proto, '', i.rule, i.grp,"
		" i.count, coalesce(w.state, 'new'), '', '', '', '' FROM incident i"
		" INDEXED BY incident_page LEFT JOIN work w ON w.incident = i.id WHERE i.proto = 'http'"
		" AND i.severity >= 3 AND i.time >= ? AND coalesce(w.state, 'new') <> 'closed'"
		" ORDER BY i.time DESC, i.id DESC LIMIT ?",
		"ii", c->now_ms - LOOK_BACK_DAYS * (int64_t)DAY_MS, (int64_t)PAGES_MAX);

	while (rc == 0 && store_next(&rows))
		json_array_append_new(list, incident_row(c, &rows));
	rc = rc == 0 ? store_done(&rows) : rc;
	json_object_set_new(data, "any_pages", json_boolean(json_array_size(list) > 0));
	json_object_set_new(data, "pages", list);
	return rc;
}

/* The week in one sentence; never by pupil, never by device. */
static int add_week(struct call *c, json_t *data)
{
	int64_t week = 0, gaps = 0, today = c->now_ms / DAY_MS;
	char text[300];
	int rc = store_number(c->store, 0, &week,
			      "SELECT coalesce(sum(stops), 0) FROM incident_day WHERE day > ?", "i",
			      today - 7);

	if (rc == 0)
		rc = store_number(c->store, 0, &gaps,
				  "SELECT count(*) FROM entry WHERE event = 'gap' AND time >= ?", "i",
				  c->now_ms - 7 * (int64_t)DAY_MS);
	today_say(c, "week_stops", week, "", text, sizeof(text));
	json_object_set_new(data, "week", json_string(text));
	today_say(c, gaps > 0 ? "week_gaps" : "week_no_gaps", gaps, "", text, sizeof(text));
	json_object_set_new(data, "gaps", json_string(text));
	return rc;
}

void today_page(struct call *c)
{
	json_t *data = desk_data(), *cards = json_array();
	bool incidents = desk_may(c, MAY_INCIDENTS);
	char date[SHOW_TIME_SIZE];
	int rc = 0;

	if (desk_may(c, MAY_CONTACTS))
		rc = contacts_today(c, cards);
	if (rc == 0 && incidents) {
		rc = add_pages(c, data);
		if (rc == 0)
			rc = add_week(c, data);
	}
	if (rc == 0 && desk_may(c, MAY_TRENDS))
		rc = trends_today(c, cards);
	if (rc == 0 && desk_may(c, MAY_WRONG))
		rc = wrong_today(c, cards);
	json_object_set_new(data, "cards", cards);
	if (desk_store_failed(c, rc)) {
		json_decref(data);
		return;
	}
	show_date(c, c->now_ms, date);
	json_object_set_new(data, "date", json_string(date));
	json_object_set_new(data, "any_cards", json_boolean(json_array_size(cards) > 0));
	json_object_set_new(data, "incidents", json_boolean(incidents));
	json_object_set_new(data, "audit_only", json_boolean(desk_may(c, MAY_AUDIT)));
	json_object_set_new(data, "quiet",
			    json_boolean(json_array_size(cards) == 0 &&
					 !json_is_true(json_object_get(data, "any_pages"))));
	desk_render(c, "today", data, 200);
	audit_then(c, "view", "today", "");
}
