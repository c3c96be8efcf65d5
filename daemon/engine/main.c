/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trygg-engine reads every byte and holds nothing: no capability, no network, no file it may write.
 *
 *	neighbours	gate (the ring, gate@N.sock), keeper (records, keeper.sock), tryggctl (engine@N.sock)
 *	user		trygg-engine, else nobody
 *	links		hs_runtime, libconfig, libsodium
 *	worst case	it dies of a packet: gate offers that packet to the next engine alone, and drops it when that
 *			one dies too. Or it is taken over: then it decides wrongly, and can send nothing but packets
 *			between the two addresses of the packet in hand
 */
#include "engine/run.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"

static const char usage[] =
	"usage: trygg-engine [-c FILE] [N]          serve queue N (0) through its gate\n"
	"       trygg-engine [-c FILE] -r PCAP      print the decision on each request of a capture\n"
	"       trygg-engine --help | --version\n";

static const struct option options[] = {
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'V'},
	{NULL, 0, NULL, 0},
};

static int queue_number(const char *text)
{
	char *end;
	long n = strtol(text, &end, 10);
	if (*text == '\0' || *end != '\0' || n < 0 || n > 65535)
		log_fatal("%s: not a queue number", text);
	return (int)n;
}

int main(int argc, char **argv)
{
	const char *conf = "/etc/trygg/trygg.conf", *capture = NULL;
	int option;
	log_open("trygg-engine");
	while ((option = getopt_long(argc, argv, "c:r:hV", options, NULL)) != -1) {
		switch (option) {
		case 'c':
			conf = optarg;
			break;
		case 'r':
			capture = optarg;
			break;
		case 'h':
			return fputs(usage, stdout) < 0;
		case 'V':
			return puts("trygg-engine " TRYGG_VERSION) < 0;
		default:
			(void)fputs(usage, stderr);
			return 2;
		}
	}
	if (argc - optind > (capture == NULL)) {
		(void)fputs(usage, stderr);
		return 2;
	}
	if (capture != NULL)
		return run_replay(conf, capture);
	return run_queue(conf, optind < argc ? queue_number(argv[optind]) : 0);
}
