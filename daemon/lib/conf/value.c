/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Single values: how each type of the option table is read, checked and printed. */
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/options.h"

static const char *printable(const char *text)
{
	for (const char *p = text; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return NULL;
	return text;
}

static void wrong_type(struct load *l, const struct option *o, const char *path, const config_setting_t *s)
{
	load_problem(l, s, path, "is of the wrong kind, allowed is %s", o->type->name);
}

/* "a, b, c" */
static void join_words(const char *const *words, char *out, size_t size)
{
	size_t used = 0;
	out[0] = '\0';
	for (; *words && used < size; words++) {
		int n = snprintf(out + used, size - used, "%s%s", used ? ", " : "", *words);
		used += n > 0 ? (size_t)n : 0;
	}
}

/* The text of `s` after the checks all texts share; NULL when it was reported. */
static const char *text_of(struct load *l, const struct option *o, const char *path,
			   const config_setting_t *s)
{
	const char *text = config_setting_get_string(s);
	if (!text) {
		wrong_type(l, o, path, s);
		return NULL;
	}
	if (!printable(text)) {
		load_problem(l, s, path, "holds a control character, allowed are printable ones");
		return NULL;
	}
	long len = (long)strlen(text);
	if (!o->words && (len < o->min || len > o->max)) {
		load_problem(l, s, path, "is %ld bytes long, allowed are %ld to %ld", len, o->min, o->max);
		return NULL;
	}
	const char *instead = o->check ? o->check(text) : NULL;
	if (instead)
		load_problem(l, s, path, "\"%.100s\" is not allowed, allowed is %s", text, instead);
	return instead ? NULL : text;
}

/* Index of the word, -1 when it was reported. */
static int word_of(struct load *l, const struct option *o, const char *path, const config_setting_t *s)
{
	const char *text = text_of(l, o, path, s);
	char allowed[200];
	for (int i = 0; text && o->words[i]; i++)
		if (strcmp(o->words[i], text) == 0)
			return i;
	join_words(o->words, allowed, sizeof allowed);
	if (text)
		load_problem(l, s, path, "\"%.100s\" is unknown, allowed are %s", text, allowed);
	return -1;
}

/* The whole number of `s` within the bounds; false when it was reported. */
static bool number_of(struct load *l, const struct option *o, const char *path, const config_setting_t *s,
		      long long min, long long max, long long *out)
{
	int type = config_setting_type(s);
	if (type != CONFIG_TYPE_INT && type != CONFIG_TYPE_INT64) {
		wrong_type(l, o, path, s);
		return false;
	}
	*out = type == CONFIG_TYPE_INT ? config_setting_get_int(s) : config_setting_get_int64(s);
	if (*out >= min && *out <= max)
		return true;
	load_problem(l, s, path, "is %lld, allowed are %lld to %lld", *out, min, max);
	return false;
}

static void read_text(struct load *l, const struct option *o, const char *path, const config_setting_t *s,
		      char *base)
{
	const char *text = text_of(l, o, path, s);
	if (text && o->words && word_of(l, o, path, s) < 0)
		return;
	if (text)
		*(const char **)(base + o->at) = arena_text(&l->conf->arena, text);
}

static void print_text(const struct conf *c, const struct option *o, const char *base, FILE *out)
{
	(void)c;
	option_print_text(*(const char *const *)(base + o->at), out);
}

/*
 * A default below /usr/share/trygg means what came with the programs: from a checkout (build/ beside config/) it is the
 * folder in config/. NULL when it is not such a path or such a place; the caller frees.
 */
static char *shared_path(const char *text)
{
	static const char shared[] = "/usr/share/trygg/";
	char self[PATH_MAX], path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	if (n <= 0 || strncmp(text, shared, strlen(shared)) != 0)
		return NULL;
	self[n] = '\0';
	for (int up = 0; up < 2; up++) {
		char *slash = strrchr(self, '/');
		if (!slash)
			return NULL;
		*slash = '\0';
	}
	int len = snprintf(path, sizeof path, "%s/config/%s", self, text + strlen(shared));
	return len > 0 && (size_t)len < sizeof path && access(path, R_OK) == 0 ? strdup(path) : NULL;
}

/* A relative path belongs to the folder of the file that names it; "" stays "". */
static void read_path(struct load *l, const struct option *o, const char *path, const config_setting_t *s,
		      char *base)
{
	const char *text = text_of(l, o, path, s);
	if (!text)
		return;
	char *whole = l->in_default ? shared_path(text) : NULL;
	if (!whole)
		whole = *text ? source_resolve(load_file(l, s), text) : strdup("");
	if (whole)
		*(const char **)(base + o->at) = arena_text(&l->conf->arena, whole);
	if (whole && (long)strlen(whole) > o->max)
		load_problem(l, s, path, "is \"%.100s...\", allowed are paths of up to %ld bytes", whole,
			     o->max);
	free(whole);
}

static void read_number(struct load *l, const struct option *o, const char *path, const config_setting_t *s,
			char *base)
{
	long long value;
	if (number_of(l, o, path, s, o->min, o->max, &value))
		*(int *)(base + o->at) = (int)value;
}

static void print_number(const struct conf *c, const struct option *o, const char *base, FILE *out)
{
	(void)c;
	(void)fprintf(out, "%d", *(const int *)(base + o->at));
}

static void read_mask(struct load *l, const struct option *o, const char *path, const config_setting_t *s,
		      char *base)
{
	long long value;
	if (!number_of(l, o, path, s, 1, UINT32_MAX, &value))
		return;
	uint32_t mask = (uint32_t)value;
	uint32_t shifted = mask / (mask & (~mask + 1u)); /* the lowest bit becomes bit 0 */
	if ((shifted & (shifted + 1u)) != 0 || shifted < 0xff) {
		load_problem(l, s, path, "is 0x%" PRIx32 ", allowed are at least 8 bits side by side", mask);
		return;
	}
	*(uint32_t *)(base + o->at) = mask;
}

static void print_mask(const struct conf *c, const struct option *o, const char *base, FILE *out)
{
	(void)c;
	uint32_t mask = *(const uint32_t *)(base + o->at);
	(void)fprintf(out, "0x%" PRIx32 "%s", mask, mask > INT32_MAX ? "L" : "");
}

static void read_truth(struct load *l, const struct option *o, const char *path, const config_setting_t *s,
		       char *base)
{
	if (config_setting_type(s) != CONFIG_TYPE_BOOL)
		wrong_type(l, o, path, s);
	else
		*(bool *)(base + o->at) = config_setting_get_bool(s) != 0;
}

static void print_truth(const struct conf *c, const struct option *o, const char *base, FILE *out)
{
	(void)c;
	(void)fputs(*(const bool *)(base + o->at) ? "true" : "false", out);
}

/* Enumerations begin with the row's first word. */
static void read_word(struct load *l, const struct option *o, const char *path, const config_setting_t *s,
		      char *base)
{
	int index = word_of(l, o, path, s);
	if (index >= 0)
		*(unsigned int *)(base + o->at) = (unsigned int)index;
}

static void print_word(const struct conf *c, const struct option *o, const char *base, FILE *out)
{
	(void)c;
	option_print_text(o->words[*(const unsigned int *)(base + o->at)], out);
}

/* One of two words, the second is true. */
static void read_choice(struct load *l, const struct option *o, const char *path, const config_setting_t *s,
			char *base)
{
	int index = word_of(l, o, path, s);
	if (index >= 0)
		*(bool *)(base + o->at) = index == 1;
}

static void print_choice(const struct conf *c, const struct option *o, const char *base, FILE *out)
{
	(void)c;
	option_print_text(o->words[*(const bool *)(base + o->at)], out);
}

static void read_range(struct load *l, const struct option *o, const char *path, const config_setting_t *s,
		       char *base)
{
	long long end[2];
	if (!config_setting_is_aggregate(s) || config_setting_is_group(s) || config_setting_length(s) != 2) {
		wrong_type(l, o, path, s);
		return;
	}
	for (unsigned int i = 0; i < 2; i++)
		if (!number_of(l, o, path, config_setting_get_elem(s, i), o->min, o->max, &end[i]))
			return;
	enum { RANGE_MAX = 64 };
	if (end[0] > end[1] || end[1] - end[0] >= RANGE_MAX) {
		load_problem(l, s, path,
			     "is %lld to %lld, allowed are a first and a last number, at most %d in all",
			     end[0], end[1], RANGE_MAX);
		return;
	}
	*(int *)(base + o->at) = (int)end[0];
	*(int *)(base + o->count_at) = (int)end[1];
}

static void print_range(const struct conf *c, const struct option *o, const char *base, FILE *out)
{
	(void)c;
	(void)fprintf(out, "[%d, %d]", *(const int *)(base + o->at), *(const int *)(base + o->count_at));
}

/* sqlite:PATH; the path is resolved like every other. */
static void read_store(struct load *l, const struct option *o, const char *path, const config_setting_t *s,
		       char *base)
{
	static const char scheme[] = "sqlite:";
	const char *text = text_of(l, o, path, s);
	if (!text)
		return;
	if (strncmp(text, scheme, strlen(scheme)) != 0 || text[strlen(scheme)] == '\0') {
		load_problem(l, s, path, "\"%.100s\" is not allowed, allowed is sqlite:PATH", text);
		return;
	}
	char *whole = source_resolve(load_file(l, s), text + strlen(scheme));
	if (whole)
		*(const char **)(base + o->at) = arena_printf(&l->conf->arena, "%s%s", scheme, whole);
	free(whole);
}

const struct option_type option_text = {"a text in quotes", read_text, print_text};
const struct option_type option_path = {"a path in quotes", read_path, print_text};
const struct option_type option_number = {"a whole number", read_number, print_number};
const struct option_type option_mask = {"a number, best written 0x...", read_mask, print_mask};
const struct option_type option_truth = {"true or false", read_truth, print_truth};
const struct option_type option_word = {"a word in quotes", read_word, print_word};
const struct option_type option_choice = {"a word in quotes", read_choice, print_choice};
const struct option_type option_range = {"two numbers, [FIRST, LAST]", read_range, print_range};
const struct option_type option_store = {"a text in quotes", read_store, print_text};
