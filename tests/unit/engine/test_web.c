/* SPDX-License-Identifier: GPL-2.0-or-later */
/* TLS and HTTP flows: when they are decided, what a stop looks like, what is seen of the server. */
#include "client.h"

enum { HELLO_MAX = 1024 };

/* A ClientHello in one record. */
struct hello {
	uint8_t at[HELLO_MAX];
	size_t len;
};

static struct hello hello_for(const char *name)
{
	struct hello h = {.len = 0};
	struct writer w = writer_of(h.at, sizeof h.at);
	size_t len = strlen(name);
	writer_u8(&w, 22);
	writer_u16(&w, 0x0301);
	writer_u16(&w, (uint16_t)(4 + 2 + 32 + 1 + 4 + 2 + 2 + 9 + len));
	writer_u16(&w, 0x0100);
	writer_u16(&w, (uint16_t)(2 + 32 + 1 + 4 + 2 + 2 + 9 + len));
	writer_u16(&w, 0x0303);
	for (unsigned i = 0; i < 32; i++)
		writer_u8(&w, (uint8_t)i);
	writer_u8(&w, 0);
	writer_u32(&w, 0x00021301);
	writer_u16(&w, 0x0100);
	writer_u16(&w, (uint16_t)(9 + len));
	writer_u16(&w, 0);
	writer_u16(&w, (uint16_t)(5 + len));
	writer_u16(&w, (uint16_t)(3 + len));
	writer_u8(&w, 0);
	writer_u16(&w, (uint16_t)len);
	writer_bytes(&w, name, len);
	assert_true(writer_ok(&w));
	h.len = writer_len(&w);
	return h;
}

static struct span said(const struct hello *h)
{
	return span_of(h->at, h->len);
}

/* The beginning of a ServerHello, or of a HelloRetryRequest. */
static struct hello server_hello(bool retry)
{
	static const char random[] = "\xcf\x21\xad\x74\xe5\x9a\x61\x11\xbe\x1d\x8c\x02\x1e\x65\xb8\x91"
				     "\xc2\xa2\x11\x16\x7a\xbb\x8c\x5e\x07\x9e\x09\xe2\xc8\xa8\x33\x9c";
	struct hello h = {.len = 60};
	memcpy(h.at, "\x16\3\3\0\x37\2\0\0\x33\3\3", 11);
	if (retry)
		memcpy(h.at + 11, random, 32);
	return h;
}

static struct client web_client(struct engine *e, uint8_t network, uint16_t port, uint16_t to)
{
	struct client c = client_new(e, network, port, 1000);
	c.ends.target_port = to;
	client_open(&c);
	return c;
}

static unsigned generation_of(const struct client *c)
{
	return c->answer.mark / MARK_GENERATION(c->engine->world->conf->inspect.mark_mask, 1);
}

static void a_hello_is_decided_when_the_server_took_it_and_says_its_own(void **state)
{
	struct engine e;
	struct hello hello = hello_for(PASSING), answer = server_hello(false);
	(void)state;
	test_engine(&e, CONF(""));
	e.generation = 7;
	struct client c = web_client(&e, 2, 1000, 443);
	uint32_t end = c.isn + 1 + (uint32_t)hello.len;
	assert_true(client_say(&c, 0, span_of(hello.at, hello.len - 1)));
	assert_int_equal(generation_of(&c), 0);
	assert_true(client_say(&c, (int64_t)hello.len - 1, span_of(hello.at + hello.len - 1, 1)));
	assert_int_equal(generation_of(&c), MARK_WATCHED);
	/* A server that has not taken all of it, and pieces too small to tell, decide nothing. */
	assert_true(client_hears(&c, end - 1, said(&answer)));
	assert_int_equal(generation_of(&c), MARK_WATCHED);
	assert_true(client_hears(&c, end, span_of(answer.at, 42)));
	assert_int_equal(generation_of(&c), MARK_WATCHED);
	/* The same bytes further on may be an echo of what the client said; the beginning comes again when it was lost. */
	c.ack += 76;
	assert_true(client_hears(&c, end, said(&answer)));
	assert_int_equal(generation_of(&c), MARK_WATCHED);
	c.ack -= 76;
	assert_true(client_hears(&c, end, said(&answer)));
	assert_int_equal(generation_of(&c), 7);
	assert_int_equal(e.counters.n[COUNT_DECIDED], 1);
	assert_int_equal(flow_bytes(e.flows), 0);
	/* What was queued before the mark was there goes on with it. */
	assert_true(client_say(&c, 5, span_text("anything")));
	assert_int_equal(generation_of(&c), 7);
	engine_clear(&e);
}

/* A client whose hello passed and whose server said its own. */
static struct client decided_client(struct engine *e, uint16_t port)
{
	struct hello hello = hello_for(PASSING), answer = server_hello(false);
	struct client c = web_client(e, 2, port, 443);
	assert_true(client_say(&c, 0, said(&hello)));
	assert_true(client_hears(&c, c.isn + 1 + (uint32_t)hello.len, said(&answer)));
	return c;
}

static void a_stricter_policy_ends_the_flows_that_an_older_one_decided(void **state)
{
	struct engine e;
	(void)state;
	test_engine(&e, CONF(""));
	assert_int_equal(e.generation, 1);
	struct client c = decided_client(&e, 1000), end = decided_client(&e, 1001);
	assert_int_equal(generation_of(&c), 1);
	e.generation = 2;
	uint32_t seq = c.isn + 1 + 100000; /* what went past the queue meanwhile */
	c.ack += 5000;
	assert_false(client_say(&c, 100000, span_text("anything")));
	assert_int_equal(client_reply(&c, REPLY_TO_SERVER).tcp.seq, seq);
	assert_true((client_reply(&c, REPLY_TO_SERVER).tcp.flags & TCP_RST) != 0);
	assert_int_equal(client_reply(&c, REPLY_TO_CLIENT).tcp.seq, c.ack);
	assert_true((client_reply(&c, REPLY_TO_CLIENT).tcp.flags & TCP_RST) != 0);
	assert_int_equal(e.counters.n[COUNT_OUTDATED], 1);
	assert_int_equal(e.counters.n[COUNT_KILLED], 1);
	/* Again, until the reset stands where the client expects it; counted once. */
	c.ack += 1000;
	assert_false(client_say(&c, 100000, span_text("anything")));
	assert_int_equal(client_reply(&c, REPLY_TO_CLIENT).tcp.seq, c.ack);
	assert_int_equal(e.counters.n[COUNT_OUTDATED], 1);
	/* What ends by itself may. */
	assert_true(client_segment(&end, 200, span_of("", 0), TCP_RST | TCP_ACK));
	assert_int_equal(e.counters.n[COUNT_OUTDATED], 1);
	engine_clear(&e);
}

static void a_hello_judged_by_the_old_policy_is_decided_for_it(void **state)
{
	struct engine e;
	struct hello hello = hello_for(PASSING), answer = server_hello(false);
	(void)state;
	test_engine(&e, CONF(""));
	struct client c = web_client(&e, 2, 1000, 443);
	assert_true(client_say(&c, 0, said(&hello)));
	e.generation = 2;
	assert_true(client_hears(&c, c.isn + 1 + (uint32_t)hello.len, said(&answer)));
	assert_int_equal(generation_of(&c), 1);
	assert_false(client_say(&c, (int64_t)hello.len, span_text("anything")));
	engine_clear(&e);
}

static void in_observe_mode_an_older_flow_goes_on_and_is_counted(void **state)
{
	struct engine e;
	(void)state;
	test_engine(&e, CONF("rules = { mode = \"observe\"; };"));
	struct client c = decided_client(&e, 1000);
	e.generation = 2;
	assert_true(client_say(&c, 100000, span_text("anything")));
	assert_int_equal(generation_of(&c), 2);
	assert_int_equal(e.counters.n[COUNT_OBSERVED_PASS], 1);
	assert_int_equal(e.counters.n[COUNT_OUTDATED], 0);
	engine_clear(&e);
}

static void a_retry_decides_nothing_and_the_second_hello_keeps_the_name(void **state)
{
	struct engine e;
	struct hello hello = hello_for(PASSING), other = hello_for("www.example.net");
	struct hello retry = server_hello(true), answer = server_hello(false);
	(void)state;
	test_engine(&e, CONF(""));
	for (unsigned same = 0; same < 2; same++) {
		struct client c = web_client(&e, 2, (uint16_t)(1000 + same), 443);
		const struct hello *second = same ? &hello : &other;
		uint32_t end = c.isn + 1 + (uint32_t)hello.len;
		assert_true(client_say(&c, 0, said(&hello)));
		assert_true(client_hears(&c, end, said(&retry)));
		assert_int_equal(generation_of(&c), MARK_WATCHED);
		int64_t at = (int64_t)hello.len;
		assert_true(client_say(&c, at, span_of("\x14\3\3\0\1\1", 6)));
		assert_int_equal(client_say(&c, at + 6, said(second)), same);
		if (!same) {
			assert_true((client_reply(&c, REPLY_TO_CLIENT).tcp.flags & TCP_RST) != 0);
			assert_int_equal(client_reply(&c, REPLY_TO_SERVER).tcp.seq, end + 6);
			continue;
		}
		/* The acknowledgement of the first says nothing about the second. */
		assert_true(client_hears(&c, end, said(&answer)));
		assert_int_equal(generation_of(&c), MARK_WATCHED);
		assert_true(client_hears(&c, end + 6 + (uint32_t)hello.len, said(&answer)));
		assert_int_equal(generation_of(&c), e.generation);
	}
	assert_int_equal(e.counters.n[COUNT_RETRIES], 1);
	engine_clear(&e);
}

static void a_second_hello_in_the_segment_of_the_first_is_read_at_once(void **state)
{
	struct engine e;
	struct hello hello = hello_for(PASSING), other = hello_for(STOPPED);
	(void)state;
	test_engine(&e, CONF(""));
	struct client c = web_client(&e, 2, 1000, 443);
	memcpy(hello.at + hello.len, other.at, other.len);
	assert_false(client_say(&c, 0, span_of(hello.at, hello.len + other.len)));
	assert_int_equal(client_reply(&c, REPLY_TO_SERVER).tcp.seq, c.isn + 1);
	engine_clear(&e);
}

static void a_stopped_hello_is_an_alert_and_the_server_is_reset_first(void **state)
{
	struct engine e;
	struct hello hello = hello_for(STOPPED);
	(void)state;
	test_engine(&e, CONF(""));
	struct client c = web_client(&e, 2, 1000, 443);
	assert_true(client_say(&c, 0, span_of(hello.at, 30)));
	assert_false(client_say(&c, 30, span_of(hello.at + 30, hello.len - 30)));
	assert_int_equal(c.answer.replies[0].way, REPLY_TO_SERVER);
	assert_int_equal(client_reply(&c, REPLY_TO_SERVER).tcp.seq, c.isn + 1 + 30);
	struct headers h = client_reply(&c, REPLY_TO_CLIENT);
	assert_int_equal(h.tcp.flags, TCP_PSH | TCP_ACK | TCP_FIN);
	assert_int_equal(h.payload.len, 7);
	assert_memory_equal(h.payload.at, "\x15\3\3\0\2\2\x70", 7);
	/* What the server still says stays here. */
	assert_false(client_hears(&c, c.isn + 1 + 30, span_text("late")));
	engine_clear(&e);
}

static struct span request_for(char out[static 512], const char *host, const char *more)
{
	int len = snprintf(out, 512, "GET / HTTP/1.1\r\nHost: %s\r\n%s\r\n", host, more);
	return span_of(out, (size_t)len);
}

#define PAGE "Accept: text/html\r\n"

static void a_stopped_page_is_sent_on_to_the_help_page(void **state)
{
	struct engine e;
	char text[512], payload[2048];
	(void)state;
	test_engine(&e, CONF(""));
	e.sealing = true;
	struct client c = web_client(&e, 3, 1000, 80); /* of the group that gets nothing */
	assert_false(client_say(&c, 0, request_for(text, "any.example", PAGE)));
	struct headers h = client_reply(&c, REPLY_TO_CLIENT);
	(void)snprintf(payload, sizeof payload, "%.*s", (int)h.payload.len, (const char *)h.payload.at);
	const char *location = strstr(payload, "\r\nLocation: http://10.0.0.5/?t=");
	assert_int_equal(strncmp(payload, "HTTP/1.1 303 ", 13), 0);
	assert_non_null(location);
	char sealed[TOKEN_TEXT_SIZE];
	struct token token;
	(void)snprintf(sealed, sizeof sealed, "%.*s", TOKEN_TEXT_SIZE - 1, strstr(location, "?t=") + 3);
	assert_int_equal(token_open(e.token_key, sealed, e.wall_ms, &token), 0);
	assert_string_equal(token.category, "unlisted");
	assert_string_equal(token.rule, "");
	assert_int_equal(client_reply(&c, REPLY_TO_SERVER).tcp.seq, c.isn + 1);
	/* Lost, and said again: the same answer, counted once. */
	assert_false(client_say(&c, 0, request_for(text, "any.example", PAGE)));
	assert_true(client_reply(&c, REPLY_TO_CLIENT).payload.len > 0);
	assert_int_equal(e.counters.requests[PROTO_HTTP][ACTION_REFUSE], 1);
	engine_clear(&e);
}

static void behind_a_request_that_passed_a_stop_is_a_reset(void **state)
{
	struct engine e;
	char first[512], second[512], both[1024];
	(void)state;
	test_engine(&e, CONF(""));
	struct span pass = request_for(first, PASSING, ""), stop = request_for(second, STOPPED, PAGE);
	for (unsigned together = 0; together < 2; together++) {
		struct client c = web_client(&e, 2, (uint16_t)(1000 + together), 80);
		memcpy(both, pass.at, pass.len);
		memcpy(both + pass.len, stop.at, stop.len);
		if (together) {
			assert_false(client_say(&c, 0, span_of(both, pass.len + stop.len)));
		} else {
			assert_true(client_say(&c, 0, pass));
			c.ack += 500; /* a response came */
			assert_false(client_say(&c, (int64_t)pass.len, stop));
		}
		struct headers h = client_reply(&c, REPLY_TO_CLIENT);
		assert_int_equal(h.payload.len, 0);
		assert_true((h.tcp.flags & TCP_RST) != 0);
		assert_int_equal(client_reply(&c, REPLY_TO_SERVER).tcp.seq,
				 c.isn + 1 + (together ? 0 : (uint32_t)pass.len));
	}
	assert_int_equal(flow_bytes(e.flows), 0);
	engine_clear(&e);
}

static void a_body_of_any_length_is_skipped_and_what_follows_is_read(void **state)
{
	struct engine e;
	char head[512], text[512];
	uint8_t body[1000] = {'x'};
	(void)state;
	test_engine(&e, CONF(""));
	struct client c = web_client(&e, 2, 1000, 80);
	struct span first = request_for(head, PASSING, "Content-Length: 1000000\r\n");
	assert_true(client_say(&c, 0, first));
	int64_t at = (int64_t)first.len;
	for (unsigned i = 0; i < 1000; i++, at += 1000)
		assert_true(client_say(&c, at, span_of(body, sizeof body)));
	assert_true(flow_bytes(e.flows) <= POOL_LARGEST + POOL_LEAST);
	struct span pass = request_for(text, PASSING, "");
	assert_true(client_say(&c, at, pass));
	at += (int64_t)pass.len;
	assert_false(client_say(&c, at, request_for(text, STOPPED, "")));
	assert_int_equal(e.counters.requests[PROTO_HTTP][ACTION_ALLOW], 2);
	engine_clear(&e);
}

static void an_upgrade_is_opaque_after_101_and_only_as_the_first_request(void **state)
{
	static const struct {
		const char *answer;
		bool first, opaque;
	} cases[] = {
		{"HTTP/1.1 101 Switching Protocols\r\n\r\n", true, true},
		{"HTTP/1.1 101 Switching Protocols\r\n\r\n", false, false},
		{"HTTP/1.1 404 Not Found\r\n\r\n", true, false},
		{"HTTP/1.1 100 Continue\r\n\r\n", true, false},
		{"HTTP/1.1 101", true, false},
		{"HTTP/1.1 4", true, false},
		{"x HTTP/1.1 101 Switching Protocols\r\n\r\n", true, false},
	};
	static const uint8_t frame[] = {0x82, 0x81, 1, 2, 3, 4, 5};
	struct engine e;
	char text[512];
	(void)state;
	test_engine(&e, CONF(""));
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct client c = web_client(&e, 2, (uint16_t)(1000 + i), 80);
		int64_t at = 0;
		if (!cases[i].first) {
			struct span other = request_for(text, PASSING, "");
			assert_true(client_say(&c, 0, other));
			at = (int64_t)other.len;
		}
		struct span ask = request_for(text, PASSING, "Upgrade: websocket\r\nConnection: upgrade\r\n");
		assert_true(client_say(&c, at, ask));
		at += (int64_t)ask.len;
		assert_int_equal(generation_of(&c), cases[i].first ? MARK_WATCHED : 0);
		assert_true(client_hears(&c, c.isn + 1 + (uint32_t)at, span_text(cases[i].answer)));
		c.ack += (uint32_t)strlen(cases[i].answer);
		if (!cases[i].opaque)
			assert_true(client_hears(&c, c.isn + 1 + (uint32_t)at, span_text(cases[0].answer)));
		assert_int_equal(client_say(&c, at, span_of(frame, sizeof frame)), cases[i].opaque);
		assert_int_equal(generation_of(&c), cases[i].opaque ? e.generation : 0);
	}
	engine_clear(&e);
}

static void a_port_used_again_has_no_limit_once_the_server_agreed(void **state)
{
	static uint8_t body[2000];
	struct engine e;
	char text[512];
	(void)state;
	test_engine(&e, CONF(""));
	for (unsigned agreed = 0; agreed < 2; agreed++) {
		struct client c = web_client(&e, 2, (uint16_t)(1000 + agreed), 80);
		assert_true(client_segment(&c, 0, span_of("", 0), TCP_ACK | TCP_FIN));
		c.isn += 100000000;
		assert_true(client_segment(&c, -1, span_of("", 0), TCP_SYN));
		assert_int_equal(generation_of(&c), MARK_WATCHED);
		if (agreed) {
			uint8_t bytes[200];
			struct craft_tcp tcp = {.seq = 499, .ack = c.isn + 1, .flags = TCP_SYN | TCP_ACK};
			assert_true(
				client_packet(&c, bytes, craft_tcp(&c.ends, &tcp, bytes, sizeof bytes), 0));
			assert_int_equal(generation_of(&c), 0);
		}
		struct span head = request_for(text, PASSING, "Content-Length: 4000000\r\n");
		assert_true(client_say(&c, 0, head));
		int64_t at = (int64_t)head.len;
		for (unsigned i = 0; i < 1000; i++, at += 2000)
			assert_true(client_say(&c, at, span_of(body, sizeof body)));
		for (unsigned i = 0; i < 1000; i++, at += 2000)
			(void)client_say(&c, at, span_of(body, sizeof body));
		assert_int_equal(c.answer.verdict == ANSWER_ACCEPT, agreed);
	}
	engine_clear(&e);
}

/* T13, T19: the server may still be in a connection of which nothing is remembered here. */
static void behind_a_forgotten_connection_nothing_goes_on_before_the_server_agreed(void **state)
{
	static const uint8_t syn_ack = TCP_SYN | TCP_ACK;
	static const char request[] = "GET / HTTP/1.1\r\nHost: " PASSING "\r\n\r\n";
	(void)state;
	for (int agreed = 0; agreed < 2; agreed++) {
		struct engine e;
		uint8_t bytes[100];
		test_engine(&e, CONF(""));
		struct client c = client_new(&e, 2, 1000, 1000);
		c.ends.target_port = 80;
		c.resumed = true;
		assert_true(client_segment(&c, -1, span_of("", 0), TCP_SYN));
		assert_int_equal(generation_of(&c), MARK_WATCHED);
		assert_true(client_segment(&c, -1, span_of("", 0), TCP_SYN));
		assert_int_equal(generation_of(&c), MARK_WATCHED);
		c.resumed = false;
		struct craft_tcp tcp = {.seq = 499,
					.ack = agreed ? c.isn + 1 : c.isn - 50,
					.flags = agreed ? syn_ack : TCP_ACK};
		assert_true(client_packet(&c, bytes, craft_tcp(&c.ends, &tcp, bytes, sizeof bytes), 0));
		assert_true(client_segment(&c, 0, span_of("", 0), TCP_ACK));
		if (!agreed) /* one byte that looks like a keep-alive would be the last one of a request */
			assert_false(client_segment(&c, -1, span_text("x"), TCP_ACK));
		assert_int_equal(client_say(&c, 0, span_text(request)), agreed);
		assert_int_equal(c.answer.reply_count, agreed ? 0 : 2);
		assert_int_equal(e.counters.n[COUNT_KILLED], agreed ? 0 : 1);
		engine_clear(&e);
	}
}

static void what_is_no_http_is_reset_on_both_sides(void **state)
{
	struct engine e;
	(void)state;
	test_engine(&e, CONF(""));
	struct client c = web_client(&e, 2, 1000, 80);
	assert_false(client_say(&c, 0, span_text("GET / HTTP/1.1\nHost: a.example\n\n")));
	assert_true((client_reply(&c, REPLY_TO_CLIENT).tcp.flags & TCP_RST) != 0);
	assert_true((client_reply(&c, REPLY_TO_SERVER).tcp.flags & TCP_RST) != 0);
	assert_int_equal(client_reply(&c, REPLY_TO_CLIENT).payload.len, 0);
	assert_int_equal(flow_bytes(e.flows), 0);
	engine_clear(&e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hello_is_decided_when_the_server_took_it_and_says_its_own),
		cmocka_unit_test(a_stricter_policy_ends_the_flows_that_an_older_one_decided),
		cmocka_unit_test(a_hello_judged_by_the_old_policy_is_decided_for_it),
		cmocka_unit_test(in_observe_mode_an_older_flow_goes_on_and_is_counted),
		cmocka_unit_test(a_retry_decides_nothing_and_the_second_hello_keeps_the_name),
		cmocka_unit_test(a_second_hello_in_the_segment_of_the_first_is_read_at_once),
		cmocka_unit_test(a_stopped_hello_is_an_alert_and_the_server_is_reset_first),
		cmocka_unit_test(a_stopped_page_is_sent_on_to_the_help_page),
		cmocka_unit_test(behind_a_request_that_passed_a_stop_is_a_reset),
		cmocka_unit_test(a_body_of_any_length_is_skipped_and_what_follows_is_read),
		cmocka_unit_test(an_upgrade_is_opaque_after_101_and_only_as_the_first_request),
		cmocka_unit_test(a_port_used_again_has_no_limit_once_the_server_agreed),
		cmocka_unit_test(behind_a_forgotten_connection_nothing_goes_on_before_the_server_agreed),
		cmocka_unit_test(what_is_no_http_is_reset_on_both_sides),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
