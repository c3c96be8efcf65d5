/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "keeper/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/sandbox.h"

static const char *const sender_users[] = {"trygg-keeper", "trygg-engine", "trygg-help"};

/* Only a folder, only by its own descriptor: what stands in it may belong to anybody. */
static int give_folder(const char *path, mode_t mode, uid_t uid, gid_t gid)
{
	int rc = file_mkdirs(path, mode);
	int fd = rc == 0 ? open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;

	if (rc == 0 && (fd < 0 || fchown(fd, uid, gid) < 0 || fchmod(fd, mode) < 0))
		rc = -errno;
	if (fd >= 0)
		(void)close(fd);
	return rc;
}

/* Started as root: the folders belong to the user that keeper becomes. */
static int give_folders(const struct keeper *k)
{
	char path[4096];
	uid_t uid;
	gid_t gid;

	if (geteuid() != 0)
		return 0;
	sandbox_account("trygg-keeper", &uid, &gid);
	sandbox_group("trygg-journal", &gid); /* courier reads what keeper writes */
	int rc = give_folder(k->folder, 0755, uid, gid);
	for (size_t j = 0; rc == 0 && j < JOURNALS; j++) {
		(void)snprintf(path, sizeof(path), "%s/%s", k->folder, journal_names[j]);
		rc = give_folder(path, 02750, uid, gid);
	}
	if (rc < 0)
		log_warn("%s: cannot be prepared: %s", k->folder, strerror(-rc));
	return rc;
}

int keeper_init(struct keeper *k, struct loop *loop, struct conf *conf)
{
	char path[sizeof(((struct keeper *)0)->folder)];

	*k = (struct keeper){.loop = loop, .conf = conf, .listener = -1};
	(void)snprintf(k->folder, sizeof(k->folder), "%s", conf->journal.folder);
	counts_init(&k->counts);
	for (size_t j = 0; j < JOURNALS; j++)
		ledger_init(&k->ledgers[j], (enum record_journal)j, k->folder, conf->gateway.id, &k->key);
	for (size_t i = 0; i < KEEPER_SENDERS; i++)
		k->senders[i] = (struct sender){.keeper = k, .sock = -1};
	k->taken = calloc(JOURNAL_BATCH_MAX, sizeof(*k->taken));
	k->own = calloc(KEEPER_OWN_MAX, sizeof(*k->own));
	if (!k->taken || !k->own)
		return -ENOMEM;
	/* A folder that cannot be made now is a disk that does not answer: keeper starts and tries again. */
	(void)give_folders(k);
	_Static_assert(sizeof(sender_users) / sizeof(sender_users[0]) == sizeof(k->uids) / sizeof(k->uids[0]),
		       "a place for each");
	for (size_t i = 0; i < sizeof(sender_users) / sizeof(sender_users[0]); i++) {
		gid_t gid;
		sandbox_account(sender_users[i], &k->uids[i], &gid);
	}
	if (geteuid() == 0 && file_mkdirs(conf->gateway.run_folder, 0755) < 0)
		return -errno;
	int rc = senders_listen(k);
	if (rc < 0)
		return rc;
	conf_socket(conf, "keeper-control", -1, path, sizeof(path));
	k->control = control_new(loop, path, keeper_control, k);
	return k->control ? 0 : -errno;
}

/* Records of a crash tail that nobody sent again are lost: one gap says how many, and where to look. */
static void tell_lost(struct keeper *k, struct ledger *l)
{
	char detail[RECORD_DETAIL_SIZE];
	uint64_t missing = 0;

	for (size_t i = 0; i < l->lost_count; i++) {
		const struct counts_source *s = counts_source(&k->counts, l->lost[i].src, false);
		if (!s || s->nr[l->journal] < l->lost[i].nr)
			missing++;
	}
	if (missing > 0 || l->torn) {
		(void)snprintf(detail, sizeof(detail),
			       "a crash cut records of journal %s aside: *.crash-tail-*%s",
			       journal_names[l->journal], l->torn ? ", and a line that is no record" : "");
		keeper_gap(k, missing, detail);
	}
	l->lost_count = 0;
	l->torn = false;
}

static void grace_due(void *user)
{
	struct keeper *k = user;

	for (size_t j = 0; j < JOURNALS; j++)
		tell_lost(k, &k->ledgers[j]);
	senders_missing(k);
}

static bool has_old_days(const struct keeper *k, int64_t day)
{
	for (size_t i = 0; i < k->counts.tally_count; i++) {
		if (k->counts.tallies[i].day_ms != day * DAY_MS)
			return true;
	}
	return false;
}

static void tick_due(void *user)
{
	struct keeper *k = user;
	int64_t day = clock_wall_ms() / DAY_MS;

	loop_arm(k->loop, &k->tick, KEEPER_TICK_MS, tick_due, k);
	if (day != k->day)
		k->roll = true;
	k->day = day;
	if (k->stuck)
		return;
	senders_tick(k);
	if (k->roll && keeper_commit(k) < 0)
		return;
	bool full = k->counts.tally_count > COUNTS_TALLIES_MAX / 4 * 3;
	if (full || has_old_days(k, day))
		(void)keeper_flush(k, full, NULL);
}

static void checkpoint_all(struct keeper *k, const char *action)
{
	struct record r;

	for (size_t j = 0; j < JOURNALS; j++) {
		ledger_own(&r, (enum record_journal)j, EVENT_CHECKPOINT);
		(void)snprintf(r.action, sizeof(r.action), "%s", action);
		keeper_own(k, &r);
	}
}

void keeper_start(struct keeper *k)
{
	k->day = clock_wall_ms() / DAY_MS;
	checkpoint_all(k, "start");
	boxes_recover(k);
	if (keeper_commit(k) == 0 && k->counts_lost)
		keeper_gap(k, 0, "the counts of the day were lost");
	loop_arm(k->loop, &k->grace, KEEPER_GRACE_MS, grace_due, k);
	watchdog_begin(&k->watchdog, k->loop);
	tick_due(k);
}

void keeper_stop(struct keeper *k)
{
	senders_drain(k);
	checkpoint_all(k, "stop");
	if (keeper_commit(k) < 0 || (k->own_count > 0 && keeper_commit(k) < 0))
		log_error("ALARM: the disk did not take the last records: their senders keep them");
}

void keeper_clear(struct keeper *k)
{
	senders_clear(k);
	control_free(k->control);
	for (size_t j = 0; j < JOURNALS; j++)
		ledger_clear(&k->ledgers[j]);
	counts_clear(&k->counts);
	loop_disarm(k->loop, &k->gather);
	loop_disarm(k->loop, &k->retry);
	loop_disarm(k->loop, &k->tick);
	loop_disarm(k->loop, &k->grace);
	watchdog_stop(&k->watchdog);
	free(k->taken);
	free(k->own);
	conf_free(k->conf);
	loop_free(k->loop);
}

int keeper_reload(struct keeper *k, conf_problem *problem, void *user)
{
	struct conf *conf = NULL;
	int rc = conf_load(k->conf->path, problem, user, &conf);

	if (rc < 0)
		return rc;
	if (strcmp(conf->journal.folder, k->conf->journal.folder) != 0 ||
	    strcmp(conf->gateway.run_folder, k->conf->gateway.run_folder) != 0) {
		problem(user, conf->path, 0,
			"journal.folder and gateway.run_folder change with a restart of trygg-keeper");
		conf_free(conf);
		return -EBUSY;
	}
	for (size_t j = 0; j < JOURNALS; j++)
		ledger_gateway(&k->ledgers[j], conf->gateway.id);
	conf_free(k->conf);
	k->conf = conf;
	return 0;
}
