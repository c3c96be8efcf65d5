/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trygg-keeper: the only writer of evidence.
 *
 * Neighbours: engine and help send records to RUN/keeper.sock; tryggctl (and its firewall watch) asks
 * RUN/keeper-control.sock. User trygg-keeper, no capability, no network, writes the journal folder and nothing else.
 * Links libconfig and libsodium. Worst case, taken over by a hostile sender: it can write false records and stop
 * recording; what was signed and carried off the machine still shows every change of the past.
 */
#include <getopt.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/sandbox.h"
#include "base/service.h"
#include "keeper/keeper.h"

static void problem(void *user, const char *file, int line, const char *text)
{
	(void)user;
	log_error("%s:%d: %s", file, line, text);
}

static const char *options(int argc, char **argv)
{
	static const struct option known[] = {
		{"help", 0, NULL, 'h'}, {"version", 0, NULL, 'V'}, {NULL, 0, NULL, 0}};
	const char *path = "/etc/trygg/trygg.conf";
	int c;

	while ((c = getopt_long(argc, argv, "c:", known, NULL)) != -1) {
		if (c == 'h')
			exit(puts("usage: trygg-keeper [-c FILE]; see trygg-keeper(8)") < 0);
		if (c == 'V')
			exit(puts("trygg-keeper " TRYGG_VERSION) < 0);
		if (c != 'c')
			exit(2);
		path = optarg;
	}
	if (optind < argc)
		log_fatal("%s: unknown argument", argv[optind]);
	return path;
}

static void on_signal(void *user, int signal)
{
	struct keeper *k = user;

	if (signal != SIGHUP)
		loop_stop(k->loop);
	else if (keeper_reload(k, problem, NULL) < 0)
		log_error("the configuration was not taken over: the running one stays");
}

int main(int argc, char **argv)
{
	static struct keeper k; /* large */
	struct conf *conf;

	log_open("trygg-keeper");
	if (conf_load(options(argc, argv), problem, NULL, &conf) < 0 || sodium_init() < 0)
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
