/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Strings travel as UTF-8 in memory and as ASCII on disk (RFC 8259 section 7), so that a journal can be read with
 * any tool and mailed through any system. Every string has one spelling: only quote, backslash and what is not
 * printable ASCII is escaped. The readers accept a little more than the writer makes; callers that need the one
 * spelling write the value again and compare.
 */
#include <stdio.h>

#include "base/utf8.h"
#include "incident/json.h"

#define NUMBER_MAX (UINT64_C(1) << 53)

void json_put(struct writer *w, const char *text)
{
	writer_bytes(w, text, strlen(text));
}

void json_put_u64(struct writer *w, uint64_t value)
{
	char digits[24];

	(void)snprintf(digits, sizeof(digits), "%llu", (unsigned long long)value);
	json_put(w, digits);
}

/* One character; the reader fails when that is none. */
static uint32_t utf8_take(struct reader *r)
{
	uint32_t c = 0;
	size_t len = utf8_read(span_of(r->at, reader_left(r)), &c);

	reader_skip(r, len);
	if (len == 0)
		r->failed = true;
	return c;
}

static void utf8_put(struct writer *w, uint32_t c)
{
	uint8_t bytes[UTF8_MAX];

	writer_bytes(w, bytes, utf8_write(c, bytes));
}

static void escape_put(struct writer *w, uint32_t unit)
{
	char text[8];

	(void)snprintf(text, sizeof(text), "\\u%04x", unit & 0xffff);
	json_put(w, text);
}

void json_put_text(struct writer *w, const char *text)
{
	struct reader r = reader_of(span_text(text));

	writer_u8(w, '"');
	while (reader_left(&r) > 0) {
		uint32_t c = utf8_take(&r);
		if (c == '"' || c == '\\') {
			writer_u8(w, '\\');
			writer_u8(w, (uint8_t)c);
		} else if (c >= 0x20 && c <= 0x7e) {
			writer_u8(w, (uint8_t)c);
		} else if (c >= 0x10000) {
			escape_put(w, 0xd800 + ((c - 0x10000) >> 10));
			escape_put(w, 0xdc00 + ((c - 0x10000) & 0x3ff));
		} else {
			escape_put(w, c);
		}
	}
	writer_u8(w, '"');
	if (!reader_ok(&r))
		w->failed = true;
}

void json_take(struct reader *r, const char *text)
{
	struct span want = span_text(text);

	if (!span_equal(reader_take(r, want.len), want))
		r->failed = true;
}

uint64_t json_take_u64(struct reader *r)
{
	uint64_t value = 0;
	size_t digits = 0;

	while (reader_left(r) > 0 && *r->at >= '0' && *r->at <= '9' && value <= NUMBER_MAX) {
		if (digits++ > 0 && value == 0)
			r->failed = true;
		value = value * 10 + (uint64_t)(reader_u8(r) - '0');
	}
	if (digits == 0 || value > NUMBER_MAX)
		r->failed = true;
	return r->failed ? 0 : value;
}

static uint32_t hex4_take(struct reader *r)
{
	uint32_t value = 0;

	for (int i = 0; i < 4; i++) {
		uint8_t c = reader_u8(r);
		if (c >= '0' && c <= '9')
			value = value << 4 | (uint32_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			value = value << 4 | (uint32_t)(c - 'a' + 10);
		else
			r->failed = true;
	}
	return value;
}

static uint32_t escape_take(struct reader *r)
{
	uint8_t kind = reader_u8(r);

	if (kind == '"' || kind == '\\')
		return kind;
	if (kind != 'u') {
		r->failed = true;
		return 0;
	}
	uint32_t unit = hex4_take(r);
	if (unit < 0xd800 || unit >= 0xe000)
		return unit;
	json_take(r, "\\u");
	uint32_t low = hex4_take(r);
	if (unit >= 0xdc00 || low < 0xdc00 || low >= 0xe000)
		r->failed = true;
	return 0x10000 + ((unit & 0x3ff) << 10) + (low & 0x3ff);
}

void json_take_text(struct reader *r, char *out, size_t size)
{
	struct writer w = writer_of(out, size - 1); /* one kept for the NUL */

	json_take(r, "\"");
	for (;;) {
		uint32_t c = reader_u8(r);
		if (!reader_ok(r) || c == '"')
			break;
		if (c == '\\')
			c = escape_take(r);
		else if (c < 0x20 || c > 0x7e)
			r->failed = true;
		if (c == 0)
			r->failed = true;
		utf8_put(&w, c);
	}
	if (!writer_ok(&w))
		r->failed = true;
	*w.at = 0;
}
