/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dns_parse() and dns_answer(): over both transports; what was read is inside the input, a stream agrees with
 * the datagram of the same bytes, and every answer fits and repeats the question.
 */
#include <stdlib.h>

#include "proto/dns.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool fine)
{
	if (!fine)
		abort();
}

static void answer(const struct request *r, bool ok)
{
	static const uint8_t help4[4] = {10, 0, 0, 5}, help6[16] = {0xfd};
	struct stop stops[] = {
		{.refused = !ok, .help4 = &help4, .help6 = &help6},
		{.refused = !ok, .mandatory = true},
		{.refused = !ok, .canary = "nxdomain"},
	};
	for (size_t i = 0; i < sizeof stops / sizeof stops[0]; i++) {
		uint8_t out[DNS_ANSWER_MAX + 2];
		struct writer w = writer_of(out, sizeof out);
		dns_answer(r, &stops[i], &w);
		check(writer_ok(&w));
		size_t head = r->transport == TRANSPORT_STREAM ? 14 : 12;
		if (!ok)
			check(writer_len(&w) == (r->dns.header_whole ? head : 0));
		else
			check(memcmp(out + head, r->dns.question.at, r->dns.question.len) == 0);
	}
}

static void one(struct span in, enum proto_transport transport)
{
	struct request r;
	size_t used = 0;
	enum parse parsed = dns_parse(in, transport, &r, &used);
	if (parsed == PARSE_MORE) {
		check(transport == TRANSPORT_STREAM);
		return;
	}
	if (parsed == PARSE_OK) {
		check(used <= in.len && r.dns.question.len >= 5);
		check(r.dns.question.at >= in.at && r.dns.question.at + r.dns.question.len <= in.at + used);
		check(strlen(r.host.text) == r.host.len);
	} else {
		check(r.reason != NULL);
	}
	answer(&r, parsed == PARSE_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_of(data, size);
	one(in, TRANSPORT_DATAGRAM);
	one(in, TRANSPORT_STREAM);
	if (size < 12 || size > DNS_QUERY_MAX)
		return 0;
	uint8_t *framed = malloc(size + 2);
	struct request a, b;
	size_t used;
	check(framed != NULL);
	framed[0] = (uint8_t)(size >> 8);
	framed[1] = (uint8_t)size;
	memcpy(framed + 2, data, size);
	enum parse datagram = dns_parse(in, TRANSPORT_DATAGRAM, &a, &used);
	enum parse stream = dns_parse(span_of(framed, size + 2), TRANSPORT_STREAM, &b, &used);
	check(datagram == stream && (datagram != PARSE_OK || strcmp(a.host.text, b.host.text) == 0));
	free(framed);
	return 0;
}
