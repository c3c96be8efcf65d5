/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The compiled set by itself, without any network.
 *
 *	ruleset generate FOLDER NAMES PATTERNS    rule files national/, municipality/ below FOLDER, always the same
 *	ruleset measure MANIFEST                  {"host_decision_us": …, "set_ready_ms": …, "set_mib": …}
 *	ruleset                                   both with a million names and 10,000 patterns in a folder of its own, and
 *	                                          the time of a compile in which no pattern changed, as "name value" lines
 *
 * Names are like those of real lists: a mean of about 18 bytes, most under a few endings. The names asked for are what
 * devices ask for: a few labels, one in ten listed. A decision is host_from_wire, the look for protection, and the match.
 * Its number is the median of the quietest of several rounds: other work on the machine takes the caches, not only time.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "ruleset/build.h"
#include "ruleset/store.h"

enum { ASKED = 1 << 16, BATCH = 64, ROUNDS = 16, OPENS = 21 };

static double now_s(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int by_value(const void *a, const void *b)
{
	return (*(const double *)a > *(const double *)b) - (*(const double *)a < *(const double *)b);
}

static double median(double *values, size_t count)
{
	qsort(values, count, sizeof(*values), by_value);
	return values[count / 2];
}

static _Noreturn void die(const char *what)
{
	perror(what);
	exit(2);
}

/* ---- Names ------------------------------------------------------------------------------------------------ */

/* SplitMix64: name N is a function of N alone. */
static uint64_t mix(uint64_t n)
{
	n += 0x9e3779b97f4a7c15u;
	n = (n ^ n >> 30) * 0xbf58476d1ce4e5b9u;
	n = (n ^ n >> 27) * 0x94d049bb133111ebu;
	return n ^ n >> 31;
}

static size_t put_word(char *out, uint64_t r)
{
	static const char *const parts[] = {"ba", "ne",    "stor", "li", "ka", "spill", "ro", "ti",
					    "sa", "ver",   "net",  "mo", "da", "per",   "el", "gi",
					    "on", "tra",   "fi",   "lu", "x",  "shop",  "q",  "ve",
					    "an", "media", "so",   "te", "vi", "um",    "7",  "k"};
	size_t len = 0;
	for (int i = 0; i < 6; i++, r >>= 5)
		if (i < 5 || r & 1)
			len += (size_t)sprintf(out + len, "%s", parts[r & 31]);
	return len;
}

/* A name as lists have them. */
static void listed_name(uint64_t n, char out[static 128])
{
	static const char *const endings[] = {"com",   "com",     "com",  "com", "net",  "org",
					      "no",    "de",      "ru",   "xyz", "info", "top",
					      "co.uk", "example", "test", "site"};
	uint64_t r = mix(n);
	size_t len = put_word(out, r);
	if (r >> 60 == 0)
		len += (size_t)sprintf(out + len, "-%u", (unsigned)(r >> 50 & 99));
	sprintf(out + len, ".%s", endings[r >> 40 & 15]);
}

/* A name as devices ask for them: `wire` gets its wire form. */
static size_t asked_name(uint64_t n, uint64_t names, uint8_t wire[static 256])
{
	static const char *const front[] = {"www", "api", "cdn", "static1", "_dns", "m"};
	char name[256], text[128];
	uint64_t r = mix(n ^ 0x5eed);
	listed_name(r % 10 == 0 ? mix(n) % names : names + n, text);
	if (r >> 8 & 1)
		snprintf(name, sizeof(name), "%s.%s", front[(r >> 16) % 6], text);
	else
		snprintf(name, sizeof(name), "%s", text);
	size_t len = 0;
	for (char *label = strtok(name, "."); label; label = strtok(NULL, ".")) {
		size_t size = strlen(label);
		wire[len++] = (uint8_t)size;
		memcpy(wire + len, label, size);
		len += size;
	}
	wire[len++] = 0;
	return len;
}

/* ---- Generating ------------------------------------------------------------------------------------------- */

static void write_file(const char *folder, const char *layer, const char *file, const char *text, size_t len)
{
	char path[512];
	snprintf(path, sizeof(path), "%s/%s", folder, layer);
	if (file_mkdirs(path, 0755) < 0)
		die(path);
	snprintf(path, sizeof(path), "%s/%s/%s", folder, layer, file);
	if (file_replace(path, 0644, text, len) < 0)
		die(path);
}

static char *names_text(size_t names, size_t *len)
{
	char *text = malloc(names * 140 + 100);
	if (!text)
		die("memory");
	*len = (size_t)sprintf(text, "category malware\nowner \"Bench\"\nreason \"Numbers\"\n\n");
	for (size_t i = 0; i < names; i++) {
		char name[128];
		listed_name(i, name);
		*len += (size_t)sprintf(text + *len, "domain %s\n", name);
	}
	return text;
}

static char *patterns_text(size_t patterns, size_t *len)
{
	static const struct {
		const char *before, *between, *behind;
	} forms[] = {{"", "-?", ""}, {"(^|[.-])", "[0-9]*", ""}, {"", "", "\\."}, {"", "(s|er)?-", ""}};
	char *text = malloc(patterns * 140 + 100);
	if (!text)
		die("memory");
	*len = (size_t)sprintf(text, "category gambling\nowner \"Bench\"\nreason \"Numbers\"\n\n");
	for (size_t i = 0; i < patterns; i++) {
		char a[64], b[64];
		put_word(a, mix(i + 1000000007));
		put_word(b, mix(i + 2000000011));
		*len += (size_t)sprintf(text + *len, "host /%s%s%s%s%s/\n", forms[i % 4].before, a,
					forms[i % 4].between, b, forms[i % 4].behind);
	}
	return text;
}

static int generate(const char *folder, size_t names, size_t patterns)
{
	size_t len;
	char *text = names_text(names, &len);
	write_file(folder, "national", "names.rules", text, len);
	free(text);
	text = patterns_text(patterns, &len);
	write_file(folder, "municipality", "patterns.rules", text, len);
	free(text);
	return 0;
}

/* ---- Measuring -------------------------------------------------------------------------------------------- */

struct numbers {
	double host_decision_us, set_ready_ms, set_mib, compile_s;
	size_t hits;
};

static struct ruleset *open_set(const char *manifest)
{
	struct ruleset *rules = NULL;
	char why[256];
	if (ruleset_open(manifest, false, &rules, why, sizeof(why)) < 0) {
		fprintf(stderr, "%s\n", why);
		exit(1);
	}
	return rules;
}

static double decision_us(struct ruleset *rules, uint64_t names, size_t *hit_count)
{
	static struct rule_hits hits;
	static uint8_t wire[ASKED * 64]; /* side by side, as from a ring */
	static struct span asked[ASKED];
	static double took[ASKED / BATCH];
	double quietest = 0;
	size_t n = 0;
	for (size_t i = 0, at = 0; i < ASKED && at + 256 <= sizeof(wire); i++, at += asked[i - 1].len)
		asked[i] = span_of(wire + at, asked_name(i, names, wire + at));
	for (size_t round = 0; round < ROUNDS; round++) {
		for (size_t i = 0; i < ASKED; i += BATCH) {
			double since = now_s();
			for (size_t k = 0; k < BATCH; k++) {
				struct host host;
				if (host_from_wire(asked[i + k], &host) < 0)
					abort();
				if (ruleset_protected(rules, &host))
					abort();
				ruleset_match(rules, &host, NULL, &hits);
				n += hits.count;
			}
			took[i / BATCH] = (now_s() - since) * 1e6 / BATCH;
		}
		double this = median(took, sizeof(took) / sizeof(took[0]));
		quietest = round == 0 || this < quietest ? this : quietest;
	}
	*hit_count = n / ROUNDS;
	return quietest;
}

static void measure(const char *manifest, uint64_t names, struct numbers *out)
{
	double took[OPENS];
	for (size_t i = 0; i < OPENS; i++) {
		double since = now_s();
		struct ruleset *rules = open_set(manifest);
		took[i] = (now_s() - since) * 1e3;
		ruleset_free(rules);
	}
	out->set_ready_ms = median(took, OPENS);
	struct ruleset *rules = open_set(manifest);
	out->set_mib = (double)ruleset_bytes(rules) / (1024 * 1024);
	out->host_decision_us = decision_us(rules, names, &out->hits);
	ruleset_free(rules);
}

/* ---- All by itself ---------------------------------------------------------------------------------------- */

static void print_problem(void *user, const char *file, int line, const char *text)
{
	(void)user;
	fprintf(stderr, "%s:%d: %s\n", file, line, text);
}

/* Compiles as trygg-compile does, from files to the replaced manifest; returns the seconds. */
static double compile(const char *folder, const char *manifest, struct manifest *last)
{
	static const char *const categories[] = {"malware", "gambling"};
	static const char *const files[] = {"national/names.rules", "municipality/patterns.rules"};
	double since = now_s();
	char path[2][512], pieces[512];
	int list[2];
	struct build_options options = {
		.categories = categories, .category_count = 2, .problem = print_problem};
	struct build *b = build_new(&options);
	snprintf(pieces, sizeof(pieces), "%s.d", manifest);
	if (file_mkdirs(pieces, 0755) < 0)
		die(pieces);
	int fd = open(pieces, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	build_store(b, fd, last);
	for (size_t i = 0; i < 2; i++) {
		snprintf(path[i], sizeof(path[i]), "%s/%s", folder, files[i]);
		list[i] = open(path[i], O_RDONLY | O_CLOEXEC);
		struct rulefile file = {.path = path[i],
					.name = files[i],
					.layer = (enum rule_layer)i,
					.open = true,
					.fd = list[i]};
		if (list[i] < 0 || build_read(b, &file) < 0)
			die("build_read");
	}
	struct manifest m;
	if (build_pieces(b, &m) < 0)
		exit(1);
	char *written = manifest_text(&m);
	if (!written || file_replace(manifest, 0644, written, strlen(written)) < 0)
		die(manifest);
	store_tidy(fd, last, &m);
	*last = m;
	free(written);
	close(list[0]);
	close(list[1]);
	build_free(b);
	close(fd);
	return now_s() - since;
}

static int alone(size_t names, size_t patterns)
{
	char folder[] = "/tmp/trygg-bench-XXXXXX", manifest[64], command[64];
	struct manifest last = {0};
	struct numbers n = {0};
	if (!mkdtemp(folder))
		die(folder);
	snprintf(manifest, sizeof(manifest), "%s/rules.trygg", folder);
	generate(folder, names, patterns);
	(void)compile(folder, manifest, &last);
	/* One name more: every names byte is new, no pattern is. */
	generate(folder, names + 1, patterns);
	n.compile_s = compile(folder, manifest, &last);
	measure(manifest, names, &n);
	printf("host_decision_us %.3f\nset_ready_ms %.2f\nset_mib %.2f\ncompile_s %.2f\n", n.host_decision_us,
	       n.set_ready_ms, n.set_mib, n.compile_s);
	for (size_t i = 0; i < last.count; i++)
		fprintf(stderr, "# %s %u\n", last.piece[i].file, last.piece[i].size);
	fprintf(stderr, "# %zu hits\n", n.hits);
	snprintf(command, sizeof(command), "rm -r %s", folder);
	return system(command) == 0 ? 0 : 2;
}

int main(int argc, char **argv)
{
	if (argc == 1)
		return alone(1000000, 10000);
	if (argc == 5 && strcmp(argv[1], "generate") == 0)
		return generate(argv[2], strtoul(argv[3], NULL, 10), strtoul(argv[4], NULL, 10));
	if (argc == 3 && strcmp(argv[1], "measure") == 0) {
		struct numbers n = {0};
		measure(argv[2], 1000000, &n);
		printf("{\"host_decision_us\": %.3f, \"set_ready_ms\": %.2f, \"set_mib\": %.2f}\n",
		       n.host_decision_us, n.set_ready_ms, n.set_mib);
		return 0;
	}
	fputs("usage: ruleset [generate FOLDER NAMES PATTERNS | measure MANIFEST]\n", stderr);
	return 2;
}
