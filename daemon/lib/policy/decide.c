/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The decision procedure of DESIGN 6.3. Its parts, in the order of the steps: the key that orders lines, the
 * reach of exceptions, the action of a category for a group, the rank of categories, and the two ways a
 * decision may be overruled at the end (default deny, observe mode). All of it is a function of the hits as a
 * set: their order never matters, because every choice among them ends in the place (file and line) of a
 * rule.
 */
#include "policy/policy.h"

#include <errno.h>
#include <stdio.h>

#define KIND(k) (1u << (k))
#define NAME_KINDS (KIND(RULE_DOMAIN) | KIND(RULE_EXACT) | KIND(RULE_HOST) | KIND(RULE_DIGEST))
#define URL_KINDS (KIND(RULE_URL) | KIND(RULE_PATH))

/* The kinds of stop lines that an exception of a kind can remove. */
static const unsigned reach[RULE_KINDS] = {
	[RULE_DOMAIN] = NAME_KINDS | URL_KINDS,
	[RULE_EXACT] = NAME_KINDS | URL_KINDS,
	[RULE_HOST] = NAME_KINDS | URL_KINDS,
	[RULE_DIGEST] = NAME_KINDS | URL_KINDS,
	[RULE_URL] = URL_KINDS,
	[RULE_PATH] = URL_KINDS,
	[RULE_SEARCH] = KIND(RULE_SEARCH),
};

/*
 * Step 2: labels of the listed name, then exact before domain, then bytes of the url path, then the nearer
 * layer, then exception before stop; packed so that the greater key is the greater number.
 */
static uint32_t key_of(const struct rule_hit *h)
{
	return (uint32_t)h->labels << 20 | (h->kind == RULE_EXACT ? 1u : 0u) << 19 |
	       (uint32_t)h->url_bytes << 3 | (uint32_t)h->layer << 1 | (h->exception ? 1u : 0u);
}

/* Whether `a` is named rather than `b`: the greater key, then the lowest file and line. */
static bool precedes(const struct rule_hit *a, const struct rule_hit *b)
{
	if (!b)
		return true;
	if (key_of(a) != key_of(b))
		return key_of(a) > key_of(b);
	int order = strcmp(a->file, b->file);
	return order != 0 ? order < 0 : a->line < b->line;
}

/* Index into conf->categories of a stop line; -1 when no category can be meant. */
static int category_of(const struct policy *p, const struct rule_hit *h)
{
	return h->category < RULESET_CATEGORIES_MAX ? p->category[h->category] : -1;
}

static bool removes(const struct rule_hit *exception, const struct rule_hit *stop, bool mandatory)
{
	return exception->exception &&
	       (exception->category == stop->category || exception->category == RULESET_CATEGORY_ANY) &&
	       reach[exception->kind] & KIND(stop->kind) && key_of(exception) > key_of(stop) &&
	       (!mandatory || exception->layer <= stop->layer);
}

/* The exception that removes a stop line, NULL when it stands. */
static const struct rule_hit *remover(const struct rule_hits *hits, const struct rule_hit *stop,
				      bool mandatory)
{
	const struct rule_hit *found = NULL;
	for (size_t i = 0; i < hits->count; i++)
		if (removes(&hits->hit[i], stop, mandatory) && precedes(&hits->hit[i], found))
			found = &hits->hit[i];
	return found;
}

/* Step 3. The configuration check refuses a mandatory category that passes; should one get here, it stops. */
static enum action action_of(const struct policy *p, const struct asker *who, int category)
{
	const struct conf_category *c = &p->conf->categories[category];
	enum action action = who->group->actions ? who->group->actions[category] : c->action;
	if (!c->mandatory || action == ACTION_HELP || action == ACTION_REFUSE)
		return action;
	return c->action == ACTION_HELP ? ACTION_HELP : ACTION_REFUSE;
}

static bool is_stop(enum action action)
{
	return action == ACTION_HELP || action == ACTION_REFUSE;
}

/* Whether a stop line is on trial: it, or its category, only counts what it would stop. */
static bool on_trial(const struct policy *p, const struct rule_hit *h, int category)
{
	const struct conf_category *c = &p->conf->categories[category];
	return !c->mandatory && (h->observe || c->observe);
}

/*
 * Which line's category speaks when several are left: the greatest rank. Mandatory is a step of its own above help and
 * refuse, so that among mandatory categories the graver speaks. A line on trial gives way to every line that stops.
 */
static uint32_t rank_of(const struct policy *p, const struct asker *who, const struct rule_hit *h,
			int category)
{
	enum { TRIALS = 2 };
	static const uint32_t order[ACTIONS][TRIALS] = {[ACTION_HELP] = {5, 3},
							[ACTION_REFUSE] = {4, 2},
							[ACTION_OBSERVE] = {1, 1},
							[ACTION_ALLOW] = {0, 0}};
	const struct conf_category *c = &p->conf->categories[category];
	enum action action = action_of(p, who, category);
	return (c->mandatory ? 6u : order[action][on_trial(p, h, category)]) << 24 |
	       (uint32_t)(c->severity & 0xff) << 16 | (0xffffu - (uint32_t)category);
}

/* Whether this line is a stop line that counts for this asker. */
static bool counts(const struct policy *p, const struct asker *who, const struct rule_hit *h)
{
	if (h->exception || h->kind >= RULE_KINDS)
		return false;
	int category = category_of(p, h);
	return category >= 0 && (!who->mandatory_only || p->conf->categories[category].mandatory);
}

static void weigh(const struct policy *p, const struct asker *who, const struct rule_hits *hits,
		  struct decision *out, bool *listed_allowed)
{
	uint32_t best = 0;
	for (size_t i = 0; i < hits->count; i++) {
		const struct rule_hit *h = &hits->hit[i];
		if (!counts(p, who, h))
			continue;
		int category = category_of(p, h);
		if (action_of(p, who, category) == ACTION_ALLOW)
			*listed_allowed = true;
		if (remover(hits, h, p->conf->categories[category].mandatory))
			continue;
		uint32_t rank = rank_of(p, who, h, category);
		if (!out->rule || rank > best || (rank == best && precedes(h, out->rule))) {
			out->rule = h;
			out->category = category;
			best = rank;
		}
	}
}

static void explain(const struct policy *p, const struct asker *who, const struct rule_hits *hits,
		    struct decision *out)
{
	for (size_t i = 0; i < hits->count && out->overrode_count < OVERRODE_MAX; i++) {
		const struct rule_hit *h = &hits->hit[i];
		int category = category_of(p, h);
		if (h->exception || category < 0)
			continue;
		struct overrode lost = {.line = h, .by_category = out->category};
		if (!out->protected && counts(p, who, h))
			lost.by = remover(hits, h, p->conf->categories[category].mandatory);
		if (lost.by)
			lost.by_category = -1;
		else if (category == out->category)
			continue;
		out->overrode[out->overrode_count++] = lost;
	}
}

void policy_decide(const struct policy *p, const struct asker *who, bool protected,
		   const struct rule_hits *hits, struct decision *out)
{
	out->action = ACTION_ALLOW;
	out->enforced = ACTION_ALLOW;
	out->protected = protected;
	out->observed = false;
	out->trial = false;
	out->category = -1;
	out->rule = NULL;
	out->group = who->group;
	out->overrode_count = 0;

	bool listed_allowed = false;
	if (!protected) {
		weigh(p, who, hits, out, &listed_allowed);
		if (out->rule) {
			out->enforced = action_of(p, who, out->category);
			out->trial = is_stop(out->enforced) && on_trial(p, out->rule, out->category);
		}
		/* Step 4: observing is no stop, so an allow list stays closed behind it. */
		bool stops = is_stop(out->enforced) && !out->trial;
		if (!stops && who->group->default_deny && !listed_allowed && !who->mandatory_only) {
			out->enforced = ACTION_REFUSE;
			out->category = p->conf->category_unlisted;
			out->rule = NULL;
			out->trial = false;
		}
	}
	if (out->enforced == ACTION_ALLOW) {
		out->category = -1;
		out->rule = NULL;
	}
	out->action = out->enforced;
	if (out->trial || (p->conf->rules.observe && is_stop(out->enforced) &&
			   !p->conf->categories[out->category].mandatory)) {
		out->action = ACTION_OBSERVE;
		out->observed = true;
	}
	if (who->explain)
		explain(p, who, hits, out);
}

void policy_judge(const struct policy *p, const struct asker *who, const struct host *h,
		  const struct url *url, struct rule_hits *hits, struct decision *out)
{
	bool protected = p->rules && ruleset_protected(p->rules, h);
	hits->count = 0;
	hits->cut = false;
	/* Behind https only the host is seen by anyone, so only the host is judged. */
	if (p->rules && (!protected || who->explain))
		ruleset_match(p->rules, h, url && !url->secure ? url : NULL, hits);
	policy_decide(p, who, protected, hits, out);
}

int policy_init(struct policy *p, const struct conf *conf, struct ruleset *rules, char *why, size_t why_size)
{
	p->conf = conf;
	p->rules = rules;
	for (size_t i = 0; i < RULESET_CATEGORIES_MAX; i++)
		p->category[i] = -1;
	for (size_t i = 0; rules && i < ruleset_categories(rules); i++) {
		p->category[i] = conf_category(conf, ruleset_category(rules, i));
		if (p->category[i] >= 0)
			continue;
		snprintf(why, why_size,
			 "the compiled set speaks of category \"%s\", which is not configured: run tryggctl "
			 "compile",
			 ruleset_category(rules, i));
		return -EINVAL;
	}
	return 0;
}
