/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words of the pages, one file a language: FOLDER/nb.conf and so on (libconfig; trygg-texts(5)).
 *
 *	name = "Bokmål";                              the language in itself
 *	direction = "rtl";                            where it is written from the right
 *	fallback = "nb";                              a language that is not complete yet
 *	page = { title = "…"; … };                    every text of the templates, by its key
 *	categories = { self-harm = { lead = "…"; why = "…"; }; … };
 *
 * The file of the first configured language is the measure: the others must have the same keys, so that no language
 * is ever half translated. A language with a fallback may have fewer, and until somebody has reviewed a text of it the
 * other language's is shown, all but the greeting. A category without words of its own takes those of the key `other`.
 *
 * The folder of local texts holds files of the same form with only what differs.
 */
#ifndef TRYGG_CATALOGUE_TEXTS_H
#define TRYGG_CATALOGUE_TEXTS_H

#include "catalogue/reviews.h"
#include "conf/conf.h"

struct text {
	const char *key, *value;
	enum language language; /* of the value: the fallback's where it stands in */
};

struct category_words {
	const char *id;
	const char *lead; /* the category's own words, in one or two warm sentences */
	const char *why;  /* why such pages are stopped */
	enum language language;
};

struct text_file {
	const char *name; /* "Bokmål"; NULL: this language is not configured */
	bool rtl;
	int fallback; /* enum language; -1 = it is complete */
	size_t text_count;
	const struct text *texts;
	size_t category_count;
	const struct category_words *categories;
	/* The same as written in this language, before another stood in. */
	size_t own_text_count, own_category_count;
	const struct text *own_texts;
	const struct category_words *own_categories;
};

struct texts {
	struct arena arena; /* owns everything below */
	size_t language_count;
	enum language languages[LANGUAGES]; /* as configured; the first is the default */
	struct text_file file[LANGUAGES];
	struct reviews reviews;
};

/*
 * Reads the files of the configured languages, the local ones over them, and the reviews. Result and problems as
 * conf_load(). The caller frees *out with texts_free().
 */
int texts_load(const struct conf *conf, conf_problem *problem, void *user, struct texts **out);
void texts_free(struct texts *t);
/* The text of a key; "" when there is none. */
const char *texts_get(const struct texts *t, enum language language, const char *key);
/* Never NULL: the words of `other` for a category without its own, and for a NULL id. */
const struct category_words *texts_category(const struct texts *t, enum language language, const char *id);
/* The language of an id such as "nb"; -1 when it is not configured. */
int texts_language(const struct texts *t, const char *id);
/* "ltr" or "rtl", for the page's dir. */
const char *texts_direction(const struct texts *t, enum language language);

/*
 * Every text of a language that pupils may meet, with the key that reviews name it by: page.KEY, categories.ID.lead,
 * categories.ID.why, titles.ID. As written in this language, also where another stands in until it is reviewed.
 */
typedef void texts_visit(void *user, const char *key, const char *text);
void texts_each(const struct texts *t, const struct conf *conf, enum language language, texts_visit *visit,
		void *user);

#endif
