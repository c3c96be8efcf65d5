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
#define CHUNKED POST "Transfer-Encoding: chunked\r\n\r\n"
#define NEXT GET "Host: b.example\r\n\r\n"

static const char conversation[] =
	"\r\n" GET HOST "Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\n\r\n"
	"POST /up?q=x HTTP/1.1\r\nHost: b.example:80\r\nContent-Length: 26\r\nExpect: 100-continue\r\n\r\n"
	"0123 GET / HTTP/1.1\r\n\r\nab\n"
	"PUT http://c.example/x HTTP/1.1\r\nHost: c.example\r\nTransfer-Encoding: chunked\r\n\r\n"
	"1\r\n\r\r\n1b\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n1234\r\n0\r\nDigest: abc\r\n\r\n"
	"HEAD / HTTP/1.1\r\nAccept: application/json\r\nHost: [2001:db8::1]\r\n\r\n"
	"POST / HTTP/1.0\r\nHost: d.example\r\nContent-Length: 3\r\n\r\nend";
static const char said[] =
	"GET a.example 0 n\nPOST b.example 26 \nPUT c.example chunked \nHEAD 2001:db8::1 0 jh\n"
	"POST d.example 3 c\nend";

static void a_conversation_says_the_same_in_pieces_of_any_size(void **state)
{
	struct talk *t = talk_new();
	struct span all = span_of(conversation, sizeof conversation - 1);
	(void)state;
	for (size_t piece = 1; piece <= all.len; piece++)
		assert_string_equal(talk_pieces(t, all, piece, 0), said);
	for (unsigned seed = 0; seed < 2000; seed++)
		assert_string_equal(talk_pieces(t, all, 0, seed), said);
	talk_free(t);
}

static void a_conversation_cut_anywhere_says_a_beginning_of_the_same(void **state)
{
	struct talk *t = talk_new();
	(void)state;
	for (size_t len = 0; len < sizeof conversation - 1; len++) {
		const char *text = talk_whole(t, span_of(conversation, len));
		const char *last = strrchr(text, '\n');
		size_t lines = last ? (size_t)(last - text) + 1 : 0;
		assert_memory_equal(text, said, lines);
		assert_null(strchr(text, '!'));
	}
	talk_free(t);
}

static void a_parser_asked_again_says_the_same(void **state)
{
	static const char in[] = GET HOST "\r\n" NEXT;
	struct http_flow flow;
	struct url room;
	struct request r = {.room = &room, .flow = &flow};
	const char *reason;
	size_t used = 0, head = strlen(GET HOST "\r\n");
	(void)state;
	memset(&flow, 0, sizeof flow);
	for (int again = 0; again < 3; again++) {
		assert_int_equal(http_parse(span_of(in, head + (size_t)again), TRANSPORT_STREAM, &r, &used),
				 PARSE_OK);
		assert_int_equal(used, head);
		assert_string_equal(r.host.text, "a.example");
	}
	assert_int_equal(http_body(&flow, span_of(in + head, 0), &used, &reason), PARSE_OK);
	assert_int_equal(used, 0);
	assert_int_equal(http_parse(span_text(in + head), TRANSPORT_STREAM, &r, &used), PARSE_OK);
	assert_string_equal(r.host.text, "b.example");
	r.flow = NULL;
	assert_int_equal(http_parse(span_text(in), TRANSPORT_STREAM, &r, &used), PARSE_OK);
	assert_int_equal(http_parse(span_of("GET\t", 4), TRANSPORT_STREAM, &r, &used), PARSE_BAD);
}

static void a_body_of_gibibytes_is_skipped(void **state)
{
	static uint8_t zeros[65536];
	struct http_flow flow;
	struct url room;
	struct request r = {.room = &room, .flow = &flow};
	const char *reason = NULL;
	const char *in = POST "Content-Length: 5368709121\r\n\r\n";
	size_t used = 0;
	(void)state;
	memset(&flow, 0, sizeof flow);
	assert_int_equal(http_parse(span_text(in), TRANSPORT_STREAM, &r, &used), PARSE_OK);
	assert_true(r.http.length == 5368709121u);
	for (unsigned i = 0; i < 81920; i++) {
		assert_int_equal(http_body(&flow, span_of(zeros, sizeof zeros), &used, &reason), PARSE_MORE);
		assert_int_equal(used, sizeof zeros);
	}
	assert_int_equal(http_body(&flow, span_of(zeros, sizeof zeros), &used, &reason), PARSE_OK);
	assert_int_equal(used, 1);
}

static void a_trailer_section_ends(void **state)
{
	struct talk *t = talk_new();
	size_t start = strlen(CHUNKED "0\r\nX: "), len = start + HTTP_HEAD_MAX;
	char *in = malloc(len);
	(void)state;
	assert_non_null(in);
	memset(in, 'x', len);
	memcpy(in, CHUNKED "0\r\nX: ", start);
	assert_string_equal(talk_whole(t, span_of(in, len)), "POST a.example chunked \n!http-trailer");
	assert_string_equal(talk_whole(t, span_of(in, len - 4)), "POST a.example chunked \nbody");
	free(in);
	talk_free(t);
}

#define END "Cache-Control: no-store\r\nConnection: close\r\n"
#define HELP "http://10.0.0.5/stop?t=abc"
#define PROBLEM "{\"type\":\"about:blank\",\"title\":\"Forbidden\",\"status\":403,\"help\":\"" HELP "\"}"

static const struct {
	struct http_request http;
	struct stop stop;
	const char *answer;
} answers[] = {
	{{.navigation = true},
	 {.location = HELP},
	 "HTTP/1.1 303 See Other\r\n" END "Location: " HELP "\r\nContent-Length: 0\r\n\r\n"},
	{{.navigation = true, .head_only = true},
	 {.location = HELP, .mandatory = true},
	 "HTTP/1.1 303 See Other\r\n" END "Location: " HELP "\r\nContent-Length: 0\r\n\r\n"},
	{{.navigation = true},
	 {.location = NULL},
	 "HTTP/1.1 403 Forbidden\r\n" END "Content-Length: 0\r\n\r\n"},
	{{.navigation = true},
	 {.location = "http://a/\r\nX: y"},
	 "HTTP/1.1 403 Forbidden\r\n" END "Content-Length: 0\r\n\r\n"},
	{{.head_only = true},
	 {.location = HELP},
	 "HTTP/1.1 403 Forbidden\r\n" END "Content-Length: 0\r\n\r\n"},
	{{.close = true},
	 {.mandatory = true},
	 "HTTP/1.1 451 Unavailable For Legal Reasons\r\n" END "Content-Length: 0\r\n\r\n"},
	{{.close = true},
	 {.mandatory = true, .confidential = true},
	 "HTTP/1.1 403 Forbidden\r\n" END "Content-Length: 0\r\n\r\n"},
	{{.prefers_json = true},
	 {.location = HELP},
	 "HTTP/1.1 403 Forbidden\r\n" END
	 "Content-Length: 91\r\nContent-Type: application/problem+json\r\n\r\n" PROBLEM},
	{{.prefers_json = true, .head_only = true},
	 {.location = HELP},
	 "HTTP/1.1 403 Forbidden\r\n" END
	 "Content-Length: 91\r\nContent-Type: application/problem+json\r\n\r\n"},
	{{.navigation = true}, {.refused = true, .location = HELP}, ""},
};

static void a_stop_leads_to_help_or_says_no(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
		struct request r = {.proto = PROTO_HTTP, .http = answers[i].http};
		char out[HTTP_ANSWER_MAX + 1];
		struct writer w = writer_of(out, sizeof out - 1);
		http_answer(&r, &answers[i].stop, &w);
		assert_true(writer_ok(&w));
		out[writer_len(&w)] = '\0';
		assert_string_equal(out, answers[i].answer);
	}
}

static void every_reason_has_its_word(void **state)
{
	(void)state;
	for (size_t i = 0; http_reasons[i]; i++)
		assert_memory_equal(http_reasons[i], "http-", 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_conversation_says_the_same_in_pieces_of_any_size),
		cmocka_unit_test(a_conversation_cut_anywhere_says_a_beginning_of_the_same),
		cmocka_unit_test(a_parser_asked_again_says_the_same),
		cmocka_unit_test(a_body_of_gibibytes_is_skipped),
		cmocka_unit_test(a_trailer_section_ends),
		cmocka_unit_test(a_stop_leads_to_help_or_says_no),
		cmocka_unit_test(every_reason_has_its_word),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
