/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "http_talk.h"

#define GET "GET / HTTP/1.1\r\n"
#define POST "POST /p HTTP/1.1\r\nHost: a.example\r\n"
#define HOST "Host: a.example\r\n"
#define OK "GET a.example 0 \nend"
#define CHUNKED POST "Transfer-Encoding: chunked\r\n\r\n"
#define NEXT GET "Host: b.example\r\n\r\n"

/* What comes, and what talk says to it whatever the pieces. The text may hold NUL: its length is counted. */
struct row {
	const char *in;
	size_t len;
	const char *said;
};
#define ROW(in, said)                                                                                        \
	{                                                                                                    \
		in, sizeof(in) - 1, said                                                                     \
	}

static void check(const struct row *rows, size_t count)
{
	struct talk *t = talk_new();
	for (size_t i = 0; i < count; i++) {
		struct span all = span_of(rows[i].in, rows[i].len);
		if (strcmp(talk_whole(t, all), rows[i].said) != 0)
			print_message("row %zu: %s\n", i, rows[i].in);
		assert_string_equal(talk_whole(t, all), rows[i].said);
		assert_string_equal(talk_pieces(t, all, 1, 0), rows[i].said);
		assert_string_equal(talk_pieces(t, all, 7, 0), rows[i].said);
	}
	talk_free(t);
}
#define CHECK(...)                                                                                           \
	do {                                                                                                 \
		static const struct row rows[] = {__VA_ARGS__};                                              \
		(void)state;                                                                                 \
		check(rows, sizeof rows / sizeof rows[0]);                                                   \
	} while (0)

static void H01_case_makes_no_difference_to_fields_and_hosts(void **state)
{
	CHECK(ROW(GET "hOsT: a.example\r\n\r\n", OK), ROW(GET "HOST: A.eXAMPLE\r\n\r\n", OK),
	      ROW(GET "host: a.example\r\ncONNECTION: CLOSE\r\n\r\n", "GET a.example 0 c\nend"));
}

static void H02_blanks_around_a_value_are_stripped(void **state)
{
	CHECK(ROW(GET "Host:a.example\r\n\r\n", OK), ROW(GET "Host:\ta.example\r\n\r\n", OK),
	      ROW(GET "Host:  a.example\t \r\n\r\n", OK), ROW(GET "Host:a.example\t\r\n\r\n", OK),
	      ROW(GET "Host:\x0b"
		      "a.example\r\n\r\n",
		  "!http-control"),
	      ROW(GET "Host:\x0c"
		      "a.example\r\n\r\n",
		  "!http-control"),
	      ROW(GET "Host: a. example\r\n\r\n", "!http-host"));
}

static void H03_nothing_stands_between_a_name_and_its_colon(void **state)
{
	CHECK(ROW(GET "Host : a.example\r\n\r\n", "!http-space-colon"),
	      ROW(GET "Host\t: a.example\r\n\r\n", "!http-space-colon"),
	      ROW(GET HOST "X : y\r\n\r\n", "!http-space-colon"),
	      ROW(GET "Host\x85: a.example\r\n\r\n", "!http-field-name"),
	      ROW(GET "Host\xa0: a.example\r\n\r\n", "!http-field-name"),
	      ROW(GET "Host\x0b: a.example\r\n\r\n", "!http-field-name"),
	      ROW(GET HOST ": y\r\n\r\n", "!http-field-name"),
	      ROW(GET HOST "Xy\r\n\r\n", "!http-field-name"));
}

static void H04_lines_are_not_folded(void **state)
{
	CHECK(ROW(GET "Host:\r\n a.example\r\n\r\n", "!http-fold"), ROW(GET HOST "\tb\r\n\r\n", "!http-fold"),
	      ROW(GET " Host: a.example\r\n\r\n", "!http-fold"), ROW(GET "\t\r\n" HOST "\r\n", "!http-fold"));
}

static void H05_there_is_one_host(void **state)
{
	CHECK(ROW(GET HOST HOST "\r\n", "!http-hosts"),
	      ROW(GET HOST "Host: b.example\r\n\r\n", "!http-hosts"),
	      ROW(GET HOST "X: y\r\nhost:\r\n\r\n", "!http-hosts"), ROW(GET "\r\n", "!http-no-host"),
	      ROW("GET / HTTP/1.0\r\n\r\n", "!http-no-host"),
	      ROW("GET / HTTP/1.0\r\n" HOST "\r\n", "GET a.example 0 c\nend"),
	      ROW("GET http://a.example/ HTTP/1.0\r\n\r\n", "GET a.example 0 c\nend"),
	      ROW("GET http://a.example/ HTTP/1.1\r\n\r\n", "!http-no-host"),
	      ROW(GET "Host: a.example,b.example\r\n\r\n", "!http-host"));
}

static void H06_the_target_names_no_other_host(void **state)
{
	CHECK(ROW("GET http://a.example/ HTTP/1.1\r\n" HOST "\r\n", OK),
	      ROW("GET HTTPS://A.example:443/ HTTP/1.1\r\n" HOST "\r\n", OK),
	      ROW("GET http://a.example HTTP/1.1\r\n" HOST "\r\n", OK),
	      ROW("GET http://b.example/ HTTP/1.1\r\n" HOST "\r\n", "!http-hosts-differ"),
	      ROW("GET https://b.example/ HTTP/1.1\r\n" HOST "\r\n", "!http-hosts-differ"),
	      ROW("GET http://b.example/ HTTP/1.1\r\nHost: 1.2.3.4\r\n\r\n", "!http-hosts-differ"),
	      ROW("GET http://b@a.example/ HTTP/1.1\r\n" HOST "\r\n", "!http-host"),
	      ROW("GET http:///x HTTP/1.1\r\n" HOST "\r\n", "!http-host"),
	      ROW("GET http://a.example?x HTTP/1.1\r\n" HOST "\r\n", "!http-host"),
	      ROW("GET http://a.example\\@b.example/ HTTP/1.1\r\n" HOST "\r\n", "!http-host"),
	      ROW("GET http:/a.example/ HTTP/1.1\r\n" HOST "\r\n", "!http-target"),
	      ROW("GET ftp://a.example/ HTTP/1.1\r\n" HOST "\r\n", "!http-target"),
	      ROW("GET a.example/ HTTP/1.1\r\n" HOST "\r\n", "!http-target"),
	      ROW("GET * HTTP/1.1\r\n" HOST "\r\n", "!http-target"),
	      ROW("OPTIONS * HTTP/1.1\r\n" HOST "\r\n", "OPTIONS a.example 0 \nend"));
}

static void H07_a_host_has_one_canonical_form(void **state)
{
	CHECK(ROW(GET "Host: a.example.\r\n\r\n", OK), ROW(GET "Host: a.example:80\r\n\r\n", OK),
	      ROW(GET "Host: a.example:\r\n\r\n", OK), ROW(GET "Host: a.example..\r\n\r\n", "!http-host"),
	      ROW(GET "Host: a..example\r\n\r\n", "!http-host"),
	      ROW(GET "Host: .a.example\r\n\r\n", "!http-host"),
	      ROW(GET "Host: u@a.example\r\n\r\n", "!http-host"),
	      ROW(GET "Host: a.example:80@b.example\r\n\r\n", "!http-host"),
	      ROW(GET "Host: a.example:8o\r\n\r\n", "!http-host"),
	      ROW(GET "Host: a.example:65536\r\n\r\n", "!http-host"),
	      ROW(GET "Host: a.example:000080\r\n\r\n", "!http-host"),
	      ROW(GET "Host: a.example:80:80\r\n\r\n", "!http-host"), ROW(GET "Host:\r\n\r\n", "!http-host"),
	      ROW(GET "Host: :80\r\n\r\n", "!http-host"), ROW(GET "Host: .\r\n\r\n", "!http-host"),
	      ROW(GET "Host: http://a.example\r\n\r\n", "!http-host"),
	      ROW(GET "Host: [::1]\r\n\r\n", "GET ::1 0 \nend"),
	      ROW(GET "Host: [::1]:80\r\n\r\n", "GET ::1 0 \nend"),
	      ROW(GET "Host: ::1\r\n\r\n", "!http-host"), ROW(GET "Host: [::1\r\n\r\n", "!http-host"),
	      ROW(GET "Host: [::1]a\r\n\r\n", "!http-host"), ROW(GET "Host: []\r\n\r\n", "!http-host"),
	      ROW(GET "Host: [fe80::1%25lan0]\r\n\r\n", "!http-host"));
}

static void H08_one_space_stands_between_the_words_of_a_request(void **state)
{
	CHECK(ROW("GET  / HTTP/1.1\r\n" HOST "\r\n", "!http-target"),
	      ROW("GET /  HTTP/1.1\r\n" HOST "\r\n", "!http-version"),
	      ROW("GET\t/ HTTP/1.1\r\n" HOST "\r\n", "!http-method"),
	      ROW("GET /\tHTTP/1.1\r\n" HOST "\r\n", "!http-target"),
	      ROW("GET /\x0bHTTP/1.1\r\n" HOST "\r\n", "!http-target"),
	      ROW("GET /\x0cHTTP/1.1\r\n" HOST "\r\n", "!http-target"),
	      ROW("GET /\xa0HTTP/1.1\r\n" HOST "\r\n", "!http-target"),
	      ROW("GET / HTTP/1.1 \r\n" HOST "\r\n", "!http-version"),
	      ROW("GET / x HTTP/1.1\r\n" HOST "\r\n", "!http-version"),
	      ROW(" GET / HTTP/1.1\r\n" HOST "\r\n", "!http-method"));
}

static void H09_a_few_empty_lines_may_come_first_and_nothing_else(void **state)
{
	CHECK(ROW("\r\n" GET HOST "\r\n", OK), ROW("\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n" GET HOST "\r\n", OK),
	      ROW("\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n" GET HOST "\r\n", "!http-empty-lines"),
	      ROW("\n" GET HOST "\r\n", "!http-line-end"), ROW("\r" GET HOST "\r\n", "!http-line-end"),
	      ROW("x\r\n" GET HOST "\r\n", "!http-method"),
	      ROW(GET HOST "\r\n\r\n" GET HOST "\r\n", "GET a.example 0 \n" OK), ROW("\r\n", "more"));
}

static void H10_lines_end_in_cr_lf_and_hold_no_control_bytes(void **state)
{
	CHECK(ROW("GET / HTTP/1.1\n" HOST "\r\n", "!http-line-end"),
	      ROW(GET "Host: a.example\n\r\n", "!http-line-end"), ROW(GET HOST "\n", "!http-line-end"),
	      ROW(GET "Host: a.example\rX: y\r\n\r\n", "!http-line-end"),
	      ROW(GET "Host: a.example\r\r\n\r\n", "!http-line-end"),
	      ROW(GET "Host: a.example\n\r\n\r", "!http-line-end"),
	      ROW(GET HOST "\rX: y\r\n\r\n", "!http-line-end"),
	      ROW("GET / HTTP/1.1\r" HOST "\r\n", "!http-line-end"),
	      ROW(GET "Host: a.example\0.b.example\r\n\r\n", "!http-control"),
	      ROW(GET HOST "X: \0\r\n\r\n", "!http-control"),
	      ROW(GET HOST "X: \x7f\r\n\r\n", "!http-control"),
	      ROW(GET HOST "\0X: y\r\n\r\n", "!http-field-name"),
	      ROW("GET /\0 HTTP/1.1\r\n" HOST "\r\n", "!http-target"),
	      ROW(GET HOST "X: \xe6\t y\r\n\r\n", OK));
}

static void H11_the_version_is_1_0_or_1_1(void **state)
{
	CHECK(ROW("GET /x\r\n", "!http-09"), ROW("GET /x\n", "!http-09"), ROW("GET\r\n", "!http-method"),
	      ROW("GET / HTTP/1.32\r\n", "!http-version"), ROW("GET / HTTP/01.1\r\n", "!http-version"),
	      ROW("GET / HTTP/1.2\r\n", "!http-version"), ROW("GET / HTTP/1.?\r\n", "!http-version"),
	      ROW("GET / HTTP/0.9\r\n", "!http-version"), ROW("GET / HTTP/2.0\r\n", "!http-version"),
	      ROW("GET / HTTP/1\r\n", "!http-version"), ROW("GET / HTTP/1,1\r\n", "!http-version"),
	      ROW("GET / http/1.1\r\n", "!http-version"), ROW("GET / ICY\r\n", "!http-version"),
	      ROW("GET / HTTP/4294967297.1\r\n", "!http-version"),
	      ROW("GET / HTTP/1.4294967297\r\n", "!http-version"));
}

static void H12_a_method_is_any_token(void **state)
{
	CHECK(ROW("GETT / HTTP/1.1\r\n" HOST "\r\n", "GETT a.example 0 \nend"),
	      ROW("get / HTTP/1.1\r\n" HOST "\r\n", "get a.example 0 \nend"),
	      ROW("M-SEARCH / HTTP/1.1\r\n" HOST "\r\n", "M-SEARCH a.example 0 \nend"),
	      ROW("G(T / HTTP/1.1\r\n" HOST "\r\n", "!http-method"),
	      ROW("GET: / HTTP/1.1\r\n" HOST "\r\n", "!http-method"),
	      ROW("G\xc9T / HTTP/1.1\r\n" HOST "\r\n", "!http-method"),
	      ROW("ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFG / HTTP/1.1\r\n", "!http-method"));
}

static void H13_every_request_of_a_connection_is_read(void **state)
{
	CHECK(ROW(GET HOST "\r\n" NEXT, "GET a.example 0 \nGET b.example 0 \nend"),
	      ROW(GET HOST "\r\n" NEXT NEXT GET,
		  "GET a.example 0 \nGET b.example 0 \nGET b.example 0 \nmore"),
	      ROW(POST "Content-Length: 5\r\n\r\nhello" NEXT, "POST a.example 5 \nGET b.example 0 \nend"),
	      ROW(CHUNKED "5\r\nhello\r\n0\r\n\r\n" NEXT, "POST a.example chunked \nGET b.example 0 \nend"),
	      ROW(GET HOST "\r\nG\0", "GET a.example 0 \n!http-method"),
	      ROW(GET HOST "Connection: close\r\n\r\n" NEXT, "GET a.example 0 c\n!http-after-close"),
	      ROW(GET HOST "Connection: close\r\n\r\n\r\n\r\n", "GET a.example 0 c\nmore"),
	      ROW(POST "Connection: x, close\r\nContent-Length: 1\r\n\r\naG",
		  "POST a.example 1 c\n!http-after-close"),
	      ROW("GET / HTTP/1.0\r\n" HOST "\r\nG", "GET a.example 0 c\n!http-after-close"),
	      ROW("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n" HOST "\r\n" NEXT,
		  "GET a.example 0 \nGET b.example 0 \nend"));
}

static void H14_the_length_of_a_body_is_told_once(void **state)
{
	CHECK(ROW(POST "Transfer-Encoding: chunked, identity\r\n\r\n", "!http-coding"),
	      ROW(POST "Transfer-Encoding: identity\r\n\r\n", "!http-coding"),
	      ROW(POST "Transfer-Encoding: gzip, chunked\r\n\r\n", "!http-coding"),
	      ROW(POST "Content-Length: 3, 3\r\n\r\nabc", "!http-length"),
	      ROW(GET HOST "TE: trailers\r\n\r\n", OK),
	      ROW(POST "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "!http-lengths"),
	      ROW(POST "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n", "!http-lengths"),
	      ROW(POST "Content-Length: 1\r\nContent-Length: 1\r\n\r\n", "!http-lengths"),
	      ROW(POST "Content-Length: 1, 1\r\n\r\n", "!http-length"),
	      ROW(POST "Content-Length: +3\r\n\r\n", "!http-length"),
	      ROW(POST "Content-Length: 0x3\r\n\r\n", "!http-length"),
	      ROW(POST "Content-Length: 1_0\r\n\r\n", "!http-length"),
	      ROW(POST "Content-Length:\r\n\r\n", "!http-length"),
	      ROW(POST "Content-Length: -1\r\n\r\n", "!http-length"),
	      ROW(POST "Content-Length: 3.0\r\n\r\n", "!http-length"),
	      ROW(POST "Content-Length: 1 2\r\n\r\n", "!http-length"),
	      ROW(POST "Content-Length: 18446744073709551617\r\n\r\n", "!http-length"),
	      ROW(POST "Content-Length: \xb9\r\n\r\n", "!http-length"),
	      ROW(POST "Content-Length: 00\r\n\r\n" NEXT, "POST a.example 0 \nGET b.example 0 \nend"),
	      ROW(POST "Transfer-Encoding: ,chunked\r\n\r\n", "!http-coding"),
	      ROW(POST "Transfer-Encoding: chunked, chunked\r\n\r\n", "!http-coding"),
	      ROW(POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", "!http-coding"),
	      ROW(POST "Transfer-Encoding: gzip, chunked\r\n\r\n", "!http-coding"),
	      ROW(POST "Transfer-Encoding: chunked, identity\r\n\r\n", "!http-coding"),
	      ROW(POST "Transfer-Encoding: identity\r\n\r\n", "!http-coding"),
	      ROW(POST "Transfer-Encoding: xchunked\r\n\r\n", "!http-coding"),
	      ROW(POST "Transfer-Encoding: \xa0"
		       "chunked\r\n\r\n",
		  "!http-coding"),
	      ROW(POST "Transfer-Encoding: \"chunked\"\r\n\r\n", "!http-coding"),
	      ROW(POST "Transfer-Encoding:\r\n\r\n", "!http-coding"),
	      ROW("POST / HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n", "!http-coding"),
	      ROW(POST "Transfer-Encoding: Chunked\r\n\r\n0\r\n\r\n", "POST a.example chunked \nend"));
}

static void H14_chunks_are_framed_strictly(void **state)
{
	CHECK(ROW(CHUNKED "A\r\n0123456789\r\n00a\r\n0123456789\r\n000\r\n\r\n" NEXT,
		  "POST a.example chunked \nGET b.example 0 \nend"),
	      ROW(CHUNKED "0_2e\r\n", "POST a.example chunked \n!http-chunks"),
	      ROW(CHUNKED "0x5\r\nhello\r\n", "POST a.example chunked \n!http-chunks"),
	      ROW(CHUNKED "-5\r\n", "POST a.example chunked \n!http-chunks"),
	      ROW(CHUNKED " 5\r\n", "POST a.example chunked \n!http-chunks"),
	      ROW(CHUNKED "5 \r\n", "POST a.example chunked \n!http-chunks"),
	      ROW(CHUNKED "\r\n", "POST a.example chunked \n!http-chunks"),
	      ROW(CHUNKED "ffffffffffffffff0\r\n", "POST a.example chunked \n!http-chunks"),
	      ROW(CHUNKED "5\nhello\r\n0\r\n\r\n", "POST a.example chunked \n!http-chunks"),
	      ROW(CHUNKED "5\rhello\r\n0\r\n\r\n", "POST a.example chunked \n!http-chunks"),
	      ROW(CHUNKED "5\r\nhello\n0\r\n\r\n", "POST a.example chunked \n!http-chunks"),
	      ROW(CHUNKED "5\r\nhello0\r\n\r\n", "POST a.example chunked \n!http-chunks"),
	      ROW(CHUNKED "5\r\nhelloxx0\r\n\r\n", "POST a.example chunked \n!http-chunks"),
	      ROW(CHUNKED "5;x=y\r\nhello\r\n", "POST a.example chunked \n!http-chunks"),
	      ROW(CHUNKED "5;\nx\r\nhello\r\n", "POST a.example chunked \n!http-chunks"),
	      ROW(CHUNKED "0\r\nX: y\r\n\r\n" NEXT, "POST a.example chunked \nGET b.example 0 \nend"),
	      ROW(CHUNKED "0\r\nHost: c.example\r\n\r\n", "POST a.example chunked \n!http-trailer"),
	      ROW(CHUNKED "0\r\ncontent-length: 5\r\n\r\n", "POST a.example chunked \n!http-trailer"),
	      ROW(CHUNKED "0\r\nX : y\r\n\r\n", "POST a.example chunked \n!http-trailer"),
	      ROW(CHUNKED "0\r\n X: y\r\n\r\n", "POST a.example chunked \n!http-trailer"),
	      ROW(CHUNKED "0\r\nX: y\n\r\n", "POST a.example chunked \n!http-trailer"),
	      ROW(CHUNKED "0\r\nX: \0\r\n\r\n", "POST a.example chunked \n!http-trailer"),
	      ROW(CHUNKED "0\r\n\n", "POST a.example chunked \n!http-trailer"),
	      ROW(CHUNKED "5\r\nhel", "POST a.example chunked \nbody"));
}

static void H15_a_body_is_skipped_whatever_it_looks_like(void **state)
{
	CHECK(ROW(POST "Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello" NEXT,
		  "POST a.example 5 \nGET b.example 0 \nend"),
	      ROW(POST "Expect: 200-ok\r\nContent-Length: 5\r\n\r\n", "!http-expect"),
	      ROW(POST "Expect: y 100-continue\r\nContent-Length: 5\r\n\r\n", "!http-expect"),
	      ROW(POST "Expect:\r\nContent-Length: 5\r\n\r\n", "!http-expect"),
	      ROW(GET HOST "Content-Length: 5\r\n\r\nhello" NEXT, "GET a.example 5 \nGET b.example 0 \nend"),
	      ROW("HEAD / HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello" NEXT,
		  "HEAD a.example 5 h\nGET b.example 0 \nend"),
	      ROW(POST "Content-Length: 20\r\n\r\nx=GET / HTTP/1.1\r\n\r\n", "POST a.example 20 \nend"),
	      ROW(GET HOST "Content-Length: 90\r\n\r\nGET /", "GET a.example 90 \n!http-body-request"),
	      ROW(POST "Content-Length: 90\r\n\r\n\r\nPOST http:", "POST a.example 90 \n!http-body-request"),
	      ROW(POST "Content-Length: 9\r\n\r\nGET money", "POST a.example 9 \nend"),
	      ROW(POST "Content-Length: 4\r\n\r\nhello", "POST a.example 4 \nmore"),
	      ROW(POST "Content-Length: 4\r\n\r\nhell\n", "POST a.example 4 \n!http-line-end"));
}

#define H2C "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"
#define PREFACE "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

static void H16_http_2_is_refused_and_an_offer_of_it_is_a_request(void **state)
{
	CHECK(ROW(PREFACE, "!http-2"), ROW(GET HOST "HTTP2-Settings:\r\n\r\n", OK),
	      ROW(GET HOST H2C "\r\n" NEXT, "GET a.example 0 \nGET b.example 0 \nend"),
	      ROW(GET HOST H2C "\r\n" PREFACE, "GET a.example 0 \n!http-2"),
	      ROW(GET HOST H2C "\r\n"
			       "\0\0\x12\4",
		  "GET a.example 0 \n!http-method"),
	      ROW(POST H2C "Content-Length: 5\r\n\r\nhello" NEXT, "POST a.example 5 \nGET b.example 0 \nend"),
	      /* What else is offered beside a WebSocket is not known to stay HTTP. */
	      ROW(GET HOST "Upgrade: websocket, H2C\r\nConnection: upgrade\r\n\r\n", OK),
	      ROW(GET HOST "Upgrade: h2c\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n", OK));
}

static void H17_a_websocket_is_a_request_that_asks_for_an_upgrade(void **state)
{
	CHECK(ROW(GET HOST "Upgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\n\r\n",
		  "GET a.example 0 u\nend"),
	      ROW(GET HOST "Upgrade: websocket\r\n\r\n", OK), ROW(GET HOST "Connection: upgrade\r\n\r\n", OK),
	      ROW(GET HOST "Upgrade: derp\r\nConnection: upgrade\r\n\r\n", OK),
	      ROW(POST "Upgrade: websocket\r\nConnection: upgrade\r\n\r\n", "POST a.example 0 \nend"),
	      ROW(GET HOST "Content-Length: 1\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\nx",
		  "GET a.example 1 \nend"),
	      ROW(GET HOST "Upgrade: websocket\r\nConnection: upgrade\r\n\r\n" NEXT,
		  "GET a.example 0 u\nGET b.example 0 \nend"),
	      ROW(GET HOST "Upgrade: websocket\r\nConnection: upgrade\r\n\r\n\x81\x05",
		  "GET a.example 0 u\n!http-method"));
}

static void H18_a_tunnel_is_judged_by_its_far_end(void **state)
{
	CHECK(ROW("CONNECT a.example:443 HTTP/1.1\r\n" HOST "\r\n", "CONNECT a.example 0 t\nend"),
	      ROW("CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n" NEXT,
		  "CONNECT a.example 0 t\nGET b.example 0 \nend"),
	      ROW("CONNECT a.example:443 HTTP/1.1\r\n" HOST "\r\n\x16\x03",
		  "CONNECT a.example 0 t\n!http-method"),
	      ROW("CONNECT [::1]:443 HTTP/1.1\r\nHost: [::1]\r\n\r\n", "CONNECT ::1 0 t\nend"),
	      ROW("CONNECT b.example:443 HTTP/1.1\r\n" HOST "\r\n", "!http-hosts-differ"),
	      ROW("CONNECT a.example HTTP/1.1\r\n" HOST "\r\n", "!http-host"),
	      ROW("CONNECT a.example: HTTP/1.1\r\n" HOST "\r\n", "!http-host"),
	      ROW("CONNECT / HTTP/1.1\r\n" HOST "\r\n", "!http-host"),
	      ROW("CONNECT http://a.example:443/ HTTP/1.1\r\n" HOST "\r\n", "!http-host"),
	      ROW("CONNECT a.example:443 HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n", "!http-connect"),
	      ROW("CONNECT a.example:443 HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n",
		  "!http-connect"));
}

static void H19_paths_have_one_canonical_form(void **state)
{
	static const struct {
		const char *target, *path, *words;
	} targets[] = {
		{"/%61", "/a", ""},
		{"/%2561", "/a", ""},
		{"/a%2fb", "/a/b", ""},
		{"/a\\b", "/a/b", ""},
		{"//a//b", "/a/b", ""},
		{"/a/./b/../c", "/a/c", ""},
		{"/a%00b", "/a%00b", ""},
		{"/a;x", "/a;x", ""},
		{"http://a.example/%61?q=Hei+du", "/a?q=Hei+du", "hei du"},
		{"https://A.EXAMPLE", "/", ""},
		{"/sok?q=%C3%86&x=1", "/sok?q=%C3%86&x=1", "\xc3\xa6"},
	};
	struct talk *t = talk_new();
	(void)state;
	for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
		char in[400];
		(void)snprintf(in, sizeof in, "GET %s HTTP/1.1\r\n" HOST "\r\n", targets[i].target);
		assert_string_equal(talk_whole(t, span_text(in)), OK);
		assert_ptr_equal(t->request.url, &t->room);
		assert_string_equal(t->room.path, targets[i].path);
		assert_string_equal(t->room.words, targets[i].words);
		assert_string_equal(t->room.host.text, "a.example");
		assert_false(
			t->room.secure); /* what came in plain sight is judged whole, whatever its scheme says */
	}
	assert_string_equal(talk_whole(t, span_text("CONNECT a.example:1 HTTP/1.1\r\n" HOST "\r\n")),
			    "CONNECT a.example 0 t\nend");
	assert_null(t->request.url);
	talk_free(t);
	CHECK(ROW("GET /a#b HTTP/1.1\r\n" HOST "\r\n", "!http-target"),
	      ROW("GET /\xc3\xa6 HTTP/1.1\r\n" HOST "\r\n", "!http-target"));
}

static void H21_a_host_is_ascii_and_not_escaped(void **state)
{
	CHECK(ROW(GET "Host: %61.example\r\n\r\n", "!http-host"),
	      ROW(GET "Host: \xc3\xa6.example\r\n\r\n", "!http-host"),
	      ROW(GET "Host: a\xe3\x80\x82"
		      "example\r\n\r\n",
		  "!http-host"),
	      ROW(GET "Host: a\xef\xbc\x8e"
		      "example\r\n\r\n",
		  "!http-host"),
	      ROW(GET "Host: a*example\r\n\r\n", "!http-host"),
	      ROW(GET "Host: xn--bcher-kva.example\r\n\r\n", "GET xn--bcher-kva.example 0 \nend"));
}

static void H22_addresses_have_one_canonical_form(void **state)
{
	CHECK(ROW(GET "Host: 192.168.0.1\r\n\r\n", "GET 192.168.0.1 0 \nend"),
	      ROW(GET "Host: 3232235521\r\n\r\n", "GET 192.168.0.1 0 \nend"),
	      ROW(GET "Host: 0xC0.0xA8.0.1:80\r\n\r\n", "GET 192.168.0.1 0 \nend"),
	      ROW(GET "Host: 0300.0250.1\r\n\r\n", "GET 192.168.0.1 0 \nend"),
	      ROW(GET "Host: 127.1.\r\n\r\n", "GET 127.0.0.1 0 \nend"),
	      ROW(GET "Host: [::ffff:1.2.3.4]\r\n\r\n", "GET 1.2.3.4 0 \nend"),
	      ROW("GET http://[0:0::1]/ HTTP/1.1\r\nHost: [::1]\r\n\r\n", "GET ::1 0 \nend"));
}

/* A head of exactly `len` bytes, its Host the last field. */
static char *long_head(size_t len)
{
	static const char tail[] = "\r\n" HOST "\r\n";
	char *in = malloc(len + 1);
	assert_non_null(in);
	memset(in, 'x', len);
	memcpy(in, GET "X: ", strlen(GET "X: "));
	memcpy(in + len - strlen(tail), tail, sizeof tail);
	return in;
}

static void H23_a_head_has_64_kib_and_no_byte_more(void **state)
{
	struct talk *t = talk_new();
	(void)state;
	for (size_t more = 0; more < 2; more++) {
		char *in = long_head(HTTP_HEAD_MAX + more);
		const char *said = more ? "!http-long-head" : OK;
		assert_string_equal(talk_whole(t, span_text(in)), said);
		assert_string_equal(talk_pieces(t, span_text(in), 1000, 0), said);
		in[HTTP_HEAD_MAX - 1] = '\0';
		assert_string_equal(talk_whole(t, span_text(in)), "more");
		free(in);
	}
	talk_free(t);
}

static void H24_other_protocols_are_told_by_their_first_bytes(void **state)
{
	CHECK(ROW("PROXY TCP4 192.0.2.1 192.0.2.2 1 80\r\n" GET HOST "\r\n", "!http-version"),
	      ROW("\r\n\r\n\0\r\nQUIT\n", "!http-method"), ROW("EHLO a.example\r\n", "!http-09"),
	      ROW("\x16\x03\x01", "!http-method"), ROW("SSH-2.0-OpenSSH_9.2\r\n", "!http-method"),
	      ROW("\x05\x01\0", "!http-method"), ROW("\x04\x01", "!http-method"),
	      ROW("\x13"
		  "BitTorrent",
		  "!http-method"),
	      ROW("RTSP / RTSP/1.0\r\n", "!http-version"), ROW("INVITE sip:a SIP/2.0\r\n", "!http-version"));
}

static void accept_tells_who_looks_at_a_page(void **state)
{
	CHECK(ROW(GET HOST "Accept: text/html\r\n\r\n", "GET a.example 0 n\nend"),
	      ROW(GET HOST "Accept: */*\r\n\r\n", OK),
	      ROW(GET HOST "Accept: image/avif,image/webp\r\n\r\n", OK),
	      ROW(GET HOST "Accept: text/html;q=0\r\n\r\n", OK),
	      ROW(GET HOST "Accept: application/json, text/plain, */*\r\n\r\n", "GET a.example 0 j\nend"),
	      ROW(GET HOST "Accept: application/problem+json\r\n\r\n", "GET a.example 0 j\nend"),
	      ROW(GET HOST "Accept: text/html;q=0.8\r\naccept: application/json;q=0.9\r\n\r\n",
		  "GET a.example 0 nj\nend"),
	      ROW(GET HOST "Accept: TEXT/HTML ; level=1;q=0.5, application/json;q=0.5\r\n\r\n",
		  "GET a.example 0 n\nend"),
	      ROW(POST "Accept: text/html\r\n\r\n", "POST a.example 0 \nend"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(H01_case_makes_no_difference_to_fields_and_hosts),
		cmocka_unit_test(H02_blanks_around_a_value_are_stripped),
		cmocka_unit_test(H03_nothing_stands_between_a_name_and_its_colon),
		cmocka_unit_test(H04_lines_are_not_folded),
		cmocka_unit_test(H05_there_is_one_host),
		cmocka_unit_test(H06_the_target_names_no_other_host),
		cmocka_unit_test(H07_a_host_has_one_canonical_form),
		cmocka_unit_test(H08_one_space_stands_between_the_words_of_a_request),
		cmocka_unit_test(H09_a_few_empty_lines_may_come_first_and_nothing_else),
		cmocka_unit_test(H10_lines_end_in_cr_lf_and_hold_no_control_bytes),
		cmocka_unit_test(H11_the_version_is_1_0_or_1_1),
		cmocka_unit_test(H12_a_method_is_any_token),
		cmocka_unit_test(H13_every_request_of_a_connection_is_read),
		cmocka_unit_test(H14_the_length_of_a_body_is_told_once),
		cmocka_unit_test(H14_chunks_are_framed_strictly),
		cmocka_unit_test(H15_a_body_is_skipped_whatever_it_looks_like),
		cmocka_unit_test(H16_http_2_is_refused_and_an_offer_of_it_is_a_request),
		cmocka_unit_test(H17_a_websocket_is_a_request_that_asks_for_an_upgrade),
		cmocka_unit_test(H18_a_tunnel_is_judged_by_its_far_end),
		cmocka_unit_test(H19_paths_have_one_canonical_form),
		cmocka_unit_test(H21_a_host_is_ascii_and_not_escaped),
		cmocka_unit_test(H22_addresses_have_one_canonical_form),
		cmocka_unit_test(H23_a_head_has_64_kib_and_no_byte_more),
		cmocka_unit_test(H24_other_protocols_are_told_by_their_first_bytes),
		cmocka_unit_test(accept_tells_who_looks_at_a_page),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
