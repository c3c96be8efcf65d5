/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "guard.h"
#include "proto/dns.h"

enum { ROOM = 70000 };

struct bytes {
	uint8_t at[ROOM];
	size_t len;
};

/* Hex, with text in quotes: "0765 'example'". */
static void add(struct bytes *b, const char *s)
{
	while (*s != '\0') {
		unsigned v;
		if (*s == ' ') {
			s++;
		} else if (*s == '\'') {
			for (s++; *s != '\''; s++)
				b->at[b->len++] = (uint8_t)*s;
			s++;
		} else {
			assert_int_equal(sscanf(s, "%2x", &v), 1);
			b->at[b->len++] = (uint8_t)v;
			s += 2;
		}
	}
}

static struct bytes *of(const char *s)
{
	static struct bytes b;
	b.len = 0;
	add(&b, s);
	return &b;
}

#define HEAD(flags, qd, an, ns, ar) "1234" flags "00" qd "00" an "00" ns "00" ar
#define QUERY HEAD("0100", "01", "00", "00", "00")
#define WITH_ONE HEAD("0100", "01", "00", "00", "01")
#define WITH_TWO HEAD("0100", "01", "00", "00", "02")
#define NAME "07'example'03'org'00"
#define A "00010001"
#define OPT "00 0029 04d0 00000000 0000"
#define OPT_DO "00 0029 1000 00008000 0000"
#define TSIG "03'key'00 00fa 00ff 00000000 0004 01020304"
#define SIG0 "00 0018 00ff 00000000 0004 01020304"
#define L63 "3f'abcdefghijklmnopqrstuvwxyz0123456789-abcdefghijklmnopqrstuvwxyz'"

static const struct row {
	const char *what, *message;
	const char *expected; /* the name, or the reason after '!' */
} rows[] = {
	{"a plain question", QUERY NAME A, "example.org"},
	{"mixed case (D01)", QUERY "07'eXAMPLE'03'OrG'00" A, "example.org"},
	{"the root", QUERY "00" A, ""},
	{"a single label", QUERY "03'lan'00" A, "lan"},
	{"an underscore (D21)", QUERY "04'_dns'08'resolver'04'arpa'00 00400001", "_dns.resolver.arpa"},
	{"any type (D10)", QUERY NAME "00ff0001", "example.org"},
	{"HTTPS (D10)", QUERY NAME "00410001", "example.org"},
	{"type NULL (D10)", QUERY NAME "000a0001", "example.org"},
	{"EDNS (D02)", WITH_ONE NAME A OPT, "example.org"},
	{"EDNS with unknown options (D02)",
	 WITH_ONE NAME A "00 0029 04d0 00000000 0010 000a0008'12345678'fde80000", "example.org"},
	{"EDNS of a later version", WITH_ONE NAME A "00 0029 04d0 00010000 0000", "example.org"},
	{"EDNS and a signature", WITH_TWO NAME A OPT TSIG, "example.org"},
	{"a signature alone", WITH_ONE NAME A TSIG, "example.org"},
	{"a public key signature", WITH_TWO NAME A OPT SIG0, "example.org"},
	{"labels that are numbers", QUERY "03'127'01'0'01'0'01'1'00" A, "127.0.0.1"},
	{"a label of 63", QUERY L63 "00" A,
	 "abcdefghijklmnopqrstuvwxyz0123456789-abcdefghijklmnopqrstuvwxyz"},
	{"quotes and angle brackets are escaped (D09)", QUERY "08'<script>'00" A, "\\060script\\062"},
	{"two questions (D04)", HEAD("0100", "02", "00", "00", "00") NAME A "03'bad'00" A, "!dns-questions"},
	{"no question (D04)", HEAD("0100", "00", "00", "00", "00"), "!dns-questions"},
	{"a question cut off by the count", HEAD("0100", "00", "00", "00", "00") NAME A, "!dns-questions"},
	{"a response (D07)", HEAD("8180", "01", "00", "00", "00") NAME A, "!dns-response"},
	{"an inverse query", HEAD("0900", "01", "00", "00", "00") NAME A, "!dns-opcode"},
	{"NOTIFY (D07)", HEAD("2400", "01", "00", "00", "00") NAME "00060001", "!dns-opcode"},
	{"UPDATE (D07)", HEAD("2800", "01", "00", "00", "00") NAME "00060001", "!dns-opcode"},
	{"class CH (D07)", QUERY NAME "00100003", "!dns-class"},
	{"class ANY (D07)", QUERY NAME "000100ff", "!dns-class"},
	{"the unicast bit of mDNS", QUERY NAME "00018001", "!dns-class"},
	{"AXFR (D07)", QUERY NAME "00fc0001", "!dns-transfer"},
	{"IXFR (D07)", QUERY NAME "00fb0001", "!dns-transfer"},
	{"an answer in a question (D06)", HEAD("0100", "01", "01", "00", "00") NAME A "00" A "000000000000",
	 "!dns-records"},
	{"an authority in a question (D06)",
	 HEAD("0100", "01", "00", "01", "00") NAME A "00" A "000000000000", "!dns-records"},
	{"a pointer to itself (D05)", QUERY "c00c" A, "!dns-pointer"},
	{"a pointer behind a label (D05)", QUERY "03'www'c00c" A, "!dns-pointer"},
	{"a pointer forwards (D05)", QUERY "c012" A "07'example'00", "!dns-pointer"},
	{"a pointer into the header (D05)", QUERY "c000" A, "!dns-pointer"},
	{"label type 0x40 (D05)", QUERY "41'a'00" A, "!dns-label"},
	{"label type 0x80 (D05)", QUERY "80'a'00" A, "!dns-label"},
	{"a dot in a label (D09)", QUERY "0b'example.org'00" A, "!dns-bytes"},
	{"a backslash (D09)", QUERY "03'a\\b'00" A, "!dns-bytes"},
	{"a NUL (D09)", QUERY "03'a'00'b'00" A, "!dns-bytes"},
	{"a control byte (D09)", QUERY "03'a'07'b'00" A, "!dns-bytes"},
	{"8 bits (D09)", QUERY "02c3a6 00" A, "!dns-bytes"},
	{"trailing bytes (D06)", QUERY NAME A "00", "!dns-trailing"},
	{"trailing bytes behind OPT (D06)", WITH_ONE NAME A OPT "00", "!dns-trailing"},
	{"a second message behind (D06)", QUERY NAME A QUERY NAME A, "!dns-trailing"},
	{"two OPTs (D02)", WITH_TWO NAME A OPT OPT, "!dns-opt"},
	{"OPT with a name", WITH_ONE NAME A "01'a'" OPT, "!dns-opt"},
	{"an option beyond OPT", WITH_ONE NAME A "00 0029 04d0 00000000 0004 000a0008", "!dns-opt"},
	{"half an option", WITH_ONE NAME A "00 0029 04d0 00000000 0003 000a00", "!dns-opt"},
	{"OPT counted, not there", WITH_ONE NAME A, "!dns-short"},
	{"OPT with data beyond the message", WITH_ONE NAME A "00 0029 04d0 00000000 0001", "!dns-short"},
	{"an address in additional", WITH_ONE NAME A "00" A "00000000 0004 01020304", "!dns-additional"},
	{"a signature before OPT", WITH_TWO NAME A TSIG OPT, "!dns-additional"},
	{"three additional records", HEAD("0100", "01", "00", "00", "03") NAME A OPT TSIG TSIG,
	 "!dns-additional"},
	{"a pointer as the owner of OPT", WITH_ONE NAME A "c00c 0029 04d0 00000000 0000", "!dns-pointer"},
	{"a label beyond the message", QUERY "07'exam'", "!dns-short"},
	{"no root label", QUERY "07'example'03'org'", "!dns-short"},
	{"no class", QUERY NAME "0001", "!dns-short"},
	{"half a header", "1234 0100 0001", "!dns-short"},
	{"nothing", "", "!dns-short"},
};

static void check_row(const char *what, const char *expected, enum parse got, const struct request *r)
{
	bool ok = got == PARSE_OK && expected[0] != '!' && strcmp(r->host.text, expected) == 0;
	bool bad = got == PARSE_BAD && expected[0] == '!' && strcmp(r->reason, expected + 1) == 0;
	if (!ok && !bad)
		fail_msg("%s: %d %s", what, got, got == PARSE_OK ? r->host.text : r->reason);
}

static void each_question_is_read_or_refused_by_its_word(void **state)
{
	struct guard g = guard_new(ROOM);
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct bytes *b = of(rows[i].message);
		struct request r;
		size_t used = 0;
		enum parse got = dns_parse(guard_put(&g, b->at, b->len), TRANSPORT_DATAGRAM, &r, &used);
		check_row(rows[i].what, rows[i].expected, got, &r);
		if (got == PARSE_OK)
			assert_int_equal(used, b->len);
		/* FORMERR needs a whole header, and never answers an answer. */
		if (got == PARSE_BAD)
			assert_int_equal(r.dns.header_whole,
					 b->len >= 12 && strcmp(rows[i].expected, "!dns-response") != 0);
	}
	guard_free(&g);
}

static void every_word_is_in_the_list(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		bool found = rows[i].expected[0] != '!' || strcmp(rows[i].expected, "!dns-name") == 0;
		for (const char *const *word = dns_reasons; *word != NULL && !found; word++)
			found = strcmp(*word, rows[i].expected + 1) == 0;
		assert_true(found);
	}
}

static void a_question_cut_at_any_byte_is_refused(void **state)
{
	struct guard g = guard_new(ROOM);
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct bytes *b = of(rows[i].message);
		for (size_t n = 0; n < b->len; n++) {
			struct request r;
			size_t used;
			struct span cut = guard_put(&g, b->at, n);
			enum parse got = dns_parse(cut, TRANSPORT_DATAGRAM, &r, &used);
			if (rows[i].expected[0] != '!')
				assert_int_equal(got, PARSE_BAD);
		}
	}
	guard_free(&g);
}

static void a_stream_asks_for_more_until_the_question_is_whole(void **state)
{
	struct guard g = guard_new(ROOM);
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		static struct bytes b;
		const struct bytes *m = of(rows[i].message);
		b.at[0] = (uint8_t)(m->len >> 8);
		b.at[1] = (uint8_t)m->len;
		memcpy(b.at + 2, m->at, m->len);
		memcpy(b.at + 2 + m->len, "behind", 6);
		for (size_t n = 0; n <= m->len + 8; n++) {
			struct request r;
			size_t used = 0;
			enum parse got = dns_parse(guard_put(&g, b.at, n), TRANSPORT_STREAM, &r, &used);
			if (n < 2 || (n < m->len + 2 && m->len >= 12)) {
				assert_int_equal(got, PARSE_MORE);
				continue;
			}
			check_row(rows[i].what, m->len < 12 ? "!dns-short" : rows[i].expected, got, &r);
			if (got == PARSE_OK)
				assert_int_equal(used, m->len + 2);
		}
	}
	guard_free(&g);
}

static void a_length_no_question_has_is_refused_at_once(void **state)
{
	struct request r;
	size_t used;
	(void)state;
	assert_int_equal(dns_parse(span_of("\x10\x01", 2), TRANSPORT_STREAM, &r, &used), PARSE_BAD);
	assert_string_equal(r.reason, "dns-length");
	assert_int_equal(dns_parse(span_of("\x10\x00", 2), TRANSPORT_STREAM, &r, &used), PARSE_MORE);
	assert_int_equal(dns_parse(span_of("\0\13", 2), TRANSPORT_STREAM, &r, &used), PARSE_BAD);
	assert_int_equal(dns_parse(span_of("\0\14", 2), TRANSPORT_STREAM, &r, &used), PARSE_MORE);
}

static enum parse parse_name(const char *name, struct request *r)
{
	struct bytes *b = of(QUERY);
	size_t used;
	add(b, name);
	add(b, A);
	return dns_parse(span_of(b->at, b->len), TRANSPORT_DATAGRAM, r, &used);
}

/* 3 x 64 and one more label and the root: 255 when the last label has 61 bytes. */
static void names_end_at_exactly_255_bytes(void **state)
{
	char name[600], last[140];
	struct request r;
	(void)state;
	for (unsigned n = 59; n <= 63; n++) {
		memset(last, 'a', sizeof last);
		last[n] = '\0';
		(void)snprintf(name, sizeof name, L63 L63 L63 "%02x'%s'00", n, last);
		enum parse got = parse_name(name, &r);
		assert_int_equal(got, n <= 61 ? PARSE_OK : PARSE_BAD);
		if (n > 61)
			assert_string_equal(r.reason, "dns-name");
		else
			assert_int_equal(r.host.len, 3 * 64 + n);
	}
}

static void names_may_have_127_labels(void **state)
{
	struct request r;
	(void)state;
	for (unsigned labels = 126; labels <= 128; labels++) {
		char name[1000] = "";
		for (unsigned i = 0; i < labels; i++)
			strcat(name, "01'a'");
		strcat(name, "00");
		assert_int_equal(parse_name(name, &r), labels <= 127 ? PARSE_OK : PARSE_BAD);
		if (labels <= 127)
			assert_int_equal(r.host.labels, labels);
	}
}

static void opt_tells_what_the_requestor_takes(void **state)
{
	static const struct {
		const char *message;
		bool edns, dnssec_ok;
		uint16_t size;
	} cases[] = {
		{QUERY NAME A, false, false, 512},
		{WITH_ONE NAME A OPT, true, false, 1232},
		{WITH_ONE NAME A OPT_DO, true, true, 4096},
		{WITH_ONE NAME A "00 0029 0100 00000000 0000", true, false, 512},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct bytes *b = of(cases[i].message);
		struct request r;
		size_t used;
		assert_int_equal(dns_parse(span_of(b->at, b->len), TRANSPORT_DATAGRAM, &r, &used), PARSE_OK);
		assert_int_equal(r.dns.edns, cases[i].edns);
		assert_int_equal(r.dns.dnssec_ok, cases[i].dnssec_ok);
		assert_int_equal(r.dns.udp_size, cases[i].size);
	}
}

/* ---- Answers ---- */

#define SOA                                                                                                  \
	"c00c 0006 0001 0000000a 003d 05'trygg'07'invalid'00 0a'hostmaster'05'trygg'07'invalid'00"           \
	"00000001 00000e10 00000258 00015180 0000000a"
#define EDE(code) "00 0029 04d0 00000000 0006 000f 0002 " code

static const uint8_t help4[4] = {10, 0, 0, 5};
static const uint8_t help6[16] = {0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5};

static const struct answer_row {
	const char *what, *question;
	struct stop stop;
	const char *answer;
} answers[] = {
	{"A is the help address, case kept",
	 QUERY "07'eXample'03'org'00" A,
	 {.help4 = &help4, .help6 = &help6},
	 HEAD("8180", "01", "01", "00", "00") "07'eXample'03'org'00" A
					      "c00c 0001 0001 0000000a 0004 0a000005"},
	{"AAAA is the help address",
	 QUERY NAME "001c0001",
	 {.help4 = &help4, .help6 = &help6},
	 HEAD("8180", "01", "01", "00", "00") NAME
	 "001c0001"
	 "c00c 001c 0001 0000000a 0010 fd000000000000000000000000000005"},
	{"AAAA without such an address is NODATA",
	 QUERY NAME "001c0001",
	 {.help4 = &help4},
	 HEAD("8180", "01", "00", "01", "00") NAME "001c0001" SOA},
	{"HTTPS is NODATA",
	 QUERY NAME "00410001",
	 {.help4 = &help4, .help6 = &help6},
	 HEAD("8180", "01", "00", "01", "00") NAME "00410001" SOA},
	{"ANY is NODATA",
	 QUERY NAME "00ff0001",
	 {.help4 = &help4, .help6 = &help6},
	 HEAD("8180", "01", "00", "01", "00") NAME "00ff0001" SOA},
	{"RD and CD are copied, AD is not",
	 HEAD("0030", "01", "00", "00", "00") NAME A,
	 {.help4 = &help4},
	 HEAD("8090", "01", "01", "00", "00") NAME A "c00c 0001 0001 0000000a 0004 0a000005"},
	{"EDE 15 when the question had EDNS",
	 WITH_ONE NAME A OPT,
	 {.help4 = &help4},
	 HEAD("8180", "01", "01", "00", "01") NAME A "c00c 0001 0001 0000000a 0004 0a000005" EDE("000f")},
	{"EDE 16 for mandatory",
	 WITH_ONE NAME "00410001" OPT,
	 {.mandatory = true},
	 HEAD("8180", "01", "00", "01", "01") NAME "00410001" SOA EDE("0010")},
	{"EDE with a note for who reads it",
	 WITH_ONE NAME A OPT,
	 {.help4 = &help4, .note = "Rus x"},
	 HEAD("8180", "01", "01", "00", "01") NAME A
	 "c00c 0001 0001 0000000a 0004 0a000005 00 0029 04d0 00000000 000b 000f 0007 000f 5275732078"},
	{"no note for confidential",
	 WITH_ONE NAME "00410001" OPT,
	 {.confidential = true, .note = "Rus x"},
	 HEAD("8180", "01", "00", "01", "01") NAME "00410001" SOA EDE("000f")},
	{"no note without EDNS",
	 HEAD("0100", "01", "00", "00", "00") NAME A,
	 {.help4 = &help4, .note = "Rus x"},
	 HEAD("8180", "01", "01", "00", "00") NAME A "c00c 0001 0001 0000000a 0004 0a000005"},
	{"EDE 15 for confidential",
	 WITH_ONE NAME "00410001" OPT,
	 {.mandatory = true, .confidential = true},
	 HEAD("8180", "01", "00", "01", "01") NAME "00410001" SOA EDE("000f")},
	{"DO is echoed",
	 WITH_ONE NAME A OPT_DO,
	 {.help4 = &help4},
	 HEAD("8180", "01", "01", "00", "01") NAME A "c00c 0001 0001 0000000a 0004 0a000005"
						     "00 0029 04d0 00008000 0006 000f 0002 000f"},
	{"a canary is NXDOMAIN of our own zone",
	 WITH_ONE NAME A OPT,
	 {.canary = "nxdomain", .help4 = &help4},
	 HEAD("8583", "01", "00", "01", "01") NAME A SOA "00 0029 04d0 00000000 0000"},
	{"a canary is NODATA of our own zone",
	 QUERY NAME "00400001",
	 {.canary = "nodata"},
	 HEAD("8580", "01", "00", "01", "00") NAME "00400001" SOA},
	{"malformed is FORMERR", QUERY "c00c" A, {.refused = true}, "1234 8101 0000000000000000"},
	{"UPDATE is FORMERR with its opcode",
	 HEAD("2800", "01", "00", "00", "00") NAME A,
	 {.refused = true},
	 "1234 a801 0000000000000000"},
	{"half a header is not answered", "1234 0100 0001", {.refused = true}, ""},
	{"a response is not answered", HEAD("8180", "01", "00", "00", "00") NAME A, {.refused = true}, ""},
};

static void each_stop_is_answered_as_designed(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
		struct bytes question = *of(answers[i].question);
		const struct bytes *expected = of(answers[i].answer);
		uint8_t out[2 + DNS_ANSWER_MAX];
		struct writer w = writer_of(out, sizeof out);
		struct request r;
		size_t used;
		(void)dns_parse(span_of(question.at, question.len), TRANSPORT_DATAGRAM, &r, &used);
		dns_answer(&r, &answers[i].stop, &w);
		assert_true(writer_ok(&w));
		if (writer_len(&w) != expected->len || memcmp(out, expected->at, expected->len) != 0)
			fail_msg("%s: %zu bytes for %zu", answers[i].what, writer_len(&w), expected->len);
		/* The same over a stream, with its length before it. */
		r.transport = TRANSPORT_STREAM;
		w = writer_of(out, sizeof out);
		dns_answer(&r, &answers[i].stop, &w);
		assert_int_equal(writer_len(&w), expected->len > 0 ? expected->len + 2 : 0);
		if (expected->len > 0) {
			assert_int_equal(out[0] << 8 | out[1], expected->len);
			assert_memory_equal(out + 2, expected->at, expected->len);
		}
	}
}

static void the_longest_answer_is_below_512_bytes(void **state)
{
	struct bytes *b = of("");
	uint8_t out[512];
	struct writer w = writer_of(out, sizeof out);
	struct stop stop = {.help4 = NULL};
	struct request r;
	size_t used;
	(void)state;
	b->len = 0;
	add(b, WITH_ONE L63 L63 L63 "3d");
	memset(b->at + b->len, 'x', 61);
	b->len += 61;
	add(b, "00" A OPT);
	assert_int_equal(dns_parse(span_of(b->at, b->len), TRANSPORT_DATAGRAM, &r, &used), PARSE_OK);
	dns_answer(&r, &stop, &w);
	assert_true(writer_ok(&w));
	assert_true(writer_len(&w) <= DNS_ANSWER_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_question_is_read_or_refused_by_its_word),
		cmocka_unit_test(every_word_is_in_the_list),
		cmocka_unit_test(a_question_cut_at_any_byte_is_refused),
		cmocka_unit_test(a_stream_asks_for_more_until_the_question_is_whole),
		cmocka_unit_test(a_length_no_question_has_is_refused_at_once),
		cmocka_unit_test(names_end_at_exactly_255_bytes),
		cmocka_unit_test(names_may_have_127_labels),
		cmocka_unit_test(opt_tells_what_the_requestor_takes),
		cmocka_unit_test(each_stop_is_answered_as_designed),
		cmocka_unit_test(the_longest_answer_is_below_512_bytes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
