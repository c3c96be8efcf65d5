/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Buffers for streams: powers of two from 512 bytes to 1 MiB, kept for the next user, counted against the
 * quota of one client and against that of all. A pupil who opens many half requests runs into his own limit
 * before he reaches everybody's.
 */
#ifndef TRYGG_NET_POOL_H
#define TRYGG_NET_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { POOL_LEAST = 512, POOL_LARGEST = 1 << 20, POOL_CLASSES = 12, POOL_KEPT = 131072 };

struct quota {
	size_t used, limit; /* bytes */
};

struct pool {
	struct quota all;
	bool crowded; /* the last refusal was for the limit of all, the client's own had room */
	bool spent;   /* the last refusal was for the client's own limit */
	struct pool_block *free[POOL_CLASSES];
};

/* The smallest buffer of at least `size` bytes: its real size; 0 when there is none that large. */
size_t pool_round(size_t size);
/* A buffer of pool_round(size) bytes, or NULL: beyond a limit, or no memory. Contents are undefined. */
uint8_t *pool_take(struct pool *p, struct quota *client, size_t size);
/* The same for what is welcome but not needed: never from the second half of a limit, so that it takes no place from
 * what is. */
uint8_t *pool_take_spare(struct pool *p, struct quota *client, size_t size);
/* `size` as it was taken. NULL is accepted. */
void pool_give(struct pool *p, struct quota *client, uint8_t *buffer, size_t size);
/* Frees the buffers that nobody holds. */
void pool_clear(struct pool *p);

#endif
