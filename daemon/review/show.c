/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/show.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"

void show_name(const char *name, char out[static SHOW_NAME_SIZE])
{
	size_t used = 0, i = 0;

	for (; name[i] && i < SHOW_NAME_BYTES; i++) {
		unsigned char b = (unsigned char)name[i];
		if (b > 0x20 && b < 0x7f)
			out[used++] = (char)b;
		else
			used += (size_t)snprintf(out + used, 5, "\\x%02x", b);
	}
	out[used] = '\0';
	if (name[i])
		(void)snprintf(out + used, SHOW_NAME_SIZE - used, "\xe2\x80\xa6 (%zu)", strlen(name));
}

bool show_exact(const struct call *c)
{
	return c->conf->privacy.mode >= PRIVACY_PSEUDONYMOUS;
}

static void local(int64_t wall_ms, struct tm *out)
{
	time_t seconds = (time_t)(wall_ms / 1000);

	if (!localtime_r(&seconds, out))
		memset(out, 0, sizeof(*out));
}

void show_date(const struct call *c, int64_t wall_ms, char out[static SHOW_TIME_SIZE])
{
	struct tm t;

	local(wall_ms, &t);
	if (strcmp(c->site->speech->tags[c->language], "en") == 0)
		(void)strftime(out, SHOW_TIME_SIZE, "%Y-%m-%d", &t);
	else
		(void)snprintf(out, SHOW_TIME_SIZE, "%d.%d.%d", t.tm_mday, t.tm_mon + 1, t.tm_year + 1900);
}

void show_time(const struct call *c, int64_t wall_ms, bool exact, char out[static SHOW_TIME_SIZE])
{
	char date[SHOW_TIME_SIZE];
	struct tm t;

	local(wall_ms, &t);
	show_date(c, wall_ms, date);
	const char *at = desk_text(c, "at");
	if (exact)
		(void)snprintf(out, SHOW_TIME_SIZE, "%.20s %.10s %02d:%02d", date, at, t.tm_hour, t.tm_min);
	else
		(void)snprintf(out, SHOW_TIME_SIZE, "%.20s %.10s %02d\xe2\x80\x93%02d", date, at, t.tm_hour,
			       (t.tm_hour + 1) % 24);
}

bool show_day(const char *date, int64_t *wall_ms)
{
	struct tm t = {.tm_isdst = -1};
	int32_t day;

	if (strlen(date) != 10 || clock_date(span_text(date), &day) < 0)
		return false;
	if (sscanf(date, "%4d-%2d-%2d", &t.tm_year, &t.tm_mon, &t.tm_mday) != 3)
		return false;
	t.tm_year -= 1900;
	t.tm_mon--;
	*wall_ms = (int64_t)mktime(&t) * 1000;
	return true;
}

const char *show_category(const struct call *c, const char *id)
{
	static const enum language order[SPEECH_LANGUAGES] = {LANGUAGE_NB, LANGUAGE_NN, LANGUAGE_EN};
	int index = conf_category(c->conf, id);

	if (index < 0)
		return id;
	const struct conf_category *category = &c->conf->categories[index];
	const char *title = category->title[order[c->language]];
	if (!title || !*title)
		title = category->title[LANGUAGE_NB];
	if (title && *title)
		return title;
	return category->builtin ? speech_word(c->site->speech, c->language, "category", id) : id;
}

const char *show_group(const struct call *c, const char *id)
{
	const struct conf_group *group = *id ? conf_group(c->conf, id) : NULL;

	if (!*id)
		return desk_text(c, "stage_unknown");
	if (!group || strcmp(stage_names[group->stage], id) != 0)
		return id;
	return speech_word(c->site->speech, c->language, "stage", id);
}

const char *show_evidence(const struct call *c, const char *proto)
{
	return desk_text(c, strcmp(proto, "http") == 0 ? "evidence_page" : "evidence_lookup");
}
