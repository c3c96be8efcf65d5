/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "help/papers.h"

#include <stdio.h>
#include <string.h>

#include "catalogue/notice.h"

static json_t *part_of(const struct notice_part *part)
{
	json_t *lines = json_array();
	for (size_t i = 0; i < part->line_count; i++)
		json_array_append_new(lines, json_string(part->lines[i]));
	return json_pack("{s:s, s:o}", "heading", part->heading, "lines", lines);
}

void papers_privacy(struct page_call *c, struct web_response *response)
{
	const struct site *s = c->world->site;
	struct notice notice;
	json_t *data = page_data(c, "/privacy"), *parts = json_array();
	notice_make(s->conf, s->texts, s->duty, c->reader.language, &notice);
	for (size_t i = 0; i < notice.part_count; i++)
		json_array_append_new(parts, part_of(&notice.parts[i]));
	json_object_set_new(data, "parts", parts);
	page_render(c, "privacy", data, 200, response);
	notice_clear(&notice);
}

/* What a person types: a name, or the first address where there is none. */
static void typed(const struct page_call *c, char out[static CONF_ORIGIN_SIZE])
{
	const struct site *s = c->world->site;
	bool secure = site_is_secure(s, c->reader.now_ms);
	out[0] = '\0';
	if (secure || s->conf->help.address_count > 0)
		conf_help_origin(s->conf, secure, &s->conf->help.addresses[0], 80, out);
}

void papers_poster(struct page_call *c, struct web_response *response)
{
	char origin[CONF_ORIGIN_SIZE];
	json_t *data = page_data(c, "/poster");
	typed(c, origin);
	json_object_set_new(data, "address", json_string(origin));
	page_render(c, "poster", data, 200, response);
}
