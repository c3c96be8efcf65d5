/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words of a line are percent-encoded into a query and read back by url.c, so that a corpus meets the very code that a
 * browser's request meets.
 */
#include "ruleset/corpus.h"

#include <errno.h>

const char *const corpus_label_names[CORPUS_LABELS] = {"stop", "pass", "obfuscated"};

enum { FIELDS = 5 };

/* Where words stand without a host: any search engine. */
static const char search_host[] = "search.example";

static struct span trimmed(struct span s)
{
	while (s.len > 0 && (s.at[0] == ' ' || s.at[0] == '\t'))
		s = span_from(s, 1);
	while (s.len > 0 && (s.at[s.len - 1] == ' ' || s.at[s.len - 1] == '\t' || s.at[s.len - 1] == '\r'))
		s.len--;
	return s.len == 1 && s.at[0] == '-' ? span_of(s.at, 0) : s;
}

/* Splits at tabs; -1 when there are more fields than a line has. */
static int split(struct span line, struct span field[static FIELDS])
{
	int count = 0;
	for (;;) {
		const uint8_t *tab = line.len > 0 ? memchr(line.at, '\t', line.len) : NULL;
		size_t len = tab ? (size_t)(tab - line.at) : line.len;
		if (count == FIELDS)
			return -1;
		field[count++] = trimmed(span_of(line.at, len));
		if (!tab)
			return count;
		line = span_from(line, len + 1);
	}
}

static bool label_of(struct span word, enum corpus_label *out)
{
	for (int i = 0; i < CORPUS_LABELS; i++)
		if (span_equal(word, span_text(corpus_label_names[i]))) {
			*out = (enum corpus_label)i;
			return true;
		}
	return false;
}

enum corpus_read corpus_parse(struct span line, struct corpus_line *out, const char **why)
{
	struct span field[FIELDS] = {{0}};
	struct span bare = trimmed(line);
	if (bare.len == 0 || bare.at[0] == '#')
		return CORPUS_NOTHING;
	if (memchr(line.at, '\0', line.len))
		*why = "a NUL byte, allowed is UTF-8 text";
	else if (split(line, field) < 0)
		*why = "too many tabs, allowed are five fields: label, category, host, path, words";
	else if (!label_of(field[0], &out->label))
		*why = "the label is unknown, allowed are stop, pass and obfuscated, with a tab behind it";
	else if (field[1].len == 0)
		*why = "the category is missing, a category of the configuration is needed";
	else if (field[2].len == 0 && field[4].len == 0)
		*why = "host and words are missing, one of them is needed";
	else if (field[3].len > 0 && field[3].at[0] != '/')
		*why = "the path does not begin with a slash";
	else {
		out->category = field[1];
		out->host = field[2];
		out->path = field[3];
		out->words = field[4];
		return CORPUS_LINE;
	}
	return CORPUS_BAD;
}

/* A bounded text that remembers whether something did not fit. */
struct request {
	char text[4 * URL_PATH_MAX];
	size_t len;
	bool cut;
};

static void put(struct request *r, const void *bytes, size_t len)
{
	r->cut = r->cut || len > sizeof(r->text) - r->len;
	if (r->cut)
		return;
	memcpy(r->text + r->len, bytes, len);
	r->len += len;
}

static void put_encoded(struct request *r, struct span words)
{
	static const char hex[] = "0123456789abcdef";
	for (size_t i = 0; i < words.len; i++) {
		uint8_t c = words.at[i];
		char escape[3] = {'%', hex[c >> 4], hex[c & 15]};
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
		if (c == ' ')
			put(r, "+", 1);
		else if (plain)
			put(r, &c, 1);
		else
			put(r, escape, sizeof(escape));
	}
}

int corpus_request(const struct corpus_line *line, struct url *out, bool *is_url)
{
	struct request r = {.len = 0};
	bool query = line->path.len > 0 && memchr(line->path.at, '?', line->path.len);
	*is_url = line->path.len > 0 || line->words.len > 0;
	if (*is_url)
		put(&r, "http://", 7);
	put(&r, line->host.len > 0 ? line->host.at : (const uint8_t *)search_host,
	    line->host.len > 0 ? line->host.len : sizeof(search_host) - 1);
	put(&r, line->path.at, line->path.len);
	if (line->words.len > 0) {
		put(&r,
		    query                ? "&q="
		    : line->path.len > 0 ? "?q="
					 : "/?q=",
		    query || line->path.len > 0 ? 3 : 4);
		put_encoded(&r, line->words);
	}
	return r.cut ? -EBADMSG : url_from_text(span_of(r.text, r.len), out);
}
