/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A search for one pupil's words can match thousands of lines, and a list of hits that grows with them would be a lever
 * in a pupil's hand. But few hits can matter: of two stop lines of one category, reach and layer, an exception that
 * removes the greater removes the lesser too; of two such exceptions the greater one does all that the lesser can. So
 * when many have come together, the greatest of each category, reach and layer is kept, and `cut` is set. Stop lines that only
 * observe are kept beside those that stop: they never stand in for one another.
 */
#include "ruleset/hits.h"

#include <assert.h>

enum {
	REACHES = 3, /* names, urls, search words */
	PARTS = 3,   /* exceptions, stop lines, stop lines that only observe */
	PLACES = (RULESET_CATEGORIES_MAX + 1) * PARTS * REACHES * LAYERS,
};

static_assert((int)PLACES < (int)RULESET_HITS_MAX, "after dropping what cannot decide there is always room");

/* Lines that the same exceptions can remove, or exceptions that can remove the same lines. */
static unsigned reach_of(const struct rule_hit *h)
{
	static const uint8_t reach[RULE_KINDS] = {[RULE_URL] = 1, [RULE_PATH] = 1, [RULE_SEARCH] = 2};
	return reach[h->kind];
}

static size_t place_of(const struct rule_hit *h)
{
	size_t category = h->category < RULESET_CATEGORIES_MAX ? h->category : RULESET_CATEGORIES_MAX;
	size_t part = h->exception ? 0 : h->observe ? 2 : 1;
	return ((category * PARTS + part) * REACHES + reach_of(h)) * LAYERS + h->layer;
}

/* The order of the decision procedure: whether `a` can do all that `b` can and is named before it. */
static bool outdoes(const struct rule_hit *a, const struct rule_hit *b)
{
	if (a->labels != b->labels)
		return a->labels > b->labels;
	if ((a->kind == RULE_EXACT) != (b->kind == RULE_EXACT))
		return a->kind == RULE_EXACT;
	if (a->url_bytes != b->url_bytes)
		return a->url_bytes > b->url_bytes;
	if (a->layer != b->layer)
		return a->layer > b->layer;
	int order = strcmp(a->file, b->file);
	return order != 0 ? order < 0 : a->line < b->line;
}

static void drop_lesser(struct rule_hits *hits)
{
	uint16_t best[PLACES] = {0}; /* index + 1 into what is kept */
	size_t kept = 0;
	for (size_t i = 0; i < hits->count; i++) {
		struct rule_hit hit = hits->hit[i];
		uint16_t *place = &best[place_of(&hit)];
		if (*place == 0) {
			hits->hit[kept] = hit;
			*place = (uint16_t)++kept;
		} else if (outdoes(&hit, &hits->hit[*place - 1])) {
			hits->hit[*place - 1] = hit;
		}
	}
	hits->count = kept;
	hits->cut = true;
}

void hits_add(struct rule_hits *hits, const struct rule_hit *hit)
{
	if (hits->count >= HITS_ENOUGH && (hits->count % HITS_ENOUGH == 0 || hits->count == RULESET_HITS_MAX))
		drop_lesser(hits);
	hits->hit[hits->count++] = *hit;
}
