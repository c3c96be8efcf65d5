/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rule files: read, and what is content written as a names piece and read back. Patterns are not compiled. */
#include <stdlib.h>

#include "ruleset/names_write.h"
#include "ruleset/patterns.h"

static const char *const categories[] = {"games", "self-harm"};

static void on_rule(void *user, const struct rule_line *rule)
{
	if (rule->host && rule->host->len == 0)
		abort();
	if (!patterns_kind(rule->kind))
		names_writer_add(user, rule);
	else if (rule->pattern.len == 0)
		abort();
}

static void on_problem(void *user, const char *file, int line, const char *text)
{
	(void)user;
	(void)file;
	if (line < 1 || text[0] == '\0')
		abort();
}

static int number(void *user, const char *id)
{
	(void)user;
	return id[0] == 'g' ? 0 : 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct names_writer w = {0};
	struct names names;
	struct rulefile file = {.path = "fuzz",
				.name = "school/fuzz.rules",
				.layer = LAYER_SCHOOL,
				.bytes = span_of(data, size)};
	struct rule_calls calls = {
		.user = &w,
		.rule = on_rule,
		.problem = on_problem,
		.warning = on_problem,
		.categories = categories,
		.category_count = 2,
	};
	(void)rulefile_read(&file, &calls);
	/* A set has no piece without names. */
	if (names_writer_count(&w) > 0) {
		struct blob piece = names_writer_piece(&w);
		if (piece.failed || names_open(span_of(piece.at, piece.len), number, NULL, &names) < 0)
			abort();
		names_clear(&names);
		blob_clear(&piece);
	}
	names_writer_clear(&w);
	return 0;
}
