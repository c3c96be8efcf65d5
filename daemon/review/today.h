/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cards of the first page, which other pages add to; and sentences with a number in them. */
#ifndef TRYGG_REVIEW_TODAY_H
#define TRYGG_REVIEW_TODAY_H

#include "review/desk.h"

/* `tone`: now, look or calm. */
void today_add(json_t *list, const char *tone, const char *title, const char *text, const char *path,
	       const char *link);
/* The text of a key with {n} and {word} filled in. */
void today_say(const struct call *c, const char *key, int64_t number, const char *word, char *out,
	       size_t size);

#endif
