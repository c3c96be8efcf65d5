/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tls_parse(): what was read is inside the input; a prefix of what is whole asks for more or is refused, never
 * passes with another name; the same handshake bytes in records of one byte say the same.
 */
#include <stdlib.h>

#include "proto/tls.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool fine)
{
	if (!fine)
		abort();
}

/* The first byte's record size for the rest as handshake bytes. */
static size_t in_records(const uint8_t *data, size_t size, size_t piece, uint8_t *out)
{
	struct writer w = writer_of(out, size * 6);
	for (size_t at = 0; at < size; at += piece) {
		size_t len = size - at < piece ? size - at : piece;
		writer_u8(&w, 22);
		writer_u16(&w, 0x0301);
		writer_u16(&w, (uint16_t)len);
		writer_bytes(&w, data + at, len);
	}
	return writer_len(&w);
}

static enum parse one(struct span in, struct request *r)
{
	size_t used = 0;
	enum parse parsed = tls_parse(in, TRANSPORT_STREAM, r, &used);
	if (parsed == PARSE_OK)
		check(used > 0 && used <= in.len && strlen(r->host.text) == r->host.len);
	if (parsed == PARSE_BAD)
		check(r->reason != NULL);
	return parsed;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct request r, s;
	enum parse raw = one(span_of(data, size), &r);
	if (raw == PARSE_OK)
		check(one(span_of(data, size - 1), &s) != PARSE_OK || strcmp(r.host.text, s.host.text) == 0);
	if (size < 2 || size > 4000)
		return 0;
	uint8_t *whole = malloc(size * 6), *bytes = malloc(size * 6);
	if (whole && bytes) {
		struct span a = span_of(whole, in_records(data + 1, size - 1, 4000, whole));
		struct span b = span_of(bytes, in_records(data + 1, size - 1, 1 + data[0] % 16, bytes));
		enum parse first = one(a, &r), second = one(b, &s);
		/* Only what lies behind the hello may be in its record or in the next. */
		bool behind = first == PARSE_BAD && strcmp(r.reason, "tls-after-hello") == 0;
		check(first == second || behind);
		if (first == PARSE_OK)
			check(strcmp(r.host.text, s.host.text) == 0 && r.tls.ech == s.tls.ech);
	}
	free(whole);
	free(bytes);
	return 0;
}
