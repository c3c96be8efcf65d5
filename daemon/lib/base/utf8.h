/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The little of UTF-8 (RFC 3629) that names, search words, rule files, the configuration and the journal need. */
#ifndef TRYGG_BASE_UTF8_H
#define TRYGG_BASE_UTF8_H

#include "base/span.h"

enum { UTF8_MAX = 4 };

/* The bytes of the character that `s` begins with; 0 when that is none: cut, overlong, a surrogate. */
size_t utf8_read(struct span s, uint32_t *character);
/* Writes one character; returns its bytes. */
size_t utf8_write(uint32_t character, uint8_t out[static UTF8_MAX]);

#endif
