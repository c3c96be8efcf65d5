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

enum { CARDS_FIRST = 3, ADULTS_FIRST = 4 };

/*
 * Adds to `data`: `cards` (at most CARDS_FIRST: an adult of the school while she is here, then who is open, one of them
 * without speech), `adults` (the school's own people, with hours), `more` (all others), `any_open`. The emergency numbers
 * are left to the line that every page has. Without a clock that can be believed all say their hours only.
 */
void cards_add(const struct reader_of_page *r, const struct conf_list *topics, json_t *data);
/* The services for these topics in one line each: name, label, href, hours. */
json_t *cards_short(const struct reader_of_page *r, const struct conf_list *topics);
/* "Here again on Monday 4 January 2027 at 09:00". */
json_t *cards_back_words(const struct reader_of_page *r, int64_t back_ms);

#endif
