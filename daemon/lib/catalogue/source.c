/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Placed complaints over libconfig; see source.h. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "catalogue/source.h"

enum { FILE_LIMIT = 4 << 20, DIGITS_MAX = 9 };

static void complain(struct source *s, const char *file, int line, const char *text)
{
	s->problems++;
	s->problem(s->user, file, line, text);
}

void source_problem(struct source *s, const config_setting_t *at, const char *format, ...)
{
	char text[512];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	const char *file = at != NULL ? config_setting_source_file(at) : NULL;
	int line = at != NULL ? (int)config_setting_source_line(at) : 1;
	complain(s, file != NULL ? file : s->path, line, text);
}

/* The length of the UTF-8 sequence at `at` (RFC 3629 section 4), 0 when it is none. */
static size_t utf8_length(const unsigned char *at, size_t left)
{
	static const struct {
		unsigned char low, high, second_low, second_high;
		size_t length;
	} forms[] = {
		{0x01, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
		{0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
		{0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
	};
	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		if (at[0] < forms[i].low || at[0] > forms[i].high || forms[i].length > left)
			continue;
		if (forms[i].length > 1 && (at[1] < forms[i].second_low || at[1] > forms[i].second_high))
			continue;
		for (size_t b = 2; b < forms[i].length; b++)
			if ((at[b] & 0xc0) != 0x80)
				return 0;
		return forms[i].length;
	}
	return 0;
}

/* Characters first, because libconfig would stop at a NUL and take what came before for the whole. */
static int check_bytes(struct source *s, const char *text, size_t len)
{
	int line = 1;
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		complain(s, s->path, 1, "begins with a byte order mark: save it as UTF-8 without one");
		return -EINVAL;
	}
	for (size_t i = 0; i < len;) {
		size_t n = utf8_length((const unsigned char *)text + i, len - i);
		if (n == 0) {
			complain(s, s->path, line, "a byte that is not UTF-8 text");
			return -EINVAL;
		}
		line += text[i] == '\n';
		i += n;
	}
	return 0;
}

/* Skips a string, a comment or one character from text[i]; returns the index behind it. */
static size_t skip_token(const char *text, size_t i, int *line)
{
	if (text[i] == '"') {
		for (i++; text[i] != '\0' && text[i] != '"'; i++) {
			*line += text[i] == '\n';
			if (text[i] == '\\' && text[i + 1] != '\0')
				i++;
		}
		return text[i] == '"' ? i + 1 : i;
	}
	if (text[i] == '#' || (text[i] == '/' && text[i + 1] == '/')) {
		while (text[i] != '\0' && text[i] != '\n')
			i++;
		return i;
	}
	if (text[i] == '/' && text[i + 1] == '*') {
		for (i += 2; text[i] != '\0' && !(text[i] == '*' && text[i + 1] == '/'); i++)
			*line += text[i] == '\n';
		return text[i] != '\0' ? i + 2 : i;
	}
	*line += text[i] == '\n';
	return i + 1;
}

static int check_numbers(struct source *s, const char *text)
{
	int line = 1;
	for (size_t i = 0; text[i] != '\0';) {
		size_t digits = strspn(text + i, "0123456789");
		if (digits > DIGITS_MAX) {
			complain(s, s->path, line,
				 "a number of more than nine digits; texts stand in quotes");
			return -EINVAL;
		}
		i = digits > 0 ? i + digits : skip_token(text, i, &line);
	}
	return 0;
}

int source_parse(struct source *s, const char *path, const char *text, size_t len, struct arena *arena,
		 conf_problem *problem, void *user)
{
	*s = (struct source){.path = path, .arena = arena, .problem = problem, .user = user};
	config_init(&s->config);
	if (check_bytes(s, text, len) < 0 || check_numbers(s, text) < 0)
		return -EINVAL;
	if (config_read_string(&s->config, text) != CONFIG_TRUE) {
		const char *file = config_error_file(&s->config), *why = config_error_text(&s->config);
		complain(s, file != NULL ? file : path, config_error_line(&s->config),
			 why != NULL ? why : "does not read");
		return -EINVAL;
	}
	return 0;
}

int source_open(struct source *s, const char *path, struct arena *arena, conf_problem *problem, void *user)
{
	char *text = NULL;
	size_t len = 0;
	int error = file_read(path, FILE_LIMIT, &text, &len);
	if (error < 0) {
		*s = (struct source){.path = path, .arena = arena, .problem = problem, .user = user};
		config_init(&s->config);
		source_problem(s, NULL, "cannot be read: %s", strerror(-error));
		return error;
	}
	error = source_parse(s, path, text, len, arena, problem, user);
	free(text);
	return error;
}

void source_close(struct source *s)
{
	config_destroy(&s->config);
}

void source_keys(struct source *s, const config_setting_t *group, const char *const *names)
{
	for (int i = 0; i < config_setting_length(group); i++) {
		const config_setting_t *member = config_setting_get_elem(group, (unsigned)i);
		size_t n = 0;
		while (names[n] != NULL && strcmp(names[n], config_setting_name(member)) != 0)
			n++;
		if (names[n] == NULL) {
			char allowed[256] = "";
			for (size_t a = 0; names[a] != NULL; a++) {
				size_t used = strlen(allowed);
				snprintf(allowed + used, sizeof allowed - used, "%s%s", a > 0 ? ", " : "",
					 names[a]);
			}
			source_problem(s, member, "%s: unknown; allowed are %s", config_setting_name(member),
				       allowed);
		}
	}
}

static const config_setting_t *member_of(struct source *s, const config_setting_t *group, const char *key,
					 bool required)
{
	for (int i = 0; i < config_setting_length(group); i++) {
		const config_setting_t *member = config_setting_get_elem(group, (unsigned)i);
		if (strcmp(config_setting_name(member), key) == 0)
			return member;
	}
	if (required)
		source_problem(s, group, "%s is missing", key);
	return NULL;
}

/* The text of a setting, kept in the arena; "" after a complaint. */
static const char *text_of(struct source *s, const config_setting_t *at, const char *key)
{
	if (config_setting_type(at) != CONFIG_TYPE_STRING) {
		source_problem(s, at, "%s: a text in quotes is wanted", key);
		return "";
	}
	const char *text = config_setting_get_string(at);
	if (text[0] == '\0') {
		source_problem(s, at, "%s: is empty; leave the line out instead", key);
		return "";
	}
	for (const unsigned char *c = (const unsigned char *)text; *c != '\0'; c++) {
		if (*c < 0x20 || *c == 0x7f) {
			source_problem(s, at, "%s: has a control character", key);
			return "";
		}
	}
	return arena_text(s->arena, text);
}

const char *source_text(struct source *s, const config_setting_t *group, const char *key, bool required)
{
	const config_setting_t *at = member_of(s, group, key, required);
	return at != NULL ? text_of(s, at, key) : "";
}

bool source_bool(struct source *s, const config_setting_t *group, const char *key, bool required)
{
	const config_setting_t *at = member_of(s, group, key, required);
	if (at == NULL)
		return false;
	if (config_setting_type(at) != CONFIG_TYPE_BOOL) {
		source_problem(s, at, "%s: true or false", key);
		return false;
	}
	return config_setting_get_bool(at) == CONFIG_TRUE;
}

struct conf_list source_list(struct source *s, const config_setting_t *group, const char *key, bool required)
{
	struct conf_list list = {0};
	const config_setting_t *at = member_of(s, group, key, required);
	if (at == NULL)
		return list;
	if (!config_setting_is_array(at) && !config_setting_is_list(at)) {
		source_problem(s, at, "%s: a list of texts is wanted, as in [\"a\", \"b\"]", key);
		return list;
	}
	size_t count = (size_t)config_setting_length(at);
	if (count == 0) {
		if (required)
			source_problem(s, at, "%s: is empty", key);
		return list;
	}
	list.item = arena_alloc(s->arena, count * sizeof *list.item);
	for (size_t i = 0; i < count; i++) {
		const char *text = text_of(s, config_setting_get_elem(at, (unsigned)i), key);
		if (text[0] != '\0')
			list.item[list.count++] = text;
	}
	return list;
}

struct words source_words(struct source *s, const config_setting_t *group, const char *key, bool required)
{
	struct words words = {0};
	const config_setting_t *at = member_of(s, group, key, required);
	if (at == NULL)
		return words;
	if (!config_setting_is_group(at)) {
		words.in[LANGUAGE_NB] = text_of(s, at, key);
		return words;
	}
	if (config_setting_length(at) == 0)
		source_problem(s, at, "%s: is empty", key);
	for (int i = 0; i < config_setting_length(at); i++) {
		const config_setting_t *member = config_setting_get_elem(at, (unsigned)i);
		int language = 0;
		while (language < LANGUAGES &&
		       strcmp(language_names[language], config_setting_name(member)) != 0)
			language++;
		if (language == LANGUAGES)
			source_problem(s, member, "%s: %s is no language of these pages", key,
				       config_setting_name(member));
		else
			words.in[language] = text_of(s, member, key);
	}
	return words;
}

const char *source_date(struct source *s, const config_setting_t *group, const char *key)
{
	int32_t day;
	const char *text = source_text(s, group, key, true);
	if (text[0] == '\0' || day_parse(text, &day) == 0)
		return text;
	source_problem(s, member_of(s, group, key, false), "%s: \"%s\" is no date; as in 2026-11-21", key,
		       text);
	return "";
}

int source_word(struct source *s, const config_setting_t *group, const char *key, bool required,
		const char *const *table, size_t count)
{
	char allowed[256] = "";
	const char *text = source_text(s, group, key, required);
	if (text[0] == '\0')
		return -1;
	for (size_t i = 0; i < count; i++) {
		size_t used = strlen(allowed);
		if (strcmp(table[i], text) == 0)
			return (int)i;
		snprintf(allowed + used, sizeof allowed - used, "%s%s", i > 0 ? ", " : "", table[i]);
	}
	source_problem(s, member_of(s, group, key, false), "%s: \"%s\"; allowed are %s", key, text, allowed);
	return -1;
}
