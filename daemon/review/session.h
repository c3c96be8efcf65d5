/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sessions: 256 random bits in a cookie, their digest in the store. They end after idle_min without a request, after
 * session_min in any case, at sign-out, and when the account changes. The token of forms is derived from the cookie, so
 * that nothing of it is kept either.
 */
#ifndef TRYGG_REVIEW_SESSION_H
#define TRYGG_REVIEW_SESSION_H

#include "conf/conf.h"
#include "store/accounts.h"
#include "web/server.h"

enum { SESSION_TEXT_SIZE = 65, SESSION_REASON_SIZE = 24, SESSIONS_PER_ACCOUNT = 4 };

struct session {
	bool open;
	bool proxied; /* the proxy vouches for the name, with every request */
	char digest[SESSION_TEXT_SIZE];
	char csrf[SESSION_TEXT_SIZE];
	char reason[SESSION_REASON_SIZE]; /* what the person is here for */
	struct account account;
};

/* The session of a request, open or not. 0 or the errors of the store. */
int session_find(struct store *s, const struct conf *conf, const struct web_request *request, int64_t now_ms,
		 struct session *out);
/* Begins one; `cookie` gets the field that carries it. */
int session_begin(struct store *s, const struct conf *conf, const struct account *account, const char *reason,
		  bool proxied, int64_t now_ms, struct session *out, char *cookie, size_t size);
/* Ends this one, or all of its account. */
int session_end(struct store *s, const struct session *session, bool all);
/* The field that takes the cookie away. */
void session_forget(const struct conf *conf, char *cookie, size_t size);
int session_reason(struct store *s, const struct session *session, const char *reason);
/* The value of a cookie; false when there is none. Pure. */
bool session_cookie(const char *field, const char *name, char *out, size_t size);

#endif
