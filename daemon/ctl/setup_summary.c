/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `setup --summary`: what would have been stopped, from the counts that observe mode leaves in the journal. Nobody's. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "ctl/setup.h"
#include "incident/segments.h"
#include "wire/control.h"

enum { WAIT_MS = 10000, LINES_MAX = 65536 };

struct sum {
	char category[RECORD_CATEGORY_SIZE], rule[RECORD_RULE_SIZE], prevented[RECORD_DETAIL_SIZE];
	unsigned long long count;
};

struct summary {
	size_t count, size;
	struct sum *list;
	unsigned long long all;
	char first[DATE_SIZE], last[DATE_SIZE];
};

static int add(struct summary *s, const struct record *r)
{
	size_t i = 0;
	while (i < s->count &&
	       (strcmp(s->list[i].rule, r->rule) != 0 || strcmp(s->list[i].category, r->category) != 0 ||
		strcmp(s->list[i].prevented, r->detail) != 0))
		i++;
	if (i == LINES_MAX)
		return -ENOSPC;
	if (i == s->size) {
		size_t size = s->size ? s->size * 2 : 64;
		struct sum *bigger = realloc(s->list, size * sizeof *bigger);
		if (!bigger)
			return -ENOMEM;
		s->list = bigger;
		s->size = size;
	}
	struct sum *to = &s->list[i];
	if (i == s->count) {
		*to = (struct sum){0};
		(void)snprintf(to->category, sizeof to->category, "%s", r->category);
		(void)snprintf(to->rule, sizeof to->rule, "%s", r->rule);
		(void)snprintf(to->prevented, sizeof to->prevented, "%s", r->detail);
		s->count++;
	}
	to->count += r->count;
	s->all += r->count;
	return 0;
}

static int read_segment(struct summary *s, const struct segment *segment)
{
	struct line_reader *lines = malloc(sizeof *lines);
	struct journal_entry *e = malloc(sizeof *e);
	int rc = lines && e ? lines_open(lines, segment->path, 0) : -ENOMEM;
	bool open = rc == 0;
	while (rc == 0 && (rc = lines_next(lines)) == 1) {
		rc = 0;
		if (lines->too_long || journal_parse(lines->line, e) < 0 || e->record.event != EVENT_COUNT ||
		    strcmp(e->record.action, "observe") != 0)
			continue;
		char day[CLOCK_TEXT_SIZE];
		clock_text(e->record.time_ms, day);
		(void)snprintf(s->first[0] ? s->last : s->first, DATE_SIZE, "%.10s", day);
		rc = add(s, &e->record);
	}
	if (open)
		lines_close(lines);
	free(lines);
	free(e);
	return rc;
}

/* Has keeper write the counts of this day, so that they are in the journal. */
static void flush_counts(const struct conf *conf)
{
	struct control_request request = {.magic = CONTROL_MAGIC, .verb = CONTROL_FLUSH};
	struct control_answer answer;
	char path[256];
	conf_socket(conf, "keeper-control", -1, path, sizeof path);
	if (control_ask(path, &request, WAIT_MS, &answer) < 0 || answer.status < 0)
		(void)fprintf(stderr, "keeper does not answer: what it counts today is not in this\n");
}

static int compare(const void *left, const void *right)
{
	const struct sum *a = left, *b = right;
	if (a->count != b->count)
		return a->count > b->count ? -1 : 1;
	return strcmp(a->rule, b->rule);
}

static void tell(const struct summary *s, const struct conf *conf)
{
	if (s->all == 0) {
		(void)printf("nothing was observed yet that would have been stopped\n");
		return;
	}
	(void)printf("would have been stopped, %s%s%s:\n", s->first, s->last[0] ? " to " : "", s->last);
	for (size_t i = 0; i < s->count; i++)
		(void)printf("%8llu  %-18s %-8s %s\n", s->list[i].count, s->list[i].category,
			     s->list[i].prevented, s->list[i].rule);
	(void)printf("%8llu  in all\n", s->all);
	if (conf->rules.observe)
		(void)printf("tryggctl explain NAME says more; tryggctl rules allow NAME makes an exception; "
			     "tryggctl enforce turns it on\n");
}

enum ctl_exit setup_summary(struct ctl *c)
{
	struct summary s = {0};
	struct segment *segments = NULL;
	size_t count = 0;
	char folder[4096];
	flush_counts(c->conf);
	(void)snprintf(folder, sizeof folder, "%s/%s", c->conf->journal.folder,
		       journal_names[JOURNAL_INCIDENT]);
	int rc = segments_list(folder, &segments, &count);
	for (size_t i = 0; i < count && rc == 0; i++)
		rc = read_segment(&s, &segments[i]);
	segments_free(segments, count);
	if (rc < 0) {
		(void)fprintf(stderr, "tryggctl: %s: %s\n", folder, strerror(-rc));
	} else {
		qsort(s.list, s.count, sizeof *s.list, compare);
		tell(&s, c->conf);
	}
	free(s.list);
	return rc < 0 ? CTL_FAILED : CTL_YES;
}
