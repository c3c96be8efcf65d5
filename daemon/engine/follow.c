/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fixed words of what is refused here: tcp-flags (combinations no stack sends), tcp-urgent (a byte the server
 * may or may not read), tcp-md5 (a segment the server throws away), tcp-syn-data, tcp-resync (a new connection
 * where the server may still read the old one, known or forgotten), tcp-overlap (two versions of a byte), tcp-memory (too many holes, or
 * more than one client may keep), tls-second-message, tls-second-name (a hello after the hello).
 */
#include "engine/follow.h"

#include "engine/answer.h"
#include "engine/hello.h"
#include "engine/inspect.h"
#include "engine/judge.h"
#include "proto/tls.h"

enum {
	/*
	 * A SYN that re-uses addresses and ports begins a new stream. A server that still has the old connection
	 * ignores it, and a client who chose the new numbers inside the old window could have its bytes read
	 * with one framing here and with another there. So new numbers must lie further away than any window a DNS
	 * server offers, and a stream begun this way may not grow so long that it reaches there, unless the server's
	 * SYN was seen to answer the new one.
	 */
	RESYNC_DISTANCE = 1 << 22,
	RESTARTED_MAX = 1 << 21,
};

/* Goes on, with what its flow has come to for the connection mark. */
static void pass(struct engine *e, const struct flow *f, struct answer_slot *a)
{
	bool watched = f->state == FOLLOW_WATCHED || (f->state == FOLLOW_OPEN && f->restarted);
	uint8_t generation = f->state == FOLLOW_DECIDED ? f->generation : watched ? MARK_WATCHED : 0;
	answer_accept_as(e, a, generation);
}

/* Ends the flow on both sides. `server_seq` is what the server expects next. */
static void kill_flow(struct engine *e, const struct headers *h, struct flow *f, uint32_t server_seq,
		      struct answer_slot *a)
{
	if (f->state != FOLLOW_KILLED) {
		e->counters.n[COUNT_KILLED]++;
		flow_clear(e->flows, f);
		f->state = FOLLOW_KILLED;
		f->server_seq = server_seq;
	}
	answer_drop(e, a);
	if ((h->tcp.flags & TCP_RST) != 0)
		return;
	answer_reset_server(e, a, h, f->server_seq);
	answer_reset_client(e, a, h);
}

/* Refused as a whole; in observe mode what cannot be followed any more passes uninspected. */
static void refuse_flow(struct engine *e, const struct headers *h, const struct proto *proto, struct flow *f,
			uint32_t server_seq, const char *word, struct answer_slot *a)
{
	if (judge_malformed(e, h, proto->name, word, false) == JUDGE_PASS) {
		flow_clear(e->flows, f);
		f->state = FOLLOW_IGNORED;
		answer_accept(e, a);
		return;
	}
	kill_flow(e, h, f, server_seq, a);
}

/* What the protocol needs beside the front of the stream; false when there is no memory for it. */
static bool lend(struct engine *e, struct flow *f, const struct proto *proto)
{
	e->request.room = &e->url;
	e->request.flow = flow_memory(e->flows, f, proto->flow_bytes);
	return e->request.flow != NULL || proto->flow_bytes == 0;
}

/* ---- Stops ---- */

/*
 * The answer as the server would send it: acknowledging all that came, with the timestamps that the connection
 * agreed on (a client may drop segments that lack them, RFC 7323 3.2): the last of the server's own that the client saw.
 */
static void send_answer(struct engine *e, const struct headers *h, const struct flow *f, struct span payload,
			struct answer_slot *a)
{
	uint8_t options[12];
	struct writer w = writer_of(options, sizeof options);
	writer_u32(&w, 0x0101080a);
	writer_u32(&w, h->tcp.time_echo);
	writer_u32(&w, h->tcp.time);
	uint32_t end = stream_seq(&f->stream, stream_end(&f->stream));
	uint32_t ack = segment_end(h);
	struct craft_tcp tcp = {
		.seq = h->tcp.ack,
		.ack = (int32_t)(end - ack) > 0 ? end : ack,
		.flags = TCP_PSH | TCP_ACK | TCP_FIN,
		.payload = payload,
		.options = span_of(options, h->tcp.timed ? sizeof options : 0),
	};
	answer_tcp(e, a, h, &tcp);
}

/* Judges the request at the front once more and answers it; what passes by now, or has no answer, is reset. */
static void answer_front(struct engine *e, const struct headers *h, const struct proto *proto, struct flow *f,
			 struct answer_slot *a)
{
	uint8_t payload[REPLY_BYTES_MAX];
	struct writer w = writer_of(payload, sizeof payload);
	struct stop stop = {.refused = true};
	size_t used;
	(void)lend(e, f, proto);
	enum parse parsed = proto->parse(stream_front(&f->stream), TRANSPORT_STREAM, &e->request, &used);
	bool stopped = parsed == PARSE_BAD || (parsed == PARSE_OK && judge(e, h, true, &stop) == JUDGE_STOP);
	if (stopped)
		proto->answer(&e->request, &stop, &w);
	if (!stopped || !writer_ok(&w) || writer_len(&w) == 0) {
		kill_flow(e, h, f, f->server_seq, a);
		return;
	}
	/* The server first: from then on every packet of the flow comes here, the client's acknowledgement too. */
	answer_reset_server(e, a, h, f->server_seq);
	send_answer(e, h, f, span_of(payload, writer_len(&w)), a);
	f->state = FOLLOW_ANSWERED;
	f->asked_ack = h->tcp.ack;
	answer_drop(e, a);
}

/*
 * The request at the front of the stream may not go on. `server_seq` is where the server stands. `asked`: an earlier
 * request of this segment would have gone on. Where a response has a body of any length nobody here knows whether an
 * earlier one is finished: the flow is reset, and a browser asks again on another one (RFC 9112 9.3.1).
 */
static void stop_flow(struct engine *e, const struct headers *h, const struct proto *proto, struct flow *f,
		      uint32_t server_seq, bool asked, struct answer_slot *a)
{
	f->server_seq = server_seq;
	if (proto->body != NULL && (asked || f->asked)) {
		kill_flow(e, h, f, server_seq, a);
		return;
	}
	if (f->asked && h->tcp.ack == f->asked_ack) {
		f->state = FOLLOW_HELD;
		answer_drop(e, a);
		return;
	}
	answer_front(e, h, proto, f, a);
}

static void follow_held(struct engine *e, const struct headers *h, const struct proto *proto, struct flow *f,
			struct answer_slot *a)
{
	if ((h->tcp.flags & TCP_RST) != 0) {
		f->state = FOLLOW_KILLED;
		answer_accept(e, a);
	} else if (h->tcp.ack != f->asked_ack || h->payload.len > 0) {
		/* Acknowledged, or sent again: no response is coming any more. */
		answer_front(e, h, proto, f, a);
	} else {
		answer_drop(e, a);
	}
}

/* What the client says after it was answered; the server is no longer there. */
static void follow_answered(struct engine *e, const struct headers *h, const struct proto *proto,
			    struct flow *f, struct answer_slot *a)
{
	uint8_t flags = h->tcp.flags;
	if ((flags & TCP_RST) == 0 && h->payload.len > 0 && h->tcp.ack == f->asked_ack) {
		answer_front(e, h, proto, f, a); /* it has not arrived */
		return;
	}
	answer_drop(e, a);
	if ((flags & TCP_RST) != 0)
		return;
	if (h->payload.len > 0) {
		answer_reset_client(e, a, h);
	} else if ((flags & TCP_FIN) != 0) {
		struct craft_tcp last = {.seq = h->tcp.ack, .ack = segment_end(h), .flags = TCP_ACK};
		answer_tcp(e, a, h, &last);
	}
}

/* ---- The open stream ---- */

/*
 * A request passed after which the server's answer decides what the flow is. The one request of a TLS flow stays at
 * the front of the stream, for comparison with a second one.
 */
static void watch(struct engine *e, struct flow *f, const struct proto *proto, size_t used)
{
	if (proto->once)
		hello_note(e);
	f->state = FOLLOW_WATCHED;
	f->generation = e->generation;
	hello_await(f, used);
}

/* What a request that passed changes; true when more may be read behind it. */
static bool take_request(struct engine *e, struct flow *f, const struct proto *proto, size_t used, bool first)
{
	bool upgrade = proto == &protos[PROTO_HTTP] && e->request.http.upgrade;
	if (proto->once || (upgrade && first))
		watch(e, f, proto, used);
	if (proto->once)
		return false;
	stream_take(&f->stream, used);
	f->in_body = proto->body != NULL;
	return true;
}

/* Reads on in the message whose request passed; NULL, or why nobody can tell where it ends. */
static const char *read_body(struct flow *f, const struct proto *proto)
{
	const char *reason = NULL;
	size_t used = 0;
	enum parse parsed = proto->body(f->memory, stream_front(&f->stream), &used, &reason);
	if (parsed == PARSE_BAD)
		return reason;
	stream_take(&f->stream, used);
	f->in_body = parsed == PARSE_MORE;
	return NULL;
}

/* What cannot be read: false when it was answered for, true when it goes on unread. */
static bool read_badly(struct engine *e, const struct headers *h, const struct proto *proto, struct flow *f,
		       uint32_t server_seq, const char *word, struct answer_slot *a)
{
	if (judge_malformed(e, h, proto->name, word, false) == JUDGE_STOP) {
		if (proto->body != NULL)
			kill_flow(e, h, f, server_seq, a);
		else
			stop_flow(e, h, proto, f, server_seq, false, a);
		return false;
	}
	flow_clear(e->flows, f);
	f->state = FOLLOW_IGNORED;
	return true;
}

/* Judges all requests that are whole by now. False when the segment was answered for. */
static bool read_requests(struct engine *e, const struct headers *h, const struct proto *proto,
			  struct flow *f, uint32_t server_seq, struct answer_slot *a)
{
	struct stop stop;
	bool passed = false;
	if (!lend(e, f, proto))
		return read_badly(e, h, proto, f, server_seq, "tcp-memory", a);
	for (;;) {
		struct span front = stream_front(&f->stream);
		size_t used = 0;
		if (f->in_body) {
			const char *word = read_body(f, proto);
			if (word != NULL)
				return read_badly(e, h, proto, f, server_seq, word, a);
			if (f->in_body)
				break;
			continue;
		}
		if (front.len == 0)
			break;
		enum parse parsed = proto->parse(front, TRANSPORT_STREAM, &e->request, &used);
		if (parsed == PARSE_MORE)
			break;
		if (parsed == PARSE_BAD)
			return read_badly(e, h, proto, f, server_seq, e->request.reason, a);
		if (judge(e, h, false, &stop) == JUDGE_STOP && e->outcome == NULL) {
			stop_flow(e, h, proto, f, server_seq, passed, a);
			return false;
		}
		if (!take_request(e, f, proto, used, !passed && !f->asked))
			return true;
		passed = true;
	}
	if (passed) {
		f->asked = true;
		f->asked_ack = h->tcp.ack;
	}
	return true;
}

/*
 * A keep-alive may carry one garbage byte where a byte already passed (Windows sends such). With the right byte it
 * is a retransmission; with another it goes on without.
 */
static void follow_probe(struct engine *e, const struct headers *h, struct flow *f, struct answer_slot *a)
{
	const struct stream *s = &f->stream;
	int64_t at = stream_position(s, h->tcp.seq);
	bool same = h->payload.len == 0 || at < 0 ||
		    (s->bytes != NULL && at >= s->low && s->bytes[at - s->low] == h->payload.at[0]);
	if (same) {
		pass(e, f, a);
		return;
	}
	struct craft_tcp probe = {
		.to_server = true,
		.seq = h->tcp.seq,
		.ack = h->tcp.ack,
		.flags = TCP_ACK,
		.options = span_from(h->transport, 20),
	};
	e->counters.n[COUNT_PROBES]++;
	answer_tcp(e, a, h, &probe);
	answer_drop(e, a);
}

static void follow_data(struct engine *e, const struct headers *h, const struct proto *proto, struct flow *f,
			uint32_t seq, struct answer_slot *a)
{
	uint32_t server_seq = stream_seq(&f->stream, f->stream.edge);
	int64_t edge = f->stream.edge;
	switch (flow_push(e->flows, f, seq, h->payload)) {
	case STREAM_TAKEN:
		if (f->stream.edge > edge && (h->tcp.flags & TCP_FIN) == 0)
			f->ended = false; /* it goes on: the end was a decoy (T12) */
		break;
	case STREAM_OLD:
		e->counters.n[COUNT_OLD]++;
		answer_drop(e, a);
		return;
	case STREAM_FAR:
		e->counters.n[COUNT_FAR]++;
		answer_drop(e, a);
		return;
	case STREAM_CONFLICT:
		refuse_flow(e, h, proto, f, server_seq, "tcp-overlap", a);
		return;
	case STREAM_FULL:
		refuse_flow(e, h, proto, f, server_seq, "tcp-memory", a);
		return;
	}
	const char *word = NULL;
	if ((f->state != FOLLOW_WATCHED || !proto->once) && !read_requests(e, h, proto, f, server_seq, a))
		return;
	if (f->state == FOLLOW_WATCHED && proto->once)
		word = hello_again(e, f);
	if (word != NULL) {
		refuse_flow(e, h, proto, f, server_seq, word, a);
		return;
	}
	if (f->state <= FOLLOW_WATCHED && (stream_front(&f->stream).len > STREAM_AHEAD_MAX ||
					   (f->restarted && f->stream.edge > RESTARTED_MAX))) {
		kill_flow(e, h, f, server_seq, a);
		return;
	}
	pass(e, f, a);
}

static void follow_open(struct engine *e, const struct headers *h, const struct proto *proto, struct flow *f,
			struct answer_slot *a)
{
	if ((h->tcp.flags & (TCP_FIN | TCP_RST)) != 0)
		f->ended = true;
	if ((h->tcp.flags & (TCP_RST | TCP_ACK)) == 0)
		inspect_refuse(e, h, "tcp-flags", a); /* data without ACK: no server takes it (T09) */
	else if ((h->tcp.flags & TCP_RST) != 0)
		pass(e, f, a); /* what it carries is no data, and the stream is remembered (T12) */
	else if (f->unsure && h->payload.len > 0)
		refuse_flow(e, h, proto, f, stream_seq(&f->stream, f->stream.edge), "tcp-resync", a);
	else if ((h->tcp.flags & TCP_FIN) == 0 && stream_is_probe(&f->stream, h->tcp.seq, h->payload.len))
		follow_probe(e, h, f, a);
	else
		follow_data(e, h, proto, f, h->tcp.seq, a);
}

/* ---- The beginning ---- */

static void begin(struct engine *e, const struct headers *h, const struct proto *proto, struct flow *f,
		  struct answer_slot *a)
{
	flow_clear(e->flows, f);
	stream_begin(&f->stream, h->tcp.seq);
	f->state = FOLLOW_OPEN;
	f->ended = f->asked = f->in_body = false;
	if (h->payload.len > 0)
		follow_data(e, h, proto, f, h->tcp.seq + 1, a);
	else
		pass(e, f, a);
}

static bool resyncs(const struct flow *f, uint32_t isn)
{
	int32_t distance = (int32_t)(isn + 1 - stream_seq(&f->stream, stream_end(&f->stream)));
	return distance > -RESYNC_DISTANCE && distance < RESYNC_DISTANCE;
}

/*
 * A SYN near the numbers of a connection that has ended, or that was ended here: most likely a client whose kernel took
 * the same port again at once. Whether the server has forgotten the old one is not known, so the client is turned away,
 * tries again from another port, and nobody is accused.
 */
static void turn_away(struct engine *e, const struct headers *h, struct flow *f, struct answer_slot *a)
{
	e->counters.n[COUNT_TURNED_AWAY]++;
	kill_flow(e, h, f,
		  f->state <= FOLLOW_WATCHED ? stream_seq(&f->stream, f->stream.edge) : f->server_seq, a);
}

/*
 * A new stream where the kernel knows an open connection: most likely a device that was away for long and takes a port
 * again. Or the server is still in the old connection, with half a request that was forgotten here or left by way of far
 * numbers, and would take what follows as its rest (T13, T19). So no data goes on before the server's SYN has answered this
 * one; where that is not to be seen, the client tries again from another port.
 */
static void begin_resumed(struct engine *e, const struct headers *h, const struct proto *proto,
			  struct flow *f, struct answer_slot *a)
{
	bool resumed = e->packet->resumed && !e->world->conf->rules.observe;
	if (resumed && proto == &protos[PROTO_DNS]) {
		flow_clear(e->flows, f);
		stream_begin(&f->stream, h->tcp.seq);
		f->state = FOLLOW_OPEN;
		turn_away(e, h, f, a);
		return;
	}
	f->restarted = f->restarted || resumed;
	f->unsure = f->unsure || resumed;
	begin(e, h, proto, f, a);
}

static void follow_syn(struct engine *e, const struct headers *h, const struct proto *proto,
		       const struct flow_key *key, struct flow *f, struct answer_slot *a)
{
	if ((h->tcp.flags & (TCP_ACK | TCP_FIN | TCP_RST)) != 0) {
		inspect_refuse(e, h, "tcp-flags", a);
		return;
	}
	/* A client that gets no answer to data in SYN sends both once more, separately (RFC 7413 4.1.3). */
	if (h->payload.len > 0 && judge_malformed(e, h, proto->name, "tcp-syn-data", false) == JUDGE_STOP) {
		answer_drop(e, a);
		return;
	}
	if (f == NULL) {
		begin_resumed(e, h, proto, flow_open(e->flows, key, e->now_ms), a);
	} else if (f->state <= FOLLOW_WATCHED && f->stream.first == h->tcp.seq + 1) {
		pass(e, f, a);
	} else if (f->state != FOLLOW_IGNORED && f->state != FOLLOW_DECIDED && resyncs(f, h->tcp.seq)) {
		if ((f->ended || f->state > FOLLOW_WATCHED) && !e->world->conf->rules.observe)
			turn_away(e, h, f, a);
		else
			refuse_flow(e, h, proto, f, stream_seq(&f->stream, f->stream.edge), "tcp-resync", a);
	} else {
		f->restarted = true;
		begin_resumed(e, h, proto, f, a);
	}
}

/* Met in mid-stream: begun before this engine, or forgotten. Nobody knows what it has already said. */
static void follow_strange(struct engine *e, const struct headers *h, const struct flow_key *key,
			   struct answer_slot *a)
{
	if ((h->tcp.flags & TCP_RST) != 0) {
		answer_accept(e, a);
		return;
	}
	struct flow *f = flow_open(e->flows, key, e->now_ms);
	stream_begin(&f->stream, h->tcp.seq - 1);
	e->counters.n[COUNT_STRANGE]++;
	if (e->world->conf->rules.observe) {
		f->state = FOLLOW_IGNORED;
		e->counters.n[COUNT_OBSERVED_PASS]++;
		answer_accept(e, a);
		return;
	}
	kill_flow(e, h, f, h->tcp.seq, a);
}

/*
 * Queued before its connection was marked, or because a stricter policy began another generation: the firewall lets only
 * the present one past the queue. The server stands where the client's next byte would be, since all before it went by.
 */
static void follow_decided(struct engine *e, const struct headers *h, struct flow *f, struct answer_slot *a)
{
	if (f->generation != e->generation && e->world->conf->rules.observe) {
		e->counters.n[COUNT_OBSERVED_PASS]++;
		f->generation = e->generation;
	}
	if (f->generation == e->generation || (h->tcp.flags & TCP_RST) != 0) {
		pass(e, f, a);
		return;
	}
	e->counters.n[COUNT_OUTDATED]++;
	kill_flow(e, h, f, h->tcp.seq, a);
}

/* IGNORED was observe mode's promise; a flow that outlives the mode is as strange as any. */
static void follow_ignored(struct engine *e, const struct headers *h, struct flow *f, struct answer_slot *a)
{
	if (e->world->conf->rules.observe)
		answer_accept(e, a);
	else
		kill_flow(e, h, f, h->tcp.seq, a);
}

void follow(struct engine *e, const struct headers *h, const struct proto *proto, struct answer_slot *a)
{
	struct flow_key key = flow_key(h);
	struct flow *f = flow_find(e->flows, &key, e->now_ms);
	if ((h->tcp.flags & TCP_URG) != 0) {
		inspect_refuse(e, h, "tcp-urgent", a);
	} else if (h->tcp.md5) {
		inspect_refuse(e, h, "tcp-md5", a);
	} else if ((h->tcp.flags & TCP_SYN) != 0) {
		follow_syn(e, h, proto, &key, f, a);
	} else if (f == NULL) {
		follow_strange(e, h, &key, a);
	} else {
		switch ((enum follow_state)f->state) {
		case FOLLOW_OPEN:
		case FOLLOW_WATCHED:
			follow_open(e, h, proto, f, a);
			break;
		case FOLLOW_DECIDED:
			follow_decided(e, h, f, a);
			break;
		case FOLLOW_HELD:
			follow_held(e, h, proto, f, a);
			break;
		case FOLLOW_ANSWERED:
			follow_answered(e, h, proto, f, a);
			break;
		case FOLLOW_KILLED:
			kill_flow(e, h, f, f->server_seq, a);
			break;
		case FOLLOW_IGNORED:
			follow_ignored(e, h, f, a);
			break;
		}
	}
}

/* ---- The server's side ---- */

static void decide(struct engine *e, struct flow *f)
{
	e->counters.n[COUNT_DECIDED]++;
	flow_clear(e->flows, f);
	f->state = FOLLOW_DECIDED;
}

/* The answer to an upgrade: 101 makes the flow opaque, any other final answer leaves it HTTP (RFC 9110 7.8, 15.2). */
static void follow_upgrade(struct engine *e, const struct headers *h, struct flow *f)
{
	struct span said = span_of(h->payload.at, h->payload.len < 13 ? h->payload.len : 13);
	if (said.len < 13 || memcmp(said.at, "HTTP/1.", 7) != 0)
		return;
	if (memcmp(said.at + 7, "1 101 ", 6) == 0)
		decide(e, f);
	else if (said.at[9] != '1')
		f->state = FOLLOW_OPEN;
}

void follow_server(struct engine *e, const struct headers *h, const struct proto *proto,
		   struct answer_slot *a)
{
	struct flow_key key = flow_key_back(h);
	struct flow *f = flow_find(e->flows, &key, e->now_ms);
	if (f == NULL) {
		answer_accept(e, a); /* the client's next segment is strange, and is answered for */
		return;
	}
	if (f->state == FOLLOW_ANSWERED || f->state == FOLLOW_KILLED) {
		answer_drop(e, a);
		return;
	}
	if ((h->tcp.flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK) && h->tcp.ack == f->stream.first)
		f->restarted = f->unsure = false; /* it reads the new connection, not the old one */
	if (f->state == FOLLOW_WATCHED && hello_answered(h, f)) {
		if (!proto->once)
			follow_upgrade(e, h, f);
		else if (tls_server_said(h->payload) == TLS_SERVER_HELLO)
			decide(e, f);
	}
	pass(e, f, a);
}
