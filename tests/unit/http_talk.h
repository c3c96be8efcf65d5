/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A connection as the engine reads it (the loop of proto.h), put into words: for each request one line "METHOD HOST
 * LENGTH FLAGS", then how it ended: "more" in a head, "body" in a body, "end" between two messages, "!reason".
 * FLAGS are n(avigation) j(son) h(ead) u(pgrade) t(unnel) c(lose). With `targets` the canonical path and search words
 * follow, percent-encoded, or "-" where there is no path. The pieces lie against the guard page.
 */
#ifndef TRYGG_UNIT_HTTP_TALK_H
#define TRYGG_UNIT_HTTP_TALK_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "guard.h"
#include "proto/http.h"

enum { TALK_BYTES = 200000, TALK_TEXT = 120000 };

struct talk {
	struct guard guard;
	struct url room;
	struct http_flow flow;
	struct request request;
	bool in_body, ended;
	bool targets; /* set once */
	char text[TALK_TEXT];
	size_t len;
};

static inline void talk_begin(struct talk *t)
{
	memset(&t->flow, 0, sizeof t->flow);
	t->in_body = t->ended = false;
	t->text[t->len = 0] = '\0';
}

static inline struct talk *talk_new(void)
{
	struct talk *t = calloc(1, sizeof *t);
	if (!t)
		abort();
	t->guard = guard_new(TALK_BYTES);
	talk_begin(t);
	return t;
}

static inline void talk_free(struct talk *t)
{
	guard_free(&t->guard);
	free(t);
}

/* Appends a blank and the bytes; what is not plain to see as %XX. */
static inline void talk_bytes(struct talk *t, const char *bytes, size_t len)
{
	size_t at = t->len;
	if (sizeof t->text - at < 3 * len + 3)
		return;
	t->text[at++] = ' ';
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)bytes[i];
		if (c > 0x20 && c < 0x7f && c != '%' && c != '|')
			t->text[at++] = (char)c;
		else
			at += (size_t)snprintf(t->text + at, 4, "%%%02X", c);
	}
	t->text[at] = '\0';
	t->len = at;
}

static inline void talk_target(struct talk *t)
{
	const struct url *url = t->request.url;
	t->len--; /* the line goes on */
	talk_bytes(t, url ? url->path : "-", url ? url->path_len : 1);
	talk_bytes(t, url ? url->words : "", url ? url->words_len : 0);
	t->text[t->len++] = '\n';
	t->text[t->len] = '\0';
}

static inline void talk_request(struct talk *t)
{
	const struct request *r = &t->request;
	char length[24] = "chunked";
	if (!r->http.chunked)
		(void)snprintf(length, sizeof length, "%" PRIu64, r->http.length);
	int len = snprintf(t->text + t->len, sizeof t->text - t->len, "%.*s %s %s %s%s%s%s%s%s\n",
			   (int)r->http.method.len, (const char *)r->http.method.at, r->host.text, length,
			   r->http.navigation ? "n" : "", r->http.prefers_json ? "j" : "",
			   r->http.head_only ? "h" : "", r->http.upgrade ? "u" : "",
			   r->http.connect ? "t" : "", r->http.close ? "c" : "");
	if (len > 0 && (size_t)len < sizeof t->text - t->len)
		t->len += (size_t)len;
	if (t->targets)
		talk_target(t);
}

static inline void talk_refused(struct talk *t, const char *reason)
{
	(void)snprintf(t->text + t->len, sizeof t->text - t->len, "!%s", reason);
	t->ended = true;
}

/* Reads as far as it goes; how many of the bytes were taken. */
static inline size_t talk_front(struct talk *t, struct span front)
{
	size_t taken = 0, used = 0;
	while (!t->ended) {
		struct span rest = span_from(front, taken);
		const char *reason = NULL;
		enum parse parsed;
		t->request.room = &t->room;
		t->request.flow = &t->flow;
		if (t->in_body) {
			parsed = http_body(&t->flow, rest, &used, &reason);
			if (used > rest.len || (parsed == PARSE_MORE && used != rest.len))
				abort();
			t->in_body = parsed == PARSE_MORE;
		} else if (rest.len == 0) {
			break;
		} else {
			parsed = http_parse(rest, TRANSPORT_STREAM, &t->request, &used);
			reason = t->request.reason;
			if (parsed == PARSE_OK) {
				if (used == 0 || used > rest.len)
					abort();
				talk_request(t);
			}
			t->in_body = parsed == PARSE_OK;
		}
		if (parsed == PARSE_BAD)
			talk_refused(t, reason ? reason : "(none)");
		if (parsed == PARSE_MORE && !t->in_body)
			break;
		taken += parsed == PARSE_BAD ? 0 : used;
		if (parsed == PARSE_MORE)
			break;
	}
	return taken;
}

/* The words for a connection whose bytes come in pieces of `piece`; 0: random sizes from a seed. */
static inline const char *talk_pieces(struct talk *t, struct span all, size_t piece, unsigned seed)
{
	size_t front = 0, edge = 0;
	talk_begin(t);
	while (edge < all.len && !t->ended) {
		seed = seed * 1103515245u + 12345u;
		size_t len = piece > 0 ? piece : 1 + (seed >> 16) % 40;
		edge = len < all.len - edge ? edge + len : all.len;
		front += talk_front(t, guard_put(&t->guard, all.at + front, edge - front));
	}
	if (!t->ended)
		(void)snprintf(t->text + t->len, sizeof t->text - t->len, "%s",
			       t->in_body        ? "body"
			       : front < all.len ? "more"
						 : "end");
	return t->text;
}

static inline const char *talk_whole(struct talk *t, struct span all)
{
	return talk_pieces(t, all, all.len > 0 ? all.len : 1, 0);
}

#endif
