/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/answer.h"

void answer_accept(struct engine *e, struct answer_slot *a)
{
	a->verdict = ANSWER_ACCEPT;
	e->counters.n[COUNT_ACCEPTED]++;
}

void answer_accept_as(struct engine *e, struct answer_slot *a, uint8_t generation)
{
	a->mark = MARK_GENERATION(e->world->conf->inspect.mark_mask, generation);
	answer_accept(e, a);
}

void answer_drop(struct engine *e, struct answer_slot *a)
{
	a->verdict = ANSWER_DROP;
	e->counters.n[COUNT_DROPPED]++;
}

static struct reply_slot *next_reply(struct answer_slot *a)
{
	return a->reply_count < REPLY_MAX ? &a->replies[a->reply_count] : NULL;
}

static void keep_reply(struct engine *e, struct answer_slot *a, enum reply_way way, size_t len)
{
	if (len == 0) {
		e->counters.n[COUNT_UNFIT]++;
		return;
	}
	a->replies[a->reply_count].way = way;
	a->replies[a->reply_count].len = (uint32_t)len;
	a->reply_count++;
	e->counters.n[COUNT_REPLIES]++;
}

void answer_udp(struct engine *e, struct answer_slot *a, const struct headers *h, struct span payload)
{
	struct reply_slot *r = next_reply(a);
	size_t len = r != NULL ? craft_udp(h, payload, r->bytes, sizeof r->bytes) : 0;
	keep_reply(e, a, REPLY_TO_CLIENT, len);
}

void answer_tcp(struct engine *e, struct answer_slot *a, const struct headers *h, const struct craft_tcp *tcp)
{
	struct reply_slot *r = next_reply(a);
	size_t len = r != NULL ? craft_tcp(h, tcp, r->bytes, sizeof r->bytes) : 0;
	keep_reply(e, a, tcp->to_server ? REPLY_TO_SERVER : REPLY_TO_CLIENT, len);
}

uint32_t segment_end(const struct headers *h)
{
	uint8_t f = h->tcp.flags;
	return h->tcp.seq + (uint32_t)h->payload.len + ((f & TCP_SYN) != 0) + ((f & TCP_FIN) != 0);
}

void answer_reset_client(struct engine *e, struct answer_slot *a, const struct headers *h)
{
	/* RFC 9293 3.10.7.1: with ACK the reset takes its number from there, without it begins at zero. */
	struct craft_tcp tcp = {
		.seq = (h->tcp.flags & TCP_ACK) != 0 ? h->tcp.ack : 0,
		.ack = segment_end(h),
		.flags = TCP_RST | TCP_ACK,
	};
	answer_tcp(e, a, h, &tcp);
}

void answer_reset_server(struct engine *e, struct answer_slot *a, const struct headers *h,
			 uint32_t server_seq)
{
	struct craft_tcp tcp = {
		.to_server = true,
		.seq = server_seq,
		.ack = h->tcp.ack,
		.flags = (uint8_t)(TCP_RST | ((h->tcp.flags & TCP_ACK) != 0 ? TCP_ACK : 0)),
	};
	answer_tcp(e, a, h, &tcp);
}
