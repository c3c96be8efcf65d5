/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much was stopped, week by week, at stages and never below them; signs that a whole group may need something. */
#include "review/trends.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "review/audit.h"
#include "review/publish.h"
#include "review/show.h"
#include "review/today.h"

enum { PLOT_WIDTH = 600, PLOT_HEIGHT = 120, BAR_GAP = 8, PLOT_TOP = 18, RECENT_WEEKS = 4 };

/* Bars of one colour with their numbers on them: they need no colours to be told apart, on paper neither. */
static json_t *bars(const struct call *c, const struct published *p, int category)
{
	json_t *list = json_array();
	int64_t most = 1;

	for (int w = 0; w < PUBLISH_WEEKS; w++) {
		int64_t n = publish_sum(p, category, -1, w, 1);
		most = n > most ? n : most;
	}
	for (int w = 0; w < PUBLISH_WEEKS; w++) {
		char date[SHOW_TIME_SIZE], number[24] = "";
		int64_t n = publish_sum(p, category, -1, w, 1);
		int wide = PLOT_WIDTH / PUBLISH_WEEKS, high = (int)(n * PLOT_HEIGHT / most);
		show_date(c, (p->first_day + 7 * (int64_t)w) * DAY_MS, date);
		if (n > 0)
			(void)snprintf(number, sizeof(number), "%lld", (long long)n);
		json_array_append_new(list,
				      json_pack("{s:i, s:i, s:i, s:i, s:i, s:i, s:s, s:s, s:b}", "x",
						w * wide + BAR_GAP / 2, "y", PLOT_TOP + PLOT_HEIGHT - high,
						"w", wide - BAR_GAP, "h", high, "mid", w * wide + wide / 2,
						"top", PLOT_TOP + PLOT_HEIGHT - high - 5, "number", number,
						"date", date, "labelled", w % 3 == 0));
	}
	return list;
}

static json_t *plots(const struct call *c, const struct published *p)
{
	json_t *list = json_array();

	for (size_t k = 0; k < c->conf->category_count; k++) {
		if (publish_sum(p, (int)k, -1, 0, PUBLISH_WEEKS) == 0)
			continue;
		json_array_append_new(list, json_pack("{s:s, s:i, s:o}", "category",
						      show_category(c, c->conf->categories[k].id), "number",
						      (int)k, "bars", bars(c, p, (int)k)));
	}
	return list;
}

static json_t *cells(const struct published *p, int category)
{
	json_t *list = json_array();

	for (int stage = 0; stage < PUBLISH_STAGES; stage++) {
		char text[24] = "<5";
		int64_t n = publish_sum(p, category, stage, PUBLISH_WEEKS - RECENT_WEEKS, RECENT_WEEKS);
		if (!p->stage[stage])
			continue;
		if (n > 0)
			(void)snprintf(text, sizeof(text), "%lld", (long long)n);
		json_array_append_new(list, json_string(text));
	}
	return list;
}

static void add_table(const struct call *c, const struct published *p, json_t *data)
{
	json_t *head = json_array(), *rows = json_array();

	for (int stage = 0; stage < PUBLISH_STAGES; stage++) {
		if (p->stage[stage])
			json_array_append_new(head, json_string(speech_word(c->site->speech, c->language,
									    "stage", stage_names[stage])));
	}
	for (size_t k = 0; k < c->conf->category_count; k++) {
		if (publish_sum(p, (int)k, -1, 0, PUBLISH_WEEKS) > 0)
			json_array_append_new(rows, json_pack("{s:s, s:o}", "category",
							      show_category(c, c->conf->categories[k].id),
							      "cells", cells(p, (int)k)));
	}
	json_object_set_new(data, "small", json_boolean(json_array_size(head) < PUBLISH_STAGES));
	json_object_set_new(data, "stages", head);
	json_object_set_new(data, "none", json_boolean(json_array_size(rows) == 0));
	json_object_set_new(data, "rows", rows);
}

static json_t *signs(const struct call *c, const struct published *p)
{
	json_t *list = json_array();
	int64_t usual;
	char word[200], text[400];

	for (size_t k = 0; k < c->conf->category_count; k++) {
		for (int stage = 0; c->conf->categories[k].severity > 0 && stage < PUBLISH_STAGES; stage++) {
			if (!publish_rises(p, (int)k, stage, &usual))
				continue;
			(void)snprintf(
				word, sizeof(word), "%.80s, %.60s",
				show_category(c, c->conf->categories[k].id),
				speech_word(c->site->speech, c->language, "stage", stage_names[stage]));
			today_say(c, "trend_sign", publish_sum(p, (int)k, stage, PUBLISH_WEEKS - 1, 1), word,
				  text, sizeof(text));
			json_array_append_new(list, json_string(text));
		}
	}
	return list;
}

int trends_today(struct call *c, json_t *cards)
{
	struct published p;
	int rc = publish_read(c->store, c->conf, c->now_ms, &p);

	if (rc == 0) {
		json_t *list = signs(c, &p);
		if (json_array_size(list) > 0)
			today_add(cards, "look", desk_text(c, "trend_signs"),
				  json_string_value(json_array_get(list, 0)), "/trends",
				  desk_text(c, "trends_see"));
		json_decref(list);
	}
	publish_free(&p);
	return rc;
}

void trends_page(struct call *c)
{
	struct published p;
	json_t *data = desk_data();
	int rc = publish_read(c->store, c->conf, c->now_ms, &p);

	if (rc == 0) {
		json_t *list = signs(c, &p);
		json_object_set_new(data, "any_signs", json_boolean(json_array_size(list) > 0));
		json_object_set_new(data, "signs", list);
		json_object_set_new(data, "plots", plots(c, &p));
		add_table(c, &p, data);
	}
	publish_free(&p);
	if (desk_store_failed(c, rc)) {
		json_decref(data);
		return;
	}
	desk_render(c, "trends", data, 200);
	audit_then(c, "view", "trends", "");
}
