/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Services as the page shows them: ranked, their hours in words, every way to reach them as a link. */
#ifndef TRYGG_HELP_CARDS_H
#define TRYGG_HELP_CARDS_H

#include <jansson.h>

#include "help/site.h"

struct reader_of_page {
	const struct site *site;
	enum language language;
	enum stage stage;
	int64_t now_ms;
};

enum { CARDS_FIRST = 3, ADULTS_FIRST = 2 };

/*
 * Adds to `data`: `cards` (at most CARDS_FIRST), `adults` (at most ADULTS_FIRST, at or near the school), `more` (all others), `any_open` and
 * `school_hours`. The emergency numbers are left to the line that every page has.
 */
void cards_add(const struct reader_of_page *r, const struct conf_list *topics, json_t *data);

#endif
