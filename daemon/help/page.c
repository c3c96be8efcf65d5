/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "help/page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "help/contact.h"
#include "help/front.h"
#include "help/lists.h"
#include "help/papers.h"
#include "help/say.h"
#include "help/wrong.h"
#include "web/accept.h"

typedef void page_make(struct page_call *c, struct web_response *response);

static void script(struct page_call *c, struct web_response *response)
{
	response->status = 200;
	response->body = strdup(c->world->site->script);
	response->len = strlen(c->world->site->script);
	response->type = "text/javascript; charset=utf-8";
	if (response->body == NULL)
		abort();
}

static const struct {
	const char *path;
	page_make *get, *post;
} pages[] = {
	{"/", front_page, NULL},
	{"/contact", contact_page, contact_send},
	{"/withdraw", contact_withdraw_page, contact_withdraw},
	{"/wrong", front_page, wrong_send},
	{"/topics", lists_topics, NULL},
	{"/stopped", lists_stopped, NULL},
	{"/privacy", papers_privacy, NULL},
	{"/poster", papers_poster, NULL},
	{"/leave.js", script, NULL},
};

enum { PAGES = sizeof pages / sizeof pages[0] };

bool page_parameter(const char *target, const char *name, char *out, size_t size)
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
	page_parameter(request->target, "lang", asked, sizeof asked);
	int language = texts_language(s->texts, asked);
	if (language >= 0)
		return (enum language)language;
	for (size_t i = 0; i < s->texts->language_count; i++)
		names[i] = language_names[s->texts->languages[i]];
	return s->texts
		->languages[accept_language(request->accept_language, names, s->texts->language_count)];
}

/* Each language by its own name, with the way to this page in it. */
static json_t *language_links(const struct page_call *c, const char *path)
{
	const struct site *s = c->world->site;
	json_t *links = json_array();
	for (size_t i = 0; i < s->texts->language_count; i++) {
		enum language l = s->texts->languages[i];
		json_array_append_new(links,
				      json_pack("{s:s, s:s, s:s, s:b, s:o}", "tag", language_names[l], "name",
						s->texts->file[l].name, "dir", texts_direction(s->texts, l),
						"current", l == c->reader.language, "href",
						json_sprintf("%s?lang=%s%s%s", path, language_names[l],
							     c->token[0] != '\0' ? "&t=" : "", c->token)));
	}
	return links;
}

json_t *page_text(const struct page_call *c, const char *key)
{
	return say(c->world->site, c->reader.language, key, NULL);
}

void page_safe_origin(const struct page_call *c, char *out, size_t size)
{
	const struct site *s = c->world->site;
	bool secure = site_is_secure(s, c->reader.now_ms);
	snprintf(out, size, "%s%s", secure ? "https://" : "", secure ? s->conf->help.name : "");
}

json_t *page_data(const struct page_call *c, const char *path)
{
	const struct site *s = c->world->site;
	enum language l = c->reader.language;
	json_t *data = json_pack(
		"{s:s, s:s, s:O, s:o, s:o, s:b, s:s}", "lang", language_names[l], "dir",
		texts_direction(s->texts, l), "text", s->words[l], "languages", language_links(c, path),
		"here",
		json_sprintf("?lang=%s%s%s", language_names[l], c->token[0] != '\0' ? "&t=" : "", c->token),
		"front", strcmp(path, "/") == 0, "token", c->token);
	if (data == NULL)
		abort();
	if (s->conf->help.accessibility_statement[0] != '\0')
		json_object_set_new(data, "accessibility",
				    json_string(s->conf->help.accessibility_statement));
	return data;
}

void page_render(const struct page_call *c, const char *name, json_t *data, int status,
		 struct web_response *response)
{
	const struct site *s = c->world->site;
	int error = template_render(s->pages, name, data, &response->body, &response->len);
	json_decref(data);
	response->status = error == 0 ? status : 500;
	response->type = error == 0 ? "text/html; charset=utf-8" : NULL;
	response->language = language_names[c->reader.language];
	response->style_hash = s->style_hash;
	response->has_script = response->has_forms = true;
}

/* What the token says; a page about nothing in particular when it does not open. */
static void find_stop(struct page_call *c)
{
	const struct site *s = c->world->site;
	page_parameter(c->request->target, "t", c->token, sizeof c->token);
	c->category = -1;
	if (token_open(c->world->key, c->token, c->reader.now_ms, &c->stop) == 0)
		c->category = conf_category(s->conf, c->stop.category);
	if (c->category < 0)
		c->token[0] = '\0';
}

static size_t find_page(const char *target)
{
	size_t len = strcspn(target, "?");
	for (size_t i = 0; i < PAGES; i++)
		if (strlen(pages[i].path) == len && memcmp(pages[i].path, target, len) == 0)
			return i;
	return PAGES;
}

/*
 * A form of somebody else's page is none of ours. Nothing here acts in anybody's name: there is no cookie and no account
 * that a foreign form could use.
 */
static bool is_foreign_form(const struct web_request *request)
{
	static const char wanted[] = "application/x-www-form-urlencoded";
	return (request->site[0] != '\0' && strcmp(request->site, "same-origin") != 0 &&
		strcmp(request->site, "none") != 0) ||
	       strncmp(request->type, wanted, sizeof wanted - 1) != 0;
}

void page_answer(struct page_world *w, const struct web_request *request, int64_t now_ms,
		 struct web_response *response)
{
	bool posted = strcmp(request->method, "POST") == 0;
	bool read = strcmp(request->method, "GET") == 0 || strcmp(request->method, "HEAD") == 0;
	size_t page = find_page(request->target);
	struct page_call call = {.world = w, .request = request};
	call.group = policy_group(w->site->conf, &request->client);
	call.reader =
		(struct reader_of_page){w->site, language_of(w->site, request), call.group->stage, now_ms};
	if (posted && page < PAGES && pages[page].post != NULL) {
		if (is_foreign_form(request)) {
			response->status = 403;
			return;
		}
		find_stop(&call);
		pages[page].post(&call, response);
		return;
	}
	if (!read) {
		response->status = 405;
		response->has_forms = page < PAGES && pages[page].post != NULL;
		return;
	}
	/* What a browser asks for by itself (an icon) gets nothing; a person who mistyped gets the page. */
	if (page == PAGES && accept_quality(request->accept, "text/html") == 0) {
		response->status = 404;
		return;
	}
	find_stop(&call);
	(page < PAGES ? pages[page].get : front_page)(&call, response);
	if (page == PAGES && response->status == 200)
		response->status = 404;
}
