/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The verbs about the way to help: is every pupil served, what must be verified again, who has reviewed which text; and the
 * notice and the poster. None of them changes anything.
 */
#ifndef TRYGG_CTL_HELP_H
#define TRYGG_CTL_HELP_H

#include "catalogue/catalogue.h"
#include "catalogue/texts.h"
#include "ctl/ctl.h"

extern const struct ctl_verb help_verbs[];
extern const size_t help_verb_count;

/* What the pages are made from. */
struct help_site {
	struct duty *duty;
	struct catalogue *catalogue; /* joined */
	struct texts *texts;
};

/* Problems go to standard error; false after at least one. help_site_clear() in every case. */
bool help_site_load(const struct conf *conf, struct help_site *out);
void help_site_clear(struct help_site *s);
/* The configured language of a word of the command line; -1 after a complaint. */
int help_site_language(const struct help_site *s, const char *word);

enum ctl_exit help_check_run(struct ctl *c);
enum ctl_exit help_due_run(struct ctl *c);
enum ctl_exit help_review_run(struct ctl *c);
enum ctl_exit notice_run(struct ctl *c);
enum ctl_exit poster_run(struct ctl *c);

#endif
