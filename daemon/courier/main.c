/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trygg-courier: carries what the journals say to where people look: the store, and mail to those on duty.
 *
 * Neighbours: reads keeper's journals, writes the store that review reads; tryggctl asks RUN/courier.sock. User
 * trygg-courier, no capability, network only to the mail server. Links sqlite3, curl, sodium and libconfig. Worst case,
 * taken over: it can forge the store and send mail; the journals stay as they are, and a new store is made from them.
 */
#include <getopt.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/sandbox.h"
#include "base/service.h"
#include "courier/courier.h"

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
			exit(puts("usage: trygg-courier [-c FILE]; see trygg-courier(8)") < 0);
		if (c == 'V')
			exit(puts("trygg-courier " TRYGG_VERSION) < 0);
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
	struct courier *c = user;

	if (signal != SIGHUP)
		loop_stop(c->loop);
	else if (courier_reload(c, problem, NULL) < 0)
		log_error("the configuration was not taken over: the running one stays");
}

int main(int argc, char **argv)
{
	static struct courier c; /* large */
	struct conf *conf;

	log_open("trygg-courier");
	if (conf_load(options(argc, argv), problem, NULL, &conf) < 0 || sodium_init() < 0)
		return 2;
	(void)umask(0007); /* the store is shared with review by its group */
	int rc = courier_init(&c, loop_new(), conf);
	if (rc < 0)
		log_fatal("%s: %s", conf->gateway.run_folder, strerror(-rc));
	if (sandbox_enter("trygg-courier", NULL, false) < 0)
		log_fatal("privileges cannot be given away");
	loop_signals(c.loop, (const int[]){SIGTERM, SIGINT, SIGHUP, 0}, on_signal, &c);
	courier_start(&c);
	(void)service_notify("READY=1");
	loop_run(c.loop);
	courier_clear(&c);
	return 0;
}
