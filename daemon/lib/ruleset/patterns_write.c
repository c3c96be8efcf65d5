/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compiling patterns is what takes seconds, so an image is keyed by what it depends on and made only when the key is
 * new. Patterns are judged as people mean them: one that matches the empty text, or two texts that have no letter in
 * common, matches everything and is a mistake.
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
static unsigned flags_of(enum pattern_set set, struct span pattern)
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

/* The least number of bytes the pattern matches; -1 when it is none. */
static int width_of(const char *pattern, unsigned flags, char *why, size_t why_size)
{
	hs_expr_info_t *info = NULL;
	hs_compile_error_t *error = NULL;
	/* Asked with the empty match allowed, so that it is ours to name. */
	hs_error_t rc = hs_expression_info(pattern, flags | HS_FLAG_ALLOWEMPTY, &info, &error);
	int width = rc == HS_SUCCESS ? (int)(info->min_width & INT32_MAX) : -1;
	if (width < 0)
		snprintf(why, why_size, "the pattern is wrong: %s", error ? error->message : "unknown");
	hs_free_compile_error(error);
	free(info);
	return width;
}

/* The pattern in the form of this set; empty when there is none. */
static struct span form_of(struct patterns_writer *w, struct span pattern)
{
	char why[128];
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
	struct span text = span_of(t.at, t.len);
	if (t.cut || (pattern_sets[w->set].form != FORM_WRITTEN &&
		      width_of(t.at, flags_of(w->set, text), why, sizeof(why)) <= 0))
		text.len = 0;
	return text;
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
		unsigned flags = flags_of(w->set, w->unique[i]->text);
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

/* ---- The image ------------------------------------------------------------------------------------------- */

struct compiling {
	const struct patterns_writer *from;
	patterns_problem *problem;
	void *user;
	const char **expression; /* NUL-terminated copies; owned */
	unsigned *flags, *ids;   /* owned */
	uint8_t *seen;           /* owned; which of the two probes each pattern matched */
	hs_database_t *database; /* owned */
};

/* Reports a mistake for every line that holds pattern `id`. */
static void report(const struct compiling *c, size_t id, const char *text)
{
	for (const struct patterns_item *i = c->from->unique[id]; i < c->from->unique[id + 1]; i++)
		c->problem(c->user, i, text);
}

static int prepare(struct compiling *c)
{
	size_t count = c->from->count;
	c->expression = calloc(count, sizeof(*c->expression));
	c->flags = calloc(count, sizeof(*c->flags));
	c->ids = calloc(count, sizeof(*c->ids));
	c->seen = calloc(count, 1);
	if (!c->expression || !c->flags || !c->ids || !c->seen)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		struct span text = c->from->unique[i]->text;
		c->expression[i] = strndup((const char *)text.at, text.len);
		if (!c->expression[i])
			return -ENOMEM;
		c->flags[i] = flags_of(c->from->set, text);
		c->ids[i] = (unsigned)i;
	}
	return 0;
}

static void compiling_clear(struct compiling *c)
{
	for (size_t i = 0; c->expression && i < c->from->count; i++)
		free((void *)(uintptr_t)c->expression[i]);
	free(c->expression);
	free(c->flags);
	free(c->ids);
	free(c->seen);
	hs_free_database(c->database);
}

/* Looks at each pattern alone, because a compile of all names only the first that is wrong. */
static bool check_each(const struct compiling *c)
{
	bool fine = true;
	for (size_t i = 0; i < c->from->count; i++) {
		char text[512];
		int width = width_of(c->expression[i], c->flags[i], text, sizeof(text));
		if (width < 0)
			report(c, i, text);
		else if (width == 0)
			report(c, i, "the pattern matches the empty text, so it would match everything");
		fine = fine && width > 0;
	}
	return fine;
}

static int on_probe(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *user)
{
	uint8_t *seen = user;
	(void)from;
	(void)to;
	(void)flags;
	seen[id]++;
	return 0;
}

static bool check_reach(const struct compiling *c)
{
	static const char *const probes[PATTERN_SETS][2] = {
		[SET_HOST] = {"aei-o7.ou", "bcd-f3.gk"},
		[SET_PATH] = {"/aei/ou7?eo=ia", "/bcd/fk3?gh=kl"},
		[SET_SEARCH] = {"aei ou7", "bcd fk3"},
	};
	hs_scratch_t *scratch = NULL;
	/* The other forms are of patterns that have been judged as they were written. */
	if (!probes[c->from->set][0])
		return true;
	bool fine = hs_alloc_scratch(c->database, &scratch) == HS_SUCCESS;
	for (size_t p = 0; p < 2 && fine; p++) {
		const char *probe = probes[c->from->set][p];
		hs_scan(c->database, probe, (unsigned)strlen(probe), 0, scratch, on_probe, c->seen);
	}
	for (size_t i = 0; i < c->from->count && fine; i++)
		if (c->seen[i] == 2)
			report(c, i,
			       "the pattern matches texts that have nothing in common, so it would match "
			       "everything");
	hs_free_scratch(scratch);
	for (size_t i = 0; i < c->from->count; i++)
		fine = fine && c->seen[i] < 2;
	return fine;
}

/* A database of one pattern that says nothing, but says for whom it was made. */
static int put_probe(struct blob *piece, struct format_table *out)
{
	hs_database_t *database = NULL;
	hs_compile_error_t *error = NULL;
	char *bytes = NULL;
	size_t len = 0;
	if (hs_compile("trygg", HS_FLAG_SINGLEMATCH, HS_MODE_BLOCK, NULL, &database, &error) != HS_SUCCESS ||
	    hs_serialize_database(database, &bytes, &len) != HS_SUCCESS)
		piece->failed = true;
	else
		*out = blob_put_table(piece, bytes, len, 1);
	free(bytes);
	hs_free_compile_error(error);
	hs_free_database(database);
	return piece->failed ? -ENOMEM : 0;
}

static int put_image(const struct compiling *c, struct blob *piece)
{
	struct image_head head = {.patterns = (uint32_t)c->from->count};
	char *bytes = NULL;
	size_t len = 0, size = 0;
	int rc = -ENOMEM;

	blob_put(piece, &head, sizeof(head));
	if (put_probe(piece, &head.probe) < 0)
		return rc;
	if (hs_serialize_database(c->database, &bytes, &len) != HS_SUCCESS ||
	    hs_serialized_database_size(bytes, len, &size) != HS_SUCCESS)
		goto out;
	/* Written on a page border and mapped on one: the image knows the alignment it was made for. */
	size = (size + FORMAT_PAGE - 1) / FORMAT_PAGE * FORMAT_PAGE;
	(void)blob_grow(piece, -piece->len & (FORMAT_PAGE - 1));
	head.image = (struct format_table){(uint32_t)piece->len, (uint32_t)size};
	void *image = blob_grow(piece, size);
	if (image && piece->len <= INT32_MAX && hs_deserialize_database_at(bytes, len, image) == HS_SUCCESS) {
		memcpy(piece->at, &head, sizeof(head));
		head_finish(piece, format_image);
		rc = 0;
	}
out:
	free(bytes);
	return rc;
}

/* Puts something in the place of a pattern that no text contains: values never follow one another so. */
static void give_up(struct compiling *c, size_t id)
{
	free((void *)(uintptr_t)c->expression[id]);
	c->expression[id] = strdup("\n\n\n");
}

/* What is wrong with a form that people did not write is not theirs to mend: that form of the pattern is left away. */
static int compile_all(struct compiling *c)
{
	bool written = pattern_sets[c->from->set].form == FORM_WRITTEN;
	for (size_t given_up = 0; given_up <= c->from->count; given_up++) {
		hs_compile_error_t *error = NULL;
		if (hs_compile_multi(c->expression, c->flags, c->ids, (unsigned)c->from->count, HS_MODE_BLOCK,
				     NULL, &c->database, &error) == HS_SUCCESS)
			return 0;
		size_t id = error && error->expression >= 0 ? (size_t)error->expression : 0;
		if (written)
			report(c, id, error ? error->message : "the patterns cannot be compiled together");
		else
			give_up(c, id);
		hs_free_compile_error(error);
		if (written || !c->expression[id])
			return -EINVAL;
	}
	return -EINVAL;
}

int patterns_writer_image(const struct patterns_writer *w, patterns_problem *problem, void *user,
			  struct blob *out)
{
	struct compiling c = {.from = w, .problem = problem, .user = user};
	int rc = prepare(&c);
	if (rc == 0 && !check_each(&c))
		rc = -EINVAL;
	if (rc == 0)
		rc = compile_all(&c);
	if (rc == 0 && !check_reach(&c))
		rc = -EINVAL;
	if (rc == 0)
		rc = put_image(&c, out);
	compiling_clear(&c);
	return rc;
}

void patterns_writer_clear(struct patterns_writer *w)
{
	section_list_clear(&w->sections);
	blob_clear(&w->items);
	arena_clear(&w->texts);
	free(w->unique);
}
