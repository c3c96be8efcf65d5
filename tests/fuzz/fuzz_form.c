/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The body of a form: what comes out is always whole characters, ends in its room, and holds no control character. */
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "web/form.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = {"whom", "name", "place", "t", ""};
	char out[41];
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		bool there = form_get(span_of(data, size), names[i], out, sizeof out);
		struct span s = span_text(out);
		if (!there && s.len > 0)
			abort();
		for (uint32_t c; s.len > 0;) {
			size_t n = utf8_read(s, &c);
			if (n == 0 || c < 0x20 || c == 0x7f)
				abort();
			s = span_from(s, n);
		}
	}
	return 0;
}
