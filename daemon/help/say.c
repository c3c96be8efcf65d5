/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "help/say.h"

#include <stdio.h>
#include <string.h>

static const char *value_of(const struct slot *slots, const char *name, size_t len)
{
	for (; slots != NULL && slots->name != NULL; slots++)
		if (strlen(slots->name) == len && memcmp(slots->name, name, len) == 0)
			return slots->value;
	return NULL;
}

/* Appends as much as fits, never half a character. */
static void append(char *out, size_t size, const char *text, size_t len)
{
	size_t used = strlen(out);
	if (len > size - used - 1)
		for (len = size - used - 1; len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80;)
			len--;
	memcpy(out + used, text, len);
	out[used + len] = '\0';
}

void say_fill(const char *sentence, const struct slot *slots, char *out, size_t size)
{
	out[0] = '\0';
	while (*sentence != '\0') {
		size_t plain = strcspn(sentence, "{");
		append(out, size, sentence, plain);
		sentence += plain;
		if (*sentence == '\0')
			break;
		size_t name = strcspn(sentence + 1, "{}");
		const char *value = sentence[name + 1] == '}' ? value_of(slots, sentence + 1, name) : NULL;
		if (value != NULL)
			append(out, size, value, strlen(value));
		else
			append(out, size, sentence, name + 1 + (sentence[name + 1] == '}'));
		sentence += name + 1 + (sentence[name + 1] == '}');
	}
}

json_t *say(const struct site *s, enum language language, const char *key, const struct slot *slots)
{
	char out[SAY_SIZE];
	say_fill(texts_get(s->texts, language, key), slots, out, sizeof out);
	return json_string(out);
}

void say_date(const struct site *s, enum language language, int32_t day, char *out, size_t size)
{
	static const char *const months[] = {"january",   "february", "march",    "april",
					     "may",       "june",     "july",     "august",
					     "september", "october",  "november", "december"};
	int y, m, d;
	char year[16], number[16];
	day_split(day, &y, &m, &d);
	snprintf(year, sizeof year, "%d", y);
	snprintf(number, sizeof number, "%d", d);
	const struct slot slots[] = {{"day", number},
				     {"month", texts_get(s->texts, language, months[m - 1])},
				     {"year", year},
				     {NULL, NULL}};
	say_fill(texts_get(s->texts, language, "date_form"), slots, out, size);
}

void say_time(int64_t wall_ms, char out[static 8])
{
	int minute;
	zone_day(zone_find("Europe/Oslo"), wall_ms, &minute);
	snprintf(out, 8, "%02d:%02d", minute / 60 % 24, minute % 60);
}
