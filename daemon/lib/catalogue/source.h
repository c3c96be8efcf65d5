/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A libconfig file that a person wrote, read with every complaint placed: file, line, what is wrong, what is
 * allowed. Shared by the catalogue and the texts. A getter that complains returns something harmless, so that
 * the caller goes on and one run reports all there is; source->problems says whether anything was wrong.
 */
#ifndef TRYGG_CATALOGUE_SOURCE_H
#define TRYGG_CATALOGUE_SOURCE_H

#include <libconfig.h>

#include "catalogue/catalogue.h"

struct source {
	config_t config;
	const char *path;    /* borrowed; for messages */
	struct arena *arena; /* where results live; borrowed */
	conf_problem *problem;
	void *user;
	int problems;
};

/*
 * Reads and parses. -EINVAL or the errno of reading, reported as a problem; source_close() is needed in every
 * case. Refused before libconfig sees it: NUL, a byte order mark, bytes that are not UTF-8, numbers of ten
 * digits and more (libconfig 1.5 wraps them silently).
 */
int source_open(struct source *s, const char *path, struct arena *arena, conf_problem *problem, void *user);
/* The same from memory (fuzzing). `text` is NUL-terminated after `len` bytes. */
int source_parse(struct source *s, const char *path, const char *text, size_t len, struct arena *arena,
		 conf_problem *problem, void *user);
void source_close(struct source *s);
void source_problem(struct source *s, const config_setting_t *at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Complains about members of the group that are not among the NULL-terminated names. */
void source_keys(struct source *s, const config_setting_t *group, const char *const *names);

/* Text of member `key`; "" when absent (a complaint if `required`). Never empty or with control characters
 * else. */
const char *source_text(struct source *s, const config_setting_t *group, const char *key, bool required);
bool source_bool(struct source *s, const config_setting_t *group, const char *key, bool required);
/* A list of texts, ["a", "b"]; absent = none. */
struct conf_list source_list(struct source *s, const config_setting_t *group, const char *key, bool required);
/* One text for all languages, or { nb = "…"; nn = "…"; }. */
struct words source_words(struct source *s, const config_setting_t *group, const char *key, bool required);
/* "YYYY-MM-DD"; "" after a complaint. */
const char *source_date(struct source *s, const config_setting_t *group, const char *key);
/* Index of the text of `key` in the table, -1 after a complaint; -1 without one when absent and not required.
 */
int source_word(struct source *s, const config_setting_t *group, const char *key, bool required,
		const char *const *table, size_t count);

#endif
