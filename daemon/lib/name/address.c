/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses as people write them, and the one comparison that groups are found by. */
#include "name/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static unsigned address_bits(const struct address *a)
{
	return a->family == 4 ? 32 : 128;
}

enum { MAPPED_BITS = 96 };

/* Traffic of an IPv4-mapped address (RFC 4291 2.5.5.2) is IPv4, so as IPv6 it would never meet any. */
static bool unmap(struct address *a)
{
	static const uint8_t mapped[MAPPED_BITS / 8] = {[10] = 0xff, [11] = 0xff};
	if (a->family != 6 || memcmp(a->bytes, mapped, sizeof(mapped)) != 0)
		return false;
	memmove(a->bytes, a->bytes + sizeof(mapped), 4);
	memset(a->bytes + 4, 0, sizeof(a->bytes) - 4);
	a->family = 4;
	return true;
}

/* Without unmap(), so that a prefix can be counted as written. */
static int address_read(const char *text, struct address *out)
{
	struct address a = {0};
	if (inet_pton(AF_INET, text, a.bytes) == 1)
		a.family = 4;
	else if (inet_pton(AF_INET6, text, a.bytes) == 1)
		a.family = 6;
	else
		return -EINVAL;
	*out = a;
	return 0;
}

int address_parse(const char *text, struct address *out)
{
	int rc = address_read(text, out);
	if (rc == 0)
		(void)unmap(out);
	return rc;
}

/* One to three digits without sign, space or leading zero; -1 for anything else. */
static int parse_bits(const char *text)
{
	size_t digits = strspn(text, "0123456789");
	if (digits == 0 || digits > 3 || text[digits] != '\0' || (digits > 1 && text[0] == '0'))
		return -1;
	int bits = 0;
	for (size_t i = 0; i < digits; i++)
		bits = bits * 10 + (text[i] - '0');
	return bits;
}

/* Whether every bit from `bits` on is zero. */
static bool host_bits_clear(const struct address *a, unsigned bits)
{
	for (unsigned i = bits; i < address_bits(a); i++)
		if (a->bytes[i / 8] & (0x80 >> i % 8))
			return false;
	return true;
}

int prefix_parse(const char *text, struct prefix *out)
{
	char address[ADDRESS_TEXT_SIZE];
	size_t len = strcspn(text, "/");
	if (len >= sizeof(address))
		return -EINVAL;
	memcpy(address, text, len);
	address[len] = '\0';

	struct prefix p = {0};
	if (address_read(address, &p.address) < 0)
		return -EINVAL;
	int bits = text[len] == '/' ? parse_bits(text + len + 1) : (int)address_bits(&p.address);
	if (bits < 0 || bits > (int)address_bits(&p.address))
		return -EINVAL;
	if (!host_bits_clear(&p.address, (unsigned)bits))
		return -ERANGE;
	if (bits >= MAPPED_BITS && unmap(&p.address))
		bits -= MAPPED_BITS;
	p.bits = (uint8_t)bits;
	*out = p;
	return 0;
}

void address_text(const struct address *a, char out[static ADDRESS_TEXT_SIZE])
{
	if (!inet_ntop(a->family == 4 ? AF_INET : AF_INET6, a->bytes, out, ADDRESS_TEXT_SIZE))
		out[0] = '\0';
}

void prefix_text(const struct prefix *p, char out[static PREFIX_TEXT_SIZE])
{
	char address[ADDRESS_TEXT_SIZE];
	address_text(&p->address, address);
	snprintf(out, PREFIX_TEXT_SIZE, "%s/%u", address, (unsigned)p->bits);
}

bool address_equal(const struct address *a, const struct address *b)
{
	return a->family == b->family && memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

bool prefix_contains(const struct prefix *p, const struct address *a)
{
	if (p->address.family != a->family)
		return false;
	size_t whole = p->bits / 8u;
	unsigned rest = p->bits % 8u;
	if (memcmp(p->address.bytes, a->bytes, whole) != 0)
		return false;
	if (rest == 0)
		return true;
	uint8_t mask = (uint8_t)(0xff00u >> rest);
	return ((p->address.bytes[whole] ^ a->bytes[whole]) & mask) == 0;
}
