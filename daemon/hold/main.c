/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trygg-hold N: keeps what must outlive gate N (the queue's socket, the raw sockets) and starts gate N again when it
 * ends. Neighbours: the service manager, which keeps the sockets when hold itself is killed, and gate, its child.
 * User: trygg-gate; CAP_NET_ADMIN and CAP_NET_RAW permitted, for gate, and not effective. Links: nothing but libc.
 * Worst case: hold is killed: gate and engine end with its pipe, the manager starts the next hold with the stored
 * sockets, and no packet is lost.
 */
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/sandbox.h"
#include "hold/child.h"

static void signalled(void *user, int number)
{
	number == SIGCHLD ? child_ended(user) : child_end(user);
}

static int help(const char *word)
{
	if (strcmp(word, "--version") == 0)
		return puts("trygg-hold " TRYGG_VERSION) < 0;
	bool asked = strcmp(word, "--help") == 0;
	(void)fputs("usage: trygg-hold N        keep queue N and run trygg-gate for it\n",
		    asked ? stdout : stderr);
	return asked ? 0 : 2;
}

int main(int argc, char **argv)
{
	static const int signals[] = {SIGCHLD, SIGTERM, SIGINT, 0}, keep[] = {CAP_NET_ADMIN, CAP_NET_RAW, -1};
	static struct child child;
	struct sockets sockets;
	const char *what;
	log_open("trygg-hold");
	if (argc != 2 || argv[1][0] == '-')
		return help(argc == 2 ? argv[1] : "");
	struct queue_settings settings = queue_settings_read(argv[1]);
	(void)setenv("TRYGG_QUEUE", argv[1], 1);
	int rc = sockets_open(&sockets, &settings, &what);
	if (rc == 0) {
		what = "finding trygg-gate";
		rc = child_init(&child, &sockets);
	}
	if (rc == 0) {
		what = "giving privileges away";
		rc = sandbox_enter("trygg-gate", keep, true);
	}
	if (rc < 0)
		log_fatal("%s: %s", what, strerror(-rc));
	struct loop *loop = loop_new();
	loop_signals(loop, signals, signalled, &child);
	rc = child_begin(&child, loop);
	if (rc < 0)
		log_fatal("starting gate: %s", strerror(-rc));
	loop_run(loop);
	loop_free(loop);
	return 0;
}
