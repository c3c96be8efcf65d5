/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Free lists by size class. What was once needed stays: the limits bound it, and no packet waits for malloc. Large
 * buffers are rare and go back at once, so that what lies free is small beside the limits.
 */
#include "net/pool.h"

#include <stdlib.h>

struct pool_block {
	struct pool_block *next;
};

static unsigned class_of(size_t size)
{
	unsigned rank = 0;
	for (size_t room = POOL_LEAST; room < size && rank < POOL_CLASSES; room *= 2)
		rank++;
	return rank;
}

size_t pool_round(size_t size)
{
	unsigned rank = class_of(size);
	return rank < POOL_CLASSES ? (size_t)POOL_LEAST << rank : 0;
}

uint8_t *pool_take(struct pool *p, struct quota *client, size_t size)
{
	size_t room = pool_round(size);
	bool own = client->limit - client->used >= room;
	p->spent = room != 0 && !own;
	p->crowded = room != 0 && own && p->all.limit - p->all.used < room;
	if (room == 0 || !own || p->crowded)
		return NULL;
	unsigned rank = class_of(size);
	struct pool_block *b = p->free[rank];
	if (b != NULL)
		p->free[rank] = b->next;
	else
		b = malloc(room);
	if (b == NULL)
		return NULL;
	p->all.used += room;
	client->used += room;
	return (uint8_t *)b;
}

uint8_t *pool_take_spare(struct pool *p, struct quota *client, size_t size)
{
	size_t room = pool_round(size);
	if (client->used + room > client->limit / 2 || p->all.used + room > p->all.limit / 2)
		return NULL;
	return pool_take(p, client, size);
}

void pool_give(struct pool *p, struct quota *client, uint8_t *buffer, size_t size)
{
	if (buffer == NULL)
		return;
	unsigned rank = class_of(size);
	size_t room = pool_round(size);
	struct pool_block *b = (struct pool_block *)(void *)buffer;
	if (room > POOL_KEPT) {
		free(b);
	} else {
		b->next = p->free[rank];
		p->free[rank] = b;
	}
	p->all.used -= room;
	client->used -= room;
}

void pool_clear(struct pool *p)
{
	for (unsigned rank = 0; rank < POOL_CLASSES; rank++) {
		while (p->free[rank] != NULL) {
			struct pool_block *b = p->free[rank];
			p->free[rank] = b->next;
			free(b);
		}
	}
}
