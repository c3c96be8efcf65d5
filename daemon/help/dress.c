/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "help/dress.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"

enum { SCRIPT_BYTES_MAX = 8192, PATH_SIZE = 4096 };

void dress_certificate(struct site *s, conf_problem *problem, void *user)
{
	const struct conf *c = s->conf;
	char why[CERTIFICATE_WHY_SIZE];
	if (c->help.name[0] == '\0' || c->help.certificate[0] == '\0')
		return;
	int error = certificate_read(c->help.certificate, c->help.key, c->help.name, clock_wall_ms(),
				     &s->certificate, why);
	s->has_certificate = error == 0;
	if (error < 0)
		problem(user, c->path, 0, why);
}

bool site_is_secure(const struct site *s, int64_t wall_ms)
{
	return s->has_certificate && wall_ms < s->certificate.until_wall_ms;
}

static bool add_key(struct site *s, enum duty_kind kind, const struct conf_person *person)
{
	char path[PATH_SIZE];
	size_t *count = &s->key_count[kind];
	duty_key_path(s->conf, person, path, sizeof path);
	if (*count == BOX_RECIPIENTS_MAX || box_key_read(path, &s->keys[kind][*count]) < 0)
		return false;
	(*count)++;
	return true;
}

void dress_keys(struct site *s, conf_problem *problem, void *user)
{
	char why[200];
	for (int kind = 0; kind < DUTY_KINDS; kind++) {
		size_t people = 0;
		for (size_t i = 0; i < s->duty->count; i++) {
			const struct conf_person *p = s->duty->people[i].said;
			if (p->kind != (enum duty_kind)kind)
				continue;
			people++;
			if (add_key(s, p->kind, p))
				continue;
			snprintf(why, sizeof why,
				 "%.60s has no key in duty.keys: nothing can be sealed to them (tryggctl "
				 "keys make)",
				 p->id);
			problem(user, p->file, p->line, why);
		}
		if (people > 0 && !add_key(s, (enum duty_kind)kind, NULL)) {
			problem(user, s->conf->path, 0,
				"there is no recovery key in duty.keys: no contact form (tryggctl keys make "
				"recovery)");
			s->key_count[kind] = 0;
		}
	}
}

void dress_words(struct site *s)
{
	for (size_t l = 0; l < s->texts->language_count; l++) {
		enum language language = s->texts->languages[l];
		const struct text_file *f = &s->texts->file[language];
		json_t *words = json_object();
		for (size_t i = 0; i < f->text_count; i++)
			json_object_set_new(words, f->texts[i].key, json_string(f->texts[i].value));
		s->words[language] = words;
	}
}

void dress_script(struct site *s, conf_problem *problem, void *user)
{
	char path[PATH_SIZE];
	size_t len = 0;
	snprintf(path, sizeof path, "%s/leave.js", s->conf->help.pages);
	if (file_read(path, SCRIPT_BYTES_MAX, &s->script, &len) == 0)
		return;
	problem(user, path, 1, "cannot be read: leaving the page is a plain link");
	s->script = strdup("");
	if (s->script == NULL)
		abort();
}
