/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who asks, what applies, what happens: the decision procedure of DESIGN 6.3, steps 1 to 5, over the hits
 * that ruleset found. Pure: same inputs, same decision.
 */
#ifndef TRYGG_POLICY_POLICY_H
#define TRYGG_POLICY_POLICY_H

#include "conf/conf.h"
#include "name/address.h"
#include "ruleset/ruleset.h"

/* Joins a configuration and a compiled set: which configured category each category of the set is. */
struct policy {
	const struct conf *conf;              /* borrowed */
	struct ruleset *rules;                /* borrowed; NULL before the first compile: nothing matches */
	int category[RULESET_CATEGORIES_MAX]; /* index into conf->categories */
};

/* A line of the set whose category is not configured is -EINVAL with a sentence in `why`. */
int policy_init(struct policy *p, const struct conf *conf, struct ruleset *rules, char *why, size_t why_size);

/* The group with the longest matching prefix; guest when none. Never NULL. */
const struct conf_group *policy_group(const struct conf *conf, const struct address *client);

enum { OVERRODE_MAX = 64 };

/* One line that did not decide, and what it lost against. */
struct overrode {
	const struct rule_hit *line; /* the loser */
	const struct rule_hit
		*by; /* the exception that removed it; NULL: another category won, or its action is allow */
	int by_category; /* the category that won instead; -1 when `by` is set */
};

struct decision {
	enum action action;   /* what happens, observe mode applied */
	enum action enforced; /* what would happen in enforce mode */
	bool protected;
	bool observed; /* mode = observe turned a stop into a pass */
	bool trial;    /* so did the mode of the line or of its category, whatever rules.mode says */
	int category;  /* index into conf->categories; -1 = none */
	const struct rule_hit *rule;    /* borrowed from the hits; NULL: none (allow, unlisted) */
	const struct conf_group *group; /* borrowed from conf */
	size_t overrode_count;          /* only filled for explain */
	struct overrode overrode[OVERRODE_MAX];
};

/*
 * `mandatory_only`: an inside resolver asks for others; only mandatory categories count, nothing else stops.
 */
struct asker {
	const struct conf_group *group;
	int64_t at_wall_ms;
	bool mandatory_only;
	bool explain; /* fill overrode[] */
};

/* Judges a request. `hits` is scratch that must outlive `out`. */
void policy_judge(const struct policy *p, const struct asker *who, const struct host *h,
		  const struct url *url, struct rule_hits *hits, struct decision *out);
/* Steps 2 to 5 alone, on hits made elsewhere (tests, digests). */
void policy_decide(const struct policy *p, const struct asker *who, bool protected,
		   const struct rule_hits *hits, struct decision *out);

/*
 * Whether something that `was` let pass may be stopped by `is`. When in doubt it says yes: a changed set of networks or
 * patterns, a changed names piece too large to compare while packets wait, any change at all of lines for a group with
 * default = "deny". What only loosens is told apart: lines taken away, exceptions added, categories allowed.
 */
bool policy_stricter(const struct policy *was, const struct policy *is);
enum { POLICY_NAME_SIZE = 17 };
/* 16 hex digits that name a configuration and a set (its id, "" without one) together: equal ones decide alike. */
int policy_name(const struct conf *conf, const char *set, char out[static POLICY_NAME_SIZE]);

/* Canaries of DESIGN section 7: NULL, "nxdomain" or "nodata". */
const char *policy_canary(const struct host *h);

#endif
