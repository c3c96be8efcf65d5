/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "help/contact.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "help/receipt.h"
#include "help/say.h"
#include "help/waiting.h"
#include "incident/box.h"
#include "web/form.h"

enum { NAME_SIZE = 81, PLACE_SIZE = 241, HEARTBEAT_MAX_S = 3600, HEARTBEAT_SLACK_S = 300 };

static const char *const kind_ids[DUTY_KINDS] = {
	[DUTY_NURSE] = "nurse", [DUTY_COUNSELLOR] = "counsellor", [DUTY_OUTSIDE] = "outside"};

/* What a pupil wrote. */
struct wish {
	int kind; /* -1 = none was chosen */
	char name[NAME_SIZE], place[PLACE_SIZE];
	bool not_in_class, not_home_first, topic;
};

/* ---- Would it be read? */

/* Who reads the requests says so once a minute; who has not for an hour is away. */
static bool is_alive(const struct site *s, const char *program, int64_t wall_ms)
{
	char path[4096], *text = NULL;
	size_t len = 0;
	snprintf(path, sizeof path, "%s/%s.heartbeat", s->conf->gateway.run_folder, program);
	if (file_read(path, 64, &text, &len) < 0)
		return false;
	int64_t age_s = wall_ms / 1000 - strtoll(text, NULL, 10);
	free(text);
	return age_s <= HEARTBEAT_MAX_S && age_s >= -HEARTBEAT_SLACK_S;
}

void contact_state(const struct page_call *c, enum duty_kind kind, struct contact_state *out)
{
	const struct site *s = c->world->site;
	int64_t now = c->reader.now_ms;
	duty_form(s->duty, kind, now, &out->form);
	out->up = out->form.up && s->key_count[kind] >= BOX_RECIPIENTS_MIN && c->world->keeper != NULL &&
		  is_alive(s, "review", now) && is_alive(s, "courier", now);
}

static bool any_up(const struct page_call *c)
{
	struct contact_state state;
	for (int kind = 0; kind < DUTY_KINDS; kind++) {
		contact_state(c, (enum duty_kind)kind, &state);
		if (state.up)
			return true;
	}
	return false;
}

void contact_invite(const struct page_call *c, json_t *data)
{
	char origin[300];
	bool safe = c->request->tls;
	page_safe_origin(c, origin, sizeof origin);
	bool offered = (safe || origin[0] != '\0') && any_up(c);
	json_object_set_new(data, "invite",
			    json_pack("{s:b, s:s}", "offered", offered, "origin", safe ? "" : origin));
}

/* ---- The form */

/* Of each kind that the school has: is it up, who is there, where and when. */
static json_t *kinds(const struct page_call *c, int chosen)
{
	json_t *list = json_array();
	for (int kind = 0; kind < DUTY_KINDS; kind++) {
		struct contact_state state;
		char key[32];
		if (!duty_has(c->world->site->duty, (enum duty_kind)kind) && kind != DUTY_OUTSIDE)
			continue;
		contact_state(c, (enum duty_kind)kind, &state);
		snprintf(key, sizeof key, "contact_%s", kind_ids[kind]);
		json_t *row =
			json_pack("{s:s, s:o, s:b, s:b}", "id", kind_ids[kind], "label", page_text(c, key),
				  "up", state.up, "checked", state.up && chosen == kind);
		if (!state.up && state.form.back_wall_ms > 0)
			json_object_set_new(row, "back",
					    cards_back_words(&c->reader, state.form.back_wall_ms));
		json_array_append_new(list, row);
	}
	return list;
}

/* The category of the stop in plain words, to be ticked; nothing is filled in by itself. */
static void add_topic(const struct page_call *c, json_t *data)
{
	struct words title;
	if (c->category < 0)
		return;
	memcpy(title.in, c->world->site->conf->categories[c->category].title, sizeof title.in);
	const struct slot slots[] = {{"value", words_in(&title, c->reader.language)}, {NULL, NULL}};
	json_object_set_new(data, "topic", say(c->world->site, c->reader.language, "contact_topic", slots));
}

static void show_form(const struct page_call *c, const struct wish *wish, const char *notice, int status,
		      struct web_response *response)
{
	static const char *const general[] = {"general"};
	const struct conf_list topics = {1, (const char **)(uintptr_t)general};
	char origin[300];
	json_t *data = page_data(c, "/contact");
	bool up = any_up(c);
	page_safe_origin(c, origin, sizeof origin);
	cards_add(&c->reader, &topics, data);
	json_object_set_new(data, "kinds", kinds(c, wish->kind));
	json_object_set_new(data, "form", json_boolean(c->request->tls && up));
	json_object_set_new(data, "down", json_boolean(!up));
	json_object_set_new(data, "elsewhere", json_boolean(!c->request->tls && up));
	json_object_set_new(data, "origin", json_string(origin));
	json_object_set_new(data, "notice", notice != NULL ? page_text(c, notice) : json_null());
	add_topic(c, data);
	page_render(c, "contact", data, status, response);
}

void contact_page(struct page_call *c, struct web_response *response)
{
	const struct wish nothing = {.kind = -1};
	show_form(c, &nothing, NULL, 200, response);
}

/* ---- Sending */

static int kind_of(const char *text)
{
	for (int kind = 0; kind < DUTY_KINDS; kind++)
		if (strcmp(text, kind_ids[kind]) == 0)
			return kind;
	return -1;
}

static void read_wish(struct span body, struct wish *out)
{
	char kind[16];
	*out = (struct wish){0};
	form_get(body, "whom", kind, sizeof kind);
	out->kind = kind_of(kind);
	form_get(body, "name", out->name, sizeof out->name);
	form_get(body, "place", out->place, sizeof out->place);
	out->not_in_class = form_is(body, "class", "no");
	out->not_home_first = form_is(body, "home", "no");
	out->topic = form_is(body, "topic", "yes");
}

/* The content of the box: what the pupil wrote and ticked, and nothing that was not. */
static char *content_of(const struct page_call *c, const struct wish *w)
{
	const char *topic =
		w->topic && c->category >= 0 ? c->world->site->conf->categories[c->category].id : "";
	json_t *content = json_pack("{s:i, s:s, s:s, s:s, s:b, s:b, s:s, s:s}", "v", 1, "kind",
				    kind_ids[w->kind], "call_me", w->name, "where", w->place, "not_in_class",
				    w->not_in_class, "not_home_first", w->not_home_first, "category", topic,
				    "language", language_names[c->reader.language]);
	char *text = content != NULL ? json_dumps(content, JSON_COMPACT) : NULL;
	json_decref(content);
	return text;
}

static void sent_page(const struct page_call *c, enum record_outcome outcome, const char *receipt,
		      struct web_response *response)
{
	json_t *data = page_data(c, "/contact");
	json_object_set_new(data, "receipt", json_string(outcome == RECORD_DONE ? receipt : ""));
	json_object_set_new(data, "unsure", json_boolean(outcome != RECORD_DONE));
	page_render(c, "sent", data, outcome == RECORD_DONE ? 200 : 503, response);
}

/* Seals it and gives it to keeper. 0 or a negative errno. */
static int deliver(struct page_call *c, const struct wish *wish, const char *receipt, struct waiting *w)
{
	const struct site *s = c->world->site;
	uint8_t box[BOX_SIZE_MAX], word[BOX_RECEIPT_SIZE];
	size_t len = 0;
	char *content = content_of(c, wish);
	struct record r = {.journal = JOURNAL_CONTACT, .event = EVENT_CONTACT, .count = 1};
	bool many = !limits_take(&c->world->limits, LIMIT_CONTACT, &c->request->client, clock_mono_ms());
	if (content == NULL)
		return -ENOMEM;
	box_receipt(receipt, word);
	int error = box_seal(s->keys[wish->kind], s->key_count[wish->kind], span_text(content), word, box,
			     sizeof box, &len);
	sodium_memzero(content, strlen(content));
	free(content);
	if (error < 0)
		return error;
	box_digest(span_of(box, len), r.sealed);
	r.time_ms = c->reader.now_ms / HOUR_MS * HOUR_MS;
	snprintf(r.action, sizeof r.action, "%s", many ? "queued" : "asked");
	snprintf(r.detail, sizeof r.detail, "%s", kind_ids[wish->kind]);
	c->world->contacts++;
	c->world->contacts_queued += many;
	return record_client_append_box(c->world->keeper, &r, box, len, waiting_told, w);
}

/* What is in the way of sending: a text that says so, or NULL. */
static const char *objection(const struct page_call *c, const struct wish *wish)
{
	struct contact_state state;
	if (wish->kind < 0)
		return "contact_choose";
	contact_state(c, (enum duty_kind)wish->kind, &state);
	if (!state.up)
		return "contact_down_now";
	return wish->name[0] == '\0' && wish->place[0] == '\0' ? "contact_nothing" : NULL;
}

void contact_send(struct page_call *c, struct web_response *response)
{
	struct wish wish;
	char receipt[RECEIPT_TEXT_SIZE];
	/* What was typed goes no further than here when it did not come over HTTPS. */
	if (!c->request->tls) {
		contact_page(c, response);
		return;
	}
	read_wish(c->request->body, &wish);
	const char *why = objection(c, &wish);
	if (why != NULL) {
		show_form(c, &wish, why, 200, response);
		goto out;
	}
	receipt_make(receipt);
	struct waiting *w = waiting_begin(c, sent_page, receipt);
	if (w != NULL && deliver(c, &wish, receipt, w) == 0) {
		response->later = true;
	} else {
		if (w != NULL)
			waiting_drop(w);
		sent_page(c, RECORD_LOST, "", response);
	}
	sodium_memzero(receipt, sizeof receipt);
out:
	sodium_memzero(&wish, sizeof wish);
}

/* ---- Taking it back */

static void withdrawn_page(const struct page_call *c, enum record_outcome outcome, const char *receipt,
			   struct web_response *response)
{
	static const char *const keys[] = {
		[RECORD_DONE] = "withdraw_done",
		[RECORD_IS_READ] = "withdraw_read",
		[RECORD_UNKNOWN] = "withdraw_unknown",
		[RECORD_LOST] = "withdraw_unsure",
	};
	json_t *data = page_data(c, "/withdraw");
	(void)receipt;
	json_object_set_new(data, "notice", page_text(c, keys[outcome]));
	json_object_set_new(data, "form", json_boolean(outcome != RECORD_DONE));
	page_render(c, "withdraw", data, outcome == RECORD_LOST ? 503 : 200, response);
}

void contact_withdraw_page(struct page_call *c, struct web_response *response)
{
	json_t *data = page_data(c, "/withdraw");
	json_object_set_new(data, "form", json_boolean(c->request->tls));
	page_render(c, "withdraw", data, 200, response);
}

void contact_withdraw(struct page_call *c, struct web_response *response)
{
	char words[RECEIPT_TEXT_SIZE], hex[2 * BOX_RECEIPT_SIZE + 1];
	uint8_t receipt[BOX_RECEIPT_SIZE];
	if (!c->request->tls) {
		contact_withdraw_page(c, response);
		return;
	}
	form_get(c->request->body, "receipt", words, sizeof words);
	struct waiting *w = NULL;
	if (c->world->keeper != NULL &&
	    limits_take(&c->world->limits, LIMIT_WITHDRAW, &c->request->client, clock_mono_ms()))
		w = waiting_begin(c, withdrawn_page, "");
	box_receipt(words, receipt);
	sodium_bin2hex(hex, sizeof hex, receipt, sizeof receipt);
	if (w != NULL && record_client_withdraw(c->world->keeper, hex, waiting_told, w) == 0) {
		c->world->withdrawals++;
		response->later = true;
		return;
	}
	if (w != NULL)
		waiting_drop(w);
	withdrawn_page(c, RECORD_LOST, "", response);
}
