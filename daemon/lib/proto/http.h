/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * HTTP/1 requests (RFC 9112), their bodies, and the answers that stop them.
 *
 * A request passes only in the form in which every server reads it alike. Its head is at most 64 KiB, with at
 * most eight empty lines before it; lines end in CR LF; one space between method, target and version;
 * HTTP/1.0 or 1.1; field names are tokens with the colon behind them; no folded lines, no control characters.
 * Targets are printable ASCII without a fragment, in one of the four forms of RFC 9112 3.2; the authority of
 * an absolute target and the Host field name the same host, and there is exactly one Host (HTTP/1.0: at least
 * one of both), a name of letters, digits, "-", "_" and "." or an address literal, without user information.
 * The length of the body is told once: by one Content-Length of digits, or by one Transfer-Encoding that is
 * "chunked" and nothing else, in HTTP/1.1. CONNECT has no body, and no body of a Content-Length begins like a
 * request, because some servers ignore the length. The one expectation is 100-continue. After `Connection:
 * close` nothing follows. All else is PARSE_BAD with one of the words below.
 *
 * Of upgrades only one to a WebSocket and nothing else is noted; every other is a request like any. So is one to h2c,
 * which Java's client offers with every first request (RFC 7540 3.2; RFC 9113 3.1 has dropped it, and servers ignore
 * it): the request itself is HTTP/1 and judged as that. When a server does answer 101 the stream goes on being read as
 * HTTP/1, and the preface that must come first in HTTP/2, known or agreed, is refused: no second request gets through.
 *
 * What can be refused is refused at the first byte that no proper request has in its place, a field line at
 * its end, and the head as a whole at its own end: nothing that a laxer server would act on is longer than
 * what was judged.
 *
 * Bodies are framed by llhttp. It reads every head, too, after the strict reader here, and both must agree: a tab behind
 * a length or a coding, which it does not take for white space, is refused, and servers are built on it. Chunked bodies
 * have no extensions, and no trailer that would matter in a head.
 */
#ifndef TRYGG_PROTO_HTTP_H
#define TRYGG_PROTO_HTTP_H

#include <llhttp.h>

#include "proto/proto.h"

enum {
	HTTP_HEAD_MAX = 65536,   /* bytes of a head, empty lines before it included; of a trailer section */
	HTTP_EMPTY_LINES = 8,    /* before a head */
	HTTP_METHOD_MAX = 32,    /* bytes */
	HTTP_ANSWER_MAX = 2000,  /* bytes of any answer made here */
	HTTP_LOCATION_MAX = 700, /* bytes; a longer one is left away */
};

/* The words that are given as reasons, NULL-terminated. */
extern const char *const http_reasons[];

/* A head as far as it was read; positions count from the front. Zero is the beginning. */
struct http_head {
	uint32_t at; /* bytes read */
	uint32_t line, colon;
	uint32_t method_at, method_len, target_at, target_len, version_at;
	uint32_t fields_at;
	uint32_t host_at, host_len;
	uint64_t length;
	uint16_t html, json; /* quality in Accept, in thousandths */
	uint8_t state, empty_lines, minor;
	bool has_host, has_length, chunked, close, keep_alive, wants_upgrade, websocket, other_upgrade;
	bool over; /* the request before was the last of its connection */
};

/* What is remembered between the bytes of a body that are framing. */
struct http_lines {
	uint8_t state, digits;
	bool last; /* the chunk that has no bytes */
	uint8_t name_len;
	char name[20];    /* of a trailer field, as much as is compared */
	uint32_t trailer; /* bytes */
};

/* The memory of a flow. */
struct http_flow {
	struct http_head head;
	bool in_body;
	uint8_t first_len;
	char first[16]; /* how the body begins */
	struct http_lines lines;
	llhttp_t framing;
};

/* A head at the front of a stream. PARSE_OK when all of it is there; request.room must be set. */
enum parse http_parse(struct span in, enum proto_transport transport, struct request *out, size_t *used);
/* The body behind it (proto.h says when); `flow` is a struct http_flow. */
enum parse http_body(void *flow, struct span in, size_t *used, const char **reason);
/*
 * A stop (DESIGN section 7): 303 to the help page for a navigation, else 403 or 451. Nothing for what was refused:
 * where two readers see different requests nobody knows what an answer would be the answer to; the connection ends.
 */
void http_answer(const struct request *r, const struct stop *s, struct writer *out);

/* ---- Between the files of this parser ---- */

/* Reads on in the head. NULL, or why it is none; head->state is HTTP_HEAD_WHOLE when it ended. */
const char *http_head_read(struct http_head *head, struct span in);
/* What can only be said of the whole head. */
const char *http_head_check(const struct http_head *head, struct span in);
/* Any state of a head that was read to its end. */
bool http_head_whole(const struct http_head *head);
/* Has llhttp read the head too; false when it frames the body differently. */
bool http_framing_begin(struct http_flow *flow, struct span in);
bool http_is_token(uint8_t c);
/* Case-insensitive, as field names and most tokens are compared. */
bool http_same(struct span a, const char *lower);

#endif
