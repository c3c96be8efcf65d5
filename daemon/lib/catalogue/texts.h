/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words of the pages, one file a language: FOLDER/nb.conf and so on (libconfig).
 *
 *	name = "Bokmål";                              the language in itself
 *	page = { title = "…"; … };                    every text of the templates, by its key
 *	categories = { self-harm = { lead = "…"; why = "…"; }; … };
 *
 * The file of the first configured language is the measure: the others must have the same keys, so that no language
 * is ever half translated. A category without words of its own takes those of the key `other`.
 */
#ifndef TRYGG_CATALOGUE_TEXTS_H
#define TRYGG_CATALOGUE_TEXTS_H

#include "conf/conf.h"

struct text {
	const char *key, *value;
};

struct category_words {
	const char *id;
	const char *lead; /* one warm sentence, before anything else */
	const char *why;  /* why such pages are stopped */
};

struct text_file {
	const char *name; /* "Bokmål"; NULL: this language is not configured */
	size_t text_count;
	const struct text *texts; /* in the order of the first language's file */
	size_t category_count;
	const struct category_words *categories;
};

struct texts {
	struct arena arena; /* owns everything below */
	size_t language_count;
	enum language languages[LANGUAGES]; /* as configured; the first is the default */
	struct text_file file[LANGUAGES];
};

/*
 * Reads the files of the configured languages. Result and problems as conf_load(). The caller frees *out with
 * texts_free().
 */
int texts_load(const struct conf *conf, conf_problem *problem, void *user, struct texts **out);
void texts_free(struct texts *t);
/* The text of a key; "" when there is none. */
const char *texts_get(const struct texts *t, enum language language, const char *key);
/* Never NULL: the words of `other` for a category without its own, and for a NULL id. */
const struct category_words *texts_category(const struct texts *t, enum language language, const char *id);
/* The language of an id such as "nb"; -1 when it is not configured. */
int texts_language(const struct texts *t, const char *id);

#endif
