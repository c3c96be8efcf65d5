/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sentences of the texts with their slots filled: {time}, {day}, {value} … The order of words is the language's. */
#ifndef TRYGG_HELP_SAY_H
#define TRYGG_HELP_SAY_H

#include <jansson.h>

#include "help/site.h"

struct slot {
	const char *name;  /* "time" for {time} */
	const char *value; /* borrowed */
};

enum { SAY_SIZE = 512 };

/* A new JSON text; a slot that the sentence does not have is left out. `slots` ends with a NULL name; NULL = none. */
json_t *say(const struct site *s, enum language language, const char *key, const struct slot *slots);
/* The sentence into `out`, cut at a whole character when it is too long. */
void say_fill(const char *sentence, const struct slot *slots, char *out, size_t size);

/* Date and time of day of a moment, in Norway: "21.11.2026" or as the text date_form says, and "14:00". */
void say_date(const struct site *s, enum language language, int32_t day, char *out, size_t size);
void say_time(int64_t wall_ms, char out[static 8]);

#endif
