/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Texts are compared word by word: lower case, everything that is no letter or digit is a gap. That is enough for
 * Norwegian and English; letters of other alphabets are kept as they are.
 */
#include "catalogue/glossary.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "catalogue/sheet.h"

enum { PLAIN_SIZE = 4096, SENTENCE_WORDS = 15 };

static bool is_letter(uint32_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	       (c >= 0xc0 && c != 0xd7 && c != 0xf7 && c < 0x2000);
}

/* Latin capitals up to Å, Æ, Ø and their neighbours; others have been written small in the glossary. */
static uint32_t lower(uint32_t c)
{
	bool capital = (c >= 'A' && c <= 'Z') || (c >= 0xc0 && c <= 0xde && c != 0xd7);
	return capital ? c + 32 : c;
}

static size_t put(char *out, uint32_t c)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	out[0] = (char)(0xe0 | c >> 12);
	out[1] = (char)(0x80 | (c >> 6 & 0x3f));
	out[2] = (char)(0x80 | (c & 0x3f));
	return 3;
}

/* " noen å snakke med ": words in lower case with one space around each. Slots such as {value} are gaps. */
static void plain(const char *text, char out[static PLAIN_SIZE])
{
	size_t used = 0;
	bool slot = false;
	out[used++] = ' ';
	for (struct span left = span_text(text); left.len > 0 && used + 8 < PLAIN_SIZE;) {
		uint32_t c = 0;
		size_t n = utf8_read(left, &c);
		left = span_from(left, n > 0 ? n : 1);
		slot = c == '{' || (slot && c != '}');
		c = lower(c);
		if (n > 0 && !slot && is_letter(c))
			used += put(out + used, c);
		else if (out[used - 1] != ' ')
			out[used++] = ' ';
	}
	if (out[used - 1] != ' ')
		out[used++] = ' ';
	out[used] = '\0';
}

static bool contains(const char *words, const char *wanted)
{
	char pattern[128];
	size_t len = strlen(wanted);
	bool any = len > 0 && wanted[len - 1] == '*';
	(void)snprintf(pattern, sizeof pattern, " %.*s%s", (int)(len - any), wanted, any ? "" : " ");
	return strstr(words, pattern) != NULL;
}

static bool excused(const struct glossary_row *row, const char *key)
{
	for (size_t i = 0; i < row->but.count; i++)
		if (strcmp(row->but.item[i], key) == 0)
			return true;
	return false;
}

/* The words of the longest sentence. A full stop ends one where a blank or the end follows it. */
static int longest_sentence(const char *text)
{
	int words = 0, longest = 0;
	bool inside = false;
	for (const char *at = text;; at++) {
		bool blank = *at == ' ' || *at == '\0';
		if (!blank)
			inside = true;
		if (blank && inside) {
			words++;
			inside = false;
			longest = words > longest ? words : longest;
			if (strchr(".?!:", at[-1]) != NULL)
				words = 0;
		}
		if (*at == '\0')
			return longest;
	}
}

int glossary_check(const struct glossary *g, enum language language, const char *key, const char *text,
		   glossary_found *found, void *user)
{
	char words[PLAIN_SIZE], said[64];
	int count = 0, longest = longest_sentence(text);
	plain(text, words);
	for (size_t i = 0; i < g->count; i++) {
		const struct glossary_row *row = &g->rows[i];
		if (!row->in[language] || excused(row, key))
			continue;
		for (size_t w = 0; w < row->words.count; w++)
			if (contains(words, row->words.item[w])) {
				found(user, key, row->words.item[w], row->say);
				count++;
			}
	}
	if (longest > g->sentence_words) {
		(void)snprintf(said, sizeof said, "a sentence of at most %d words", g->sentence_words);
		(void)snprintf(words, sizeof words, "a sentence of %d words", longest);
		found(user, key, words, said);
		count++;
	}
	return count;
}

static void read_row(struct sheet *s, const config_setting_t *group, struct glossary_row *out)
{
	static const char *const keys[] = {"in", "not", "say", "but", NULL};
	if (!config_setting_is_group(group)) {
		sheet_problem(s, group, "glossary: { in = [\"nb\"]; not = [\"…\"]; say = \"…\"; } is wanted");
		return;
	}
	sheet_keys(s, group, keys);
	struct conf_list in = sheet_list(s, group, "in", true);
	for (size_t i = 0; i < in.count; i++) {
		int l = 0;
		while (l < LANGUAGES && strcmp(language_names[l], in.item[i]) != 0)
			l++;
		if (l < LANGUAGES)
			out->in[l] = true;
		else
			sheet_problem(s, group, "in: \"%s\" is no language of these pages", in.item[i]);
	}
	out->words = sheet_list(s, group, "not", true);
	out->say = sheet_text(s, group, "say", true);
	out->but = sheet_list(s, group, "but", false);
}

static void read_glossary(struct sheet *s, struct glossary *g)
{
	static const char *const keys[] = {"sentence_words", "glossary", NULL};
	const config_setting_t *root = config_root_setting(&s->config);
	sheet_keys(s, root, keys);
	const config_setting_t *words = config_setting_get_member(root, "sentence_words");
	g->sentence_words = words != NULL ? config_setting_get_int(words) : SENTENCE_WORDS;
	if (g->sentence_words < 5 || g->sentence_words > 50)
		sheet_problem(s, words, "sentence_words: allowed are 5 to 50");
	const config_setting_t *list = config_setting_get_member(root, "glossary");
	if (list == NULL || !config_setting_is_list(list)) {
		sheet_problem(s, list, "glossary: a list of groups is wanted, ( { in = [\"nb\"]; … }, … )");
		return;
	}
	size_t count = (size_t)config_setting_length(list);
	struct glossary_row *rows = arena_alloc(&g->arena, (count + 1) * sizeof *rows);
	for (size_t i = 0; i < count; i++)
		read_row(s, config_setting_get_elem(list, (unsigned)i), &rows[i]);
	g->rows = rows;
	g->count = count;
}

static int load(const char *path, const struct span *text, conf_problem *problem, void *user,
		struct glossary **out)
{
	struct sheet sheet;
	struct glossary *g = calloc(1, sizeof *g);
	if (g == NULL)
		return -ENOMEM;
	int error = sheet_open(&sheet, path, text, &g->arena, problem, user);
	if (error == 0)
		read_glossary(&sheet, g);
	if (error == 0 && sheet.problems > 0)
		error = -EINVAL;
	sheet_close(&sheet);
	if (error == 0)
		*out = g;
	else
		glossary_free(g);
	return error;
}

int glossary_load(const char *path, conf_problem *problem, void *user, struct glossary **out)
{
	return load(path, NULL, problem, user, out);
}

int glossary_load_text(const char *path, struct span text, conf_problem *problem, void *user,
		       struct glossary **out)
{
	return load(path, &text, problem, user, out);
}

void glossary_free(struct glossary *g)
{
	if (g == NULL)
		return;
	arena_clear(&g->arena);
	free(g);
}
