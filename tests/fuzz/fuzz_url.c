/* SPDX-License-Identifier: GPL-2.0-or-later */
/* URLs and request targets. Path and words are valid UTF-8 without control characters; a path is its own canonical form. */
#include <stdlib.h>

#include "name/url.h"
#include "name/utf8.h"

static void check_text(const char *text, size_t len, size_t max, char allowed)
{
	struct span s = span_of(text, len);
	if (len > max || text[len] != '\0')
		abort();
	while (s.len > 0) {
		uint32_t c;
		size_t bytes = utf8_read(s, &c);
		if (bytes == 0 || ((c < 0x20 || c == 0x7f) && c != (uint32_t)allowed))
			abort();
		s = span_from(s, bytes);
	}
}

static void check(const struct url *u)
{
	static struct url again;
	check_text(u->path, u->path_len, URL_PATH_MAX, ' ');
	check_text(u->words, u->words_len, URL_WORDS_MAX, '\n');
	if (u->path[0] != '/')
		abort();
	/* A decoded '?' or '#' may begin a query or a fragment when it is read again. */
	if (strpbrk(u->path, "?#"))
		return;
	if (url_target(span_of(u->path, u->path_len), &again) < 0 || strcmp(again.path, u->path) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct url u;
	if (url_target(span_of(data, size), &u) == 0)
		check(&u);
	if (url_from_text(span_of(data, size), &u) == 0)
		check(&u);
	return 0;
}
