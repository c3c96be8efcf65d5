/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "rig.h"
#include "ruleset/form.h"

static void patterns_are_written_for_each_form(void **state)
{
	static const struct {
		const char *pattern, *written, *plain, *tight;
	} cases[] = {
		{"selvmord", "selvmord", "seivmord", "seivmord"},
		{"sj(ø|o)lv", "sj(ø|o)lv", "sj((?:oe?)|o)iv", "sj((?:oe?)|o)iv"},
		{"BLÅ", "blå", "bi(?:aa?)", "bi(?:aa?)"},
		{"pro[-_ ]?ana", "pro[-_ ]?ana", "pro[-_ ]?ana", "proana"},
		{"\\bta +livet\\b", "\\bta +livet\\b", "\\bta +iivet\\b", "taiivet"},
		{"(^|\\W)a{2,3} (?:b|c)?", "(^|\\W)a{2,3} (?:b|c)?", "(^|\\W)a{2,3} (?:b|c)?",
		 "(^|)a{2,3}(?:b|c)?"},
		{"[kø]l+", "[kø]l+", "(?:(?:oe?)|[ko])i+", "(?:(?:oe?)|[ko])i+"},
		{"[^a-zæøå]ol+", "[^a-zæøå]ol+", "[^a-zaoa]oi+", "oi+"},
		{"k2 [a-l5é]", "k2 [a-l5é]", "k2 [a-lse]", "k2[a-lse]"},
		{"\\x{e5}\\p{L}\\d(?i)l", "\\x{e5}\\p{L}\\d(?i)l", "\\x{e5}\\p{L}\\d(?i)i",
		 "\\x{e5}\\p{L}\\d(?i)i"},
		{"a\xcc\x8a", "å", "a", "a"},
		{"[[:alpha:]l]", "[[:alpha:]l]", "[[:alpha:]i]", "[[:alpha:]i]"},
		{"a.*?b\\.c", "a.*?b\\.c", "a.*?b\\.c", "a.*?bc"},
		{"[", "[", "[", ""},
		{"\\", "\\", "\\", "\\"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *wanted[] = {cases[i].written, cases[i].plain, cases[i].tight};
		for (int f = FORM_WRITTEN; f <= FORM_TIGHT; f++) {
			char text[256];
			struct text_out out = {text, 0, sizeof(text) - 1, false};
			form_pattern(span_text(cases[i].pattern), (enum pattern_form)f, &out);
			text[out.len] = '\0';
			assert_string_equal(text, wanted[f]);
		}
	}
}

static const char rules_text[] = "category self-harm\n"
				 "search /(hvordan|korleis) ta livet av meg/\n"
				 "search /sj[øo]lvmord (tips|metod(e|ar))/\n"
				 "search /selvmord/\n"
				 "search /\\bana\\b/\n"
				 "allow search /hjelp|forebygg/\n";

/* How many stop lines and exceptions a search finds. */
static void found(struct ruleset *rules, const char *value, size_t *stops, size_t *exceptions)
{
	static struct rule_hits hits;
	static struct url u;
	struct text_out words = {u.words, 0, URL_WORDS_MAX, false};
	assert_int_equal(url_from_text(span_text("search.example/"), &u), 0);
	words_put(&words, span_text(value));
	u.words_len = (uint16_t)words.len;
	ruleset_match(rules, &u.host, &u, &hits);
	*stops = *exceptions = 0;
	for (size_t i = 0; i < hits.count; i++)
		++*(hits.hit[i].exception ? exceptions : stops);
}

static void a_disguised_search_is_found_by_the_pattern_of_the_plain_one(void **state)
{
	static const struct {
		const char *words;
		size_t stops, exceptions;
	} cases[] = {
		{"selvmord", 1, 0},
		{"SELVMORD", 1, 0},
		{"s e l v m o r d", 1, 0},
		{"s3lvm0rd", 1, 0},
		{"s€lvm0rd", 1, 0},
		{"$elvmord", 1, 0},
		{"sélvmörd", 1, 0},
		{"s.e.l.v.m.o.r.d", 1, 0},
		{"s-3-l-v-m-0-r-d", 1, 0},
		{"selv mord", 1, 0},
		{"sjølvmord tips", 1, 0},
		{"sjoelvmord metodar", 1, 0},
		{"sj0lvm0rd t1ps", 1, 0},
		{"h v o r d a n t a l i v e t a v m e g", 1, 0},
		{"hv0rdan ta l1vet av meg", 1, 0},
		{"hvordan ta livet av meg hjelp", 1, 1},
		{"selvmord hj3lp", 1, 1},
		{"a n a", 1, 0},
		{"hun så selv mordet", 0, 0},
		{"an ananas", 0, 0},
		{"an a level", 0, 0},
		{"hvordan forebygge mobbing", 0, 1},
		{"ta livet som det kommer", 0, 0},
		{"selvmål i mordoverskrift", 0, 0},
	};
	struct rig rig;
	struct ruleset *rules = NULL;
	char why[256];
	(void)state;
	rig_open(&rig);
	struct rig_file file = {"school/a.rules", rules_text};
	assert_int_equal(rig_compile(&rig, &file, 1, NULL), 0);
	assert_int_equal(ruleset_open(rig.manifest, true, &rules, why, sizeof(why)), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t stops, exceptions;
		found(rules, cases[i].words, &stops, &exceptions);
		if (stops != cases[i].stops || exceptions != cases[i].exceptions)
			fail_msg("%s: %zu stop lines, %zu exceptions", cases[i].words, stops, exceptions);
	}
	ruleset_free(rules);
	rig_close(&rig);
}

static void a_form_that_is_no_pattern_is_left_away(void **state)
{
	struct rig rig;
	struct ruleset *rules = NULL;
	char why[256];
	size_t stops, exceptions;
	(void)state;
	rig_open(&rig);
	/* What is left of the first without what lies between words matches the empty text. */
	struct rig_file file = {"school/a.rules", "category games\nsearch /[-+]{3}/\nsearch /spill +no/\n"};
	assert_int_equal(rig_compile(&rig, &file, 1, NULL), 0);
	assert_string_equal(rig.problems, "");
	assert_int_equal(ruleset_open(rig.manifest, true, &rules, why, sizeof(why)), 0);
	found(rules, "c+++", &stops, &exceptions);
	assert_int_equal(stops, 1);
	found(rules, "s p i l l n o", &stops, &exceptions);
	assert_int_equal(stops, 1);
	ruleset_free(rules);
	rig_close(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patterns_are_written_for_each_form),
		cmocka_unit_test(a_disguised_search_is_found_by_the_pattern_of_the_plain_one),
		cmocka_unit_test(a_form_that_is_no_pattern_is_left_away),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
