/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Foreign lists of every format; the first byte says which. What is taken is a rule that a rule file can hold. */
#include <stdlib.h>

#include "ruleset/import.h"

static bool on_rule(void *user, const struct rule_line *rule)
{
	size_t *count = user;
	struct host again;
	if (rule->kind != RULE_DOMAIN && rule->kind != RULE_EXACT && rule->kind != RULE_URL)
		abort();
	if (host_from_text(span_of(rule->host->text, rule->host->len), &again) < 0 ||
	    strcmp(again.text, rule->host->text) != 0)
		abort();
	if (rule->line == 0 || (rule->kind == RULE_URL) != (rule->path.len > 0))
		abort();
	return ++*count % 7 != 0;
}

static void on_refused(void *user, const char *file, int line, const char *text)
{
	(void)user;
	(void)file;
	for (const char *c = text; *c; c++)
		if (*c < 0x20 || *c == 0x7f)
			abort();
	if (line < 1 || text[0] == '\0')
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct rulefile file = {.path = "list", .name = "school/list"};
	static const struct rule_heads heads = {0};
	size_t count = 0;
	struct import_counts counts;
	struct import_calls calls = {
		.user = &count, .rule = on_rule, .refused = on_refused, .file = {&file}, .heads = &heads};
	if (size == 0)
		return 0;
	import_bytes((enum import_format)(data[0] % IMPORT_FORMATS), data[0] / IMPORT_FORMATS % UT1_PARTS,
		     span_of(data + 1, size - 1), &calls, &counts);
	return 0;
}
