/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who may sign in to the review desk, and as what. A person has one role; a role says what is seen, the kind which
 * contact requests are theirs. Secrets are kept as argon2id (RFC 9106) with 19 MiB and two passes. Failed attempts slow
 * the next one down, by name and by address, and never lock anybody out for good.
 */
#ifndef TRYGG_STORE_ACCOUNTS_H
#define TRYGG_STORE_ACCOUNTS_H

#include "store/store.h"

enum { ACCOUNT_NAME_SIZE = 40, ACCOUNT_KIND_SIZE = 16, ACCOUNT_SECRET_SIZE = 32, ACCOUNT_PASSWORD_MIN = 12 };

enum account_role { ROLE_HEALTH, ROLE_SCHOOL, ROLE_PRINCIPAL, ROLE_MUNICIPAL, ROLE_IT, ROLE_AUDITOR, ROLES };
extern const char *const account_roles[ROLES]; /* "health" … */

struct account {
	int64_t id;
	char name[ACCOUNT_NAME_SIZE];
	enum account_role role;
	char kind[ACCOUNT_KIND_SIZE]; /* "nurse", "counsellor", "" */
	bool fresh;                   /* the secret was printed once and has to be replaced */
	bool disabled;
};

/* Small letters, digits and . _ @ -, beginning with a letter. */
bool account_name_holds(const char *name);
/* -1 for a word that is no role. */
int account_role(const char *word);

/*
 * Makes one, or gives an existing one a new role and secret and takes its sessions away. `secret` gets what the person
 * signs in with once. 0 or the errors of store.h.
 */
int account_add(struct store *s, const char *name, enum account_role role, const char *kind, int64_t wall_ms,
		char secret[static ACCOUNT_SECRET_SIZE]);
/* Nobody signs in with it any more, now. -ENOENT. */
int account_disable(struct store *s, const char *name);
/* -ENOENT. */
int account_find(struct store *s, const char *name, struct account *out);
int account_get(struct store *s, int64_t id, struct account *out);

/* Why a password is none: "short", "simple", "known"; NULL when it is good. */
const char *account_password_lacks(const char *password, const char *name);
/* Replaces the secret and ends all sessions. */
int account_password(struct store *s, const struct account *account, const char *password);
/*
 * 0; -EACCES: no such account, disabled, or another password, each after the same work; -EAGAIN with *wait_s: too many
 * attempts for this name or from `address`. `address` is a text that says where the attempt comes from.
 */
int account_check(struct store *s, const char *name, const char *password, const char *address,
		  int64_t wall_ms, struct account *out, int64_t *wait_s);

#endif
