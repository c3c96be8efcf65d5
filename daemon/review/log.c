/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who looked at what: everybody's own entries, all of them for the auditor, who sees nothing else. */
#include <stdio.h>
#include <stdlib.h>

#include "review/audit.h"
#include "review/show.h"

enum { ENTRIES_PER_PAGE = 100 };

static json_t *entry(const struct call *c, const struct store_rows *rows)
{
	char time[SHOW_TIME_SIZE];
	const struct speech *s = c->site->speech;

	show_time(c, store_int(rows, 1), true, time);
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "time", time, "person", store_text(rows, 6),
			 "role", speech_word(s, c->language, "role", store_text(rows, 5)), "reason",
			 speech_word(s, c->language, "reason", store_text(rows, 4)), "action",
			 speech_word(s, c->language, "did", store_text(rows, 2)), "thing",
			 store_text(rows, 3), "detail", store_text(rows, 7));
}

void audit_page(struct call *c)
{
	char person[ACCOUNT_NAME_SIZE] = "", before[24];
	bool all = desk_may(c, MAY_AUDIT);
	json_t *list = json_array(), *data = desk_data();
	struct store_rows rows;
	int64_t last = 0, from = INT64_MAX;
	int count = 0;

	if (!all)
		(void)snprintf(person, sizeof(person), "%s", c->session.account.name);
	else if (form_get(c->query, "person", person, sizeof(person)) && !account_name_holds(person))
		person[0] = '\0';
	if (form_get(c->query, "before", before, sizeof(before)) && *before)
		from = strtoll(before, NULL, 10);
	int rc = store_ask(c->store, &rows,
			   "SELECT seq, time, action, name, rule, grp, subject, detail FROM entry"
			   " WHERE journal = 3 AND event = 'audit' AND seq < ?1 AND (?2 = '' OR subject = ?2)"
			   " ORDER BY seq DESC LIMIT ?3",
			   "iti", from, person, (int64_t)ENTRIES_PER_PAGE + 1);
	while (rc == 0 && count < ENTRIES_PER_PAGE && store_next(&rows)) {
		json_array_append_new(list, entry(c, &rows));
		last = store_int(&rows, 0);
		count++;
	}
	bool more = rc == 0 && count == ENTRIES_PER_PAGE && store_next(&rows);
	rc = rc == 0 ? store_done(&rows) : rc;
	json_object_set_new(data, "rows", list);
	if (desk_store_failed(c, rc)) {
		json_decref(data);
		return;
	}
	json_object_set_new(data, "all", json_boolean(all));
	json_object_set_new(data, "chosen", json_string(all ? person : ""));
	json_object_set_new(data, "more", more ? json_integer((json_int_t)last) : json_null());
	json_object_set_new(data, "empty", json_boolean(count == 0));
	desk_render(c, "audit", data, 200);
	audit_then(c, "view", all ? "audit" : "own-audit", person);
}
