/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "name/address.h"

static void prefixes_are_read_as_written_and_written_as_read(void **state)
{
	static const struct {
		const char *text, *back;
		int rc;
	} cases[] = {
		{"10.1.0.0/16", "10.1.0.0/16", 0},
		{"10.1.0.1", "10.1.0.1/32", 0},
		{"0.0.0.0/0", "0.0.0.0/0", 0},
		{"2001:DB8::/32", "2001:db8::/32", 0},
		{"2001:db8::1", "2001:db8::1/128", 0},
		{"::/0", "::/0", 0},
		{"::ffff:10.1.0.0/112", "10.1.0.0/16", 0},
		{"::ffff:10.1.0.1", "10.1.0.1/32", 0},
		{"::ffff:0:0/96", "0.0.0.0/0", 0},
		{"::ffff:10.1.0.1/112", NULL, -ERANGE},
		{"10.1.0.1/16", NULL, -ERANGE},
		{"2001:db8::1/64", NULL, -ERANGE},
		{"10.1.0.0/33", NULL, -EINVAL},
		{"::/129", NULL, -EINVAL},
		{"10.1.0.0/", NULL, -EINVAL},
		{"10.1.0.0/-1", NULL, -EINVAL},
		{"10.1.0.0/ 8", NULL, -EINVAL},
		{"10.1.0.0/08", NULL, -EINVAL},
		{"10.1/16", NULL, -EINVAL},
		{"", NULL, -EINVAL},
		{"/8", NULL, -EINVAL},
		{"10.1.0.0/16x", NULL, -EINVAL},
		{"10.1.0.0/9999", NULL, -EINVAL},
	};
	char text[PREFIX_TEXT_SIZE];
	struct prefix p;
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(prefix_parse(cases[i].text, &p), cases[i].rc);
		if (cases[i].rc < 0)
			continue;
		prefix_text(&p, text);
		assert_string_equal(text, cases[i].back);
	}
}

static void a_prefix_contains_exactly_its_own(void **state)
{
	static const struct {
		const char *prefix, *address;
		bool inside;
	} cases[] = {
		{"10.1.0.0/16", "10.1.255.255", true},      {"10.1.0.0/16", "10.2.0.0", false},
		{"10.1.128.0/17", "10.1.128.0", true},      {"10.1.128.0/17", "10.1.127.255", false},
		{"10.1.0.4/30", "10.1.0.7", true},          {"10.1.0.4/30", "10.1.0.8", false},
		{"0.0.0.0/0", "255.255.255.255", true},     {"0.0.0.0/0", "2001:db8::1", false},
		{"10.1.0.0/16", "::ffff:10.1.2.3", true},   {"::/0", "10.0.0.1", false},
		{"2001:db8::/33", "2001:db8:7fff::", true}, {"2001:db8::/33", "2001:db8:8000::", false},
		{"2001:db8::1/128", "2001:db8::1", true},   {"2001:db8::1/128", "2001:db8::2", false},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct prefix p;
		struct address a;
		assert_int_equal(prefix_parse(cases[i].prefix, &p), 0);
		assert_int_equal(address_parse(cases[i].address, &a), 0);
		assert_int_equal(prefix_contains(&p, &a), cases[i].inside);
	}
}

static void addresses_are_equal_only_within_their_family(void **state)
{
	struct address a, b;
	(void)state;
	assert_int_equal(address_parse("0.0.0.0", &a), 0);
	assert_int_equal(address_parse("::", &b), 0);
	assert_false(address_equal(&a, &b));
	assert_true(address_equal(&a, &a));
	assert_int_equal(address_parse("010.0.0.1", &a), -EINVAL);
	assert_int_equal(address_parse("10.0.0.1 ", &a), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prefixes_are_read_as_written_and_written_as_read),
		cmocka_unit_test(a_prefix_contains_exactly_its_own),
		cmocka_unit_test(addresses_are_equal_only_within_their_family),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
