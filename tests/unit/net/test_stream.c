/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "guard.h"
#include "net/stream.h"

enum { LARGEST = 400000 };

struct bench {
	struct pool pool;
	struct quota client;
	struct stream stream;
	uint32_t isn;
};

static struct bench bench_new(uint32_t isn)
{
	struct bench b = {.pool.all.limit = 64 << 20, .client.limit = 4 << 20, .isn = isn};
	stream_begin(&b.stream, isn);
	return b;
}

static void bench_free(struct bench *b)
{
	stream_clear(&b->stream, &b->pool, &b->client);
	assert_int_equal(b->pool.all.used, 0);
	assert_int_equal(b->client.used, 0);
	pool_clear(&b->pool);
}

static enum stream_push push(struct bench *b, int64_t at, const void *bytes, size_t len)
{
	return stream_push(&b->stream, &b->pool, &b->client, b->isn + 1 + (uint32_t)at, span_of(bytes, len));
}

/* xorshift: the same tests every time. */
static uint32_t dice(uint32_t *seed, uint32_t sides)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed % sides;
}

static void fill(uint8_t *bytes, size_t len, uint32_t seed)
{
	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)dice(&seed, 256);
}

static void bytes_in_order_come_out_in_order(void **state)
{
	struct bench b = bench_new(100);
	(void)state;
	assert_int_equal(stream_front(&b.stream).len, 0);
	assert_int_equal(push(&b, 0, "abc", 3), STREAM_TAKEN);
	assert_int_equal(push(&b, 3, "def", 3), STREAM_TAKEN);
	assert_true(span_equal(stream_front(&b.stream), span_text("abcdef")));
	stream_take(&b.stream, 4);
	assert_true(span_equal(stream_front(&b.stream), span_text("ef")));
	bench_free(&b);
}

static void a_hole_holds_back_what_is_behind_it(void **state)
{
	struct bench b = bench_new(100);
	(void)state;
	assert_int_equal(push(&b, 4, "ef", 2), STREAM_TAKEN);
	assert_int_equal(push(&b, 1, "b", 1), STREAM_TAKEN);
	assert_int_equal(stream_front(&b.stream).len, 0);
	assert_int_equal(stream_end(&b.stream), 6);
	assert_int_equal(push(&b, 0, "a", 1), STREAM_TAKEN);
	assert_true(span_equal(stream_front(&b.stream), span_text("ab")));
	assert_int_equal(push(&b, 2, "cd", 2), STREAM_TAKEN);
	assert_true(span_equal(stream_front(&b.stream), span_text("abcdef")));
	assert_null(b.stream.islands);
	bench_free(&b);
}

static const struct {
	const char *what;
	int64_t at;
	const char *bytes;
	enum stream_push expected;
} seconds[] = {
	/* against "abcdef" at 0 and "JKL" at 9 */
	{"an exact repetition", 0, "abcdef", STREAM_TAKEN},
	{"a part of it", 2, "cd", STREAM_TAKEN},
	{"a repetition that goes on", 4, "efg", STREAM_TAKEN},
	{"over the hole and the island", 3, "defghiJKLm", STREAM_TAKEN},
	{"the island alone", 9, "JKL", STREAM_TAKEN},
	{"the island and more", 8, "iJKLm", STREAM_TAKEN},
	{"another first byte", 0, "Xbcdef", STREAM_CONFLICT},
	{"another last byte", 0, "abcdeX", STREAM_CONFLICT},
	{"another head of a longer one", 5, "Xghi", STREAM_CONFLICT},
	{"another byte of the island", 6, "ghiJXLm", STREAM_CONFLICT},
	{"another tail into the island", 8, "iX", STREAM_CONFLICT},
	{"before the stream", -1, "Xabc", STREAM_OLD},
	{"far before the stream (T06)", -10000, "abc", STREAM_OLD},
	{"half the number space away", -2147483640, "abc", STREAM_OLD},
	{"beyond the window", 6 + STREAM_AHEAD_MAX, "x", STREAM_FAR},
	{"at the end of the window", 5 + STREAM_AHEAD_MAX, "x", STREAM_TAKEN},
};

static void a_second_version_of_any_position_is_a_conflict(void **state)
{
	static const uint32_t isns[] = {0, 100, 0x7ffffffe, 0xfffffff0, 0xfffffffa, 0xffffffff};
	(void)state;
	for (size_t n = 0; n < sizeof isns / sizeof isns[0]; n++) {
		for (size_t i = 0; i < sizeof seconds / sizeof seconds[0]; i++) {
			struct bench b = bench_new(isns[n]);
			assert_int_equal(push(&b, 0, "abcdef", 6), STREAM_TAKEN);
			assert_int_equal(push(&b, 9, "JKL", 3), STREAM_TAKEN);
			enum stream_push got =
				push(&b, seconds[i].at, seconds[i].bytes, strlen(seconds[i].bytes));
			if (got != seconds[i].expected)
				fail_msg("isn %08x, %s: %d", isns[n], seconds[i].what, got);
			if (got != STREAM_TAKEN) { /* nothing changed */
				assert_int_equal(stream_end(&b.stream), 12);
				assert_true(span_equal(stream_front(&b.stream), span_text("abcdef")));
			}
			bench_free(&b);
		}
	}
}

static void any_cut_order_and_repetition_gives_the_same_bytes(void **state)
{
	static uint8_t sent[LARGEST], got[LARGEST];
	uint32_t seed = 12345;
	(void)state;
	fill(sent, sizeof sent, 99);
	for (unsigned round = 0; round < 300; round++) {
		size_t len = 1 + dice(&seed, round < 250 ? 4000 : 200000);
		struct bench b = bench_new(round % 2 == 0 ? 0xffffff00u : dice(&seed, 0xffffffff));
		size_t taken = 0, limit = 1 + dice(&seed, round % 3 == 0 ? 3 : 1500);
		/* Segments from anywhere in a sliding window until all has arrived. */
		for (unsigned turns = 0; taken < len; turns++) {
			size_t edge = (size_t)b.stream.edge;
			size_t back = dice(&seed, 4) == 0 ? dice(&seed, 3000) : 0;
			size_t from = edge > back ? edge - back : 0;
			from += dice(&seed, 3) == 0 ? dice(&seed, (uint32_t)limit * 4) : 0;
			size_t n = 1 + dice(&seed, (uint32_t)limit);
			if (from >= len)
				continue;
			if (n > len - from)
				n = len - from;
			assert_true(turns < 2000000);
			enum stream_push r = push(&b, (int64_t)from, sent + from, n);
			assert_true(r == STREAM_TAKEN || r == STREAM_FULL); /* too many holes for now */
			struct span front = stream_front(&b.stream);
			size_t take = front.len > 0 && dice(&seed, 2) == 0
					      ? 1 + dice(&seed, (uint32_t)front.len)
					      : 0;
			if (taken + front.len == len)
				take = front.len;
			memcpy(got + taken, front.at, take);
			stream_take(&b.stream, take);
			taken += take;
		}
		assert_memory_equal(got, sent, len);
		bench_free(&b);
	}
}

/* What a server may have read: everything that was let through, for ever. */
static void no_position_passes_in_two_versions_however_long_ago(void **state)
{
	static uint8_t passed[LARGEST];
	static bool known[LARGEST];
	static uint8_t bytes[70000];
	uint32_t seed = 4711;
	unsigned conflicts = 0, old = 0;
	(void)state;
	for (unsigned round = 0; round < 40; round++) {
		struct bench b = bench_new(dice(&seed, 0xffffffff));
		if (round % 2 == 1)
			b.client.limit = 512 << 10; /* nothing to spare: history is 64 KiB */
		memset(known, 0, sizeof known);
		for (unsigned turn = 0; turn < 3000; turn++) {
			int64_t from = b.stream.edge + (int32_t)dice(&seed, 3000) - 1500;
			if (dice(&seed, 10) == 0)
				from = (int64_t)dice(&seed, (uint32_t)b.stream.edge + 1);
			size_t n = 1 + dice(&seed, dice(&seed, 20) == 0 ? 20000 : 600);
			if (from < 0 || from + (int64_t)n > LARGEST)
				continue;
			for (size_t i = 0; i < n; i++) {
				size_t at = (size_t)from + i;
				bool lie = known[at] && dice(&seed, 40 * (uint32_t)n) == 0;
				bytes[i] =
					known[at] ? (uint8_t)(passed[at] ^ lie) : (uint8_t)dice(&seed, 256);
			}
			enum stream_push r = push(&b, from, bytes, n);
			conflicts += r == STREAM_CONFLICT;
			old += r == STREAM_OLD;
			for (size_t i = 0; r == STREAM_TAKEN && i < n; i++) {
				size_t at = (size_t)from + i;
				assert_true(!known[at] || passed[at] == bytes[i]);
				known[at] = true;
				passed[at] = bytes[i];
			}
			stream_take(&b.stream, stream_front(&b.stream).len);
			assert_true(b.stream.size <= POOL_LARGEST);
		}
		bench_free(&b);
	}
	assert_true(conflicts > 100);
	assert_true(old > 100);
}

static void history_is_long_where_memory_is_to_spare_and_takes_none_that_is_needed(void **state)
{
	static uint8_t bytes[1000];
	struct bench b = bench_new(7);
	(void)state;
	for (unsigned i = 0; i < 600; i++) {
		assert_int_equal(push(&b, i * 1000, bytes, sizeof bytes), STREAM_TAKEN);
		stream_take(&b.stream, sizeof bytes);
	}
	assert_int_equal(push(&b, 100000, bytes, sizeof bytes), STREAM_TAKEN); /* lost half a mebibyte ago */
	struct stream other;
	stream_begin(&other, 9);
	b.client.limit = b.client.used + 256 * 1024; /* less than half is left */
	for (unsigned i = 0; i < 600; i++) {
		assert_int_equal(
			stream_push(&other, &b.pool, &b.client, 10 + i * 1000, span_of(bytes, sizeof bytes)),
			STREAM_TAKEN);
		stream_take(&other, sizeof bytes);
	}
	assert_true(other.size <= 256 * 1024);
	stream_clear(&other, &b.pool, &b.client);
	bench_free(&b);
}

static void more_than_64_islands_are_too_many(void **state)
{
	struct bench b = bench_new(7);
	(void)state;
	for (int64_t i = 0; i < STREAM_ISLANDS_MAX; i++)
		assert_int_equal(push(&b, 2 + i * 2, "x", 1), STREAM_TAKEN);
	assert_int_equal(push(&b, 2 + STREAM_ISLANDS_MAX * 2, "x", 1), STREAM_FULL);
	assert_int_equal(push(&b, 3, "y", 1), STREAM_TAKEN); /* joins two */
	assert_int_equal(push(&b, 2 + STREAM_ISLANDS_MAX * 2, "x", 1), STREAM_TAKEN);
	bench_free(&b);
}

static void a_client_without_memory_left_gets_none_and_loses_nothing(void **state)
{
	struct bench b = bench_new(7);
	static uint8_t bytes[3000];
	(void)state;
	b.client.limit = 2048;
	fill(bytes, sizeof bytes, 5);
	assert_int_equal(push(&b, 0, bytes, 2000), STREAM_TAKEN);
	assert_int_equal(push(&b, 2000, bytes, 1000), STREAM_FULL); /* the first 2000 are undecided */
	assert_int_equal(stream_front(&b.stream).len, 2000);
	stream_take(&b.stream, 2000);
	assert_int_equal(push(&b, 2000, bytes, 1000), STREAM_TAKEN); /* history gives way */
	assert_int_equal(push(&b, 0, bytes, 1), STREAM_OLD);
	bench_free(&b);
}

static void a_keep_alive_is_one_byte_before_the_end_at_most(void **state)
{
	struct bench b = bench_new(0xffffffff);
	(void)state;
	assert_true(stream_is_probe(&b.stream, b.isn, 0));
	assert_true(stream_is_probe(&b.stream, b.isn, 1));
	assert_int_equal(push(&b, 0, "abc", 3), STREAM_TAKEN);
	assert_true(stream_is_probe(&b.stream, stream_seq(&b.stream, 2), 1));
	assert_false(stream_is_probe(&b.stream, stream_seq(&b.stream, 2), 2));
	assert_false(stream_is_probe(&b.stream, stream_seq(&b.stream, 3), 1));
	assert_false(stream_is_probe(&b.stream, stream_seq(&b.stream, 1), 1));
	bench_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_in_order_come_out_in_order),
		cmocka_unit_test(a_hole_holds_back_what_is_behind_it),
		cmocka_unit_test(a_second_version_of_any_position_is_a_conflict),
		cmocka_unit_test(any_cut_order_and_repetition_gives_the_same_bytes),
		cmocka_unit_test(no_position_passes_in_two_versions_however_long_ago),
		cmocka_unit_test(history_is_long_where_memory_is_to_spare_and_takes_none_that_is_needed),
		cmocka_unit_test(more_than_64_islands_are_too_many),
		cmocka_unit_test(a_client_without_memory_left_gets_none_and_loses_nothing),
		cmocka_unit_test(a_keep_alive_is_one_byte_before_the_end_at_most),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
