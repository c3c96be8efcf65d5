/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A sender's message as keeper reads it: whatever passes the check becomes a line that reads back. */
#include <stdlib.h>
#include <string.h>

#include "incident/journal.h"
#include "incident/seal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct journal_entry e = {.seq = 1, .gateway = "gw"}, back;
	char line[JOURNAL_LINE_MAX];

	if (record_check(data, size, &e.record) < 0)
		return 0;
	memcpy(e.prev, journal_origin, sizeof(e.prev));
	int len = journal_format(&e, line, sizeof(line));
	if (len < 0 || memchr(line, '\n', (size_t)len) ||
	    journal_parse(span_of(line, (size_t)len), &back) < 0)
		abort();
	if (strcmp(back.record.name, e.record.name) != 0 || back.record.count != e.record.count)
		abort();
	return 0;
}
