/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trygg-courier: carries what the journals say to where people look: the store, and mail to those on duty.
 *
 * Neighbours: reads keeper's journals, writes the store that review reads; tryggctl asks RUN/courier.sock. User
 * trygg-courier, no capability, network only to the mail server. Links sqlite3, curl, sodium and libconfig. Worst case,
 * taken over: it can forge the store and send mail; the journals stay as they are, and a new store is made from them.
 */
#include <signal.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/sandbox.h"
#include "base/service.h"
#include "conf/start.h"
#include "courier/courier.h"

static void on_signal(void *user, int signal)
{
	struct courier *c = user;

	if (signal != SIGHUP)
		loop_stop(c->loop);
	else if (courier_reload(c, start_problem, NULL) < 0)
		log_error("the configuration was not taken over: the running one stays");
}

int main(int argc, char **argv)
{
	static struct courier c; /* large */
	struct conf *conf;

	log_open("trygg-courier");
	if (conf_load(start_path("trygg-courier", argc, argv), start_problem, NULL, &conf) < 0 ||
	    sodium_init() < 0)
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
