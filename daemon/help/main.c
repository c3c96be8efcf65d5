/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trygg-help shows a pupil why a page was stopped and who can help now. It keeps nothing about who looked.
 *
 *	neighbours	browsers (sockets handed in), tryggctl (help.sock)
 *	user		trygg-help, else nobody
 *	links		hs_runtime, libconfig, libsodium, jansson, libmicrohttpd, gnutls
 *	worst case	a browser takes it over: then it can show wrong pages; it holds no capability, no incident, no
 *			journal, and sees only what browsers send it. When it dies, stopped names answer with a refused
 *			connection until it is back
 */
#include "help/help.h"

#include <getopt.h>
#include <stdio.h>

#include "base/log.h"

static const char usage[] = "usage: trygg-help [-c FILE]      serve the help page on the sockets handed in\n"
			    "       trygg-help --help | --version\n";

static const struct option options[] = {
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'V'},
	{NULL, 0, NULL, 0},
};

int main(int argc, char **argv)
{
	const char *conf = "/etc/trygg/trygg.conf";
	int option;
	log_open("trygg-help");
	while ((option = getopt_long(argc, argv, "c:hV", options, NULL)) != -1) {
		switch (option) {
		case 'c':
			conf = optarg;
			break;
		case 'h':
			return fputs(usage, stdout) < 0;
		case 'V':
			return puts("trygg-help " TRYGG_VERSION) < 0;
		default:
			(void)fputs(usage, stderr);
			return 2;
		}
	}
	if (optind < argc) {
		(void)fputs(usage, stderr);
		return 2;
	}
	return help_run(conf);
}
