/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of the verbs about the way to help, and what they share. */
#include "ctl/help.h"

#include <string.h>

const struct ctl_verb help_verbs[] = {
	{
		.name = "help check",
		.operands = "",
		.options = {{"--json", NULL, "one JSON object"},
			    {"--days", "N", "so many days instead of 400"}},
		.what = "is every pupil served: each quarter of an hour of the next 400 days, for every "
			"category, "
			"stage and language",
		.run = help_check_run,
	},
	{
		.name = "help due",
		.operands = "",
		.options = {{"--json", NULL, "one JSON object"},
			    {"--days", "N", "what is due within so many days (30)"}},
		.what = "which services must be verified again, and when; exit 1 when one is due",
		.run = help_due_run,
	},
	{
		.name = "help review",
		.operands = "LANG [KEY]",
		.operand_min = 1,
		.operand_max = 2,
		.options = {{"--by", "NAME", "print the review of these texts by this person"},
			    {"--role", "TEXT", "who that is: \"school nurse, native speaker\""}},
		.what = "the texts that nobody has reviewed, those whose key begins with KEY; with --by, "
			"their review",
		.run = help_review_run,
	},
	{
		.name = "notice",
		.operands = "LANG",
		.operand_min = 1,
		.operand_max = 1,
		.options = {{"--html", NULL, "as a page to print or to publish"}},
		.what = "the privacy notice, rendered from this configuration",
		.run = notice_run,
	},
	{
		.name = "poster",
		.operands = "LANG",
		.operand_min = 1,
		.operand_max = 1,
		.what = "a page to print (HTML, A4) that leads to the help page, with a code to scan",
		.run = poster_run,
	},
};
const size_t help_verb_count = sizeof help_verbs / sizeof help_verbs[0];

bool help_site_load(const struct conf *conf, struct help_site *out)
{
	int problems = 0;
	*out = (struct help_site){0};
	if (duty_new(conf, ctl_problem, &problems, &out->duty) < 0)
		problems++;
	if (catalogue_load(conf->help.catalogue, ctl_problem, &problems, &out->catalogue) < 0)
		problems++;
	if (texts_load(conf, ctl_problem, &problems, &out->texts) < 0)
		problems++;
	if (problems > 0)
		return false;
	catalogue_join(out->catalogue, out->duty);
	return true;
}

void help_site_clear(struct help_site *s)
{
	texts_free(s->texts);
	catalogue_free(s->catalogue);
	duty_free(s->duty);
}

int help_site_language(const struct help_site *s, const char *word)
{
	int language = texts_language(s->texts, word);
	if (language < 0)
		(void)fprintf(stderr, "tryggctl: %s is no language of the pages; see help.languages\n", word);
	return language;
}
