/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers that may be shown and carried out: weeks that are over, by category and stage. Each cell is rounded to 5 and
 * hidden below 5, nought too; a stage with fewer than 30 pupils has no cells at all, and is in no sum. Every other number
 * is a sum of shown cells, never of counts, so that subtracting tables from each other gives back only what was shown.
 */
#ifndef TRYGG_REVIEW_PUBLISH_H
#define TRYGG_REVIEW_PUBLISH_H

#include "conf/conf.h"
#include "store/store.h"

enum { PUBLISH_WEEKS = 12, PUBLISH_STEP = 5, PUBLISH_PUPILS_MIN = 30, PUBLISH_STAGES = 3 };

struct published {
	const struct conf *conf;                        /* borrowed */
	int64_t first_day;                              /* Monday of the first week, days since 1970 */
	bool stage[PUBLISH_STAGES];                     /* large enough */
	int64_t (*cell)[PUBLISH_STAGES][PUBLISH_WEEKS]; /* by category; owned */
};

/* A count as it may be shown: a multiple of 5; 0 for what is hidden. Pure. */
int64_t publish_round(int64_t count, int64_t pupils);
/* Reads the twelve weeks before the one of that moment. 0 or the store's error; free with publish_free() in any case. */
int publish_read(struct store *s, const struct conf *conf, int64_t wall_ms, struct published *out);
void publish_free(struct published *p);
/* Sums of shown cells; -1 for category or stage = all of them. */
int64_t publish_sum(const struct published *p, int category, int stage, int first_week, int weeks);
/*
 * Whether a category is stopped clearly more often at a stage in the last week than it was: at least 15, and twice the
 * mean of the four weeks before; *usual gets that mean, as a multiple of 5.
 */
bool publish_rises(const struct published *p, int category, int stage, int64_t *usual);

#endif
