/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "help/help.h"

#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/heartbeat.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/sandbox.h"
#include "base/service.h"
#include "base/watchdog.h"
#include "help/page.h"
#include "help/stop.h"
#include "help/waiting.h"
#include "proto/tls.h"
#include "wire/control.h"

enum { TLS_PORT = 443 };

struct help {
	const char *conf_path;
	struct loop *loop;
	struct site *site;
	struct web *web;
	struct page_world world;
	bool key_shared;
	bool has_tls;         /* a certificate is in use */
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
		page_answer(&h->world, request, now, response);
	else
		stop_answer(h->site, h->world.key, &h->asking, request, now, response);
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

/* Who answers for stopped requests elsewhere leads to the same origin as we do. */
static void say_until(const struct help *h)
{
	char path[4096];
	conf_help_until(h->site->conf, path, sizeof path);
	int fd = heartbeat_open(path);
	int error = fd < 0 ? fd : heartbeat_beat(fd, h->has_tls ? h->site->certificate.until_wall_ms : 0);
	if (fd >= 0)
		close(fd);
	if (error < 0)
		log_warn("%s: %s", path, strerror(-error));
}

/* New connections get the new one; without one every hello is somebody else's. */
static void take_certificate(struct help *h)
{
	const struct site *s = h->site;
	bool good = site_is_secure(s, clock_wall_ms());
	int error =
		web_certificate(h->web, good ? s->certificate.chain : NULL, good ? s->certificate.key : NULL);
	h->has_tls = good && error == 0;
	say_until(h);
	if (error < 0)
		log_error("%s: the certificate cannot be used", s->conf->help.certificate);
	else if (h->has_tls && s->certificate.ends_soon)
		log_warn("%s: the certificate ends in less than %d days", s->conf->help.certificate,
			 CERTIFICATE_WARN_DAYS);
}

/* The hello of a connection on port 443: whoever asks for another name than ours is reset. */
static enum web_hello_is on_hello(void *user, struct span bytes)
{
	const struct help *h = user;
	struct request r = {0};
	size_t used = 0;
	struct host own;
	enum parse parse = tls_parse(bytes, TRANSPORT_STREAM, &r, &used);
	if (parse == PARSE_MORE)
		return WEB_HELLO_MORE;
	bool ours = parse == PARSE_OK && site_is_secure(h->site, clock_wall_ms()) &&
		    host_from_text(span_text(h->site->conf->help.name), &own) == 0 &&
		    r.host.kind == HOST_NAME && strcmp(own.text, r.host.text) == 0;
	return ours ? WEB_HELLO_OURS : WEB_HELLO_FOREIGN;
}

static int reload(struct help *h, bool swap, char *text, size_t size)
{
	struct complaint complaint = {text, size, 0};
	struct site *site = NULL;
	int error = site_load(h->conf_path, note_problem, &complaint, &site);
	if (error == 0 && swap) {
		cache_clear(&h->world.cache);
		site_free(h->site);
		h->world.site = h->site = site;
		take_certificate(h);
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
	control_say(&t, "help_connections_evicted_total %llu\n", (unsigned long long)c->evicted);
	control_say(&t, "help_tls_refused_total %llu\n", (unsigned long long)c->foreign);
	control_say(&t, "help_tls_certificate %d\n", h->has_tls);
	control_say(&t, "help_contacts_total %llu\n", (unsigned long long)h->world.contacts);
	control_say(&t, "help_contacts_queued_total %llu\n", (unsigned long long)h->world.contacts_queued);
	control_say(&t, "help_contacts_unsure_total %llu\n", (unsigned long long)h->world.contacts_unsure);
	control_say(&t, "help_feedback_total %llu\n", (unsigned long long)h->world.feedback);
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
	int error = token_key(h->site->conf->gateway.run_folder, h->world.key);
	h->key_shared = error == 0;
	if (error < 0) {
		log_warn("%s/token.key: %s; using a key of its own", h->site->conf->gateway.run_folder,
			 strerror(-error));
		token_key_random(h->world.key);
	}
}

static bool is_tls(int fd)
{
	struct sockaddr_storage own = {0};
	socklen_t len = sizeof own;
	if (getsockname(fd, (struct sockaddr *)&own, &len) < 0)
		return false;
	in_port_t port = own.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&own)->sin6_port
						   : ((struct sockaddr_in *)&own)->sin_port;
	return ntohs(port) == TLS_PORT;
}

static int listen_all(struct help *h)
{
	int count = service_fds(), taken = 0;
	for (int fd = SERVICE_FD_FIRST; fd < SERVICE_FD_FIRST + count; fd++) {
		int error = web_listen(h->web, fd, is_tls(fd));
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
	char path[108];
	int error = sandbox_enter("trygg-help", NULL, false);
	if (error < 0)
		log_fatal("cannot give privileges away: %s", strerror(-error));
	(void)signal(SIGPIPE, SIG_IGN);
	error = site_load_first(conf_path, log_problem, NULL, &h.site);
	if (error < 0)
		log_fatal("%s: not started", conf_path);
	h.loop = h.world.loop = loop_new();
	h.world.site = h.site;
	loop_signals(h.loop, signals, on_signal, &h);
	take_key(&h);
	h.web = web_new(h.loop, answer, on_hello, &h);
	take_certificate(&h);
	conf_socket(h.site->conf, "keeper", -1, path, sizeof path);
	h.world.keeper = record_client_new(h.loop, path, "help");
	if (listen_all(&h) == 0)
		log_fatal("no listening socket was handed in (LISTEN_FDS)");
	struct control *control = open_control(&h);
	watchdog_begin(&watchdog, h.loop);
	(void)service_notify("READY=1");
	loop_run(h.loop);

	(void)service_notify("STOPPING=1");
	control_free(control);
	waiting_end(&h.world);
	(void)record_client_end(h.world.keeper, 500);
	record_client_free(h.world.keeper);
	web_free(h.web);
	cache_clear(&h.world.cache);
	loop_free(h.loop);
	site_free(h.site);
	return 0;
}
