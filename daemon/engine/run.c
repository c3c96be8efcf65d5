/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/run.h"

#include <errno.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/sandbox.h"
#include "base/service.h"
#include "base/watchdog.h"
#include "engine/peer.h"
#include "engine/replay.h"
#include "engine/report.h"
#include "engine/serve.h"
#include "ruleset/asking.h"
#include "wire/control.h"

enum { WHY_SIZE = 512, GOODBYE_MS = 500 };

/* Where gate of the same number is. */
static void pin(int number)
{
	const char *offset = getenv("TRYGG_CPU_OFFSET");
	int rc = service_pin((unsigned)(number + (offset != NULL ? strtol(offset, NULL, 10) : 0)));
	if (rc < 0)
		log_debug("staying on any core: %s", strerror(-rc));
}

struct life {
	struct serve serve;
	struct loop *loop;
};

static void on_signal(void *user, int signal)
{
	struct life *life = user;
	char why[WHY_SIZE];
	if (signal == SIGHUP)
		(void)engine_reload(life->serve.engine, why, sizeof why);
	else
		loop_stop(life->loop);
}

static struct world *first_world(const char *conf_path, bool without_rules)
{
	char why[WHY_SIZE];
	struct world *world = NULL;
	if (sodium_init() < 0)
		log_fatal("libsodium cannot start");
	int rc = world_load(conf_path, without_rules, &world, why, sizeof why);
	if (rc == -EINVAL)
		log_fatal("the configuration %s cannot be used; see above", conf_path);
	if (rc < 0)
		log_fatal("%s", why[0] != '\0' ? why : strerror(-rc));
	return world;
}

/* Without the shared key redirects carry no token: pages still come, about nothing in particular. */
static void take_key(struct engine *e)
{
	const char *folder = e->world->conf->gateway.run_folder;
	int rc = token_key(folder, e->token_key);
	e->sealing = rc == 0;
	if (rc < 0)
		log_warn("%s/token.key: %s; redirects to the help page carry no token", folder,
			 strerror(-rc));
}

int run_queue(const char *conf_path, int number)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGHUP, 0};
	char path[108];
	struct engine *e = calloc(1, sizeof *e);
	struct life life = {.serve.engine = e};
	struct watchdog watchdog;
	int rc = sandbox_enter("trygg-engine", NULL, false);
	if (rc < 0 || e == NULL)
		log_fatal("cannot give privileges away: %s", strerror(-rc));
	(void)signal(SIGPIPE, SIG_IGN);
	pin(number);
	rc = engine_init(e, conf_path, number, first_world(conf_path, true));
	if (rc < 0)
		log_fatal("%s", strerror(-rc));
	take_key(e);
	life.loop = loop_new();
	loop_signals(life.loop, signals, on_signal, &life);
	conf_socket(e->world->conf, "engine", number, path, sizeof path);
	struct control *control = control_new(life.loop, path, serve, &life.serve);
	if (control == NULL)
		log_fatal("%s: %m", path);
	conf_socket(e->world->conf, "keeper", -1, path, sizeof path);
	e->report = report_new(life.loop, path, number);
	struct peer *peer = peer_new(e, life.loop);
	if (e->report == NULL || peer == NULL)
		log_fatal("out of memory");
	life.serve.peer = peer;
	watchdog_begin(&watchdog, life.loop);
	(void)service_notify("READY=1");
	loop_run(life.loop);

	(void)service_notify("STOPPING=1");
	peer_free(peer);
	uint64_t lost = report_end(e->report, GOODBYE_MS);
	if (lost > 0)
		log_error("keeper did not take the last records: %llu occurrences are lost",
			  (unsigned long long)lost);
	report_free(e->report);
	control_free(control);
	loop_free(life.loop);
	engine_clear(e);
	free(e);
	return 0;
}

int run_replay(const char *conf_path, const char *capture)
{
	struct engine *e = calloc(1, sizeof *e);
	if (e == NULL)
		log_fatal("out of memory");
	int rc = engine_init(e, conf_path, 0, first_world(conf_path, false));
	struct asking asking = {.fd = -1};
	struct rule_secret secret;
	/* A capture can hold a list of guesses: it is asked by the measure of `explain`. */
	if (rc == 0 && e->world->rules && ruleset_confidential(e->world->rules, 0, &secret)) {
		(void)asking_open(&asking, e->world->conf->rules.confidential_key, clock_wall_ms());
		e->asking = &asking;
	}
	if (rc == 0)
		rc = replay(e, capture, stdout);
	asking_close(&asking);
	if (rc < 0)
		log_error("%s: %s", capture,
			  rc == -EBADMSG ? "not a capture"
			  : rc == -ENOTSUP
				  ? "of a version or link type that is not read; Ethernet, Linux cooked, "
				    "loopback and raw IP are"
				  : strerror(-rc));
	engine_clear(e);
	free(e);
	return rc < 0 ? 2 : 0;
}
