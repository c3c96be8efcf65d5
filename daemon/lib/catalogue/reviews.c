/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "catalogue/reviews.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "catalogue/sheet.h"

void review_digest(const char *text, char out[static REVIEW_DIGEST_SIZE])
{
	uint8_t digest[crypto_generichash_BYTES_MIN];
	(void)crypto_generichash(digest, sizeof digest, (const uint8_t *)text, strlen(text), NULL, 0);
	(void)sodium_bin2hex(out, REVIEW_DIGEST_SIZE, digest, (REVIEW_DIGEST_SIZE - 1) / 2);
}

static void add(struct reviews *r, struct arena *arena, const struct review *one)
{
	if (r->count == r->size) {
		size_t size = r->size > 0 ? 2 * r->size : 256;
		struct review *list = arena_alloc(arena, size * sizeof *list);
		if (r->count > 0)
			memcpy(list, r->list, r->count * sizeof *list);
		r->list = list;
		r->size = size;
	}
	r->list[r->count++] = *one;
}

/* "KEY DIGEST" */
static bool split(struct arena *arena, const char *line, struct review *out)
{
	const char *space = strchr(line, ' ');
	if (space == NULL || space == line || strlen(space + 1) != REVIEW_DIGEST_SIZE - 1 ||
	    strspn(space + 1, "0123456789abcdef") != REVIEW_DIGEST_SIZE - 1)
		return false;
	out->key = arena_printf(arena, "%.*s", (int)(space - line), line);
	out->digest = arena_text(arena, space + 1);
	return true;
}

static void read_review(struct sheet *s, struct reviews *out)
{
	static const char *const keys[] = {"language", "by", "role", "on", "texts", NULL};
	const config_setting_t *root = config_root_setting(&s->config);
	sheet_keys(s, root, keys);
	int language = sheet_word(s, root, "language", true, language_names, LANGUAGES);
	struct review one = {
		.language = language < 0 ? LANGUAGE_NB : (enum language)language,
		.by = sheet_text(s, root, "by", true),
		.role = sheet_text(s, root, "role", true),
		.on = sheet_date(s, root, "on"),
	};
	struct conf_list list = sheet_list(s, root, "texts", true);
	for (size_t i = 0; i < list.count; i++) {
		if (split(s->arena, list.item[i], &one))
			add(out, s->arena, &one);
		else
			sheet_problem(s, config_setting_get_member(root, "texts"),
				      "texts: \"%.60s\"; a key, a space and 16 hex digits are wanted",
				      list.item[i]);
	}
}

int reviews_read(struct reviews *r, const char *folder, struct arena *arena, conf_problem *problem,
		 void *user)
{
	const char *path = arena_printf(arena, "%s/reviews", folder);
	char **files = NULL;
	size_t count = 0;
	int problems = 0;
	if (file_list(path, ".conf", &files, &count) < 0) {
		problem(user, path, 1, "the folder cannot be read");
		return 1;
	}
	for (size_t i = 0; i < count; i++) {
		struct sheet sheet;
		if (sheet_open(&sheet, files[i], NULL, arena, problem, user) == 0)
			read_review(&sheet, r);
		problems += sheet.problems;
		sheet_close(&sheet);
	}
	file_list_free(files, count);
	return problems;
}

const struct review *reviews_find(const struct reviews *r, enum language language, const char *key,
				  const char *text)
{
	char digest[REVIEW_DIGEST_SIZE];
	review_digest(text, digest);
	for (size_t i = r->count; i-- > 0;)
		if (r->list[i].language == language && strcmp(r->list[i].key, key) == 0 &&
		    strcmp(r->list[i].digest, digest) == 0)
			return &r->list[i];
	return NULL;
}
