/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * DNS questions (RFC 1035 4.1, 4.2.2 over TCP) and the answers that stop them.
 *
 * A question passes only in the one form in which every resolver reads it alike: opcode QUERY, exactly one
 * question (RFC 9619) of class IN, a name without compression or reserved label types, no records but at most
 * one OPT (RFC 6891) and one signature as the last (TSIG RFC 8945, SIG(0) RFC 2931: they say who asks, not what),
 * nothing behind it. All else is PARSE_BAD with one of the words below, for counters and `evasion` records.
 */
#ifndef TRYGG_PROTO_DNS_H
#define TRYGG_PROTO_DNS_H

#include "proto/proto.h"

enum {
	DNS_QUERY_MAX =
		4096, /* bytes of a query over TCP; the longest name, OPT and padding take under 1000 */
	DNS_ANSWER_MAX = 512, /* bytes of any answer made here: what every client takes */
	DNS_TTL_S = 10,
	DNS_UDP_SIZE = 1232, /* what we announce (RFC 9715) */
};

enum { DNS_A = 1, DNS_SOA = 6, DNS_AAAA = 28, DNS_OPT = 41, DNS_SVCB = 64, DNS_HTTPS = 65 };

/* The words that dns_parse() gives in request.reason, NULL-terminated. */
extern const char *const dns_reasons[];

/* One query: the whole datagram, or the front of a stream. */
enum parse dns_parse(struct span in, enum proto_transport transport, struct request *out, size_t *used);
/*
 * A stop (DESIGN section 7): the help address of the family asked for, else NODATA with SOA; FORMERR when `refused`,
 * nothing at all for what was no query. Over a stream with the two bytes of length.
 */
void dns_answer(const struct request *r, const struct stop *s, struct writer *out);

#endif
