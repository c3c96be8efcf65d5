/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The walk notes the first thing that is wrong and goes on to the ports where it can, because a refused
 * packet to an inspected port is evidence and the same oddity elsewhere is none of our business. Extension
 * headers: RFC 8200 section 4; the chain is followed at most 64 headers even when 8 are already too many.
 */
#include "net/decode.h"
#include "base/cursor.h"

enum { WALK_MAX = 64 };

enum {
	NEXT_HOP_BY_HOP = 0,
	NEXT_ROUTING = 43,
	NEXT_FRAGMENT = 44,
	NEXT_AUTHENTICATION = 51,
	NEXT_DESTINATION = 60,
	NEXT_MOBILITY = 135,
	NEXT_HIP = 139,
	NEXT_SHIM6 = 140,
};

const char *const decode_words[DECODES] = {
	[DECODE_OK] = "ok",
	[DECODE_SHORT] = "ip-short",
	[DECODE_VERSION] = "ip-version",
	[DECODE_LENGTH] = "ip-length",
	[DECODE_JUMBO] = "ip-jumbo",
	[DECODE_OPTIONS] = "ip-options",
	[DECODE_FRAGMENT] = "ip-fragment",
	[DECODE_EXTENSION] = "ip-extension",
	[DECODE_ROUTING] = "ip-routing",
	[DECODE_PROTOCOL] = "ip-protocol",
	[DECODE_UDP] = "udp-length",
	[DECODE_TCP] = "tcp-offset",
};

/* The first finding is the one that is told. */
static void note(enum decode *result, enum decode finding)
{
	if (*result == DECODE_OK)
		*result = finding;
}

/* The options that matter here (RFC 9293 3.1); what follows a broken one is not an option for anybody. */
static void tcp_options(struct span options, struct headers *out)
{
	struct reader r = reader_of(options);
	while (reader_left(&r) > 0) {
		uint8_t kind = reader_u8(&r);
		if (kind == 0)
			return;
		if (kind == 1)
			continue;
		uint8_t len = reader_u8(&r);
		if (kind == 19)
			out->tcp.md5 = true;
		if (len < 2)
			return;
		struct reader body = reader_of(reader_take(&r, len - 2u));
		if (kind == 8 && len == 10 && reader_left(&body) == 8) {
			out->tcp.timed = true;
			out->tcp.time = reader_u32(&body);
			out->tcp.time_echo = reader_u32(&body);
		}
	}
}

static void decode_tcp(struct span segment, struct headers *out, enum decode *result)
{
	struct reader r = reader_of(segment);
	out->source_port = reader_u16(&r);
	out->target_port = reader_u16(&r);
	uint32_t seq = reader_u32(&r);
	uint32_t ack = reader_u32(&r);
	size_t head = (size_t)(reader_u8(&r) >> 4) * 4;
	uint8_t flags = reader_u8(&r) & 0x3f;
	uint16_t window = reader_u16(&r);
	reader_skip(&r, 4); /* checksum: verified by connection tracking; urgent pointer: URG is refused */
	if (!reader_ok(&r)) {
		note(result, DECODE_SHORT);
		return;
	}
	if (head < 20 || head > segment.len) {
		note(result, DECODE_TCP);
		return;
	}
	if (*result != DECODE_OK)
		return;
	out->tcp.seq = seq;
	out->tcp.ack = ack;
	out->tcp.flags = flags;
	out->tcp.window = window;
	tcp_options(reader_take(&r, head - 20), out);
	out->transport = span_of(segment.at, head);
	out->payload = reader_rest(&r);
}

static void decode_udp(struct span datagram, struct headers *out, enum decode *result)
{
	struct reader r = reader_of(datagram);
	out->source_port = reader_u16(&r);
	out->target_port = reader_u16(&r);
	uint16_t len = reader_u16(&r);
	reader_skip(&r, 2);
	if (!reader_ok(&r)) {
		note(result, DECODE_SHORT);
		return;
	}
	/* RFC 768 allows bytes behind the datagram (RFC 9868 uses them); no DNS client sends any. */
	if (len != datagram.len)
		note(result, DECODE_UDP);
	if (*result != DECODE_OK)
		return;
	out->transport = span_of(datagram.at, 8);
	out->payload = reader_rest(&r);
}

static void decode_transport(uint8_t protocol, struct span rest, struct headers *out, enum decode *result)
{
	if (protocol == PROTOCOL_TCP || protocol == PROTOCOL_UDP)
		out->protocol = protocol;
	if (protocol == PROTOCOL_TCP)
		decode_tcp(rest, out, result);
	else if (protocol == PROTOCOL_UDP)
		decode_udp(rest, out, result);
	else
		note(result, DECODE_PROTOCOL);
}

static enum decode decode_ip4(struct span packet, struct headers *out)
{
	enum decode result = DECODE_OK;
	struct reader r = reader_of(packet);
	size_t head = (size_t)(reader_u8(&r) & 15) * 4;
	reader_skip(&r, 1);
	size_t total = reader_u16(&r);
	reader_skip(&r, 2);
	uint16_t fragment = reader_u16(&r);
	reader_skip(&r, 1);
	uint8_t protocol = reader_u8(&r);
	reader_skip(&r, 2);
	struct span source = reader_take(&r, 4);
	struct span target = reader_take(&r, 4);
	if (!reader_ok(&r))
		return DECODE_SHORT;
	out->family = 4;
	memcpy(out->source, source.at, 4);
	memcpy(out->target, target.at, 4);
	if (head < 20 || total < head || packet.len < head)
		return DECODE_LENGTH;
	if (total > packet.len) {
		note(&result, DECODE_LENGTH);
		total = packet.len;
	}
	if (head > 20)
		note(&result, DECODE_OPTIONS);
	if ((fragment & 0x3fff) != 0) /* more fragments, or an offset */
		note(&result, DECODE_FRAGMENT);
	if ((fragment & 0x1fff) != 0)
		return result; /* no ports in here */
	decode_transport(protocol, span_of(packet.at + head, total - head), out, &result);
	return result;
}

/* Options of a hop-by-hop or destination header (RFC 8200 4.2). */
static enum decode check_options(struct span options)
{
	struct reader r = reader_of(options);
	while (reader_left(&r) > 0) {
		uint8_t type = reader_u8(&r);
		if (type == 0) /* Pad1 */
			continue;
		if (type == 0xc2)
			return DECODE_JUMBO;
		reader_skip(&r, reader_u8(&r));
	}
	return reader_ok(&r) ? DECODE_OK : DECODE_EXTENSION;
}

struct walk {
	uint8_t next; /* protocol number of what comes next */
	unsigned headers;
	size_t bytes;
	bool inside; /* of a fragment that is not the first: no transport header follows */
	enum decode result;
};

static bool is_extension(uint8_t next)
{
	return next == NEXT_HOP_BY_HOP || next == NEXT_ROUTING || next == NEXT_FRAGMENT ||
	       next == NEXT_AUTHENTICATION || next == NEXT_DESTINATION || next == NEXT_MOBILITY ||
	       next == NEXT_HIP || next == NEXT_SHIM6;
}

/* Judges one header's own bytes, the two of next header and length included. */
static enum decode check_extension(struct walk *w, uint8_t kind, struct span body)
{
	struct reader r = reader_of(span_from(body, 2));
	switch (kind) {
	case NEXT_HOP_BY_HOP:
		if (w->headers > 1)
			return DECODE_EXTENSION;
		return check_options(reader_rest(&r));
	case NEXT_DESTINATION:
		return check_options(reader_rest(&r));
	case NEXT_ROUTING: {
		uint8_t type = reader_u8(&r);
		uint8_t left = reader_u8(&r);
		return type == 0 || left > 0 ? DECODE_ROUTING : DECODE_OK;
	}
	case NEXT_FRAGMENT: {
		uint16_t offset = reader_u16(&r);
		w->inside = (offset & 0xfff8) != 0;
		return (offset & 0xfff9) != 0 ? DECODE_FRAGMENT : DECODE_OK;
	}
	default:
		return DECODE_OK;
	}
}

/* Moves `r` over one extension header; false when the packet ends inside it. */
static bool step(struct walk *w, struct reader *r)
{
	struct reader look = *r;
	uint8_t kind = w->next;
	uint8_t next = reader_u8(&look);
	size_t units = reader_u8(&look);
	size_t len = kind == NEXT_FRAGMENT         ? 8
		     : kind == NEXT_AUTHENTICATION ? (units + 2) * 4
						   : (units + 1) * 8;
	struct span body = reader_take(r, len);
	if (!reader_ok(r))
		return false;
	w->next = next;
	w->headers++;
	w->bytes += len;
	if (w->headers > DECODE_EXTENSIONS_MAX || w->bytes > DECODE_EXTENSION_BYTES_MAX)
		note(&w->result, DECODE_EXTENSION);
	note(&w->result, check_extension(w, kind, body));
	return true;
}

static enum decode decode_ip6(struct span packet, struct headers *out)
{
	struct reader r = reader_of(packet);
	reader_skip(&r, 4);
	size_t len = reader_u16(&r);
	struct walk w = {.next = reader_u8(&r)};
	reader_skip(&r, 1);
	struct span source = reader_take(&r, 16);
	struct span target = reader_take(&r, 16);
	if (!reader_ok(&r))
		return DECODE_SHORT;
	out->family = 6;
	memcpy(out->source, source.at, 16);
	memcpy(out->target, target.at, 16);
	if (len == 0)
		note(&w.result, DECODE_JUMBO);
	if (len > reader_left(&r))
		note(&w.result, DECODE_LENGTH);
	bool lie = w.result != DECODE_OK;
	struct reader body = reader_of(lie ? reader_rest(&r) : reader_take(&r, len));
	for (unsigned i = 0; is_extension(w.next); i++) {
		if (i == WALK_MAX)
			return DECODE_EXTENSION;
		if (!step(&w, &body))
			return w.result != DECODE_OK ? w.result : DECODE_SHORT;
		if (w.inside)
			return w.result;
	}
	decode_transport(w.next, reader_rest(&body), out, &w.result);
	return w.result;
}

enum decode decode(struct span packet, struct headers *out)
{
	memset(out, 0, sizeof *out);
	if (packet.len == 0)
		return DECODE_SHORT;
	switch (packet.at[0] >> 4) {
	case 4:
		return decode_ip4(packet, out);
	case 6:
		return decode_ip6(packet, out);
	default:
		return DECODE_VERSION;
	}
}
