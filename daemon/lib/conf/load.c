/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From text to struct conf: join and scan (source.c), let libconfig parse, read every section by the option
 * table, then check what rows cannot check alone. Nothing stops at the first semantic error.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "conf/options.h"

enum { CATEGORIES_MAX = 254, GROUPS_MAX = 256, ID_MAX = 39 };

static struct source_place place_of(const struct load *l, const config_setting_t *s)
{
	return source_where(l->source, s && !l->in_default ? (int)config_setting_source_line(s) : 0);
}

const char *load_file(const struct load *l, const config_setting_t *s)
{
	return l->source->files[place_of(l, s).file].path;
}

int load_line(const struct load *l, const config_setting_t *s)
{
	int line = place_of(l, s).line;
	return line > 0 ? line : 1;
}

void load_problem(struct load *l, const config_setting_t *s, const char *path, const char *format, ...)
{
	char text[1024];
	struct source_place at = place_of(l, s);
	int n = snprintf(text, sizeof text, "%s: ", path);
	size_t used = n < 0 ? 0 : (size_t)n < sizeof text ? (size_t)n : sizeof text - 1;
	va_list args;
	va_start(args, format);
	(void)vsnprintf(text + used, sizeof text - used, format, args);
	va_end(args);
	l->problems++;
	l->problem(l->user, l->source->files[at.file].path, at.line ? at.line : 1, text);
}

void option_read_default(struct load *l, const struct option *o, const char *path, char *base)
{
	char text[256];
	config_t config;
	(void)snprintf(text, sizeof text, "value = %s;", o->fallback);
	config_init(&config);
	bool outer = l->in_default;
	l->in_default = true;
	if (config_read_string(&config, text) == CONFIG_TRUE)
		o->type->read(l, o, path, config_lookup(&config, "value"), base);
	l->in_default = outer;
	config_destroy(&config);
}

static const struct option *find_option(const struct option_section *section, const char *name)
{
	for (size_t i = 0; i < section->count; i++)
		if (strcmp(section->options[i].name, name) == 0)
			return &section->options[i];
	return NULL;
}

static void report_unknown(struct load *l, const struct option_section *section, const char *path,
			   const config_setting_t *s)
{
	char allowed[512] = "";
	size_t used = 0;
	for (size_t i = 0; i < section->count && used < sizeof allowed; i++)
		used += (size_t)snprintf(allowed + used, sizeof allowed - used, "%s%s", i ? ", " : "",
					 section->options[i].name);
	load_problem(l, s, path, "is no option, allowed are %s", allowed);
}

void option_read_all(struct load *l, const struct option_section *section, const char *path,
		     const config_setting_t *s, char *base)
{
	char name[256];
	if (s && !config_setting_is_group(s)) {
		load_problem(l, s, path, "is of the wrong kind, allowed is a group, %s = { ... };", path);
		s = NULL;
	}
	for (int i = 0; s && i < config_setting_length(s); i++) {
		const config_setting_t *e = config_setting_get_elem(s, (unsigned int)i);
		(void)snprintf(name, sizeof name, "%s.%.100s", path, config_setting_name(e));
		if (!find_option(section, config_setting_name(e)))
			report_unknown(l, section, name, e);
	}
	for (size_t i = 0; i < section->count; i++) {
		const struct option *o = &section->options[i];
		const config_setting_t *e = s ? config_setting_get_member(s, o->name) : NULL;
		(void)snprintf(name, sizeof name, "%s.%s", path, o->name);
		if (o->fallback)
			option_read_default(l, o, name, base);
		if (e)
			o->type->read(l, o, name, e, base);
		else if (!o->fallback && s)
			load_problem(l, s, name, "is missing, allowed is %s", o->type->name);
	}
}

/* Ids are names of settings and words of rule files and journal lines. */
bool load_id_ok(struct load *l, const config_setting_t *s, const char *path, const char *id)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
	if (strlen(id) <= ID_MAX && *id >= 'a' && *id <= 'z' && id[strspn(id, allowed)] == '\0')
		return true;
	load_problem(l, s, path,
		     "is no id, allowed are a small letter, then small letters, digits and -, at most %d",
		     ID_MAX);
	return false;
}

/*
 * Children who look for these are never stopped and never recorded: who they are, whom they lost, what they fled from, how they
 * feel. No configuration changes that.
 */
static bool always_help_only(const char *id)
{
	static const char *const ids[] = {"grief", "lgbt", "mental-health", "war-flight"};
	for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++)
		if (strcmp(ids[i], id) == 0)
			return true;
	return false;
}

static void check_help_only(struct load *l, const config_setting_t *s, const char *path,
			    struct conf_category *c)
{
	if (always_help_only(c->id)) {
		if (!c->help_only && config_setting_get_member(s, "help_only"))
			load_problem(l, config_setting_get_member(s, "help_only"), path,
				     "only shows the way to help, allowed is help_only = true");
		c->help_only = true;
	}
	if (!c->help_only)
		return;
	if (c->action != ACTION_ALLOW)
		load_problem(l, config_setting_get_member(s, "action"), path,
			     "only shows the way to help and cannot have action \"%s\", allowed is allow",
			     action_names[c->action]);
	if (c->mandatory)
		load_problem(l, config_setting_get_member(s, "mandatory"), path,
			     "only shows the way to help, allowed is mandatory = false");
}

static void read_category(struct load *l, const config_setting_t *s, struct conf_category *c)
{
	char path[128];
	c->id = arena_text(&l->conf->arena, config_setting_name(s));
	(void)snprintf(path, sizeof path, "categories.%.80s", c->id);
	(void)load_id_ok(l, s, path, c->id);
	for (int i = 0; i < BUILTINS; i++)
		if (strcmp(c->id, option_builtins[i].id) == 0)
			load_problem(l, s, path, "is built in, allowed are other names");
	option_read_all(l, &option_category, path, s, (char *)c);
	if (c->mandatory && c->action <= ACTION_OBSERVE)
		load_problem(l, config_setting_get_member(s, "action"), path,
			     "is mandatory and cannot have action \"%s\", allowed are help, refuse",
			     action_names[c->action]);
	if (c->mandatory && c->observe)
		load_problem(l, config_setting_get_member(s, "mode"), path,
			     "is mandatory and cannot have mode \"observe\", allowed is enforce");
	check_help_only(l, s, path, c);
}

/* The members of a section whose names people choose; NULL when there are none. */
static const config_setting_t *named_section(struct load *l, const config_t *config, const char *name,
					     int max, int *count)
{
	const config_setting_t *s = config_lookup(config, name);
	*count = 0;
	if (s && !config_setting_is_group(s)) {
		load_problem(l, s, name,
			     "is of the wrong kind, allowed is a group, %s = { NAME = { ... }; };", name);
		return NULL;
	}
	*count = s ? config_setting_length(s) : 0;
	if (*count > max) {
		load_problem(l, s, name, "has %d members, allowed are %d", *count, max);
		*count = max;
	}
	return s;
}

static void read_categories(struct load *l, const config_t *config)
{
	int n;
	const config_setting_t *s = named_section(l, config, "categories", CATEGORIES_MAX, &n);
	struct conf *c = l->conf;
	struct conf_category *list = arena_alloc(&c->arena, ((size_t)n + BUILTINS) * sizeof *list);
	for (int i = 0; i < n; i++)
		read_category(l, config_setting_get_elem(s, (unsigned int)i), &list[i]);
	memcpy(&list[n], option_builtins, sizeof option_builtins);
	c->categories = list;
	c->category_count = (size_t)n + BUILTINS;
	c->category_unlisted = n + BUILTIN_UNLISTED;
	c->category_evasion = n + BUILTIN_EVASION;
}

/* Equal prefixes would make the group a matter of chance (DESIGN 6.3). */
static void check_prefixes(struct load *l, const config_setting_t *groups, const struct conf_group *list,
			   size_t n)
{
	char path[128], text[PREFIX_TEXT_SIZE];
	for (size_t g = 0; g < n; g++)
		for (size_t i = 0; i < list[g].network_count; i++)
			for (size_t h = 0; h <= g; h++)
				for (size_t k = 0; k < (h == g ? i : list[h].network_count); k++) {
					const struct prefix *a = &list[g].networks[i],
							    *b = &list[h].networks[k];
					if (a->bits != b->bits || !address_equal(&a->address, &b->address))
						continue;
					const config_setting_t *s = config_setting_get_member(
						config_setting_get_elem(groups, (unsigned int)g), "networks");
					(void)snprintf(path, sizeof path, "groups.%.80s.networks",
						       list[g].id);
					prefix_text(a, text);
					load_problem(
						l, s, path,
						"%s belongs to %s already, allowed is one group a network",
						text, list[h].id);
				}
}

static void builtin_guest(struct load *l)
{
	struct conf *c = l->conf;
	enum action *actions = arena_alloc(&c->arena, c->category_count * sizeof *actions);
	for (size_t i = 0; i < c->category_count; i++)
		actions[i] = c->categories[i].action;
	c->builtin_guest = (struct conf_group){.id = "guest", .stage = STAGE_GUEST, .actions = actions};
}

static void read_groups(struct load *l, const config_t *config)
{
	int n;
	char path[128];
	const config_setting_t *s = named_section(l, config, "groups", GROUPS_MAX, &n);
	struct conf *c = l->conf;
	struct conf_group *list = arena_alloc(&c->arena, ((size_t)n + 1) * sizeof *list);
	for (int i = 0; i < n; i++) {
		const config_setting_t *e = config_setting_get_elem(s, (unsigned int)i);
		list[i].id = arena_text(&c->arena, config_setting_name(e));
		(void)snprintf(path, sizeof path, "groups.%.80s", list[i].id);
		(void)load_id_ok(l, e, path, list[i].id);
		option_read_all(l, &option_group, path, e, (char *)&list[i]);
	}
	check_prefixes(l, s, list, (size_t)n);
	c->groups = list;
	c->group_count = (size_t)n;
	builtin_guest(l);
	c->guest = &c->builtin_guest;
	for (int i = 0; i < n; i++)
		if (strcmp(list[i].id, "guest") == 0)
			c->guest = &list[i];
}

/* Categories are known only after the rules section was read. */
static void check_sources(struct load *l, const config_t *config)
{
	const struct conf *c = l->conf;
	const config_setting_t *s = config_lookup(config, "rules.sources");
	for (size_t i = 0; i < c->rules.source_count; i++) {
		const char *id = c->rules.sources[i].category;
		int category = id ? conf_category(c, id) : 0;
		if (category < 0 || (id && c->categories[category].builtin))
			load_problem(l, config_setting_get_elem(s, (unsigned int)i), "rules.sources",
				     "\"%.60s\" is no category, allowed are those under categories", id);
		else if (id && c->categories[category].mandatory && c->rules.sources[i].observe)
			load_problem(l, config_setting_get_elem(s, (unsigned int)i), "rules.sources",
				     "%s is mandatory and cannot have mode \"observe\", allowed is enforce",
				     id);
	}
}

static void check_whole(struct load *l, const config_t *config)
{
	const struct conf *c = l->conf;
	check_sources(l, config);
	for (size_t i = 0; i < c->inspect.http_port_count; i++)
		for (size_t k = 0; k < c->inspect.tls_port_count; k++)
			if (c->inspect.http_ports[i] == c->inspect.tls_ports[k])
				load_problem(l, config_lookup(config, "inspect.tls_ports"),
					     "inspect.tls_ports",
					     "%d is one of http_ports too, allowed is one of the two",
					     c->inspect.tls_ports[k]);
	if (c->help.certificate && c->help.key && !*c->help.certificate != !*c->help.key)
		load_problem(l, config_lookup(config, *c->help.key ? "help.key" : "help.certificate"),
			     "help.certificate",
			     "certificate and key belong together, allowed are both or none");
}

/* A mode that points at devices is not begun by accident: who wants it says first what for, why and since when. */
static void check_declared(struct load *l, const config_t *config)
{
	const struct conf *c = l->conf;
	const struct {
		const char *name, *text;
	} declared[] = {{"purpose", c->privacy.purpose},
			{"legal_basis", c->privacy.legal_basis},
			{"informed_on", c->privacy.informed_on},
			{"retention_reason", c->privacy.retention_reason},
			{"owner", c->privacy.owner}};
	if (c->privacy.mode != PRIVACY_PSEUDONYMOUS)
		return;
	for (size_t i = 0; i < sizeof declared / sizeof declared[0]; i++)
		if (!declared[i].text || !*declared[i].text)
			load_problem(
				l, config_lookup(config, "privacy.mode"), "privacy.mode",
				"\"pseudonymous\" is personal data: privacy.%s must say so first, or mode is "
				"\"events\" or \"counts\"",
				declared[i].name);
}

static bool is_section(const char *name)
{
	for (size_t i = 0; i < option_section_count; i++)
		if (strcmp(option_sections[i].name, name) == 0)
			return true;
	return strcmp(name, "categories") == 0 || strcmp(name, "groups") == 0;
}

static void read_sections(struct load *l, const config_t *config)
{
	const config_setting_t *root = config_root_setting(config);
	for (int i = 0; i < config_setting_length(root); i++) {
		const config_setting_t *s = config_setting_get_elem(root, (unsigned int)i);
		if (!is_section(config_setting_name(s)))
			load_problem(l, s, config_setting_name(s),
				     "is no section, allowed are gateway, inspect, rules, categories, "
				     "groups, help, "
				     "privacy, journal, store, mail, duty");
	}
	for (size_t i = 0; i < option_section_count; i++)
		option_read_all(l, &option_sections[i], option_sections[i].name,
				config_lookup(config, option_sections[i].name), (char *)l->conf);
	l->conf->duty.file = arena_text(&l->conf->arena, load_file(l, config_lookup(config, "duty")));
	l->conf->duty.line = load_line(l, config_lookup(config, "duty"));
	read_categories(l, config);
	read_groups(l, config);
	check_whole(l, config);
	check_declared(l, config);
}

/* libconfig's words for people who do not know its grammar. */
static const char *syntax_text(const char *error)
{
	static const struct {
		const char *from, *to;
	} table[] = {
		{"syntax error",
		 "cannot be read here, look for a missing quote, bracket, = or ; on this line or above"},
		{"duplicate setting name", "the option stands there twice, allowed is once"},
		{"mismatched element type in array",
		 "the elements of [...] differ in kind, allowed is one kind"},
	};
	for (size_t i = 0; error && i < sizeof table / sizeof table[0]; i++)
		if (strcmp(table[i].from, error) == 0)
			return table[i].to;
	return error ? error : "cannot be read";
}

static void report_syntax(struct load *l, const char *path, int line, const char *error)
{
	char text[300];
	(void)snprintf(text, sizeof text, "syntax: %s", syntax_text(error));
	l->problems++;
	l->problem(l->user, path, line, text);
}

static bool seen_before(const struct source *s, int file)
{
	for (int i = 0; i < file; i++)
		if (strcmp(s->files[i].path, s->files[file].path) == 0)
			return true;
	return false;
}

/*
 * libconfig stops at the first syntax error. Every other file is parsed once more by itself, so that each
 * file's first is reported.
 */
static void report_syntax_all(struct load *l, const config_t *config)
{
	struct source_place at = source_where(l->source, config_error_line(config));
	report_syntax(l, l->source->files[at.file].path, at.line, config_error_text(config));
	for (int i = 0; i < l->source->file_count; i++) {
		config_t one;
		if (i == at.file || l->source->files[i].faulty || seen_before(l->source, i))
			continue;
		config_init(&one);
		if (config_read_string(&one, l->source->files[i].text) != CONFIG_TRUE)
			report_syntax(l, l->source->files[i].path, config_error_line(&one),
				      config_error_text(&one));
		config_destroy(&one);
	}
}

static int load(const char *path, const struct span *text, conf_problem *problem, void *user,
		struct conf **out)
{
	int rc = -EINVAL;
	struct source source = {.problem = problem, .user = user};
	struct conf *c = calloc(1, sizeof *c);
	struct load l = {.conf = c, .source = &source, .problem = problem, .user = user};
	config_t config;
	config_init(&config);
	if (!c) {
		rc = -ENOMEM;
		goto out;
	}
	source_read(&source, path, text);
	if (!source.whole || !source.text) {
		rc = source.error ? source.error : -EINVAL;
		goto out;
	}
	const char *slash = strrchr(path, '/');
	char *absolute = source_resolve(path, slash ? slash + 1 : path);
	c->path = arena_text(&c->arena, absolute ? absolute : path);
	free(absolute);
	if (config_read_string(&config, source.text) != CONFIG_TRUE)
		report_syntax_all(&l, &config);
	else
		read_sections(&l, &config);
	if (l.problems + source.problems > 0)
		goto out;
	*out = c;
	c = NULL;
	rc = 0;
out:
	config_destroy(&config);
	source_clear(&source);
	conf_free(c);
	return rc;
}

int conf_load(const char *path, conf_problem *problem, void *user, struct conf **out)
{
	return load(path, NULL, problem, user, out);
}

int conf_load_text(const char *path, struct span text, conf_problem *problem, void *user, struct conf **out)
{
	return load(path, &text, problem, user, out);
}
