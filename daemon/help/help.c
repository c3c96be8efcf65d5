/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "help/help.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/sandbox.h"
#include "base/service.h"
#include "base/watchdog.h"
#include "help/page.h"
#include "help/stop.h"
#include "wire/control.h"

struct help {
	const char *conf_path;
	struct loop *loop;
	struct site *site;
	struct web *web;
	uint8_t key[TOKEN_KEY_SIZE];
	bool key_shared;
	struct asking asking; /* of confidential lists, by Hosts that are not ours */
	bool reload_refused;  /* the last one */
	uint64_t reloads;
};

static void log_problem(void *user, const char *file, int line, const char *text)
{
	(void)user;
	log_error("%s:%d: %s", file, line, text);
}

static void answer(void *user, const struct web_request *request, struct web_response *response)
{
	struct help *h = user;
	int64_t now = clock_wall_ms();
	if (stop_is_ours(h->site, request->host))
		page_answer(h->site, h->key, request, now, response);
	else
		stop_answer(h->site, h->key, &h->asking, request, now, response);
}

/* Remembers the first problem for who asked; all of them are in the log. */
struct complaint {
	char *text;
	size_t size;
	int count;
};

static void note_problem(void *user, const char *file, int line, const char *text)
{
	struct complaint *c = user;
	log_problem(NULL, file, line, text);
	size_t used = strlen(c->text);
	if (c->count++ < 20 && used < c->size)
		snprintf(c->text + used, c->size - used, "%s:%d: %s\n", file, line, text);
}

static int reload(struct help *h, bool swap, char *text, size_t size)
{
	struct complaint complaint = {text, size, 0};
	struct site *site = NULL;
	int error = site_load(h->conf_path, note_problem, &complaint, &site);
	if (error == 0 && swap) {
		site_free(h->site);
		h->site = site;
		h->reloads++;
		log_info("reloaded");
	} else {
		site_free(site);
	}
	if (swap)
		h->reload_refused = error < 0;
	if (error < 0 && swap)
		log_warn("reload refused, the old pages stay");
	return error;
}

static size_t shown_services(const struct site *s)
{
	size_t count = 0;
	for (size_t i = 0; i < s->catalogue->count; i++)
		count += service_shown(&s->catalogue->services[i], clock_wall_ms());
	return count;
}

/* Nothing here counts visits. */
static int status(const struct help *h, char *text, size_t size)
{
	const struct web_counters *c = web_count(h->web);
	struct control_text t = {text, size};
	control_say(&t, "help_set %s\n", h->site->rules != NULL ? ruleset_id(h->site->rules) : "none");
	control_say(&t, "help_services %zu\n", h->site->catalogue->count);
	control_say(&t, "help_services_shown %zu\n", shown_services(h->site));
	control_say(&t, "help_languages %zu\n", h->site->texts->language_count);
	control_say(&t, "help_token_key_shared %d\n", h->key_shared);
	control_say(&t, "help_reloads_total %llu\n", (unsigned long long)h->reloads);
	control_say(&t, "help_reload_refused %d\n", h->reload_refused);
	control_say(&t, "help_connections %llu\n", (unsigned long long)c->open);
	control_say(&t, "help_connections_refused_total %llu\n", (unsigned long long)c->refused);
	control_say(&t, "help_connections_overdue_total %llu\n", (unsigned long long)c->overdue);
	control_say(&t, "help_requests_bad_total %llu\n", (unsigned long long)c->bad);
	return 0;
}

static int serve(void *user, const struct control_request *request, char *text, size_t size)
{
	struct help *h = user;
	switch (request->verb) {
	case CONTROL_STATUS:
		return status(h, text, size);
	case CONTROL_CHECK:
		return reload(h, false, text, size);
	case CONTROL_RELOAD:
		return reload(h, true, text, size);
	default:
		return -EOPNOTSUPP;
	}
}

static void on_signal(void *user, int signal)
{
	struct help *h = user;
	char text[CONTROL_TEXT_MAX] = "";
	if (signal == SIGHUP)
		(void)reload(h, true, text, sizeof text);
	else
		loop_stop(h->loop);
}

/* Without the shared key only tokens of our own open: pages still come, about nothing in particular. */
static void take_key(struct help *h)
{
	int error = token_key(h->site->conf->gateway.run_folder, h->key);
	h->key_shared = error == 0;
	if (error < 0) {
		log_warn("%s/token.key: %s; using a key of its own", h->site->conf->gateway.run_folder,
			 strerror(-error));
		token_key_random(h->key);
	}
}

static int listen_all(struct help *h)
{
	int count = service_fds(), taken = 0;
	for (int fd = SERVICE_FD_FIRST; fd < SERVICE_FD_FIRST + count; fd++) {
		int error = web_listen(h->web, fd);
		if (error < 0)
			log_error("handed-in descriptor %d: %s", fd, strerror(-error));
		else
			taken++;
	}
	return taken;
}

static struct control *open_control(struct help *h)
{
	char path[108];
	conf_socket(h->site->conf, "help", -1, path, sizeof path);
	struct control *control = control_new(h->loop, path, serve, h);
	if (control == NULL)
		log_fatal("%s: %m", path);
	return control;
}

int help_run(const char *conf_path)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGHUP, 0};
	struct help h = {.conf_path = conf_path, .asking = {.fd = -1}};
	struct watchdog watchdog;
	int error = sandbox_enter("trygg-help", NULL, false);
	if (error < 0)
		log_fatal("cannot give privileges away: %s", strerror(-error));
	(void)signal(SIGPIPE, SIG_IGN);
	error = site_load_first(conf_path, log_problem, NULL, &h.site);
	if (error < 0)
		log_fatal("%s: not started", conf_path);
	h.loop = loop_new();
	loop_signals(h.loop, signals, on_signal, &h);
	take_key(&h);
	h.web = web_new(h.loop, answer, &h);
	if (listen_all(&h) == 0)
		log_fatal("no listening socket was handed in (LISTEN_FDS)");
	struct control *control = open_control(&h);
	watchdog_begin(&watchdog, h.loop);
	(void)service_notify("READY=1");
	loop_run(h.loop);

	(void)service_notify("STOPPING=1");
	control_free(control);
	web_free(h.web);
	loop_free(h.loop);
	site_free(h.site);
	return 0;
}
