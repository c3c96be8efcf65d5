/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A reader that knows of libconfig's syntax only where settings begin and end. It never judges: what is written is loaded
 * by conf_load() before it is used.
 */
#include "ctl/edit.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/span.h"

enum { LEVELS_MAX = 8 };

/* A piece of the text: from `at`, up to `end`. */
struct piece {
	const char *at, *end;
};

static const char *line_end(struct piece p)
{
	const char *found = memchr(p.at, '\n', (size_t)(p.end - p.at));
	return found ? found : p.end;
}

static bool begins(struct piece p, const char *word)
{
	size_t len = strlen(word);
	return (size_t)(p.end - p.at) >= len && memcmp(p.at, word, len) == 0;
}

/* Behind blanks, comments, @include lines, and signs that end a setting. */
static const char *skip(struct piece p)
{
	while (p.at < p.end) {
		if (isspace((unsigned char)*p.at) || *p.at == ';' || *p.at == ',') {
			p.at++;
		} else if (*p.at == '#' || begins(p, "//") || begins(p, "@include")) {
			p.at = line_end(p);
		} else if (begins(p, "/*")) {
			const char *close = memmem(p.at + 2, (size_t)(p.end - p.at) - 2, "*/", 2);
			p.at = close ? close + 2 : p.end;
		} else {
			break;
		}
	}
	return p.at;
}

/* Behind the closing quote; NULL without one. */
static const char *string_end(struct piece p)
{
	for (p.at++; p.at < p.end; p.at++) {
		if (*p.at == '"')
			return p.at + 1;
		if (*p.at == '\\' && p.at + 1 < p.end)
			p.at++;
	}
	return NULL;
}

/* Behind the bracket that closes the one at `p`; NULL without one. */
static const char *bracket_end(struct piece p)
{
	int depth = 0;
	while ((p.at = skip(p)) < p.end) {
		if (*p.at == '"') {
			p.at = string_end(p);
			if (!p.at)
				return NULL;
			continue;
		}
		depth += strchr("{[(", *p.at) ? 1 : strchr("}])", *p.at) ? -1 : 0;
		p.at++;
		if (depth == 0)
			return p.at;
	}
	return NULL;
}

/* Behind the value at `p`; NULL when it has no end. Strings that stand side by side are one. */
static const char *value_end(struct piece p)
{
	if (p.at == p.end)
		return NULL;
	if (strchr("{[(", *p.at))
		return bracket_end(p);
	const char *end = p.at;
	while (p.at < p.end && *p.at == '"') {
		end = string_end(p);
		if (!end)
			return NULL;
		p.at = end;
		while (p.at < p.end && isspace((unsigned char)*p.at))
			p.at++;
	}
	if (end == p.at || *(end - 1) != '"')
		while (end < p.end && !isspace((unsigned char)*end) && !strchr(";,}#", *end))
			end++;
	return end > p.at || *(end - 1) == '"' ? end : NULL;
}

static const char *name_end(struct piece p)
{
	while (p.at < p.end && (isalnum((unsigned char)*p.at) || strchr("-_*", *p.at)))
		p.at++;
	return p.at;
}

/* The value of a name among the settings of `in`. 1 found, 0 not there, -EBADMSG. */
static int find(struct piece in, struct span name, struct piece *value)
{
	while ((in.at = skip(in)) < in.end) {
		struct piece said = {in.at, name_end(in)};
		in.at = skip((struct piece){said.end, in.end});
		if (said.at == said.end || in.at == in.end || (*in.at != '=' && *in.at != ':'))
			return -EBADMSG;
		in.at = skip((struct piece){in.at + 1, in.end});
		struct piece found = {in.at, value_end(in)};
		if (!found.end)
			return -EBADMSG;
		if ((size_t)(said.end - said.at) == name.len && memcmp(said.at, name.at, name.len) == 0) {
			*value = found;
			return 1;
		}
		in.at = found.end;
	}
	return 0;
}

static int replace(char **text, struct piece old, const char *fresh)
{
	char *out = NULL;
	if (asprintf(&out, "%.*s%s%s", (int)(old.at - *text), *text, fresh, old.end) < 0)
		return -ENOMEM;
	free(*text);
	*text = out;
	return 0;
}

/* The setting for `path` from its first missing name on, as deep as `level`; the caller frees. */
static char *setting(const char *path, const char *value, int level)
{
	size_t len = strcspn(path, ".");
	char *inner = NULL, *out = NULL;
	if (path[len] == '\0') {
		if (asprintf(&out, "%.*s%s = %s;", level, "\t\t\t\t\t\t\t\t", path, value) < 0)
			return NULL;
		return out;
	}
	inner = setting(path + len + 1, value, level + 1);
	if (inner && asprintf(&out, "%.*s%.*s = {\n%s\n%.*s};", level, "\t\t\t\t\t\t\t\t", (int)len, path,
			      inner, level, "\t\t\t\t\t\t\t\t") < 0)
		out = NULL;
	free(inner);
	return out;
}

/* Puts what is absent first into the group `in`, or last into the file. */
static int insert(char **text, struct piece in, const char *path, const char *value, int level)
{
	char *said = setting(path, value, level), *line = NULL;
	int rc = -ENOMEM;
	const char *at = level == 0 ? in.end : in.at;
	if (said && asprintf(&line, level == 0 ? "\n%s\n" : "\n%s", said) >= 0)
		rc = replace(text, (struct piece){at, at}, line);
	free(line);
	free(said);
	return rc;
}

int edit_set(char **text, const char *path, const char *value)
{
	struct piece in = {*text, *text + strlen(*text)};
	for (int level = 0; level < LEVELS_MAX; level++) {
		struct piece found;
		size_t len = strcspn(path, ".");
		int rc = find(in, (struct span){(const uint8_t *)path, len}, &found);
		if (rc < 0)
			return rc;
		if (rc == 0)
			return insert(text, in, path, value, level);
		if (path[len] == '\0')
			return replace(text, found, value);
		if (*found.at != '{')
			return -EBADMSG;
		in = (struct piece){found.at + 1, found.end - 1};
		path += len + 1;
	}
	return -EBADMSG;
}

int edit_set_text(char **text, const char *path, const char *value)
{
	char *quoted = malloc(2 * strlen(value) + 3), *to = quoted;
	if (!quoted)
		return -ENOMEM;
	*to++ = '"';
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			*to++ = '\\';
		*to++ = *value;
	}
	*to++ = '"';
	*to = '\0';
	int rc = edit_set(text, path, quoted);
	free(quoted);
	return rc;
}
