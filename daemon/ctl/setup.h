/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The first hour: `setup` and `enforce`. Questions and flags become a commented configuration in mode observe
 * (setup.c, setup_answers.c), the journal tells in counts what would have been stopped (setup_summary.c), the kernel's
 * table of connections which address asks for many (setup_resolvers.c), and `enforce` turns it on (enforce.c).
 */
#ifndef TRYGG_CTL_SETUP_H
#define TRYGG_CTL_SETUP_H

#include <stdio.h>

#include "ctl/ctl.h"

/* The questions stand first among the options of the verb, in this order. */
enum {
	SETUP_INTERFACES,
	SETUP_SCHOOL,
	SETUP_MUNICIPALITY,
	SETUP_PRIMARY, /* the stages in their order */
	SETUP_LOWER_SECONDARY,
	SETUP_UPPER_SECONDARY,
	SETUP_STAFF,
	SETUP_GUEST,
	SETUP_HELP_ADDRESSES,
	SETUP_HELP_NAME,
	SETUP_LANGUAGES,
	SETUP_NURSE,
	SETUP_COUNSELLOR,
	SETUP_INFORMED,
	SETUP_RESOLVERS,
	SETUP_ANSWERS,
	SETUP_FROM = SETUP_ANSWERS,
	SETUP_FORCE,
	SETUP_SUMMARY,
};

extern const struct ctl_verb setup_verbs[];
extern const size_t setup_verb_count;

enum ctl_exit setup_run(struct ctl *c);
enum ctl_exit enforce_run(struct ctl *c);

/* Asks every question; the caller frees the answers, those of a failure too. */
int setup_ask(char *answer[SETUP_ANSWERS], FILE *in, FILE *out);
/* Puts the answers into the text of a configuration. 0, -EINVAL after a sentence on standard error, or an errno. */
int setup_apply(const char *const answer[SETUP_ANSWERS], char **text);

/* Counts per rule of what observe mode let pass, from the incident journal; more days than one are joined. */
enum ctl_exit setup_summary(struct ctl *c);

/* Which inside addresses seem to ask for others; sentences to `out`. Returns how many. */
size_t setup_resolvers(const struct conf *conf, FILE *out);
/* Pure: from a listing of the kernel's table. `own` are the gateway's addresses, which are left out. */
size_t setup_resolvers_in(const char *listing, const struct conf *conf, const struct address *own,
			  size_t own_count, FILE *out);

/*
 * Replaces the configuration when the new text has no fault: it stands beside the old one first (FILE.draft) and is checked there
 * with rules, catalogue and texts. CTL_NO, and the draft left for its reader, when there is one. `aside`: the text of before, to be kept as FILE.before-TIME;
 * NULL = it need not be.
 */
enum ctl_exit setup_replace(struct ctl *c, const char *text, const char *aside);
/* Writes PATH+SUFFIX beside the file behind PATH, links followed, with its mode. 0 or a negative errno. */
int setup_put(const char *path, const char *suffix, const char *text);

#endif
