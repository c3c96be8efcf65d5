/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading the texts and holding the languages against each other; see texts.h. */
#include "catalogue/texts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue/sheet.h"

static const char *const file_keys[] = {"name", "page", "categories", NULL};
static const char *const words_keys[] = {"lead", "why", NULL};

struct reader_of_texts {
	const struct conf *conf;
	conf_problem *problem;
	void *user;
	struct texts *texts;
	int problems;
	int error;
};

static const char *find_text(const struct text_file *f, const char *key)
{
	for (size_t i = 0; i < f->text_count; i++)
		if (strcmp(f->texts[i].key, key) == 0)
			return f->texts[i].value;
	return NULL;
}

static const struct category_words *find_words(const struct text_file *f, const char *id)
{
	for (size_t i = 0; i < f->category_count; i++)
		if (strcmp(f->categories[i].id, id) == 0)
			return &f->categories[i];
	return NULL;
}

static const config_setting_t *group_of(struct sheet *s, const char *key)
{
	const config_setting_t *root = config_root_setting(&s->config);
	const config_setting_t *group = config_setting_get_member(root, key);
	if (group != NULL && config_setting_is_group(group))
		return group;
	sheet_problem(s, group, "%s: a group { … } is wanted", key);
	return NULL;
}

static void read_page(struct sheet *s, struct text_file *out)
{
	const config_setting_t *group = group_of(s, "page");
	if (group == NULL)
		return;
	size_t count = (size_t)config_setting_length(group);
	struct text *texts = arena_alloc(s->arena, (count + 1) * sizeof *texts);
	for (size_t i = 0; i < count; i++) {
		const char *key = config_setting_name(config_setting_get_elem(group, (unsigned)i));
		texts[i] = (struct text){arena_text(s->arena, key), sheet_text(s, group, key, true)};
	}
	out->texts = texts;
	out->text_count = count;
}

static void read_categories(struct sheet *s, struct text_file *out)
{
	const config_setting_t *group = group_of(s, "categories");
	if (group == NULL)
		return;
	size_t count = (size_t)config_setting_length(group);
	struct category_words *list = arena_alloc(s->arena, (count + 1) * sizeof *list);
	out->categories = list;
	for (size_t i = 0; i < count; i++) {
		const config_setting_t *at = config_setting_get_elem(group, (unsigned)i);
		if (!config_setting_is_group(at)) {
			sheet_problem(s, at, "%s: { lead = \"…\"; why = \"…\"; } is wanted",
				      config_setting_name(at));
			continue;
		}
		sheet_keys(s, at, words_keys);
		list[out->category_count++] = (struct category_words){
			arena_text(s->arena, config_setting_name(at)),
			sheet_text(s, at, "lead", true),
			sheet_text(s, at, "why", true),
		};
	}
}

/* What the first language has, this one must have, and the other way round. */
static void compare(struct sheet *s, const struct text_file *measure, const struct text_file *f)
{
	const config_setting_t *page = config_setting_get_member(config_root_setting(&s->config), "page");
	for (size_t i = 0; i < measure->text_count; i++)
		if (find_text(f, measure->texts[i].key) == NULL)
			sheet_problem(s, page, "page: %s is missing; the other languages have it",
				      measure->texts[i].key);
	for (size_t i = 0; i < f->text_count; i++)
		if (find_text(measure, f->texts[i].key) == NULL)
			sheet_problem(s, page, "page: %s is unknown to the first language", f->texts[i].key);
}

static void check_other(struct sheet *s, const struct text_file *f)
{
	if (find_words(f, "other") == NULL)
		sheet_problem(s, config_setting_get_member(config_root_setting(&s->config), "categories"),
			      "categories: other is missing; it serves what has no words of its own");
}

static void read_file(struct reader_of_texts *r, enum language language)
{
	struct sheet sheet;
	struct text_file *f = &r->texts->file[language];
	const char *path =
		arena_printf(&r->texts->arena, "%s/%s.conf", r->conf->help.texts, language_names[language]);
	int error = sheet_open(&sheet, path, NULL, &r->texts->arena, r->problem, r->user);
	if (error == 0) {
		sheet_keys(&sheet, config_root_setting(&sheet.config), file_keys);
		f->name = sheet_text(&sheet, config_root_setting(&sheet.config), "name", true);
		read_page(&sheet, f);
		read_categories(&sheet, f);
		compare(&sheet, &r->texts->file[r->texts->languages[0]], f);
		check_other(&sheet, f);
	} else if (error != -EINVAL) {
		r->error = error;
	}
	r->problems += sheet.problems;
	sheet_close(&sheet);
}

int texts_load(const struct conf *conf, conf_problem *problem, void *user, struct texts **out)
{
	struct texts *t = calloc(1, sizeof *t);
	if (t == NULL)
		return -ENOMEM;
	struct reader_of_texts r = {.conf = conf, .problem = problem, .user = user, .texts = t};
	for (size_t i = 0; i < conf->help.languages.count; i++)
		for (int l = 0; l < LANGUAGES; l++)
			if (strcmp(language_names[l], conf->help.languages.item[i]) == 0)
				t->languages[t->language_count++] = (enum language)l;
	for (size_t i = 0; i < t->language_count; i++)
		read_file(&r, t->languages[i]);
	int result = r.error != 0 ? r.error : r.problems > 0 || t->language_count == 0 ? -EINVAL : 0;
	if (result == 0)
		*out = t;
	else
		texts_free(t);
	return result;
}

void texts_free(struct texts *t)
{
	if (t == NULL)
		return;
	arena_clear(&t->arena);
	free(t);
}

const char *texts_get(const struct texts *t, enum language language, const char *key)
{
	const char *text = find_text(&t->file[language], key);
	return text != NULL ? text : "";
}

const struct category_words *texts_category(const struct texts *t, enum language language, const char *id)
{
	static const struct category_words none = {"other", "", ""};
	const struct category_words *own = id != NULL ? find_words(&t->file[language], id) : NULL;
	if (own == NULL)
		own = find_words(&t->file[language], "other");
	return own != NULL ? own : &none;
}

int texts_language(const struct texts *t, const char *id)
{
	for (size_t i = 0; i < t->language_count; i++)
		if (strcmp(language_names[t->languages[i]], id) == 0)
			return (int)t->languages[i];
	return -1;
}
