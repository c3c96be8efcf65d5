/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "courier/courier.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/heartbeat.h"
#include "base/log.h"
#include "base/sandbox.h"

/* The path in "sqlite:PATH"; conf has checked it. */
static const char *store_path(const struct conf *conf)
{
	return strchr(conf->store.url, ':') + 1;
}

/* Started as root: the folder of the store belongs to the user that courier becomes, and to those who may read it. */
static void give_folder(const struct conf *conf)
{
	char folder[4096];
	uid_t uid;
	gid_t gid;

	(void)snprintf(folder, sizeof(folder), "%.4000s", store_path(conf));
	char *slash = strrchr(folder, '/');
	if (geteuid() != 0 || !slash || slash == folder)
		return;
	*slash = '\0';
	if (access(folder, F_OK) == 0) /* somebody's folder: it stays whose it is */
		return;
	sandbox_account("trygg-courier", &uid, &gid);
	sandbox_group("trygg-store", &gid);
	int rc = file_mkdirs(folder, 0750);
	if (rc == 0 && (chown(folder, uid, gid) < 0 || chmod(folder, 02770) < 0))
		rc = -errno;
	if (rc < 0)
		log_warn("%s: cannot be prepared: %s", folder, strerror(-rc));
}

int courier_init(struct courier *c, struct loop *loop, struct conf *conf)
{
	char path[4096];

	*c = (struct courier){.loop = loop, .conf = conf, .notify = -1};
	for (size_t j = 0; j < JOURNALS; j++) {
		follow_init(&c->journals[j], (enum record_journal)j, conf->journal.folder);
		c->watch[j] = -1;
	}
	(void)snprintf(c->key, sizeof(c->key), "%.4000s/key.pub", conf->journal.folder);
	int rc = escalate_init(&c->escalate, loop, conf, &c->store);
	if (rc < 0)
		return rc;
	give_folder(conf);
	(void)snprintf(path, sizeof(path), "%.4000s/courier.heartbeat", conf->gateway.run_folder);
	c->heart = heartbeat_open(path);
	conf_socket(conf, "courier", -1, path, sizeof(path));
	c->control = control_new(loop, path, courier_control, c);
	return c->control ? 0 : -errno;
}

/* ---- The store */

static void store_lost(struct courier *c, int rc)
{
	if (rc == -EBUSY) /* somebody writes for long: it is there, and the next turn tries again */
		return;
	(void)snprintf(c->why, sizeof(c->why), "%s", c->store ? store_error(c->store) : strerror(-rc));
	log_error("the store does not take records: %s: the journals keep them", c->why);
	c->stats.store_errors++;
	store_close(c->store);
	c->store = NULL;
	for (size_t j = 0; j < JOURNALS; j++)
		c->journals[j].known = false;
}

static void store_ready(struct courier *c)
{
	char why[STORE_WHY_SIZE] = "";
	int rc = store_open(c->conf->store.url, STORE_FEED, &c->store, why);

	if (rc == -ENOENT) {
		rc = store_create(c->conf->store.url, why);
		if (rc == 0) {
			log_info("%s: a new store, filled from the journals", store_path(c->conf));
			rc = store_open(c->conf->store.url, STORE_FEED, &c->store, why);
		}
	}
	if (rc == 0) {
		if (c->why[0] != '\0')
			log_info("the store is back");
		c->why[0] = '\0';
	} else if (strcmp(why, c->why) != 0) {
		(void)snprintf(c->why, sizeof(c->why), "%s", why);
		log_error("%s", why);
	}
}

/* ---- Turns */

/* True when there is more to take at once. */
static bool follow_all(struct courier *c)
{
	bool more = false;

	for (size_t j = 0; c->store && j < JOURNALS; j++) {
		struct follow *f = &c->journals[j];
		bool was_whole = f->trouble[0] == '\0';
		int rc = follow_turn(f, c->store, c->key, COURIER_TAKE_MAX);
		if (f->trouble[0] != '\0' && was_whole)
			log_error("journal %s: %s", journal_names[j], f->trouble);
		if (rc < 0)
			store_lost(c, rc);
		more = more || rc == COURIER_TAKE_MAX;
		c->scrub = c->scrub || f->purged;
		f->purged = false;
	}
	return more;
}

/* The journals' folders may come later than courier does. */
static void watch_journals(struct courier *c)
{
	for (size_t j = 0; c->notify >= 0 && j < JOURNALS; j++) {
		if (c->watch[j] < 0)
			c->watch[j] = inotify_add_watch(c->notify, c->journals[j].folder,
							IN_MOVED_TO | IN_DELETE_SELF);
	}
}

/* Also when the clock was set: others compare what stands there with theirs. */
static void beat(struct courier *c)
{
	int64_t now_ms = clock_wall_ms(), passed_ms = now_ms - c->last_beat_ms;

	/* Mail that does not go out is as bad as no courier: whoever looks at the heart shall know. */
	if (!c->store || c->heart < 0 || escalate_is_down(&c->escalate) ||
	    (passed_ms >= 0 && passed_ms < COURIER_BEAT_MS))
		return;
	c->last_beat_ms = now_ms;
	if (heartbeat_beat(c->heart, now_ms) < 0)
		log_warn("the heartbeat cannot be written");
}

static void tidy(struct courier *c)
{
	if (c->store && clock_mono_ms() >= c->next_retire_ms) {
		c->next_retire_ms = clock_mono_ms() + COURIER_RETIRE_MS;
		int rc = retire_old(c);
		if (rc < 0)
			store_lost(c, rc);
	}
	if (c->store && c->scrub)
		c->scrub = store_scrub(c->store) < 0; /* a reader was in the way: next turn */
}

static void turn(void *user)
{
	struct courier *c = user;

	c->stats.turns++;
	if (!c->store)
		store_ready(c);
	watch_journals(c);
	bool more = follow_all(c);
	tidy(c);
	if (c->store) {
		int rc = escalate_turn(&c->escalate, clock_wall_ms());
		if (rc < 0)
			store_lost(c, rc);
	}
	beat(c);
	loop_arm(c->loop, &c->tick, more ? 0 : COURIER_TICK_MS, turn, c);
}

static void journal_moved(void *user, uint32_t events)
{
	struct courier *c = user;
	char bytes[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	ssize_t got = read(c->notify, bytes, sizeof(bytes));

	(void)events;
	for (ssize_t at = 0; at < got;) {
		const struct inotify_event *e = (const void *)(bytes + at);
		for (size_t j = 0; j < JOURNALS; j++) {
			if (e->mask & IN_IGNORED && e->wd == c->watch[j])
				c->watch[j] = -1;
		}
		at += (ssize_t)(sizeof(*e) + e->len);
	}
	turn(c);
}

void courier_start(struct courier *c)
{
	c->notify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (c->notify >= 0 && loop_watch(c->loop, c->notify, EPOLLIN, journal_moved, c) < 0)
		log_fatal("the journals cannot be watched");
	watchdog_begin(&c->watchdog, c->loop);
	turn(c);
}

void courier_clear(struct courier *c)
{
	loop_disarm(c->loop, &c->tick);
	watchdog_stop(&c->watchdog);
	control_free(c->control);
	if (c->notify >= 0) {
		loop_unwatch(c->loop, c->notify);
		(void)close(c->notify);
	}
	escalate_clear(&c->escalate);
	for (size_t j = 0; j < JOURNALS; j++)
		follow_clear(&c->journals[j]);
	if (c->heart >= 0)
		(void)close(c->heart);
	store_close(c->store);
	conf_free(c->conf);
	loop_free(c->loop);
}

int courier_reload(struct courier *c, conf_problem *problem, void *user)
{
	struct conf *conf = NULL;
	int rc = conf_load(c->conf->path, problem, user, &conf);

	if (rc < 0)
		return rc;
	if (strcmp(conf->journal.folder, c->conf->journal.folder) != 0 ||
	    strcmp(conf->store.url, c->conf->store.url) != 0 ||
	    strcmp(conf->gateway.run_folder, c->conf->gateway.run_folder) != 0) {
		problem(user, conf->path, 0,
			"journal.folder, store.url and gateway.run_folder change with a restart of "
			"trygg-courier");
		conf_free(conf);
		return -EBUSY;
	}
	rc = escalate_reload(&c->escalate, conf);
	if (rc < 0) {
		problem(user, conf->path, 0, "duty: its hours or days cannot be read; see `tryggctl check`");
		conf_free(conf);
		return rc;
	}
	conf_free(c->conf);
	c->conf = conf;
	c->next_retire_ms = 0;
	return 0;
}
