/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The option table: one row an option says its name, type, default, what is allowed and what it is for.
 * Reading, checking, printing and documenting go by it; an option that stands nowhere else than here and in
 * struct conf works.
 */
#ifndef TRYGG_CONF_OPTIONS_H
#define TRYGG_CONF_OPTIONS_H

#include <libconfig.h>

#include "conf/conf.h"
#include "conf/source.h"

/* What is being built, and from what. */
struct load {
	struct conf *conf;
	const struct source *source;
	bool in_default; /* a default is being read: its path belongs to the main file */
	int problems;
	conf_problem *problem;
	void *user;
};

/* Reports at the place where `s` was written; `path` is the option's full name. */
void load_problem(struct load *l, const config_setting_t *s, const char *path, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* The file that `s` stands in, and the line; of the main file and 1 for NULL. */
const char *load_file(const struct load *l, const config_setting_t *s);
int load_line(const struct load *l, const config_setting_t *s);
/* Whether it may name a category, a group or a person; reported when not. */
bool load_id_ok(struct load *l, const config_setting_t *s, const char *path, const char *id);

struct option;

/* How values of one kind are read, checked and printed. */
struct option_type {
	const char *name; /* for people: "a number" */
	void (*read)(struct load *l, const struct option *o, const char *path, const config_setting_t *s,
		     char *base);
	void (*print)(const struct conf *c, const struct option *o, const char *base, FILE *out);
};

struct option {
	const char *name;
	const struct option_type *type;
	size_t at;       /* offset of the value in its struct */
	size_t count_at; /* offset of the number of elements, where there is one; of a range's second end */
	const char *fallback;     /* the default, in the file's own syntax; NULL: has to be written */
	long min, max;            /* of numbers; of the length of texts; of the number of elements of lists */
	const char *const *words; /* the values allowed, NULL-terminated; NULL: any */
	/* Checks one text or element beyond its type; NULL or what is allowed instead. */
	const char *(*check)(const char *text);
	const char *what; /* one line for people */
};

struct option_section {
	const char *name;
	const struct option *options;
	size_t count;
	const char *what;
};

extern const struct option_type option_text, option_path, option_number, option_mask, option_truth,
	option_word, option_choice, option_range, option_texts, option_ports, option_prefixes,
	option_addresses, option_titles, option_actions, option_store, option_persons, option_sources;

extern const struct option_section option_sections[]; /* of struct conf */
extern const size_t option_section_count;
extern const struct option_section option_category; /* of struct conf_category */
extern const struct option_section option_group;    /* of struct conf_group */
extern const struct option_section option_source;   /* of struct conf_source */
extern const struct option_section option_person;   /* of struct conf_person */

/* Reads the members of `s` (NULL: all absent) into the struct at `base`; absent options get their default. */
void option_read_all(struct load *l, const struct option_section *section, const char *path,
		     const config_setting_t *s, char *base);
/* A default in the file's own syntax, read like what a person wrote. */
void option_read_default(struct load *l, const struct option *o, const char *path, char *base);
/* One line an option, in the file's own syntax, each after `indent`. */
void option_print_all(const struct conf *c, const struct option_section *section, const char *base,
		      const char *indent, FILE *out);
/* The languages, for messages. */
extern const char option_languages[];
/* Text in quotes, escaped. */
void option_print_text(const char *text, FILE *out);

/* The built-in categories, last in struct conf. */
enum { BUILTIN_UNLISTED, BUILTIN_EVASION, BUILTINS };
extern const struct conf_category option_builtins[BUILTINS];

#endif
