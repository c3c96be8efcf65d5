/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Host names to their canonical form. Both directions of entry, wire and text, end in the same label writer,
 * so that a rule, a DNS question and a Host header can only disagree when the names do. The writer knows
 * three classes of bytes: those that names are made of (folded to lower case), those that are legal but no
 * name uses (escaped as \DDD, so that the canonical form stays unambiguous), and those that somebody is known
 * to read as something else, which are refused. Addresses are recognised in text only: on the wire 127.0.0.1
 * is a name of four labels.
 */
#include "name/host.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>

enum { LABEL_MAX = 63, WIRE_MAX = 255 };

/*
 * What each ASCII byte becomes: itself, folded to lower case (RFC 4343 3), '*' = an escape, '.' = refused. On
 * the wire these are control bytes, the dot inside a label, which would become a border, and the backslash,
 * which starts an escape; in text also the delimiters and forbidden host code points of the URL Standard 3.1.
 * 8-bit is refused.
 */
static const char in_wire[] = "................................"
			      "*************-.*"
			      "0123456789******"
			      "*abcdefghijklmno"
			      "pqrstuvwxyz*.**_"
			      "*abcdefghijklmno"
			      "pqrstuvwxyz****.";
static const char in_text[] = "................................"
			      ".**.*.*******-.."
			      "0123456789.*.*.."
			      ".abcdefghijklmno"
			      "pqrstuvwxyz...._"
			      "*abcdefghijklmno"
			      "pqrstuvwxyz*.**.";
static_assert(sizeof(in_wire) == 129 && sizeof(in_text) == 129, "a row for each sixteen ASCII bytes");

/* HOST_TEXT_MAX holds the longest name with every byte escaped, so the writer needs no bound of its own. */
static_assert(HOST_TEXT_MAX >= HOST_NAME_MAX_BYTES * 4, "room for a name of escapes");

/* Writes what a byte becomes and returns the place behind it; NULL: refused. */
static inline char *put_byte(char *to, uint8_t c, const char class[static 128])
{
	char as = c < 128 ? class[c] : '.';
	if (as == '.')
		return NULL;
	if (as != '*') {
		*to++ = as;
		return to;
	}
	*to++ = '\\';
	*to++ = (char)('0' + c / 100);
	*to++ = (char)('0' + c / 10 % 10);
	*to++ = (char)('0' + c % 10);
	return to;
}

static void set_name(struct host *out, const char *end, unsigned labels)
{
	out->kind = HOST_NAME;
	out->len = (uint16_t)(end - out->text);
	out->labels = (uint8_t)labels;
	out->text[out->len] = '\0';
}

int host_from_wire(struct span wire, struct host *out)
{
	if (wire.len == 0 || wire.len > WIRE_MAX)
		return -EBADMSG;
	const uint8_t *at = wire.at, *end = wire.at + wire.len;
	char *to = out->text;
	unsigned labels = 0;
	while (at < end && *at != 0) {
		size_t label = *at++;
		if (label > LABEL_MAX || label >= (size_t)(end - at))
			return -EBADMSG;
		if (labels++ > 0)
			*to++ = '.';
		for (const uint8_t *stop = at + label; at < stop; at++) {
			to = put_byte(to, *at, in_wire);
			if (!to)
				return -EBADMSG;
		}
	}
	if (at + 1 != end)
		return -EBADMSG;
	set_name(out, to, labels);
	return 0;
}

static int digit_of(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

/* One part of an IPv4 address in the base its spelling says: 0x.. hexadecimal, 0.. octal. */
static bool ipv4_part(struct span s, uint64_t *out)
{
	int base = 10;
	if (s.len == 0)
		return false;
	if (s.len >= 2 && s.at[0] == '0') {
		base = (s.at[1] | 0x20) == 'x' ? 16 : 8;
		s = span_from(s, base == 16 ? 2 : 1);
	}
	uint64_t value = 0;
	for (size_t i = 0; i < s.len; i++) {
		int digit = digit_of(s.at[i]);
		if (digit >= base)
			return false;
		value = value * (unsigned)base + (unsigned)digit;
		if (value > UINT32_MAX)
			return false;
	}
	*out = value;
	return true;
}

/* The spellings of inet_aton(3): one to four parts, the last fills what is left. */
static bool ipv4_parse(struct span text, uint32_t *out)
{
	uint64_t address = 0;
	for (unsigned part = 0; part < 4; part++) {
		const uint8_t *dot = memchr(text.at, '.', text.len);
		size_t len = dot ? (size_t)(dot - text.at) : text.len;
		uint64_t value;
		if (!ipv4_part(span_of(text.at, len), &value))
			return false;
		if (!dot) {
			if (value >> (32 - 8 * part))
				return false;
			*out = (uint32_t)(address | value);
			return true;
		}
		if (value > 255)
			return false;
		address |= value << (24 - 8 * part);
		text = span_from(text, len + 1);
	}
	return false;
}

static void set_address(struct host *out, enum host_kind kind, const void *bytes)
{
	out->kind = kind;
	out->labels = 1;
	inet_ntop(kind == HOST_IPV4 ? AF_INET : AF_INET6, bytes, out->text, INET6_ADDRSTRLEN);
	out->len = (uint16_t)strlen(out->text);
}

/* An IPv4-mapped address (RFC 4291 2.5.5.2) reaches the IPv4 host, so it is one spelling more of that. */
static bool ipv4_mapped(const uint8_t bytes[static 16])
{
	static const uint8_t prefix[12] = {[10] = 0xff, [11] = 0xff};
	return memcmp(bytes, prefix, sizeof(prefix)) == 0;
}

/*
 * With or without the brackets of a URL; a zone ("%lan0") means nothing outside its machine and is refused.
 */
static int ipv6_from_text(struct span text, struct host *out)
{
	char literal[INET6_ADDRSTRLEN];
	uint8_t bytes[16];
	if (text.at[0] == '[') {
		if (text.len < 2 || text.at[text.len - 1] != ']')
			return -EBADMSG;
		text = span_of(text.at + 1, text.len - 2);
	}
	if (text.len >= sizeof(literal) || memchr(text.at, '\0', text.len))
		return -EBADMSG;
	memcpy(literal, text.at, text.len);
	literal[text.len] = '\0';
	if (inet_pton(AF_INET6, literal, bytes) != 1)
		return -EBADMSG;
	if (ipv4_mapped(bytes))
		set_address(out, HOST_IPV4, bytes + 12);
	else
		set_address(out, HOST_IPV6, bytes);
	return 0;
}

static int name_from_text(struct span text, struct host *out)
{
	if (text.len == 0 || text.len > HOST_NAME_MAX_BYTES)
		return -EBADMSG;
	char *to = out->text;
	unsigned labels = 0;
	size_t label = 0;
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.at[i];
		if (c == '.') {
			if (label == 0)
				return -EBADMSG;
			label = 0;
			continue;
		}
		if (label++ == 0 && labels++ > 0)
			*to++ = '.';
		if (label > LABEL_MAX)
			return -EBADMSG;
		to = put_byte(to, c, in_text);
		if (!to)
			return -EBADMSG;
	}
	if (label == 0)
		return -EBADMSG;
	set_name(out, to, labels);
	return 0;
}

int host_from_text(struct span text, struct host *out)
{
	uint32_t address;
	if (text.len > 0 && (text.at[0] == '[' || memchr(text.at, ':', text.len)))
		return ipv6_from_text(text, out);
	if (text.len > 0 && text.at[text.len - 1] == '.')
		text.len--;
	if (text.len > 0 && ipv4_parse(text, &address)) {
		address = htonl(address);
		set_address(out, HOST_IPV4, &address);
		return 0;
	}
	return name_from_text(text, out);
}
