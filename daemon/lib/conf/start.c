/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/start.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"

const char *start_path(const char *program, int argc, char **argv)
{
	static const struct option known[] = {
		{"help", 0, NULL, 'h'}, {"version", 0, NULL, 'V'}, {NULL, 0, NULL, 0}};
	const char *path = "/etc/trygg/trygg.conf";
	int c;

	while ((c = getopt_long(argc, argv, "c:", known, NULL)) != -1) {
		if (c == 'h')
			exit(printf("usage: %s [-c FILE]; see %s(8)\n", program, program) < 0);
		if (c == 'V')
			exit(printf("%s " TRYGG_VERSION "\n", program) < 0);
		if (c != 'c')
			exit(2);
		path = optarg;
	}
	if (optind < argc)
		log_fatal("%s: unknown argument", argv[optind]);
	return path;
}

void start_problem(void *user, const char *file, int line, const char *text)
{
	(void)user;
	log_error("%s:%d: %s", file, line, text);
}
