/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/speech.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "catalogue/sheet.h"

static const char *const tags[SPEECH_LANGUAGES] = {"nb", "nn", "en"};
static const char *const file_keys[] = {"desk", NULL};

static void read_texts(struct sheet *sheet, json_t *out)
{
	const config_setting_t *root = config_root_setting(&sheet->config);
	const config_setting_t *desk = config_setting_get_member(root, "desk");

	sheet_keys(sheet, root, file_keys);
	if (!desk || !config_setting_is_group(desk)) {
		sheet_problem(sheet, desk, "desk: a group { … } is wanted");
		return;
	}
	for (int i = 0; i < config_setting_length(desk); i++) {
		const char *key = config_setting_name(config_setting_get_elem(desk, (unsigned)i));
		json_object_set_new(out, key, json_string(sheet_text(sheet, desk, key, true)));
	}
}

/* What one language says, the others say too. */
static void compare(struct sheet *sheet, json_t *measure, json_t *own)
{
	const char *key;
	json_t *text;

	json_object_foreach(measure, key, text)
	{
		if (!json_object_get(own, key))
			sheet_problem(sheet, NULL, "desk: %s is missing; the other languages have it", key);
	}
	json_object_foreach(own, key, text)
	{
		if (!json_object_get(measure, key))
			sheet_problem(sheet, NULL, "desk: %s is unknown to the first language", key);
	}
}

static int read_file(struct speech *s, size_t i, const char *folder, conf_problem *problem, void *user)
{
	struct arena arena = {0};
	struct sheet sheet;
	char path[4200];

	(void)snprintf(path, sizeof(path), "%.4000s/texts/%s.conf", folder, tags[i]);
	s->tags[i] = tags[i];
	s->texts[i] = json_object();
	int rc = sheet_open(&sheet, path, NULL, &arena, problem, user);
	if (rc == 0) {
		read_texts(&sheet, s->texts[i]);
		compare(&sheet, s->texts[0], s->texts[i]);
	}
	if (rc == 0 && sheet.problems > 0)
		rc = -EINVAL;
	sheet_close(&sheet);
	arena_clear(&arena);
	return rc;
}

int speech_load(const char *folder, conf_problem *problem, void *user, struct speech **out)
{
	struct speech *s = calloc(1, sizeof(*s));
	int rc = s ? 0 : -ENOMEM;

	for (size_t i = 0; s && i < SPEECH_LANGUAGES; i++) {
		int error = read_file(s, i, folder, problem, user);
		rc = rc < 0 ? rc : error;
	}
	if (rc < 0)
		speech_free(s);
	else
		*out = s;
	return rc;
}

void speech_free(struct speech *s)
{
	for (size_t i = 0; s && i < SPEECH_LANGUAGES; i++)
		json_decref(s->texts[i]);
	free(s);
}

const char *speech_get(const struct speech *s, int language, const char *key)
{
	const char *text = json_string_value(json_object_get(s->texts[language], key));

	return text ? text : key;
}

const char *speech_word(const struct speech *s, int language, const char *prefix, const char *word)
{
	char key[96];

	(void)snprintf(key, sizeof(key), "%.40s_%.50s", prefix, word);
	for (char *c = key; *c; c++)
		*c = *c == '-' ? '_' : *c;
	const char *text = json_string_value(json_object_get(s->texts[language], key));
	return text ? text : word;
}

int speech_language(const struct speech *s, const char *tag)
{
	for (int i = 0; i < SPEECH_LANGUAGES; i++) {
		if (strcmp(s->tags[i], tag) == 0)
			return i;
	}
	return -1;
}
