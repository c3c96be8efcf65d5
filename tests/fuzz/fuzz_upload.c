/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A form with a file: what is found lies inside the body. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "web/upload.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first line is the Content-Type, the rest the body. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = {"key", "passphrase", ""};
	const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL;
	char type[200];

	if (!end)
		return 0;
	(void)snprintf(type, sizeof(type), "%.*s", (int)(end - data < 199 ? end - data : 199),
		       (const char *)data);
	struct span body = span_of(end + 1, size - (size_t)(end + 1 - data)), out;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!upload_get(type, body, names[i], &out))
			continue;
		if (out.at < body.at || out.at + out.len > body.at + body.len)
			abort();
	}
	return 0;
}
