/* SPDX-License-Identifier: GPL-2.0-or-later */
/* URLs and request targets. Path and words are valid UTF-8 without control characters; a path is its own canonical form. */
#include <stdlib.h>

#include "name/url.h"

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

/* Folding is done once and for all: what is canonical stays, and the other forms stay in bounds. */
static void check_forms(struct span words)
{
	static char again[URL_WORDS_MAX], plain[WORDS_PLAIN_MAX];
	static struct words_tight tight;
	struct text_out out = {again, 0, sizeof(again), false};
	struct span line = text_until(words, '\n', '\n');
	words_put(&out, line);
	if (words.len < URL_WORDS_MAX - UTF8_MAX && !span_equal(span_of(again, out.len), line))
		abort();
	size_t len = words_plain(words, plain);
	words_tight(span_of(plain, len), &tight);
	for (size_t i = 0; i <= tight.len; i++)
		(void)words_tight_whole(&tight, i, tight.len);
}

static void check(const struct url *u)
{
	static struct url again;
	check_text(u->path, u->path_len, URL_PATH_MAX, ' ');
	check_text(u->words, u->words_len, URL_WORDS_MAX, '\n');
	check_forms(span_of(u->words, u->words_len));
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
