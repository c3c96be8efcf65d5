/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists and little groups: how each such type of the option table is read, checked and printed. */
#include <errno.h>
#include <string.h>

#include "conf/options.h"

/* The number of elements of a list, -1 when it was reported. Lists and arrays are alike to people. */
static int list_length(struct load *l, const struct option *o, const char *path, const config_setting_t *s)
{
	if (!config_setting_is_array(s) && !config_setting_is_list(s)) {
		load_problem(l, s, path, "is of the wrong kind, allowed is %s", o->type->name);
		return -1;
	}
	int n = config_setting_length(s);
	if (n >= o->min && n <= o->max)
		return n;
	load_problem(l, s, path, "has %d elements, allowed are %ld to %ld", n, o->min, o->max);
	return -1;
}

static const config_setting_t *element(const config_setting_t *s, int index)
{
	return config_setting_get_elem(s, (unsigned int)index);
}

static bool is_one_of(const char *text, const char *const *words)
{
	for (; *words; words++)
		if (strcmp(*words, text) == 0)
			return true;
	return false;
}

static void texts_element(struct load *l, const struct option *o, const char *path, const config_setting_t *e,
			  struct conf_list *list)
{
	const char *text = config_setting_get_string(e);
	if (!text) {
		load_problem(l, e, path, "has an element of the wrong kind, allowed is %s", o->type->name);
		return;
	}
	const char *instead = o->check ? o->check(text) : NULL;
	if (o->words && !is_one_of(text, o->words))
		instead = option_languages;
	if (instead) {
		load_problem(l, e, path, "\"%.100s\" is not allowed, allowed is %s", text, instead);
		return;
	}
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->item[i], text) == 0) {
			load_problem(l, e, path, "\"%.100s\" stands there twice, allowed is once", text);
			return;
		}
	list->item[list->count++] = arena_text(&l->conf->arena, text);
}

static void read_texts(struct load *l, const struct option *o, const char *path, const config_setting_t *s,
		       char *base)
{
	struct conf_list *list = (struct conf_list *)(void *)(base + o->at);
	int n = list_length(l, o, path, s);
	if (n < 0)
		return;
	list->count = 0; /* the default stood here */
	list->item = arena_alloc(&l->conf->arena, ((size_t)n + 1) * sizeof *list->item);
	for (int i = 0; i < n; i++)
		texts_element(l, o, path, element(s, i), list);
}

static void print_texts(const struct conf *c, const struct option *o, const char *base, FILE *out)
{
	(void)c;
	const struct conf_list *list = (const struct conf_list *)(const void *)(base + o->at);
	(void)fputc('[', out);
	for (size_t i = 0; i < list->count; i++) {
		(void)fputs(i ? ", " : "", out);
		option_print_text(list->item[i], out);
	}
	(void)fputc(']', out);
}

static void read_ports(struct load *l, const struct option *o, const char *path, const config_setting_t *s,
		       char *base)
{
	int n = list_length(l, o, path, s);
	if (n < 0)
		return;
	uint16_t *ports = arena_alloc(&l->conf->arena, ((size_t)n + 1) * sizeof *ports);
	size_t count = 0;
	for (int i = 0; i < n; i++) {
		const config_setting_t *e = element(s, i);
		int port = config_setting_type(e) == CONFIG_TYPE_INT ? config_setting_get_int(e) : -1;
		bool twice = false;
		for (size_t k = 0; k < count; k++)
			twice |= ports[k] == port;
		if (port < 1 || port > 65535 || port == 53)
			load_problem(l, e, path,
				     "has an element that is no port, allowed are 1 to 65535 without 53");
		else if (twice)
			load_problem(l, e, path, "%d stands there twice, allowed is once", port);
		else
			ports[count++] = (uint16_t)port;
	}
	*(const uint16_t **)(void *)(base + o->at) = ports;
	*(size_t *)(void *)(base + o->count_at) = count;
}

static void print_ports(const struct conf *c, const struct option *o, const char *base, FILE *out)
{
	(void)c;
	const uint16_t *ports = *(const uint16_t *const *)(const void *)(base + o->at);
	size_t count = *(const size_t *)(const void *)(base + o->count_at);
	(void)fputc('[', out);
	for (size_t i = 0; i < count; i++)
		(void)fprintf(out, "%s%u", i ? ", " : "", ports[i]);
	(void)fputc(']', out);
}

static void read_prefixes(struct load *l, const struct option *o, const char *path, const config_setting_t *s,
			  char *base)
{
	int n = list_length(l, o, path, s);
	if (n < 0)
		return;
	struct prefix *list = arena_alloc(&l->conf->arena, ((size_t)n + 1) * sizeof *list);
	size_t count = 0;
	for (int i = 0; i < n; i++) {
		const config_setting_t *e = element(s, i);
		const char *text = config_setting_get_string(e);
		int rc = text ? prefix_parse(text, &list[count]) : -EINVAL;
		if (rc == -ERANGE)
			load_problem(
				l, e, path,
				"\"%.100s\" has bits set behind its length, allowed is a network address",
				text);
		else if (rc < 0)
			load_problem(l, e, path,
				     "\"%.100s\" is no network, allowed are 10.1.0.0/16 and fd00:1::/32",
				     text ? text : "(no text)");
		else
			count++;
	}
	*(const struct prefix **)(void *)(base + o->at) = list;
	*(size_t *)(void *)(base + o->count_at) = count;
}

static void print_prefixes(const struct conf *c, const struct option *o, const char *base, FILE *out)
{
	(void)c;
	const struct prefix *list = *(const struct prefix *const *)(const void *)(base + o->at);
	size_t count = *(const size_t *)(const void *)(base + o->count_at);
	char text[PREFIX_TEXT_SIZE];
	(void)fputc('[', out);
	for (size_t i = 0; i < count; i++) {
		prefix_text(&list[i], text);
		(void)fprintf(out, "%s\"%s\"", i ? ", " : "", text);
	}
	(void)fputc(']', out);
}

/* An address that one machine can answer at. */
static bool is_unicast(const struct address *a)
{
	static const struct address none4 = {.family = 4}, none6 = {.family = 6};
	return !address_equal(a, &none4) && !address_equal(a, &none6) &&
	       a->bytes[0] < (a->family == 4 ? 224 : 0xff);
}

static void read_addresses(struct load *l, const struct option *o, const char *path,
			   const config_setting_t *s, char *base)
{
	int n = list_length(l, o, path, s);
	if (n < 0)
		return;
	struct address *list = arena_alloc(&l->conf->arena, ((size_t)n + 1) * sizeof *list);
	size_t count = 0;
	for (int i = 0; i < n; i++) {
		const config_setting_t *e = element(s, i);
		const char *text = config_setting_get_string(e);
		bool twice = false;
		if (!text || address_parse(text, &list[count]) < 0 || !is_unicast(&list[count])) {
			load_problem(
				l, e, path,
				"\"%.100s\" is no address of a machine, allowed are 10.0.0.5 and fd00::5",
				text ? text : "(no text)");
			continue;
		}
		for (size_t k = 0; k < count; k++)
			twice |= address_equal(&list[k], &list[count]);
		if (twice)
			load_problem(l, e, path, "\"%.100s\" stands there twice, allowed is once", text);
		else
			count++;
	}
	*(const struct address **)(void *)(base + o->at) = list;
	*(size_t *)(void *)(base + o->count_at) = count;
}

static void print_addresses(const struct conf *c, const struct option *o, const char *base, FILE *out)
{
	(void)c;
	const struct address *list = *(const struct address *const *)(const void *)(base + o->at);
	size_t count = *(const size_t *)(const void *)(base + o->count_at);
	char text[ADDRESS_TEXT_SIZE];
	(void)fputc('[', out);
	for (size_t i = 0; i < count; i++) {
		address_text(&list[i], text);
		(void)fprintf(out, "%s\"%s\"", i ? ", " : "", text);
	}
	(void)fputc(']', out);
}

static int word_index(const char *text, const char *const *words)
{
	for (int i = 0; text && words[i]; i++)
		if (strcmp(words[i], text) == 0)
			return i;
	return -1;
}

static void read_titles(struct load *l, const struct option *o, const char *path, const config_setting_t *s,
			char *base)
{
	const char **titles = (const char **)(void *)(base + o->at);
	if (!config_setting_is_group(s)) {
		load_problem(l, s, path, "is of the wrong kind, allowed is %s", o->type->name);
		return;
	}
	for (int i = 0; i < config_setting_length(s); i++) {
		const config_setting_t *e = element(s, i);
		const char *text = config_setting_get_string(e);
		int language = word_index(config_setting_name(e), o->words);
		long len = text ? (long)strlen(text) : 0;
		if (language < 0)
			load_problem(l, e, path, "\"%.40s\" is no language, allowed are %s",
				     config_setting_name(e), option_languages);
		else if (len < o->min || len > o->max || strpbrk(text, "\n\r\t\x1b"))
			load_problem(l, e, path,
				     "%s is not allowed, allowed is a text of %ld to %ld bytes on one line",
				     language_names[language], o->min, o->max);
		else
			titles[language] = arena_text(&l->conf->arena, text);
	}
}

static void print_titles(const struct conf *c, const struct option *o, const char *base, FILE *out)
{
	(void)c;
	const char *const *titles = (const char *const *)(const void *)(base + o->at);
	(void)fputc('{', out);
	for (int i = 0; i < LANGUAGES; i++) {
		if (!titles[i])
			continue;
		(void)fprintf(out, " %s = ", language_names[i]);
		option_print_text(titles[i], out);
		(void)fputc(';', out);
	}
	(void)fputs(" }", out);
}

/* Every category's own action, then what the group says. Categories are read before groups. */
static void read_actions(struct load *l, const struct option *o, const char *path, const config_setting_t *s,
			 char *base)
{
	struct conf *c = l->conf;
	enum action *actions = arena_alloc(&c->arena, (c->category_count + 1) * sizeof *actions);
	for (size_t i = 0; i < c->category_count; i++)
		actions[i] = c->categories[i].action;
	*(const enum action **)(void *)(base + o->at) = actions;
	if (!config_setting_is_group(s)) {
		load_problem(l, s, path, "is of the wrong kind, allowed is %s", o->type->name);
		return;
	}
	for (int i = 0; i < config_setting_length(s); i++) {
		const config_setting_t *e = element(s, i);
		const char *name = config_setting_name(e);
		const char *text = config_setting_get_string(e);
		int category = conf_category(c, name), action = word_index(text, o->words);
		if (category < 0)
			load_problem(l, e, path,
				     "\"%.40s\" is no category, allowed are those under categories", name);
		else if (c->categories[category].builtin)
			load_problem(l, e, path, "%s is built in, allowed is only its own action, refuse",
				     name);
		else if (action < 0)
			load_problem(l, e, path,
				     "%s: \"%.40s\" is unknown, allowed are allow, observe, help, refuse",
				     name, text ? text : "(no text)");
		else if (c->categories[category].mandatory && action <= ACTION_OBSERVE)
			load_problem(l, e, path,
				     "%s is mandatory and cannot be \"%s\", allowed are help, refuse", name,
				     text);
		else if (c->categories[category].help_only && action != ACTION_ALLOW)
			load_problem(l, e, path,
				     "%s only shows the way to help and cannot be \"%s\", allowed is allow",
				     name, text);
		else
			actions[category] = (enum action)action;
	}
}

/* Only what differs from the categories' own, as a person would write it. */
static void print_actions(const struct conf *c, const struct option *o, const char *base, FILE *out)
{
	const enum action *actions = *(const enum action *const *)(const void *)(base + o->at);
	(void)fputc('{', out);
	for (size_t i = 0; i < c->category_count; i++)
		if (actions[i] != c->categories[i].action)
			(void)fprintf(out, " %s = \"%s\";", c->categories[i].id, action_names[actions[i]]);
	(void)fputs(" }", out);
}

static void read_persons(struct load *l, const struct option *o, const char *path, const config_setting_t *s,
			 char *base)
{
	char name[160];
	if (!config_setting_is_group(s) || config_setting_length(s) > o->max) {
		load_problem(l, s, path, "is of the wrong kind, allowed is %s, at most %ld", o->type->name,
			     o->max);
		return;
	}
	int n = config_setting_length(s);
	struct conf_person *list = arena_alloc(&l->conf->arena, ((size_t)n + 1) * sizeof *list);
	for (int i = 0; i < n; i++) {
		const config_setting_t *e = element(s, i);
		list[i].id = arena_text(&l->conf->arena, config_setting_name(e));
		list[i].file = arena_text(&l->conf->arena, load_file(l, e));
		list[i].line = load_line(l, e);
		(void)snprintf(name, sizeof name, "%s.%.80s", path, list[i].id);
		(void)load_id_ok(l, e, name, list[i].id);
		option_read_all(l, &option_person, name, e, (char *)&list[i]);
	}
	*(const struct conf_person **)(void *)(base + o->at) = list;
	*(size_t *)(void *)(base + o->count_at) = (size_t)n;
}

static void print_persons(const struct conf *c, const struct option *o, const char *base, FILE *out)
{
	const struct conf_person *list = *(const struct conf_person *const *)(const void *)(base + o->at);
	size_t count = *(const size_t *)(const void *)(base + o->count_at);
	(void)fputc('{', out);
	for (size_t i = 0; i < count; i++) {
		(void)fprintf(out, "\n\t\t%s = {\n", list[i].id);
		option_print_all(c, &option_person, (const char *)&list[i], "\t\t\t", out);
		(void)fputs("\t\t};", out);
	}
	(void)fputs(count > 0 ? "\n\t}" : " }", out);
}

static void read_sources(struct load *l, const struct option *o, const char *path, const config_setting_t *s,
			 char *base)
{
	char name[64];
	int n = list_length(l, o, path, s);
	if (n < 0)
		return;
	struct conf_source *list = arena_alloc(&l->conf->arena, ((size_t)n + 1) * sizeof *list);
	for (int i = 0; i < n; i++) {
		const config_setting_t *e = element(s, i);
		(void)snprintf(name, sizeof name, "%s.[%d]", path, i);
		if (config_setting_is_group(e))
			option_read_all(l, &option_source, name, e, (char *)&list[i]);
		else
			load_problem(l, e, name,
				     "is of the wrong kind, allowed is { file = ...; format = ...; category "
				     "= ...; }");
	}
	*(const struct conf_source **)(void *)(base + o->at) = list;
	*(size_t *)(void *)(base + o->count_at) = (size_t)n;
}

static void print_sources(const struct conf *c, const struct option *o, const char *base, FILE *out)
{
	const struct conf_source *list = *(const struct conf_source *const *)(const void *)(base + o->at);
	size_t count = *(const size_t *)(const void *)(base + o->count_at);
	(void)fputc('(', out);
	for (size_t i = 0; i < count; i++) {
		(void)fputs(i ? ", {\n" : "{\n", out);
		option_print_all(c, &option_source, (const char *)&list[i], "\t\t", out);
		(void)fputs("\t}", out);
	}
	(void)fputc(')', out);
}

const struct option_type option_texts = {"a list of texts, [\"a\", \"b\"]", read_texts, print_texts};
const struct option_type option_ports = {"a list of ports, [80, 8080]", read_ports, print_ports};
const struct option_type option_prefixes = {"a list of networks, [\"10.1.0.0/16\"]", read_prefixes,
					    print_prefixes};
const struct option_type option_addresses = {"a list of addresses, [\"10.0.0.5\"]", read_addresses,
					     print_addresses};
const struct option_type option_titles = {"texts by language, { nb = \"...\"; }", read_titles, print_titles};
const struct option_type option_actions = {"actions by category, { games = \"allow\"; }", read_actions,
					   print_actions};
const struct option_type option_persons = {"people by name, { kari = { kind = \"nurse\"; ... }; }",
					   read_persons, print_persons};
const struct option_type option_sources = {"a list of groups, ( { file = \"...\"; ... } )", read_sources,
					   print_sources};
