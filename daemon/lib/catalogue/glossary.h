/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The glossary: words that no text for pupils may have, by language, and how long a sentence may be. Read from
 * glossary.conf beside the texts, so that a school can add to it and the shipped texts are held against the same file.
 */
#ifndef TRYGG_CATALOGUE_GLOSSARY_H
#define TRYGG_CATALOGUE_GLOSSARY_H

#include "conf/conf.h"

struct glossary_row {
	bool in[LANGUAGES];
	struct conf_list
		words; /* lower case; several words are separated by one space; a trailing * is any ending */
	const char *say;
	struct conf_list but; /* keys of texts that may have them */
};

struct glossary {
	struct arena arena; /* owns everything below */
	int sentence_words;
	size_t count;
	const struct glossary_row *rows;
};

/* Result and problems as conf_load(). The caller frees *out with glossary_free(). */
int glossary_load(const char *path, conf_problem *problem, void *user, struct glossary **out);
int glossary_load_text(const char *path, struct span text, conf_problem *problem, void *user,
		       struct glossary **out);
void glossary_free(struct glossary *g);

/* What is wrong with one text: `word` is what was found, `say` what to say instead. */
typedef void glossary_found(void *user, const char *key, const char *word, const char *say);
/* Every word of the glossary in it, and every sentence that is too long. Returns how many. */
int glossary_check(const struct glossary *g, enum language language, const char *key, const char *text,
		   glossary_found *found, void *user);

#endif
