/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The glossary finds what it names and nothing else, and the shipped texts keep to it. Run from the root of the tree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "catalogue/glossary.h"
#include "catalogue/texts.h"

static const char own[] =
	"sentence_words = 8;\nglossary = (\n"
	" { in = [\"nb\"]; not = [\"begå selvmord\", \"forsøk*\", \"sak\"]; say = \"A\"; },\n"
	" { in = [\"nn\"]; not = [\"øl\"]; say = \"B\"; but = [\"page.x\"]; } );";

static void report(void *user, const char *file, int line, const char *text)
{
	char *out = user;
	size_t used = strlen(out);
	(void)snprintf(out + used, 4096 - used, "%s:%d: %s\n", file, line, text);
}

static void found(void *user, const char *key, const char *word, const char *say)
{
	char *out = user;
	size_t used = strlen(out);
	(void)snprintf(out + used, 8192 - used, "%s: %s -> %s\n", key, word, say);
}

static void words_are_found_whole_and_in_any_case(void **state)
{
	static const struct {
		enum language language;
		const char *key, *text, *wanted;
	} rows[] = {
		{LANGUAGE_NB, "k", "Begå selvmord.", "k: begå selvmord -> A\n"},
		{LANGUAGE_NB, "k", "FORSØKET gikk", "k: forsøk* -> A\n"},
		{LANGUAGE_NB, "k", "En (sak) her", "k: sak -> A\n"},
		{LANGUAGE_NB, "k", "Saken og årsak", ""},
		{LANGUAGE_NB, "k", "{sak} her", ""},
		{LANGUAGE_EN, "k", "sak", ""},
		{LANGUAGE_NN, "page.y", "Øl!", "page.y: øl -> B\n"},
		{LANGUAGE_NN, "page.x", "Øl!", ""},
		{LANGUAGE_NB, "k", "a b c d e f g h. a b", ""},
		{LANGUAGE_NB, "k", "a b. a b c d e f g h i",
		 "k: a sentence of 9 words -> a sentence of at most 8 words\n"},
		{LANGUAGE_NB, "k", "kl. 14:00 a b c d e f g", ""},
		{LANGUAGE_NB, "k", "", ""},
	};
	struct glossary *g;
	char problems[4096] = "";
	(void)state;
	assert_int_equal(glossary_load_text("g.conf", span_text(own), report, problems, &g), 0);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char said[8192] = "";
		int count = glossary_check(g, rows[i].language, rows[i].key, rows[i].text, found, said);
		assert_string_equal(said, rows[i].wanted);
		assert_int_equal(count, rows[i].wanted[0] != '\0');
	}
	glossary_free(g);
}

static void what_does_not_read_is_said_with_its_line(void **state)
{
	static const char *const rows[][2] = {
		{"glossary = 3;", "g.conf:1: glossary: a list"},
		{"sentence_words = 900;\nglossary = ();", "g.conf:1: sentence_words"},
		{"glossary = (\n{ in = [\"xx\"]; not = [\"a\"]; say = \"b\"; } );", "g.conf:2: in: \"xx\""},
		{"glossary = ( { in = [\"nb\"]; say = \"b\"; } );", "not is missing"},
		{"glossary = ( 3 );", "glossary: {"},
		{"glossary = (", "g.conf:1: "},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct glossary *g = NULL;
		char problems[4096] = "";
		assert_true(glossary_load_text("g.conf", span_text(rows[i][0]), report, problems, &g) < 0);
		if (strstr(problems, rows[i][1]) == NULL)
			fail_msg("wanted \"%s\", saw\n%s", rows[i][1], problems);
	}
}

struct checking {
	const struct glossary *glossary;
	enum language language;
	char said[8192];
};

static void check_one(void *user, const char *key, const char *text)
{
	struct checking *c = user;
	(void)glossary_check(c->glossary, c->language, key, text, found, c->said);
}

static void the_shipped_texts_keep_to_the_glossary(void **state)
{
	char problems[4096] = "";
	struct conf *conf;
	struct texts *texts;
	struct glossary *g;
	(void)state;
	assert_int_equal(conf_load("config/dev.conf", report, problems, &conf), 0);
	assert_int_equal(texts_load(conf, report, problems, &texts), 0);
	if (glossary_load("config/texts/glossary.conf", report, problems, &g) != 0)
		fail_msg("%s", problems);
	for (size_t i = 0; i < texts->language_count; i++) {
		struct checking c = {.glossary = g, .language = texts->languages[i]};
		texts_each(texts, conf, c.language, check_one, &c);
		if (c.said[0] != '\0')
			fail_msg("%s:\n%s", language_names[c.language], c.said);
	}
	glossary_free(g);
	texts_free(texts);
	conf_free(conf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_found_whole_and_in_any_case),
		cmocka_unit_test(what_does_not_read_is_said_with_its_line),
		cmocka_unit_test(the_shipped_texts_keep_to_the_glossary),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
