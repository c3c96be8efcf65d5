/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "policy/policy.h"

static void a_client_belongs_to_the_longest_matching_prefix(void **state)
{
	static const char *const networks[3] = {"10.0.0.0/8", "10.1.0.0/16", "2001:db8::/32"};
	static const struct {
		const char *client, *group;
	} cases[] = {
		{"10.2.0.1", "wide"},   {"10.1.0.1", "narrow"}, {"10.1.255.255", "narrow"},
		{"192.0.2.1", "guest"}, {"2001:db8::1", "six"}, {"2001:db9::1", "guest"},
	};
	struct prefix prefix[3];
	struct conf_group groups[3] = {{.id = "wide"}, {.id = "narrow"}, {.id = "six"}},
			  guest = {.id = "guest"};
	struct conf conf = {.groups = groups, .group_count = 3, .guest = &guest};
	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(prefix_parse(networks[i], &prefix[i]), 0);
		groups[i].networks = &prefix[i];
		groups[i].network_count = 1;
	}
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct address a;
		assert_int_equal(address_parse(cases[i].client, &a), 0);
		assert_string_equal(policy_group(&conf, &a)->id, cases[i].group);
	}
}

static void canaries_are_answered_as_built_in(void **state)
{
	static const struct {
		const char *name, *answer;
	} cases[] = {
		{"use-application-dns.net", "nxdomain"},
		{"USE-application-dns.net.", "nxdomain"},
		{"a.use-application-dns.net", NULL},
		{"mask.icloud.com", "nxdomain"},
		{"mask-h2.icloud.com", "nxdomain"},
		{"mask-api.icloud.com", "nxdomain"},
		{"masks.icloud.com", "nxdomain"},
		{"mask.a.icloud.com", NULL},
		{"www.icloud.com", NULL},
		{"icloud.com", NULL},
		{"mask.noticloud.com", NULL},
		{"_dns.resolver.arpa", "nodata"},
		{"resolver.arpa", "nodata"},
		{"a.b.resolver.arpa", "nodata"},
		{"xresolver.arpa", NULL},
		{"example.org", NULL},
		{"192.0.2.1", NULL},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct host h;
		assert_int_equal(host_from_text(span_text(cases[i].name), &h), 0);
		const char *answer = policy_canary(&h);
		if (cases[i].answer)
			assert_string_equal(answer, cases[i].answer);
		else
			assert_null(answer);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_client_belongs_to_the_longest_matching_prefix),
		cmocka_unit_test(canaries_are_answered_as_built_in),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
