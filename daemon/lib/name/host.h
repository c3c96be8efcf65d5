/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The canonical form of a host name, in one place for compiler, engine, help and explain: lower-case ASCII
 * labels joined by dots, no trailing dot, at most 253 bytes, 63 a label (RFC 1035 2.3.4); underscores are
 * valid (RFC 8552), other printable bytes appear as \DDD (RFC 4343 2.1) and so match no rule but the ones of
 * their parent names. IPv4 addresses in any spelling inet_aton takes, and IPv4-mapped ones, become dotted
 * decimal, IPv6 literals RFC 5952.
 */
#ifndef TRYGG_NAME_HOST_H
#define TRYGG_NAME_HOST_H

#include "base/span.h"

enum { HOST_TEXT_MAX = 1020, HOST_LABELS_MAX = 127, HOST_NAME_MAX_BYTES = 253 };

enum host_kind { HOST_NAME, HOST_IPV4, HOST_IPV6 };

struct host {
	enum host_kind kind;
	uint16_t len;   /* of text */
	uint8_t labels; /* 0 for the root; 1 for addresses */
	char text[HOST_TEXT_MAX + 1];
};

/*
 * From the wire form of a DNS name without compression, a terminating root label included (RFC 1035 3.1).
 * -EBADMSG: not exactly one name, over the limits, or a byte that resolvers are known to read differently
 * (dot, backslash, NUL, control or 8-bit inside a label).
 */
int host_from_wire(struct span wire, struct host *out);
/*
 * From text as found in rules (already A-labels), URLs, Host headers and SNI, without port: one trailing dot
 * is taken away; "" , empty labels, a second dot, non-ASCII and %XX are -EBADMSG.
 */
int host_from_text(struct span text, struct host *out);

#endif
