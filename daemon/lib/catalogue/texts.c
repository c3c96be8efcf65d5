/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading the texts and holding the languages against each other; see texts.h. */
#include "catalogue/texts.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "catalogue/sheet.h"

static const char *const file_keys[] = {"name", "direction", "fallback", "page", "categories", NULL};
static const char *const local_keys[] = {"page", "categories", NULL};
static const char *const directions[] = {"ltr", "rtl"};
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

static void read_page(struct sheet *s, enum language language, struct text_file *out)
{
	const config_setting_t *group = group_of(s, "page");
	if (group == NULL)
		return;
	size_t count = (size_t)config_setting_length(group);
	struct text *texts = arena_alloc(s->arena, (count + 1) * sizeof *texts);
	for (size_t i = 0; i < count; i++) {
		const char *key = config_setting_name(config_setting_get_elem(group, (unsigned)i));
		texts[i] =
			(struct text){arena_text(s->arena, key), sheet_text(s, group, key, true), language};
	}
	out->texts = texts;
	out->text_count = count;
}

static void read_categories(struct sheet *s, enum language language, struct text_file *out)
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
			language,
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

static void read_head(struct sheet *s, struct text_file *f)
{
	const config_setting_t *root = config_root_setting(&s->config);
	sheet_keys(s, root, file_keys);
	f->name = sheet_text(s, root, "name", true);
	f->rtl = sheet_word(s, root, "direction", false, directions, 2) == 1;
	f->fallback = sheet_word(s, root, "fallback", false, language_names, LANGUAGES);
}

/* The file that all others are held against: of the first language that is complete. */
static const struct text_file *measure_of(const struct texts *t)
{
	for (size_t i = 0; i < t->language_count; i++)
		if (t->file[t->languages[i]].name != NULL && t->file[t->languages[i]].fallback < 0)
			return &t->file[t->languages[i]];
	return NULL;
}

static void read_file(struct reader_of_texts *r, enum language language)
{
	struct sheet sheet;
	struct text_file *f = &r->texts->file[language];
	const char *path =
		arena_printf(&r->texts->arena, "%s/%s.conf", r->conf->help.texts, language_names[language]);
	f->fallback = -1;
	int error = sheet_open(&sheet, path, NULL, &r->texts->arena, r->problem, r->user);
	if (error == 0) {
		read_head(&sheet, f);
		read_page(&sheet, language, f);
		read_categories(&sheet, language, f);
		if (f->fallback < 0) {
			const struct text_file *measure = measure_of(r->texts);
			compare(&sheet, measure != NULL ? measure : f, f);
			check_other(&sheet, f);
		}
	} else if (error != -EINVAL) {
		r->error = error;
	}
	r->problems += sheet.problems;
	sheet_close(&sheet);
}

static void put_text(struct sheet *s, struct text_file *f, const struct text *one)
{
	for (size_t i = 0; i < f->text_count; i++)
		if (strcmp(f->texts[i].key, one->key) == 0) {
			((struct text *)(uintptr_t)f->texts)[i] = *one; /* ours, in the arena */
			return;
		}
	sheet_problem(s, config_setting_get_member(config_root_setting(&s->config), "page"),
		      "page: %s is no text of the pages", one->key);
}

/* A category of the municipality's own may come with its words. */
static void put_words(struct reader_of_texts *r, struct text_file *f, const struct category_words *one)
{
	struct category_words *list = arena_alloc(&r->texts->arena, (f->category_count + 1) * sizeof *list);
	memcpy(list, f->categories, f->category_count * sizeof *list);
	size_t at = 0;
	while (at < f->category_count && strcmp(list[at].id, one->id) != 0)
		at++;
	list[at] = *one;
	f->categories = list;
	f->category_count += at == f->category_count;
}

/* What the school says otherwise; no file, nothing. */
static void read_local(struct reader_of_texts *r, enum language language)
{
	struct sheet sheet;
	struct text_file local = {0}, *f = &r->texts->file[language];
	if (r->conf->help.local_texts == NULL || f->name == NULL)
		return;
	const char *path = arena_printf(&r->texts->arena, "%s/%s.conf", r->conf->help.local_texts,
					language_names[language]);
	if (access(path, F_OK) < 0)
		return;
	int error = sheet_open(&sheet, path, NULL, &r->texts->arena, r->problem, r->user);
	if (error == 0) {
		const config_setting_t *root = config_root_setting(&sheet.config);
		sheet_keys(&sheet, root, local_keys);
		if (config_setting_get_member(root, "page") != NULL)
			read_page(&sheet, language, &local);
		if (config_setting_get_member(root, "categories") != NULL)
			read_categories(&sheet, language, &local);
		for (size_t i = 0; i < local.text_count; i++)
			put_text(&sheet, f, &local.texts[i]);
		for (size_t i = 0; i < local.category_count; i++)
			put_words(r, f, &local.categories[i]);
	} else if (error != -EINVAL) {
		r->error = error;
	}
	r->problems += sheet.problems;
	sheet_close(&sheet);
}

static bool is_reviewed(const struct texts *t, enum language language, const char *key, const char *text)
{
	return reviews_find(&t->reviews, language, key, text) != NULL;
}

/* The other language's texts, with ours where they are good to be shown. */
static void merge_page(struct texts *t, enum language language, const struct text_file *other)
{
	char key[128];
	struct text_file *f = &t->file[language];
	struct text *all = arena_alloc(&t->arena, (other->text_count + 1) * sizeof *all);
	for (size_t i = 0; i < other->text_count; i++) {
		const char *own = find_text(f, other->texts[i].key);
		(void)snprintf(key, sizeof key, "page.%.100s", other->texts[i].key);
		bool good = own != NULL && (strcmp(other->texts[i].key, "greeting") == 0 ||
					    is_reviewed(t, language, key, own));
		all[i] = good ? (struct text){other->texts[i].key, own, language} : other->texts[i];
	}
	f->texts = all;
	f->text_count = other->text_count;
}

static void merge_categories(struct texts *t, enum language language, const struct text_file *other)
{
	char lead[128], why[128];
	struct text_file *f = &t->file[language];
	struct category_words *all = arena_alloc(&t->arena, (other->category_count + 1) * sizeof *all);
	for (size_t i = 0; i < other->category_count; i++) {
		const struct category_words *own = find_words(f, other->categories[i].id);
		(void)snprintf(lead, sizeof lead, "categories.%.80s.lead", other->categories[i].id);
		(void)snprintf(why, sizeof why, "categories.%.80s.why", other->categories[i].id);
		bool good = own != NULL && is_reviewed(t, language, lead, own->lead) &&
			    is_reviewed(t, language, why, own->why);
		all[i] = good ? *own : other->categories[i];
	}
	f->categories = all;
	f->category_count = other->category_count;
}

static void stand_in(struct reader_of_texts *r, enum language language)
{
	struct texts *t = r->texts;
	struct text_file *f = &t->file[language];
	f->own_texts = f->texts;
	f->own_text_count = f->text_count;
	f->own_categories = f->categories;
	f->own_category_count = f->category_count;
	int other = t->file[language].fallback;
	if (t->file[language].name == NULL || other < 0)
		return;
	if (t->file[other].name == NULL) {
		read_file(r, (enum language)other);
		read_local(r, (enum language)other);
	}
	if (t->file[other].name == NULL || t->file[other].fallback >= 0)
		return;
	merge_page(t, language, &t->file[other]);
	merge_categories(t, language, &t->file[other]);
}

static void read_reviews(struct reader_of_texts *r)
{
	const char *const folders[] = {r->conf->help.texts, r->conf->help.local_texts};
	for (size_t i = 0; i < 2; i++)
		if (folders[i] != NULL)
			r->problems += reviews_read(&r->texts->reviews, folders[i], &r->texts->arena,
						    r->problem, r->user);
}

int texts_load(const struct conf *conf, conf_problem *problem, void *user, struct texts **out)
{
	struct texts *t = calloc(1, sizeof *t);
	if (t == NULL)
		return -ENOMEM;
	struct reader_of_texts r = {.conf = conf, .problem = problem, .user = user, .texts = t};
	for (int l = 0; l < LANGUAGES; l++)
		t->file[l].fallback = -1;
	for (size_t i = 0; i < conf->help.languages.count; i++)
		for (int l = 0; l < LANGUAGES; l++)
			if (strcmp(language_names[l], conf->help.languages.item[i]) == 0)
				t->languages[t->language_count++] = (enum language)l;
	for (size_t i = 0; i < t->language_count; i++)
		read_file(&r, t->languages[i]);
	for (size_t i = 0; i < t->language_count; i++)
		read_local(&r, t->languages[i]);
	read_reviews(&r);
	for (size_t i = 0; i < t->language_count; i++)
		stand_in(&r, t->languages[i]);
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
	static const struct category_words none = {"other", "", "", LANGUAGE_NB};
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

const char *texts_direction(const struct texts *t, enum language language)
{
	return directions[t->file[language].rtl];
}

void texts_each(const struct texts *t, const struct conf *conf, enum language language, texts_visit *visit,
		void *user)
{
	char key[128];
	const struct text_file *f = &t->file[language];
	for (size_t i = 0; i < f->own_text_count; i++) {
		(void)snprintf(key, sizeof key, "page.%.100s", f->own_texts[i].key);
		visit(user, key, f->own_texts[i].value);
	}
	for (size_t i = 0; i < f->own_category_count; i++) {
		const struct category_words *c = &f->own_categories[i];
		(void)snprintf(key, sizeof key, "categories.%.80s.lead", c->id);
		visit(user, key, c->lead);
		(void)snprintf(key, sizeof key, "categories.%.80s.why", c->id);
		visit(user, key, c->why);
	}
	for (size_t i = 0; i < conf->category_count; i++) {
		(void)snprintf(key, sizeof key, "titles.%.80s", conf->categories[i].id);
		if (conf->categories[i].title[language] != NULL)
			visit(user, key, conf->categories[i].title[language]);
	}
}
