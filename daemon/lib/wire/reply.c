/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/reply.h"

#include <netinet/in.h>

enum { IP4_HEADER = 20, IP6_HEADER = 40, UDP_HEADER = 8, TCP_HEADER = 20 };

/* Where things stand in a packet that can be read at fixed offsets. Spans point into it. */
struct outline {
	unsigned version;
	unsigned protocol;
	struct span source, destination;
	struct span source_port, destination_port;
	struct span payload; /* from the TCP or UDP header on */
};

static unsigned u16(const uint8_t *at)
{
	return (unsigned)at[0] << 8 | at[1];
}

/* RFC 791 3.1. More fragments, or an offset: ports are elsewhere. */
static bool outline_ip4(struct span p, struct outline *o)
{
	if (p.len < IP4_HEADER)
		return false;
	size_t head = (size_t)(p.at[0] & 15) * 4;
	if (head < IP4_HEADER || (u16(p.at + 6) & 0x3fff) != 0)
		return false;
	o->protocol = p.at[9];
	o->source = span_of(p.at + 12, 4);
	o->destination = span_of(p.at + 16, 4);
	o->payload = span_from(p, head);
	return true;
}

/* RFC 8200 3. Extension headers have another number in the place of the protocol and are not followed. */
static bool outline_ip6(struct span p, struct outline *o)
{
	if (p.len < IP6_HEADER)
		return false;
	o->protocol = p.at[6];
	o->source = span_of(p.at + 8, 16);
	o->destination = span_of(p.at + 24, 16);
	o->payload = span_from(p, IP6_HEADER);
	return true;
}

static bool outline_of(struct span p, struct outline *o)
{
	*o = (struct outline){.version = p.len > 0 ? p.at[0] >> 4 : 0};
	bool whole = o->version == 4 ? outline_ip4(p, o) : o->version == 6 && outline_ip6(p, o);
	if (!whole || (o->protocol != IPPROTO_TCP && o->protocol != IPPROTO_UDP) ||
	    o->payload.len < UDP_HEADER)
		return false;
	o->source_port = span_of(o->payload.at, 2);
	o->destination_port = span_of(o->payload.at + 2, 2);
	return true;
}

/* Nothing before, between or behind what the headers announce. */
static bool exact(struct span reply, const struct outline *o)
{
	if (o->version == 4 && (reply.at[0] != 0x45 || u16(reply.at + 2) != reply.len))
		return false;
	if (o->version == 6 && u16(reply.at + 4) + IP6_HEADER != reply.len)
		return false;
	if (o->protocol == IPPROTO_UDP)
		return u16(o->payload.at + 4) == o->payload.len;
	size_t head = o->payload.len >= TCP_HEADER ? (size_t)(o->payload.at[12] >> 4) * 4 : 0;
	return head >= TCP_HEADER && head <= o->payload.len;
}

static bool same_way(const struct outline *a, const struct outline *b)
{
	return span_equal(a->source, b->source) && span_equal(a->destination, b->destination) &&
	       span_equal(a->source_port, b->source_port) &&
	       span_equal(a->destination_port, b->destination_port);
}

static bool way_back(const struct outline *a, const struct outline *b)
{
	return span_equal(a->source, b->destination) && span_equal(a->destination, b->source) &&
	       span_equal(a->source_port, b->destination_port) &&
	       span_equal(a->destination_port, b->source_port);
}

enum reply_check reply_check(struct span packet, struct span reply, enum reply_way way)
{
	struct outline of_packet, of_reply;
	if (!outline_of(packet, &of_packet))
		return REPLY_NO_BASIS;
	if (!outline_of(reply, &of_reply) || !exact(reply, &of_reply) ||
	    of_reply.version != of_packet.version)
		return REPLY_SHAPE;
	if (of_reply.protocol != of_packet.protocol)
		return REPLY_PROTOCOL;
	bool ours = way == REPLY_TO_CLIENT   ? way_back(&of_reply, &of_packet)
		    : way == REPLY_TO_SERVER ? same_way(&of_reply, &of_packet)
					     : false;
	return ours ? REPLY_FIT : REPLY_ADDRESS;
}

static bool replies_fit(const struct answer_slot *a, struct span packet)
{
	for (uint32_t i = 0; i < a->reply_count; i++) {
		const struct reply_slot *r = &a->replies[i];
		enum reply_check found = reply_check(packet, span_of(r->bytes, r->len), r->way);
		if (found != REPLY_FIT && found != REPLY_NO_BASIS)
			return false;
	}
	return true;
}

enum answer_check answer_check(const struct answer_slot *a, const struct span *packet, uint32_t mark_mask)
{
	if (a->verdict != ANSWER_ACCEPT && a->verdict != ANSWER_DROP)
		return ANSWER_VERDICT;
	if ((a->mark & ~mark_mask) != 0 || (a->mark & MARK_REPLY(mark_mask)) != 0)
		return ANSWER_MARK;
	if (packet ? !replies_fit(a, *packet) : a->reply_count > 0)
		return ANSWER_REPLY;
	return ANSWER_FIT;
}
