/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What holds the help pages up, and what the filter could not see; and what is kept about people, by the mode. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "review/audit.h"
#include "review/publish.h"
#include "review/show.h"

enum { GAPS_MAX = 50, SOON_DAYS = 30 };

static json_t *service_row(const struct service *s, int32_t today)
{
	int32_t ends = 0;
	bool dated = clock_date(span_text(s->expires_on), &ends) == 0;

	return json_pack("{s:s, s:s, s:s, s:b, s:b}", "id", s->id, "verified", s->verified_on, "expires",
			 s->expires_on, "over", dated && ends < today, "soon",
			 dated && ends >= today && ends - today <= SOON_DAYS);
}

void check_page(struct call *c)
{
	json_t *list = json_array(), *data = desk_data();
	const struct catalogue *k = c->site->catalogue;
	int32_t today = (int32_t)(c->now_ms / DAY_MS);
	int due = 0;

	for (size_t i = 0; k && i < k->count; i++) {
		json_t *row = service_row(&k->services[i], today);
		bool needs = json_is_true(json_object_get(row, "over")) ||
			     json_is_true(json_object_get(row, "soon"));
		due += needs;
		(void)(needs ? json_array_insert_new(list, 0, row) : json_array_append_new(list, row));
	}
	json_object_set_new(data, "unreadable", json_boolean(!k));
	json_object_set_new(data, "fine", json_boolean(k && due == 0));
	json_object_set_new(data, "rows", list);
	desk_render(c, "check", data, 200);
}

static int add_gaps(struct call *c, json_t *data)
{
	struct store_rows rows;
	json_t *list = json_array();
	char time[SHOW_TIME_SIZE];
	int rc = store_ask(
		c->store, &rows,
		"SELECT time, count, detail FROM entry WHERE event = 'gap' ORDER BY time DESC LIMIT ?", "i",
		(int64_t)GAPS_MAX);

	while (rc == 0 && store_next(&rows)) {
		show_time(c, store_int(&rows, 0), true, time);
		json_array_append_new(list, json_pack("{s:s, s:I, s:s}", "time", time, "count",
						      (json_int_t)store_int(&rows, 1), "detail",
						      store_text(&rows, 2)));
	}
	json_object_set_new(data, "whole", json_boolean(json_array_size(list) == 0));
	json_object_set_new(data, "gaps", list);
	return rc == 0 ? store_done(&rows) : rc;
}

void coverage_page(struct call *c)
{
	struct store_rows rows;
	json_t *data = desk_data(), *troubles = json_array();
	int rc = add_gaps(c, data);

	if (rc == 0) {
		rc = store_ask(c->store, &rows, "SELECT trouble FROM position WHERE trouble <> ''", "");
		while (rc == 0 && store_next(&rows))
			json_array_append_new(troubles, json_string(store_text(&rows, 0)));
		rc = rc == 0 ? store_done(&rows) : rc;
	}
	json_object_set_new(data, "troubles", troubles);
	if (desk_store_failed(c, rc)) {
		json_decref(data);
		return;
	}
	json_object_set_new(data, "quic",
			    json_string(desk_text(c, c->conf->inspect.quic_refuse ? "cover_quic_refused"
										  : "cover_quic_passed")));
	json_object_set_new(data, "failure",
			    json_string(desk_text(c, c->conf->inspect.on_failure == FAILURE_PASS
							     ? "cover_failure_pass"
							     : "cover_failure_drop")));
	json_object_set_new(data, "observe", json_boolean(c->conf->rules.observe));
	desk_render(c, "coverage", data, 200);
}

void held_page(struct call *c)
{
	static const char *const modes[] = {[PRIVACY_COUNTS] = "held_counts",
					    [PRIVACY_EVENTS] = "held_events",
					    [PRIVACY_PSEUDONYMOUS] = "held_pseudonymous",
					    [PRIVACY_IDENTIFIABLE] = "held_pseudonymous"};
	json_t *data = desk_data();

	json_object_set_new(data, "mode", json_string(desk_text(c, modes[c->conf->privacy.mode])));
	json_object_set_new(data, "stops", json_integer(conf_journal_days(c->conf, 0)));
	json_object_set_new(data, "feedback", json_integer(conf_journal_days(c->conf, 1)));
	json_object_set_new(data, "contact", json_integer(conf_journal_days(c->conf, 2)));
	json_object_set_new(data, "audit", json_integer(conf_journal_days(c->conf, 3)));
	desk_render(c, "held", data, 200);
}
