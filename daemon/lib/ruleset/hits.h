/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Collecting hits without bound on how many lines match: see hits.c. */
#ifndef TRYGG_RULESET_HITS_H
#define TRYGG_RULESET_HITS_H

#include "ruleset/ruleset.h"

/* From this many on, hits that cannot decide are dropped. */
enum { HITS_ENOUGH = 512 };

static inline void hits_clear(struct rule_hits *hits)
{
	hits->count = 0;
	hits->cut = false;
}

void hits_add(struct rule_hits *hits, const struct rule_hit *hit);

#endif
