/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a request to a page: one table of paths (desk.c), each with who may see it and what is done. Before any page runs
 * the name of the desk, the session, the role and, for what changes something, where the form came from were checked.
 */
#ifndef TRYGG_REVIEW_DESK_H
#define TRYGG_REVIEW_DESK_H

#include <jansson.h>

#include "review/review.h"
#include "review/session.h"
#include "web/form.h"

/* What roles may. Counts and states are no content; a name, a rule or a single stop is. */
enum may {
	MAY_ALL = 0,            /* everybody who is signed in */
	MAY_INCIDENTS = 1 << 0, /* stops one by one */
	MAY_CONTACTS =
		1
		<< 1, /* that a pupil asked, and until when somebody has to answer; opening needs the kind */
	MAY_WRONG = 1 << 2,
	MAY_DRAFT = 1 << 3,
	MAY_TRENDS = 1 << 4,
	MAY_STATE = 1 << 5, /* help check and coverage */
	MAY_AUDIT = 1 << 6,
};

struct call;
typedef void desk_handle(struct call *c);

struct desk_page {
	const char *path;
	const char *label; /* key of its place in the menu; NULL = none */
	unsigned may;
	desk_handle *get, *post;
};

struct call {
	struct review *review;
	const struct desk_site *site;
	const struct conf *conf;
	struct store *store;
	const struct web_request *request;
	struct web_response *response;
	const struct desk_page *page;
	struct session session;
	struct span query;
	char path[64];
	int language;
	int64_t now_ms;
};

web_handle desk_answer;

/* Whether the person who asks may. */
bool desk_may(const struct call *c, unsigned what);
/* A new object for a template. */
json_t *desk_data(void);
/* Renders a template with what every page has; takes `data` over. */
void desk_render(struct call *c, const char *name, json_t *data, int status);
/* The page that says in plain words why there is none; `key` is of the texts. */
void desk_sorry(struct call *c, int status, const char *key);
/* 303 to a path of ours. */
void desk_redirect(struct call *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A text in the reader's language. */
const char *desk_text(const struct call *c, const char *key);
/* The store failed: said, and the answer is a page that says so. Returns true when rc < 0. */
bool desk_store_failed(struct call *c, int rc);
/* A list of {id, label, on} for a choice; words end with NULL. */
json_t *desk_choices(const struct call *c, const char *prefix, const char *const *words, const char *chosen);
/* Whether the word is one of the list. */
bool desk_is_word(const char *const *words, const char *word);
extern const char *const desk_reasons[]; /* why somebody looks; ends with NULL */

/* ---- The pages */
desk_handle today_page, incidents_page, incident_page, incident_change, audit_page;
desk_handle contacts_page, contact_page, contact_open, contact_close;
desk_handle trends_page, export_page, export_send, wrong_page, wrong_draft, check_page, coverage_page,
	held_page;
desk_handle sign_in_page, sign_in, sign_out, settings_page, settings_password, settings_reason;

#endif
