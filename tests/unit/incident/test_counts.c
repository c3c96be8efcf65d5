/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <cmocka.h>

#include "base/clock.h"
#include "guard.h"
#include "incident/counts.h"

static struct seal_key key;

static struct record tally(int day, const char *category, const char *stage, uint64_t count)
{
	struct record r = {
		.time_ms = (int64_t)day * DAY_MS + 5, .count = count, .severity = 2, .action = "observe"};

	(void)snprintf(r.category, sizeof(r.category), "%s", category);
	(void)snprintf(r.group, sizeof(r.group), "%s", stage);
	return r;
}

static void fill(struct counts *c)
{
	counts_init(c);
	struct record r = tally(20000, "games", "primary", 3);
	assert_int_equal(counts_add(c, &r), 0);
	assert_int_equal(counts_add(c, &r), 0);
	r = tally(20001, "games", "primary", 1);
	assert_int_equal(counts_add(c, &r), 0);
	struct counts_source *s = counts_source(c, "engine@0-1", true);
	s->nr[JOURNAL_INCIDENT] = 17;
	s->nr[SOURCE_TALLY] = 18;
	s->windows = 2;
	c->heads[JOURNAL_AUDIT].seq = 9;
}

static void counts_of_one_day_and_key_are_added(void **state)
{
	struct counts c;

	(void)state;
	fill(&c);
	assert_int_equal(c.tally_count, 2);
	assert_int_equal(c.tallies[0].count, 6);
	counts_clear(&c);
}

static void what_is_written_is_read_back(void **state)
{
	struct counts c, back;
	char *text = NULL;
	size_t len = 0;

	(void)state;
	fill(&c);
	assert_int_equal(counts_format(&key, &c, &text, &len), 0);
	assert_int_equal(counts_parse(&key, span_of(text, len), &back), 0);
	assert_int_equal(back.tally_count, 2);
	assert_int_equal(back.tallies[0].count, 6);
	assert_int_equal(back.tallies[0].day_ms, INT64_C(20000) * DAY_MS);
	assert_string_equal(back.tallies[1].group, "primary");
	assert_int_equal(back.heads[JOURNAL_AUDIT].seq, 9);
	struct counts_source *s = counts_source(&back, "engine@0-1", false);
	assert_non_null(s);
	assert_int_equal(s->nr[JOURNAL_INCIDENT], 17);
	assert_int_equal(s->windows, 2);
	assert_int_equal(counts_source_seen(s), 18);
	free(text);
	counts_clear(&back);
	counts_clear(&c);
}

static void a_file_cut_or_flipped_anywhere_is_refused(void **state)
{
	struct guard g = guard_new(8192);
	struct counts c, back;
	char *text = NULL;
	size_t len = 0;

	(void)state;
	fill(&c);
	assert_int_equal(counts_format(&key, &c, &text, &len), 0);
	for (size_t n = 0; n < len; n++)
		assert_int_equal(counts_parse(&key, guard_put(&g, text, n), &back), -EBADMSG);
	for (size_t i = 0; i < len * 8; i++) {
		text[i / 8] = (char)(text[i / 8] ^ 1 << i % 8);
		assert_int_equal(counts_parse(&key, guard_put(&g, text, len), &back), -EBADMSG);
		text[i / 8] = (char)(text[i / 8] ^ 1 << i % 8);
	}
	free(text);
	counts_clear(&c);
	guard_free(&g);
}

static void what_was_written_as_a_record_is_taken_off_and_never_below_nothing(void **state)
{
	struct counts c;
	struct record r = tally(20000, "games", "primary", 4);

	(void)state;
	fill(&c);
	counts_take(&c, &r);
	assert_int_equal(c.tallies[0].count, 2);
	counts_take(&c, &r);
	assert_int_equal(c.tally_count, 1);
	counts_take(&c, &r);
	assert_int_equal(c.tally_count, 1);
	counts_clear(&c);
}

static void the_least_used_sender_makes_room_but_never_a_connected_one(void **state)
{
	struct counts *c = calloc(1, sizeof(*c));
	char src[RECORD_SRC_SIZE];

	(void)state;
	assert_non_null(c);
	counts_init(c);
	for (int i = 0; i < COUNTS_SOURCES_MAX; i++) {
		(void)snprintf(src, sizeof(src), "engine@%d", i);
		counts_source(c, src, true)->connected = i != 5 && i != 6;
	}
	c->sources[6].windows = 1; /* still to be told */
	assert_non_null(counts_source(c, "fresh", true));
	assert_null(counts_source(c, "engine@5", false));
	assert_non_null(counts_source(c, "engine@6", false));
	counts_source(c, "fresh", false)->connected = true;
	assert_null(counts_source(c, "another", true));
	counts_clear(c);
	free(c);
}

static void the_table_and_every_number_have_a_limit(void **state)
{
	struct counts *c = calloc(1, sizeof(*c));
	struct record r = tally(20000, "x", "primary", 1);
	char *text = NULL;
	size_t len = 0;

	(void)state;
	assert_non_null(c);
	counts_init(c);
	for (int i = 0; i < COUNTS_TALLIES_MAX; i++) {
		(void)snprintf(r.rule, sizeof(r.rule), "school/a.rules:%d", i);
		assert_int_equal(counts_add(c, &r), 0);
	}
	(void)snprintf(r.rule, sizeof(r.rule), "one too many");
	assert_int_equal(counts_add(c, &r), -ENOSPC);
	(void)snprintf(r.rule, sizeof(r.rule), "school/a.rules:0");
	r.count = UINT64_C(1) << 53;
	assert_int_equal(counts_add(c, &r), 0);
	assert_int_equal(counts_add(c, &r), 0);
	assert_int_equal(counts_format(&key, c, &text, &len), 0);
	struct counts *back = calloc(1, sizeof(*back));
	assert_int_equal(counts_parse(&key, span_of(text, len), back), 0);
	assert_int_equal(back->tallies[0].count, UINT64_C(1) << 53);
	counts_clear(back);
	counts_clear(c);
	free(back);
	free(text);
	free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_of_one_day_and_key_are_added),
		cmocka_unit_test(what_is_written_is_read_back),
		cmocka_unit_test(a_file_cut_or_flipped_anywhere_is_refused),
		cmocka_unit_test(what_was_written_as_a_record_is_taken_off_and_never_below_nothing),
		cmocka_unit_test(the_least_used_sender_makes_room_but_never_a_connected_one),
		cmocka_unit_test(the_table_and_every_number_have_a_limit),
	};

	if (sodium_init() < 0)
		return 1;
	crypto_sign_keypair(key.public, key.secret);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
