/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trygg-gate: packets from the kernel's queue to the engine, verdicts and replies back. It parses nothing. Neighbours:
 * hold, which starts it and lends it the sockets, and one engine at a time over the ring. User: trygg-gate, with
 * CAP_NET_ADMIN and CAP_NET_RAW. Links: libnetfilter_queue, libmnl. Worst case: a hostile engine is cut off and
 * counted; a killed gate is started again by hold, and the kernel repeats what was undecided.
 */
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/log.h"
#include "gate/gate.h"

static int help(const char *word)
{
	if (strcmp(word, "--version") == 0)
		return puts("trygg-gate " TRYGG_VERSION) < 0;
	bool asked = strcmp(word, "--help") == 0;
	(void)fputs("usage: trygg-gate        started by trygg-hold, settings in its environment\n",
		    asked ? stdout : stderr);
	return asked ? 0 : 2;
}

int main(int argc, char **argv)
{
	static struct gate gate;
	log_open("trygg-gate");
	if (argc > 1)
		return help(argv[1]);
	/* exec made it dumpable again; what it holds are pupils' packets. */
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	gate.settings = settings_read();
	gate_open(&gate);
	gate_run(&gate);
	gate_close(&gate);
	return 0;
}
