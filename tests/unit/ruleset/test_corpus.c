/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of labelled corpora: what they say, what is refused, and the request that comes of them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "ruleset/corpus.h"

static const struct {
	const char *line;
	enum corpus_read read;
	enum corpus_label label;
	const char *category, *host, *path, *words; /* of a line that is one */
} lines[] = {
	{"stop\tsuicide\ta.example\t/x\ttwo words", CORPUS_LINE, CORPUS_STOP, "suicide", "a.example", "/x",
	 "two words"},
	{"pass\tgames\ta.example", CORPUS_LINE, CORPUS_PASS, "games", "a.example", "", ""},
	{"obfuscated\tgames\t\t\ts p i l l\r", CORPUS_LINE, CORPUS_OBFUSCATED, "games", "", "", "s p i l l"},
	{"pass\tgames\ta.example\t-\t-", CORPUS_LINE, CORPUS_PASS, "games", "a.example", "", ""},
	{"", CORPUS_NOTHING, 0, NULL, NULL, NULL, NULL},
	{"   ", CORPUS_NOTHING, 0, NULL, NULL, NULL, NULL},
	{"# stop\tgames\ta.example", CORPUS_NOTHING, 0, NULL, NULL, NULL, NULL},
	{"stopp\tgames\ta.example", CORPUS_BAD, 0, NULL, NULL, NULL, NULL},
	{"stop games a.example", CORPUS_BAD, 0, NULL, NULL, NULL, NULL},
	{"stop\t\ta.example", CORPUS_BAD, 0, NULL, NULL, NULL, NULL},
	{"stop\tgames\t\t/x", CORPUS_BAD, 0, NULL, NULL, NULL, NULL},
	{"stop\tgames\ta.example\tx", CORPUS_BAD, 0, NULL, NULL, NULL, NULL},
	{"stop\tgames\ta.example\t/x\twords\tmore", CORPUS_BAD, 0, NULL, NULL, NULL, NULL},
};

static bool says(struct span s, const char *text)
{
	return span_equal(s, span_text(text));
}

static void a_line_is_read_or_refused_with_a_reason(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		struct corpus_line line = {0};
		const char *why = NULL;
		enum corpus_read read = corpus_parse(span_text(lines[i].line), &line, &why);
		if (read != lines[i].read || (read == CORPUS_BAD) != (why != NULL))
			fail_msg("%s: %d, %s", lines[i].line, read, why ? why : "no reason");
		if (read != CORPUS_LINE)
			continue;
		assert_int_equal(line.label, lines[i].label);
		assert_true(says(line.category, lines[i].category) && says(line.host, lines[i].host) &&
			    says(line.path, lines[i].path) && says(line.words, lines[i].words));
	}
}

static const struct {
	const char *host, *path, *words;
	const char *seen_host, *seen_path, *seen_words; /* NULL: refused */
	bool is_url;
} requests[] = {
	{"a.example", "", "", "a.example", "/", "", false},
	{"A.Example", "/x", "", "a.example", "/x", "", true},
	{"a.example", "/x", "two words", "a.example", "/x?q=two+words", "two words", true},
	{"a.example", "/x?y=1", "w&q=v+%", "a.example", "/x?y=1&q=w%26q%3dv%2b%25", "w&q=v+%", true},
	{"", "", "words", "search.example", "/?q=words", "words", true},
	{"a b", "", "", NULL, NULL, NULL, false},
};

static void a_line_becomes_the_request_that_it_describes(void **state)
{
	(void)state;
	struct url *url = calloc(1, sizeof *url);
	for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
		struct corpus_line line = {.host = span_text(requests[i].host),
					   .path = span_text(requests[i].path),
					   .words = span_text(requests[i].words)};
		bool is_url;
		int rc = corpus_request(&line, url, &is_url);
		if ((rc == 0) != (requests[i].seen_host != NULL))
			fail_msg("%s: %d", requests[i].host, rc);
		if (rc < 0)
			continue;
		assert_string_equal(url->host.text, requests[i].seen_host);
		assert_string_equal(url->path, requests[i].seen_path);
		assert_string_equal(url->words, requests[i].seen_words);
		assert_int_equal(is_url, requests[i].is_url);
	}
	free(url);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_read_or_refused_with_a_reason),
		cmocka_unit_test(a_line_becomes_the_request_that_it_describes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
