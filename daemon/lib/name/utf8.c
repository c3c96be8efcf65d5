/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "name/utf8.h"

/* A run of capitals: `step` 2 = capitals and small letters alternate, else they lie `distance` apart. */
struct capitals {
	uint32_t first, last, step, distance;
};

uint32_t utf8_lower(uint32_t c)
{
	static const struct capitals table[] = {
		{'A', 'Z', 1, 32},     {0xc0, 0xd6, 1, 32},   {0xd8, 0xde, 1, 32},   {0x100, 0x12e, 2, 1},
		{0x132, 0x136, 2, 1},  {0x139, 0x147, 2, 1},  {0x14a, 0x176, 2, 1},  {0x179, 0x17d, 2, 1},
		{0x391, 0x3a1, 1, 32}, {0x3a3, 0x3ab, 1, 32}, {0x400, 0x40f, 1, 80}, {0x410, 0x42f, 1, 32},
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const struct capitals *t = &table[i];
		if (c >= t->first && c <= t->last && (c - t->first) % t->step == 0)
			return c + t->distance;
	}
	return c;
}
