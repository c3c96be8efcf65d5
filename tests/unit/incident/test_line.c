/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <cmocka.h>

#include "guard.h"
#include "incident/journal.h"
#include "incident/seal.h"

/* The hash was computed by another implementation of BLAKE2b. */
static const char golden[] =
	"{\"v\":1,\"seq\":7,\"time\":\"2026-11-21T10:00:00.000Z\",\"until\":\"2026-11-21T10:00:00.000Z\","
	"\"gateway\":\"Bl\\u00e5b\\u00e6r \\ud83c\\udf53\",\"src\":\"engine@0-0123456789abcdef\",\"nr\":42,"
	"\"event\":\"incident\",\"category\":\"self-harm\",\"severity\":4,\"action\":\"help\",\"proto\":"
	"\"dns\","
	"\"name\":\"a\\\\032\\\"b.example\",\"rule\":\"school/a.rules:7\",\"set\":\"0123456789abcdef\","
	"\"group\":\"primary\",\"subject\":\"\",\"count\":1,\"detail\":\"\",\"sealed\":\"\","
	"\"prev\":\"0000000000000000000000000000000000000000000000000000000000000000\","
	"\"hash\":\"0697ae865ef9e18cc29921dec93419ec3c1ecd04ab586b613ad1b5656a1948f4\"}";

static struct journal_entry golden_entry(void)
{
	struct journal_entry e = {
		.seq = 7,
		.gateway = "Bl\303\245b\303\246r \360\237\215\223",
		.record = {.event = EVENT_INCIDENT,
			   .nr = 42,
			   .time_ms = INT64_C(1795255200000),
			   .until_ms = INT64_C(1795255200000),
			   .count = 1,
			   .severity = 4,
			   .src = "engine@0-0123456789abcdef",
			   .category = "self-harm",
			   .action = "help",
			   .proto = "dns",
			   .name = "a\\032\"b.example",
			   .rule = "school/a.rules:7",
			   .set = "0123456789abcdef",
			   .group = "primary"},
	};
	memcpy(e.prev, journal_origin, sizeof(e.prev));
	return e;
}

static void a_record_becomes_exactly_this_line(void **state)
{
	struct journal_entry e = golden_entry();
	char line[JOURNAL_LINE_MAX];

	(void)state;
	int len = journal_format(&e, line, sizeof(line));
	assert_int_equal(len, sizeof(golden) - 1);
	assert_memory_equal(line, golden, sizeof(golden) - 1);
}

static void a_line_becomes_the_record_again(void **state)
{
	struct journal_entry e, want = golden_entry();

	(void)state;
	assert_int_equal(journal_parse(span_text(golden), &e), 0);
	assert_int_equal(e.seq, 7);
	assert_string_equal(e.gateway, want.gateway);
	assert_string_equal(e.record.name, want.record.name);
	assert_string_equal(e.record.rule, want.record.rule);
	assert_int_equal(e.record.time_ms, want.record.time_ms);
	assert_int_equal(e.record.severity, 4);
	assert_int_equal(e.record.nr, 42);
	assert_int_equal(e.record.event, EVENT_INCIDENT);
}

static void a_line_cut_at_any_byte_or_with_any_bit_flipped_is_refused(void **state)
{
	struct guard g = guard_new(JOURNAL_LINE_MAX);
	struct journal_entry e;
	size_t len = sizeof(golden) - 1;

	(void)state;
	for (size_t n = 0; n < len; n++)
		assert_int_equal(journal_parse(guard_put(&g, golden, n), &e), -EBADMSG);
	for (size_t i = 0; i < len * 8; i++) {
		char flipped[sizeof(golden)];
		memcpy(flipped, golden, sizeof(golden));
		flipped[i / 8] = (char)(flipped[i / 8] ^ 1 << i % 8);
		if (journal_parse(guard_put(&g, flipped, len), &e) != -EBADMSG)
			fail_msg("bit %zu of byte %zu", i % 8, i / 8);
	}
	assert_int_equal(journal_parse(guard_put(&g, golden, len), &e), 0);
	guard_free(&g);
}

/* Right hash, wrong spelling: a second line for the same record must not exist. */
static void only_one_spelling_is_a_record(void **state)
{
	static const struct {
		const char *from, *to;
	} spellings[] = {
		{"\"seq\":7", "\"seq\":07"},
		{"\"seq\":7", "\"seq\": 7"},
		{"\"seq\":7", "\"seq\":7.0"},
		{"\\u00e5", "\\u00E5"},
		{"\\u00e5", "\303\245"},
		{"self-harm", "self\\u002dharm"},
		{"\"severity\":4", "\"severity\":5"},
		{"\"severity\":4", "\"severity\":\"4\""},
		{"10:00:00.000Z", "10:00:00Z"},
		{"2026-11-21T", "2026-02-30T"},
		{"2026-11-21T10:00:00.000Z", "2026-11-21"},               /* one of the two times only */
		{"2026-11-21T10:00:00.000Z", "1970-01-01T00:00:00.000Z"}, /* that is written as absent */
		{"\"event\":\"incident\"", "\"event\":\"accident\""},
		{"\"v\":1", "\"v\":2"},
		{"\\ud83c\\udf53", "\\ud83c"},
		{"\\ud83c\\udf53", "\\udf53\\ud83c"},
		{"\\\"", "\\u0022"},
		{"\"detail\":\"\",", ""},
		{"\"subject\":\"\",\"count\":1", "\"count\":1,\"subject\":\"\""},
		{"primary", "\\u0000"},
		{"primary", "\\n"},
		{"\"nr\":42", "\"nr\":9007199254740993"},
		{"\"nr\":42", "\"nr\":99999999999999999999"},
		{"\"nr\":42", "\"nr\":-1"},
		{"\"nr\":42", "\"nr\":"},
	};
	char line[JOURNAL_LINE_MAX];
	struct journal_entry e;

	(void)state;
	for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++) {
		const char *at = strstr(golden, spellings[i].from);
		assert_non_null(at);
		int n = snprintf(line, sizeof(line), "%.*s%s%s", (int)(at - golden), golden, spellings[i].to,
				 at + strlen(spellings[i].from));
		if (journal_parse(span_of(line, (size_t)n), &e) != -EBADMSG)
			fail_msg("%s was accepted", spellings[i].to);
	}
}

static void feedback_carries_the_date_only(void **state)
{
	struct journal_entry e = golden_entry(), back;
	char line[JOURNAL_LINE_MAX];

	(void)state;
	e.record.date_only = 1;
	e.record.event = EVENT_FEEDBACK;
	e.record.until_ms = 0;
	int len = journal_format(&e, line, sizeof(line) - 1);
	assert_true(len > 0);
	line[len] = 0;
	assert_non_null(strstr(line, "\"time\":\"2026-11-21\",\"until\":\"\","));
	assert_int_equal(journal_parse(span_of(line, (size_t)len), &back), 0);
	assert_int_equal(back.record.date_only, 1);
	assert_int_equal(back.record.time_ms, INT64_C(1795219200000));
}

static void the_longest_record_fits_a_line_and_no_smaller_one(void **state)
{
	struct journal_entry e = {.seq = 1, .record = {.event = EVENT_REPEAT}};
	char line[JOURNAL_LINE_MAX];
	struct guard g = guard_new(JOURNAL_LINE_MAX);

	(void)state;
	memset(e.record.name, '\\', sizeof(e.record.name) - 1);
	memset(e.record.rule, '"', sizeof(e.record.rule) - 1);
	memset(e.record.detail, '"', sizeof(e.record.detail) - 1);
	memset(e.gateway, 1, sizeof(e.gateway) - 1);
	memcpy(e.prev, journal_origin, sizeof(e.prev));
	int len = journal_format(&e, line, sizeof(line));
	assert_true(len > 0 && len < JOURNAL_LINE_MAX - 1);
	for (int size = 0; size < len; size++)
		assert_int_equal(journal_format(&e, (char *)guard_room(&g, (size_t)size), (size_t)size),
				 -EOVERFLOW);
	assert_int_equal(journal_format(&e, (char *)guard_room(&g, (size_t)len), (size_t)len), len);
	guard_free(&g);
}

static void what_is_not_utf8_makes_no_line(void **state)
{
	static const char *const bad[] = {"\377", "\300\200",         "\355\240\200",
					  "\303", "\364\220\200\200", "\342\202"};
	char line[JOURNAL_LINE_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct journal_entry e = golden_entry();
		(void)snprintf(e.gateway, sizeof(e.gateway), "%s", bad[i]);
		assert_true(journal_format(&e, line, sizeof(line)) < 0);
	}
}

static void a_torn_line_tells_its_sender_once_both_are_whole(void **state)
{
	char src[RECORD_SRC_SIZE];
	const char *after = strstr(golden, ",\"event\"");
	size_t from = (size_t)(after - golden) + 1;
	uint64_t nr;

	(void)state;
	for (size_t n = 0; n < sizeof(golden); n++)
		assert_int_equal(journal_sender(span_of(golden, n), src, &nr), n >= from);
	assert_string_equal(src, "engine@0-0123456789abcdef");
	assert_int_equal(nr, 42);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_becomes_exactly_this_line),
		cmocka_unit_test(a_line_becomes_the_record_again),
		cmocka_unit_test(a_line_cut_at_any_byte_or_with_any_bit_flipped_is_refused),
		cmocka_unit_test(only_one_spelling_is_a_record),
		cmocka_unit_test(feedback_carries_the_date_only),
		cmocka_unit_test(the_longest_record_fits_a_line_and_no_smaller_one),
		cmocka_unit_test(what_is_not_utf8_makes_no_line),
		cmocka_unit_test(a_torn_line_tells_its_sender_once_both_are_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
