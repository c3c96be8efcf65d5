/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A plain list into digests (sealed.h). Entries are brought into the canonical form that rules and requests have. Nothing
 * here keeps, copies out or reports what a line says: problems are fixed sentences.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "name/idn.h"
#include "name/url.h"
#include "ruleset/sealed.h"
#include "ruleset/sealed_lines.h"

static const char no_memory[] = "there is no memory";

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Without blanks around it and without a comment, which begins the line or stands behind a blank. */
static struct span trim(struct span line)
{
	for (size_t i = 0; i < line.len; i++)
		if (line.at[i] == '#' && (i == 0 || is_blank(line.at[i - 1])))
			line.len = i;
	while (line.len > 0 && is_blank(line.at[0]))
		line = span_from(line, 1);
	while (line.len > 0 && is_blank(line.at[line.len - 1]))
		line.len--;
	return line;
}

/* Takes "http://" or "https://" off; false when there is another scheme. */
static bool take_scheme(struct span *text, bool *is_url)
{
	const uint8_t *colon = memmem(text->at, text->len, "://", 3);
	*is_url = colon != NULL;
	if (!colon)
		return true;
	size_t len = (size_t)(colon - text->at);
	if (len != 4 && len != 5)
		return false;
	for (size_t i = 0; i < len; i++)
		if ((text->at[i] | 0x20) != (uint8_t) "https"[i])
			return false;
	*text = span_from(*text, len + 3);
	return true;
}

/* The host, without a port, in A-labels and canonical. */
static bool read_host(struct span text, struct host *out)
{
	char utf8[1024], ascii[HOST_NAME_MAX_BYTES + 2];
	const uint8_t *colon = text.len > 0 && text.at[0] != '[' ? memchr(text.at, ':', text.len) : NULL;
	bool foreign = false;
	if (colon && memchr(colon + 1, ':', text.len - (size_t)(colon + 1 - text.at)) == NULL)
		text.len = (size_t)(colon - text.at);
	for (size_t i = 0; i < text.len; i++)
		foreign |= text.at[i] >= 0x80;
	if (foreign) {
		if (text.len >= sizeof(utf8) || memchr(text.at, '\0', text.len))
			return false;
		memcpy(utf8, text.at, text.len);
		utf8[text.len] = '\0';
		if (idn_to_ascii(utf8, ascii, sizeof(ascii)) < 0)
			return false;
		text = span_text(ascii);
	}
	return host_from_text(text, out) == 0 && !memchr(out->text, '\\', out->len);
}

static struct sealed_entry *grow(struct sealing *s)
{
	if (s->count == s->room) {
		size_t room = s->room ? s->room * 2 : 1024;
		struct sealed_entry *more = reallocarray(s->entry, room, sizeof(*more));
		if (!more)
			return NULL;
		s->entry = more;
		s->room = room;
	}
	return &s->entry[s->count];
}

static const char *add(struct sealing *s, const struct url *url, bool path)
{
	struct span host = span_of(url->host.text, url->host.len);
	struct secret_digest digest;
	struct sealed_entry *e = grow(s);
	if (!e)
		return no_memory;
	e->mark = secret_mark(s->secret, host);
	secret_begin(s->secret, host, &digest);
	if (path)
		secret_add(&digest, span_of(url->path, url->path_len));
	secret_take(&digest, e->digest);
	e->url = path;
	s->count++;
	return NULL;
}

const char *sealing_line(struct sealing *s, struct span line)
{
	struct url url = {0};
	bool scheme;
	line = trim(line);
	if (line.len == 0)
		return NULL;
	if (!take_scheme(&line, &scheme))
		return "is no http or https URL; allowed are names and such URLs, one a line";
	size_t len = 0;
	while (len < line.len && !memchr("/?#", line.at[len], 3))
		len++;
	if (!read_host(span_of(line.at, len), &url.host))
		return "holds no host name; allowed are names and http or https URLs, one a line";
	if (url.host.kind == HOST_NAME && url.host.labels < 2)
		return "would stop a whole top-level domain; allowed are names of at least two labels";
	struct span target = span_from(line, len);
	const uint8_t *mark = target.len > 0 ? memchr(target.at, '#', target.len) : NULL;
	if (mark)
		target.len = (size_t)(mark - target.at);
	if (target.len == 0)
		return add(s, &url, false);
	if (target.at[0] != '/')
		return "has a query without a path; a path begins with /";
	if (url_target(target, &url) < 0)
		return "has a path that cannot be read, or one that is too long";
	return add(s, &url, url.path_len > 1);
}

static int by_digest(const void *a, const void *b)
{
	const struct sealed_entry *x = a, *y = b;
	return memcmp(x->digest, y->digest, SECRET_DIGEST);
}

char *sealing_text(struct sealing *s, const char *made, size_t *len)
{
	size_t kept = 0, head;
	char title[160];
	if (s->count > 0)
		qsort(s->entry, s->count, sizeof(*s->entry), by_digest);
	s->names = 0;
	for (size_t i = 0; i < s->count; i++) {
		if (i > 0 && by_digest(&s->entry[i], &s->entry[kept - 1]) == 0)
			continue;
		s->entry[kept++] = s->entry[i];
		s->names += !s->entry[kept - 1].url;
	}
	s->count = kept;
	head = (size_t)snprintf(title, sizeof(title),
				SEALED_TITLE "\nkey %s\nmade %.24s\nnames %zu\nentries %zu\n", s->secret->id,
				made, s->names, s->count);
	char *text = malloc(head + kept * SEALED_LINE + 1);
	if (!text)
		return NULL;
	memcpy(text, title, head + 1);
	char *at = text + head;
	for (size_t i = 0; i < kept; i++, at += SEALED_LINE) {
		char hex[2 * SECRET_DIGEST + 1];
		sodium_bin2hex(hex, sizeof(hex), s->entry[i].digest, SECRET_DIGEST);
		(void)snprintf(at, SEALED_LINE + 1, "%016llx %s\n", (unsigned long long)s->entry[i].mark,
			       hex);
	}
	*len = head + kept * SEALED_LINE;
	return text;
}

void sealing_clear(struct sealing *s)
{
	if (s->entry)
		sodium_memzero(s->entry, s->room * sizeof(*s->entry));
	free(s->entry);
	s->entry = NULL;
	s->count = s->room = 0;
}
