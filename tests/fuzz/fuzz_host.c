/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Host names from wire and from text. What is accepted is canonical: read again it is itself. */
#include <stdlib.h>

#include "name/host.h"

static void check(const struct host *h)
{
	struct host again;
	if (h->len > HOST_TEXT_MAX || h->text[h->len] != '\0' || strlen(h->text) != h->len)
		abort();
	if (h->len == 0 || strchr(h->text, '\\'))
		return;
	if (host_from_text(span_of(h->text, h->len), &again) < 0)
		return; /* a wire name may hold what text may not: "a:b" */
	if (strcmp(again.text, h->text) != 0 && again.kind == h->kind)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct host h;
	if (host_from_wire(span_of(data, size), &h) == 0)
		check(&h);
	if (host_from_text(span_of(data, size), &h) == 0)
		check(&h);
	return 0;
}
