/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "name/url.h"

static const char *words_of(const char *value)
{
	static char text[WORDS_MAX + 1];
	struct text_out out = {text, 0, WORDS_MAX, false};
	words_put(&out, span_text(value));
	text[out.len] = '\0';
	return text;
}

static void words_that_read_the_same_are_the_same(void **state)
{
	static const char *const cases[][2] = {
		{"Hvordan TA livet", "hvordan ta livet"},
		{"SJØLVMORD", "sjølvmord"},
		{"sj\xf8l", "sjøl"}, /* Latin-1 */
		{"ČÁHCI ĐIEĐA ŊUORRA ŠADDU ŦEAHTTU", "čáhci đieđa ŋuorra šaddu ŧeahttu"},
		{"ΌΨΗ Ящик", "όψη ящик"},
		{"ｓｅｌｖ", "selv"},        /* full width */
		{"𝓼𝔢𝕝𝖛", "selv"},            /* mathematical letters */
		{"ⓢelv ﬁn ²", "selv fin 2"}, /* circled, a ligature, a superscript */
		{"Straße", "strasse"},       /* case folding of more than one letter */
		{"bla\xcc\x8a", "blå"},      /* a and a ring are å */
		{"BLA\xcc\x8a", "blå"},      /* the capital too */
		{"s\xcc\xb6\xcc\x88"
		 "elv",
		 "selv"},                                   /* marks that make no letter */
		{"a\xcc\x8a\xcc\xb6\xcc\x81\xcc\xb6", "ǻ"}, /* å and an acute are a letter again */
		{"e\xcd\x81 \xce\xb9\xcd\x84", "é ΐ"},      /* marks that are others, and two in one */
		{"s\xe2\x80\x8b"
		 "e\xe2\x80\x8d"
		 "l\xc2\xad"
		 "v\xef\xbb\xbf",
		 "selv"},
		{"a\xe2\x80\x83\xe3\x80\x80 \t\n b\xc2\xa0", "a b"},
		{"\xcc\x8a", ""},
		{"\xe2\x80\x8b", ""},
		{"日本 한국 ١٢", "日本 한국 ١٢"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(words_of(cases[i][0]), cases[i][1]);
}

static void the_canonical_form_is_its_own(void **state)
{
	char once[WORDS_MAX + 1];
	(void)state;
	for (uint32_t c = 0x20; c < 0x20000; c++) {
		uint8_t text[UTF8_MAX + 1] = {0};
		if (c >= 0xd800 && c <= 0xdfff)
			continue;
		utf8_write(c, text);
		strcpy(once, words_of((const char *)text));
		if (strcmp(words_of(once), once) != 0)
			fail_msg("U+%04X is %s, and that is %s", (unsigned)c, once, words_of(once));
	}
}

static void words_are_found_wherever_sites_put_them(void **state)
{
	static const char *const cases[][2] = {
		{"www.google.example/search?client=x&q=a+b&oq=a", "a b\na"},
		{"www.bing.example/search?q=a%20b&form=QBLH", "a b"},
		{"search.yahoo.example/search?p=a+b", "a b"},
		{"yandex.example/search/?text=a+b&lr=1", "a b"},
		{"www.startpage.example/sp/search?query=a+b", "a b"},
		{"www.youtube.example/results?search_query=a+b", "a b"},
		{"www.tiktok.example/search?q=a%20b&t=1", "a b"},
		{"www.tiktok.example/tag/a-b", "a b"},
		{"avis.example/S%C3%98K/a-b", "a b"}, /* capitals beyond ASCII too */
		{"avis.example/?S%C3%98K=a+b", "a b"},
		{"no.wikipedia.example/w/index.php?search=a+b", "a b"},
		{"kvasir.example/alle?q=a+b", "a b"},
		{"www.baidu.example/s?wd=a+b", "a b"},
		{"bibliotek.example/s%C3%B8k/a%20b", "a b"},
		{"bibliotek.example/search/a_b/2", "a b"},
		{"butikk.example/?s%C3%B8ketekst=a+b", "a b"},
		{"butikk.example/?filter%5Bq%5D=a&q%5B%5D=b", "a\nb"},
		{"butikk.example/?Searchterm=a", "a"},
		{"avis.example/?page=2&sort=name&user=q", ""},
		{"avis.example/research/a", ""},
		{"avis.example/search", ""},
		{"avis.example/search/", ""},
	};
	struct url u;
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(url_from_text(span_text(cases[i][0]), &u), 0);
		assert_string_equal(u.words, cases[i][1]);
	}
}

static const char *plain_of(const char *words)
{
	static char text[WORDS_PLAIN_MAX + 1];
	text[words_plain(span_text(words), text)] = '\0';
	return text;
}

static void disguised_letters_are_the_letters_they_stand_for(void **state)
{
	static const char *const cases[][2] = {
		{"sjølvmord", "sjoivmord"}, {"s3lvm0rd", "seivmord"},
		{"$elvm@rd!", "seivmard!"}, {"se1vmord", "seivmord"},
		{"ѕеlvmоrd", "seivmord"},   {"hæ å ö đ ł ß", "hae a o d i ß"},
		{"18 år", "18 ar"},         {"4chan og covid19", "achan og covidig"},
		{"a-b c.d", "a-b c.d"},     {"2024", "2024"},
		{"日本", "日本"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(plain_of(cases[i][0]), cases[i][1]);
}

static bool tight_has(const char *plain, const char *word)
{
	struct words_tight t;
	words_tight(span_text(plain), &t);
	const char *at = memmem(t.text, t.len, word, strlen(word));
	return at && words_tight_whole(&t, (size_t)(at - t.text), (size_t)(at - t.text) + strlen(word));
}

static void words_pulled_apart_are_found_and_chance_is_not(void **state)
{
	(void)state;
	assert_true(tight_has("s e i v m o r d", "seivmord"));
	assert_true(tight_has("om s.e.i.v.m.o.r.d her", "seivmord"));
	assert_true(tight_has("s-e_i*v m o r d", "seivmord"));
	assert_true(tight_has("s e 1 v m 0 r d", "seivmord"));
	assert_true(tight_has("seiv mord", "seivmord"));
	assert_true(tight_has("k m s", "kms"));
	assert_false(tight_has("hun seiv mordet", "seivmord"));
	assert_false(tight_has("himseiv mord", "seivmord"));
	assert_false(tight_has("seivmord", "seivmord")); /* the plain form's work */
	assert_false(tight_has("an a", "ana"));
	assert_false(tight_has("a\nb c", "abc"));
}

static void long_words_are_cut_and_stay_in_bounds(void **state)
{
	char value[3 * WORDS_MAX], text[WORDS_MAX + 1], plain[WORDS_PLAIN_MAX];
	struct words_tight t;
	(void)state;
	for (size_t i = 0; i + 2 <= sizeof(value); i += 2)
		memcpy(value + i, "\xc3\xa6", 2);
	struct text_out out = {text, 0, WORDS_MAX, false};
	words_put(&out, span_of(value, sizeof(value)));
	assert_true(out.cut);
	assert_int_equal(out.len, WORDS_MAX);
	size_t len = words_plain(span_of(text, out.len), plain);
	words_tight(span_of(plain, len), &t);
	assert_int_equal(t.len, len);
	assert_true(t.len <= WORDS_PLAIN_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_that_read_the_same_are_the_same),
		cmocka_unit_test(the_canonical_form_is_its_own),
		cmocka_unit_test(words_are_found_wherever_sites_put_them),
		cmocka_unit_test(disguised_letters_are_the_letters_they_stand_for),
		cmocka_unit_test(words_pulled_apart_are_found_and_chance_is_not),
		cmocka_unit_test(long_words_are_cut_and_stay_in_bounds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
