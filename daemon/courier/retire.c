/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Retention reaches the store twice: what keeper purged goes with the record that says so (lib/store), and what is too
 * old goes here, even where no keeper purges. Then free pages and the write-ahead log are emptied.
 */
#include <errno.h>

#include "base/clock.h"
#include "base/log.h"
#include "courier/courier.h"

_Static_assert((int)CONF_JOURNALS == (int)JOURNALS, "the configuration knows every journal");

/* Whole days, as keeper purges them. */
static int64_t day_before(int64_t now_ms, int days)
{
	return now_ms / DAY_MS - days;
}

static int expire(struct courier *c, int64_t now_ms)
{
	int rc = store_begin(c->store);

	for (int j = 0; rc == 0 && j < JOURNALS; j++) {
		int64_t day = day_before(now_ms, conf_journal_days(c->conf, j));
		rc = feed_expire(c->store, (enum record_journal)j, day * DAY_MS);
	}
	if (rc == 0)
		rc = feed_expire_days(c->store, day_before(now_ms, c->conf->privacy.statistics_days));
	if (rc == 0)
		return store_commit(c->store);
	store_rollback(c->store);
	return rc;
}

int retire_old(struct courier *c)
{
	int64_t now_ms = clock_wall_ms();
	int rc = expire(c, now_ms);

	if (rc < 0)
		return rc;
	c->stats.expired_runs++;
	c->stats.last_expire_ms = now_ms;
	c->scrub = true;
	return 0;
}
