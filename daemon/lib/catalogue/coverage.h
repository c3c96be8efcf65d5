/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is every pupil served at every hour? Each quarter of an hour from the midnight that begins a day is asked about, for
 * every category, stage of pupils and language of the pages, as the page would show it:
 *
 *	at least two services, one of them open, one of them open without speech or saying when it opens, and none for
 *	people outside the stage's ages; and of the services for the category's own topics at least one is shown, where the
 *	catalogue has any. Else the two numbers that never vanish would hide that everything else has expired.
 *
 * The emergency numbers of the danger line do not count. Entries are judged as on the first day: what expires later is
 * `help due`'s. A service counts for a language when it answers in it, or when the page can say in it which languages
 * the service answers in.
 *
 * Every channel becomes a row of bits, one a quarter, filled opening by opening; a category is the union of its rows.
 */
#ifndef TRYGG_CATALOGUE_COVERAGE_H
#define TRYGG_CATALOGUE_COVERAGE_H

#include "catalogue/catalogue.h"
#include "catalogue/texts.h"

enum coverage_kind {
	COVERAGE_FEW,    /* fewer than two services */
	COVERAGE_HIDDEN, /* all services for its own topics have expired or are unconfirmed */
	COVERAGE_CLOSED, /* none is open */
	COVERAGE_SPEECH, /* none without speech is open or says when it opens */
	COVERAGE_AGES,   /* one is not for that stage */
	COVERAGE_WORDS,  /* the category has no words of its own in that language */
	COVERAGE_TITLE,  /* nor a title */
	COVERAGE_SILENT, /* no service answers in that language: no fault, but worth knowing */
	COVERAGE_KINDS
};

extern const char *const coverage_names[COVERAGE_KINDS]; /* "few" … */

struct coverage_finding {
	enum coverage_kind kind;
	int category;     /* index into the configuration */
	enum stage stage; /* of pupils; STAGE_PRIMARY for kinds that do not depend on it */
	enum language language;
	int64_t first_wall_ms; /* the first quarter; 0 = always */
	int quarters;          /* how many of them */
	const char *service;   /* COVERAGE_AGES */
};

typedef void coverage_found(void *user, const struct coverage_finding *f);

enum { COVERAGE_DAYS = 400, COVERAGE_DAYS_MAX = 1000 };

/* The catalogue is joined with the duty calendar. Returns the number of findings; -ENOMEM. */
int coverage_check(const struct conf *conf, const struct catalogue *catalogue, const struct texts *texts,
		   int64_t from_wall_ms, int days, coverage_found *found, void *user);

#endif
