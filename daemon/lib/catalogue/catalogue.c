/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The catalogue as a whole: its files read in order, ids unique over all of them, the permanent services
 * kept.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "catalogue/read.h"

struct builder {
	struct arena *arena;
	conf_problem *problem;
	void *user;
	int error; /* of the last unreadable file */
	int problems;
	size_t count;
	struct service services[CATALOGUE_SERVICES_MAX];
};

static const struct service *find(const struct service *services, size_t count, const char *id)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(services[i].id, id) == 0)
			return &services[i];
	return NULL;
}

/* Digits of a number, so that "116111" and "116 111" are the same. */
static bool same_number(const char *a, const char *b)
{
	for (;;) {
		while (*a == ' ')
			a++;
		while (*b == ' ')
			b++;
		if (*a != *b)
			return false;
		if (*a == '\0')
			return true;
		a++, b++;
	}
}

/* A file may say more about a permanent service, but not take its number or its hours away. */
static void check_permanent(struct sheet *s, const config_setting_t *at, struct service *entry)
{
	size_t count;
	const struct service *table = minimum_services(&count);
	const struct service *kept = find(table, count, entry->id);
	if (kept == NULL) {
		if (entry->permanent)
			sheet_problem(s, at,
				      "%s: permanent is for nod-112, nod-113, legevakt-116117, "
				      "alarmtelefonen-116111 and mental-helse-116123 only",
				      entry->id);
		return;
	}
	entry->permanent = true;
	for (size_t i = 0; i < entry->channel_count; i++) {
		const struct channel *c = &entry->channels[i];
		if (c->kind == CHANNEL_CALL && same_number(c->value, kept->channels[0].value) &&
		    c->hours.always && c->hours.exception_count == 0)
			return;
	}
	sheet_problem(s, at, "%s: must keep the channel call %s with hours = \"always\"", entry->id,
		      kept->channels[0].value);
}

static void add_service(struct builder *b, struct sheet *s, const config_setting_t *group)
{
	if (b->count == CATALOGUE_SERVICES_MAX) {
		sheet_problem(s, group, "more than %d services", CATALOGUE_SERVICES_MAX);
		return;
	}
	if (!config_setting_is_group(group)) {
		sheet_problem(s, group, "services: a group { id = \"…\"; … } is wanted");
		return;
	}
	struct service *entry = &b->services[b->count];
	service_read(s, group, entry);
	check_permanent(s, group, entry);
	const struct service *twin = find(b->services, b->count, entry->id);
	if (twin != NULL && entry->id[0] != '\0')
		sheet_problem(s, group, "id: \"%s\" is already used in %s:%d", entry->id, twin->file,
			      twin->line);
	b->count++;
}

static void add_services(struct builder *b, struct sheet *s)
{
	static const char *const keys[] = {"services", NULL};
	const config_setting_t *root = config_root_setting(&s->config);
	sheet_keys(s, root, keys);
	const config_setting_t *list = config_setting_get_member(root, "services");
	if (list == NULL)
		return;
	if (!config_setting_is_list(list)) {
		sheet_problem(s, list, "services: a list of groups is wanted, ( { id = \"…\"; … }, … )");
		return;
	}
	for (int i = 0; i < config_setting_length(list); i++)
		add_service(b, s, config_setting_get_elem(list, (unsigned)i));
}

static void add_file(struct builder *b, const char *path, const struct span *text)
{
	struct sheet sheet;
	int error = sheet_open(&sheet, path, text, b->arena, b->problem, b->user);
	if (error == 0)
		add_services(b, &sheet);
	else if (error != -EINVAL)
		b->error = error;
	b->problems += sheet.problems;
	sheet_close(&sheet);
}

static void add_folder(struct builder *b, const char *path)
{
	char *folder = file_resolve(path, "catalogue.d");
	char **paths = NULL;
	size_t count = 0;
	int error = file_list(folder, ".conf", &paths, &count);
	if (error < 0) {
		b->problem(b->user, folder, 1, "the folder cannot be read");
		b->problems++;
		b->error = error;
	} else {
		for (size_t i = 0; i < count; i++)
			add_file(b, paths[i], NULL);
		file_list_free(paths, count);
	}
	free(folder);
}

/* What the files leave out is appended, so that the order of the file stays the owner's. */
static struct catalogue *finish(struct builder *b, struct arena arena)
{
	size_t permanent;
	const struct service *table = minimum_services(&permanent);
	struct catalogue *c = calloc(1, sizeof *c);
	if (c == NULL)
		abort();
	c->arena = arena;
	struct service *all = arena_alloc(&c->arena, (b->count + permanent) * sizeof *all);
	memcpy(all, b->services, b->count * sizeof *all);
	c->count = b->count;
	for (size_t i = 0; i < permanent; i++)
		if (find(b->services, b->count, table[i].id) == NULL)
			all[c->count++] = table[i];
	c->services = all;
	return c;
}

static int load(const char *path, const struct span *text, conf_problem *problem, void *user,
		struct catalogue **out)
{
	struct arena arena = {0};
	struct builder *b = calloc(1, sizeof *b);
	if (b == NULL)
		return -ENOMEM;
	b->arena = &arena;
	b->problem = problem;
	b->user = user;
	add_file(b, path, text);
	if (text == NULL)
		add_folder(b, path);
	int result = b->error != 0 ? b->error : b->problems > 0 ? -EINVAL : 0;
	if (result == 0)
		*out = finish(b, arena);
	else
		arena_clear(&arena);
	free(b);
	return result;
}

int catalogue_load(const char *path, conf_problem *problem, void *user, struct catalogue **out)
{
	return load(path, NULL, problem, user, out);
}

int catalogue_load_text(const char *path, struct span text, conf_problem *problem, void *user,
			struct catalogue **out)
{
	return load(path, &text, problem, user, out);
}

struct catalogue *catalogue_minimum(void)
{
	struct builder *b = calloc(1, sizeof *b);
	if (b == NULL)
		abort();
	struct catalogue *c = finish(b, (struct arena){0});
	free(b);
	return c;
}

void catalogue_free(struct catalogue *c)
{
	if (c == NULL)
		return;
	arena_clear(&c->arena);
	free(c);
}

const char *words_in(const struct words *w, enum language language)
{
	if (w->in[language] != NULL)
		return w->in[language];
	for (int i = 0; i < LANGUAGES; i++)
		if (w->in[i] != NULL)
			return w->in[i];
	return "";
}
