/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Folding by tables made from Unicode's own data (fold.py), so that the programs that read foreign bytes need no library
 * of a megabyte for it. Marks are composed with the letter before them where Unicode has a letter for both, in the order
 * they stand, and fall away elsewhere: a heap of marks on one letter is a disguise.
 */
#include "name/words.h"

#include <stdlib.h>

struct fold_step {
	uint32_t first, last, step;
	int32_t distance;
};

struct fold_text {
	uint32_t c;
	const char *text;
};

struct fold_run {
	uint32_t first, last;
};

struct fold_pair {
	uint32_t base, mark, both;
};

#include "name/fold.inc"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define FIND(key, array, compare) bsearch(key, array, COUNT(array), sizeof((array)[0]), compare)

static int by_step(const void *key, const void *row_)
{
	const struct fold_step *row = row_;
	uint32_t c = *(const uint32_t *)key;
	return (c > row->last) - (c < row->first);
}

static int by_text(const void *key, const void *row_)
{
	const struct fold_text *row = row_;
	uint32_t c = *(const uint32_t *)key;
	return (c > row->c) - (c < row->c);
}

static int by_run(const void *key, const void *row_)
{
	const struct fold_run *row = row_;
	uint32_t c = *(const uint32_t *)key;
	return (c > row->last) - (c < row->first);
}

static int by_pair(const void *key_, const void *row_)
{
	const struct fold_pair *key = key_, *row = row_;
	if (key->base != row->base)
		return key->base < row->base ? -1 : 1;
	return (key->mark > row->mark) - (key->mark < row->mark);
}

/* ---- The canonical form ---------------------------------------------------------------------------------- */

/* The last character of the text, 0 when there is none on this line; `*at` is where it begins. */
static uint32_t last_character(const struct text_out *t, size_t *at)
{
	uint32_t c = 0;
	for (*at = t->len; *at > 0 && t->len - *at < UTF8_MAX;) {
		--*at;
		if (((uint8_t)t->at[*at] & 0xc0) != 0x80)
			return utf8_read(span_of(t->at + *at, t->len - *at), &c) == t->len - *at ? c : 0;
	}
	return 0;
}

/* A mark joins the letter before it or is gone. */
static void put_mark(struct text_out *out, uint32_t mark)
{
	size_t at;
	struct fold_pair key = {last_character(out, &at), mark, 0};
	const struct fold_pair *pair = key.base ? FIND(&key, fold_composed, by_pair) : NULL;
	if (!pair || out->cut)
		return;
	out->len = at;
	text_put_utf8(out, pair->both);
}

void words_put_character(struct text_out *out, uint32_t c)
{
	const struct fold_step *step;
	const struct fold_text *more;
	if (c < 0x80) {
		text_put_char(out, c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : (char)c);
		return;
	}
	if (FIND(&c, fold_unseen, by_run))
		return;
	step = FIND(&c, fold_steps, by_step);
	if (step && (c - step->first) % step->step == 0)
		c = (uint32_t)((int32_t)c + step->distance);
	more = FIND(&c, fold_texts, by_text);
	if (more)
		text_put(out, more->text, strlen(more->text));
	else if (FIND(&c, fold_marks, by_run))
		put_mark(out, c);
	else
		text_put_utf8(out, c);
}

static bool is_blank(uint32_t c)
{
	return c <= ' ' || (c >= 0x7f && c <= 0xa0) || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) ||
	       c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

void words_put(struct text_out *out, struct span value)
{
	size_t before = out->len;
	if (before > 0)
		text_put_char(out, '\n');
	size_t start = out->len;
	while (value.len > 0) {
		uint32_t c;
		size_t len = utf8_read(value, &c);
		if (len == 0) {
			c = value.at[0];
			len = 1;
		}
		value = span_from(value, len);
		if (!is_blank(c))
			words_put_character(out, c);
		else if (out->len > start && out->at[out->len - 1] != ' ')
			text_put_char(out, ' ');
	}
	if (out->len > start && out->at[out->len - 1] == ' ')
		out->len--;
	if (out->len == start)
		out->len = before;
}

/* ---- Where words stand ------------------------------------------------------------------------------------ */

enum { SEARCH_NAME_MAX = 47 };

/*
 * Parameters that carry what a person typed: q (Google, Bing, DuckDuckGo, Ecosia, Qwant, Brave, TikTok, Kvasir, Reddit and
 * most others), p (Yahoo), text (Yandex), query (Startpage), search_query (YouTube), search (Wikipedia), wd and word
 * (Baidu), _nkw (eBay), k (Amazon), and what shops, libraries and newspapers call it. In order, for bsearch.
 */
static const char *const search_names[] = {
	"_nkw",
	"as_epq",
	"as_oq",
	"as_q",
	"ask",
	"field-keywords",
	"find",
	"frase",
	"fritekst",
	"hashtag",
	"k",
	"keyword",
	"keywords",
	"kw",
	"lookfor",
	"oq",
	"p",
	"phrase",
	"prompt",
	"q",
	"qry",
	"qs",
	"qt",
	"query",
	"querystring",
	"question",
	"s",
	"search",
	"search_query",
	"search_term",
	"search_text",
	"searchfor",
	"searchphrase",
	"searchquery",
	"searchstring",
	"searchterm",
	"searchtext",
	"searchword",
	"sok",
	"sokeord",
	"soketekst",
	"sokestreng",
	"sp",
	"srch",
	"srsearch",
	"st",
	"st.query",
	"søk",
	"søkeord",
	"søketekst",
	"tag",
	"term",
	"terms",
	"text",
	"wd",
	"word",
	"words",
};

static int by_name(const void *key, const void *row)
{
	return strcmp(key, *(const char *const *)row);
}

/* "filter[q]" and "q[]" are q. */
static char *innermost(char *name)
{
	char *open = strchr(name, '[');
	if (!open)
		return name;
	size_t len = strcspn(open + 1, "]");
	if (len == 0) {
		*open = '\0';
		return name;
	}
	open[1 + len] = '\0';
	return open + 1;
}

/* Whether it is one of the names, sorted; in the form of words, so that other spellings are the same (SØK is søk). */
static bool is_one_of(struct span name, const char *const *names, size_t count)
{
	char text[SEARCH_NAME_MAX + 1];
	struct text_out form = {text, 0, SEARCH_NAME_MAX, false};
	words_put(&form, name);
	text[form.len] = '\0';
	return !form.cut && bsearch(text, names, count, sizeof(names[0]), by_name) != NULL;
}

static bool is_search_name(struct span raw)
{
	char name[SEARCH_NAME_MAX + 1];
	struct text_out decoded = {name, 0, SEARCH_NAME_MAX, false};
	for (size_t i = 0; i < raw.len && !decoded.cut; i++)
		text_put_decoding(&decoded, raw.at[i]);
	name[decoded.len] = '\0';
	return !decoded.cut && is_one_of(span_text(innermost(name)), search_names, COUNT(search_names));
}

/* Decodes, with the given bytes as blanks, and appends. */
static void put_encoded(struct text_out *out, struct span raw, const char *blanks)
{
	char decoded[WORDS_MAX];
	struct text_out t = {decoded, 0, sizeof(decoded), false};
	for (size_t i = 0; i < raw.len && !t.cut; i++)
		text_put_decoding(&t, raw.at[i] != '\0' && strchr(blanks, raw.at[i]) ? ' ' : raw.at[i]);
	words_put(out, span_of(decoded, t.len));
}

void words_of_query(struct span query, struct text_out *out)
{
	while (query.len > 0) {
		struct span pair = text_until(query, '&', ';');
		struct span name = text_until(pair, '=', '=');
		if (name.len < pair.len && is_search_name(name))
			put_encoded(out, span_from(pair, name.len + 1), "+");
		query = span_from(query, pair.len + 1);
	}
}

void words_of_path(struct span path, struct text_out *out)
{
	static const char *const folders[] = {"find",   "hashtag",       "keyword", "query",
					      "search", "searchresults", "sok",     "sokeresultat",
					      "søk",    "tag",           "tags"};
	while (path.len > 0) {
		struct span segment = text_until(path, '/', '/');
		path = span_from(path, segment.len + 1);
		if (is_one_of(segment, folders, COUNT(folders)))
			put_encoded(out, text_until(path, '/', '/'), "+-_");
	}
}

/* ---- The plain form -------------------------------------------------------------------------------------- */

/* What digits and signs stand for inside a word; l is written i. */
static char letter_of(uint32_t c)
{
	static const char letters[128] = {
		['0'] = 'o', ['1'] = 'i', ['3'] = 'e', ['4'] = 'a', ['5'] = 's', ['7'] = 't', ['8'] = 'b',
		['9'] = 'g', ['@'] = 'a', ['$'] = 's', ['!'] = 'i', ['|'] = 'i', ['l'] = 'i',
	};
	return c < 128 ? letters[c] : '\0';
}

size_t words_plain_character(uint32_t c, uint8_t out[static UTF8_MAX])
{
	const struct fold_text *plain = c < 0x80 ? NULL : FIND(&c, fold_plain, by_text);
	if (!plain) {
		char letter = letter_of(c);
		return utf8_write(letter ? (uint32_t)letter : c, out);
	}
	size_t len = strnlen(plain->text, UTF8_MAX);
	for (size_t i = 0; i < len; i++)
		out[i] = plain->text[i] == 'l' ? 'i' : (uint8_t)plain->text[i];
	return len;
}

static bool is_letter(uint32_t c)
{
	return (c >= 'a' && c <= 'z') || c >= 0x80;
}

static bool is_digit(uint32_t c)
{
	return c >= '0' && c <= '9';
}

/* A word reaches as far as letters, digits and the signs that stand for letters do; signs at its end end the sentence. */
static size_t word_length(struct span s, bool *has_letter)
{
	size_t len = 0, end = 0;
	*has_letter = false;
	while (len < s.len) {
		uint32_t c = s.at[len];
		if (!is_letter(c) && !is_digit(c) && !letter_of(c))
			break;
		*has_letter |= is_letter(c);
		len++;
		if (is_letter(c) || is_digit(c) || c == '$' || c == '@')
			end = len;
	}
	return end;
}

/* Numbers stay numbers: only beside a letter a digit is one. */
static void put_plain_word(struct text_out *out, struct span word, bool has_letter)
{
	while (word.len > 0) {
		uint32_t c;
		uint8_t bytes[UTF8_MAX];
		size_t len = utf8_read(word, &c);
		if (len == 0)
			return;
		text_put(out, bytes,
			 is_letter(c) || has_letter ? words_plain_character(c, bytes) : utf8_write(c, bytes));
		word = span_from(word, len);
	}
}

size_t words_plain(struct span words, char out[static WORDS_PLAIN_MAX])
{
	struct text_out t = {out, 0, WORDS_PLAIN_MAX, false};
	while (words.len > 0) {
		bool has_letter;
		size_t len = word_length(words, &has_letter);
		if (len > 0)
			put_plain_word(&t, span_of(words.at, len), has_letter);
		else
			text_put(&t, words.at, len = 1);
		words = span_from(words, len);
	}
	return t.len;
}

/* ---- The tight form -------------------------------------------------------------------------------------- */

enum { TIGHT_ENOUGH = 6, TIGHT_LEAST = 3 };

static bool in_word(uint8_t c)
{
	return is_letter(c) || is_digit(c);
}

static bool begins(const struct words_tight *t, size_t at)
{
	return at == t->len || (t->begins[at / 8] >> at % 8 & 1) != 0;
}

void words_tight(struct span plain, struct words_tight *out)
{
	bool border = true;
	memset(out->begins, 0, sizeof(out->begins));
	out->len = 0;
	for (size_t i = 0; i < plain.len && out->len < sizeof(out->text); i++) {
		uint8_t c = plain.at[i];
		/* A digit or sign all by itself is a letter too: "s 3 l v". */
		if (border && letter_of(c) && (i + 1 == plain.len || !in_word(plain.at[i + 1])))
			c = (uint8_t)letter_of(c);
		if (!in_word(c) && c != '\n') {
			border = true;
			continue;
		}
		/* The border between two values stays: nobody types half a word into each. */
		if (border || c == '\n')
			out->begins[out->len / 8] |= (uint8_t)(1u << out->len % 8);
		border = c == '\n';
		out->text[out->len++] = (char)c;
	}
}

bool words_tight_whole(const struct words_tight *t, size_t from, size_t to)
{
	size_t words = 0;
	if (to > t->len || from >= to || !begins(t, from) || !begins(t, to))
		return false;
	for (size_t i = from; i < to; i++)
		words += begins(t, i);
	size_t letters = to - from;
	/* Short ones only letter by letter: "an a" is not "ana". */
	return words > 1 && (letters >= TIGHT_ENOUGH || (letters >= TIGHT_LEAST && words == letters));
}
