/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/session.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

enum { TOKEN_BYTES = 32, SEEN_STEP_MS = 20000 };

/* Only cookies with this name are taken by browsers with Secure, Path=/ and no Domain (RFC 6265bis 4.1.3.2). */
static const char *cookie_name(const struct conf *conf)
{
	return conf->review.https ? "__Host-trygg" : "trygg";
}

bool session_cookie(const char *field, const char *name, char *out, size_t size)
{
	size_t len = strlen(name);

	while (*field) {
		field += strspn(field, " ;");
		size_t whole = strcspn(field, ";");
		if (whole > len && strncmp(field, name, len) == 0 && field[len] == '=') {
			if (whole - len > size)
				return false;
			(void)snprintf(out, size, "%.*s", (int)(whole - len - 1), field + len + 1);
			return true;
		}
		field += whole;
	}
	return false;
}

static void digest_of(const char *token, const char *word, char out[static SESSION_TEXT_SIZE])
{
	uint8_t digest[32];

	crypto_generichash(digest, sizeof(digest), (const uint8_t *)token, strlen(token),
			   (const uint8_t *)word, strlen(word));
	sodium_bin2hex(out, SESSION_TEXT_SIZE, digest, sizeof(digest));
}

static void take_token(const char *token, struct session *out)
{
	digest_of(token, "the session in trygg's store", out->digest);
	digest_of(token, "the forms of this session", out->csrf);
}

/* Whether it still holds; writes down that it was used, not more often than needed. */
static int use(struct store *s, const struct conf *conf, int64_t made, int64_t seen, int64_t now_ms,
	       struct session *out)
{
	bool old = now_ms - seen > (int64_t)conf->review.idle_min * MINUTE_MS ||
		   now_ms - made > (int64_t)conf->review.session_min * MINUTE_MS || now_ms < made - HOUR_MS;

	if (old || out->account.disabled)
		return session_end(s, out, false);
	out->open = true;
	return now_ms - seen < SEEN_STEP_MS ? 0
					    : store_do(s, "UPDATE session SET seen = ? WHERE digest = ?",
						       "it", now_ms, out->digest);
}

int session_find(struct store *s, const struct conf *conf, const struct web_request *request, int64_t now_ms,
		 struct session *out)
{
	char token[2 * TOKEN_BYTES + 1];
	struct store_rows rows;
	int64_t account = 0, made = 0, seen = 0;

	*out = (struct session){0};
	if (!session_cookie(request->cookie, cookie_name(conf), token, sizeof(token)))
		return 0;
	take_token(token, out);
	int rc = store_ask(s, &rows,
			   "SELECT account, made, seen, reason, proxied FROM session WHERE digest = ?", "t",
			   out->digest);
	if (rc == 0 && store_next(&rows)) {
		account = store_int(&rows, 0);
		made = store_int(&rows, 1);
		seen = store_int(&rows, 2);
		(void)snprintf(out->reason, sizeof(out->reason), "%s", store_text(&rows, 3));
		out->proxied = store_int(&rows, 4) != 0;
	}
	rc = store_done(&rows);
	if (rc == 0 && account != 0) {
		rc = account_get(s, account, &out->account);
		rc = rc == 0 ? use(s, conf, made, seen, now_ms, out) : rc;
	}
	return rc == -ENOENT ? 0 : rc; /* the account is gone */
}

/* The oldest sessions of the same account give way, nobody else's. */
static int make_room(struct store *s, const struct account *account, int64_t now_ms)
{
	int rc = store_do(s, "DELETE FROM session WHERE seen < ?", "i", now_ms - 2 * (int64_t)DAY_MS);

	return rc < 0 ? rc
		      : store_do(
				s,
				"DELETE FROM session WHERE account = ?1 AND digest NOT IN (SELECT digest FROM"
				" session WHERE account = ?1 ORDER BY seen DESC LIMIT ?2)",
				"ii", account->id, (int64_t)SESSIONS_PER_ACCOUNT - 1);
}

int session_begin(struct store *s, const struct conf *conf, const struct account *account, const char *reason,
		  bool proxied, int64_t now_ms, struct session *out, char *cookie, size_t size)
{
	uint8_t bytes[TOKEN_BYTES];
	char token[2 * TOKEN_BYTES + 1];

	randombytes_buf(bytes, sizeof(bytes));
	sodium_bin2hex(token, sizeof(token), bytes, sizeof(bytes));
	/* Account and reason may be those of the session that is replaced. */
	struct session made = {.open = true, .proxied = proxied, .account = *account};
	(void)snprintf(made.reason, sizeof(made.reason), "%s", reason);
	*out = made;
	take_token(token, out);
	int rc = make_room(s, &made.account, now_ms);
	if (rc == 0)
		rc = store_do(s,
			      "INSERT INTO session (digest, account, made, seen, reason, proxied)"
			      " VALUES (?, ?, ?, ?, ?, ?)",
			      "tiiiti", out->digest, made.account.id, now_ms, now_ms, out->reason,
			      (int64_t)proxied);
	(void)snprintf(cookie, size, "%s=%s; Path=/; HttpOnly; SameSite=Strict%s", cookie_name(conf), token,
		       conf->review.https ? "; Secure" : "");
	sodium_memzero(token, sizeof(token));
	return rc;
}

int session_end(struct store *s, const struct session *session, bool all)
{
	return all ? store_do(s, "DELETE FROM session WHERE account = ?", "i", session->account.id)
		   : store_do(s, "DELETE FROM session WHERE digest = ?", "t", session->digest);
}

void session_forget(const struct conf *conf, char *cookie, size_t size)
{
	(void)snprintf(cookie, size, "%s=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict%s", cookie_name(conf),
		       conf->review.https ? "; Secure" : "");
}

int session_reason(struct store *s, const struct session *session, const char *reason)
{
	return store_do(s, "UPDATE session SET reason = ? WHERE digest = ?", "tt", reason, session->digest);
}
