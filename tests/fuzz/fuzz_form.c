/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Patterns in the three forms of words: bounded, and as long as the compiler leaves room for. */
#include <stdlib.h>

#include "ruleset/form.h"

enum { PATTERN_MAX = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char text[8 * PATTERN_MAX + 64];
	if (size > PATTERN_MAX)
		return 0;
	for (int f = FORM_WRITTEN; f <= FORM_TIGHT; f++) {
		struct text_out out = {text, 0, size * 8 + 64, false};
		form_pattern(span_of(data, size), (enum pattern_form)f, &out);
		if (out.cut || out.len > out.max)
			abort();
	}
	return 0;
}
