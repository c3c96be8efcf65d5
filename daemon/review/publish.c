/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/publish.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

enum { SIGN_MIN = 15, BEFORE = 4 };

int64_t publish_round(int64_t count, int64_t pupils)
{
	if (pupils < PUBLISH_PUPILS_MIN || count < PUBLISH_STEP)
		return 0;
	return (count + PUBLISH_STEP / 2) / PUBLISH_STEP * PUBLISH_STEP;
}

static int64_t pupils_of(const struct conf *conf, int stage)
{
	int64_t pupils = 0;

	for (size_t i = 0; i < conf->group_count; i++) {
		if ((int)conf->groups[i].stage == stage)
			pupils += conf->groups[i].pupils;
	}
	return pupils;
}

/* Of a group's id, or of a stage's name, as counts have it. -1: nobody whose numbers are shown. */
static int stage_of(const struct conf *conf, const char *word)
{
	const struct conf_group *group = conf_group(conf, word);

	for (int stage = 0; stage < PUBLISH_STAGES; stage++) {
		if (group ? (int)group->stage == stage : strcmp(stage_names[stage], word) == 0)
			return stage;
	}
	return -1;
}

static void add(struct published *p, const struct store_rows *rows)
{
	int category = conf_category(p->conf, store_text(rows, 1)),
	    stage = stage_of(p->conf, store_text(rows, 2));
	int64_t week = store_int(rows, 0) - (p->first_day + 3) / 7;

	if (category >= 0 && stage >= 0 && week >= 0 && week < PUBLISH_WEEKS)
		p->cell[category][stage][week] += store_int(rows, 3);
}

static int read_counts(struct store *s, struct published *p)
{
	/* Day 0 was a Thursday: weeks begin on Monday. */
	static const char *const questions[] = {
		"SELECT (day + 3) / 7, category, grp, sum(stops) FROM incident_day WHERE day >= ? AND day < ?"
		" AND action IN ('help', 'refuse') GROUP BY 1, 2, 3",
		"SELECT (day + 3) / 7, category, stage, sum(count) FROM count_day WHERE day >= ? AND day < ?"
		" AND action IN ('help', 'refuse') GROUP BY 1, 2, 3"};
	struct store_rows rows;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof(questions) / sizeof(questions[0]); i++) {
		rc = store_ask(s, &rows, questions[i], "ii", p->first_day,
			       p->first_day + 7 * (int64_t)PUBLISH_WEEKS);
		while (rc == 0 && store_next(&rows))
			add(p, &rows);
		rc = rc == 0 ? store_done(&rows) : rc;
	}
	return rc;
}

int publish_read(struct store *s, const struct conf *conf, int64_t wall_ms, struct published *out)
{
	int64_t today = wall_ms / DAY_MS;

	*out = (struct published){.conf = conf, .cell = calloc(conf->category_count, sizeof(*out->cell))};
	if (!out->cell)
		return -ENOMEM;
	out->first_day = (today + 3) / 7 * 7 - 3 - 7 * (int64_t)PUBLISH_WEEKS;
	int rc = read_counts(s, out);
	for (int stage = 0; stage < PUBLISH_STAGES; stage++) {
		int64_t pupils = pupils_of(conf, stage);
		out->stage[stage] = pupils >= PUBLISH_PUPILS_MIN;
		for (size_t c = 0; c < conf->category_count; c++) {
			for (int week = 0; week < PUBLISH_WEEKS; week++)
				out->cell[c][stage][week] = publish_round(out->cell[c][stage][week], pupils);
		}
	}
	return rc;
}

void publish_free(struct published *p)
{
	free(p->cell);
	p->cell = NULL;
}

int64_t publish_sum(const struct published *p, int category, int stage, int first_week, int weeks)
{
	int64_t sum = 0;

	for (size_t c = 0; c < p->conf->category_count; c++) {
		if (category >= 0 && (size_t)category != c)
			continue;
		for (int s = 0; s < PUBLISH_STAGES; s++) {
			for (int w = first_week; (stage < 0 || s == stage) && w < first_week + weeks; w++)
				sum += p->cell[c][s][w];
		}
	}
	return sum;
}

bool publish_rises(const struct published *p, int category, int stage, int64_t *usual)
{
	int64_t last = publish_sum(p, category, stage, PUBLISH_WEEKS - 1, 1);
	int64_t before = publish_sum(p, category, stage, PUBLISH_WEEKS - 1 - BEFORE, BEFORE);

	*usual = before / BEFORE / PUBLISH_STEP * PUBLISH_STEP;
	return last >= SIGN_MIN && last * BEFORE >= 2 * before;
}
