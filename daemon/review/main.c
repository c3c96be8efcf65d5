/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trygg-review: the pages where staff see what was stopped, answer pupils and document what the school did.
 *
 *	neighbours	browsers or a reverse proxy (sockets handed in), keeper (what anybody looks at is recorded first),
 *			the store that courier fills, tryggctl (review.sock)
 *	user		trygg-review, else nobody; group trygg-store shares the store, trygg-journal reads sealed boxes
 *	links		sqlite3, libmicrohttpd, libsodium, jansson, libconfig
 *	worst case	somebody who signs in takes it over: then he reads and changes the store and gets the boxes, which he
 *			cannot open, and what others open while it is his. The journals stay as they are, packets do not know
 *			that it exists
 */
#include <getopt.h>
#include <stdio.h>

#include "base/log.h"
#include "review/review.h"

static const char usage[] =
	"usage: trygg-review [-c FILE]      serve the review desk on the sockets handed in\n"
	"       trygg-review --help | --version\n";

static const struct option options[] = {
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'V'},
	{NULL, 0, NULL, 0},
};

int main(int argc, char **argv)
{
	const char *conf = "/etc/trygg/trygg.conf";
	int option;

	log_open("trygg-review");
	while ((option = getopt_long(argc, argv, "c:hV", options, NULL)) != -1) {
		switch (option) {
		case 'c':
			conf = optarg;
			break;
		case 'h':
			return fputs(usage, stdout) < 0;
		case 'V':
			return puts("trygg-review " TRYGG_VERSION) < 0;
		default:
			(void)fputs(usage, stderr);
			return 2;
		}
	}
	if (optind < argc) {
		(void)fputs(usage, stderr);
		return 2;
	}
	return review_run(conf);
}
