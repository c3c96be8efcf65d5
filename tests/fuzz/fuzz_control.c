/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A control request as a program reads it, and an answer as tryggctl reads it. */
#include <stdlib.h>
#include <string.h>

#include "wire/control.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_request(const uint8_t *data, size_t size)
{
	struct control_request r;

	if (control_check(data, size, &r) < 0)
		return;
	if (r.verb == 0 || r.verb >= CONTROL_VERBS || strnlen(r.text, sizeof(r.text)) == sizeof(r.text))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct control_answer a;

	check_request(data, size);
	if (size > sizeof(a))
		return 0;
	memset(&a, 0xa5, sizeof(a));
	if (size > 0)
		memcpy(&a, data, size);
	if (control_check_answer(&a, size) < 0)
		return 0;
	if (strlen(a.text) > a.len || strpbrk(a.text, "\033\a\b\r"))
		abort();
	return 0;
}
