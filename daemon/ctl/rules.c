/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of the verbs `rules ...`; in the order of their names. */
#include "ctl/rules.h"

#include <stdlib.h>

const struct ctl_verb rules_verbs[] = {
	{
		.name = "rules allow",
		.operands = "NAME-or-URL",
		.operand_min = 1,
		.operand_max = 1,
		.options = {{"--category", "C", "what it is stopped as, and no longer shall be"},
			    {"--reason", "TEXT", "why; it stands beside the exception"},
			    {"--owner", "TEXT", "whom to ask about it (the school when not given)"}},
		.what = "one exception of the school: say what it changes, write it, compile, reload",
		.run = rules_allow_run,
	},
	{
		.name = "rules diff",
		.operands = "OLD NEW",
		.operand_min = 2,
		.operand_max = 2,
		.options = {{"--names", "FILE",
			     "names and URLs to ask both about, instead of those they list"},
			    {"--group", "G", "decide for this group (lower-secondary when not given)"}},
		.what = "what a change of rules newly stops or passes; OLD and NEW are compiled sets; exit 1 "
			"when "
			"they differ",
		.run = rules_diff_run,
	},
	{
		.name = "rules import",
		.operands = "FILE",
		.operand_min = 1,
		.operand_max = 1,
		.own_conf = true,
		.options = {{"--format", "F", "hosts, domains, wildcard, adblock or ut1"},
			    {"--category", "C", "what the rules shall be about"}},
		.what = "a list in another program's format to rules on standard output, the report to "
			"standard error",
		.run = rules_import_run,
	},
	{
		.name = "rules lint",
		.operands = "",
		.what = "rules that compile and are not what they were meant to be: file:line, and what to "
			"do",
		.run = rules_lint_run,
	},
	{
		.name = "rules seal",
		.operands = "LIST",
		.operand_min = 1,
		.operand_max = 1,
		.what = "a confidential list of names or URLs into LIST.sealed, which nobody can read",
		.run = rules_seal_run,
	},
	{
		.name = "rules stats",
		.operands = "",
		.what = "what the rule files hold: per file and category how many lines, and when they were "
			"reviewed",
		.run = rules_stats_run,
	},
	{
		.name = "rules test",
		.operands = "[CORPUS]",
		.operand_max = 1,
		.options = {{"--group", "G", "judge for this group (lower-secondary when not given)"},
			    {"--json", NULL, "one JSON object"}},
		.what = "labelled examples against the rules: what must be stopped, and what must pass",
		.run = rules_test_run,
	},
};
const size_t rules_verb_count = sizeof rules_verbs / sizeof rules_verbs[0];

const char **rules_categories(const struct conf *conf, struct rule_calls *calls)
{
	const char **ids = calloc(conf->category_count + 1, sizeof *ids);
	calls->categories = ids;
	calls->category_count = 0;
	for (size_t i = 0; ids && i < conf->category_count; i++)
		if (!conf->categories[i].builtin)
			ids[calls->category_count++] = conf->categories[i].id;
	return ids;
}
