/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words of the desk, one file a language: FOLDER/nb.conf, nn.conf, en.conf. All have the same keys. */
#ifndef TRYGG_REVIEW_SPEECH_H
#define TRYGG_REVIEW_SPEECH_H

#include <jansson.h>

#include "conf/conf.h"

enum { SPEECH_LANGUAGES = 3 };

struct speech {
	json_t *texts[SPEECH_LANGUAGES]; /* objects, key to text; owned */
	const char *tags[SPEECH_LANGUAGES];
};

/* 0, or -EINVAL after at least one problem. The caller frees with speech_free(). */
int speech_load(const char *folder, conf_problem *problem, void *user, struct speech **out);
void speech_free(struct speech *s);
/* Borrowed; the key itself when there is none, so that a gap is seen. */
const char *speech_get(const struct speech *s, int language, const char *key);
/* The text of "PREFIX_WORD", where a hyphen of the word is an underscore. */
const char *speech_word(const struct speech *s, int language, const char *prefix, const char *word);
/* Index of a tag such as "nn"; -1 for others. */
int speech_language(const struct speech *s, const char *tag);

#endif
