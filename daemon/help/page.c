/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "help/page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "help/cards.h"
#include "help/say.h"
#include "web/accept.h"

/* What is known about the stop; category NULL on the start page. */
struct stopped {
	const struct conf_category *category;
	int index;
	struct token token;
};

/* The value of a query parameter of the target, cut at the size; false when there is none. */
static bool parameter(const char *target, const char *name, char *out, size_t size)
{
	const char *at = strchr(target, '?');
	while (at != NULL) {
		size_t len = strcspn(++at, "&");
		size_t key = strcspn(at, "=&");
		if (key < len && strlen(name) == key && memcmp(at, name, key) == 0) {
			snprintf(out, size, "%.*s", (int)(len - key - 1), at + key + 1);
			return true;
		}
		at = at[len] == '&' ? at + len : NULL;
	}
	out[0] = '\0';
	return false;
}

static enum language language_of(const struct site *s, const struct web_request *request)
{
	const char *names[LANGUAGES];
	char asked[8];
	parameter(request->target, "lang", asked, sizeof asked);
	int language = texts_language(s->texts, asked);
	if (language >= 0)
		return (enum language)language;
	for (size_t i = 0; i < s->texts->language_count; i++)
		names[i] = language_names[s->texts->languages[i]];
	return s->texts
		->languages[accept_language(request->accept_language, names, s->texts->language_count)];
}

/* Each language by its own name, with the way to this page in it. */
static json_t *language_links(const struct site *s, enum language language, const char *token)
{
	json_t *links = json_array();
	for (size_t i = 0; i < s->texts->language_count; i++) {
		enum language l = s->texts->languages[i];
		json_array_append_new(links,
				      json_pack("{s:s, s:s, s:b, s:o}", "tag", language_names[l], "name",
						s->texts->file[l].name, "current", l == language, "href",
						json_sprintf("/?lang=%s%s%s", language_names[l],
							     token[0] != '\0' ? "&t=" : "", token)));
	}
	return links;
}

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

static bool is_refused(const struct stopped *stop, const struct conf_group *group)
{
	return stop->category != NULL && group->actions[stop->index] == ACTION_REFUSE;
}

static void add_stop(const struct reader_of_page *r, const struct stopped *stop, json_t *data)
{
	const struct conf_category *c = stop->category;
	const struct category_words *words =
		texts_category(r->site->texts, r->language, c != NULL ? c->id : NULL);
	if (c == NULL) {
		json_object_set_new(data, "lead", say(r->site, r->language, "lead_start", NULL));
		json_object_set_new(data, "who", say(r->site, r->language, "who_visit", NULL));
		return;
	}
	struct words title;
	memcpy(title.in, c->title, sizeof title.in);
	const char *shown = words_in(&title, r->language);
	json_object_set_new(data, "lead", json_string(words->lead));
	json_object_set_new(data, "stop",
			    json_pack("{s:s, s:s, s:s, s:o}", "category", shown[0] != '\0' ? shown : c->id,
				      "why", words->why, "rule", stop->token.rule, "owner",
				      owner_words(r, stop->token.rule)));
	json_object_set_new(data, "who",
			    say(r->site, r->language, who_key(r->site->conf, c, r->stage), NULL));
}

static json_t *all_texts(const struct site *s, enum language language)
{
	const struct text_file *f = &s->texts->file[language];
	json_t *texts = json_object();
	for (size_t i = 0; i < f->text_count; i++)
		json_object_set_new(texts, f->texts[i].key, json_string(f->texts[i].value));
	return texts;
}

static void find_stop(const struct site *s, const uint8_t key[static TOKEN_KEY_SIZE], const char *token,
		      int64_t now_ms, struct stopped *out)
{
	*out = (struct stopped){.index = -1};
	if (token_open(key, token, now_ms, &out->token) == 0)
		out->index = conf_category(s->conf, out->token.category);
	if (out->index >= 0)
		out->category = &s->conf->categories[out->index];
}

static void render(const struct site *s, const uint8_t key[static TOKEN_KEY_SIZE],
		   const struct web_request *request, int64_t now_ms, struct web_response *response)
{
	static const char *const everybody[] = {"general"};
	const struct conf_list general = {1, (const char **)(uintptr_t)everybody};
	const struct conf_group *group = policy_group(s->conf, &request->client);
	struct reader_of_page r = {s, language_of(s, request), group->stage, now_ms};
	char token[TOKEN_TEXT_SIZE];
	struct stopped stop;
	parameter(request->target, "t", token, sizeof token);
	find_stop(s, key, token, now_ms, &stop);
	json_t *data = json_pack("{s:s, s:o, s:o, s:b, s:b}", "lang", language_names[r.language], "text",
				 all_texts(s, r.language), "languages",
				 language_links(s, r.language, stop.category != NULL ? token : ""), "start",
				 stop.category == NULL, "refused", is_refused(&stop, group));
	if (data == NULL)
		abort();
	add_stop(&r, &stop, data);
	cards_add(&r,
		  stop.category != NULL && stop.category->topics.count > 0 ? &stop.category->topics
									   : &general,
		  data);
	int error = template_render(s->pages, "page", data, &response->body, &response->len);
	json_decref(data);
	response->status = error == 0 ? 200 : 500;
	response->type = error == 0 ? "text/html; charset=utf-8" : NULL;
	response->language = language_names[r.language];
	response->style_hash = s->style_hash;
}

void page_answer(const struct site *s, const uint8_t key[static TOKEN_KEY_SIZE],
		 const struct web_request *request, int64_t now_ms, struct web_response *response)
{
	bool read = strcmp(request->method, "GET") == 0 || strcmp(request->method, "HEAD") == 0;
	bool known = request->target[0] == '/' && (request->target[1] == '\0' || request->target[1] == '?');
	if (!read) {
		response->status = 405;
		return;
	}
	/* What a browser asks for by itself (an icon) gets nothing; a person who mistyped gets the page. */
	if (!known && accept_quality(request->accept, "text/html") == 0) {
		response->status = 404;
		return;
	}
	render(s, key, request, now_ms, response);
	if (!known && response->status == 200)
		response->status = 404;
}
