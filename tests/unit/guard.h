/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Input against a wall: the bytes end exactly where a page without any access begins, so that a parser that
 * reads one byte too far dies at once, with or without a sanitizer. One guard holds one input at a time.
 *
 *	struct guard g = guard_new(65536);
 *	for (size_t n = 0; n <= len; n++)
 *		parse(guard_put(&g, bytes, n));
 *	guard_free(&g);
 */
#ifndef TRYGG_UNIT_GUARD_H
#define TRYGG_UNIT_GUARD_H

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/span.h"

struct guard {
	uint8_t *pages; /* readable pages, then one without access */
	size_t size;    /* bytes readable; the largest input */
	size_t page;
};

static inline struct guard guard_new(size_t largest)
{
	struct guard g = {.page = (size_t)sysconf(_SC_PAGESIZE)};
	g.size = (largest + g.page) / g.page * g.page;
	g.pages = mmap(NULL, g.size + g.page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (g.pages == MAP_FAILED || mprotect(g.pages + g.size, g.page, PROT_NONE) < 0)
		abort();
	return g;
}

/* A writable place for `len` bytes right before the wall. */
static inline uint8_t *guard_room(struct guard *g, size_t len)
{
	if (len > g->size)
		abort();
	return g->pages + g->size - len;
}

/* A copy of the bytes right before the wall, valid until the next call. What lies before it is poison. */
static inline struct span guard_put(struct guard *g, const void *bytes, size_t len)
{
	uint8_t *at = guard_room(g, len);
	size_t before = (size_t)(at - g->pages);
	memset(at - (before < 64 ? before : 64), 0xa5, before < 64 ? before : 64);
	if (len > 0)
		memcpy(at, bytes, len);
	return span_of(at, len);
}

static inline void guard_free(struct guard *g)
{
	munmap(g->pages, g->size + g->page);
	g->pages = NULL;
}

#endif
