/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two hash tables over two arrays made once: flows by key, clients by address. Flows stand in two lists by
 * age, of all and of their client, so that giving way costs the same however full the table is.
 */
#include "net/flow.h"

#include <sodium.h>
#include <stdlib.h>

enum {
	RECLAIM_MAX = 64,  /* flows that give way for one packet's memory */
	ENDED_LOOKS = 256, /* of a client's oldest flows, for one that has ended */
};

struct flow_client {
	uint8_t family;
	uint8_t address[16];
	uint32_t flows;
	struct quota quota;
	struct flow *newest, *oldest;
	struct flow_client *next;
};

struct flow_table {
	struct flow_limits limits;
	struct flow_stats stats;
	struct pool pool;
	uint8_t secret[crypto_shorthash_KEYBYTES];
	uint32_t mask; /* buckets - 1, of both tables */
	struct flow **buckets;
	struct flow_client **client_buckets;
	struct flow *flows, *free_flows;
	struct flow_client *clients, *free_clients;
	uint32_t flows_used, clients_used; /* of the arrays, from the front */
	struct flow *newest, *oldest;
};

_Static_assert(sizeof(struct flow_key) == 40, "a key without padding is compared and hashed as bytes");

struct flow_key flow_key(const struct headers *h)
{
	struct flow_key key = {
		.family = h->family,
		.protocol = h->protocol,
		.client_port = h->source_port,
		.server_port = h->target_port,
	};
	memcpy(key.client, h->source, sizeof key.client);
	memcpy(key.server, h->target, sizeof key.server);
	return key;
}

struct flow_key flow_key_back(const struct headers *h)
{
	struct flow_key key = {
		.family = h->family,
		.protocol = h->protocol,
		.client_port = h->target_port,
		.server_port = h->source_port,
	};
	memcpy(key.client, h->target, sizeof key.client);
	memcpy(key.server, h->source, sizeof key.server);
	return key;
}

struct flow_table *flow_table_new(const struct flow_limits *limits)
{
	struct flow_table *t = calloc(1, sizeof *t);
	if (t == NULL)
		return NULL;
	t->limits = *limits;
	t->pool.all.limit = limits->bytes;
	uint32_t buckets = 64;
	while (buckets < limits->flows && buckets < 1u << 30)
		buckets *= 2;
	t->mask = buckets - 1;
	t->buckets = calloc(buckets, sizeof *t->buckets);
	t->client_buckets = calloc(buckets, sizeof *t->client_buckets);
	t->flows = calloc(limits->flows, sizeof *t->flows);
	t->clients = calloc((size_t)limits->flows + 1, sizeof *t->clients);
	if (t->buckets == NULL || t->client_buckets == NULL || t->flows == NULL || t->clients == NULL ||
	    limits->flows == 0 || limits->flows_a_client == 0) {
		flow_table_free(t);
		return NULL;
	}
	randombytes_buf(t->secret, sizeof t->secret);
	return t;
}

void flow_table_free(struct flow_table *t)
{
	if (t == NULL)
		return;
	while (t->oldest != NULL)
		flow_remove(t, t->oldest);
	pool_clear(&t->pool);
	free(t->buckets);
	free(t->client_buckets);
	free(t->flows);
	free(t->clients);
	free(t);
}

static uint32_t hash(const struct flow_table *t, const void *bytes, size_t len)
{
	uint8_t out[crypto_shorthash_BYTES];
	uint32_t h;
	crypto_shorthash(out, bytes, len, t->secret);
	memcpy(&h, out, sizeof h);
	return h & t->mask;
}

static struct flow **bucket_of(struct flow_table *t, const struct flow_key *key)
{
	return &t->buckets[hash(t, key, sizeof *key)];
}

static struct flow_client **client_bucket_of(struct flow_table *t, uint8_t family,
					     const uint8_t address[static 16])
{
	uint8_t bytes[17] = {family};
	memcpy(bytes + 1, address, 16);
	return &t->client_buckets[hash(t, bytes, sizeof bytes)];
}

static struct flow_client *client_get(struct flow_table *t, const struct flow_key *key)
{
	struct flow_client **bucket = client_bucket_of(t, key->family, key->client);
	for (struct flow_client *c = *bucket; c != NULL; c = c->next) {
		if (c->family == key->family && memcmp(c->address, key->client, sizeof c->address) == 0)
			return c;
	}
	/* Each client has a flow, but for the one that is about to get its first. */
	struct flow_client *c = t->free_clients;
	if (c != NULL)
		t->free_clients = c->next;
	else
		c = &t->clients[t->clients_used++];
	*c = (struct flow_client){.family = key->family, .next = *bucket};
	c->quota.limit = t->limits.bytes_a_client;
	memcpy(c->address, key->client, sizeof c->address);
	*bucket = c;
	t->stats.clients++;
	return c;
}

static void client_put(struct flow_table *t, struct flow_client *c)
{
	if (c->flows > 0)
		return;
	struct flow_client **at = client_bucket_of(t, c->family, c->address);
	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	c->next = t->free_clients;
	t->free_clients = c;
	t->stats.clients--;
}

/* Both lists by age. */
static void link_newest(struct flow_table *t, struct flow *f)
{
	struct flow_client *c = f->client;
	f->newer = NULL;
	f->older = t->newest;
	*(t->newest != NULL ? &t->newest->newer : &t->oldest) = f;
	t->newest = f;
	f->client_newer = NULL;
	f->client_older = c->newest;
	*(c->newest != NULL ? &c->newest->client_newer : &c->oldest) = f;
	c->newest = f;
}

static void unlink_ages(struct flow_table *t, struct flow *f)
{
	struct flow_client *c = f->client;
	*(f->newer != NULL ? &f->newer->older : &t->newest) = f->older;
	*(f->older != NULL ? &f->older->newer : &t->oldest) = f->newer;
	*(f->client_newer != NULL ? &f->client_newer->client_older : &c->newest) = f->client_older;
	*(f->client_older != NULL ? &f->client_older->client_newer : &c->oldest) = f->client_newer;
}

struct flow *flow_find(struct flow_table *t, const struct flow_key *key, int64_t now_ms)
{
	struct flow *f = *bucket_of(t, key);
	while (f != NULL && memcmp(&f->key, key, sizeof *key) != 0)
		f = f->next;
	if (f == NULL)
		return NULL;
	f->seen_ms = now_ms;
	if (t->newest != f) {
		unlink_ages(t, f);
		link_newest(t, f);
	}
	return f;
}

void flow_remove(struct flow_table *t, struct flow *f)
{
	flow_clear(t, f);
	unlink_ages(t, f);
	struct flow **at = bucket_of(t, &f->key);
	while (*at != f)
		at = &(*at)->next;
	*at = f->next;
	f->client->flows--;
	client_put(t, f->client);
	f->next = t->free_flows;
	t->free_flows = f;
	t->stats.live--;
}

struct flow *flow_open(struct flow_table *t, const struct flow_key *key, int64_t now_ms)
{
	struct flow_client *c = client_get(t, key);
	if (c->flows >= t->limits.flows_a_client) {
		t->stats.evicted_own++;
		c->flows++; /* keeps the client while its last flow may go */
		flow_remove(t, c->oldest);
		c->flows--;
	}
	if (t->stats.live >= t->limits.flows) {
		t->stats.evicted_all++;
		c->flows++;
		flow_remove(t, t->oldest);
		c->flows--;
	}
	struct flow *f = t->free_flows;
	if (f != NULL)
		t->free_flows = f->next;
	else
		f = &t->flows[t->flows_used++];
	struct flow **bucket = bucket_of(t, key);
	*f = (struct flow){.key = *key, .seen_ms = now_ms, .client = c, .next = *bucket};
	*bucket = f;
	c->flows++;
	link_newest(t, f);
	t->stats.live++;
	t->stats.opened++;
	return f;
}

void flow_expire(struct flow_table *t, int64_t now_ms, int64_t idle_ms, unsigned most)
{
	while (most-- > 0 && t->oldest != NULL && now_ms - t->oldest->seen_ms >= idle_ms) {
		t->stats.expired++;
		flow_remove(t, t->oldest);
	}
}

/* The client's oldest flow that has ended and still holds memory; NULL when there is none near the end. */
static struct flow *oldest_ended(const struct flow *f)
{
	struct flow *old = f->client->oldest;
	for (unsigned looks = 0; old != NULL && looks < ENDED_LOOKS; looks++, old = old->client_newer) {
		if (old != f && old->ended && (old->stream.bytes != NULL || old->memory != NULL))
			return old;
	}
	return NULL;
}

/*
 * Another try after a flow gave way: the oldest of all when the memory of all is used up, the client's own ended
 * ones when his is. It is forgotten as a whole, never only its bytes: what has ended for us may go on for the server
 * (T12), and a request whose beginning is forgotten would be read as another one. False when that is not why.
 */
static bool make_way(struct flow_table *t, const struct flow *f, unsigned tries)
{
	struct flow *old = NULL;
	if (tries >= RECLAIM_MAX)
		return false;
	if (t->pool.crowded && t->oldest != f)
		old = t->oldest;
	else if (t->pool.spent)
		old = oldest_ended(f);
	if (old == NULL)
		return false;
	(*(t->pool.crowded ? &t->stats.evicted_all : &t->stats.evicted_own))++;
	flow_remove(t, old);
	t->pool.crowded = t->pool.spent = false;
	return true;
}

enum stream_push flow_push(struct flow_table *t, struct flow *f, uint32_t seq, struct span payload)
{
	enum stream_push r;
	unsigned tries = 0;
	t->pool.crowded = t->pool.spent = false;
	do
		r = stream_push(&f->stream, &t->pool, &f->client->quota, seq, payload);
	while (r == STREAM_FULL && make_way(t, f, tries++));
	return r;
}

void *flow_memory(struct flow_table *t, struct flow *f, size_t size)
{
	unsigned tries = 0;
	if (f->memory != NULL || size == 0)
		return f->memory;
	t->pool.crowded = t->pool.spent = false;
	do
		f->memory = pool_take(&t->pool, &f->client->quota, size);
	while (f->memory == NULL && make_way(t, f, tries++));
	if (f->memory != NULL)
		memset(f->memory, 0, size);
	f->memory_size = size;
	return f->memory;
}

void flow_clear(struct flow_table *t, struct flow *f)
{
	stream_clear(&f->stream, &t->pool, &f->client->quota);
	pool_give(&t->pool, &f->client->quota, f->memory, f->memory_size);
	f->memory = NULL;
}

const struct flow_stats *flow_stats(const struct flow_table *t)
{
	return &t->stats;
}

size_t flow_bytes(const struct flow_table *t)
{
	return t->pool.all.used;
}
