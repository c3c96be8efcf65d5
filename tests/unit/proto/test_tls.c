/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "guard.h"
#include "proto/tls.h"

enum { ROOM = 200000 };

struct bytes {
	uint8_t *at;
	size_t len;
};

static struct bytes room(void)
{
	struct bytes b = {.at = malloc(ROOM)};
	assert_non_null(b.at);
	return b;
}

static void put(struct bytes *b, const void *at, size_t len)
{
	assert_true(b->len + len <= ROOM);
	if (len > 0)
		memcpy(b->at + b->len, at, len);
	b->len += len;
}

static void put_number(struct bytes *b, size_t v, unsigned bytes)
{
	while (bytes-- > 0)
		put(b, &(uint8_t){(uint8_t)(v >> 8 * bytes)}, 1);
}

/* Hex, with text in quotes. */
static void put_hex(struct bytes *b, const char *s)
{
	while (*s != '\0') {
		unsigned v;
		if (*s == ' ') {
			s++;
		} else if (*s == '\'') {
			const char *end = strchr(s + 1, '\'');
			put(b, s + 1, (size_t)(end - s - 1));
			s = end + 1;
		} else {
			assert_int_equal(sscanf(s, "%2x", &v), 1);
			put_number(b, v, 1);
			s += 2;
		}
	}
}

/* A hello message with these extensions (hex); NULL: none at all, as before TLS 1.2. */
static struct bytes hello(const char *extensions, size_t padding)
{
	struct bytes ext = room(), b = room();
	put_hex(&b, "01 000000 0303");
	for (int i = 0; i < 32; i++)
		put_number(&b, 0x11, 1);
	put_hex(&b, "00 0004 1301 1302 01 00");
	if (extensions) {
		put_hex(&ext, extensions);
		if (padding > 0) {
			put_hex(&ext, "0015");
			put_number(&ext, padding, 2);
			while (padding-- > 0)
				put_number(&ext, 0, 1);
		}
		put_number(&b, ext.len, 2);
		put(&b, ext.at, ext.len);
	}
	b.at[1] = (uint8_t)((b.len - 4) >> 16);
	b.at[2] = (uint8_t)((b.len - 4) >> 8);
	b.at[3] = (uint8_t)(b.len - 4);
	free(ext.at);
	return b;
}

/* The message in records of `piece` bytes each. */
static struct bytes records(struct bytes message, size_t piece)
{
	struct bytes b = room();
	for (size_t at = 0; at < message.len; at += piece) {
		size_t len = message.len - at < piece ? message.len - at : piece;
		put_hex(&b, "16 0301");
		put_number(&b, len, 2);
		put(&b, message.at + at, len);
	}
	return b;
}

#define SNI(list, one, name) "0000 00" list "00" one name
#define EXAMPLE "0000 0010 000e 00 000b 'example.com'"
#define VERSIONS "002b 0003 02 0304"
#define GREASE "0a0a 0000"
#define ECH "fe0d 0004 00010203"

static const struct row {
	const char *what, *extensions, *expected; /* the name, or the word after '!' */
} rows[] = {
	{"a name", EXAMPLE, "example.com"},
	{"a name after other extensions", GREASE VERSIONS EXAMPLE "1a1a 0001 00", "example.com"},
	{"upper case (L07)", "0000 0010 000e 00 000b 'eXAMPLE.Com'", "example.com"},
	{"a trailing dot (L07)", "0000 0011 000f 00 000c 'example.com.'", "example.com"},
	{"an underscore (L07)", "0000 0008 0006 00 0003 'a_b'", "a_b"},
	{"an address", "0000 000f 000d 00 000a '192.0.2.10'", "192.0.2.10"},
	{"a name of one label", "0000 000e 000c 00 0009 'localhost'", "localhost"},
	{"the old draft of an encrypted name", "ffce 0004 00000000", ""},
	{"a port behind the name", "0000 0010 000e 00 000b 'a.example:1'", "!tls-server-name"},
	{"a blank behind the name", "0000 000f 000d 00 000a 'a.example '", "!tls-server-name"},
	{"two dots at its end", "0000 0010 000e 00 000b 'a.example..'", "!tls-server-name"},
	{"no list of names at all", "0000 0000", "!tls-length"},
	{"ECH beside the outer name (L10)", ECH EXAMPLE, "example.com"},
	{"no server name (L07)", VERSIONS, ""},
	{"no extensions at all", NULL, ""},
	{"an empty name (L07)", "0000 0005 0003 00 0000", "!tls-server-name"},
	{"another type of name (L07)", "0000 0010 000e 01 000b 'example.com'", "!tls-server-name"},
	{"a byte of eight bits (L07)", "0000 0008 0006 00 0003 61e662", "!tls-server-name"},
	{"a zero byte (L07)", "0000 0008 0006 00 0003 610062", "!tls-server-name"},
	{"two names in the list (L08)", "0000 000e 000c 00 0003 'a.b' 00 0003 'c.d'", "!tls-server-names"},
	{"two lists of names (L08)", EXAMPLE EXAMPLE, "!tls-extensions"},
	{"any extension twice (L08)", VERSIONS VERSIONS, "!tls-extensions"},
	{"a list shorter than its extension", "0000 0011 000e 00 000b 'example.com' 00", "!tls-server-names"},
	{"an extension beyond the hello", EXAMPLE "002b 0009 02", "!tls-length"},
};

static void check(const struct row *row, struct span in)
{
	struct request r;
	size_t used = 0;
	enum parse parsed = tls_parse(in, TRANSPORT_STREAM, &r, &used);
	if (row->expected[0] == '!') {
		assert_int_equal(parsed, PARSE_BAD);
		assert_string_equal(r.reason, row->expected + 1);
	} else {
		assert_int_equal(parsed, PARSE_OK);
		assert_int_equal(used, in.len);
		assert_string_equal(r.host.text, row->expected);
		assert_int_equal(r.tls.ech, strstr(row->what, "ECH") != NULL);
	}
}

static void a_hello_says_the_same_in_records_of_any_size(void **state)
{
	static const size_t pieces[] = {16384, 100, 7, 4, 3, 2, 1};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct bytes message = hello(rows[i].extensions, 0);
		for (size_t p = 0; p < sizeof pieces / sizeof pieces[0]; p++) {
			struct bytes b = records(message, pieces[p]);
			check(&rows[i], span_of(b.at, b.len));
			free(b.at);
		}
		free(message.at);
	}
}

static void a_hello_cut_at_any_byte_asks_for_more(void **state)
{
	(void)state;
	struct guard g = guard_new(ROOM);
	struct bytes message =
		hello(GREASE EXAMPLE VERSIONS, 1700); /* as large as post-quantum key shares make it */
	for (size_t piece = 1; piece <= 16384; piece *= 128) {
		struct bytes b = records(message, piece);
		for (size_t n = 1; n < b.len; n++) {
			struct request r;
			size_t used;
			assert_int_equal(tls_parse(guard_put(&g, b.at, n), TRANSPORT_STREAM, &r, &used),
					 PARSE_MORE);
		}
		check(&rows[0], guard_put(&g, b.at, b.len));
		free(b.at);
	}
	free(message.at);
	guard_free(&g);
}

static const struct {
	const char *what, *bytes, *reason;
} strange[] = {
	{"plain text", "'GET / HTTP/1.1'", "tls-record-type"},
	{"SSH (L16)", "'SSH-2.0-x'", "tls-record-type"},
	{"SSLv2 (L12)", "802e 01 0301 0015", "tls-record-type"},
	{"an alert first (L13)", "15 0303 0002 0100", "tls-record-type"},
	{"a change of ciphers first (L03)", "14 0303 0001 01", "tls-record-type"},
	{"a mail server's client", "'EHLO a.example' 0d0a", "tls-record-type"},
	{"a proxy's address line", "'PROXY TCP4 192.0.2.1 192.0.2.2 1 443' 0d0a 16 0301", "tls-record-type"},
	{"a proxy's binary address", "0d0a0d0a 00 0d0a 'QUIT' 0a 21", "tls-record-type"},
	{"DTLS", "16 fefd 0000 0000 0000 0000", "tls-version"},
	{"no version of TLS", "16 0401 0004 01000000", "tls-version"},
	{"an empty record (L03)", "16 0301 0000 16 0301 0004", "tls-empty-record"},
	{"an empty record in the middle (L03)", "16 0301 0002 0100 16 0301 0000", "tls-empty-record"},
	{"an alert in the middle (L03)", "16 0301 0002 0100 15 0301 0002 0100", "tls-record-type"},
	{"a record too long", "16 0301 4001 01", "tls-long-record"},
	{"a request for a hello (L13)", "16 0301 0004 00000000", "tls-first-message"},
	{"a hello too long (L05)", "16 0301 0004 01010001", "tls-long-hello"},
	{"a hello too short", "16 0301 0006 01000002 0303", "tls-length"},
};

static void what_is_no_proper_hello_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof strange / sizeof strange[0]; i++) {
		struct bytes b = room();
		struct request r;
		size_t used;
		put_hex(&b, strange[i].bytes);
		assert_int_equal(tls_parse(span_of(b.at, b.len), TRANSPORT_STREAM, &r, &used), PARSE_BAD);
		assert_string_equal(r.reason, strange[i].reason);
		free(b.at);
	}
}

static void nothing_may_follow_the_hello_in_its_record(void **state)
{
	(void)state;
	struct bytes message = hello(EXAMPLE, 0);
	put_hex(&message, "14000000");
	struct bytes b = records(message, 16384);
	struct request r;
	size_t used;
	assert_int_equal(tls_parse(span_of(b.at, b.len), TRANSPORT_STREAM, &r, &used), PARSE_BAD);
	assert_string_equal(r.reason, "tls-after-hello");
	free(message.at);
	free(b.at);
}

static void early_data_behind_the_hello_is_not_taken(void **state)
{
	(void)state;
	struct bytes message = hello(EXAMPLE, 0), b = records(message, 16384);
	size_t whole = b.len, used;
	struct request r;
	put_hex(&b, "14 0303 0001 01 17 0303 0001 00");
	assert_int_equal(tls_parse(span_of(b.at, b.len), TRANSPORT_STREAM, &r, &used), PARSE_OK);
	assert_int_equal(used, whole);
	free(message.at);
	free(b.at);
}

static void a_hello_of_64_kib_passes_and_one_more_byte_does_not(void **state)
{
	(void)state;
	struct bytes small = hello(EXAMPLE, 1);
	size_t padding = TLS_HELLO_MAX + 4 - (small.len - 1);
	for (size_t more = 0; more < 2; more++) {
		struct bytes message = hello(EXAMPLE, padding + more);
		struct bytes b = records(message, 16384);
		struct request r;
		size_t used;
		enum parse expected = more == 0 ? PARSE_OK : PARSE_BAD;
		assert_int_equal(tls_parse(span_of(b.at, b.len), TRANSPORT_STREAM, &r, &used), expected);
		free(message.at);
		free(b.at);
	}
	free(small.at);
}

static void a_second_hello_is_told_from_what_else_may_follow(void **state)
{
	static const struct {
		const char *bytes;
		enum parse parsed;
		size_t at;
	} after[] = {
		{"14 0303 0001 01 16 0303 0004 01", PARSE_OK, 6},
		{"16 0303 0004 01", PARSE_OK, 0},
		{"16 0303 0004 10", PARSE_BAD, 0}, /* *at is where it stands */
		{"14 0303 0001 01 17 0303 0004 01", PARSE_MORE, 0},
		{"17 0303 0002 0101 14 0303 0001 01 16 0301 0001 01", PARSE_OK, 13},
		{"17 0303", PARSE_MORE, 0},
		{"16 0303 0000 16 0303 0001 01", PARSE_BAD, 0},
		{"47 4554", PARSE_MORE, 0},
		{"47 45542f20", PARSE_BAD, 0},
		{"14 0303 0001", PARSE_MORE, 0},
		{"14 0303 0001 01", PARSE_MORE, 0},
		{"14 0303 0001 01 16 0303 0004", PARSE_MORE, 0},
		{"15 0303 0002 0228", PARSE_MORE, 0},
	};
	(void)state;
	for (size_t i = 0; i < sizeof after / sizeof after[0]; i++) {
		struct bytes b = room();
		size_t at = 0;
		put_hex(&b, after[i].bytes);
		assert_int_equal(tls_after_hello(span_of(b.at, b.len), &at), after[i].parsed);
		assert_int_equal(at, after[i].at);
		free(b.at);
	}
}

static void a_retry_of_the_server_is_told_from_its_hello(void **state)
{
	static const char retry[] = "cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c";
	static const char other[] = "cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339d";
	(void)state;
	for (size_t cut = 0; cut <= 43; cut++) {
		struct bytes b = room(), c = room();
		put_hex(&b, "16 0303 007a 02 000076 0303");
		put_hex(&b, retry);
		put_hex(&c, "16 0303 007a 02 000076 0303");
		put_hex(&c, other);
		assert_int_equal(tls_server_said(span_of(b.at, cut)),
				 cut == 43 ? TLS_SERVER_RETRY : TLS_SERVER_OTHER);
		assert_int_equal(tls_server_said(span_of(c.at, cut)),
				 cut == 43 ? TLS_SERVER_HELLO : TLS_SERVER_OTHER);
		free(b.at);
		free(c.at);
	}
	assert_int_equal(
		tls_server_said(span_text("SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3 and more of it\r\n")),
		TLS_SERVER_OTHER);
}

static void a_stop_is_alert_112_and_a_refusal_is_silence(void **state)
{
	(void)state;
	uint8_t out[16];
	struct request r = {.proto = PROTO_TLS};
	struct writer w = writer_of(out, sizeof out);
	tls_answer(&r, &(struct stop){.refused = true}, &w);
	assert_int_equal(writer_len(&w), 0);
	tls_answer(&r, &(struct stop){.refused = false}, &w);
	assert_int_equal(writer_len(&w), 7);
	assert_memory_equal(out, "\x15\x03\x03\x00\x02\x02\x70", 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hello_says_the_same_in_records_of_any_size),
		cmocka_unit_test(a_hello_cut_at_any_byte_asks_for_more),
		cmocka_unit_test(what_is_no_proper_hello_is_refused),
		cmocka_unit_test(nothing_may_follow_the_hello_in_its_record),
		cmocka_unit_test(early_data_behind_the_hello_is_not_taken),
		cmocka_unit_test(a_hello_of_64_kib_passes_and_one_more_byte_does_not),
		cmocka_unit_test(a_second_hello_is_told_from_what_else_may_follow),
		cmocka_unit_test(a_retry_of_the_server_is_told_from_its_hello),
		cmocka_unit_test(a_stop_is_alert_112_and_a_refusal_is_silence),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
