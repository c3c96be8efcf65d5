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

#include "name/words.h"

static void text_put_escaped(struct text_out *t, uint8_t c)
{
	static const char hex[] = "0123456789ABCDEF";
	char escape[3] = {'%', hex[c >> 4], hex[c & 15]};
	text_put(t, escape, sizeof(escape));
}

/* Copies, with bytes that are no text as %XX. */
static void put_printable(struct text_out *t, struct span s)
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

static int canonical_path(struct span raw, struct text_out *out)
{
	char decoded[URL_PATH_MAX];
	struct text_out t = {decoded, 0, sizeof(decoded), false};
	for (size_t i = 0; i < raw.len; i++)
		text_put_decoding(&t, raw.at[i]);
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
static void canonical_query(struct span raw, struct text_out *out)
{
	text_put_char(out, '?');
	for (size_t i = 0; i < raw.len; i++) {
		int byte = text_escape_at(raw.at + i, raw.len - i);
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

int url_target(struct span target, struct url *out)
{
	if (target.len == 0 || target.at[0] != '/')
		return -EBADMSG;
	target = text_until(target, '#', '#');
	struct span raw = text_until(target, '?', '?');
	struct text_out path = {out->path, 0, URL_PATH_MAX, false};
	struct text_out words = {out->words, 0, URL_WORDS_MAX, false};

	if (canonical_path(raw, &path) < 0)
		return -EBADMSG;
	words_of_path(span_of(out->path, path.len), &words);
	if (raw.len < target.len) {
		struct span query = span_from(target, raw.len + 1);
		canonical_query(query, &path);
		words_of_query(query, &words);
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
	struct span head = text_until(*s, '/', '?');
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
	struct span authority = text_until(text_until(text, '/', '?'), '#', '\\');
	if (text.at == start && authority.len > 0 && memchr(authority.at, '@', authority.len))
		return -EBADMSG;
	if (take_host(authority, &out->host) < 0)
		return -EBADMSG;

	/* A target begins with a slash: "?q=x" gets one, and a backslash is read as one. */
	struct span rest = text_until(span_from(text, authority.len), '#', '#');
	size_t lead = rest.len > 0 && rest.at[0] == '?' ? 1 : 0;
	char target[4 * URL_PATH_MAX];
	if (rest.len >= sizeof(target))
		return -EBADMSG;
	if (rest.len > 0)
		memcpy(target + lead, rest.at, rest.len);
	target[0] = '/';
	return url_target(span_of(target, rest.len > 0 ? lead + rest.len : 1), out);
}
