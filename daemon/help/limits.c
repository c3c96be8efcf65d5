/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "help/limits.h"

#include <stddef.h>

#include "base/clock.h"

/* A drop comes back after `every_ms`; a full bucket has `burst` of them. */
struct rate {
	int64_t every_ms;
	int burst;
};

static const struct {
	struct rate one, all;
} rates[LIMITS] = {
	[LIMIT_CONTACT] = {{10 * MINUTE_MS, 3}, {20 * 1000, 30}},
	[LIMIT_FEEDBACK] = {{5 * MINUTE_MS, 5}, {1000, 120}},
	[LIMIT_WITHDRAW] = {{MINUTE_MS, 5}, {1000, 60}},
};

static bool has_drop(const struct rate *r, int64_t full_ms, int64_t mono_ms)
{
	return full_ms - mono_ms <= (r->burst - 1) * r->every_ms;
}

static void take_drop(const struct rate *r, int64_t *full_ms, int64_t mono_ms)
{
	*full_ms = (*full_ms > mono_ms ? *full_ms : mono_ms) + r->every_ms;
}

static int64_t last_full(const struct limits_bucket *b)
{
	int64_t last = 0;
	for (int i = 0; i < LIMITS; i++)
		last = b->full_ms[i] > last ? b->full_ms[i] : last;
	return last;
}

/* The address's bucket, else the one that is full or will be soonest: its address loses least. */
static struct limits_bucket *find(struct limits *l, const struct address *client)
{
	struct limits_bucket *best = &l->buckets[0];
	for (size_t i = 0; i < LIMITS_ADDRESSES; i++) {
		struct limits_bucket *b = &l->buckets[i];
		if (b->client.family != 0 && address_equal(&b->client, client))
			return b;
		if (last_full(b) < last_full(best))
			best = b;
	}
	*best = (struct limits_bucket){.client = *client};
	return best;
}

bool limits_take(struct limits *l, enum limit what, const struct address *client, int64_t mono_ms)
{
	struct limits_bucket *b = find(l, client);
	if (!has_drop(&rates[what].one, b->full_ms[what], mono_ms) ||
	    !has_drop(&rates[what].all, l->all_full_ms[what], mono_ms))
		return false;
	take_drop(&rates[what].one, &b->full_ms[what], mono_ms);
	take_drop(&rates[what].all, &l->all_full_ms[what], mono_ms);
	return true;
}
