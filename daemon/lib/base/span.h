/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A span is a run of bytes that somebody else owns: a pointer and a length, passed by value. It is valid
 * as long as its owner says. Nothing in Trygg reads foreign bytes through a bare pointer; see cursor.h.
 */
#ifndef TRYGG_BASE_SPAN_H
#define TRYGG_BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
	const uint8_t *at;
	size_t len; /* bytes */
};

static inline struct span span_of(const void *at, size_t len)
{
	return (struct span){at, len};
}

static inline struct span span_text(const char *text)
{
	return (struct span){(const uint8_t *)text, strlen(text)};
}

static inline bool span_equal(struct span a, struct span b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

/* The bytes from `from` on; empty when the span is shorter than that. */
static inline struct span span_from(struct span s, size_t from)
{
	return from < s.len ? (struct span){s.at + from, s.len - from} : (struct span){s.at, 0};
}

#endif
