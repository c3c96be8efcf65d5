/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "help/front.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "help/contact.h"
#include "help/say.h"

/*
 * Which promise about "who can see this" is true now. A stop of a mandatory category or with log = "count" leaves a
 * number only; one with log = "none" nothing; staff and guests never have a subject.
 */
static const char *who_key(const struct conf *conf, const struct conf_category *c, enum stage stage)
{
	static const char *const by_mode[] = {
		[PRIVACY_COUNTS] = "who_counts",
		[PRIVACY_EVENTS] = "who_events",
		[PRIVACY_PSEUDONYMOUS] = "who_pseudonymous",
		[PRIVACY_IDENTIFIABLE] = "who_identifiable",
	};
	enum privacy_mode mode = conf->privacy.mode;
	if (c->log == LOG_NONE)
		return "who_nothing";
	if (c->mandatory || c->log == LOG_COUNT)
		return "who_counts";
	if (mode > PRIVACY_EVENTS && (stage == STAGE_STAFF || stage == STAGE_GUEST))
		mode = PRIVACY_EVENTS;
	if (mode == PRIVACY_IDENTIFIABLE && c->log != LOG_CONCERN)
		mode = PRIVACY_PSEUDONYMOUS;
	if (mode == PRIVACY_EVENTS && c->log == LOG_CONCERN)
		return "who_events_name";
	return by_mode[mode];
}

/* Whose policy it is, by the layer that the rule's file belongs to. */
static json_t *owner_words(const struct reader_of_page *r, const char *rule)
{
	static const struct {
		const char *layer, *key;
	} owners[] = {{"national/", "owner_national"},
		      {"municipality/", "owner_municipality"},
		      {"school/", "owner_school"}};
	const struct conf *conf = r->site->conf;
	const char *key = "owner_settings";
	for (size_t i = 0; i < sizeof owners / sizeof owners[0]; i++)
		if (strncmp(rule, owners[i].layer, strlen(owners[i].layer)) == 0)
			key = owners[i].key;
	const char *name =
		strcmp(key, "owner_municipality") == 0 ? conf->gateway.municipality : conf->gateway.school;
	char bracketed[160] = "";
	if (name != NULL && name[0] != '\0' && strcmp(key, "owner_national") != 0)
		snprintf(bracketed, sizeof bracketed, " (%.150s)", name);
	const struct slot slots[] = {{"name", bracketed}, {NULL, NULL}};
	return say(r->site, r->language, key, slots);
}

static void add_stop(const struct page_call *c, json_t *data)
{
	const struct reader_of_page *r = &c->reader;
	const struct conf_category *category = &r->site->conf->categories[c->category];
	const struct category_words *words = texts_category(r->site->texts, r->language, category->id);
	struct words title;
	memcpy(title.in, category->title, sizeof title.in);
	const char *shown = words_in(&title, r->language);
	json_object_set_new(data, "stop",
			    json_pack("{s:s, s:s, s:s, s:s, s:o, s:b}", "category",
				      shown[0] != '\0' ? shown : category->id, "words", words->lead, "why",
				      words->why, "rule", c->stop.rule, "owner", owner_words(r, c->stop.rule),
				      "mandatory", category->mandatory));
	json_object_set_new(data, "who", page_text(c, who_key(r->site->conf, category, r->stage)));
}

static void render(struct page_call *c, struct web_response *response)
{
	static const char *const everybody[] = {"general"};
	const struct conf_list general = {1, (const char **)(uintptr_t)everybody};
	const struct conf_category *category =
		c->category >= 0 ? &c->reader.site->conf->categories[c->category] : NULL;
	json_t *data = page_data(c, "/");
	if (category != NULL)
		add_stop(c, data);
	else
		json_object_set_new(data, "who", page_text(c, "who_visit"));
	cards_add(&c->reader, category != NULL && category->topics.count > 0 ? &category->topics : &general,
		  data);
	contact_invite(c, data);
	page_render(c, "page", data, 200, response);
}

/*
 * Of the same stop, stage, language and minute there is one page. The way to the form over HTTPS and the state of the form
 * change with the minute at most.
 */
void front_page(struct page_call *c, struct web_response *response)
{
	char key[CACHE_KEY_SIZE], token[TOKEN_TEXT_SIZE];
	struct cache *cache = &c->world->cache;
	snprintf(key, sizeof key, "%d %d %d %d %lld %s", c->category, c->reader.stage, c->reader.language,
		 c->request->tls, (long long)(c->reader.now_ms / MINUTE_MS),
		 c->category >= 0 ? c->stop.rule : "");
	memcpy(token, c->token, sizeof token);
	response->body = cache_find(cache, key, token, &response->len);
	if (response->body == NULL) {
		if (c->category >= 0)
			memcpy(c->token, cache_token, sizeof c->token);
		render(c, response);
		memcpy(c->token, token, sizeof token);
		if (response->status != 200)
			return;
		cache_keep(cache, key, response->body, response->len);
		char *own = cache_find(cache, key, token, &response->len);
		if (own != NULL) {
			free(response->body);
			response->body = own;
		}
	}
	response->status = 200;
	response->type = "text/html; charset=utf-8";
	response->language = language_names[c->reader.language];
	response->style_hash = c->reader.site->style_hash;
	response->has_script = response->has_forms = true;
}
