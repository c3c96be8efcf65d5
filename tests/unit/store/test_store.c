/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "store/feed.h"

static char url[64];
static char *const path = url + sizeof("sqlite:") - 1;
static char why[STORE_WHY_SIZE];

static int place(void **state)
{
	char folder[] = "/tmp/trygg-store-XXXXXX";

	(void)state;
	if (!mkdtemp(folder))
		return -1;
	(void)snprintf(url, sizeof(url), "sqlite:%s/s.db", folder);
	return 0;
}

static int tidy(void **state)
{
	static const char *const rest[] = {"", "-wal", "-shm"};
	char name[80];

	(void)state;
	for (size_t i = 0; i < sizeof(rest) / sizeof(rest[0]); i++) {
		(void)snprintf(name, sizeof(name), "%s%s", path, rest[i]);
		(void)unlink(name);
	}
	*strrchr(path, '/') = '\0';
	return rmdir(path);
}

static struct store *made(void)
{
	struct store *s = NULL;

	assert_int_equal(store_create(url, why), 0);
	assert_int_equal(store_open(url, STORE_FEED, &s, why), 0);
	return s;
}

static int64_t number(struct store *s, const char *sql)
{
	int64_t n = -1;

	assert_int_equal(store_number(s, -1, &n, sql, ""), 0);
	return n;
}

static struct journal_entry stop(uint64_t seq, enum record_event event, uint64_t count)
{
	struct journal_entry e = {.seq = seq, .gateway = "gw", .hash = "h"};

	e.record = (struct record){.event = (uint8_t)event,
				   .time_ms = INT64_C(1795255200000),
				   .until_ms = INT64_C(1795255200000) + (int64_t)count,
				   .count = count,
				   .severity = 3,
				   .src = "engine@0-1",
				   .category = "self-harm",
				   .action = "help",
				   .proto = "dns",
				   .rule = "school/a.rules:7",
				   .group = "primary"};
	return e;
}

static void what_is_wrong_with_an_address_is_told_apart(void **state)
{
	struct store *s = NULL;

	(void)state;
	assert_int_equal(store_open("postgresql://x", STORE_READ, &s, why), -EINVAL);
	assert_int_equal(store_open(url, STORE_READ, &s, why), -ENOENT);
	assert_non_null(strstr(why, "tryggctl store init"));
	store_close(made());
	assert_int_equal(store_create(url, why), -EEXIST);
	s = NULL;
	assert_int_equal(store_open(url, STORE_READ, &s, why), 0);
	assert_int_equal(store_do(s, "DELETE FROM incident", ""), -EROFS);
	assert_int_equal(store_check(s, why), 0);
	store_close(s);
}

static void a_transaction_is_whole_or_nothing(void **state)
{
	struct store *s = made();
	struct journal_entry e = stop(1, EVENT_INCIDENT, 1);

	(void)state;
	assert_int_equal(store_begin(s), 0);
	assert_int_equal(feed_take(s, JOURNAL_INCIDENT, &e), 0);
	store_rollback(s);
	assert_int_equal(number(s, "SELECT count(*) FROM incident"), 0);
	assert_int_equal(number(s, "SELECT count(*) FROM incident_day"), 0);
	assert_int_equal(store_begin(s), 0);
	assert_int_equal(feed_take(s, JOURNAL_INCIDENT, &e), 0);
	assert_int_equal(feed_take(s, JOURNAL_INCIDENT, &e), -EINVAL); /* the same record again */
	assert_int_equal(store_commit(s), 0);
	assert_int_equal(number(s, "SELECT count(*) FROM incident"), 1);
	store_close(s);
}

static void repeats_belong_to_their_incident(void **state)
{
	struct store *s = made();
	struct journal_entry first = stop(1, EVENT_INCIDENT, 1), again = stop(2, EVENT_REPEAT, 5);
	struct journal_entry other = stop(3, EVENT_REPEAT, 7);

	(void)state;
	memcpy(other.record.group, "staff", sizeof("staff")); /* no incident of that group is known */
	assert_int_equal(feed_take(s, JOURNAL_INCIDENT, &first), 0);
	assert_int_equal(feed_take(s, JOURNAL_INCIDENT, &again), 0);
	assert_int_equal(feed_take(s, JOURNAL_INCIDENT, &other), 0);
	assert_int_equal(number(s, "SELECT count FROM incident WHERE id = 1"), 6);
	assert_int_equal(number(s, "SELECT until - time FROM incident WHERE id = 1"), 5);
	assert_int_equal(number(s, "SELECT sum(stops) FROM incident_day"), 1);
	assert_int_equal(number(s, "SELECT sum(requests) FROM incident_day"), 13);
	store_close(s);
}

static void counts_of_one_day_add_up(void **state)
{
	struct store *s = made();
	struct journal_entry a = stop(1, EVENT_COUNT, 4), b = stop(2, EVENT_COUNT, 3);

	(void)state;
	assert_int_equal(feed_take(s, JOURNAL_INCIDENT, &a), 0);
	assert_int_equal(feed_take(s, JOURNAL_INCIDENT, &b), 0);
	assert_int_equal(number(s, "SELECT count FROM count_day"), 7);
	store_close(s);
}

static void what_was_purged_is_forgotten_with_the_record_that_says_so(void **state)
{
	struct store *s = made();
	struct journal_entry e, purge = stop(5, EVENT_CHECKPOINT, 2);

	(void)state;
	for (uint64_t seq = 1; seq <= 4; seq++) {
		e = stop(seq, seq % 2 ? EVENT_INCIDENT : EVENT_GAP, 1);
		assert_int_equal(feed_take(s, JOURNAL_INCIDENT, &e), 0);
	}
	memcpy(purge.record.action, "purge", sizeof("purge"));
	assert_int_equal(feed_take(s, JOURNAL_INCIDENT, &purge), 0);
	assert_int_equal(number(s, "SELECT min(id) FROM incident"), 3);
	assert_int_equal(number(s, "SELECT min(seq) FROM entry"), 4);
	assert_int_equal(store_scrub(s), 0);
	store_close(s);
}

static void age_forgets_records_before_sums(void **state)
{
	struct store *s = made();
	struct journal_entry e = stop(1, EVENT_INCIDENT, 1);

	(void)state;
	assert_int_equal(feed_take(s, JOURNAL_INCIDENT, &e), 0);
	assert_int_equal(feed_expire(s, JOURNAL_INCIDENT, e.record.time_ms), 0);
	assert_int_equal(number(s, "SELECT count(*) FROM incident"), 1);
	assert_int_equal(feed_expire(s, JOURNAL_INCIDENT, e.record.time_ms + 1), 0);
	assert_int_equal(number(s, "SELECT count(*) FROM incident"), 0);
	assert_int_equal(number(s, "SELECT count(*) FROM incident_day"), 1);
	assert_int_equal(feed_expire_days(s, 30000), 0);
	assert_int_equal(number(s, "SELECT count(*) FROM incident_day"), 0);
	store_close(s);
}

static void texts_come_back_as_they_were(void **state)
{
	static const char *const texts[] = {"<b>&amp;\"'", "=cmd|' /C calc'!A0", "\xe2\x80\xae\xd7\x90 rtl",
					    "\xf0\x9f\x99\x82", "'; DROP TABLE incident; --"};
	struct store *s = made();
	struct store_rows rows;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct journal_entry e = stop(i + 1, EVENT_INCIDENT, 1);
		(void)snprintf(e.record.name, sizeof(e.record.name), "%s", texts[i]);
		assert_int_equal(feed_take(s, JOURNAL_INCIDENT, &e), 0);
	}
	assert_int_equal(
		store_ask(s, &rows, "SELECT name FROM incident WHERE id >= ? ORDER BY id", "i", (int64_t)1),
		0);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_true(store_next(&rows));
		assert_string_equal(store_text(&rows, 0), texts[i]);
	}
	assert_false(store_next(&rows));
	assert_int_equal(store_done(&rows), 0);
	store_close(s);
}

static void a_position_is_kept_and_trouble_ends_with_the_next_record(void **state)
{
	struct store *s = made();
	struct feed_position at;

	(void)state;
	assert_int_equal(feed_position(s, JOURNAL_AUDIT, &at), 0);
	assert_int_equal(at.seq, 0);
	assert_string_equal(at.hash, journal_origin);
	assert_int_equal(feed_trouble(s, JOURNAL_AUDIT, "put back"), 0);
	assert_int_equal(number(s, "SELECT count(*) FROM position WHERE trouble <> ''"), 1);
	at = (struct feed_position){.seq = 9, .hash = "abc", .file = "2026-11-21.jsonl", .at = 77};
	assert_int_equal(feed_moved(s, JOURNAL_AUDIT, &at), 0);
	memset(&at, 0, sizeof(at));
	assert_int_equal(feed_position(s, JOURNAL_AUDIT, &at), 0);
	assert_int_equal(at.seq, 9);
	assert_int_equal(at.at, 77);
	assert_string_equal(at.file, "2026-11-21.jsonl");
	assert_int_equal(number(s, "SELECT count(*) FROM position WHERE trouble <> ''"), 0);
	store_close(s);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, place, tidy)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_wrong_with_an_address_is_told_apart),
		TEST(a_transaction_is_whole_or_nothing),
		TEST(repeats_belong_to_their_incident),
		TEST(counts_of_one_day_add_up),
		TEST(what_was_purged_is_forgotten_with_the_record_that_says_so),
		TEST(age_forgets_records_before_sums),
		TEST(texts_come_back_as_they_were),
		TEST(a_position_is_kept_and_trouble_ends_with_the_next_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
