/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/review.h"

#include <errno.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/heartbeat.h"
#include "base/log.h"
#include "base/sandbox.h"
#include "base/service.h"
#include "review/audit.h"
#include "review/desk.h"
#include "review/opening.h"

static void log_problem(void *user, const char *file, int line, const char *text)
{
	(void)user;
	log_error("%s:%d: %s", file, line, text);
}

/* ---- The store */

struct store *review_store(struct review *r)
{
	char why[STORE_WHY_SIZE] = "";

	if (r->store)
		return r->store;
	if (store_open(r->site->conf->store.url, STORE_DURABLE, &r->store, why) == 0) {
		r->store_why[0] = '\0';
		return r->store;
	}
	if (strcmp(why, r->store_why) != 0) {
		log_error("%s", why);
		(void)snprintf(r->store_why, sizeof(r->store_why), "%s", why);
	}
	return NULL;
}

void review_store_failed(struct review *r, int error)
{
	log_error("the store: %s", r->store ? store_error(r->store) : strerror(-error));
	if (error == -EBUSY)
		return;
	store_close(r->store);
	r->store = NULL;
}

/* ---- Control */

struct complaint {
	char *text;
	size_t size;
	int count;
};

static void note_problem(void *user, const char *file, int line, const char *text)
{
	struct complaint *c = user;
	size_t used = strlen(c->text);

	log_problem(NULL, file, line, text);
	if (c->count++ < 20 && used < c->size)
		(void)snprintf(c->text + used, c->size - used, "%s:%d: %s\n", file, line, text);
}

static int reload(struct review *r, bool swap, char *text, size_t size)
{
	struct complaint complaint = {text, size, 0};
	struct desk_site *site = NULL;
	int rc = desk_site_load(r->conf_path, note_problem, &complaint, &site);

	if (rc < 0 || !swap) {
		if (rc == 0)
			desk_site_free(site);
		return rc;
	}
	opening_end(r);
	audit_end(r); /* answers that wait speak of the site that goes */
	/* Answers on their way still point into the one before; the one before that nobody knows any more. */
	desk_site_free(r->before);
	r->before = r->site;
	r->site = site;
	store_close(r->store);
	r->store = NULL;
	r->counters.reloads++;
	log_info("reloaded");
	return 0;
}

static int status(struct review *r, char *text, size_t size)
{
	struct control_text t = {text, size};
	struct record_client_stats keeper;

	record_client_stats(r->keeper, &keeper);
	control_say(&t, "review_store_open %d\n", review_store(r) != NULL);
	control_say(&t, "review_keeper_connected %d\n", keeper.connected);
	control_say(&t, "review_pages_total %llu\n", (unsigned long long)r->counters.pages);
	control_say(&t, "review_refused_total %llu\n", (unsigned long long)r->counters.refused);
	control_say(&t, "review_unaudited_total %llu\n", (unsigned long long)r->counters.unaudited);
	control_say(&t, "review_reloads_total %llu\n", (unsigned long long)r->counters.reloads);
	return 0;
}

static int serve(void *user, const struct control_request *request, char *text, size_t size)
{
	struct review *r = user;

	switch (request->verb) {
	case CONTROL_STATUS:
		return status(r, text, size);
	case CONTROL_CHECK:
		return reload(r, false, text, size);
	case CONTROL_RELOAD:
		return reload(r, true, text, size);
	default:
		return -EOPNOTSUPP;
	}
}

/* ---- Running */

static void on_signal(void *user, int signal)
{
	struct review *r = user;
	char text[CONTROL_TEXT_MAX] = "";

	if (signal != SIGHUP)
		loop_stop(r->loop);
	else if (reload(r, true, text, sizeof(text)) < 0)
		log_warn("reload refused, the old pages stay");
}

/* The contact form of pupils is up as long as this beats: only while requests can be read here. */
static void beat(void *user)
{
	struct review *r = user;

	if (review_store(r) && r->heart >= 0 && heartbeat_beat(r->heart, clock_wall_ms()) < 0)
		log_warn("the heartbeat cannot be written");
	loop_arm(r->loop, &r->beat, REVIEW_BEAT_MS, beat, r);
}

static enum web_hello_is no_tls(void *user, struct span bytes)
{
	(void)user, (void)bytes;
	return WEB_HELLO_FOREIGN;
}

static int listen_all(struct review *r)
{
	int count = service_fds(), taken = 0;

	for (int fd = SERVICE_FD_FIRST; fd < SERVICE_FD_FIRST + count; fd++) {
		int rc = web_listen(r->web, fd, false);
		if (rc < 0)
			log_error("handed-in descriptor %d: %s", fd, strerror(-rc));
		else
			taken++;
	}
	return taken;
}

static void open_neighbours(struct review *r)
{
	char path[108];

	conf_socket(r->site->conf, "keeper", -1, path, sizeof(path));
	r->keeper = record_client_new(r->loop, path, "review");
	conf_socket(r->site->conf, "review", -1, path, sizeof(path));
	r->control = control_new(r->loop, path, serve, r);
	if (!r->keeper || !r->control)
		log_fatal("%s: %m", path);
}

int review_run(const char *conf_path)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGHUP, 0};
	struct review r = {.conf_path = conf_path, .heart = -1};
	char path[4096];

	if (sodium_init() < 0 || desk_site_load(conf_path, log_problem, NULL, &r.site) < 0)
		log_fatal("%s: not started", conf_path);
	(void)umask(0007); /* the store's journal is shared with courier by its group */
	(void)snprintf(path, sizeof(path), "%.4000s/review.heartbeat", r.site->conf->gateway.run_folder);
	r.heart = heartbeat_open(path);
	if (sandbox_enter("trygg-review", NULL, false) < 0)
		log_fatal("privileges cannot be given away");
	(void)signal(SIGPIPE, SIG_IGN);
	r.loop = loop_new();
	loop_signals(r.loop, signals, on_signal, &r);
	r.web = web_new(r.loop, desk_answer, no_tls, &r);
	if (listen_all(&r) == 0)
		log_fatal("no listening socket was handed in (LISTEN_FDS)");
	open_neighbours(&r);
	beat(&r);
	watchdog_begin(&r.watchdog, r.loop);
	(void)service_notify("READY=1");
	loop_run(r.loop);

	(void)service_notify("STOPPING=1");
	opening_end(&r);
	audit_end(&r);
	watchdog_stop(&r.watchdog);
	loop_disarm(r.loop, &r.beat);
	control_free(r.control);
	web_free(r.web);
	(void)record_client_end(r.keeper, 500);
	record_client_free(r.keeper);
	store_close(r.store);
	if (r.heart >= 0)
		(void)close(r.heart);
	loop_free(r.loop);
	desk_site_free(r.before);
	desk_site_free(r.site);
	return 0;
}
