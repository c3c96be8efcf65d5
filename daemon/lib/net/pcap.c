/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * draft-ietf-opsawg-pcap and -pcapng. Lengths of a damaged file are believed only as far as the file reaches;
 * the first record that is not whole ends the reading.
 */
#include "net/pcap.h"

#include <errno.h>

enum {
	MAGIC_MICRO = 0xa1b2c3d4u,
	MAGIC_NANO = 0xa1b23c4du,
	BLOCK_SECTION = 0x0a0d0d0au,
	BLOCK_INTERFACE = 1,
	BLOCK_SIMPLE = 3,
	BLOCK_ENHANCED = 6,
	ORDER_MAGIC = 0x1a2b3c4du,
	RECORD_MAX = 1 << 24,
};

enum {
	LINK_NULL = 0,
	LINK_ETHERNET = 1,
	LINK_RAW_BSD = 12,
	LINK_RAW_OPENBSD = 14,
	LINK_RAW = 101,
	LINK_LOOP = 108,
	LINK_SLL = 113,
	LINK_IPV4 = 228,
	LINK_IPV6 = 229,
	LINK_SLL2 = 276,
};

static uint32_t swap32(uint32_t v)
{
	return v >> 24 | (v >> 8 & 0xff00) | (v << 8 & 0xff0000) | v << 24;
}

static uint32_t file_u32(const struct pcap *p, struct reader *r)
{
	uint32_t v = reader_u32(r);
	return p->swapped ? swap32(v) : v;
}

static uint16_t file_u16(const struct pcap *p, struct reader *r)
{
	uint16_t v = reader_u16(r);
	return (uint16_t)(p->swapped ? (unsigned)v >> 8 | (unsigned)v << 8 : v);
}

static bool known_link(uint16_t link)
{
	switch (link) {
	case LINK_NULL:
	case LINK_ETHERNET:
	case LINK_RAW_BSD:
	case LINK_RAW_OPENBSD:
	case LINK_RAW:
	case LINK_LOOP:
	case LINK_SLL:
	case LINK_IPV4:
	case LINK_IPV6:
	case LINK_SLL2:
		return true;
	default:
		return false;
	}
}

static int open_classic(struct pcap *p, uint32_t magic)
{
	p->swapped = magic == swap32(MAGIC_MICRO) || magic == swap32(MAGIC_NANO);
	uint16_t major = file_u16(p, &p->at);
	reader_skip(&p->at, 2 + 4 + 4 + 4); /* minor, zone, accuracy, snapshot length */
	uint32_t link = file_u32(p, &p->at);
	if (!reader_ok(&p->at))
		return -EBADMSG;
	/* The upper bits say how long frame check sequences are. */
	p->link[0] = (uint16_t)(link & 0xffff);
	p->interface_count = 1;
	return major == 2 && known_link(p->link[0]) ? 0 : -ENOTSUP;
}

int pcap_open(struct pcap *p, struct span file)
{
	*p = (struct pcap){.at = reader_of(file)};
	uint32_t magic = reader_u32(&p->at);
	if (!reader_ok(&p->at))
		return -EBADMSG;
	if (magic == MAGIC_MICRO || magic == MAGIC_NANO || magic == swap32(MAGIC_MICRO) ||
	    magic == swap32(MAGIC_NANO))
		return open_classic(p, magic);
	if (magic != BLOCK_SECTION)
		return -EBADMSG;
	struct reader look = p->at;
	reader_skip(&look, 4);
	uint32_t order = reader_u32(&look);
	if (order != ORDER_MAGIC && order != swap32(ORDER_MAGIC))
		return -EBADMSG;
	p->next_generation = true;
	p->at = reader_of(file);
	return 0;
}

/* ---- From a frame to the IP packet in it ---- */

/* Behind an EtherType, over up to four VLAN tags (802.1Q, 802.1ad). False: no IP. */
static bool skip_tags(struct reader *r, uint16_t type)
{
	for (unsigned tags = 0; tags < 4 && (type == 0x8100 || type == 0x88a8 || type == 0x9100); tags++) {
		reader_skip(r, 2);
		type = reader_u16(r);
	}
	return type == 0x0800 || type == 0x86dd;
}

/* BSD loopback: the address family of the capturing machine, in its byte order; small either way. */
static bool is_ip_family(uint32_t family)
{
	if (family > 0xffff)
		family = swap32(family);
	return family == 2 || family == 24 || family == 28 || family == 30 || family == 10;
}

static bool skip_link(uint16_t link, struct reader *r)
{
	switch (link) {
	case LINK_ETHERNET:
		reader_skip(r, 12);
		return skip_tags(r, reader_u16(r));
	case LINK_SLL:
		reader_skip(r, 14);
		return skip_tags(r, reader_u16(r));
	case LINK_SLL2: {
		uint16_t type = reader_u16(r);
		reader_skip(r, 18);
		return skip_tags(r, type);
	}
	case LINK_NULL:
	case LINK_LOOP:
		return is_ip_family(reader_u32(r));
	default:
		return true;
	}
}

static void unwrap(uint16_t link, struct span frame, size_t wire_len, struct pcap_packet *out)
{
	struct reader r = reader_of(frame);
	bool ip = skip_link(link, &r);
	out->packet = ip ? reader_rest(&r) : span_of(frame.at, 0);
	/* Only a frame that was longer on the wire than in the file was cut; some writers leave that number out. */
	size_t cut = ip && wire_len > frame.len ? wire_len - frame.len : 0;
	out->wire_len = out->packet.len + cut;
}

/* ---- Records ---- */

static enum pcap_next next_classic(struct pcap *p, struct pcap_packet *out)
{
	if (reader_left(&p->at) == 0)
		return PCAP_END;
	reader_skip(&p->at, 8);
	uint32_t captured = file_u32(p, &p->at);
	uint32_t wire = file_u32(p, &p->at);
	struct span frame = reader_take(&p->at, captured);
	if (!reader_ok(&p->at))
		return PCAP_TORN;
	out->number = ++p->number;
	unwrap(p->link[0], frame, wire, out);
	return PCAP_PACKET;
}

/* A new section begins with its own byte order; the reader stands behind type and length. */
static bool begin_section(struct pcap *p, struct span body)
{
	struct reader r = reader_of(body);
	uint32_t order = reader_u32(&r);
	p->interface_count = 0;
	return reader_ok(&r) && (order == ORDER_MAGIC || order == swap32(ORDER_MAGIC));
}

/* The byte order of a section stands inside its first block, behind the length that needs it. */
static void look_order(struct pcap *p)
{
	struct reader look = p->at;
	uint32_t type = reader_u32(&look);
	reader_skip(&look, 4);
	uint32_t order = reader_u32(&look);
	if (type == BLOCK_SECTION && reader_ok(&look))
		p->swapped = order == swap32(ORDER_MAGIC);
}

static bool block_packet(struct pcap *p, uint32_t type, struct span body, struct pcap_packet *out)
{
	struct reader r = reader_of(body);
	uint32_t interface = 0;
	if (type == BLOCK_ENHANCED) {
		interface = file_u32(p, &r);
		reader_skip(&r, 8);
	}
	uint32_t captured = type == BLOCK_ENHANCED ? file_u32(p, &r) : UINT32_MAX;
	uint32_t wire = file_u32(p, &r);
	if (type == BLOCK_SIMPLE)
		captured = wire < reader_left(&r) ? wire : (uint32_t)reader_left(&r);
	struct span frame = reader_take(&r, captured);
	if (!reader_ok(&r) || interface >= p->interface_count)
		return false;
	out->number = ++p->number;
	unwrap(p->link[interface], frame, wire, out);
	if (!known_link(p->link[interface]))
		out->packet.len = out->wire_len = 0;
	return true;
}

static bool add_interface(struct pcap *p, struct span body)
{
	struct reader r = reader_of(body);
	uint16_t link = file_u16(p, &r);
	if (!reader_ok(&r) || p->interface_count == PCAP_INTERFACES_MAX)
		return false;
	p->link[p->interface_count++] = link;
	return true;
}

static enum pcap_next next_block(struct pcap *p, struct pcap_packet *out)
{
	while (reader_left(&p->at) > 0) {
		look_order(p);
		uint32_t type = file_u32(p, &p->at);
		uint32_t len = file_u32(p, &p->at);
		if (len < 12 || len % 4 != 0 || len > RECORD_MAX)
			return PCAP_TORN;
		struct span body = reader_take(&p->at, len - 12);
		reader_skip(&p->at, 4);
		if (!reader_ok(&p->at))
			return PCAP_TORN;
		bool fine = true;
		if (type == BLOCK_SECTION)
			fine = begin_section(p, body);
		else if (type == BLOCK_INTERFACE)
			fine = add_interface(p, body);
		else if (type == BLOCK_ENHANCED || type == BLOCK_SIMPLE)
			return block_packet(p, type, body, out) ? PCAP_PACKET : PCAP_TORN;
		if (!fine)
			return PCAP_TORN;
	}
	return PCAP_END;
}

enum pcap_next pcap_next(struct pcap *p, struct pcap_packet *out)
{
	return p->next_generation ? next_block(p, out) : next_classic(p, out);
}
