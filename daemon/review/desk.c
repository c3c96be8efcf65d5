/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/desk.h"

#include <errno.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "review/audit.h"
#include "web/accept.h"

const char *const desk_reasons[] = {"daily", "asked", "rules", "plan", "supervision", NULL};

/* Who may what. Nobody sees more than the work needs: IT sees no content, the auditor sees who looked, not at what. */
static const unsigned roles[ROLES] = {
	[ROLE_HEALTH] = MAY_INCIDENTS | MAY_CONTACTS | MAY_WRONG | MAY_TRENDS | MAY_STATE,
	[ROLE_SCHOOL] = MAY_INCIDENTS | MAY_CONTACTS | MAY_WRONG | MAY_TRENDS | MAY_STATE,
	[ROLE_PRINCIPAL] = MAY_INCIDENTS | MAY_CONTACTS | MAY_WRONG | MAY_TRENDS | MAY_STATE,
	[ROLE_MUNICIPAL] = MAY_CONTACTS | MAY_WRONG | MAY_DRAFT | MAY_TRENDS | MAY_STATE,
	[ROLE_IT] = MAY_STATE,
	[ROLE_AUDITOR] = MAY_AUDIT,
};

static const struct desk_page pages[] = {
	{"/", "menu_today", MAY_ALL, today_page, NULL},
	{"/contacts", "menu_contacts", MAY_CONTACTS, contacts_page, NULL},
	{"/contact", NULL, MAY_CONTACTS, contact_page, contact_open},
	{"/contact/close", NULL, MAY_CONTACTS, NULL, contact_close},
	{"/incidents", "menu_incidents", MAY_INCIDENTS, incidents_page, NULL},
	{"/incident", NULL, MAY_INCIDENTS, incident_page, incident_change},
	{"/wrong", "menu_wrong", MAY_WRONG, wrong_page, wrong_draft},
	{"/trends", "menu_trends", MAY_TRENDS, trends_page, NULL},
	{"/check", "menu_check", MAY_STATE, check_page, NULL},
	{"/coverage", "menu_coverage", MAY_STATE, coverage_page, NULL},
	{"/held", "menu_held", MAY_STATE, held_page, NULL},
	{"/export", "menu_export", MAY_TRENDS, export_page, export_send},
	{"/audit", "menu_audit", MAY_ALL, audit_page, NULL},
	{"/settings", "menu_settings", MAY_ALL, settings_page, NULL},
	{"/settings/password", NULL, MAY_ALL, settings_page, settings_password},
	{"/settings/reason", NULL, MAY_ALL, settings_page, settings_reason},
	{"/sign-out", NULL, MAY_ALL, NULL, sign_out},
};

static const struct desk_page sign_in_row = {"/sign-in", NULL, MAY_ALL, sign_in_page, sign_in};

bool desk_may(const struct call *c, unsigned what)
{
	return c->session.open && (roles[c->session.account.role] & what) == what;
}

/* ---- Answers */

json_t *desk_data(void)
{
	json_t *data = json_object();

	if (!data)
		abort();
	return data;
}

const char *desk_text(const struct call *c, const char *key)
{
	return speech_get(c->site->speech, c->language, key);
}

static json_t *menu(const struct call *c)
{
	json_t *list = json_array();

	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		if (!pages[i].label || !desk_may(c, pages[i].may))
			continue;
		json_array_append_new(list, json_pack("{s:s, s:s, s:b}", "path", pages[i].path, "label",
						      desk_text(c, pages[i].label), "here",
						      strcmp(pages[i].path, c->path) == 0));
	}
	return list;
}

static json_t *languages(const struct call *c)
{
	json_t *list = json_array();

	for (int i = 0; i < SPEECH_LANGUAGES; i++)
		json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:b}", "tag", c->site->speech->tags[i],
						      "name", speech_get(c->site->speech, i, "language_name"),
						      "path", c->path, "here", i == c->language));
	return list;
}

static void add_common(const struct call *c, json_t *data)
{
	const struct session *s = &c->session;

	json_object_set_new(data, "lang", json_string(c->site->speech->tags[c->language]));
	json_object_set(data, "text", c->site->speech->texts[c->language]);
	json_object_set_new(data, "languages", languages(c));
	if (!json_object_get(data, "title"))
		json_object_set_new(
			data, "title",
			json_string(desk_text(c, c->page && c->page->label ? c->page->label : "sign_in")));
	json_object_set_new(data, "school", json_string(c->conf->gateway.school));
	json_object_set_new(data, "signed_in", json_boolean(s->open));
	if (!s->open)
		return;
	json_object_set_new(data, "has_menu", json_boolean(!s->account.fresh));
	json_object_set_new(data, "menu", menu(c));
	json_object_set_new(data, "csrf", json_string(s->csrf));
	json_object_set_new(data, "person", json_string(s->account.name));
	json_object_set_new(data, "role",
			    json_string(speech_word(c->site->speech, c->language, "role",
						    account_roles[s->account.role])));
	json_object_set_new(data, "reason",
			    json_string(speech_word(c->site->speech, c->language, "reason", s->reason)));
}

void desk_render(struct call *c, const char *name, json_t *data, int status)
{
	struct web_response *r = c->response;

	add_common(c, data);
	int rc = template_render(c->site->pages, name, data, &r->body, &r->len);
	json_decref(data);
	r->status = rc == 0 ? status : 500;
	r->type = rc == 0 ? "text/html; charset=utf-8" : NULL;
	r->language = c->site->speech->tags[c->language];
	r->style_hash = c->site->style_hash;
	r->has_forms = true;
	r->https_only = c->conf->review.https;
}

void desk_sorry(struct call *c, int status, const char *key)
{
	json_t *data = desk_data();

	c->review->counters.refused++;
	json_object_set_new(data, "sorry", json_string(desk_text(c, key)));
	desk_render(c, "sorry", data, status);
}

void desk_redirect(struct call *c, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(c->response->location, sizeof(c->response->location), format, args);
	va_end(args);
	c->response->status = 303;
	c->response->https_only = c->conf->review.https;
}

bool desk_store_failed(struct call *c, int rc)
{
	if (rc >= 0)
		return false;
	review_store_failed(c->review, rc);
	c->store = c->review->store;
	desk_sorry(c, 503, "sorry_store");
	return true;
}

json_t *desk_choices(const struct call *c, const char *prefix, const char *const *words, const char *chosen)
{
	json_t *list = json_array();

	for (; *words; words++)
		json_array_append_new(list,
				      json_pack("{s:s, s:s, s:b}", "id", *words, "label",
						speech_word(c->site->speech, c->language, prefix, *words),
						"on", strcmp(*words, chosen) == 0));
	return list;
}

bool desk_is_word(const char *const *words, const char *word)
{
	while (*words && strcmp(*words, word) != 0)
		words++;
	return *words != NULL;
}

/* ---- The way to a page */

/* A browser that was led here under another name (DNS rebinding) gets nothing. */
static bool is_our_name(const struct conf *conf, const char *host)
{
	size_t len = strlen(host);
	const char *colon = strrchr(host, ':'), *bracket = strrchr(host, ']');

	if (colon && (!bracket || colon > bracket))
		len = (size_t)(colon - host);
	for (size_t i = 0; i < conf->review.names.count; i++) {
		const char *name = conf->review.names.item[i];
		if (strlen(name) == len && strncasecmp(name, host, len) == 0)
			return true;
	}
	return false;
}

/* The form came from a page of ours: the browser says so, and it knows the session's token (ASVS 3.5.1). */
static bool is_own_form(const struct call *c, bool with_token)
{
	const struct web_request *q = c->request;
	const char *scheme = strstr(q->origin, "://");
	char token[SESSION_TEXT_SIZE];

	if (*q->site ? strcmp(q->site, "same-origin") != 0
		     : *q->origin && (!scheme || strcasecmp(scheme + 3, q->host) != 0))
		return false;
	if (!with_token)
		return true;
	/* An upload's token stands in its address: its body is read by whoever opens it. */
	if (!form_get(q->body, "csrf", token, sizeof(token)) &&
	    !form_get(c->query, "csrf", token, sizeof(token)))
		return false;
	return strlen(token) == strlen(c->session.csrf) &&
	       sodium_memcmp(token, c->session.csrf, strlen(token)) == 0;
}

static void find_language(struct call *c)
{
	char asked[8];

	c->language = form_get(c->query, "lang", asked, sizeof(asked)) ||
				      session_cookie(c->request->cookie, "trygg-lang", asked, sizeof(asked))
			      ? speech_language(c->site->speech, asked)
			      : -1;
	if (c->language < 0)
		c->language = (int)accept_language(c->request->accept_language, c->site->speech->tags,
						   SPEECH_LANGUAGES);
}

static const struct desk_page *find_page(const char *path)
{
	if (strcmp(path, sign_in_row.path) == 0)
		return &sign_in_row;
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		if (strcmp(pages[i].path, path) == 0)
			return &pages[i];
	}
	return NULL;
}

/* A proxy names who sits there, with every request; nobody else can (it speaks over a Unix socket). */
static int vouched(struct call *c)
{
	const struct conf *conf = c->conf;
	const char *name = web_field(c->request, conf->review.user_field);
	struct account a;

	if (!c->request->local_socket || !*conf->review.user_field) {
		c->session.open = c->session.open && !c->session.proxied;
		return 0;
	}
	if (c->session.open && strcmp(c->session.account.name, name) == 0)
		return 0;
	c->session = (struct session){0};
	int rc = account_name_holds(name) ? account_find(c->store, name, &a) : -ENOENT;
	if (rc < 0 || a.disabled)
		return rc == -ENOENT ? 0 : rc;
	a.fresh = false; /* the secret is somebody else's business */
	rc = session_begin(c->store, conf, &a, desk_reasons[0], true, c->now_ms, &c->session,
			   c->response->cookie, sizeof(c->response->cookie));
	if (rc == 0)
		audit_note(c, a.name, "sign-in", "proxy");
	return rc;
}

static int open_session(struct call *c)
{
	int rc = session_find(c->store, c->conf, c->request, c->now_ms, &c->session);

	if (rc == 0)
		rc = vouched(c);
	if (rc == 0 && c->session.proxied)
		c->session.account.fresh = false;
	return rc;
}

static void run(struct call *c, bool posted)
{
	desk_handle *handle = posted ? c->page->post : c->page->get;
	bool public = c->page == &sign_in_row;

	if (!public && !c->session.open) {
		if (c->request->local_socket && *c->conf->review.user_field)
			desk_sorry(c, 403, "sorry_unknown");
		else
			desk_redirect(c, "/sign-in");
	} else if (!handle) {
		c->response->status = 405;
		c->response->has_forms = true;
	} else if (!public && c->session.account.fresh && strncmp(c->path, "/settings", 9) != 0 &&
		   strcmp(c->path, "/sign-out") != 0) {
		desk_redirect(c, "/settings");
	} else if (!public && !desk_may(c, c->page->may)) {
		audit_note(c, c->session.account.name, "refused", c->path);
		desk_sorry(c, 403, "sorry_role");
	} else if (posted && !is_own_form(c, !public)) {
		desk_sorry(c, 403, "sorry_form");
	} else {
		handle(c);
	}
}

static void choose_language(struct call *c)
{
	desk_redirect(c, "%s", c->path);
	(void)snprintf(c->response->cookie, sizeof(c->response->cookie),
		       "trygg-lang=%s; Path=/; Max-Age=31536000; HttpOnly; SameSite=Strict%s",
		       c->site->speech->tags[c->language], c->conf->review.https ? "; Secure" : "");
}

static void serve(struct call *c)
{
	bool posted = strcmp(c->request->method, "POST") == 0;
	char lang[8];

	find_language(c);
	c->page = find_page(c->path);
	if (!posted && strcmp(c->request->method, "GET") != 0 && strcmp(c->request->method, "HEAD") != 0) {
		c->response->status = 405;
		c->response->has_forms = true;
	} else if (!c->store) {
		desk_sorry(c, 503, "sorry_store");
	} else if (desk_store_failed(c, open_session(c))) {
		return;
	} else if (!c->page) {
		desk_sorry(c, 404, "sorry_nothing");
	} else if (!posted && c->page->label && form_get(c->query, "lang", lang, sizeof(lang))) {
		choose_language(c);
	} else {
		run(c, posted);
	}
}

void desk_answer(void *user, const struct web_request *request, struct web_response *response)
{
	struct review *r = user;
	size_t len = strcspn(request->target, "?#");
	struct call c = {.review = r,
			 .site = r->site,
			 .conf = r->site->conf,
			 .store = review_store(r),
			 .request = request,
			 .response = response,
			 .now_ms = clock_wall_ms()};

	r->counters.pages++;
	if (!is_our_name(c.conf, request->host)) {
		response->status = 421;
		return;
	}
	(void)snprintf(c.path, sizeof(c.path), "%.*s", (int)(len < sizeof(c.path) ? len : 0),
		       request->target);
	c.query = span_from(span_text(request->target), len + 1);
	serve(&c);
	sodium_memzero(&c.session, sizeof(c.session));
}
