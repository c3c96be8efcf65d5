/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A pupil and a server around an engine, in one process: segments go in, and what would have reached the server comes out.
 * The server is what the test remembers of the packets that went on.
 */
#ifndef TRYGG_UNIT_ENGINE_CLIENT_H
#define TRYGG_UNIT_ENGINE_CLIENT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "guard.h"

#include <stdlib.h>

#include "engine/answer.h"
#include "engine/follow.h"
#include "engine/inspect.h"
#include "engine/judge.h"
#include "engine/report.h"

/* 10.2 asks freely, 10.3 gets nothing that is not listed: every name of its is stopped. */
#define CONF(more)                                                                                           \
	"gateway = { id = \"t\"; run_folder = \"/nonexistent\"; };\n"                                        \
	"inspect = { interfaces = [\"lan0\"]; flows_max = 64; };\n"                                          \
	"categories = { self-harm = { titles = { nb = \"a\"; nn = \"a\"; en = \"a\"; }; severity = 3;"       \
	" log = \"concern\"; action = \"help\"; topics = [\"self_harm\"]; };"                                \
	" illegal = { titles = { nb = \"a\"; nn = \"a\"; en = \"a\"; }; severity = 4; log = \"concern\";"    \
	" action = \"help\"; mandatory = true; topics = [\"self_harm\"]; };"                                 \
	" malware = { titles = { nb = \"a\"; nn = \"a\"; en = \"a\"; }; severity = 1; log = \"event\";"      \
	" action = \"refuse\"; };"                                                                           \
	" games = { titles = { nb = \"a\"; nn = \"a\"; en = \"a\"; }; severity = 0; log = \"count\";"        \
	" action = \"refuse\"; };"                                                                           \
	" quiet = { titles = { nb = \"a\"; nn = \"a\"; en = \"a\"; }; severity = 0; log = \"none\";"         \
	" action = \"refuse\"; }; };\n"                                                                      \
	"groups = { lower = { networks = [\"10.2.0.0/16\"]; stage = \"lower-secondary\"; };"                 \
	" exam = { networks = [\"10.3.0.0/16\"]; stage = \"primary\"; default = \"deny\"; }; };\n"           \
	"help = { addresses = [\"10.0.0.5\"]; };\n" more

static inline void print_problem(void *user, const char *file, int line, const char *text)
{
	(void)user;
	print_error("%s:%d: %s\n", file, line, text);
}

static inline struct world *test_world(const char *conf)
{
	char why[256];
	struct world *w = calloc(1, sizeof *w);
	assert_non_null(w);
	assert_int_equal(
		conf_load_text("/tmp/trygg-unit.conf", span_text(conf), print_problem, NULL, &w->conf), 0);
	w->has_help4 = true;
	memcpy(w->help4, w->conf->help.addresses[0].bytes, sizeof w->help4);
	assert_int_equal(policy_init(&w->policy, w->conf, NULL, why, sizeof why), 0);
	return w;
}

static inline void test_engine(struct engine *e, const char *conf)
{
	assert_int_equal(engine_init(e, "/nonexistent/trygg.conf", 0, test_world(conf)), 0);
}

/* One client's connection. */
struct client {
	struct engine *engine;
	struct answer_slot answer; /* to the last packet */
	struct headers ends;
	uint32_t isn, ack;
	bool resumed; /* the firewall says of its SYN that the kernel knows the connection as open */
};

static inline struct client client_new(struct engine *e, uint8_t network, uint16_t port, uint32_t isn)
{
	struct client c = {.engine = e, .isn = isn, .ack = 500};
	c.ends = (struct headers){
		.family = 4, .protocol = PROTOCOL_TCP, .source_port = port, .target_port = 53};
	c.ends.source[0] = 10;
	c.ends.source[1] = network;
	c.ends.source[3] = 9;
	c.ends.target[0] = 192;
	return c;
}

static inline bool client_packet(struct client *c, const uint8_t *bytes, size_t len, uint8_t flags)
{
	struct packet p = {
		.bytes = span_of(bytes, len), .wire_len = len, .flags = flags, .resumed = c->resumed};
	c->answer = (struct answer_slot){.id = 1};
	inspect(c->engine, &p, &c->answer);
	return c->answer.verdict == ANSWER_ACCEPT;
}

/* `at` is the position in the stream. True when it went on to the server. */
static inline bool client_segment(struct client *c, int64_t at, struct span data, uint8_t flags)
{
	uint8_t bytes[4096];
	struct craft_tcp tcp = {.to_server = true,
				.seq = c->isn + 1 + (uint32_t)at,
				.ack = (flags & TCP_ACK) != 0 ? c->ack : 0,
				.flags = flags,
				.payload = data,
				.options = span_of("\1\1\10\12\0\0\0\7\0\0\0\11", 12)};
	size_t len = craft_tcp(&c->ends, &tcp, bytes, sizeof bytes);
	assert_true(len > 0);
	return client_packet(c, bytes, len, 0);
}

static inline bool client_say(struct client *c, int64_t at, struct span data)
{
	return client_segment(c, at, data, TCP_ACK | TCP_PSH);
}

/* What the server says, which the engine is shown where the firewall would. True when it went on to the client. */
static inline bool client_hears(struct client *c, uint32_t ack, struct span data)
{
	uint8_t bytes[4096];
	struct craft_tcp tcp = {.seq = c->ack, .ack = ack, .flags = TCP_ACK | TCP_PSH, .payload = data};
	size_t len = craft_tcp(&c->ends, &tcp, bytes, sizeof bytes);
	assert_true(len > 0);
	return client_packet(c, bytes, len, 0);
}

static inline void client_open(struct client *c)
{
	assert_true(client_segment(c, -1, span_of("", 0), TCP_SYN));
	assert_true(client_segment(c, 0, span_of("", 0), TCP_ACK));
}

/* The reply in that direction, decoded; fails when there is none. */
static inline struct headers client_reply(const struct client *c, enum reply_way way)
{
	struct headers h = {.family = 0};
	for (uint32_t i = 0; i < c->answer.reply_count; i++) {
		const struct reply_slot *r = &c->answer.replies[i];
		if (r->way != way)
			continue;
		assert_int_equal(decode(span_of(r->bytes, r->len), &h), DECODE_OK);
		assert_int_equal(h.source_port,
				 way == REPLY_TO_SERVER ? c->ends.source_port : c->ends.target_port);
		return h;
	}
	fail_msg("no reply that way");
	return h;
}

/* Framed queries, one after another. */
struct talk {
	uint8_t at[2048];
	size_t len;
};

static inline void talk_query(struct talk *t, const char *name)
{
	struct writer w = writer_of(t->at + t->len, sizeof t->at - t->len);
	writer_u16(&w, (uint16_t)(12 + strlen(name) + 2 + 4));
	writer_u32(&w, 0x12340100);
	writer_u32(&w, 0x00010000);
	writer_u32(&w, 0);
	for (size_t label; *name != '\0'; name += label + (name[label] == '.')) {
		label = strcspn(name, ".");
		writer_u8(&w, (uint8_t)label);
		writer_bytes(&w, name, label);
	}
	writer_u8(&w, 0);
	writer_u32(&w, 0x00010001);
	assert_true(writer_ok(&w));
	t->len += writer_len(&w);
}

static inline struct span talk_part(const struct talk *t, size_t from, size_t to)
{
	return span_of(t->at + from, to - from);
}

#define PASSING "www.example.org"
#define STOPPED "use-application-dns.net"

#endif
