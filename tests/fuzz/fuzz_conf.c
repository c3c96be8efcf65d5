/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration, from the scanner through libconfig to the checks. What loads has to print, and what is printed has
 * to load again to the same.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* libconfig 1.5 loses its scratch text at a syntax error. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libconfig\n";
}

static void ignore(void *user, const char *file, int line, const char *text)
{
	(void)user;
	if (!file || line < 0 || !text || !*text)
		abort();
}

static char *printed(const struct conf *c)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	if (!out)
		abort();
	conf_print(c, out);
	if (fclose(out) != 0)
		abort();
	return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct conf *first = NULL, *second = NULL;
	/* Files of the machine must not decide what a corpus does. */
	if (memmem(data, size, "@include", 8))
		return 0;
	if (conf_load_text("/folder/trygg.conf", span_of(data, size), ignore, NULL, &first) != 0)
		return 0;
	char *once = printed(first);
	if (conf_load_text("/folder/trygg.conf", span_text(once), ignore, NULL, &second) != 0)
		abort();
	char *twice = printed(second);
	if (strcmp(once, twice) != 0)
		abort();
	free(once);
	free(twice);
	conf_free(first);
	conf_free(second);
	return 0;
}
