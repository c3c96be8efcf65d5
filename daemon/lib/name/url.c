/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * URLs to their canonical form. Everything here shrinks what came or keeps its length, except for the bytes
 * that are no text: those are written as %XX, so that path and words are valid UTF-8 without control
 * characters whatever a client sent (the pattern matcher relies on it).
 *
 * The path is decoded until nothing is left to decode, because servers behind proxies decode more than once;
 * a backslash counts as a slash, because browsers send it as one and some servers read it so.
 */
#include "name/url.h"

#include <errno.h>
#include <strings.h>

#include "name/utf8.h"

/* A bounded text that remembers whether something did not fit. */
struct text {
	char *at;
	size_t len, max;
	bool cut;
};

static void text_put(struct text *t, const void *bytes, size_t len)
{
	if (t->cut || len > t->max - t->len) {
		t->cut = true;
		return;
	}
	memcpy(t->at + t->len, bytes, len);
	t->len += len;
}

static void text_put_char(struct text *t, char c)
{
	text_put(t, &c, 1);
}

static void text_put_escaped(struct text *t, uint8_t c)
{
	static const char hex[] = "0123456789ABCDEF";
	char escape[3] = {'%', hex[c >> 4], hex[c & 15]};
	text_put(t, escape, sizeof(escape));
}

static int hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte that "%XX" at `at` stands for, -1 when it is no escape. */
static int escape_at(const uint8_t *at, size_t left)
{
	if (left < 3 || at[0] != '%')
		return -1;
	int high = hex_digit(at[1]), low = hex_digit(at[2]);
	return high < 0 || low < 0 ? -1 : high << 4 | low;
}

/*
 * Appends a byte and decodes what has become complete at the end. As a decoded byte may itself end an escape
 * ("%2541", "%%34%31"), this one pass reaches the fixpoint.
 */
static void put_decoding(struct text *t, uint8_t c)
{
	text_put(t, &c, 1);
	while (!t->cut && t->len >= 3) {
		int byte = escape_at((const uint8_t *)t->at + t->len - 3, 3);
		if (byte < 0)
			return;
		t->len -= 2;
		t->at[t->len - 1] = (char)byte;
	}
}

/* Copies, with bytes that are no text as %XX. */
static void put_printable(struct text *t, struct span s)
{
	while (s.len > 0) {
		uint32_t c;
		size_t len = utf8_read(s, &c);
		if (len == 0 || c < 0x20 || c == 0x7f) {
			text_put_escaped(t, s.at[0]);
			len = 1;
		} else {
			text_put(t, s.at, len);
		}
		s = span_from(s, len);
	}
}

/*
 * Collapses slashes and removes dot segments (RFC 3986 5.2.4), in place; returns the new length. Slashes go
 * first, as in the servers that merge them: "/a//../b" is "/b".
 */
static size_t remove_dot_segments(char *path, size_t len)
{
	size_t out = 0;
	for (size_t i = 0; i < len;) {
		while (i < len && path[i] == '/')
			i++;
		size_t end = i;
		while (end < len && path[end] != '/')
			end++;
		size_t segment = end - i;
		bool dot = segment == 1 && path[i] == '.';
		bool dots = segment == 2 && path[i] == '.' && path[i + 1] == '.';
		if (dots)
			while (out > 0 && path[--out] != '/')
				;
		/* A path that ends in a slash or a dot segment names a folder and keeps the slash. */
		if (segment == 0 || ((dot || dots) && end == len)) {
			path[out++] = '/';
		} else if (!dot && !dots) {
			path[out++] = '/';
			memmove(path + out, path + i, segment);
			out += segment;
		}
		i = end;
	}
	return out;
}

static int canonical_path(struct span raw, struct text *out)
{
	char decoded[URL_PATH_MAX];
	struct text t = {decoded, 0, sizeof(decoded), false};
	for (size_t i = 0; i < raw.len; i++)
		put_decoding(&t, raw.at[i]);
	if (t.cut)
		return -EBADMSG;
	for (size_t i = 0; i < t.len; i++)
		if (decoded[i] == '\\')
			decoded[i] = '/';
	t.len = remove_dot_segments(decoded, t.len);
	put_printable(out, span_of(decoded, t.len));
	return out->cut ? -EBADMSG : 0;
}

static bool unreserved(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
	       c == '.' || c == '_' || c == '~';
}

/* As written, but letters and digits never escaped (RFC 3986 6.2.2.2). What does not fit is left away: a long
 * query is everyday, and the search words below are read from the whole of it. */
static void canonical_query(struct span raw, struct text *out)
{
	text_put_char(out, '?');
	for (size_t i = 0; i < raw.len; i++) {
		int byte = escape_at(raw.at + i, raw.len - i);
		if (unreserved(byte)) {
			text_put_char(out, (char)byte);
			i += 2;
		} else if (raw.at[i] < 0x20 || raw.at[i] >= 0x7f) {
			text_put_escaped(out, raw.at[i]);
		} else {
			text_put_char(out, (char)raw.at[i]);
		}
	}
}

/* Parameters that carry what a person typed into a search field. */
static const char *const search_names[] = {
	"k", "keyword", "keywords", "kw",  "p",    "q",    "qs", "query",
	"s", "sok",     "search",   "søk", "term", "text", "wd", "search_query",
};

static bool is_search_name(struct span raw)
{
	char name[32];
	struct text t = {name, 0, sizeof(name) - 1, false};
	for (size_t i = 0; i < raw.len && !t.cut; i++)
		put_decoding(&t, raw.at[i]);
	if (t.cut)
		return false;
	name[t.len] = '\0';
	for (size_t i = 0; i < sizeof(search_names) / sizeof(search_names[0]); i++)
		if (strlen(search_names[i]) == t.len && strcasecmp(search_names[i], name) == 0)
			return true;
	return false;
}

/*
 * Lower case, control characters and runs of blanks as one space; bytes that are no UTF-8 are read as
 * Latin-1.
 */
static void put_words(struct text *out, struct span value)
{
	bool blank = true;
	while (value.len > 0) {
		uint32_t c;
		uint8_t bytes[UTF8_MAX];
		size_t len = utf8_read(value, &c);
		if (len == 0) {
			c = value.at[0];
			len = 1;
		}
		value = span_from(value, len);
		bool space = c <= ' ' || (c >= 0x7f && c <= 0xa0);
		if (!space)
			text_put(out, bytes, utf8_write(utf8_lower(c), bytes));
		else if (!blank)
			text_put_char(out, ' ');
		blank = space;
	}
	if (out->len > 0 && out->at[out->len - 1] == ' ')
		out->len--;
}

static void put_search_value(struct text *out, struct span raw)
{
	char decoded[URL_WORDS_MAX];
	struct text t = {decoded, 0, sizeof(decoded), false};
	for (size_t i = 0; i < raw.len && !t.cut; i++)
		put_decoding(&t, raw.at[i] == '+' ? ' ' : raw.at[i]);
	size_t before = out->len;
	if (before > 0)
		text_put_char(out, '\n');
	size_t start = out->len;
	put_words(out, span_of(decoded, t.len));
	if (out->len == start)
		out->len = before;
}

/* The bytes of `s` before the first of the two delimiters. */
static struct span until(struct span s, char a, char b)
{
	size_t len = 0;
	while (len < s.len && s.at[len] != (uint8_t)a && s.at[len] != (uint8_t)b)
		len++;
	return span_of(s.at, len);
}

static void search_words(struct span query, struct text *out)
{
	while (query.len > 0) {
		struct span pair = until(query, '&', ';');
		struct span name = until(pair, '=', '=');
		if (name.len < pair.len && is_search_name(name))
			put_search_value(out, span_from(pair, name.len + 1));
		query = span_from(query, pair.len + 1);
	}
}

int url_target(struct span target, struct url *out)
{
	if (target.len == 0 || target.at[0] != '/')
		return -EBADMSG;
	target = until(target, '#', '#');
	struct span raw = until(target, '?', '?');
	struct text path = {out->path, 0, URL_PATH_MAX, false};
	struct text words = {out->words, 0, URL_WORDS_MAX, false};

	if (canonical_path(raw, &path) < 0)
		return -EBADMSG;
	if (raw.len < target.len) {
		struct span query = span_from(target, raw.len + 1);
		canonical_query(query, &path);
		search_words(query, &words);
	}
	out->path_len = (uint16_t)path.len;
	out->path[path.len] = '\0';
	out->words_len = (uint16_t)words.len;
	out->words[words.len] = '\0';
	return 0;
}

/* Takes "http://" or "https://" off the front; any other scheme is -EBADMSG. */
static int take_scheme(struct span *s, bool *secure)
{
	static const struct {
		const char *text;
		size_t len;
		bool secure;
	} schemes[] = {{"http://", 7, false}, {"https://", 8, true}};

	*secure = false;
	for (size_t i = 0; i < 2; i++) {
		if (s->len >= schemes[i].len &&
		    strncasecmp((const char *)s->at, schemes[i].text, schemes[i].len) == 0) {
			*secure = schemes[i].secure;
			*s = span_from(*s, schemes[i].len);
			return 0;
		}
	}
	struct span head = until(*s, '/', '?');
	return memmem(s->at, head.len + 2 < s->len ? head.len + 2 : s->len, "://", 3) ? -EBADMSG : 0;
}

/* The host of an authority: user information and a port of digits fall away. */
static int take_host(struct span authority, struct host *out)
{
	const uint8_t *at_sign = authority.len > 0 ? memrchr(authority.at, '@', authority.len) : NULL;
	if (at_sign)
		authority = span_from(authority, (size_t)(at_sign - authority.at) + 1);
	const uint8_t *colon = authority.len > 0 ? memrchr(authority.at, ':', authority.len) : NULL;
	const uint8_t *bracket = authority.len > 0 ? memrchr(authority.at, ']', authority.len) : NULL;
	bool bare6 =
		colon && authority.at[0] != '[' && memchr(authority.at, ':', (size_t)(colon - authority.at));
	if (colon && !bare6 && (!bracket || bracket < colon)) {
		for (const uint8_t *digit = colon + 1; digit < authority.at + authority.len; digit++)
			if (*digit < '0' || *digit > '9')
				return -EBADMSG;
		authority.len = (size_t)(colon - authority.at);
	}
	return host_from_text(authority, out);
}

int url_from_text(struct span text, struct url *out)
{
	const uint8_t *start = text.at;
	if (take_scheme(&text, &out->secure) < 0)
		return -EBADMSG;
	/* Without a scheme an @ is an e-mail address. */
	struct span authority = until(until(text, '/', '?'), '#', '\\');
	if (text.at == start && authority.len > 0 && memchr(authority.at, '@', authority.len))
		return -EBADMSG;
	if (take_host(authority, &out->host) < 0)
		return -EBADMSG;

	/* A target begins with a slash: "?q=x" gets one, and a backslash is read as one. */
	struct span rest = until(span_from(text, authority.len), '#', '#');
	size_t lead = rest.len > 0 && rest.at[0] == '?' ? 1 : 0;
	char target[4 * URL_PATH_MAX];
	if (rest.len >= sizeof(target))
		return -EBADMSG;
	if (rest.len > 0)
		memcpy(target + lead, rest.at, rest.len);
	target[0] = '/';
	return url_target(span_of(target, rest.len > 0 ? lead + rest.len : 1), out);
}
