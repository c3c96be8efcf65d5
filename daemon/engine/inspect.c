/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/inspect.h"

#include "engine/answer.h"
#include "engine/follow.h"
#include "engine/judge.h"
#include "net/decode.h"

static bool is_one_of(const uint16_t *ports, size_t count, uint16_t port)
{
	for (size_t i = 0; i < count; i++)
		if (ports[i] == port)
			return true;
	return false;
}

static const struct proto *route(const struct engine *e, uint8_t protocol, uint16_t port)
{
	const struct conf *c = e->world->conf;
	if (port == 53 && (protocol == PROTOCOL_UDP || protocol == PROTOCOL_TCP))
		return &protos[PROTO_DNS];
	if (protocol == PROTOCOL_TCP && is_one_of(c->inspect.http_ports, c->inspect.http_port_count, port))
		return &protos[PROTO_HTTP];
	if (protocol == PROTOCOL_TCP && is_one_of(c->inspect.tls_ports, c->inspect.tls_port_count, port))
		return &protos[PROTO_TLS];
	return NULL;
}

const struct proto *inspect_proto(const struct engine *e, const struct headers *h)
{
	return route(e, h->protocol, h->target_port);
}

const struct proto *inspect_server_proto(const struct engine *e, const struct headers *h)
{
	return h->protocol == PROTOCOL_TCP && h->source_port != 53 ? route(e, h->protocol, h->source_port)
								   : NULL;
}

void inspect_refuse(struct engine *e, const struct headers *h, const char *word, struct answer_slot *a)
{
	const struct proto *proto = inspect_proto(e, h);
	if (judge_malformed(e, h, proto != NULL ? proto->name : "", word, false) == JUDGE_PASS)
		answer_accept(e, a);
	else
		answer_drop(e, a);
}

/* Every datagram is judged for itself: there is no such thing as a harmless flow (D18). */
static void inspect_datagram(struct engine *e, const struct headers *h, const struct proto *proto,
			     struct answer_slot *a)
{
	uint8_t payload[REPLY_BYTES_MAX];
	struct writer w = writer_of(payload, sizeof payload);
	struct stop stop = {.refused = true};
	enum judgement judgement;
	size_t used;
	if (proto->parse(h->payload, TRANSPORT_DATAGRAM, &e->request, &used) == PARSE_OK)
		judgement = judge(e, h, false, &stop);
	else
		judgement = judge_malformed(e, h, proto->name, e->request.reason, false);
	if (judgement == JUDGE_PASS) {
		answer_accept(e, a);
		return;
	}
	proto->answer(&e->request, &stop, &w);
	if (writer_ok(&w) && writer_len(&w) > 0)
		answer_udp(e, a, h, span_of(payload, writer_len(&w)));
	answer_drop(e, a);
}

/* gate's notice that two engines died of a packet: only its sender is known, and the packet is gone already. */
static void inspect_poison(struct engine *e, const struct packet *p, struct answer_slot *a)
{
	struct headers h = {.family = p->bytes.len == 4 ? 4 : 6};
	if (p->bytes.len <= sizeof h.source)
		memcpy(h.source, p->bytes.at, p->bytes.len);
	e->counters.n[COUNT_POISON]++;
	(void)judge_malformed(e, &h, "", "poison", false);
	answer_drop(e, a);
}

void inspect(struct engine *e, const struct packet *p, struct answer_slot *a)
{
	struct headers h;
	e->packet = p;
	e->counters.n[COUNT_PACKETS]++;
	e->counters.n[COUNT_REPEATED] += (p->flags & PACKET_REPEAT) != 0;
	if ((p->flags & PACKET_POISON) != 0) {
		inspect_poison(e, p, a);
		return;
	}
	enum decode decoded = decode(p->bytes, &h);
	if (p->wire_len > p->bytes.len || decoded != DECODE_OK) {
		inspect_refuse(e, &h, p->wire_len > p->bytes.len ? "ip-cut" : decode_words[decoded], a);
		return;
	}
	const struct proto *proto = inspect_proto(e, &h), *server = inspect_server_proto(e, &h);
	if (proto == NULL && server != NULL) {
		follow_server(e, &h, server, a);
	} else if (proto == NULL) {
		e->counters.n[COUNT_FOREIGN]++;
		answer_accept(e, a);
	} else if (h.protocol == PROTOCOL_UDP) {
		inspect_datagram(e, &h, proto, a);
	} else {
		follow(e, &h, proto, a);
	}
}
