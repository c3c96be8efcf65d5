/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as a catalogue: read whole or refused with a placed complaint; what is read can be ranked at any time. */
#include <stdlib.h>
#include <string.h>

#include "catalogue/catalogue.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* libconfig 1.5 loses its scratch text at a syntax error. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libconfig\n";
}

static void count(void *user, const char *file, int line, const char *text)
{
	int *problems = user;
	if (file == NULL || line < 0 || text[0] == '\0')
		abort();
	++*problems;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const char *const names[] = {"general", "x"};
	const char *item[2] = {names[0], names[1]};
	struct conf_list topics = {2, item};
	struct catalogue *c = NULL;
	struct offer offers[16];
	int problems = 0;
	int error = catalogue_load_text("fuzz.conf", span_of(bytes, len), count, &problems, &c);
	if ((error == 0) != (problems == 0) || (error == 0) != (c != NULL))
		abort();
	for (int64_t at = 0; c != NULL && at < 4; at++) {
		size_t found = catalogue_rank(c, &topics, STAGE_LOWER_SECONDARY, 1774738800000 + at * 3600000,
					      offers, 16);
		for (size_t i = 0; i < found; i++)
			if (!service_shown(offers[i].service, 1774738800000 + at * 3600000) ||
			    offers[i].channel == NULL)
				abort();
	}
	catalogue_free(c);
	return 0;
}
