/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the municipality answers to "this was wrong": one entry a rule, in a file of its own that everybody may read on the
 * help page.
 *
 *	answers = (
 *		{ rule = "school/own.rules:7"; on = "2026-11-20"; changed = true;
 *		  text = { nb = "Du hadde rett. Siden er åpnet."; nn = "…"; en = "…"; }; }
 *	);
 */
#ifndef TRYGG_CATALOGUE_ANSWERS_H
#define TRYGG_CATALOGUE_ANSWERS_H

#include "catalogue/catalogue.h"

struct answer {
	const char *rule; /* as the help page shows it: layer/file:line */
	const char *on;   /* YYYY-MM-DD */
	struct words text;
	bool changed; /* the rule was wrong, and is no more */
};

struct answers {
	struct arena arena; /* owns everything below */
	size_t count;
	const struct answer *items; /* in the order of the file: the newest first is a good one */
};

enum { ANSWERS_MAX = 200 };

/* A file that is not there has no answers. Result and problems as conf_load(); free with answers_free(). */
int answers_load(const char *path, conf_problem *problem, void *user, struct answers **out);
void answers_free(struct answers *a);

#endif
