/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trygg-keeper: the only writer of evidence.
 *
 * Neighbours: engine and help send records to RUN/keeper.sock; tryggctl (and its firewall watch) asks
 * RUN/keeper-control.sock. User trygg-keeper, no capability, no network, writes the journal folder and nothing else.
 * Links libconfig and libsodium. Worst case, taken over by a hostile sender: it can write false records and stop
 * recording; what was signed and carried off the machine still shows every change of the past.
 */
#include <signal.h>
#include <sodium.h>
#include <string.h>

#include "base/log.h"
#include "base/sandbox.h"
#include "base/service.h"
#include "conf/start.h"
#include "keeper/keeper.h"

static void on_signal(void *user, int signal)
{
	struct keeper *k = user;

	if (signal != SIGHUP)
		loop_stop(k->loop);
	else if (keeper_reload(k, start_problem, NULL) < 0)
		log_error("the configuration was not taken over: the running one stays");
}

int main(int argc, char **argv)
{
	static struct keeper k; /* large */
	struct conf *conf;

	log_open("trygg-keeper");
	if (conf_load(start_path("trygg-keeper", argc, argv), start_problem, NULL, &conf) < 0 ||
	    sodium_init() < 0)
		return 2;
	int rc = keeper_init(&k, loop_new(), conf);
	if (rc < 0)
		log_fatal("%s: %s", conf->gateway.run_folder, strerror(-rc));
	if (sandbox_enter("trygg-keeper", NULL, false) < 0)
		log_fatal("privileges cannot be given away");
	loop_signals(k.loop, (const int[]){SIGTERM, SIGINT, SIGHUP, 0}, on_signal, &k);
	keeper_start(&k);
	(void)service_notify("READY=1");
	loop_run(k.loop);
	keeper_stop(&k);
	keeper_clear(&k);
	return 0;
}
