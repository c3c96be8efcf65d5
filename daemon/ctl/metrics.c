/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Row by row of the table, because all samples of a metric stand together in this format. */
#include "ctl/metrics.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/span.h"
#include "ctl/ctl.h"
#include "ctl/firewall.h"

enum { WAIT_MS = 2000 };

/* What a label may be called. None of these ever has a value that a client chose. */
static const char *const labels[] = {"proto", "action", "reason", "by", "journal"};

/* proto="dns",action="help": every label known, every value plain. */
static bool labels_are_known(struct span text)
{
	const char *at = (const char *)text.at, *end = at + text.len;
	while (at < end) {
		bool known = false;
		for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++) {
			size_t len = strlen(labels[i]);
			known |= (size_t)(end - at) > len + 2 && memcmp(at, labels[i], len) == 0 &&
				 at[len] == '=' && at[len + 1] == '"';
		}
		const char *open = known ? memchr(at, '"', (size_t)(end - at)) : NULL;
		const char *close = open ? memchr(open + 1, '"', (size_t)(end - open) - 1) : NULL;
		if (!close || memchr(open, '\\', (size_t)(close - open)))
			return false;
		at = close + 1;
		at += at < end && *at == ',';
	}
	return true;
}

static void print_head(const char *name, const char *help, FILE *out)
{
	size_t len = strlen(name);
	bool total = len > 6 && strcmp(name + len - 6, "_total") == 0;
	(void)fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, total ? "counter" : "gauge");
}

/* One line of an answer, `name{labels} number`, told with the part's queue. */
static void print_sample(const char *name, const struct part *part, struct span own, double value, FILE *out)
{
	(void)fputs(name, out);
	if (own.len > 0 || part->number >= 0) {
		(void)fprintf(out, "{%.*s", (int)own.len, (const char *)own.at);
		if (part->number >= 0)
			(void)fprintf(out, "%squeue=\"%d\"", own.len > 0 ? "," : "", part->number);
		(void)fputs("}", out);
	}
	(void)fprintf(out, " %.0f\n", value);
}

static size_t print_part(const struct metric *m, const char *name, const struct part *part, bool headed,
			 FILE *out)
{
	size_t len = strlen(m->name), found = 0;
	const char *text = part->rc == 0 ? part->answer.text : "";
	for (const char *at = text; *at; at += strcspn(at, "\n") + (at[strcspn(at, "\n")] == '\n')) {
		struct span own = {0};
		size_t used = len;
		char *end;
		if (strncmp(at, m->name, len) != 0)
			continue;
		if (at[used] == '{') {
			own = (struct span){(const uint8_t *)at + used + 1, strcspn(at + used + 1, "}\n")};
			used += own.len + 2;
		}
		double value = at[used] == ' ' ? strtod(at + used, &end) : 0;
		if (at[used] != ' ' || end == at + used || (*end != '\n' && *end != '\0') ||
		    !labels_are_known(own))
			continue;
		if (!headed && found == 0)
			print_head(name, m->help, out);
		print_sample(name, part, own, value, out);
		found++;
	}
	return found;
}

static void print_row(const struct metric *m, const struct parts *parts, FILE *out)
{
	char name[128];
	size_t found = 0;
	(void)snprintf(name, sizeof name, "%s%s", strncmp(m->name, "trygg_", 6) == 0 ? "" : "trygg_",
		       m->name);
	for (size_t i = 0; i < parts->count; i++)
		found += print_part(m, name, &parts->list[i], found > 0, out);
}

static void print_up(const struct parts *parts, FILE *out)
{
	print_head("trygg_up", "1 when the program answers.", out);
	for (size_t i = 0; i < parts->count; i++) {
		const struct part *part = &parts->list[i];
		(void)fprintf(out, "trygg_up{program=\"%.*s\"", (int)strcspn(part->program, "-"),
			      part->program);
		if (part->number >= 0)
			(void)fprintf(out, ",queue=\"%d\"", part->number);
		(void)fprintf(out, "} %d\n", part->rc == 0);
	}
}

/* What an engine says in words. */
static void print_words(const struct parts *parts, FILE *out)
{
	static const struct metric words[] = {
		{"trygg_engine_observing", "1 in mode observe: what rules stop is only counted."},
		{"trygg_engine_has_rules", "1 when a compiled set is in use."},
		{"trygg_engine_start_time_seconds", "When it began, in seconds since 1970."},
	};
	for (int w = 0; w < 3; w++) {
		bool headed = false;
		for (size_t i = 0; i < parts->count; i++) {
			const struct part *part = &parts->list[i];
			char mode[16], set[32], since[CLOCK_TEXT_SIZE];
			int64_t ms = 0;
			if (part->rc != 0 || !part_value(part, "mode", mode, sizeof mode) ||
			    !part_value(part, "set", set, sizeof set) ||
			    !part_value(part, "since", since, sizeof since) || clock_parse(since, &ms) < 0)
				continue;
			const double value[] = {strcmp(mode, "observe") == 0, strcmp(set, "none") != 0,
						(double)(ms / 1000)};
			if (!headed)
				print_head(words[w].name, words[w].help, out);
			headed = true;
			print_sample(words[w].name, part, (struct span){0}, value[w], out);
		}
	}
}

static void print_firewall(const char *lines, FILE *out)
{
	static const char name[] = "trygg_firewall_packets_total";
	bool headed = false;
	for (const char *at = lines ? lines : ""; *at;
	     at += strcspn(at, "\n") + (at[strcspn(at, "\n")] == '\n')) {
		size_t len = strcspn(at, " \n");
		if (strncmp(at, "trygg_", 6) != 0 || at[len] != ' ' ||
		    strspn(at + 6, "abcdefghijklmnopqrstuvwxyz_0123456789") != len - 6)
			continue;
		if (!headed)
			print_head(name, "Packets that met a rule of the firewall, by rule.", out);
		headed = true;
		(void)fprintf(out, "%s{rule=\"%.*s\"} %.0f\n", name, (int)len - 6, at + 6,
			      strtod(at + len, NULL));
	}
}

void metrics_print(const struct parts *parts, const char *firewall, FILE *out)
{
	print_up(parts, out);
	print_words(parts, out);
	for (size_t i = 0; i < metrics_row_count; i++)
		print_row(&metrics_rows[i], parts, out);
	print_firewall(firewall, out);
}

enum ctl_exit metrics_run(struct ctl *c)
{
	struct parts parts;
	struct findings f = {0};
	if (parts_init(&parts, c->conf) < 0)
		return CTL_FAILED;
	size_t answered = parts_ask(&parts, c->conf, CONTROL_STATUS, WAIT_MS);
	char *firewall = geteuid() == 0 ? firewall_counters(c->conf) : NULL;
	metrics_print(&parts, firewall, stdout);
	if (geteuid() == 0 && c->conf->inspect.interfaces.count > 0 && firewall_check_own(c->conf, &f) == 0) {
		print_head("trygg_firewall_intact", "1 when the rules that feed the queue are in place.",
			   stdout);
		(void)printf("trygg_firewall_intact %d\n", f.count == 0);
	}
	free(firewall);
	parts_clear(&parts);
	return answered > 0 ? CTL_YES : CTL_FAILED;
}
