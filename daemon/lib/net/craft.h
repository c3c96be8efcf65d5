/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whole packets made from nothing but the headers of the packet they answer: addresses and ports are that
 * packet's, either way round, so that a reply can never go anywhere else. IPv4 without options, IPv6 without
 * extension headers, all checksums filled in. Each function returns the length written, 0 when it does not
 * fit.
 */
#ifndef TRYGG_NET_CRAFT_H
#define TRYGG_NET_CRAFT_H

#include "net/decode.h"

enum { CRAFT_HEAD_MAX = 40 + 60 }; /* IPv6 and the longest TCP header */

/* A datagram from the server's address and port to the client's. */
size_t craft_udp(const struct headers *h, struct span payload, void *out, size_t size);

struct craft_tcp {
	bool to_server; /* false: as if from the server to the client */
	uint32_t seq, ack;
	uint8_t flags; /* TCP_* */
	struct span payload;
	struct span options; /* of the TCP header, a multiple of four, at most 40 bytes */
};

size_t craft_tcp(const struct headers *h, const struct craft_tcp *r, void *out, size_t size);

/* Internet checksum of `bytes`, added to `sum` (RFC 1071), not yet complemented. */
uint32_t craft_sum(uint32_t sum, struct span bytes);
uint16_t craft_fold(uint32_t sum);

#endif
