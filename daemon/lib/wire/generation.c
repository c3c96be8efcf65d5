/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/generation.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "wire/packet.h"

enum { TEXT_MAX = 32 };

static void path_of(const char *run_folder, char path[static PATH_MAX])
{
	(void)snprintf(path, PATH_MAX, "%s/policy", run_folder);
}

/* Strictly as it is written; false for anything else. */
static bool parse(const char *text, size_t len, struct generation *out)
{
	size_t digits = strspn(text, "0123456789");
	if (digits == 0 || digits > 2 || text[0] == '0' || len != digits + 1 + 16 + 1 ||
	    text[digits] != ' ' || strspn(text + digits + 1, "0123456789abcdef") != 16 ||
	    text[len - 1] != '\n')
		return false;
	long number = strtol(text, NULL, 10);
	if (number > MARK_GENERATIONS)
		return false;
	out->number = (uint8_t)number;
	memcpy(out->policy, text + digits + 1, 16);
	out->policy[16] = '\0';
	return true;
}

int generation_read(const char *run_folder, struct generation *out)
{
	char path[PATH_MAX], *text = NULL;
	size_t len = 0;
	*out = (struct generation){.number = 1};
	path_of(run_folder, path);
	int rc = file_read(path, TEXT_MAX, &text, &len);
	if (rc == 0 && !parse(text, len, out))
		rc = -EBADMSG;
	free(text);
	return rc;
}

int generation_write(const char *run_folder, const struct generation *g)
{
	char path[PATH_MAX], text[TEXT_MAX];
	path_of(run_folder, path);
	int len = snprintf(text, sizeof text, "%u %s\n", g->number, g->policy);
	return file_replace(path, 0644, text, (size_t)len);
}

uint8_t generation_next(uint8_t number)
{
	return (uint8_t)(number % MARK_GENERATIONS + 1);
}
