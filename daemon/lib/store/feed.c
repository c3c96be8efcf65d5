/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/feed.h"

#include <errno.h>

#include "base/clock.h"

/* ---- Positions */

int feed_position(struct store *s, enum record_journal journal, struct feed_position *out)
{
	struct store_rows rows;
	int rc = store_ask(s, &rows, "SELECT seq, hash, file, at FROM position WHERE journal = ?", "i",
			   (int64_t)journal);

	*out = (struct feed_position){0};
	memcpy(out->hash, journal_origin, sizeof(out->hash));
	if (rc == 0 && store_next(&rows)) {
		out->seq = (uint64_t)store_int(&rows, 0);
		(void)snprintf(out->hash, sizeof(out->hash), "%s", store_text(&rows, 1));
		(void)snprintf(out->file, sizeof(out->file), "%s", store_text(&rows, 2));
		out->at = (uint64_t)store_int(&rows, 3);
	}
	return store_done(&rows);
}

int feed_moved(struct store *s, enum record_journal journal, const struct feed_position *position)
{
	return store_do(s,
			"INSERT INTO position (journal, seq, hash, file, at) VALUES (?, ?, ?, ?, ?)"
			" ON CONFLICT (journal) DO UPDATE SET seq = excluded.seq, hash = excluded.hash,"
			" file = excluded.file, at = excluded.at, trouble = ''",
			"iitti", (int64_t)journal, (int64_t)position->seq, position->hash, position->file,
			(int64_t)position->at);
}

int feed_trouble(struct store *s, enum record_journal journal, const char *text)
{
	return store_do(
		s,
		"INSERT INTO position (journal, seq, hash, file, at, trouble) VALUES (?, 0, ?, '', 0, ?)"
		" ON CONFLICT (journal) DO UPDATE SET trouble = excluded.trouble",
		"itt", (int64_t)journal, journal_origin, text);
}

/* ---- One function an event */

static int sum_day(struct store *s, const struct record *r, int64_t stops)
{
	return store_do(s,
			"INSERT INTO incident_day (day, category, grp, action, severity, stops, requests)"
			" VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (day, category, grp, action) DO UPDATE SET"
			" stops = stops + excluded.stops, requests = requests + excluded.requests",
			"itttiii", r->time_ms / DAY_MS, r->category, r->group, r->action,
			(int64_t)r->severity, stops, (int64_t)r->count);
}

static int take_incident(struct store *s, const struct journal_entry *e)
{
	const struct record *r = &e->record;
	int rc = store_do(
		s,
		"INSERT INTO incident (id, time, until, gateway, src, category, severity, action, proto,"
		" name, rule, rule_set, grp, subject, count, detail, sealed)"
		" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		"iiitttittttttt"
		"itt",
		(int64_t)e->seq, r->time_ms, r->until_ms, e->gateway, r->src, r->category,
		(int64_t)r->severity, r->action, r->proto, r->name, r->rule, r->set, r->group, r->subject,
		(int64_t)r->count, r->detail, r->sealed);

	return rc < 0 ? rc : sum_day(s, r, 1);
}

/* The rest of a visit belongs to its first occurrence; when that is gone already, only the day's sum grows. */
static int take_repeat(struct store *s, const struct journal_entry *e)
{
	const struct record *r = &e->record;
	int rc = store_do(
		s,
		"UPDATE incident SET count = count + ?, until = max(until, ?) WHERE id ="
		" (SELECT max(id) FROM incident WHERE rule = ? AND src = ? AND category = ? AND grp = ?"
		" AND subject = ? AND action = ? AND proto = ? AND detail = ?)",
		"iitttttttt", (int64_t)r->count, r->until_ms, r->rule, r->src, r->category, r->group,
		r->subject, r->action, r->proto, r->detail);

	return rc < 0 ? rc : sum_day(s, r, 0);
}

static int take_count(struct store *s, const struct journal_entry *e)
{
	const struct record *r = &e->record;

	return store_do(
		s,
		"INSERT INTO count_day (day, category, stage, action, detail, rule, severity, count)"
		" VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (day, category, stage, action, detail, rule)"
		" DO UPDATE SET count = count + excluded.count",
		"itttttii", r->time_ms / DAY_MS, r->category, r->group, r->action, r->detail, r->rule,
		(int64_t)r->severity, (int64_t)r->count);
}

static int take_entry(struct store *s, enum record_journal journal, const struct journal_entry *e)
{
	const struct record *r = &e->record;

	return store_do(
		s,
		"INSERT INTO entry (journal, seq, time, event, category, severity, action, proto, name, rule,"
		" grp, subject, count, detail, sealed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		"iiittitttttt"
		"itt",
		(int64_t)journal, (int64_t)e->seq, r->time_ms, event_names[r->event], r->category,
		(int64_t)r->severity, r->action, r->proto, r->name, r->rule, r->group, r->subject,
		(int64_t)r->count, r->detail, r->sealed);
}

int feed_take(struct store *s, enum record_journal journal, const struct journal_entry *e)
{
	switch (e->record.event) {
	case EVENT_INCIDENT:
		return take_incident(s, e);
	case EVENT_REPEAT:
		return take_repeat(s, e);
	case EVENT_COUNT:
		return take_count(s, e);
	case EVENT_KEY:
		return 0;
	case EVENT_CHECKPOINT:
		/* What was purged from the journal goes from here in the same transaction. */
		return strcmp(e->record.action, "purge") == 0 ? feed_forget(s, journal, e->record.count) : 0;
	default:
		return take_entry(s, journal, e);
	}
}

/* ---- Forgetting */

int feed_forget(struct store *s, enum record_journal journal, uint64_t seq)
{
	int rc = store_do(s, "DELETE FROM entry WHERE journal = ? AND seq <= ?", "ii", (int64_t)journal,
			  (int64_t)seq);

	if (rc == 0 && journal == JOURNAL_INCIDENT)
		rc = store_do(s, "DELETE FROM incident WHERE id <= ?", "i", (int64_t)seq);
	return rc;
}

int feed_expire(struct store *s, enum record_journal journal, int64_t before_ms)
{
	int rc = store_do(s, "DELETE FROM entry WHERE journal = ? AND time < ?", "ii", (int64_t)journal,
			  before_ms);

	if (rc == 0 && journal == JOURNAL_INCIDENT)
		rc = store_do(s, "DELETE FROM incident WHERE time < ?", "i", before_ms);
	return rc;
}

int feed_expire_days(struct store *s, int64_t before_day)
{
	int rc = store_do(s, "DELETE FROM incident_day WHERE day < ?", "i", before_day);

	return rc < 0 ? rc : store_do(s, "DELETE FROM count_day WHERE day < ?", "i", before_day);
}
