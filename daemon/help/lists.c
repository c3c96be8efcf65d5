/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "help/lists.h"

#include <string.h>

#include "catalogue/answers.h"
#include "help/say.h"

static const char *title_of(const struct page_call *c, const struct conf_category *category)
{
	const char *own = category->title[c->reader.language];
	const char *first = category->title[c->reader.site->texts->languages[0]];
	return own != NULL ? own : first != NULL ? first : category->id;
}

void lists_topics(struct page_call *c, struct web_response *response)
{
	const struct conf *conf = c->reader.site->conf;
	json_t *data = page_data(c, "/topics"), *topics = json_array();
	for (size_t i = 0; i < conf->category_count; i++) {
		const struct conf_category *category = &conf->categories[i];
		if (category->topics.count == 0)
			continue;
		json_array_append_new(topics,
				      json_pack("{s:s, s:o}", "title", title_of(c, category), "services",
						cards_short(&c->reader, &category->topics)));
	}
	json_object_set_new(data, "topics", topics);
	page_render(c, "topics", data, 200, response);
}

static json_t *stopped_of(const struct page_call *c)
{
	const struct conf *conf = c->reader.site->conf;
	json_t *list = json_array();
	for (size_t i = 0; i < conf->category_count; i++) {
		const struct conf_category *category = &conf->categories[i];
		enum action action = c->group->actions[i];
		if (category->builtin || (action != ACTION_HELP && action != ACTION_REFUSE))
			continue;
		json_array_append_new(list, json_pack("{s:s, s:s}", "title", title_of(c, category), "why",
						      texts_category(c->reader.site->texts,
								     c->reader.language, category->id)
							      ->why));
	}
	return list;
}

static json_t *answers_of(const struct page_call *c)
{
	const struct answers *answers = c->reader.site->answers;
	json_t *list = json_array();
	for (size_t i = 0; answers != NULL && i < answers->count; i++) {
		const struct answer *a = &answers->items[i];
		char date[64] = "";
		int32_t day;
		if (day_parse(a->on, &day) == 0)
			say_date(c->reader.site, c->reader.language, day, date, sizeof date);
		json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:b}", "rule", a->rule, "on", date,
						      "text", words_in(&a->text, c->reader.language),
						      "changed", a->changed));
	}
	return list;
}

void lists_stopped(struct page_call *c, struct web_response *response)
{
	json_t *data = page_data(c, "/stopped");
	json_object_set_new(data, "list", stopped_of(c));
	json_object_set_new(data, "answers", answers_of(c));
	page_render(c, "stopped", data, 200, response);
}
