/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "help/wrong.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "web/form.h"

/* A page may have been open for long before somebody finds the words: the token only says which rule it was. */
static bool find_rule(const struct page_call *c, struct token *out)
{
	char text[TOKEN_TEXT_SIZE];
	form_get(c->request->body, "t", text, sizeof text);
	int error = token_open(c->world->key, text, c->reader.now_ms, out);
	return error == 0 || (error == -ETIMEDOUT && out->time_ms <= c->reader.now_ms &&
			      c->reader.now_ms - out->time_ms < DAY_MS);
}

static bool record(struct page_call *c, const struct token *t)
{
	struct record r = {.journal = JOURNAL_FEEDBACK, .event = EVENT_FEEDBACK, .count = 1, .date_only = 1};
	struct record_client_stats stats = {0};
	if (c->world->keeper == NULL)
		return false;
	record_client_stats(c->world->keeper, &stats);
	r.time_ms = c->reader.now_ms / DAY_MS * DAY_MS;
	snprintf(r.category, sizeof r.category, "%s", t->category);
	snprintf(r.rule, sizeof r.rule, "%s", t->rule);
	record_client_append(c->world->keeper, &r);
	c->world->feedback++;
	return stats.connected;
}

void wrong_send(struct page_call *c, struct web_response *response)
{
	struct token t;
	const char *key = "wrong_thanks";
	if (!find_rule(c, &t))
		key = "wrong_old";
	else if (!limits_take(&c->world->limits, LIMIT_FEEDBACK, &c->request->client, clock_mono_ms()))
		key = "wrong_many";
	else if (!record(c, &t))
		key = "wrong_unsure";
	bool thanks = strcmp(key, "wrong_thanks") == 0;
	json_t *data = page_data(c, "/wrong");
	json_object_set_new(data, "notice", page_text(c, key));
	json_object_set_new(data, "thanks", json_boolean(thanks));
	page_render(c, "wrong", data, thanks ? 200 : strcmp(key, "wrong_many") == 0 ? 429 : 503, response);
}
