/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Placed complaints over libconfig; see sheet.h. */
#include "catalogue/sheet.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/utf8.h"

void sheet_problem(struct sheet *s, const config_setting_t *at, const char *format, ...)
{
	char text[512];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	struct source_place place =
		source_where(&s->source, at != NULL ? (int)config_setting_source_line(at) : 1);
	s->problems++;
	s->problem(s->user, s->source.files[place.file].path, place.line, text);
}

/* Escapes such as \xff can still make what the source did not have. */
static bool is_text(const char *text)
{
	for (struct span left = span_text(text); left.len > 0;) {
		uint32_t c;
		size_t n = utf8_read(left, &c);
		if (n == 0 || c < 0x20 || c == 0x7f)
			return false;
		left = span_from(left, n);
	}
	return true;
}

static int parse(struct sheet *s)
{
	if (config_read_string(&s->config, s->source.text) == CONFIG_TRUE)
		return 0;
	const char *why = config_error_text(&s->config);
	struct source_place place = source_where(&s->source, config_error_line(&s->config));
	s->problems++;
	s->problem(s->user, s->source.files[place.file].path, place.line,
		   why != NULL ? why : "does not parse");
	return -EINVAL;
}

int sheet_open(struct sheet *s, const char *path, const struct span *text, struct arena *arena,
	       conf_problem *problem, void *user)
{
	*s = (struct sheet){.arena = arena, .problem = problem, .user = user};
	s->source.problem = problem;
	s->source.user = user;
	config_init(&s->config);
	int unreadable = text == NULL && access(path, R_OK) < 0 ? -errno : 0;
	source_read(&s->source, path, text);
	s->problems = s->source.problems;
	if (unreadable < 0)
		return unreadable;
	return s->source.whole ? parse(s) : -EINVAL;
}

void sheet_close(struct sheet *s)
{
	config_destroy(&s->config);
	source_clear(&s->source);
}

void sheet_keys(struct sheet *s, const config_setting_t *group, const char *const *names)
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
			sheet_problem(s, member, "%s: unknown; allowed are %s", config_setting_name(member),
				      allowed);
		}
	}
}

static const config_setting_t *member_of(struct sheet *s, const config_setting_t *group, const char *key,
					 bool required)
{
	for (int i = 0; i < config_setting_length(group); i++) {
		const config_setting_t *member = config_setting_get_elem(group, (unsigned)i);
		if (strcmp(config_setting_name(member), key) == 0)
			return member;
	}
	if (required)
		sheet_problem(s, group, "%s is missing", key);
	return NULL;
}

/* The text of a setting, kept in the arena; "" after a complaint. */
static const char *text_of(struct sheet *s, const config_setting_t *at, const char *key)
{
	if (config_setting_type(at) != CONFIG_TYPE_STRING) {
		sheet_problem(s, at, "%s: a text in quotes is wanted", key);
		return "";
	}
	const char *text = config_setting_get_string(at);
	if (text[0] == '\0') {
		sheet_problem(s, at, "%s: is empty; leave the line out instead", key);
		return "";
	}
	if (!is_text(text)) {
		sheet_problem(s, at, "%s: has a control character or bytes that are no UTF-8", key);
		return "";
	}
	return arena_text(s->arena, text);
}

const char *sheet_text(struct sheet *s, const config_setting_t *group, const char *key, bool required)
{
	const config_setting_t *at = member_of(s, group, key, required);
	return at != NULL ? text_of(s, at, key) : "";
}

bool sheet_bool(struct sheet *s, const config_setting_t *group, const char *key, bool required)
{
	const config_setting_t *at = member_of(s, group, key, required);
	if (at == NULL)
		return false;
	if (config_setting_type(at) != CONFIG_TYPE_BOOL) {
		sheet_problem(s, at, "%s: true or false", key);
		return false;
	}
	return config_setting_get_bool(at) == CONFIG_TRUE;
}

struct conf_list sheet_list(struct sheet *s, const config_setting_t *group, const char *key, bool required)
{
	struct conf_list list = {0};
	const config_setting_t *at = member_of(s, group, key, required);
	if (at == NULL)
		return list;
	if (!config_setting_is_array(at) && !config_setting_is_list(at)) {
		sheet_problem(s, at, "%s: a list of texts is wanted, as in [\"a\", \"b\"]", key);
		return list;
	}
	size_t count = (size_t)config_setting_length(at);
	if (count == 0) {
		if (required)
			sheet_problem(s, at, "%s: is empty", key);
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

struct words sheet_words(struct sheet *s, const config_setting_t *group, const char *key, bool required)
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
		sheet_problem(s, at, "%s: is empty", key);
	for (int i = 0; i < config_setting_length(at); i++) {
		const config_setting_t *member = config_setting_get_elem(at, (unsigned)i);
		int language = 0;
		while (language < LANGUAGES &&
		       strcmp(language_names[language], config_setting_name(member)) != 0)
			language++;
		if (language == LANGUAGES)
			sheet_problem(s, member, "%s: %s is no language of these pages", key,
				      config_setting_name(member));
		else
			words.in[language] = text_of(s, member, key);
	}
	return words;
}

const char *sheet_date(struct sheet *s, const config_setting_t *group, const char *key)
{
	int32_t day;
	const char *text = sheet_text(s, group, key, true);
	if (text[0] == '\0' || day_parse(text, &day) == 0)
		return text;
	sheet_problem(s, member_of(s, group, key, false), "%s: \"%s\" is no date; as in 2026-11-21", key,
		      text);
	return "";
}

int sheet_word(struct sheet *s, const config_setting_t *group, const char *key, bool required,
	       const char *const *table, size_t count)
{
	char allowed[256] = "";
	const char *text = sheet_text(s, group, key, required);
	if (text[0] == '\0')
		return -1;
	for (size_t i = 0; i < count; i++) {
		size_t used = strlen(allowed);
		if (strcmp(table[i], text) == 0)
			return (int)i;
		snprintf(allowed + used, sizeof allowed - used, "%s%s", i > 0 ? ", " : "", table[i]);
	}
	sheet_problem(s, member_of(s, group, key, false), "%s: \"%s\"; allowed are %s", key, text, allowed);
	return -1;
}
