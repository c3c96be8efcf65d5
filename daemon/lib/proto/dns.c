/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "proto/dns.h"

enum {
	HEADER_BYTES = 12,
	NAME_MAX_BYTES = 255, /* RFC 1035 2.3.4, the root label included */
	FLAG_RESPONSE = 0x8000,
	FLAG_OPCODE = 0x7800,
	CLASS_IN = 1,
	TYPE_SIG = 24,
	TYPE_TSIG = 250,
	TYPE_IXFR = 251,
	TYPE_AXFR = 252,
	UDP_SIZE_MIN = 512,
	EDNS_DO = 0x8000,
};

static const char reason_short[] = "dns-short";
static const char reason_length[] = "dns-length";
static const char reason_response[] = "dns-response";
static const char reason_opcode[] = "dns-opcode";
static const char reason_questions[] = "dns-questions";
static const char reason_records[] = "dns-records";
static const char reason_pointer[] = "dns-pointer";
static const char reason_label[] = "dns-label";
static const char reason_name[] = "dns-name";
static const char reason_bytes[] = "dns-bytes";
static const char reason_class[] = "dns-class";
static const char reason_transfer[] = "dns-transfer";
static const char reason_additional[] = "dns-additional";
static const char reason_opt[] = "dns-opt";
static const char reason_trailing[] = "dns-trailing";

const char *const dns_reasons[] = {
	reason_short,      reason_length, reason_response, reason_opcode, reason_questions, reason_records,
	reason_pointer,    reason_label,  reason_name,     reason_bytes,  reason_class,     reason_transfer,
	reason_additional, reason_opt,    reason_trailing, NULL,
};

/* Takes one name in wire form, root label included. NULL, or why it is none. */
static const char *take_name(struct reader *r, struct span *out)
{
	struct reader look = *r;
	size_t len = 0;
	for (;;) {
		size_t label = reader_u8(&look);
		if (!reader_ok(&look))
			return reason_short;
		if (label >= 0xc0)
			return reason_pointer;
		if (label >= 0x40)
			return reason_label;
		len += 1 + label;
		if (len > NAME_MAX_BYTES)
			return reason_name;
		if (label == 0)
			break;
		reader_skip(&look, label);
	}
	*out = reader_take(r, len);
	return NULL;
}

static const char *parse_question(struct reader *r, struct request *out)
{
	struct dns_question *q = &out->dns;
	struct span name = {NULL, 0};
	const char *reason = take_name(r, &name);
	if (reason != NULL)
		return reason;
	q->qtype = reader_u16(r);
	q->qclass = reader_u16(r);
	if (!reader_ok(r))
		return reason_short;
	q->question = span_of(name.at, name.len + 4);
	if (q->qclass != CLASS_IN)
		return reason_class;
	if (q->qtype == TYPE_AXFR || q->qtype == TYPE_IXFR)
		return reason_transfer;
	return host_from_wire(name, &out->host) < 0 ? reason_bytes : NULL;
}

/* What OPT says, as far as an answer needs it (RFC 6891 6.1.2). */
static const char *take_opt(struct dns_question *q, struct span owner, uint16_t size, uint32_t ttl,
			    struct span data)
{
	if (q->edns || owner.len != 1)
		return reason_opt;
	q->edns = true;
	q->udp_size = size < UDP_SIZE_MIN ? UDP_SIZE_MIN : size;
	q->dnssec_ok = (ttl & EDNS_DO) != 0;
	struct reader options = reader_of(data);
	while (reader_left(&options) > 0) {
		reader_skip(&options, 2);
		reader_skip(&options, reader_u16(&options));
	}
	return reader_ok(&options) ? NULL : reason_opt;
}

static const char *parse_additional(struct reader *r, unsigned count, struct dns_question *q)
{
	if (count > 2)
		return reason_additional;
	for (unsigned i = 0; i < count; i++) {
		struct span owner = {NULL, 0};
		const char *reason = take_name(r, &owner);
		if (reason != NULL)
			return reason;
		uint16_t type = reader_u16(r);
		uint16_t class = reader_u16(r);
		uint32_t ttl = reader_u32(r);
		struct span data = reader_take(r, reader_u16(r));
		if (!reader_ok(r))
			return reason_short;
		bool last = i + 1 == count;
		if (type == DNS_OPT)
			reason = take_opt(q, owner, class, ttl, data);
		else if (!last || (type != TYPE_TSIG && type != TYPE_SIG))
			reason = reason_additional;
		if (reason != NULL)
			return reason;
	}
	return NULL;
}

static const char *parse_message(struct span message, struct request *out)
{
	struct dns_question *q = &out->dns;
	struct reader r = reader_of(message);
	q->id = reader_u16(&r);
	q->flags = reader_u16(&r);
	unsigned questions = reader_u16(&r);
	unsigned records = reader_u16(&r);
	records += reader_u16(&r);
	unsigned additional = reader_u16(&r);
	if (!reader_ok(&r))
		return reason_short;
	if ((q->flags & FLAG_RESPONSE) != 0)
		return reason_response;
	q->header_whole = true;
	if ((q->flags & FLAG_OPCODE) != 0)
		return reason_opcode;
	if (questions != 1)
		return reason_questions;
	if (records != 0)
		return reason_records;
	const char *reason = parse_question(&r, out);
	if (reason == NULL)
		reason = parse_additional(&r, additional, q);
	if (reason == NULL && reader_left(&r) > 0)
		reason = reason_trailing;
	return reason;
}

enum parse dns_parse(struct span in, enum proto_transport transport, struct request *out, size_t *used)
{
	struct span message = in;
	out->proto = PROTO_DNS;
	out->transport = transport;
	out->url = NULL;
	out->reason = NULL;
	out->dns = (struct dns_question){.udp_size = UDP_SIZE_MIN};
	if (transport == TRANSPORT_STREAM) {
		struct reader r = reader_of(in);
		size_t len = reader_u16(&r);
		if (!reader_ok(&r))
			return PARSE_MORE;
		if (len < HEADER_BYTES || len > DNS_QUERY_MAX) {
			out->reason = len < HEADER_BYTES ? reason_short : reason_length;
			return PARSE_BAD;
		}
		message = reader_take(&r, len);
		if (!reader_ok(&r))
			return PARSE_MORE;
	}
	out->reason = parse_message(message, out);
	if (out->reason != NULL)
		return PARSE_BAD;
	*used = (size_t)(message.at - in.at) + message.len;
	return PARSE_OK;
}
