/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "client.h"

#include <errno.h>
#include <unistd.h>

static bool ask(struct client *c, const char *name, uint8_t flags)
{
	struct talk t = {.len = 0};
	uint8_t bytes[1024];
	struct headers back = c->ends;
	talk_query(&t, name);
	back.protocol = PROTOCOL_UDP;
	/* craft_udp() answers; a question is an answer seen from the other side. */
	memcpy(back.source, c->ends.target, sizeof back.source);
	memcpy(back.target, c->ends.source, sizeof back.target);
	back.source_port = c->ends.target_port;
	back.target_port = c->ends.source_port;
	size_t len = craft_udp(&back, talk_part(&t, 2, t.len), bytes, sizeof bytes);
	return client_packet(c, bytes, len, flags);
}

static void every_datagram_of_one_socket_is_judged_for_itself(void **state)
{
	struct engine e;
	(void)state;
	test_engine(&e, CONF(""));
	struct client c = client_new(&e, 2, 1000, 0);
	for (unsigned i = 0; i < 5; i++) {
		assert_true(ask(&c, PASSING, 0));
		assert_int_equal(c.answer.reply_count, 0);
		assert_false(ask(&c, STOPPED, 0));
		assert_int_equal(client_reply(&c, REPLY_TO_CLIENT).payload.at[3] & 15, 3);
	}
	assert_int_equal(flow_stats(e.flows)->live, 0);
	engine_clear(&e);
}

static void a_stopped_name_is_the_help_address_from_the_server_asked(void **state)
{
	struct engine e;
	(void)state;
	test_engine(&e, CONF(""));
	struct client c = client_new(&e, 3, 1000, 0);
	assert_false(ask(&c, "any.example", 0));
	struct headers h = client_reply(&c, REPLY_TO_CLIENT);
	assert_memory_equal(h.source, c.ends.target, 4);
	assert_memory_equal(h.target, c.ends.source, 4);
	assert_memory_equal(h.payload.at + h.payload.len - 4, "\12\0\0\5", 4);
	assert_int_equal(e.counters.requests[PROTO_DNS][ACTION_REFUSE], 1);
	engine_clear(&e);
}

static void observe_mode_passes_and_counts_what_would_be_stopped(void **state)
{
	struct engine e;
	(void)state;
	test_engine(&e, CONF("rules = { mode = \"observe\"; };\n"));
	struct client c = client_new(&e, 3, 1000, 0);
	assert_true(ask(&c, "any.example", 0));
	assert_true(ask(&c, STOPPED, 0));
	assert_int_equal(e.counters.requests[PROTO_DNS][ACTION_OBSERVE], 2);
	assert_int_equal(e.counters.n[COUNT_OBSERVED_PASS], 2);
	engine_clear(&e);
}

static void a_packet_captured_short_is_never_accepted(void **state)
{
	struct engine e;
	uint8_t bytes[64] = {0x45, 0, 0, 40,  0, 0, 0, 0, 64, 17, 0,  0, 10,
			     2,    0, 9, 192, 0, 0, 1, 1, 1,  0,  53, 0, 20};
	struct answer_slot a = {.id = 1};
	struct packet p = {.bytes = span_of(bytes, 40), .wire_len = 41};
	(void)state;
	test_engine(&e, CONF(""));
	inspect(&e, &p, &a);
	assert_int_equal(a.verdict, ANSWER_DROP);
	assert_int_equal(a.reply_count, 0);
	assert_string_equal(e.counters.malformed[0].word, "ip-cut");
	engine_clear(&e);
}

static void a_packet_for_another_port_is_none_of_ours(void **state)
{
	struct engine e;
	(void)state;
	test_engine(&e, CONF(""));
	struct client c = client_new(&e, 2, 1000, 0);
	c.ends.target_port = 5353;
	assert_true(ask(&c, STOPPED, 0));
	assert_int_equal(e.counters.n[COUNT_FOREIGN], 1);
	engine_clear(&e);
}

static void the_notice_of_a_poison_packet_is_an_evasion_of_its_sender(void **state)
{
	struct engine e;
	static const uint8_t sender[16] = {10, 2, 0, 9};
	(void)state;
	test_engine(&e, CONF(""));
	for (unsigned len = 0; len <= 16; len += len == 0 ? 4 : 12) {
		struct packet p = {.bytes = span_of(sender, len), .wire_len = len, .flags = PACKET_POISON};
		struct answer_slot a = {.id = 1};
		inspect(&e, &p, &a);
		assert_int_equal(a.verdict, ANSWER_DROP);
	}
	assert_int_equal(e.counters.n[COUNT_POISON], 3);
	assert_string_equal(e.counters.malformed[0].word, "poison");
	engine_clear(&e);
}

static void repeats_are_judged_again_and_counted(void **state)
{
	struct engine e;
	(void)state;
	test_engine(&e, CONF(""));
	struct client c = client_new(&e, 2, 1000, 0);
	assert_false(ask(&c, STOPPED, PACKET_REPEAT));
	assert_int_equal(c.answer.reply_count, 1);
	assert_int_equal(e.counters.n[COUNT_REPEATED], 1);
	engine_clear(&e);
}

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void a_bad_reload_changes_nothing_and_says_why(void **state)
{
	char folder[] = "/tmp/trygg-reload-XXXXXX", path[64], why[256];
	struct engine e;
	(void)state;
	assert_non_null(mkdtemp(folder));
	(void)snprintf(path, sizeof path, "%s/trygg.conf", folder);
	test_engine(&e, CONF(""));
	struct world *old = e.world;
	e.conf_path = path;
	assert_true(engine_reload(&e, why, sizeof why) < 0); /* no file */
	write_file(path, CONF("nonsense = 1;\n"));
	assert_int_equal(engine_reload(&e, why, sizeof why), -EINVAL);
	assert_non_null(strstr(why, "nonsense"));
	write_file(path, CONF("rules = { compiled = \"absent.trygg\"; };\n"));
	assert_int_equal(engine_reload(&e, why, sizeof why), -ENOENT);
	assert_non_null(strstr(why, "absent.trygg"));
	assert_ptr_equal(e.world, old);
	assert_int_equal(e.counters.n[COUNT_RELOADS_REFUSED], 3);
	struct client c = client_new(&e, 3, 1000, 0);
	assert_false(ask(&c, "any.example", 0));
	(void)unlink(path);
	(void)rmdir(folder);
	engine_clear(&e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_datagram_of_one_socket_is_judged_for_itself),
		cmocka_unit_test(a_stopped_name_is_the_help_address_from_the_server_asked),
		cmocka_unit_test(observe_mode_passes_and_counts_what_would_be_stopped),
		cmocka_unit_test(a_packet_captured_short_is_never_accepted),
		cmocka_unit_test(a_packet_for_another_port_is_none_of_ours),
		cmocka_unit_test(the_notice_of_a_poison_packet_is_an_evasion_of_its_sender),
		cmocka_unit_test(repeats_are_judged_again_and_counted),
		cmocka_unit_test(a_bad_reload_changes_nothing_and_says_why),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
