/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "catalogue/answers.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "catalogue/sheet.h"

static void read_one(struct sheet *s, const config_setting_t *group, struct answer *out)
{
	static const char *const keys[] = {"rule", "on", "text", "changed", NULL};
	if (!config_setting_is_group(group)) {
		sheet_problem(s, group, "an answer is a group: { rule = ...; on = ...; text = ...; }");
		return;
	}
	sheet_keys(s, group, keys);
	out->rule = sheet_text(s, group, "rule", true);
	out->on = sheet_date(s, group, "on");
	out->text = sheet_words(s, group, "text", true);
	out->changed = sheet_bool(s, group, "changed", false);
}

static void read_all(struct sheet *s, struct answers *a)
{
	static const char *const keys[] = {"answers", NULL};
	const config_setting_t *root = config_root_setting(&s->config);
	const config_setting_t *list = config_setting_get_member(root, "answers");
	sheet_keys(s, root, keys);
	if (list == NULL)
		return;
	int count = config_setting_length(list);
	if (!config_setting_is_list(list) || count > ANSWERS_MAX) {
		sheet_problem(s, list, "answers is a list of at most %d: ( { ... }, { ... } )", ANSWERS_MAX);
		return;
	}
	struct answer *items = arena_alloc(&a->arena, sizeof *items * (size_t)(count > 0 ? count : 1));
	for (int i = 0; i < count; i++)
		read_one(s, config_setting_get_elem(list, (unsigned)i), &items[i]);
	a->items = items;
	a->count = (size_t)count;
}

int answers_load(const char *path, conf_problem *problem, void *user, struct answers **out)
{
	struct answers *a = calloc(1, sizeof *a);
	struct sheet s;
	if (a == NULL)
		return -ENOMEM;
	*out = a;
	if (access(path, F_OK) < 0 && errno == ENOENT)
		return 0;
	int error = sheet_open(&s, path, NULL, &a->arena, problem, user);
	if (error == 0)
		read_all(&s, a);
	if (error == 0 && s.problems > 0)
		error = -EINVAL;
	sheet_close(&s);
	if (error < 0) {
		answers_free(a);
		*out = NULL;
	}
	return error;
}

void answers_free(struct answers *a)
{
	if (a == NULL)
		return;
	arena_clear(&a->arena);
	free(a);
}
