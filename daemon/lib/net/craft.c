/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Headers written field by field; the checksum over pseudo header and segment at the end (RFC 9293 3.1, RFC
 * 8200 8.1).
 */
#include "net/craft.h"
#include "base/cursor.h"

enum { HOPS = 64, WINDOW = 65535 };

uint32_t craft_sum(uint32_t sum, struct span bytes)
{
	size_t i = 0;
	for (; i + 1 < bytes.len; i += 2)
		sum += (uint32_t)bytes.at[i] << 8 | bytes.at[i + 1];
	if (i < bytes.len)
		sum += (uint32_t)bytes.at[i] << 8;
	return sum;
}

uint16_t craft_fold(uint32_t sum)
{
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

struct ends {
	struct span from, to; /* addresses */
	uint16_t from_port, to_port;
};

static struct ends ends_of(const struct headers *h, bool to_server)
{
	size_t len = h->family == 4 ? 4 : 16;
	struct ends e = {span_of(h->source, len), span_of(h->target, len), h->source_port, h->target_port};
	if (!to_server)
		e = (struct ends){e.to, e.from, e.to_port, e.from_port};
	return e;
}

static void put_u16(uint8_t *at, uint16_t v)
{
	at[0] = (uint8_t)(v >> 8);
	at[1] = (uint8_t)v;
}

static void write_ip(struct writer *w, const struct headers *h, const struct ends *e, uint8_t protocol,
		     size_t len)
{
	uint8_t *start = w->at;
	if (h->family == 4) {
		writer_u16(w, 0x4500);
		writer_u16(w, (uint16_t)(20 + len));
		writer_u16(w, 0);
		writer_u16(w, 0x4000); /* do not fragment; so the identification may be zero (RFC 6864) */
		writer_u8(w, HOPS);
		writer_u8(w, protocol);
		writer_u16(w, 0);
	} else {
		writer_u32(w, 0x60000000);
		writer_u16(w, (uint16_t)len);
		writer_u8(w, protocol);
		writer_u8(w, HOPS);
	}
	writer_span(w, e->from);
	writer_span(w, e->to);
	if (h->family == 4 && writer_ok(w))
		put_u16(start + 10, craft_fold(craft_sum(0, span_of(start, 20))));
}

/* Fills in the checksum at `at` of the segment that ends where the writer stands. */
static void seal(struct writer *w, const struct ends *e, uint8_t protocol, const uint8_t *segment, size_t at)
{
	if (!writer_ok(w))
		return;
	size_t len = (size_t)(w->at - segment);
	uint32_t sum = craft_sum(craft_sum((uint32_t)len + protocol, e->from), e->to);
	uint16_t check = craft_fold(craft_sum(sum, span_of(segment, len)));
	/* For UDP zero means "none" (RFC 768), and all ones is the same number. */
	put_u16(w->start + (segment - w->start) + at,
		check == 0 && protocol == PROTOCOL_UDP ? 0xffff : check);
}

size_t craft_udp(const struct headers *h, struct span payload, void *out, size_t size)
{
	struct writer w = writer_of(out, size);
	struct ends e = ends_of(h, false);
	if (payload.len > 65507)
		return 0;
	write_ip(&w, h, &e, PROTOCOL_UDP, 8 + payload.len);
	const uint8_t *segment = w.at;
	writer_u16(&w, e.from_port);
	writer_u16(&w, e.to_port);
	writer_u16(&w, (uint16_t)(8 + payload.len));
	writer_u16(&w, 0);
	writer_span(&w, payload);
	seal(&w, &e, PROTOCOL_UDP, segment, 6);
	return writer_ok(&w) ? writer_len(&w) : 0;
}

size_t craft_tcp(const struct headers *h, const struct craft_tcp *r, void *out, size_t size)
{
	struct writer w = writer_of(out, size);
	struct ends e = ends_of(h, r->to_server);
	size_t head = 20 + r->options.len;
	if (head > 60 || head % 4 != 0 || r->payload.len > 65495 - 40)
		return 0;
	write_ip(&w, h, &e, PROTOCOL_TCP, head + r->payload.len);
	const uint8_t *segment = w.at;
	writer_u16(&w, e.from_port);
	writer_u16(&w, e.to_port);
	writer_u32(&w, r->seq);
	writer_u32(&w, r->ack);
	writer_u8(&w, (uint8_t)(head / 4 << 4));
	writer_u8(&w, r->flags);
	writer_u16(&w, r->flags & TCP_RST ? 0 : WINDOW);
	writer_u32(&w, 0);
	writer_span(&w, r->options);
	writer_span(&w, r->payload);
	seal(&w, &e, PROTOCOL_TCP, segment, 16);
	return writer_ok(&w) ? writer_len(&w) : 0;
}
