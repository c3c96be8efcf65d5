/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "client.h"

static void a_passing_question_goes_on_whole_or_in_pieces(void **state)
{
	struct engine e;
	struct talk t = {.len = 0};
	(void)state;
	test_engine(&e, CONF(""));
	talk_query(&t, PASSING);
	for (size_t cut = 0; cut <= t.len; cut++) {
		struct client c = client_new(&e, 2, (uint16_t)(1000 + cut), 0xfffffff0);
		client_open(&c);
		if (cut > 0)
			assert_true(client_say(&c, 0, talk_part(&t, 0, cut)));
		assert_true(client_say(&c, (int64_t)cut, talk_part(&t, cut, t.len)));
		assert_int_equal(c.answer.reply_count, 0);
	}
	assert_int_equal(e.counters.requests[PROTO_DNS][ACTION_ALLOW], t.len + 1);
	engine_clear(&e);
}

static void the_segment_that_completes_a_stopped_question_never_goes_on(void **state)
{
	struct engine e;
	struct talk t = {.len = 0};
	(void)state;
	test_engine(&e, CONF(""));
	talk_query(&t, STOPPED);
	for (size_t cut = 1; cut < t.len; cut++) {
		struct client c = client_new(&e, 2, (uint16_t)(1000 + cut), 0xfffffff0);
		client_open(&c);
		assert_true(client_say(&c, 0, talk_part(&t, 0, cut)));
		assert_false(client_say(&c, (int64_t)cut, talk_part(&t, cut, t.len)));
		/* The same the other way round. */
		c = client_new(&e, 2, (uint16_t)(2000 + cut), 0xfffffff0);
		client_open(&c);
		assert_true(client_say(&c, (int64_t)cut, talk_part(&t, cut, t.len)));
		assert_false(client_say(&c, 0, talk_part(&t, 0, cut)));
		struct headers h = client_reply(&c, REPLY_TO_SERVER);
		assert_int_equal(h.tcp.seq, c.isn + 1); /* the server has nothing without a hole */
	}
	engine_clear(&e);
}

static void a_stop_is_answered_closed_and_reset_at_the_server(void **state)
{
	struct engine e;
	struct talk t = {.len = 0};
	(void)state;
	test_engine(&e, CONF(""));
	talk_query(&t, STOPPED);
	struct client c = client_new(&e, 2, 1000, 77);
	client_open(&c);
	assert_false(client_say(&c, 0, talk_part(&t, 0, t.len)));
	assert_int_equal(c.answer.reply_count, 2);
	struct headers h = client_reply(&c, REPLY_TO_CLIENT);
	assert_int_equal(h.tcp.flags, TCP_PSH | TCP_ACK | TCP_FIN);
	assert_int_equal(h.tcp.seq, c.ack);
	assert_int_equal(h.tcp.ack, 78 + t.len);
	assert_true(h.tcp.timed);
	assert_int_equal(h.tcp.time, 9); /* the server's own, as the client saw it last */
	assert_int_equal(h.tcp.time_echo, 7);
	assert_int_equal(h.payload.at[0] << 8 | h.payload.at[1], h.payload.len - 2);
	assert_memory_equal(h.payload.at + 2, t.at + 2, 2); /* the question's id */
	assert_int_equal(h.payload.at[5] & 15, 3);          /* NXDOMAIN, a canary */
	h = client_reply(&c, REPLY_TO_SERVER);
	assert_int_equal(h.tcp.flags, TCP_RST | TCP_ACK);
	assert_int_equal(h.tcp.seq, 78);
	engine_clear(&e);
}

static void a_client_that_lost_the_answer_gets_it_again_and_is_counted_once(void **state)
{
	struct engine e;
	struct talk t = {.len = 0};
	(void)state;
	test_engine(&e, CONF(""));
	talk_query(&t, "any.example"); /* of the group that gets nothing */
	struct client c = client_new(&e, 3, 1000, 77);
	client_open(&c);
	for (unsigned i = 0; i < 3; i++) {
		assert_false(client_say(&c, 0, talk_part(&t, 0, t.len)));
		struct headers h = client_reply(&c, REPLY_TO_CLIENT);
		assert_true((h.tcp.flags & TCP_FIN) != 0);
		assert_memory_equal(h.payload.at + h.payload.len - 4, "\12\0\0\5", 4); /* the help address */
	}
	assert_int_equal(e.counters.requests[PROTO_DNS][ACTION_REFUSE], 1);
	engine_clear(&e);
}

static void after_the_answer_a_fin_is_acknowledged_and_data_is_reset(void **state)
{
	struct engine e;
	struct talk t = {.len = 0};
	(void)state;
	test_engine(&e, CONF(""));
	talk_query(&t, STOPPED);
	struct client c = client_new(&e, 2, 1000, 77);
	client_open(&c);
	assert_false(client_say(&c, 0, talk_part(&t, 0, t.len)));
	c.ack += (uint32_t)client_reply(&c, REPLY_TO_CLIENT).payload.len + 1;
	assert_false(client_segment(&c, (int64_t)t.len, span_of("", 0), TCP_ACK));
	assert_int_equal(c.answer.reply_count, 0);
	assert_false(client_segment(&c, (int64_t)t.len, span_of("", 0), TCP_ACK | TCP_FIN));
	struct headers h = client_reply(&c, REPLY_TO_CLIENT);
	assert_int_equal(h.tcp.flags, TCP_ACK);
	assert_int_equal(h.tcp.ack, 78 + t.len + 1);
	assert_int_equal(h.tcp.seq, c.ack);
	assert_false(client_say(&c, (int64_t)t.len, talk_part(&t, 0, t.len)));
	assert_true((client_reply(&c, REPLY_TO_CLIENT).tcp.flags & TCP_RST) != 0);
	engine_clear(&e);
}

static void of_a_segment_with_a_passing_and_a_stopped_question_nothing_goes_on(void **state)
{
	struct engine e;
	struct talk t = {.len = 0};
	(void)state;
	test_engine(&e, CONF(""));
	talk_query(&t, PASSING);
	talk_query(&t, STOPPED);
	struct client c = client_new(&e, 2, 1000, 77);
	client_open(&c);
	assert_false(client_say(&c, 0, talk_part(&t, 0, t.len)));
	assert_int_equal(client_reply(&c, REPLY_TO_SERVER).tcp.seq, 78);
	assert_true((client_reply(&c, REPLY_TO_CLIENT).tcp.flags & TCP_FIN) != 0);
	engine_clear(&e);
}

static void a_stop_waits_while_a_response_may_be_on_its_way(void **state)
{
	struct engine e;
	struct talk t = {.len = 0};
	size_t first;
	(void)state;
	for (unsigned sent_again = 0; sent_again < 2; sent_again++) {
		test_engine(&e, CONF(""));
		t.len = 0;
		talk_query(&t, PASSING);
		first = t.len;
		talk_query(&t, STOPPED);
		struct client c = client_new(&e, 2, 1000, 77);
		client_open(&c);
		assert_true(client_say(&c, 0, talk_part(&t, 0, first)));
		assert_false(client_say(&c, (int64_t)first, talk_part(&t, first, t.len)));
		assert_int_equal(c.answer.reply_count, 0);
		if (sent_again == 1) {
			assert_false(client_say(&c, (int64_t)first, talk_part(&t, first, t.len)));
		} else {
			c.ack += 60; /* the response has arrived */
			assert_false(client_segment(&c, (int64_t)t.len, span_of("", 0), TCP_ACK));
		}
		struct headers h = client_reply(&c, REPLY_TO_CLIENT);
		assert_true((h.tcp.flags & TCP_FIN) != 0);
		assert_int_equal(h.tcp.seq, c.ack);
		assert_int_equal(h.tcp.ack, 78 + t.len);
		assert_int_equal(client_reply(&c, REPLY_TO_SERVER).tcp.seq, 78 + first);
		engine_clear(&e);
	}
}

static void malformed_is_formerr_and_an_impossible_length_a_reset(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		bool formerr;
	} cases[] = {
		{"\0\14\22\64\1\0\0\2\0\0\0\0\0\0", 14, true},      /* two questions */
		{"\0\14\22\64\201\200\0\1\0\0\0\0\0\0", 14, false}, /* a response */
		{"\0\13", 2, false},
		{"\377\377", 2, false},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct engine e;
		test_engine(&e, CONF(""));
		struct client c = client_new(&e, 2, 1000, 77);
		client_open(&c);
		assert_false(client_say(&c, 0, span_of(cases[i].bytes, cases[i].len)));
		struct headers h = client_reply(&c, REPLY_TO_CLIENT);
		assert_int_equal((h.tcp.flags & TCP_RST) == 0, cases[i].formerr);
		assert_int_equal(h.payload.len, cases[i].formerr ? 14 : 0);
		if (cases[i].formerr)
			assert_int_equal(h.payload.at[5] & 15, 1);
		assert_true((client_reply(&c, REPLY_TO_SERVER).tcp.flags & TCP_RST) != 0);
		engine_clear(&e);
	}
}

static void another_version_resets_both_sides_and_keeps_doing_so(void **state)
{
	struct engine e;
	struct talk t = {.len = 0};
	(void)state;
	test_engine(&e, CONF(""));
	talk_query(&t, PASSING);
	struct client c = client_new(&e, 2, 1000, 77);
	client_open(&c);
	assert_true(client_say(&c, 0, talk_part(&t, 0, 20)));
	assert_true(client_say(&c, 5, talk_part(&t, 5, 20))); /* the same again */
	t.at[19] ^= 1;
	assert_false(client_say(&c, 19, talk_part(&t, 19, 25)));
	for (unsigned i = 0; i < 2; i++) {
		struct headers h = client_reply(&c, REPLY_TO_CLIENT);
		assert_int_equal(h.tcp.flags, TCP_RST | TCP_ACK);
		assert_int_equal(h.tcp.seq, c.ack);
		h = client_reply(&c, REPLY_TO_SERVER);
		assert_int_equal(h.tcp.flags, TCP_RST | TCP_ACK);
		assert_int_equal(h.tcp.seq, 78 + 20);
		assert_false(client_say(&c, 20, talk_part(&t, 20, t.len)));
	}
	assert_int_equal(e.counters.n[COUNT_KILLED], 1);
	assert_false(client_segment(&c, 20, span_of("", 0), TCP_RST));
	assert_int_equal(c.answer.reply_count, 0);
	engine_clear(&e);
}

static void a_flow_met_in_mid_stream_is_reset_but_passes_in_observe_mode(void **state)
{
	struct engine e;
	(void)state;
	for (unsigned observe = 0; observe < 2; observe++) {
		test_engine(&e, observe ? CONF("rules = { mode = \"observe\"; };\n") : CONF(""));
		struct client c = client_new(&e, 2, 1000, 77);
		assert_int_equal(client_say(&c, 40, span_text("in the middle")), observe);
		if (!observe) {
			assert_int_equal(client_reply(&c, REPLY_TO_CLIENT).tcp.seq, c.ack);
			assert_int_equal(client_reply(&c, REPLY_TO_SERVER).tcp.seq, 78 + 40);
		}
		assert_int_equal(client_say(&c, 53, span_text("and on")), observe);
		assert_int_equal(e.counters.n[COUNT_STRANGE], 1);
		engine_clear(&e);
	}
}

static void a_keep_alive_passes_and_its_garbage_byte_does_not(void **state)
{
	struct engine e;
	struct talk t = {.len = 0};
	(void)state;
	test_engine(&e, CONF(""));
	talk_query(&t, PASSING);
	struct client c = client_new(&e, 2, 1000, 77);
	client_open(&c);
	assert_true(client_segment(&c, -1, span_of("", 0), TCP_ACK));
	assert_true(client_segment(&c, -1, span_of("\0", 1), TCP_ACK));
	assert_true(client_say(&c, 0, talk_part(&t, 0, 20)));
	assert_true(client_segment(&c, 19, span_of("", 0), TCP_ACK));
	assert_true(client_segment(&c, 19, talk_part(&t, 19, 20), TCP_ACK));
	uint8_t garbage = (uint8_t)(t.at[19] ^ 0xff);
	assert_false(client_segment(&c, 19, span_of(&garbage, 1), TCP_ACK));
	struct headers h = client_reply(&c, REPLY_TO_SERVER);
	assert_int_equal(h.tcp.seq, 78 + 19);
	assert_int_equal(h.payload.len, 0);
	assert_int_equal(h.tcp.flags, TCP_ACK);
	assert_true(h.tcp.timed);
	assert_true(client_say(&c, 20, talk_part(&t, 20, t.len))); /* the flow lives on */
	engine_clear(&e);
}

static void a_new_syn_begins_anew_when_its_numbers_are_far_from_the_old(void **state)
{
	struct engine e;
	struct talk t = {.len = 0};
	(void)state;
	test_engine(&e, CONF(""));
	talk_query(&t, PASSING);
	struct client c = client_new(&e, 2, 1000, 77);
	client_open(&c);
	assert_true(client_say(&c, 0, talk_part(&t, 0, t.len)));
	assert_true(client_segment(&c, (int64_t)t.len, span_of("", 0), TCP_ACK | TCP_FIN));
	assert_true(client_segment(&c, -1, span_of("", 0), TCP_SYN)); /* a retransmission */
	struct client far = client_new(&e, 2, 1000, 77 + (1u << 30));
	client_open(&far);
	assert_true(client_say(&far, 0, talk_part(&t, 0, t.len)));
	assert_false(client_say(&c, (int64_t)t.len, talk_part(&t, 0, t.len))); /* of the old one */
	struct client near = client_new(&e, 2, 1000, far.isn + 1000);
	assert_false(client_segment(&near, -1, span_of("", 0), TCP_SYN));
	assert_int_equal(client_reply(&near, REPLY_TO_CLIENT).tcp.ack, near.isn + 1);
	engine_clear(&e);
}

static void a_port_used_again_at_once_is_turned_away_and_nobody_is_accused(void **state)
{
	struct engine e;
	struct talk t = {.len = 0};
	(void)state;
	test_engine(&e, CONF(""));
	talk_query(&t, STOPPED);
	struct client c = client_new(&e, 2, 1000, 77);
	client_open(&c);
	assert_false(client_say(&c, 0, talk_part(&t, 0, t.len)));
	struct client soon = client_new(&e, 2, 1000, c.isn + 1000);
	assert_false(client_segment(&soon, -1, span_of("", 0), TCP_SYN));
	assert_true((client_reply(&soon, REPLY_TO_CLIENT).tcp.flags & TCP_RST) != 0);
	assert_int_equal(client_reply(&soon, REPLY_TO_SERVER).tcp.seq, c.isn + 1);
	assert_int_equal(e.counters.n[COUNT_TURNED_AWAY], 1);
	assert_null(e.counters.malformed[0].word);
	engine_clear(&e);
}

/* What a DNS server says is not to be seen. */
static void behind_a_forgotten_dns_connection_the_client_is_turned_away(void **state)
{
	struct engine e;
	struct talk t = {.len = 0};
	(void)state;
	test_engine(&e, CONF(""));
	talk_query(&t, PASSING);
	struct client c = client_new(&e, 2, 1000, 1000);
	c.resumed = true;
	assert_false(client_segment(&c, -1, span_of("", 0), TCP_SYN));
	assert_int_equal(client_reply(&c, REPLY_TO_CLIENT).tcp.ack, 1001);
	assert_int_equal(client_reply(&c, REPLY_TO_SERVER).tcp.seq, 1001);
	assert_int_equal(e.counters.n[COUNT_TURNED_AWAY], 1);
	c.resumed = false;
	assert_false(client_say(&c, 0, talk_part(&t, 0, t.len)));
	engine_clear(&e);
}

static void ends_that_the_server_may_not_believe_do_not_end_inspection(void **state)
{
	struct engine e;
	struct talk t = {.len = 0};
	(void)state;
	test_engine(&e, CONF(""));
	talk_query(&t, STOPPED);
	struct client c = client_new(&e, 2, 1000, 77);
	client_open(&c);
	assert_true(client_say(&c, 0, talk_part(&t, 0, 10)));
	assert_true(client_segment(&c, 10, span_of("", 0), TCP_RST));
	assert_true(client_segment(&c, 10, span_of("", 0), TCP_ACK | TCP_FIN));
	assert_false(client_say(&c, 10, talk_part(&t, 10, t.len)));
	engine_clear(&e);
}

static void what_no_stack_sends_is_refused_by_its_word(void **state)
{
	static const struct {
		uint8_t flags;
		const char *word;
	} cases[] = {
		{TCP_ACK | TCP_URG, "tcp-urgent"},
		{TCP_PSH, "tcp-flags"},
		{0, "tcp-flags"},
		{TCP_SYN | TCP_ACK, "tcp-flags"},
		{TCP_SYN | TCP_FIN, "tcp-flags"},
		{TCP_SYN | TCP_RST, "tcp-flags"},
		{TCP_SYN, "tcp-syn-data"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct engine e;
		test_engine(&e, CONF(""));
		struct client c = client_new(&e, 2, 1000, 77);
		client_open(&c);
		assert_false(client_segment(&c, 0, span_text("data"), cases[i].flags));
		assert_string_equal(e.counters.malformed[0].word, cases[i].word);
		assert_int_equal(e.counters.malformed[0].n, 1);
		engine_clear(&e);
	}
}

static void a_client_with_too_many_flows_loses_only_his_own(void **state)
{
	struct engine e;
	(void)state;
	test_engine(&e, CONF("")); /* 64 flows, 16 a client */
	struct client other = client_new(&e, 2, 999, 5);
	other.ends.source[3] = 200;
	client_open(&other);
	for (uint16_t port = 1000; port < 1200; port++) {
		struct client c = client_new(&e, 2, port, 77);
		client_open(&c);
		assert_true(client_say(&c, 0, span_text("\0\60half a question")));
	}
	assert_true(client_say(&other, 0, span_text("\0\60half a question")));
	struct client first = client_new(&e, 2, 1000, 77);
	assert_false(client_say(&first, 17, span_text("more"))); /* forgotten: strange, never passed */
	assert_true(flow_stats(e.flows)->live <= 64);
	engine_clear(&e);
}

static uint32_t roll(uint32_t *seed, uint32_t sides)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed % sides;
}

/* The server believes the first version of every position, and later the second: it finds no stopped question in either. */
static void however_a_client_lies_the_server_never_reads_a_stopped_question(void **state)
{
	uint32_t seed = 20261121;
	unsigned passed_whole = 0, resets = 0;
	(void)state;
	for (unsigned round = 0; round < 4000; round++) {
		struct engine e;
		struct talk good = {.len = 0}, bad = {.len = 0};
		uint8_t server[2048];
		bool known[2048] = {false};
		test_engine(&e, CONF(""));
		for (unsigned i = 0; i < 3; i++) {
			talk_query(&good, "use-application-dms.net");
			talk_query(&bad, roll(&seed, 2) ? STOPPED : "use-application-dms.net");
		}
		assert_int_equal(good.len, bad.len);
		struct client c = client_new(&e, 2, 1000, roll(&seed, 0xffffffff));
		client_open(&c);
		bool liar = round % 4 != 0;
		for (unsigned i = 0; i < 60; i++) {
			size_t from = roll(&seed, (uint32_t)good.len);
			size_t n = 1 + roll(&seed, roll(&seed, 2) ? 4 : 60);
			size_t to = from + n < good.len ? from + n : good.len;
			const struct talk *say = liar && roll(&seed, 2) ? &bad : &good;
			c.ack += roll(&seed, 10) == 0;
			bool on = client_say(&c, (int64_t)from, talk_part(say, from, to));
			resets += c.answer.reply_count > 0;
			for (size_t k = from; on && k < to; k++) {
				assert_true(!known[k] || server[k] == say->at[k]);
				known[k] = true;
				server[k] = say->at[k];
			}
		}
		size_t whole = 0;
		while (whole < good.len && known[whole])
			whole++;
		for (size_t at = 0; at + bad.len / 3 <= whole; at += bad.len / 3) {
			assert_memory_equal(server + at, good.at + at, bad.len / 3);
			passed_whole++;
		}
		engine_clear(&e);
	}
	assert_true(passed_whole > 1000);
	assert_true(resets > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_passing_question_goes_on_whole_or_in_pieces),
		cmocka_unit_test(the_segment_that_completes_a_stopped_question_never_goes_on),
		cmocka_unit_test(a_stop_is_answered_closed_and_reset_at_the_server),
		cmocka_unit_test(a_client_that_lost_the_answer_gets_it_again_and_is_counted_once),
		cmocka_unit_test(after_the_answer_a_fin_is_acknowledged_and_data_is_reset),
		cmocka_unit_test(of_a_segment_with_a_passing_and_a_stopped_question_nothing_goes_on),
		cmocka_unit_test(a_stop_waits_while_a_response_may_be_on_its_way),
		cmocka_unit_test(malformed_is_formerr_and_an_impossible_length_a_reset),
		cmocka_unit_test(another_version_resets_both_sides_and_keeps_doing_so),
		cmocka_unit_test(a_flow_met_in_mid_stream_is_reset_but_passes_in_observe_mode),
		cmocka_unit_test(a_keep_alive_passes_and_its_garbage_byte_does_not),
		cmocka_unit_test(a_new_syn_begins_anew_when_its_numbers_are_far_from_the_old),
		cmocka_unit_test(a_port_used_again_at_once_is_turned_away_and_nobody_is_accused),
		cmocka_unit_test(behind_a_forgotten_dns_connection_the_client_is_turned_away),
		cmocka_unit_test(ends_that_the_server_may_not_believe_do_not_end_inspection),
		cmocka_unit_test(what_no_stack_sends_is_refused_by_its_word),
		cmocka_unit_test(a_client_with_too_many_flows_loses_only_his_own),
		cmocka_unit_test(however_a_client_lies_the_server_never_reads_a_stopped_question),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
