/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signing in and out, and what people set about themselves. */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "review/audit.h"
#include "review/show.h"

enum { PASSWORD_SIZE = 200 };

static void show_sign_in(struct call *c, const char *notice, int64_t wait_s, int status)
{
	json_t *data = desk_data();

	json_object_set_new(data, "notice", notice ? json_string(desk_text(c, notice)) : json_null());
	json_object_set_new(data, "wait", wait_s > 0 ? json_integer((json_int_t)wait_s) : json_null());
	json_object_set_new(data, "reasons", desk_choices(c, "reason", desk_reasons, desk_reasons[0]));
	json_object_set_new(data, "proxy", json_boolean(*c->conf->review.user_field));
	desk_render(c, "sign-in", data, status);
}

void sign_in_page(struct call *c)
{
	if (c->session.open)
		desk_redirect(c, "/");
	else
		show_sign_in(c, NULL, 0, 200);
}

/* Where it comes from, for throttling; a proxy's socket says nothing. */
static void origin_text(const struct web_request *q, char *out, size_t size)
{
	size_t len = q->client.family == 4 ? 4 : 8; /* of an IPv6 network a person has all */
	char hex[40];

	out[0] = '\0';
	if (q->local_socket)
		return;
	sodium_bin2hex(hex, sizeof(hex), q->client.bytes, len);
	(void)snprintf(out, size, "from:%s", hex);
}

static void welcome(struct call *c, const struct account *a)
{
	char reason[SESSION_REASON_SIZE];

	if (!form_get(c->request->body, "reason", reason, sizeof(reason)) ||
	    !desk_is_word(desk_reasons, reason))
		(void)snprintf(reason, sizeof(reason), "%s", desk_reasons[0]);
	if (desk_store_failed(c, session_begin(c->store, c->conf, a, reason, false, c->now_ms, &c->session,
					       c->response->cookie, sizeof(c->response->cookie))))
		return;
	desk_redirect(c, a->fresh ? "/settings" : "/");
	audit_then(c, "sign-in", "password", "");
}

void sign_in(struct call *c)
{
	char name[ACCOUNT_NAME_SIZE], password[PASSWORD_SIZE], address[64];
	struct account a;
	int64_t wait_s = 0;

	form_get(c->request->body, "name", name, sizeof(name));
	form_get(c->request->body, "password", password, sizeof(password));
	origin_text(c->request, address, sizeof(address));
	/* Where a proxy vouches for names, nobody comes in over its socket without it. */
	int rc = c->request->local_socket && *c->conf->review.user_field
			 ? -EACCES
			 : account_check(c->store, name, password, address, c->now_ms, &a, &wait_s);
	sodium_memzero(password, sizeof(password));
	if (rc == 0) {
		welcome(c, &a);
	} else if (rc == -EAGAIN) {
		show_sign_in(c, "sign_in_wait", wait_s, 429);
	} else if (rc == -EACCES) {
		audit_note(c, account_name_holds(name) ? name : "", "sign-in-failed", "password");
		show_sign_in(c, "sign_in_wrong", 0, 403);
	} else {
		(void)desk_store_failed(c, rc);
	}
}

void sign_out(struct call *c)
{
	char all[4];

	form_get(c->request->body, "all", all, sizeof(all));
	if (desk_store_failed(c, session_end(c->store, &c->session, *all != '\0')))
		return;
	session_forget(c->conf, c->response->cookie, sizeof(c->response->cookie));
	desk_redirect(c, "/sign-in");
	audit_note(c, c->session.account.name, "sign-out", *all ? "all" : "one");
}

/* ---- Settings */

static void show_settings(struct call *c, const char *notice, int status)
{
	json_t *data = desk_data();

	json_object_set_new(data, "notice", notice ? json_string(desk_text(c, notice)) : json_null());
	json_object_set_new(data, "fresh", json_boolean(c->session.account.fresh));
	json_object_set_new(data, "own_password", json_boolean(!c->session.proxied));
	json_object_set_new(data, "reasons", desk_choices(c, "reason", desk_reasons, c->session.reason));
	json_object_set_new(data, "idle", json_integer(c->conf->review.idle_min));
	json_object_set_new(data, "kind",
			    json_string(*c->session.account.kind
						? speech_word(c->site->speech, c->language, "kind",
							      c->session.account.kind)
						: ""));
	desk_render(c, "settings", data, status);
}

void settings_page(struct call *c)
{
	show_settings(c, c->session.account.fresh ? "password_fresh" : NULL, 200);
}

static const char *objection(struct call *c, const char *old, const char *fresh, const char *again)
{
	static const struct {
		const char *lacks, *key;
	} table[] = {{"short", "password_short"}, {"simple", "password_simple"}, {"known", "password_known"}};
	struct account a;
	int64_t wait_s;

	if (strcmp(fresh, again) != 0)
		return "password_differ";
	const char *lacks = account_password_lacks(fresh, c->session.account.name);
	for (size_t i = 0; lacks && i < sizeof(table) / sizeof(table[0]); i++) {
		if (strcmp(table[i].lacks, lacks) == 0)
			return table[i].key;
	}
	int rc = account_check(c->store, c->session.account.name, old, "", c->now_ms, &a, &wait_s);
	return rc == 0 ? NULL : rc == -EAGAIN ? "sign_in_wait" : "password_old_wrong";
}

void settings_password(struct call *c)
{
	char old[PASSWORD_SIZE], fresh[PASSWORD_SIZE], again[PASSWORD_SIZE];

	form_get(c->request->body, "old", old, sizeof(old));
	form_get(c->request->body, "new", fresh, sizeof(fresh));
	form_get(c->request->body, "again", again, sizeof(again));
	const char *why = c->session.proxied ? "password_proxy" : objection(c, old, fresh, again);
	int rc = why ? 0 : account_password(c->store, &c->session.account, fresh);
	/* All sessions have ended with it; this one begins anew under another number. */
	if (rc == 0 && !why)
		rc = session_begin(c->store, c->conf, &c->session.account, c->session.reason, false,
				   c->now_ms, &c->session, c->response->cookie, sizeof(c->response->cookie));
	sodium_memzero(old, sizeof(old));
	sodium_memzero(fresh, sizeof(fresh));
	sodium_memzero(again, sizeof(again));
	if (desk_store_failed(c, rc))
		return;
	if (why) {
		show_settings(c, why, 400);
		return;
	}
	desk_redirect(c, "/");
	audit_then(c, "change", "password", "");
}

void settings_reason(struct call *c)
{
	char reason[SESSION_REASON_SIZE];

	if (!form_get(c->request->body, "reason", reason, sizeof(reason)) ||
	    !desk_is_word(desk_reasons, reason)) {
		desk_sorry(c, 400, "sorry_form");
		return;
	}
	if (desk_store_failed(c, session_reason(c->store, &c->session, reason)))
		return;
	desk_redirect(c, "/");
	audit_then(c, "change", "reason", reason);
}
