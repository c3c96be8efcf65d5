/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A bounded text that remembers whether something did not fit, and percent-decoding into one. */
#ifndef TRYGG_NAME_TEXT_H
#define TRYGG_NAME_TEXT_H

#include "base/span.h"
#include "base/utf8.h"

struct text_out {
	char *at; /* borrowed */
	size_t len, max;
	bool cut;
};

static inline void text_put(struct text_out *t, const void *bytes, size_t len)
{
	if (t->cut || len > t->max - t->len) {
		t->cut = true;
		return;
	}
	memcpy(t->at + t->len, bytes, len);
	t->len += len;
}

static inline void text_put_char(struct text_out *t, char c)
{
	text_put(t, &c, 1);
}

static inline void text_put_utf8(struct text_out *t, uint32_t c)
{
	uint8_t bytes[UTF8_MAX];
	text_put(t, bytes, utf8_write(c, bytes));
}

static inline int text_hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte that "%XX" at `at` stands for, -1 when it is no escape. */
static inline int text_escape_at(const uint8_t *at, size_t left)
{
	if (left < 3 || at[0] != '%')
		return -1;
	int high = text_hex_digit(at[1]), low = text_hex_digit(at[2]);
	return high < 0 || low < 0 ? -1 : high << 4 | low;
}

/*
 * Appends a byte and decodes what has become complete at the end. As a decoded byte may itself end an escape
 * ("%2541", "%%34%31"), this one pass reaches the fixpoint.
 */
static inline void text_put_decoding(struct text_out *t, uint8_t c)
{
	text_put(t, &c, 1);
	while (!t->cut && t->len >= 3) {
		int byte = text_escape_at((const uint8_t *)t->at + t->len - 3, 3);
		if (byte < 0)
			return;
		t->len -= 2;
		t->at[t->len - 1] = (char)byte;
	}
}

/* The bytes of `s` before the first of the two delimiters. */
static inline struct span text_until(struct span s, char a, char b)
{
	size_t len = 0;
	while (len < s.len && s.at[len] != (uint8_t)a && s.at[len] != (uint8_t)b)
		len++;
	return span_of(s.at, len);
}

#endif
