/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory with one lifetime: many small allocations that are given back together. Readers of files use one
 * arena per loaded thing (configuration, catalogue), so that a half-built thing is freed by one call.
 */
#ifndef TRYGG_BASE_ARENA_H
#define TRYGG_BASE_ARENA_H

#include <stddef.h>

struct arena_block;

struct arena {
	struct arena_block *blocks; /* owned, newest first */
	size_t used;                /* bytes used of the newest block */
};

/* Zeroed memory, aligned for any type, until arena_clear(); ends the program when there is none. */
void *arena_alloc(struct arena *a, size_t size);
char *arena_text(struct arena *a, const char *text);
char *arena_printf(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Frees everything; accepts a zeroed arena. */
void arena_clear(struct arena *a);

#endif
