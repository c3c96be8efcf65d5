/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Strict reading: what two decoders could read differently is no character here. */
#include "base/utf8.h"

size_t utf8_read(struct span s, uint32_t *character)
{
	static const uint32_t least[UTF8_MAX + 1] = {0, 0, 0x80, 0x800, 0x10000};
	if (s.len == 0)
		return 0;
	uint8_t first = s.at[0];
	size_t len = first < 0x80   ? 1
		     : first < 0xc0 ? 0
		     : first < 0xe0 ? 2
		     : first < 0xf0 ? 3
		     : first < 0xf8 ? 4
				    : 0;
	if (len == 0 || len > s.len)
		return 0;
	uint32_t c = len == 1 ? first : first & (0x7fu >> len);
	for (size_t i = 1; i < len; i++) {
		if ((s.at[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s.at[i] & 0x3f);
	}
	if (c < least[len] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*character = c;
	return len;
}

size_t utf8_write(uint32_t c, uint8_t out[static UTF8_MAX])
{
	if (c < 0x80) {
		out[0] = (uint8_t)c;
		return 1;
	}
	size_t len = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	for (size_t i = len - 1; i > 0; i--, c >>= 6)
		out[i] = (uint8_t)(0x80 | (c & 0x3f));
	out[0] = (uint8_t)(0xf00u >> len | c);
	return len;
}
