/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A scanner that knows just enough of libconfig's lexis (comments, strings, names, numbers, @include) to copy
 * a file into the joined text and to see what libconfig would read wrongly without a word. Everything it does
 * not know it copies: libconfig will complain.
 */
#include "conf/source.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/utf8.h"

struct scan {
	struct source *source;
	char *text; /* of this file, NUL-terminated, becomes source_file.text */
	size_t len, at;
	int file, line, depth;
	bool line_start; /* only blanks since the line began */
};

static void scan_file(struct source *s, const char *path, char *text, size_t len, int depth);

static void problem_at(struct source *s, const char *path, int line, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

static void problem_at(struct source *s, const char *path, int line, const char *format, ...)
{
	char text[512];
	va_list args;
	va_start(args, format);
	(void)vsnprintf(text, sizeof text, format, args);
	va_end(args);
	s->problems++;
	for (int i = 0; i < s->file_count; i++)
		s->files[i].faulty |= s->files[i].path && strcmp(s->files[i].path, path) == 0;
	s->problem(s->user, path, line, text);
}

static const char *path_of(const struct scan *x)
{
	return x->source->files[x->file].path;
}

/* The place of the joined text's current line. */
static void mark(struct source *s, int file, int line)
{
	if (s->lines > s->places_size)
		return;
	if (s->lines == s->places_size) {
		size_t size = s->places_size ? s->places_size * 2 : 256;
		struct source_place *more = realloc(s->places, size * sizeof *more);
		if (!more) {
			s->whole = false;
			return;
		}
		s->places = more;
		s->places_size = size;
	}
	s->places[s->lines] = (struct source_place){file, line};
}

static void append(struct source *s, const char *bytes, size_t len)
{
	if (s->len + len + 1 > s->size) {
		size_t size = (s->len + len + 1) * 2;
		char *more = realloc(s->text, size);
		if (!more) {
			s->whole = false;
			return;
		}
		s->text = more;
		s->size = size;
	}
	memcpy(s->text + s->len, bytes, len);
	s->len += len;
	s->text[s->len] = '\0';
}

/* Copies the next `n` bytes into the joined text, counting lines. */
static void copy(struct scan *x, size_t n)
{
	for (; n > 0 && x->at < x->len; n--) {
		char c = x->text[x->at++];
		append(x->source, &c, 1);
		if (c == '\n') {
			x->line++;
			x->line_start = true;
			x->source->lines++;
			mark(x->source, x->file, x->line);
		} else if (c != ' ' && c != '\t') {
			x->line_start = false;
		}
	}
}

static char peek(const struct scan *x, size_t ahead)
{
	return x->at + ahead < x->len ? x->text[x->at + ahead] : '\0';
}

/* A comment that nobody closes would swallow the rest of the file without an error. */
static void scan_block_comment(struct scan *x)
{
	int line = x->line;
	const char *end = strstr(x->text + x->at + 2, "*/");
	copy(x, end ? (size_t)(end + 2 - (x->text + x->at)) : x->len - x->at);
	if (!end)
		problem_at(x->source, path_of(x), line,
			   "syntax: this comment is never closed, allowed is /* ... */");
}

static void scan_string(struct scan *x)
{
	int line = x->line;
	copy(x, 1);
	while (x->at < x->len && peek(x, 0) != '"') {
		bool escape = peek(x, 0) == '\\';
		if (escape && peek(x, 1) == 'x' && peek(x, 2) == '0' && peek(x, 3) == '0')
			problem_at(x->source, path_of(x), x->line,
				   "syntax: \\x00 would end the text here, not allowed");
		copy(x, escape ? 2 : 1);
	}
	if (x->at == x->len)
		problem_at(x->source, path_of(x), line,
			   "syntax: this text is never closed, allowed is \"...\"");
	copy(x, 1);
}

static void scan_name(struct scan *x)
{
	size_t n = 1;
	while (isalnum((unsigned char)peek(x, n)) || strchr("-_*", peek(x, n) ? peek(x, n) : ' '))
		n++;
	copy(x, n);
}

static void scan_number(struct scan *x)
{
	bool hex = peek(x, 0) == '0' && (peek(x, 1) == 'x' || peek(x, 1) == 'X');
	size_t n = hex ? 2 : 0;
	while (hex ? isxdigit((unsigned char)peek(x, n)) : isdigit((unsigned char)peek(x, n)))
		n++;
	char next = peek(x, n);
	bool negative = x->at > 0 && x->text[x->at - 1] == '-';
	errno = 0;
	unsigned long long value = strtoull(x->text + x->at, NULL, hex ? 16 : 10);
	bool fits = errno == 0 && value <= 2147483647ULL + (negative && !hex);
	bool plain = next != 'L' && next != '.' && (hex || (next != 'e' && next != 'E'));
	if (!fits && plain)
		problem_at(x->source, path_of(x), x->line,
			   "syntax: %.*s does not fit in 31 bits, allowed are smaller numbers (masks: write "
			   "0x...L)",
			   (int)(n > 40 ? 40 : n), x->text + x->at);
	copy(x, n);
	if (!fits && plain)
		append(x->source, "L", 1); /* so that its value is not a wrapped one below */
	while (peek(x, 0) == 'L')
		copy(x, 1);
}

/* `@include "path"` at the start of a line; the path is relative to the main file (DESIGN 6.1). */
static bool scan_include(struct scan *x)
{
	struct source *s = x->source;
	size_t n = strlen("@include");
	if (strncmp(x->text + x->at, "@include", n) != 0)
		return false;
	while (peek(x, n) == ' ' || peek(x, n) == '\t')
		n++;
	const char *quote = x->text + x->at + n;
	const char *end = *quote == '"' ? strpbrk(quote + 1, "\"\\\n") : NULL;
	if (!end || *end != '"')
		return false;
	char name[4096];
	(void)snprintf(name, sizeof name, "%.*s", (int)(end - quote - 1), quote + 1);
	size_t whole = (size_t)(end + 1 - (x->text + x->at));
	memset(x->text + x->at, ' ', whole);
	x->at += whole;

	char *path = source_resolve(s->files[0].path, name);
	char *text = NULL;
	size_t len = 0;
	int rc = path ? file_read(path, SOURCE_BYTES_MAX, &text, &len) : -ENOMEM;
	if (rc < 0)
		problem_at(s, path_of(x), x->line,
			   "@include: cannot read \"%s\": %s, allowed is a readable file", name,
			   strerror(-rc));
	else if (x->depth + 1 >= SOURCE_DEPTH_MAX || s->file_count == SOURCE_FILES_MAX)
		problem_at(s, path_of(x), x->line,
			   "@include: \"%s\" is one file too many, allowed are %d files and %d levels", name,
			   SOURCE_FILES_MAX, SOURCE_DEPTH_MAX);
	if (rc == 0 && x->depth + 1 < SOURCE_DEPTH_MAX && s->file_count < SOURCE_FILES_MAX) {
		scan_file(s, path, text, len, x->depth + 1);
		text = NULL;
		append(s, "\n", 1);
		s->lines++;
	}
	mark(s, x->file, x->line);
	free(text);
	free(path);
	return true;
}

static bool scan_token(struct scan *x)
{
	char c = peek(x, 0);
	if (c == '#' || (c == '/' && peek(x, 1) == '/'))
		copy(x, strcspn(x->text + x->at, "\n"));
	else if (c == '/' && peek(x, 1) == '*')
		scan_block_comment(x);
	else if (c == '"')
		scan_string(x);
	else if (c == '@' && x->line_start)
		return scan_include(x);
	else if (isalpha((unsigned char)c) || c == '*')
		scan_name(x);
	else if (isdigit((unsigned char)c))
		scan_number(x);
	else
		return false;
	return true;
}

/* What makes every later message doubtful: bytes that are no text. */
static bool bytes_are_text(struct source *s, const char *path, const char *text, size_t len)
{
	int line = 1;
	if (strncmp(text, "\xef\xbb\xbf", 3) == 0) {
		problem_at(s, path, 1,
			   "syntax: the file begins with a byte order mark, allowed is plain UTF-8");
		return false;
	}
	for (size_t i = 0; i < len;) {
		if (text[i] == '\n')
			line++;
		uint32_t c;
		size_t n = text[i] == '\0' ? 0 : utf8_read(span_of(text + i, len - i), &c);
		if (n == 0) {
			problem_at(s, path, line, "syntax: %s, allowed is plain UTF-8",
				   text[i] ? "a byte that is no UTF-8" : "a NUL byte");
			return false;
		}
		i += n;
	}
	return true;
}

/* Takes `text` over. */
static void scan_file(struct source *s, const char *path, char *text, size_t len, int depth)
{
	struct source_file *f = &s->files[s->file_count];
	struct scan x = {s, text, len, 0, s->file_count++, 1, depth, true};
	f->path = strdup(path);
	f->text = text;
	f->faulty = false;
	if (!f->path || !bytes_are_text(s, f->path, text, len)) {
		s->whole = false;
		return;
	}
	mark(s, x.file, 1);
	while (x.at < x.len && s->whole) {
		if (!scan_token(&x))
			copy(&x, 1);
		if (s->lines > SOURCE_LINES_MAX || s->len > SOURCE_BYTES_MAX) {
			problem_at(s, f->path, x.line,
				   "syntax: the configuration is too large, allowed are %d lines",
				   SOURCE_LINES_MAX);
			s->whole = false;
		}
	}
}

void source_read(struct source *s, const char *path, const struct span *given)
{
	char *text = NULL;
	size_t len = 0;
	s->whole = true;
	if (given) {
		text = calloc(1, given->len + 1);
		len = given->len;
		if (text && len > 0)
			memcpy(text, given->at, len);
	} else {
		int rc = file_read(path, SOURCE_BYTES_MAX, &text, &len);
		if (rc < 0) {
			problem_at(s, path, 0, "cannot be read: %s", strerror(-rc));
			s->error = rc;
			s->whole = false;
			return;
		}
	}
	append(s, "", 0);
	if (text)
		scan_file(s, path, text, len, 0);
}

void source_clear(struct source *s)
{
	for (int i = 0; i < s->file_count; i++) {
		free(s->files[i].path);
		free(s->files[i].text);
	}
	free(s->text);
	free(s->places);
}

struct source_place source_where(const struct source *s, int line)
{
	if (line < 1 || (size_t)line > s->lines + 1 || !s->places)
		return (struct source_place){0, 0};
	return s->places[line - 1];
}

/* The folder of `from` without symbolic links, so that `..` means its parent. */
static void folder_of(const char *from, char out[PATH_MAX])
{
	char given[PATH_MAX], here[PATH_MAX];
	const char *slash = strrchr(from, '/');
	int len = slash ? (int)(slash - from) : 1;
	(void)snprintf(given, sizeof given, "%.*s%s", len, slash ? from : ".", slash == from ? "/" : "");
	if (realpath(given, out))
		return;
	if (!getcwd(here, sizeof here))
		here[0] = '\0';
	(void)snprintf(out, PATH_MAX, "%.*s%s%.*s", given[0] == '/' ? 0 : PATH_MAX / 2 - 1, here,
		       given[0] == '/' ? "" : "/", PATH_MAX / 2 - 1, given);
}

char *source_resolve(const char *from, const char *name)
{
	char folder[PATH_MAX];
	char *out = NULL;
	if (name[0] == '/')
		return strdup(name);
	folder_of(from, folder);
	for (;;) {
		char *slash = strrchr(folder, '/');
		bool up = strncmp(name, "../", 3) == 0;
		if (!up && strncmp(name, "./", 2) != 0)
			break;
		if (up && slash)
			*slash = '\0';
		name += up ? 3 : 2;
	}
	if (asprintf(&out, "%s/%s", strcmp(folder, "/") == 0 ? "" : folder, name) < 0)
		return NULL;
	return out;
}
