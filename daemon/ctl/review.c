/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Accounts of the review desk. Nobody has one before somebody was given it here. */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "ctl/review.h"
#include "store/accounts.h"

static int failed(int rc, const char *why)
{
	(void)fprintf(stderr, "tryggctl: %s\n", why);
	return rc == -ESTALE || rc == -EPROTO || rc == -EUCLEAN ? CTL_NO : CTL_FAILED;
}

static const char *objection(const char *name, const char *role, const char *kind)
{
	int r = role ? account_role(role) : -1;

	if (!account_name_holds(name))
		return "a name has small letters, digits and . _ @ -, begins with a letter, at most 39 in "
		       "all";
	if (r < 0)
		return "--role is one of health, school, principal, municipal, it, auditor";
	if (kind && strcmp(kind, "nurse") != 0 && strcmp(kind, "counsellor") != 0 &&
	    strcmp(kind, "outside") != 0)
		return "--kind is one of nurse, counsellor, outside";
	if (kind && r != ROLE_HEALTH && r != ROLE_SCHOOL)
		return "--kind, whose contact requests somebody opens, goes with the roles health and school";
	return NULL;
}

static enum ctl_exit user_add_run(struct ctl *c)
{
	char why[STORE_WHY_SIZE] = "", secret[ACCOUNT_SECRET_SIZE];
	const char *name = c->operand[0], *role = c->value[0], *kind = c->value[1];
	const char *wrong = objection(name, role, kind);
	struct store *s = NULL;

	if (wrong || sodium_init() < 0) {
		(void)fprintf(stderr, "tryggctl: %s\n", wrong ? wrong : "libsodium does not start");
		return CTL_FAILED;
	}
	(void)umask(0007);
	int rc = store_open(c->conf->store.url, STORE_DURABLE, &s, why);
	if (rc == 0) {
		rc = account_add(s, name, (enum account_role)account_role(role), kind ? kind : "",
				 clock_wall_ms(), secret);
		if (rc < 0)
			(void)snprintf(why, sizeof(why), "%s", store_error(s));
	}
	store_close(s);
	if (rc < 0)
		return (enum ctl_exit)failed(rc, why);
	(void)printf("%s may sign in once with this secret, and then chooses a password:\n\n    %s\n", name,
		     secret);
	sodium_memzero(secret, sizeof(secret));
	return CTL_YES;
}

static enum ctl_exit user_disable_run(struct ctl *c)
{
	char why[STORE_WHY_SIZE] = "";
	struct store *s = NULL;
	int rc = store_open(c->conf->store.url, STORE_DURABLE, &s, why);

	if (rc == 0) {
		rc = account_disable(s, c->operand[0]);
		(void)snprintf(why, sizeof(why), "%.60s: %.200s", c->operand[0],
			       rc == -ENOENT ? "no such account" : store_error(s));
	}
	store_close(s);
	if (rc < 0) {
		(void)failed(rc, why);
		return rc == -ENOENT ? CTL_NO : CTL_FAILED;
	}
	(void)printf("%s: signed out everywhere, and cannot sign in any more\n", c->operand[0]);
	return CTL_YES;
}

const struct ctl_verb review_verbs[] = {
	{
		.name = "review user add",
		.operands = "NAME",
		.operand_min = 1,
		.operand_max = 1,
		.options = {{"--role", "R", "health, school, principal, municipal, it or auditor"},
			    {"--kind", "K",
			     "nurse, counsellor or outside: whose contact requests the person opens"}},
		.what = "give somebody an account of the review desk; prints a secret to sign in with once",
		.run = user_add_run,
	},
	{
		.name = "review user disable",
		.operands = "NAME",
		.operand_min = 1,
		.operand_max = 1,
		.what = "take an account away, now",
		.run = user_disable_run,
	},
};
const size_t review_verb_count = sizeof review_verbs / sizeof review_verbs[0];
