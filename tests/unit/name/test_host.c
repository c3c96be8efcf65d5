/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "guard.h"
#include "name/host.h"
#include "name/idn.h"

static void text_becomes_its_canonical_form(void **state)
{
	static const struct {
		const char *text, *canonical; /* NULL: refused */
		enum host_kind kind;
		unsigned labels;
	} cases[] = {
		{"Example.ORG", "example.org", HOST_NAME, 2},
		{"example.org.", "example.org", HOST_NAME, 2},
		{"example.org..", NULL, 0, 0},
		{"", NULL, 0, 0},
		{".", NULL, 0, 0},
		{".example.org", NULL, 0, 0},
		{"a..b", NULL, 0, 0},
		{"_dmarc.example.org", "_dmarc.example.org", HOST_NAME, 3},
		{"-a-.example", "-a-.example", HOST_NAME, 2},
		{"xn--bcher-kva.example", "xn--bcher-kva.example", HOST_NAME, 2},
		{"a!b.example", "a\\033b.example", HOST_NAME, 2},
		{"a b.example", NULL, 0, 0},
		{"a%2eb.example", NULL, 0, 0},
		{"a\\b.example", NULL, 0, 0},
		{"a/b", NULL, 0, 0},
		{"a@b", NULL, 0, 0},
		{"bl\xc3\xa5.example", NULL, 0, 0},
		{"a\x7f.example", NULL, 0, 0},
		{"example.123", "example.123", HOST_NAME, 2},
		{"1.2.3.4.5", "1.2.3.4.5", HOST_NAME, 5},
		/* inet_aton */
		{"192.0.2.1", "192.0.2.1", HOST_IPV4, 1},
		{"192.0.2.1.", "192.0.2.1", HOST_IPV4, 1},
		{"0xc0.0.0x2.1", "192.0.2.1", HOST_IPV4, 1},
		{"0300.0.02.01", "192.0.2.1", HOST_IPV4, 1},
		{"192.0.513", "192.0.2.1", HOST_IPV4, 1},
		{"192.513", "192.0.2.1", HOST_IPV4, 1},
		{"3221225985", "192.0.2.1", HOST_IPV4, 1},
		{"0xC0000201", "192.0.2.1", HOST_IPV4, 1},
		{"030000001001", "192.0.2.1", HOST_IPV4, 1},
		{"4294967295", "255.255.255.255", HOST_IPV4, 1},
		{"4294967296", "4294967296", HOST_NAME, 1},
		{"256.1.1.1", "256.1.1.1", HOST_NAME, 4},
		{"1.2.3.256", "1.2.3.256", HOST_NAME, 4},
		{"1.16777216", "1.16777216", HOST_NAME, 2},
		{"08.1.1.1", "08.1.1.1", HOST_NAME, 4},
		{"1..2", NULL, 0, 0},
		/* RFC 5952 */
		{"2001:DB8:0:0:0:0:0:1", "2001:db8::1", HOST_IPV6, 1},
		{"[2001:db8::1]", "2001:db8::1", HOST_IPV6, 1},
		{"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1", HOST_IPV6, 1},
		{"::ffff:192.0.2.1", "192.0.2.1", HOST_IPV4, 1},
		{"[2001:db8::1", NULL, 0, 0},
		{"[]", NULL, 0, 0},
		{"fe80::1%lan0", NULL, 0, 0},
		{"a:b", NULL, 0, 0},
	};
	struct guard g = guard_new(1024);
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct host h;
		int rc = host_from_text(guard_put(&g, cases[i].text, strlen(cases[i].text)), &h);
		if (!cases[i].canonical) {
			if (rc != -EBADMSG)
				fail_msg("\"%s\" is not refused", cases[i].text);
			continue;
		}
		if (rc != 0)
			fail_msg("\"%s\" is refused", cases[i].text);
		assert_string_equal(h.text, cases[i].canonical);
		assert_int_equal(h.len, strlen(h.text));
		assert_int_equal(h.kind, cases[i].kind);
		assert_int_equal(h.labels, cases[i].labels);
	}
	guard_free(&g);
}

/* A name of the given label lengths, ended by 0. */
static size_t name_of(const size_t *lengths, char *text, uint8_t *wire)
{
	size_t t = 0, w = 0;
	for (; *lengths > 0; lengths++) {
		if (t > 0)
			text[t++] = '.';
		wire[w++] = (uint8_t)*lengths;
		for (size_t i = 0; i < *lengths; i++) {
			text[t++] = 'a';
			wire[w++] = 'a';
		}
	}
	text[t] = '\0';
	wire[w++] = 0;
	return w;
}

static void the_limits_of_a_name_are_exact(void **state)
{
	static const struct {
		size_t lengths[8];
		int rc;
	} cases[] = {
		{{63, 0}, 0},
		{{64, 0}, -EBADMSG},
		{{62, 63, 1, 0}, 0},
		{{63, 63, 63, 61, 0}, 0},
		{{63, 63, 63, 62, 0}, -EBADMSG},
		{{63, 63, 63, 63, 0}, -EBADMSG},
		{{63, 63, 63, 59, 1, 0}, 0},
	};
	struct guard g = guard_new(512);
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[400];
		uint8_t wire[400];
		struct host a, b;
		size_t len = name_of(cases[i].lengths, text, wire);
		assert_int_equal(host_from_text(guard_put(&g, text, strlen(text)), &a), cases[i].rc);
		assert_int_equal(host_from_wire(guard_put(&g, wire, len), &b), cases[i].rc);
		if (cases[i].rc == 0)
			assert_string_equal(a.text, b.text);
	}
	guard_free(&g);
}

static void a_name_of_127_labels_is_a_name(void **state)
{
	uint8_t wire[255];
	struct host h;
	(void)state;
	for (size_t i = 0; i < 127; i++) {
		wire[2 * i] = 1;
		wire[2 * i + 1] = 'a';
	}
	wire[254] = 0;
	assert_int_equal(host_from_wire(span_of(wire, sizeof(wire)), &h), 0);
	assert_int_equal(h.labels, 127);
	assert_int_equal(h.len, 253);
}

static void wire_names_are_read_or_refused(void **state)
{
	static const struct {
		const char *wire;
		size_t len;
		const char *canonical; /* NULL: refused */
	} cases[] = {
#define WIRE(s) s, sizeof(s) - 1
		{WIRE("\0"), ""},
		{WIRE("\7ExAmPlE\3OrG\0"), "example.org"},
		{WIRE("\3a!b\4test\0"), "a\\033b.test"},
		{WIRE("\3a b\4test\0"), "a\\032b.test"},
		{WIRE("\1*\4test\0"), "\\042.test"},
		{WIRE("\3a.b\4test\0"), NULL},
		{WIRE("\3a\\b\4test\0"), NULL},
		{WIRE("\3a\0b\4test\0"), NULL},
		{WIRE("\3a\x01"
		      "b\4test\0"),
		 NULL},
		{WIRE("\3a\x7f"
		      "b\4test\0"),
		 NULL},
		{WIRE("\3a\xe5"
		      "b\4test\0"),
		 NULL},
		{WIRE("\7example"), NULL},
		{WIRE("\7example\0\0"), NULL},
		{WIRE("\7example\0x"), NULL},
		{WIRE("\100example\0"), NULL},
		{WIRE("\300\14"), NULL},
		{WIRE(""), NULL},
		{WIRE("\1"
		      "1\1"
		      "2\1"
		      "3\1"
		      "4\0"),
		 "1.2.3.4"},
	};
	struct guard g = guard_new(512);
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct host h;
		int rc = host_from_wire(guard_put(&g, cases[i].wire, cases[i].len), &h);
		assert_int_equal(rc, cases[i].canonical ? 0 : -EBADMSG);
		if (rc == 0) {
			assert_string_equal(h.text, cases[i].canonical);
			assert_int_equal(h.kind, HOST_NAME);
		}
	}
	guard_free(&g);
}

static void a_wire_name_cut_at_any_byte_is_refused(void **state)
{
	static const char wire[] = "\3www\7example\3org";
	struct guard g = guard_new(512);
	struct host h;
	(void)state;
	for (size_t n = 0; n < sizeof(wire); n++)
		assert_int_equal(host_from_wire(guard_put(&g, wire, n), &h), -EBADMSG);
	assert_int_equal(host_from_wire(guard_put(&g, wire, sizeof(wire)), &h), 0);
	guard_free(&g);
}

static void international_names_become_a_labels(void **state)
{
	static const struct {
		const char *text, *ascii;
	} cases[] = {
		{"bl\xc3\xa5.example", "xn--bl-zia.example"},
		{"BL\xc3\x85.example", "xn--bl-zia.example"},
		{"bla\xcc\x8a.example", "xn--bl-zia.example"},
		{"example.org", "example.org"},
		{"\xe2\x98\x85.example", NULL},
	};
	char out[256];
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int rc = idn_to_ascii(cases[i].text, out, sizeof(out));
		assert_int_equal(rc, cases[i].ascii ? 0 : -EBADMSG);
		if (rc == 0)
			assert_string_equal(out, cases[i].ascii);
	}
	assert_int_equal(idn_to_ascii("example.org", out, 5), -EBADMSG);
}

static void an_ipv4_mapped_address_is_the_ipv4_address(void **state)
{
	struct host h;
	(void)state;
	assert_int_equal(host_from_text(span_text("[::FFFF:c000:201]"), &h), 0);
	assert_int_equal(h.kind, HOST_IPV4);
	assert_string_equal(h.text, "192.0.2.1");
	assert_int_equal(host_from_text(span_text("::192.0.2.1"), &h), 0);
	assert_int_equal(h.kind, HOST_IPV6);
	assert_string_equal(h.text, "::192.0.2.1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_becomes_its_canonical_form),
		cmocka_unit_test(an_ipv4_mapped_address_is_the_ipv4_address),
		cmocka_unit_test(the_limits_of_a_name_are_exact),
		cmocka_unit_test(a_name_of_127_labels_is_a_name),
		cmocka_unit_test(wire_names_are_read_or_refused),
		cmocka_unit_test(a_wire_name_cut_at_any_byte_is_refused),
		cmocka_unit_test(international_names_become_a_labels),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
