/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a person may write behind `explain`: names, addresses, times. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "ctl/explain.h"

static const struct {
	const char *text;
	const char *host, *path; /* NULL: refused */
	bool is_url, secure;
} names[] = {
	{"example.org", "example.org", "/", false, false},
	{"EXAMPLE.org.", "example.org", "/", false, false},
	{"bl\xc3\xa5"
	 "b\xc3\xa6r.example",
	 "xn--blbr-roah.example", "/", false, false},
	{"http://bl\xc3\xa5"
	 "b\xc3\xa6r.example:8080/a",
	 "xn--blbr-roah.example", "/a", true, false},
	{"https://example.org/a?q=b", "example.org", "/a?q=b", true, true},
	{"http://[2001:db8::1]:80/x", "2001:db8::1", "/x", true, false},
	{"http://10.0.0.1/", "10.0.0.1", "/", true, false},
	{"a b", NULL, NULL, false, false},
	{"", NULL, NULL, false, false},
	{"..", NULL, NULL, false, false},
	{"ftp://example.org/", NULL, NULL, false, false},
	{"http:///x", NULL, NULL, false, false},
	{"\xc3.example", NULL, NULL, false, false},
};

static void names_and_urls_become_what_the_wire_would_carry(void **state)
{
	(void)state;
	struct url *url = calloc(1, sizeof *url);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		bool is_url;
		int rc = explain_parse(names[i].text, url, &is_url);
		if ((rc == 0) != (names[i].host != NULL))
			fail_msg("%s: %d", names[i].text, rc);
		if (rc < 0)
			continue;
		assert_string_equal(url->host.text, names[i].host);
		assert_string_equal(url->path, names[i].path);
		assert_int_equal(is_url, names[i].is_url);
		assert_int_equal(url->secure, names[i].secure);
	}
	free(url);
}

static const struct {
	const char *text;
	int64_t s; /* -1: refused */
} times[] = {
	{"2026-11-23T10:00:00Z", 1795428000},
	{"2026-11-23T10:00:00.250Z", 1795428000},
	{"2026-11-23t10:00:00z", 1795428000},
	{"2026-11-23T11:00:00+01:00", 1795428000},
	{"2026-11-23T04:30:00-05:30", 1795428000},
	{"2026-11-23T11:00", 1795428000},
	{"2026-11-23 11:00:00", 1795428000},
	{"11:00", 1795428000},
	{"2026-07-01T12:00", 1782900000},
	{"2026-11-23", -1},
	{"", -1},
	{"soon", -1},
	{"2026-13-01T00:00Z", -1},
	{"2026-11-23T10:00:00+1", -1},
	{"2026-11-23T10:00:00Zx", -1},
	{"24:30", -1},
};

static void times_are_rfc_3339_or_local(void **state)
{
	(void)state;
	assert_int_equal(setenv("TZ", "Europe/Oslo", 1), 0);
	tzset();
	for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
		int64_t ms = 0;
		int rc = explain_time(times[i].text, 1795440000000, &ms);
		if (times[i].s < 0 ? rc != -EINVAL : rc != 0 || ms != times[i].s * 1000)
			fail_msg("%s: %d, %lld", times[i].text, rc, (long long)ms);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_and_urls_become_what_the_wire_would_carry),
		cmocka_unit_test(times_are_rfc_3339_or_local),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
