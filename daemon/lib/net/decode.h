/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a packet to its headers: IPv4 or IPv6 with a bounded walk over extension headers, then TCP or UDP. The
 * rule for anything odd is refusal with one fixed word: what browsers and resolvers never send is not
 * interpreted, because the real server might interpret it differently. Fragments were put together by
 * connection tracking before the queue; one that arrives all the same is refused.
 */
#ifndef TRYGG_NET_DECODE_H
#define TRYGG_NET_DECODE_H

#include "base/span.h"

enum decode {
	DECODE_OK,
	DECODE_SHORT,     /* ends inside a header */
	DECODE_VERSION,   /* neither 4 nor 6 */
	DECODE_LENGTH,    /* the IP length is smaller than the header or larger than the packet */
	DECODE_JUMBO,     /* RFC 2675 */
	DECODE_OPTIONS,   /* IPv4 options (RFC 7126) */
	DECODE_FRAGMENT,  /* a piece of a datagram; an atomic fragment (RFC 6946) is none */
	DECODE_EXTENSION, /* more than 8 headers or 256 bytes, hop-by-hop not first, broken options */
	DECODE_ROUTING,   /* type 0 (RFC 5095), or segments left: the address is not the destination */
	DECODE_PROTOCOL,  /* what carries the payload is neither TCP nor UDP, or not known */
	DECODE_UDP,       /* the length of UDP is not the rest of the packet */
	DECODE_TCP,       /* data offset below 5 or beyond the segment */
	DECODES
};

/* Fixed words for counters and `evasion` records: "ip-short". */
extern const char *const decode_words[DECODES];

enum {
	PROTOCOL_TCP = 6,
	PROTOCOL_UDP = 17,
	DECODE_EXTENSIONS_MAX = 8,
	DECODE_EXTENSION_BYTES_MAX = 256,
};

enum { TCP_FIN = 1, TCP_SYN = 2, TCP_RST = 4, TCP_PSH = 8, TCP_ACK = 16, TCP_URG = 32 };

struct headers {
	uint8_t family;   /* 4 or 6; 0 = unknown */
	uint8_t protocol; /* PROTOCOL_TCP or PROTOCOL_UDP; 0 = not reached */
	uint16_t source_port, target_port;
	uint8_t source[16], target[16]; /* network order; IPv4 in the first four, the rest zero */
	struct {
		uint32_t seq, ack;
		uint16_t window;
		uint8_t flags; /* TCP_* */
		bool md5;      /* carries the MD5 signature option (RFC 2385) */
		bool timed;    /* carries timestamps (RFC 7323 3.2): */
		uint32_t time, time_echo;
	} tcp;
	struct span transport; /* the TCP or UDP header, options included */
	struct span payload;
};

/*
 * `packet` begins with the IP header; bytes behind the IP length are ignored. All of `out` is defined for
 * DECODE_OK. For any other answer family, addresses, protocol and ports are filled as far as they could be
 * found, so that the caller knows whether the packet was for an inspected port; all else is zero. Spans live
 * as long as `packet`.
 */
enum decode decode(struct span packet, struct headers *out);

#endif
