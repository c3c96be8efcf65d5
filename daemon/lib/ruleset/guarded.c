/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A line stops a guarded name in two ways: it lists the name or something below it, or, unless it is exact, something
 * above it. Both are one look into a table of the guarded names and all their parents.
 */
#include "ruleset/guarded.h"

#include <errno.h>
#include <stdlib.h>

int guarded_add(struct guarded *g, const char *name, const char *from, bool vetted)
{
	struct guarded_name *more = reallocarray(g->name, g->count + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	g->name = more;
	struct guarded_name *n = &g->name[g->count];
	if (host_from_text(span_text(name), &n->host) < 0)
		return -EBADMSG;
	n->from = from;
	n->vetted = vetted;
	g->count++;
	return 0;
}

static struct span suffix_of(const struct guarded_slot *s)
{
	return span_of(s->name->host.text + s->start, s->name->host.len - (size_t)s->start);
}

/* The slot of a suffix, or the free one where it would stand. */
static struct guarded_slot *slot_of(const struct guarded *g, uint64_t hash, struct span suffix)
{
	size_t i = hash & (g->slots - 1);
	while (g->slot[i].name && !(g->slot[i].hash == hash && span_equal(suffix_of(&g->slot[i]), suffix)))
		i = (i + 1) & (g->slots - 1);
	return &g->slot[i];
}

static struct span probe_text(const struct host *h, const struct probe *p)
{
	return span_of(h->text + p->start, h->len - (size_t)p->start);
}

/* A name itself goes before a parent of another, and a vetted one before one that is not. */
static void slot_fill(struct guarded_slot *s, const struct guarded_name *n, const struct probe *p)
{
	bool above = p->start > 0;
	if (s->name && (s->name->vetted != n->vetted ? s->name->vetted : s->above <= above))
		return;
	*s = (struct guarded_slot){p->hash, n, p->start, above};
}

int guarded_ready(struct guarded *g)
{
	struct probes probes;
	size_t suffixes = 0;
	for (size_t i = 0; i < g->count; i++)
		suffixes += g->name[i].host.labels;
	for (g->slots = 16; g->slots < suffixes * 4;)
		g->slots *= 2;
	g->slot = calloc(g->slots, sizeof(*g->slot));
	if (!g->slot)
		return -ENOMEM;
	for (size_t i = 0; i < g->count; i++) {
		const struct host *h = &g->name[i].host;
		names_probe(h, &probes);
		for (size_t p = 0; p < probes.count; p++)
			slot_fill(slot_of(g, probes.at[p].hash, probe_text(h, &probes.at[p])), &g->name[i],
				  &probes.at[p]);
	}
	return 0;
}

const struct guarded_name *guarded_against(const struct guarded *g, const struct rule_line *rule)
{
	const struct guarded_name *found = NULL;
	struct probes probes;
	names_probe(rule->host, &probes);
	for (size_t p = 0; g->count > 0 && p < probes.count; p++) {
		bool whole = p + 1 == probes.count;
		const struct guarded_slot *s =
			slot_of(g, probes.at[p].hash, probe_text(rule->host, &probes.at[p]));
		if (!s->name || (s->above && (!whole || rule->kind == RULE_EXACT)))
			continue;
		if (!found || s->name->vetted)
			found = s->name;
	}
	return found;
}

void guarded_clear(struct guarded *g)
{
	free(g->name);
	free(g->slot);
	*g = (struct guarded){0};
}
