/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * follow(): the input is a list of things that a client, a server and time can do, played before the whole engine once for
 * each kind of server (server_model.h). The kernel between them is played too, as far as it matters: a connection
 * mark that takes decided flows past the engine, and a memory of open connections that outlives the engine's.
 *
 * Whatever comes in whatever order: no position of a stream goes on in two versions; every byte that is news to the server
 * belongs to the stream that the engine reads, and is the byte it has read; the server never has a whole request that
 * is stopped, nor more whole requests than were judged; and in the end no memory is lost.
 */
#include "engine/follow.h"

#include "engine/inspect.h"
#include "net/craft.h"
#include "server_model.h"

enum {
	RAW_MAX = 64,
	CROWD = 24, /* other flows of the same client: more than he may have */
	STEPS_MAX = 400,
	VERSION_MAX = 1024,
	IDLE_MS = 600000,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is said in one version of a stream: repeated for ever. */
struct version {
	uint8_t at[VERSION_MAX];
	size_t len;
};

struct port {
	uint16_t number;
	const struct proto *proto;
	size_t (*whole)(const struct model *m);
	struct version
		versions[3]; /* passing, stopped at the same length, passing with a body or other framing */
};

static struct port ports[3];
static struct world *world;

/* One play of an input. */
struct play {
	struct engine *engine;
	struct model server;
	const struct port *port;
	struct headers ends;
	uint32_t base; /* sequence number of the client's position 0 */
	int64_t cursor;
	uint32_t ack;
	uint32_t mark;      /* of the connection, only the generation */
	size_t whole, past; /* whole requests of this connection, and of those before it */
	uint64_t passed;    /* requests that were allowed, of engines that died */
	/* What went on of the stream that begins at `first`. */
	uint32_t first;
	uint8_t went[MODEL_BYTES];
	bool gone[MODEL_BYTES];
};

/* ---- What is said ---- */

static void say(struct version *v, const void *at, size_t len)
{
	if (v->len + len > VERSION_MAX)
		abort();
	memcpy(v->at + v->len, at, len);
	v->len += len;
}

static void say_text(struct version *v, const char *text)
{
	say(v, text, strlen(text));
}

static void say_hello(struct version *v, const char *name, size_t piece)
{
	uint8_t body[256];
	struct writer w = writer_of(body, sizeof body);
	size_t n = strlen(name);
	writer_u32(&w, 0x01000000u | (uint32_t)(2 + 32 + 1 + 4 + 2 + 2 + 9 + n));
	writer_u16(&w, 0x0303);
	for (unsigned i = 0; i < 32; i++)
		writer_u8(&w, (uint8_t)i);
	writer_u8(&w, 0);
	writer_u32(&w, 0x00021301);
	writer_u16(&w, 0x0100);
	writer_u16(&w, (uint16_t)(9 + n));
	writer_u16(&w, 0);
	writer_u16(&w, (uint16_t)(5 + n));
	writer_u16(&w, (uint16_t)(3 + n));
	writer_u8(&w, 0);
	writer_u16(&w, (uint16_t)n);
	writer_bytes(&w, name, n);
	for (size_t at = 0; at < writer_len(&w); at += piece) {
		size_t len = writer_len(&w) - at < piece ? writer_len(&w) - at : piece;
		uint8_t head[5] = {22, 3, 1, (uint8_t)(len >> 8), (uint8_t)len};
		say(v, head, sizeof head);
		say(v, body + at, len);
	}
}

static void say_question(struct version *v, const char *first_label)
{
	uint8_t bytes[128];
	size_t n = strlen(first_label);
	struct writer w = writer_of(bytes, sizeof bytes);
	writer_u16(&w, (uint16_t)(12 + 1 + n + 5 + 4));
	writer_u32(&w, 0x12340100);
	writer_u32(&w, 0x00010000);
	writer_u32(&w, 0);
	writer_u8(&w, (uint8_t)n);
	writer_bytes(&w, first_label, n);
	writer_bytes(&w, "\3net", 5);
	writer_u32(&w, 0x00010001);
	say(v, bytes, writer_len(&w));
}

static void prepare(void)
{
	static const char *const names[] = {"use-application-dms", "use-application-dns"};
	char text[200];
	ports[0] = (struct port){.number = 80, .proto = &protos[PROTO_HTTP], .whole = model_http};
	ports[1] = (struct port){.number = 443, .proto = &protos[PROTO_TLS], .whole = model_tls};
	ports[2] = (struct port){.number = 53, .proto = &protos[PROTO_DNS], .whole = model_dns};
	for (int i = 0; i < 2; i++) {
		snprintf(text, sizeof text, "GET /%s HTTP/1.1\r\nHost: %s.net\r\n\r\n", "abc", names[i]);
		say_text(&ports[0].versions[i], text);
		snprintf(text, sizeof text, "GET http://%s.net/ HTTP/1.0\r\n\r\n", names[i]);
		say_text(&ports[0].versions[i], text);
		snprintf(text, sizeof text, "%s.net", names[i]);
		say_hello(&ports[1].versions[i], text, 1000);
		say_text(&ports[1].versions[i], "\x14\3\3\0\1\1\x17\3\3\0\5abcde");
		say_question(&ports[2].versions[i], names[i]);
	}
	snprintf(text, sizeof text,
		 "POST /b HTTP/1.1\r\nHost: %s.net\r\nContent-Length: 40\r\n\r\n"
		 "Host: use-application-dns.net 0123456789",
		 names[0]);
	say_text(&ports[0].versions[2], text);
	say_text(&ports[0].versions[2], "GET / HTTP/1.1\r\nHost: a.net\r\nUpgrade: websocket\r\n"
					"Connection: Upgrade\r\n\r\n");
	say_hello(&ports[1].versions[2], "use-application-dms.net", 7);
	say_question(&ports[2].versions[2], "a");
}

static void complain(void *user, const char *file, int line, const char *text)
{
	(void)user;
	fprintf(stderr, "%s:%d: %s\n", file, line, text);
}

static void begin_world(void)
{
	static const char conf[] =
		"gateway = { id = \"t\"; run_folder = \"/nonexistent\"; };\n"
		"inspect = { interfaces = [\"lan0\"]; flows_max = 64; };\n"
		"categories = { games = { titles = { nb = \"a\"; nn = \"a\"; en = \"a\"; }; severity = 0;"
		" log = \"count\"; action = \"refuse\"; }; };\n"
		"groups = { lower = { networks = [\"10.2.0.0/16\"]; stage = \"lower-secondary\"; }; };\n"
		"help = { addresses = [\"10.0.0.5\"]; };\n";
	char why[256];
	world = calloc(1, sizeof *world);
	if (world == NULL ||
	    conf_load_text("/tmp/trygg-fuzz.conf", span_text(conf), complain, NULL, &world->conf) != 0 ||
	    policy_init(&world->policy, world->conf, NULL, why, sizeof why) != 0)
		abort();
	world->has_help4 = true;
	prepare();
}

/* ---- What went on ---- */

static const struct flow *flow_of(struct play *p)
{
	struct flow_key key = flow_key(&p->ends);
	return flow_find(p->engine->flows, &key, p->engine->now_ms);
}

/* A segment that the filter let go, and that is no news to nobody. */
static void went_on(struct play *p, const struct flow *f, uint32_t seq, struct span data)
{
	if (f->stream.first != p->first) {
		p->first = f->stream.first;
		memset(p->gone, 0, sizeof p->gone);
	}
	for (size_t i = 0; i < data.len; i++) {
		int64_t at = (int32_t)(seq + (uint32_t)i - p->first);
		if (at < 0 || at >= MODEL_BYTES)
			continue;
		model_check(!p->gone[at] || p->went[at] == data.at[i], "two versions of a byte went on");
		p->gone[at] = true;
		p->went[at] = data.at[i];
	}
}

/* What the server has of the engine's stream is what the engine has read. */
static void compare(const struct play *p, const struct flow *f)
{
	const struct stream *s = &f->stream;
	if (!p->server.open || s->bytes == NULL || s->first != p->server.first)
		return;
	model_check((int64_t)p->server.next <= s->edge, "the server has more than was read");
	for (int64_t at = s->low; at < (int64_t)p->server.next; at++)
		model_check(s->bytes[at - s->low] == p->server.bytes[at], "the server read another byte");
}

static void judge_server(struct play *p)
{
	if (p->server.opaque || !p->server.open)
		return;
	p->whole = p->port->whole(&p->server);
	uint64_t judged = p->passed;
	for (int i = 0; i < ACTIONS; i++)
		if (i != ACTION_HELP && i != ACTION_REFUSE)
			judged += p->engine->counters.requests[p->port->proto - protos][i];
	model_check(p->past + p->whole <= judged, "more requests are whole at the server than were judged");
}

/* A packet of the client's that arrives at the server. */
static void arrive(struct play *p, const struct headers *h, const struct flow *f)
{
	if ((h->tcp.flags & TCP_SYN) != 0) {
		/* The same numbers again can only bring the same bytes again. */
		size_t before = h->tcp.seq + 1 != p->server.first ? p->whole : 0;
		if ((h->tcp.flags & (TCP_ACK | TCP_RST | TCP_FIN)) == 0 &&
		    model_syn(&p->server, h->tcp.seq)) {
			p->past += before;
			p->whole = 0;
			memset(p->gone, 0, sizeof p->gone);
		}
		return;
	}
	if ((h->tcp.flags & TCP_RST) != 0) {
		model_reset(&p->server, h->tcp.seq);
		return;
	}
	bool news = model_data(&p->server, h->tcp.seq, h->payload.at, h->payload.len,
			       (h->tcp.flags & TCP_FIN) != 0);
	if (p->server.opaque)
		return;
	model_check(!news || f != NULL, "a byte of an unknown flow came to the server");
	model_check(!news || f->stream.first == p->server.first,
		    "the server reads another stream than was judged");
	if (f != NULL)
		compare(p, f);
	judge_server(p);
}

static void replies(struct play *p, const struct answer_slot *a)
{
	for (uint32_t i = 0; i < a->reply_count; i++) {
		struct headers h;
		if (a->replies[i].way != REPLY_TO_SERVER)
			continue;
		model_check(decode(span_of(a->replies[i].bytes, a->replies[i].len), &h) == DECODE_OK,
			    "a reply");
		arrive(p, &h, flow_of(p));
	}
}

static uint32_t generation(const struct play *p, const struct answer_slot *a)
{
	return a->mark / MARK_GENERATION(p->engine->world->conf->inspect.mark_mask, 1);
}

/* With LOUD in the environment the packets of a play are told. */
static void tell(const struct play *p, const struct headers *h, const struct answer_slot *a, bool lost)
{
	if (getenv("LOUD") == NULL)
		return;
	fprintf(stderr, "%s%s flags %02x at %d len %zu: %s mark %u replies %u; server %s first %d next %zu\n",
		lost ? "lost " : "", h->tcp.flags & TCP_SYN ? "SYN" : "seg", h->tcp.flags,
		(int32_t)(h->tcp.seq - p->base), h->payload.len, a->verdict == ANSWER_ACCEPT ? "on" : "drop",
		generation(p, a), a->reply_count, p->server.open ? "open" : "closed",
		(int32_t)(p->server.first - p->base), p->server.next);
}

static void client_packet(struct play *p, uint32_t seq, uint8_t flags, struct span data, bool lost)
{
	static struct answer_slot a;
	uint8_t bytes[2048];
	struct headers h;
	struct craft_tcp tcp = {.to_server = true,
				.seq = seq,
				.ack = (flags & TCP_ACK) != 0 ? p->ack : 0,
				.flags = flags,
				.payload = data};
	size_t len = craft_tcp(&p->ends, &tcp, bytes, sizeof bytes);
	if (len == 0 || decode(span_of(bytes, len), &h) != DECODE_OK)
		return;
	bool decided = p->mark != 0 && p->mark != MARK_WATCHED && (flags & TCP_SYN) == 0;
	struct packet packet = {.bytes = span_of(bytes, len),
				.wire_len = len,
				.resumed = (flags & TCP_SYN) != 0 && p->server.open};
	a = (struct answer_slot){.id = 1, .verdict = ANSWER_ACCEPT, .mark = 0};
	if (!decided)
		inspect(p->engine, &packet, &a);
	const struct flow *f = flow_of(p);
	tell(p, &h, &a, lost);
	if (a.verdict == ANSWER_ACCEPT) {
		if ((flags & TCP_SYN) != 0 && !p->server.open)
			memset(p->gone, 0, sizeof p->gone); /* nobody is there who has read any of it */
		if (!decided)
			p->mark = generation(p, &a);
		if (f != NULL && !decided && f->state != FOLLOW_DECIDED && (flags & (TCP_SYN | TCP_RST)) == 0)
			went_on(p, f, seq, data);
		if (!lost)
			arrive(p, &h, f);
	}
	replies(p, &a);
}

/* ---- The steps ---- */

static size_t content(const struct play *p, int64_t at, unsigned version, size_t len, struct reader *r,
		      uint8_t *out)
{
	if (version == 3) {
		size_t n = len < RAW_MAX ? len : RAW_MAX;
		struct span raw = reader_take(r, n < reader_left(r) ? n : reader_left(r));
		memcpy(out, raw.at, raw.len);
		return raw.len;
	}
	const struct version *v = &p->port->versions[version];
	for (size_t i = 0; i < len; i++) {
		int64_t k = (at + (int64_t)i) % (int64_t)v->len;
		out[i] = v->at[k < 0 ? k + (int64_t)v->len : k];
	}
	return len;
}

static void step_segment(struct play *p, struct reader *r)
{
	static const uint8_t flags_of[] = {TCP_ACK | TCP_PSH, TCP_ACK | TCP_PSH, TCP_ACK | TCP_PSH,
					   TCP_ACK,           TCP_ACK | TCP_FIN, TCP_ACK | TCP_RST,
					   TCP_PSH,           TCP_SYN | TCP_ACK};
	uint8_t bytes[1024];
	int64_t at = p->cursor + (int16_t)reader_u16(r);
	size_t len = (size_t)reader_u8(r) * 2;
	uint8_t how = reader_u8(r);
	len = content(p, at, how & 3, len, r, bytes);
	client_packet(p, p->base + (uint32_t)at, flags_of[how >> 3 & 7], span_of(bytes, len), (how & 4) != 0);
	if ((how & 64) != 0 && at + (int64_t)len > p->cursor)
		p->cursor = at + (int64_t)len;
	p->ack += how >> 7;
}

/* The next piece, honestly, in the version named. */
static void step_next(struct play *p, struct reader *r)
{
	uint8_t bytes[1024];
	size_t len = reader_u8(r);
	uint8_t how = reader_u8(r);
	len = content(p, p->cursor, how & 3, len, r, bytes);
	client_packet(p, p->base + (uint32_t)p->cursor, TCP_ACK | TCP_PSH, span_of(bytes, len),
		      (how & 4) != 0);
	p->cursor += (int64_t)len;
	p->ack += how >> 7;
}

static void step_syn(struct play *p, struct reader *r)
{
	uint8_t how = reader_u8(r);
	uint32_t isn = p->base - 1;
	if ((how & 3) == 1)
		isn = p->base + (uint32_t)p->cursor - 1;
	else if ((how & 3) == 2)
		isn = p->base + (uint32_t)(p->cursor - 1 + (int16_t)reader_u16(r));
	else if ((how & 3) == 3)
		isn = reader_u32(r);
	client_packet(p, isn, TCP_SYN, span_of("", 0), (how & 4) != 0);
	if (isn != p->base - 1)
		p->cursor = 0;
	p->base = isn + 1;
}

static void step_time(struct play *p, struct reader *r)
{
	p->engine->now_ms += (int64_t)reader_u16(r) * 1000;
	flow_expire(p->engine->flows, p->engine->now_ms, IDLE_MS, 8);
}

static void step_crowd(struct play *p, struct reader *r)
{
	static struct answer_slot a;
	uint8_t bytes[128];
	struct headers ends = p->ends;
	(void)r;
	for (uint16_t i = 0; i < CROWD; i++) {
		struct craft_tcp tcp = {.to_server = true, .flags = TCP_SYN, .seq = i};
		ends.source_port = (uint16_t)(2000 + i);
		struct packet packet = {.bytes = span_of(bytes, craft_tcp(&ends, &tcp, bytes, sizeof bytes))};
		packet.wire_len = packet.bytes.len;
		a = (struct answer_slot){.id = 1};
		inspect(p->engine, &packet, &a);
	}
}

static void step_death(struct play *p, struct reader *r)
{
	struct flow_limits limits = {
		.flows = 64, .flows_a_client = 16, .bytes = 1 << 20, .bytes_a_client = 1 << 19};
	(void)r;
	if (p->engine->flows != NULL)
		model_check(flow_bytes(p->engine->flows) <= limits.bytes, "memory is bounded");
	flow_table_free(p->engine->flows);
	p->engine->flows = flow_table_new(&limits);
	if (p->engine->flows == NULL)
		abort();
}

/* What the server says, which the filter sees where the firewall would show it. */
static void step_server(struct play *p, struct reader *r)
{
	static struct answer_slot a;
	static const struct {
		const char *text;
		size_t len;
	} words[] = {
#define WORD(text) {text, sizeof text - 1}
		WORD(""),
		WORD("\x16\3\3\0\x37\2\0\0\x33\3\3abcdefghijklmnopqrstuvwxyz0123456789"),
		WORD("\x16\3\3\0\x37\2\0\0\x33\3\3\xcf\x21\xad\x74\xe5\x9a\x61\x11\xbe\x1d\x8c\x02\x1e\x65"
		     "\xb8\x91"
		     "\xc2\xa2\x11\x16\x7a\xbb\x8c\x5e\x07\x9e\x09\xe2\xc8\xa8\x33\x9c"),
		WORD("HTTP/1.1 101 Switching Protocols\r\n\r\n"),
		WORD("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
		WORD("HTTP/1.1 100 Continue\r\n\r\n"),
	};
	uint8_t how = reader_u8(r), bytes[256];
	size_t which = (how & 7) % (sizeof words / sizeof words[0]);
	bool syn = (how & 8) != 0;
	const struct flow *f;
	if (!p->server.open || p->mark != MARK_WATCHED || p->port->number == 53)
		return;
	struct craft_tcp tcp = {.seq = p->ack - (uint32_t)syn,
				.ack = p->server.first + (uint32_t)p->server.next,
				.flags = (uint8_t)(TCP_ACK | (syn ? TCP_SYN : 0)),
				.payload = span_of(words[which].text, syn ? 0 : words[which].len)};
	if (syn)
		tcp.ack = p->server.first;
	struct packet packet = {.bytes = span_of(bytes, craft_tcp(&p->ends, &tcp, bytes, sizeof bytes))};
	packet.wire_len = packet.bytes.len;
	a = (struct answer_slot){.id = 1};
	inspect(p->engine, &packet, &a);
	if (a.verdict == ANSWER_ACCEPT)
		p->mark = generation(p, &a);
	f = flow_of(p);
	if (f != NULL && f->state == FOLLOW_DECIDED && !p->server.opaque) {
		model_check(f->stream.first == p->server.first, "another stream was decided");
		p->server.opaque = true;
	}
	p->ack += (uint32_t)tcp.payload.len;
}

/* The server has had enough, and then knows nothing. */
static void step_close(struct play *p, struct reader *r)
{
	(void)r;
	p->server.open = false;
}

static void step_probe(struct play *p, struct reader *r)
{
	uint8_t garbage = reader_u8(r);
	client_packet(p, p->base + (uint32_t)p->cursor - 1, TCP_ACK, span_of(&garbage, garbage & 1), false);
}

static void (*const steps[16])(struct play *p, struct reader *r) = {
	step_segment, step_segment, step_segment, step_segment, step_segment, step_next,
	step_next,    step_next,    step_syn,     step_syn,     step_time,    step_crowd,
	step_death,   step_server,  step_close,   step_probe};

static void play(struct play *p, const uint8_t *data, size_t size, const struct model_kind *kind)
{
	struct reader r = reader_of(span_of(data, size));
	struct engine *e = p->engine;
	memset(&e->counters, 0, sizeof e->counters);
	e->now_ms = 1000;
	step_death(p, &r);
	p->server.kind = kind;
	p->server.open = false;
	p->whole = p->past = 0;
	p->mark = 0;
	p->ack = 500;
	p->cursor = 0;
	p->first = 0;
	memset(p->gone, 0, sizeof p->gone);
	p->port = &ports[reader_u8(&r) % 3];
	p->ends.target_port = p->port->number;
	p->base = reader_u32(&r) + 1;
	client_packet(p, p->base - 1, TCP_SYN, span_of("", 0), false);
	client_packet(p, p->base, TCP_ACK, span_of("", 0), false);
	for (unsigned i = 0; i < STEPS_MAX && reader_left(&r) > 0; i++)
		steps[reader_u8(&r) & 15](p, &r);
	step_crowd(p, &r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct engine engine;
	static struct play p;
	if (world == NULL) {
		begin_world();
		engine = (struct engine){.conf_path = "/nonexistent", .world = world, .generation = 3};
		p.engine = &engine;
		p.ends = (struct headers){.family = 4, .protocol = PROTOCOL_TCP, .source_port = 1000};
		memcpy(p.ends.source, "\x0a\2\0\x09", 4);
		memcpy(p.ends.target, "\xc0\0\0\1", 4);
	}
	for (unsigned i = 0; i < MODEL_KINDS; i++)
		play(&p, data, size, &model_kinds[i]);
	return 0;
}
