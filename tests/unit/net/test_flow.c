/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "guard.h"
#include "net/flow.h"

static struct flow_key key(uint8_t client, uint16_t port)
{
	struct flow_key k = {.family = 4, .protocol = PROTOCOL_TCP, .client_port = port, .server_port = 53};
	k.client[0] = 10;
	k.client[3] = client;
	k.server[0] = 192;
	return k;
}

static struct flow *begin(struct flow_table *t, struct flow_key k, int64_t now_ms)
{
	struct flow *f = flow_open(t, &k, now_ms);
	stream_begin(&f->stream, 0);
	return f;
}

static struct flow *find(struct flow_table *t, struct flow_key k)
{
	return flow_find(t, &k, 0);
}

static struct flow_table *table(uint32_t flows, uint32_t a_client)
{
	struct flow_limits l = {flows, a_client, 1 << 20, 1 << 18};
	struct flow_table *t = flow_table_new(&l);
	assert_non_null(t);
	return t;
}

static void a_key_differs_in_every_field(void **state)
{
	struct flow_table *t = table(64, 64);
	struct flow_key k = key(1, 1000);
	(void)state;
	struct flow *f = begin(t, k, 0);
	assert_ptr_equal(find(t, k), f);
	for (size_t i = 0; i < sizeof k; i++) {
		struct flow_key other = k;
		((uint8_t *)&other)[i] ^= 1;
		assert_null(find(t, other));
	}
	flow_table_free(t);
}

static void the_same_addresses_in_two_families_are_two_flows(void **state)
{
	struct headers h = {.family = 4, .protocol = PROTOCOL_TCP, .source_port = 1, .target_port = 53};
	struct flow_key four = flow_key(&h);
	h.family = 6;
	struct flow_key six = flow_key(&h);
	(void)state;
	assert_memory_not_equal(&four, &six, sizeof four);
}

static void a_client_over_his_limit_loses_his_own_oldest_flow(void **state)
{
	struct flow_table *t = table(64, 4);
	(void)state;
	begin(t, key(1, 1), 0);
	for (uint16_t port = 1; port <= 6; port++)
		begin(t, key(2, port), 0);
	assert_non_null(find(t, key(1, 1)));
	assert_null(find(t, key(2, 1)));
	assert_null(find(t, key(2, 2)));
	for (uint16_t port = 3; port <= 6; port++)
		assert_non_null(find(t, key(2, port)));
	assert_int_equal(flow_stats(t)->evicted_own, 2);
	assert_int_equal(flow_stats(t)->evicted_all, 0);
	assert_int_equal(flow_stats(t)->live, 5);
	assert_int_equal(flow_stats(t)->clients, 2);
	flow_table_free(t);
}

static void a_full_table_loses_the_flow_that_was_quiet_longest(void **state)
{
	struct flow_table *t = table(16, 16);
	(void)state;
	for (uint8_t c = 1; c <= 16; c++)
		begin(t, key(c, 1), c);
	assert_non_null(find(t, key(1, 1))); /* spoke just now */
	begin(t, key(17, 1), 17);
	assert_non_null(find(t, key(1, 1)));
	assert_null(find(t, key(2, 1)));
	assert_int_equal(flow_stats(t)->live, 16);
	assert_int_equal(flow_stats(t)->clients, 16);
	flow_table_free(t);
}

static void one_client_with_one_flow_can_replace_it_for_ever(void **state)
{
	struct flow_table *t = table(1, 1);
	(void)state;
	for (uint16_t port = 1; port < 1000; port++)
		begin(t, key((uint8_t)(port % 3), port), port);
	assert_int_equal(flow_stats(t)->live, 1);
	assert_int_equal(flow_stats(t)->clients, 1);
	flow_table_free(t);
}

static void quiet_flows_are_forgotten_oldest_first(void **state)
{
	struct flow_table *t = table(64, 64);
	(void)state;
	for (uint16_t port = 1; port <= 10; port++)
		begin(t, key(1, port), port * 100);
	flow_expire(t, 1500, 1000, 3);
	assert_int_equal(flow_stats(t)->live, 7);
	flow_expire(t, 1500, 1000, 100);
	assert_int_equal(flow_stats(t)->live, 5);
	assert_null(find(t, key(1, 5)));
	assert_non_null(find(t, key(1, 6)));
	flow_table_free(t);
}

static void memory_of_all_is_taken_from_the_quietest_and_given_back(void **state)
{
	static uint8_t bytes[60000];
	struct flow_table *t = table(64, 64);
	(void)state;
	for (uint8_t c = 1; c <= 20; c++) {
		struct flow *f = begin(t, key(c, 1), c);
		assert_int_equal(flow_push(t, f, 1, span_of(bytes, sizeof bytes)), STREAM_TAKEN);
		assert_true(flow_bytes(t) <= 1 << 20);
	}
	assert_null(find(t, key(1, 1)));
	assert_non_null(find(t, key(20, 1)));
	assert_true(flow_stats(t)->evicted_all > 0);
	flow_expire(t, 1 << 20, 1, 100);
	assert_int_equal(flow_bytes(t), 0);
	assert_int_equal(flow_stats(t)->clients, 0);
	flow_table_free(t);
}

static void a_client_over_his_memory_takes_nobody_elses(void **state)
{
	static uint8_t bytes[60000];
	struct flow_table *t = table(64, 64);
	enum stream_push r = STREAM_TAKEN;
	(void)state;
	struct flow *other = begin(t, key(9, 9), 0);
	assert_int_equal(flow_push(t, other, 1, span_of(bytes, 100)), STREAM_TAKEN);
	for (uint16_t port = 1; port <= 8 && r == STREAM_TAKEN; port++)
		r = flow_push(t, begin(t, key(1, port), 0), 1, span_of(bytes, sizeof bytes));
	assert_int_equal(r, STREAM_FULL);
	assert_non_null(find(t, key(9, 9)));
	assert_int_equal(flow_stats(t)->evicted_all, 0);
	flow_table_free(t);
}

static void a_client_over_his_memory_loses_what_has_ended_first(void **state)
{
	static uint8_t bytes[60000];
	struct flow_table *t = table(64, 64);
	(void)state;
	struct flow *open = begin(t, key(1, 1000), 0);
	assert_int_equal(flow_push(t, open, 1, span_of("GET", 3)), STREAM_TAKEN);
	for (uint16_t port = 1; port <= 40; port++) {
		struct flow *f = begin(t, key(1, port), 0);
		assert_int_equal(flow_push(t, f, 1, span_of(bytes, sizeof bytes)), STREAM_TAKEN);
		f->ended = true;
	}
	assert_non_null(find(t, key(1, 1000)));
	assert_null(find(t, key(1, 1)));
	assert_non_null(find(t, key(1, 40)));
	assert_int_equal(flow_stats(t)->evicted_all, 0);
	assert_true(flow_stats(t)->evicted_own > 0);
	flow_table_free(t);
}

static void a_hundred_thousand_random_steps_keep_the_books_right(void **state)
{
	struct flow_table *t = table(128, 8);
	uint32_t seed = 1;
	(void)state;
	for (int64_t step = 0; step < 100000; step++) {
		seed = seed * 1103515245u + 12345u;
		struct flow_key k = key((uint8_t)(seed >> 16 & 63), (uint16_t)(seed >> 22 & 15));
		struct flow *f = flow_find(t, &k, step);
		if (f == NULL)
			f = begin(t, k, step);
		else if ((seed >> 10 & 7) == 0)
			flow_remove(t, f);
		else
			(void)flow_push(t, f, 1, span_of("bytes", 5));
		assert_true(flow_stats(t)->live <= 128);
		assert_true(flow_stats(t)->clients <= flow_stats(t)->live);
	}
	flow_expire(t, INT64_MAX / 2, 1, 1000);
	assert_int_equal(flow_stats(t)->live, 0);
	assert_int_equal(flow_stats(t)->clients, 0);
	assert_int_equal(flow_bytes(t), 0);
	flow_table_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_key_differs_in_every_field),
		cmocka_unit_test(the_same_addresses_in_two_families_are_two_flows),
		cmocka_unit_test(a_client_over_his_limit_loses_his_own_oldest_flow),
		cmocka_unit_test(a_full_table_loses_the_flow_that_was_quiet_longest),
		cmocka_unit_test(one_client_with_one_flow_can_replace_it_for_ever),
		cmocka_unit_test(quiet_flows_are_forgotten_oldest_first),
		cmocka_unit_test(memory_of_all_is_taken_from_the_quietest_and_given_back),
		cmocka_unit_test(a_client_over_his_memory_takes_nobody_elses),
		cmocka_unit_test(a_client_over_his_memory_loses_what_has_ended_first),
		cmocka_unit_test(a_hundred_thousand_random_steps_keep_the_books_right),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
