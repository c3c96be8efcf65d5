/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/accounts.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum { OPS = 2, MEMORY = 19 << 20, FREE_ATTEMPTS = 5, WAIT_MAX_S = 900, FORGET_MS = 24 * 3600 * 1000 };

const char *const account_roles[ROLES] = {"health", "school", "principal", "municipal", "it", "auditor"};

bool account_name_holds(const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789._@-";
	size_t len = strlen(name);

	return len > 0 && len < ACCOUNT_NAME_SIZE && name[0] >= 'a' && name[0] <= 'z' &&
	       strspn(name, allowed) == len;
}

int account_role(const char *word)
{
	for (int role = 0; role < ROLES; role++) {
		if (strcmp(account_roles[role], word) == 0)
			return role;
	}
	return -1;
}

/* Without the letters and digits that people take for each other. */
static void make_secret(char out[static ACCOUNT_SECRET_SIZE])
{
	static const char letters[] = "abcdefghjkmnpqrstuvwxyz23456789";
	size_t at = 0;

	for (size_t i = 0; i < 20; i++) {
		if (i > 0 && i % 5 == 0)
			out[at++] = '-';
		out[at++] = letters[randombytes_uniform(sizeof(letters) - 1)];
	}
	out[at] = '\0';
}

static int hash(const char *password, char out[static crypto_pwhash_STRBYTES])
{
	return crypto_pwhash_str_alg(out, password, strlen(password), OPS, MEMORY,
				     crypto_pwhash_ALG_ARGON2ID13) == 0
		       ? 0
		       : -ENOMEM;
}

int account_add(struct store *s, const char *name, enum account_role role, const char *kind, int64_t wall_ms,
		char secret[static ACCOUNT_SECRET_SIZE])
{
	char hashed[crypto_pwhash_STRBYTES];

	make_secret(secret);
	int rc = hash(secret, hashed);
	if (rc == 0)
		rc = store_begin(s);
	if (rc < 0)
		return rc;
	rc = store_do(s,
		      "INSERT INTO account (name, role, kind, secret, fresh, disabled, made)"
		      " VALUES (?, ?, ?, ?, 1, 0, ?) ON CONFLICT (name) DO UPDATE SET role = excluded.role,"
		      " kind = excluded.kind, secret = excluded.secret, fresh = 1, disabled = 0",
		      "tttti", name, account_roles[role], kind, hashed, wall_ms);
	if (rc == 0)
		rc = store_do(s,
			      "DELETE FROM session WHERE account = (SELECT id FROM account WHERE name = ?)",
			      "t", name);
	if (rc == 0)
		return store_commit(s);
	store_rollback(s);
	return rc;
}

int account_disable(struct store *s, const char *name)
{
	struct account a;
	int rc = account_find(s, name, &a);

	if (rc == 0)
		rc = store_begin(s);
	if (rc < 0)
		return rc;
	rc = store_do(s, "UPDATE account SET disabled = 1, secret = '' WHERE id = ?", "i", a.id);
	if (rc == 0)
		rc = store_do(s, "DELETE FROM session WHERE account = ?", "i", a.id);
	if (rc == 0)
		return store_commit(s);
	store_rollback(s);
	return rc;
}

static int take(struct store_rows *rows, int rc, struct account *out)
{
	bool found = rc == 0 && store_next(rows);

	if (found) {
		int role = account_role(store_text(rows, 2));
		*out = (struct account){.id = store_int(rows, 0),
					.role = role < 0 ? ROLE_AUDITOR : (enum account_role)role,
					.fresh = store_int(rows, 4) != 0,
					.disabled = role < 0 || store_int(rows, 5) != 0};
		(void)snprintf(out->name, sizeof(out->name), "%s", store_text(rows, 1));
		(void)snprintf(out->kind, sizeof(out->kind), "%s", store_text(rows, 3));
	}
	rc = store_done(rows);
	return rc < 0 ? rc : found ? 0 : -ENOENT;
}

int account_find(struct store *s, const char *name, struct account *out)
{
	struct store_rows rows;
	int rc = store_ask(s, &rows,
			   "SELECT id, name, role, kind, fresh, disabled FROM account WHERE name = ?", "t",
			   name);

	return take(&rows, rc, out);
}

int account_get(struct store *s, int64_t id, struct account *out)
{
	struct store_rows rows;
	int rc = store_ask(s, &rows, "SELECT id, name, role, kind, fresh, disabled FROM account WHERE id = ?",
			   "i", id);

	return take(&rows, rc, out);
}

/* ---- Passwords */

const char *account_password_lacks(const char *password, const char *name)
{
	static const char *const known[] = {"passord", "password", "trygg",    "qwerty", "123456",
					    "abcdef",  "sommer20", "vinter20", "skole"};
	bool seen[256] = {false};
	size_t kinds = 0;

	if (strlen(password) < ACCOUNT_PASSWORD_MIN)
		return "short";
	for (const char *c = password; *c; c++) {
		kinds += !seen[(unsigned char)*c];
		seen[(unsigned char)*c] = true;
	}
	if (kinds < 6)
		return "simple";
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcasestr(password, known[i]))
			return "known";
	}
	return strcasestr(password, name) ? "known" : NULL;
}

int account_password(struct store *s, const struct account *account, const char *password)
{
	char hashed[crypto_pwhash_STRBYTES];
	int rc = hash(password, hashed);

	if (rc == 0)
		rc = store_begin(s);
	if (rc < 0)
		return rc;
	rc = store_do(s, "UPDATE account SET secret = ?, fresh = 0 WHERE id = ? AND disabled = 0", "ti",
		      hashed, account->id);
	if (rc == 0)
		rc = store_do(s, "DELETE FROM session WHERE account = ?", "i", account->id);
	if (rc == 0)
		return store_commit(s);
	store_rollback(s);
	return rc;
}

/* ---- Attempts */

static int64_t wait_after(int64_t failures)
{
	if (failures < FREE_ATTEMPTS)
		return 0;
	return failures - FREE_ATTEMPTS > 9 ? WAIT_MAX_S : INT64_C(1) << (failures - FREE_ATTEMPTS);
}

/* Seconds until this name or address may try again. */
static int waits(struct store *s, const char *who, int64_t wall_ms, int64_t *seconds)
{
	struct store_rows rows;
	int rc = store_ask(s, &rows, "SELECT failures, time FROM throttle WHERE who = ?", "t", who);

	*seconds = 0;
	if (rc == 0 && store_next(&rows)) {
		int64_t gone = (wall_ms - store_int(&rows, 1)) / 1000;
		int64_t wait = wait_after(store_int(&rows, 0));
		/* A clock that was set back must not keep anybody out. */
		*seconds = gone >= 0 && gone < wait ? wait - gone : 0;
	}
	return store_done(&rows);
}

static int count_failure(struct store *s, const char *who, int64_t wall_ms)
{
	return store_do(s,
			"INSERT INTO throttle (who, failures, time) VALUES (?, 1, ?) ON CONFLICT (who)"
			" DO UPDATE SET failures = failures + 1, time = excluded.time",
			"ti", who, wall_ms);
}

static int remember(struct store *s, const char *name, const char *address, bool good, int64_t wall_ms)
{
	int rc = store_do(s, "DELETE FROM throttle WHERE time < ?", "i", wall_ms - FORGET_MS);

	if (rc == 0 && good)
		return store_do(s, "DELETE FROM throttle WHERE who = ?", "t", name);
	if (rc == 0)
		rc = count_failure(s, name, wall_ms);
	if (rc == 0 && *address)
		rc = count_failure(s, address, wall_ms);
	return rc;
}

/* Somebody who does not exist takes as long as somebody who does. */
static bool holds(struct store *s, const char *name, const char *password)
{
	static const char nobody[crypto_pwhash_STRBYTES] =
		"$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$"
		"3qSn1nJ4xNmyz4mLVQzKQ2m0W1n8vVdFQnlGdJwqS5E";
	char hashed[crypto_pwhash_STRBYTES] = "";
	struct store_rows rows;
	int rc = store_ask(s, &rows, "SELECT secret FROM account WHERE name = ? AND disabled = 0", "t", name);

	if (rc == 0 && store_next(&rows))
		(void)snprintf(hashed, sizeof(hashed), "%s", store_text(&rows, 0));
	bool known = store_done(&rows) == 0 && hashed[0] != '\0';
	return crypto_pwhash_str_verify(known ? hashed : nobody, password, strlen(password)) == 0 && known;
}

int account_check(struct store *s, const char *name, const char *password, const char *address,
		  int64_t wall_ms, struct account *out, int64_t *wait_s)
{
	int64_t by_address = 0;
	char key[ACCOUNT_NAME_SIZE + 8];

	(void)snprintf(key, sizeof(key), "name:%s", account_name_holds(name) ? name : "-");
	int rc = waits(s, key, wall_ms, wait_s);
	if (rc == 0 && *address)
		rc = waits(s, address, wall_ms, &by_address);
	if (rc < 0)
		return rc;
	*wait_s = by_address > *wait_s ? by_address : *wait_s;
	if (*wait_s > 0)
		return -EAGAIN;
	bool good = holds(s, name, password);
	rc = remember(s, key, address, good, wall_ms);
	if (rc == 0 && good)
		rc = account_find(s, name, out);
	return rc < 0 ? rc : good ? 0 : -EACCES;
}
