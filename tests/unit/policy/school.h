/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A configuration built by hand: the policy that the cases of the decision procedure are told in. */
#ifndef TRYGG_UNIT_POLICY_SCHOOL_H
#define TRYGG_UNIT_POLICY_SCHOOL_H

#include "policy/policy.h"

enum {
	GAMES,
	PORN,
	SELF_HARM,
	PROXY,
	SCHOOL_SITES,
	BANNED,
	ILLEGAL,
	SEEN,
	QUIET,
	TRIED,
	UNLISTED,
	EVASION,
	CATEGORIES
};

static const struct conf_category school_categories[CATEGORIES] = {
	[GAMES] = {.id = "games", .action = ACTION_ALLOW},
	[PORN] = {.id = "porn", .action = ACTION_REFUSE, .severity = 1},
	[SELF_HARM] = {.id = "self-harm", .action = ACTION_HELP, .severity = 3},
	[PROXY] = {.id = "proxy", .action = ACTION_REFUSE, .severity = 1},
	[SCHOOL_SITES] = {.id = "school-sites", .action = ACTION_ALLOW},
	[BANNED] = {.id = "banned", .action = ACTION_REFUSE, .severity = 4, .mandatory = true},
	[ILLEGAL] = {.id = "illegal", .action = ACTION_HELP, .severity = 4, .mandatory = true},
	[SEEN] = {.id = "seen", .action = ACTION_OBSERVE, .severity = 2},
	[QUIET] = {.id = "quiet", .action = ACTION_HELP, .severity = 2},
	[TRIED] = {.id = "tried", .action = ACTION_HELP, .severity = 4, .observe = true},
	[UNLISTED] = {.id = "unlisted", .action = ACTION_REFUSE, .builtin = true},
	[EVASION] = {.id = "evasion", .action = ACTION_REFUSE, .builtin = true},
};

struct school {
	struct conf conf;
	enum action actions[CATEGORIES];
	struct conf_group group;
};

static inline void school_open(struct school *s)
{
	*s = (struct school){0};
	for (int c = 0; c < CATEGORIES; c++)
		s->actions[c] = school_categories[c].action;
	s->group = (struct conf_group){
		.id = "lower-secondary", .stage = STAGE_LOWER_SECONDARY, .actions = s->actions};
	s->conf.categories = school_categories;
	s->conf.category_count = CATEGORIES;
	s->conf.category_unlisted = UNLISTED;
	s->conf.category_evasion = EVASION;
	s->conf.groups = &s->group;
	s->conf.group_count = 1;
	s->conf.guest = &s->group;
}

#endif
