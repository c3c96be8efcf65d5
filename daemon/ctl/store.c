/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The store is a copy: `init` makes an empty one that trygg-courier fills from the journals, `check` reads it whole,
 * `migrate` brings an older one up. Nothing that stands there is ever overwritten.
 */
#include "ctl/store.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/sandbox.h"
#include "store/store.h"

static const char *path_of(const struct ctl *c)
{
	return strchr(c->conf->store.url, ':') + 1;
}

/* What is wrong inside is a finding; what keeps us from looking is not. */
static enum ctl_exit told(int rc, const char *why)
{
	static const int findings[] = {-ESTALE, -EPROTO, -EUCLEAN, -EEXIST};

	(void)fprintf(stderr, "tryggctl: %s\n", why);
	for (size_t i = 0; i < sizeof(findings) / sizeof(findings[0]); i++) {
		if (rc == findings[i])
			return CTL_NO;
	}
	return CTL_FAILED;
}

/* As root: the folder, when we make it, and the file belong to courier, and to those who read the store. */
static int folder_ready(const char *path, uid_t uid, gid_t gid)
{
	char folder[4096];

	(void)snprintf(folder, sizeof(folder), "%.4000s", path);
	char *slash = strrchr(folder, '/');
	if (!slash || slash == folder)
		return 0;
	*slash = '\0';
	if (access(folder, F_OK) == 0)
		return 0;
	int rc = file_mkdirs(folder, 0750);
	if (rc == 0 && geteuid() == 0 && (chown(folder, uid, gid) < 0 || chmod(folder, 02770) < 0))
		rc = -errno;
	return rc;
}

static enum ctl_exit store_init_run(struct ctl *c)
{
	char why[STORE_WHY_SIZE] = "";
	const char *path = path_of(c);
	uid_t uid;
	gid_t gid;

	sandbox_account("trygg-courier", &uid, &gid);
	sandbox_group("trygg-store", &gid);
	(void)umask(0007);
	int rc = folder_ready(path, uid, gid);
	if (rc < 0)
		(void)snprintf(why, sizeof(why), "%s: %s", path, strerror(-rc));
	if (rc == 0)
		rc = store_create(c->conf->store.url, why);
	if (rc == 0 && geteuid() == 0 && lchown(path, uid, gid) < 0) {
		rc = -errno;
		(void)snprintf(why, sizeof(why), "%s: %s", path, strerror(-rc));
	}
	if (rc < 0)
		return told(rc, why);
	(void)printf("%s: an empty store; trygg-courier fills it from the journals\n", path);
	return CTL_YES;
}

static enum ctl_exit store_check_run(struct ctl *c)
{
	static const struct {
		const char *what, *sql;
	} rows[] = {
		{"incidents", "SELECT count(*) FROM incident"},
		{"requests in them", "SELECT coalesce(sum(count), 0) FROM incident"},
		{"daily sums",
		 "SELECT (SELECT count(*) FROM incident_day) + (SELECT count(*) FROM count_day)"},
		{"other records", "SELECT count(*) FROM entry"},
	};
	char why[STORE_WHY_SIZE] = "";
	struct store *s = NULL;
	int64_t n;
	int rc = store_open(c->conf->store.url, STORE_READ, &s, why);

	if (rc == 0)
		rc = store_check(s, why);
	for (size_t i = 0; rc == 0 && i < sizeof(rows) / sizeof(rows[0]); i++) {
		rc = store_number(s, 0, &n, rows[i].sql, "");
		(void)printf("%12lld  %s\n", (long long)n, rows[i].what);
	}
	int64_t troubles = 0;
	if (rc == 0)
		rc = store_number(s, 0, &troubles, "SELECT count(*) FROM position WHERE trouble <> ''", "");
	store_close(s);
	if (rc < 0)
		return told(rc, *why ? why : strerror(-rc));
	(void)printf("%s: version %d, whole%s\n", path_of(c), STORE_VERSION,
		     troubles > 0 ? "; a journal is not followed: `tryggctl journal verify` says why" : "");
	return troubles > 0 ? CTL_NO : CTL_YES;
}

static enum ctl_exit store_migrate_run(struct ctl *c)
{
	char why[STORE_WHY_SIZE] = "";
	int from = 0;
	int rc = store_migrate(c->conf->store.url, &from, why);

	if (rc < 0)
		return told(rc, why);
	if (from == STORE_VERSION)
		(void)printf("%s: is of version %d already\n", path_of(c), from);
	else
		(void)printf("%s: brought from version %d to %d\n", path_of(c), from, STORE_VERSION);
	return CTL_YES;
}

const struct ctl_verb store_verbs[] = {
	{
		.name = "store init",
		.operands = "",
		.what = "make an empty store, which trygg-courier fills from the journals",
		.run = store_init_run,
	},
	{
		.name = "store check",
		.operands = "",
		.what = "read the whole store: is it whole, and what is in it",
		.run = store_check_run,
	},
	{
		.name = "store migrate",
		.operands = "",
		.what = "bring a store of an older version up to this one",
		.run = store_migrate_run,
	},
};
const size_t store_verb_count = sizeof store_verbs / sizeof store_verbs[0];
