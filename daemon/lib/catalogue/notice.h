/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The privacy notice: what is read, what is stopped, what a stop leaves behind in the mode that is running, for how long,
 * who sees it, which rights one has and whom to ask. Rendered from the configuration, so that notice and practice cannot
 * drift apart; the sentences are texts like all others. And the poster, which leads to the help page.
 */
#ifndef TRYGG_CATALOGUE_NOTICE_H
#define TRYGG_CATALOGUE_NOTICE_H

#include "catalogue/duty.h"
#include "catalogue/texts.h"

enum { NOTICE_PARTS = 8, NOTICE_LINES = 80 };

struct notice_part {
	const char *heading;
	size_t line_count;
	const char *lines[NOTICE_LINES];
};

struct notice {
	struct arena arena; /* owns everything below */
	const char *title;
	size_t part_count;
	struct notice_part parts[NOTICE_PARTS];
};

/* Free with notice_clear(). Texts, configuration and duty calendar have to outlive it. */
void notice_make(const struct conf *conf, const struct texts *texts, const struct duty *duty,
		 enum language language, struct notice *out);
void notice_clear(struct notice *n);

/* As plain text, or as a page of its own, without scripts and without anything from elsewhere. */
void notice_text(const struct notice *n, FILE *out);
void notice_html(const struct notice *n, const struct texts *texts, enum language language, FILE *out);

/* A square code: `width` times `width` bytes, row by row, dark where bit 0 is set (as libqrencode gives it). */
struct poster_code {
	int width;
	const uint8_t *modules;
};
/* One page A4 to print: where the help page is, as words and as a code, and the numbers. The code may be NULL. */
void poster_html(const struct conf *conf, const struct texts *texts, enum language language,
		 const struct poster_code *code, FILE *out);

#endif
