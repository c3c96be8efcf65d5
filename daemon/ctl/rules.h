/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The verbs `rules ...`, for people who write and tune rules. One row of rules_verbs[] and one file rules_VERB.c each; none
 * of them changes what is in use but `rules allow`.
 */
#ifndef TRYGG_CTL_RULES_H
#define TRYGG_CTL_RULES_H

#include "ctl/ctl.h"
#include "ruleset/rulefile.h"

extern const struct ctl_verb rules_verbs[];
extern const size_t rules_verb_count;

/* Writes one exception of the school, compiles and reloads. */
enum ctl_exit rules_allow_run(struct ctl *c);
/* Fills in the categories that rules may be about; the list is the caller's to free. NULL without memory. */
const char **rules_categories(const struct conf *conf, struct rule_calls *calls);
enum ctl_exit rules_diff_run(struct ctl *c);
/* A foreign list as rules on standard output. */
enum ctl_exit rules_import_run(struct ctl *c);
enum ctl_exit rules_lint_run(struct ctl *c);
/* A plain list into LIST.sealed. */
enum ctl_exit rules_seal_run(struct ctl *c);
enum ctl_exit rules_stats_run(struct ctl *c);
enum ctl_exit rules_test_run(struct ctl *c);

#endif
