/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compiling patterns is what takes seconds, so an image (patterns_image.c) is keyed by what it depends on and made only when
 * the key is new; until then nobody asks Hyperscan anything.
 */
#include "ruleset/patterns_write.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "ruleset/form.h"

/*
 * Texts are ASCII names, or UTF-8 that url.c has made valid (Hyperscan requires it). There \w means the letters of all
 * alphabets, but Hyperscan has \b and \B for a to z only, so a pattern with one of them knows no others. What a pattern
 * does not need is left away, because it makes the compile several times slower: words are small letters already, and
 * blanks are one space or the end of a line.
 */
unsigned patterns_flags(enum pattern_set set, struct span pattern)
{
	/* In the tight form it matters where a match lies, so all of them are wanted. */
	unsigned flags = set == SET_TIGHT ? HS_FLAG_SOM_LEFTMOST : HS_FLAG_SINGLEMATCH;
	bool capital = pattern_sets[set].kind != RULE_SEARCH, classes = false;
	for (size_t i = 0; i < pattern.len; i++) {
		bool escaped = pattern.at[i] == '\\' && i + 1 < pattern.len;
		capital |= pattern.at[i] >= 'A' && pattern.at[i] <= 'Z';
		classes |= pattern.at[i] == '[' && i + 1 < pattern.len && pattern.at[i + 1] == ':';
		if (escaped && pattern.at[++i] != 's')
			classes = true;
	}
	if (capital)
		flags |= HS_FLAG_CASELESS;
	if (set == SET_HOST)
		return flags;
	flags |= HS_FLAG_UTF8;
	if (pattern_sets[set].kind == RULE_SEARCH && !classes && !capital)
		return flags;
	return flags | (rulefile_word_border(pattern, 0) < pattern.len ? 0u : HS_FLAG_UCP);
}

/* The pattern in the form of this set; empty when there is none. */
static struct span form_of(struct patterns_writer *w, struct span pattern)
{
	bool words = pattern_sets[w->set].kind == RULE_SEARCH;
	size_t room = (words ? pattern.len * 8 + 64 : pattern.len) + 1;
	/*
	 * Letter by letter people write a word or two, not a sentence with gaps; to look for gaps and open ends in letters
	 * that have nothing between them takes Hyperscan minutes and 100 MiB.
	 */
	if (pattern_sets[w->set].form == FORM_TIGHT && memchr(pattern.at, '*', pattern.len) &&
	    (pattern.len > 200 || memmem(pattern.at, pattern.len, ".*", 2)))
		return (struct span){0};
	struct text_out t = {arena_alloc(&w->texts, room), 0, room - 1, false};
	if (!words) {
		text_put(&t, pattern.at, pattern.len);
		return span_of(t.at, t.len);
	}
	form_pattern(pattern, pattern_sets[w->set].form, &t);
	return span_of(t.at, t.cut ? 0 : t.len);
}

void patterns_writer_add(struct patterns_writer *w, const struct rule_line *rule)
{
	struct span text = form_of(w, rule->pattern);
	if (text.len == 0)
		return;
	struct patterns_item item = {
		.text = text,
		.file = rule->file,
		.section = section_list_add(&w->sections, rule),
		.line = rule->line,
		.exception = rule->exception,
	};
	blob_put(&w->items, &item, sizeof(item));
}

size_t patterns_writer_items(const struct patterns_writer *w)
{
	return w->items.len / sizeof(struct patterns_item);
}

static int compare_texts(struct span a, struct span b)
{
	int order = memcmp(a.at, b.at, a.len < b.len ? a.len : b.len);
	return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static int compare_items(const void *a_, const void *b_)
{
	const struct patterns_item *a = a_, *b = b_;
	int order = compare_texts(a->text, b->text);
	if (order == 0)
		order = (a->section > b->section) - (a->section < b->section);
	return order != 0 ? order : (a->line > b->line) - (a->line < b->line);
}

int patterns_writer_sort(struct patterns_writer *w)
{
	struct patterns_item *item = (void *)w->items.at;
	size_t items = patterns_writer_items(w);
	w->unique = calloc(items + 1, sizeof(*w->unique));
	if (w->items.failed || !w->unique)
		return -ENOMEM;
	if (items > 0)
		qsort(item, items, sizeof(*item), compare_items);
	w->count = 0;
	for (size_t i = 0; i < items; i++)
		if (i == 0 || compare_texts(item[i - 1].text, item[i].text) != 0)
			w->unique[w->count++] = &item[i];
	w->unique[w->count] = item + items;
	return 0;
}

void patterns_writer_key(const struct patterns_writer *w, char out[static DIGEST_TEXT])
{
	crypto_generichash_state state;
	uint8_t digest[DIGEST_SIZE];
	hs_platform_info_t platform = {0};
	hs_populate_platform(&platform);
	crypto_generichash_init(&state, NULL, 0, sizeof(digest));
	crypto_generichash_update(&state, (const void *)format_image, sizeof(format_image));
	crypto_generichash_update(&state, (const void *)hs_version(), strlen(hs_version()) + 1);
	crypto_generichash_update(&state, (const void *)&platform, sizeof(platform));
	for (size_t i = 0; i < w->count; i++) {
		unsigned flags = patterns_flags(w->set, w->unique[i]->text);
		crypto_generichash_update(&state, (const void *)&flags, sizeof(flags));
		crypto_generichash_update(&state, w->unique[i]->text.at, w->unique[i]->text.len);
		crypto_generichash_update(&state, (const void *)"\n", 1);
	}
	crypto_generichash_final(&state, digest, sizeof(digest));
	sodium_bin2hex(out, DIGEST_TEXT, digest, sizeof(digest));
}

struct blob patterns_writer_lines(const struct patterns_writer *w)
{
	struct blob piece = {0}, first = {0}, lines = {0};
	const struct patterns_item *item = (const void *)w->items.at;
	for (size_t i = 0; i <= w->count; i++) {
		uint32_t from = (uint32_t)(w->unique[i] - item);
		blob_put(&first, &from, sizeof(from));
	}
	for (size_t i = 0; i < patterns_writer_items(w); i++) {
		struct lines_line line = {item[i].section, item[i].line};
		blob_put(&lines, &line, sizeof(line));
	}
	struct lines_head head = {0};
	blob_put(&piece, &head, sizeof(head));
	head.first = blob_put_table(&piece, first.at, w->count + 1, sizeof(uint32_t));
	head.line = blob_put_table(&piece, lines.at, patterns_writer_items(w), sizeof(struct lines_line));
	section_list_write(&w->sections, &piece, &head.piece);
	piece.failed |= first.failed || lines.failed;
	if (!piece.failed)
		memcpy(piece.at, &head, sizeof(head));
	head_finish(&piece, format_lines);
	blob_clear(&first);
	blob_clear(&lines);
	return piece;
}

void patterns_writer_clear(struct patterns_writer *w)
{
	section_list_clear(&w->sections);
	blob_clear(&w->items);
	arena_clear(&w->texts);
	free(w->unique);
}
