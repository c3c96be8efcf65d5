/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A journal line, a head and the counts, as a verification meets them. What is accepted must be the one spelling of
 * itself.
 */
#include <stdlib.h>
#include <string.h>

#include "incident/counts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_line(struct span line)
{
	struct journal_entry e;
	char again[JOURNAL_LINE_MAX], src[RECORD_SRC_SIZE], hash[JOURNAL_HASH_SIZE];
	uint64_t number;

	(void)journal_claims(line, &number, hash);
	(void)journal_sender(line, src, &number);
	if (journal_parse(line, &e) < 0)
		return;
	int len = journal_format(&e, again, sizeof(again));
	if (len < 0 || !span_equal(line, span_of(again, (size_t)len)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct seal_key key = {.public = {1}};
	static struct counts counts;
	struct span input = span_of(data, size);
	struct journal_head head;

	check_line(input);
	if (head_parse(&key, "incident", input, &head) == 0)
		abort(); /* nobody knows the secret of that key */
	if (counts_parse(&key, input, &counts) == 0)
		abort();
	return 0;
}
