/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A libconfig file that a person wrote, read with every complaint placed: file, line, what is wrong, what is
 * allowed. Shared by the catalogue and the texts. A getter that complains returns something harmless, so that
 * the caller goes on and one run reports all there is; sheet->problems says whether anything was wrong.
 */
#ifndef TRYGG_CATALOGUE_SHEET_H
#define TRYGG_CATALOGUE_SHEET_H

#include <libconfig.h>

#include "catalogue/catalogue.h"
#include "conf/source.h"

struct sheet {
	struct source source; /* of lib/conf: the bytes and the place of every line */
	config_t config;
	struct arena *arena; /* where results live; borrowed */
	conf_problem *problem;
	void *user;
	int problems;
};

/*
 * Reads and parses a file, or `text` for it (fuzzing). -EINVAL or the errno of reading, reported as a
 * problem; sheet_close() is needed in every case. A sheet with problems of the source is still walked when it
 * parses.
 */
int sheet_open(struct sheet *s, const char *path, const struct span *text, struct arena *arena,
	       conf_problem *problem, void *user);
void sheet_close(struct sheet *s);
void sheet_problem(struct sheet *s, const config_setting_t *at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Complains about members of the group that are not among the NULL-terminated names. */
void sheet_keys(struct sheet *s, const config_setting_t *group, const char *const *names);

/*
 * Text of member `key`; "" when absent (a complaint if `required`). Never empty or with control characters
 * else.
 */
const char *sheet_text(struct sheet *s, const config_setting_t *group, const char *key, bool required);
bool sheet_bool(struct sheet *s, const config_setting_t *group, const char *key, bool required);
/* A list of texts, ["a", "b"]; absent = none. */
struct conf_list sheet_list(struct sheet *s, const config_setting_t *group, const char *key, bool required);
/* One text for all languages, or { nb = "…"; nn = "…"; }. */
struct words sheet_words(struct sheet *s, const config_setting_t *group, const char *key, bool required);
/* "YYYY-MM-DD"; "" after a complaint. */
const char *sheet_date(struct sheet *s, const config_setting_t *group, const char *key);
/*
 * Index of the text of `key` in the table, -1 after a complaint; -1 without one when absent and not required.
 */
int sheet_word(struct sheet *s, const config_setting_t *group, const char *key, bool required,
	       const char *const *table, size_t count);

#endif
