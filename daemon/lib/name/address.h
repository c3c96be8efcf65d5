/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IP addresses and prefixes: one 16-byte form for both families, so that tables need no second case. */
#ifndef TRYGG_NAME_ADDRESS_H
#define TRYGG_NAME_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct address {
	uint8_t family;    /* 4 or 6 */
	uint8_t bytes[16]; /* network order; IPv4 in the first four, the rest zero */
};

struct prefix {
	struct address address; /* host bits zero */
	uint8_t bits;
};

enum { ADDRESS_TEXT_SIZE = 46, PREFIX_TEXT_SIZE = 50 };

/* -EINVAL unless exactly an address (dotted decimal or RFC 4291). An IPv4-mapped one becomes IPv4. */
int address_parse(const char *text, struct address *out);
/* "10.1.0.0/16"; without "/" the full length. -EINVAL for bad text, -ERANGE for host bits that are set. */
int prefix_parse(const char *text, struct prefix *out);
void address_text(const struct address *a, char out[static ADDRESS_TEXT_SIZE]);
void prefix_text(const struct prefix *p, char out[static PREFIX_TEXT_SIZE]);
bool address_equal(const struct address *a, const struct address *b);
bool prefix_contains(const struct prefix *p, const struct address *a);

#endif
