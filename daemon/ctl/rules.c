/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of the verbs `rules ...`; in the order of their names. */
#include "ctl/rules.h"

const struct ctl_verb rules_verbs[] = {
	{
		.name = "rules stats",
		.operands = "",
		.what = "what the rule files hold: per file and category how many lines, and when they were "
			"reviewed",
		.run = rules_stats_run,
	},
};
const size_t rules_verb_count = sizeof rules_verbs / sizeof rules_verbs[0];
