/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How often one device may send a form: a bucket an address that fills again with time. It lives in memory for as long as
 * the bucket is not full, and nowhere else.
 */
#ifndef TRYGG_HELP_LIMITS_H
#define TRYGG_HELP_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

#include "name/address.h"

enum limit { LIMIT_CONTACT, LIMIT_FEEDBACK, LIMIT_WITHDRAW, LIMITS };

enum { LIMITS_ADDRESSES = 512 };

struct limits_bucket {
	struct address client;
	int64_t full_ms[LIMITS]; /* monotonic: when it will be full again; 0 = it is */
};

struct limits {
	struct limits_bucket buckets[LIMITS_ADDRESSES];
	int64_t all_full_ms[LIMITS]; /* the same for everybody together */
};

/* Takes one; false when there is none, for this address or for everybody together. */
bool limits_take(struct limits *l, enum limit what, const struct address *client, int64_t mono_ms);

#endif
