/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "guard.h"
#include "name/url.h"

static void targets_become_path_and_words(void **state)
{
	static const struct {
		const char *target, *path, *words;
	} cases[] = {
		{"/", "/", ""},
		{"/a/b", "/a/b", ""},
		{"/a/./b/../c", "/a/c", ""},
		{"/a/b/..", "/a/", ""},
		{"/a/b/.", "/a/b/", ""},
		{"/../../a", "/a", ""},
		{"/..", "/", ""},
		{"//a///b", "/a/b", ""},
		{"/a//../b", "/b", ""},
		{"/%61%62", "/ab", ""},
		{"/%2561", "/a", ""},
		{"/%25252561", "/a", ""},
		{"/%%36%31", "/a", ""},
		{"/a%2fb%2F..%2fc", "/a/c", ""},
		{"/%2e%2E/%2e/a", "/a", ""},
		{"/a\\b\\..\\c", "/a/c", ""},
		{"/a%5c..%5cc", "/c", ""},
		{"/a%", "/a%", ""},
		{"/a%2", "/a%2", ""},
		{"/a%zz", "/a%zz", ""},
		{"/a%00b", "/a%00b", ""},
		{"/a%ffb", "/a%FFb", ""},
		{"/bl%c3%a5", "/bl\xc3\xa5", ""},
		{"/a#b", "/a", ""},
		{"/a?b#c", "/a?b", ""},
		{"/a?x=%41%2f%3d", "/a?x=A%2f%3d", ""},
		{"/a?x=%2541", "/a?x=%2541", ""},
		{"/a?x=../b//c", "/a?x=../b//c", ""},
		{"/s?q=Hvordan+TA+livet", "/s?q=Hvordan+TA+livet", "hvordan ta livet"},
		{"/s?q=%53j%C3%98lvmord", "/s?q=Sj%C3%98lvmord", "sj\xc3\xb8lvmord"},
		{"/s?q=sj%F8l", "/s?q=sj%F8l", "sj\xc3\xb8l"},
		{"/s?Q=a&x=b&query=c;search=d&k=%20&sok=e", "/s?Q=a&x=b&query=c;search=d&k=%20&sok=e",
		 "a\nc\nd\ne"},
		{"/s?s%C3%B8k=a", "/s?s%C3%B8k=a", "a"},
		{"/s?%71=a", "/s?q=a", "a"},
		{"/s?q=a%2500b%0ac%09d", "/s?q=a%2500b%0ac%09d", "a b c d"},
		{"/s?q=%2541%252542", "/s?q=%2541%252542", "ab"},
		{"/s?q=a%2Bb", "/s?q=a%2Bb", "a+b"},
		{"/s?q", "/s?q", ""},
		{"/s?=a", "/s?=a", ""},
		{"/s?qq=a", "/s?qq=a", ""},
	};
	struct guard g = guard_new(1024);
	struct url u;
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (url_target(guard_put(&g, cases[i].target, strlen(cases[i].target)), &u) != 0)
			fail_msg("%s is refused", cases[i].target);
		assert_string_equal(u.path, cases[i].path);
		assert_string_equal(u.words, cases[i].words);
		assert_int_equal(u.path_len, strlen(u.path));
		assert_int_equal(u.words_len, strlen(u.words));
	}
	guard_free(&g);
}

static void a_canonical_path_is_its_own_canonical_form(void **state)
{
	static const char *const targets[] = {"/a/%2e%2e/b%252fc", "/%00/%ff/%25/x",
					      "/a%2f%2f..%5cb?q=%41+%20", "/%c3%a5//"};
	struct url once, twice;
	(void)state;
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		assert_int_equal(url_target(span_text(targets[i]), &once), 0);
		assert_int_equal(url_target(span_of(once.path, once.path_len), &twice), 0);
		assert_string_equal(once.path, twice.path);
		assert_string_equal(once.words, twice.words);
	}
}

static void what_people_write_becomes_host_and_path(void **state)
{
	static const struct {
		const char *text, *host, *path; /* host NULL: refused */
		bool secure;
	} cases[] = {
		{"example.org", "example.org", "/", false},
		{"Example.ORG.", "example.org", "/", false},
		{"http://example.org", "example.org", "/", false},
		{"HTTPS://example.org/a", "example.org", "/a", true},
		{"http://u:p@example.org:8080/a", "example.org", "/a", false},
		{"http://good.example@bad.example/", "bad.example", "/", false},
		{"http://example.org:/a", "example.org", "/a", false},
		{"http://example.org?q=x", "example.org", "/?q=x", false},
		{"http://example.org#x", "example.org", "/", false},
		{"http://example.org\\@other.example/", "example.org", "/@other.example/", false},
		{"example.org/a/../b", "example.org", "/b", false},
		{"[2001:db8::1]:80/a", "2001:db8::1", "/a", false},
		{"2001:db8::1", "2001:db8::1", "/", false},
		{"http://0x7f.1/", "127.0.0.1", "/", false},
		{"ftp://example.org/", NULL, NULL, false},
		{"javascript:alert(1)", NULL, NULL, false},
		{"mailto:a@example.org", NULL, NULL, false},
		{"a@example.org", NULL, NULL, false},
		{"http://example.org:80x/", NULL, NULL, false},
		{"http://", NULL, NULL, false},
		{"/a", NULL, NULL, false},
		{"", NULL, NULL, false},
		{"a b", NULL, NULL, false},
	};
	struct guard g = guard_new(1024);
	struct url u;
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int rc = url_from_text(guard_put(&g, cases[i].text, strlen(cases[i].text)), &u);
		if ((rc == 0) != (cases[i].host != NULL))
			fail_msg("\"%s\" gives %d", cases[i].text, rc);
		if (rc < 0)
			continue;
		assert_string_equal(u.host.text, cases[i].host);
		assert_string_equal(u.path, cases[i].path);
		assert_int_equal(u.secure, cases[i].secure);
	}
	guard_free(&g);
}

static void long_paths_are_refused_and_long_queries_cut(void **state)
{
	static char target[20000];
	struct url u;
	(void)state;
	memset(target, 'a', sizeof(target));
	target[0] = '/';
	assert_int_equal(url_target(span_of(target, URL_PATH_MAX), &u), 0);
	assert_int_equal(u.path_len, URL_PATH_MAX);
	assert_int_equal(url_target(span_of(target, URL_PATH_MAX + 1), &u), -EBADMSG);
	target[10] = '?';
	memcpy(target + 15000, "&q=selvmord", 11);
	assert_int_equal(url_target(span_of(target, sizeof(target)), &u), 0);
	assert_int_equal(u.path_len, URL_PATH_MAX);
	assert_memory_equal(u.words, "selvmord", 8);
	assert_int_equal(u.words_len, URL_WORDS_MAX);
}

static void utf8_is_read_strictly(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		uint32_t character;
	} cases[] = {
		{"a", 1, 'a'},
		{"\xc3\xa5", 2, 0xe5},
		{"\xe2\x82\xac", 3, 0x20ac},
		{"\xf0\x9f\x98\x80", 4, 0x1f600},
		{"\xc3", 0, 0},
		{"\xc0\x80", 0, 0},
		{"\xe0\x80\x80", 0, 0},
		{"\xed\xa0\x80", 0, 0},
		{"\xf4\x90\x80\x80", 0, 0},
		{"\x80", 0, 0},
		{"\xff", 0, 0},
		{"\xc3\x28", 0, 0},
	};
	uint8_t back[UTF8_MAX];
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint32_t c = 0;
		assert_int_equal(utf8_read(span_text(cases[i].bytes), &c), cases[i].len);
		if (cases[i].len == 0)
			continue;
		assert_int_equal(c, cases[i].character);
		assert_int_equal(utf8_write(c, back), cases[i].len);
		assert_memory_equal(back, cases[i].bytes, cases[i].len);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(targets_become_path_and_words),
		cmocka_unit_test(a_canonical_path_is_its_own_canonical_form),
		cmocka_unit_test(what_people_write_becomes_host_and_path),
		cmocka_unit_test(long_paths_are_refused_and_long_queries_cut),
		cmocka_unit_test(utf8_is_read_strictly),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
