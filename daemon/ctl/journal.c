/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading evidence. `verify` needs the files and the public key, nothing that runs; `cat` prints only lines that are
 * records, so that a damaged file cannot speak to a terminal; `purge` asks keeper, who alone may delete.
 */
#include "ctl/journal.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "incident/segments.h"
#include "wire/control.h"

enum { EXIT_YES, EXIT_NO, EXIT_FAILED, PATH_SIZE = 4096, PURGE_WAIT_MS = 30000 };

struct options {
	const struct conf *conf;
	const char *key, *head, *day;
	int journal; /* -1 = all */
	bool json, table;
};

static void journal_folder(const struct options *o, int journal, char *out, size_t size)
{
	(void)snprintf(out, size, "%s/%s", o->conf->journal.folder, journal_names[journal]);
}

/* ---- verify */

static void print_finding(void *user, const struct journal_finding *f)
{
	(void)user;
	if (f->line > 0)
		(void)printf("%s:%ld: %s\n", f->file, f->line, f->text);
	else
		(void)printf("%s: %s\n", f->file, f->text);
}

static void print_summary(int journal, const struct journal_summary *s)
{
	char first[CLOCK_TEXT_SIZE] = "-", last[CLOCK_TEXT_SIZE] = "-";

	if (s->first_ms != 0)
		clock_text(s->first_ms, first);
	if (s->last_ms != 0)
		clock_text(s->last_ms, last);
	(void)printf("%-8s  %llu records, %s to %s, head %llu %s: %s\n", journal_names[journal],
		     (unsigned long long)s->records, first, last, (unsigned long long)s->head_seq,
		     s->head_seq > 0 ? s->head_hash : "-", s->findings > 0 ? "NOT WHOLE" : "whole");
	if (s->crash_tail)
		(void)printf("          %llu records behind HEAD are not signed yet: keeper is at work, or "
			     "was killed\n",
			     (unsigned long long)s->unsigned_records);
}

static int verify(const struct options *o)
{
	unsigned long long records = 0, findings = 0;
	int first = o->journal < 0 ? 0 : o->journal, last = o->journal < 0 ? JOURNALS - 1 : o->journal;
	char folder[PATH_SIZE];

	for (int j = first; j <= last; j++) {
		struct journal_summary s;
		journal_folder(o, j, folder, sizeof(folder));
		struct journal_check check = {folder, o->key, o->head, print_finding, NULL};
		int rc = journal_verify(&check, &s);
		if (rc < 0) {
			(void)fprintf(stderr, "tryggctl: %s: cannot be verified: %s\n", folder,
				      strerror(-rc));
			return EXIT_FAILED;
		}
		print_summary(j, &s);
		records += s.records;
		findings += s.findings;
	}
	(void)printf("%d journal%s, %llu records, %llu finding%s\n", last - first + 1,
		     first == last ? "" : "s", records, findings, findings == 1 ? "" : "s");
	return findings > 0 ? EXIT_NO : EXIT_YES;
}

/* ---- cat */

/* What stands in a record is printed as ASCII only, whatever a forger wrote. */
static const char *clean(char *text)
{
	for (char *at = text; *at; at++) {
		if (*at < 0x20 || *at > 0x7e)
			*at = '?';
	}
	return text;
}

static void print_row(struct journal_entry *e)
{
	struct record *r = &e->record;
	char time[CLOCK_TEXT_SIZE] = "-";
	bool own = r->event == EVENT_KEY || r->event == EVENT_CHECKPOINT; /* signatures: nothing to read */

	if (r->time_ms != 0)
		clock_text(r->time_ms, time);
	time[r->date_only ? 10 : 19] = 0;
	(void)printf("%6llu  %-19s  %-10s %-18s %-7s %6llu  %-15s %s%s%s%s%s\n", (unsigned long long)e->seq,
		     time, event_names[r->event], clean(r->category), clean(r->action),
		     (unsigned long long)r->count, clean(r->group), clean(r->name), r->name[0] ? " " : "",
		     clean(r->rule), r->rule[0] ? " " : "", own ? "" : clean(r->detail));
}

static int cat_segment(const struct options *o, const struct segment *s)
{
	struct line_reader *lines = malloc(sizeof(*lines));
	struct journal_entry *e = malloc(sizeof(*e));
	int bad = EXIT_YES;
	int rc = lines && e ? lines_open(lines, s->path, 0) : -ENOMEM;

	while (rc == 0 && (rc = lines_next(lines)) == 1) {
		rc = 0;
		if (lines->too_long || journal_parse(lines->line, e) < 0) {
			(void)fprintf(stderr, "tryggctl: %s:%ld: not a record\n", s->path, lines->number);
			bad = EXIT_NO;
		} else if (o->table) {
			print_row(e);
		} else {
			(void)printf("%.*s\n", (int)lines->line.len, (const char *)lines->line.at);
		}
	}
	if (rc < 0)
		(void)fprintf(stderr, "tryggctl: %s: %s\n", s->path, strerror(-rc));
	if (lines)
		lines_close(lines);
	free(lines);
	free(e);
	return rc < 0 ? EXIT_FAILED : bad;
}

static int cat(const struct options *o)
{
	struct segment *s = NULL;
	size_t count = 0;
	struct journal_summary sum;
	char folder[PATH_SIZE];
	int result = EXIT_YES;

	journal_folder(o, o->journal < 0 ? JOURNAL_INCIDENT : o->journal, folder, sizeof(folder));
	struct journal_check check = {.folder = folder, .key = o->key};
	int rc = journal_verify(&check, &sum);
	if (rc >= 0)
		rc = segments_list(folder, &s, &count);
	if (rc < 0) {
		(void)fprintf(stderr, "tryggctl: %s: %s\n", folder, strerror(-rc));
		return EXIT_FAILED;
	}
	if (o->table)
		(void)printf("%6s  %-19s  %-10s %-18s %-7s %6s  %-15s %s\n", "seq", "time", "event",
			     "category", "action", "count", "group", "name, rule, detail");
	for (size_t i = 0; i < count && result != EXIT_FAILED; i++) {
		if (o->day && strcmp(s[i].date, o->day) != 0)
			continue;
		int one = cat_segment(o, &s[i]);
		result = one > result ? one : result;
	}
	segments_free(s, count);
	if (sum.findings > 0) {
		(void)fprintf(stderr,
			      "tryggctl: %s is not whole (%llu findings): see `tryggctl journal verify`\n",
			      folder, (unsigned long long)sum.findings);
		return result == EXIT_FAILED ? result : EXIT_NO;
	}
	return result;
}

/* ---- purge */

/* Days from 1 to 36500, 0 for anything else. */
static uint64_t days_of(const char *text)
{
	char *end = NULL;
	unsigned long long days = strtoull(text, &end, 10);

	return *text >= '1' && *text <= '9' && *end == 0 && days <= 36500 ? days : 0;
}

/* `days` NULL: as many as the configuration says. */
static int purge(const struct options *o, const char *days)
{
	struct control_request request = {.magic = CONTROL_MAGIC, .verb = CONTROL_PURGE};
	struct control_answer answer;
	char path[PATH_SIZE];

	request.number = days ? days_of(days) : 0; /* 0: what the configuration says of each journal */
	if (days && request.number == 0) {
		(void)fprintf(stderr, "tryggctl: journal purge: %s: not a number of days from 1 to 36500\n",
			      days);
		return EXIT_FAILED;
	}
	conf_socket(o->conf, "keeper-control", -1, path, sizeof(path));
	int rc = control_ask(path, &request, PURGE_WAIT_MS, &answer);
	if (rc < 0) {
		(void)fprintf(stderr, "tryggctl: keeper does not answer: %s\n", strerror(-rc));
		return EXIT_FAILED;
	}
	(void)fputs(answer.text, answer.status == 0 ? stdout : stderr);
	return answer.status == 0 ? EXIT_YES : EXIT_FAILED;
}

/* ---- The command line */

static int usage(FILE *out, int result)
{
	(void)fputs(
		"usage: tryggctl journal verify [--journal J] [--key FILE] [--head FILE]\n"
		"       tryggctl journal cat [--journal J] [--day YYYY-MM-DD] [--json | --table]\n"
		"       tryggctl journal purge [DAYS]\n"
		"J is incident, feedback, contact or audit; verify takes all of them, cat incident.\n"
		"--key    the public key, when it is not the one beside the journals\n"
		"DAYS     how many days stay; when not given, what the configuration says of each journal\n"
		"--head   a head that was carried off the machine, of journal J\n"
		"cat prints a table on a terminal and JSON lines elsewhere.\n",
		out);
	return result;
}

static int journal_index(const char *name)
{
	for (int j = 0; j < JOURNALS; j++) {
		if (strcmp(name, journal_names[j]) == 0)
			return j;
	}
	return -1;
}

static bool take_option(struct options *o, int c)
{
	char date[DATE_SIZE], name[64];
	unsigned number;

	switch (c) {
	case 'j':
		o->journal = journal_index(optarg);
		return o->journal >= 0;
	case 'd':
		o->day = optarg;
		(void)snprintf(name, sizeof(name), "%s.jsonl", optarg);
		return segment_name_parse(name, date, &number) && number == 1;
	case 'k':
		o->key = optarg;
		return true;
	case 'H':
		o->head = optarg;
		return true;
	case 'J':
		o->json = true;
		return true;
	case 't':
		o->table = true;
		return true;
	default:
		return false;
	}
}

int ctl_journal(const struct conf *conf, int argc, char **argv)
{
	static const struct option known[] = {{"journal", 1, NULL, 'j'}, {"day", 1, NULL, 'd'},
					      {"key", 1, NULL, 'k'},     {"head", 1, NULL, 'H'},
					      {"json", 0, NULL, 'J'},    {"table", 0, NULL, 't'},
					      {"help", 0, NULL, 'h'},    {NULL, 0, NULL, 0}};
	struct options o = {.conf = conf, .journal = -1};
	const char *verb = argc > 1 ? argv[1] : "";
	int c;

	if (strcmp(verb, "--help") == 0)
		return usage(stdout, EXIT_YES);
	optind = 0; /* another getopt ran before this one */
	while ((c = getopt_long(argc > 1 ? argc - 1 : 0, argv + 1, "+", known, NULL)) != -1) {
		if (c == 'h')
			return usage(stdout, EXIT_YES);
		if (!take_option(&o, c))
			return usage(stderr, EXIT_FAILED);
	}
	int operands = argc - 1 - optind;
	bool is_cat = strcmp(verb, "cat") == 0;
	if ((o.head && o.journal < 0) || (o.json && o.table) || ((o.json || o.table || o.day) && !is_cat))
		return usage(stderr, EXIT_FAILED);
	if (strcmp(verb, "verify") == 0 && operands == 0)
		return verify(&o);
	if (is_cat && operands == 0) {
		o.table = o.table || (!o.json && isatty(STDOUT_FILENO));
		return cat(&o);
	}
	if (strcmp(verb, "purge") == 0 && operands <= 1)
		return purge(&o, operands == 1 ? argv[1 + optind] : NULL);
	return usage(stderr, EXIT_FAILED);
}
