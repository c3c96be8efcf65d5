/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who has read which text, and when. One file a review, *.conf in the folder `reviews` beside the texts:
 *
 *	language = "nn"; by = "Kari Nordmann"; role = "school nurse, native speaker"; on = "2026-11-22";
 *	texts = ["page.heading 4f2a…", …];
 *
 * Beside each key stands the digest of the text that was read, so that a change of the text voids its review.
 */
#ifndef TRYGG_CATALOGUE_REVIEWS_H
#define TRYGG_CATALOGUE_REVIEWS_H

#include "conf/conf.h"

enum { REVIEW_DIGEST_SIZE = 17 }; /* 16 hex digits and NUL */

struct review {
	enum language language;
	const char *key, *digest, *by, *role, *on; /* on: YYYY-MM-DD */
};

struct reviews {
	size_t count, size;
	struct review *list; /* in the arena of who reads */
};

void review_digest(const char *text, char out[static REVIEW_DIGEST_SIZE]);
/* Adds what the files of FOLDER/reviews say; an absent folder says nothing. Returns the number of problems. */
int reviews_read(struct reviews *r, const char *folder, struct arena *arena, conf_problem *problem,
		 void *user);
/* The review of exactly this text; NULL while nobody has read it. */
const struct review *reviews_find(const struct reviews *r, enum language language, const char *key,
				  const char *text);

#endif
