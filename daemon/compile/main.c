/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trygg-compile turns rule files into the compiled set that all other programs map.
 *
 *	neighbours	tryggctl runs it and shows what it says; nobody is connected to it
 *	user		the caller's; as root, trygg-compile (else nobody) from before the first rule is parsed
 *	links		hs, libconfig, libidn2, libsodium
 *	worst case	a rule file breaks the compiler: it dies as a user who can write nothing but the folder of pieces,
 *			and the set in use stays in use
 */
#include "compile/compile.h"

#include <getopt.h>
#include <stdio.h>

#include "base/log.h"

static const char usage[] = "usage: trygg-compile [-n] [-c FILE]   compile the rules that FILE names\n"
			    "       trygg-compile [-c FILE] --import FORMAT --category C LIST\n"
			    "       trygg-compile --help | --version\n"
			    "\n"
			    "  -c FILE   the configuration (/etc/trygg/trygg.conf)\n"
			    "  -n        only check: report every mistake, write nothing\n"
			    "  --import  a list in another program's format to rules on standard output\n";

static const struct option options[] = {
	{"import", required_argument, NULL, 'i'},
	{"category", required_argument, NULL, 'g'},
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'V'},
	{NULL, 0, NULL, 0},
};

int main(int argc, char **argv)
{
	const char *conf = "/etc/trygg/trygg.conf";
	bool write = true;
	struct import_run import = {0};
	int option;
	log_open("trygg-compile");
	while ((option = getopt_long(argc, argv, "c:nhV", options, NULL)) != -1) {
		switch (option) {
		case 'c':
			conf = optarg;
			break;
		case 'n':
			write = false;
			break;
		case 'i':
			import.format_name = optarg;
			break;
		case 'g':
			import.category = optarg;
			break;
		case 'h':
			return fputs(usage, stdout) < 0;
		case 'V':
			return puts("trygg-compile " TRYGG_VERSION) < 0;
		default:
			(void)fputs(usage, stderr);
			return 2;
		}
	}
	bool list = import.format_name && import.category;
	if (optind + list != argc || (!list && (import.format_name || import.category))) {
		(void)fputs(usage, stderr);
		return 2;
	}
	if (list) {
		import.path = argv[optind];
		return import_run(conf, &import);
	}
	struct sources sources;
	int status = sources_read(conf, write, &sources);
	if (status == 0)
		status = compile_run(&sources);
	sources_clear(&sources);
	return status;
}
