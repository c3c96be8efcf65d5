/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a whole head to a request: whose host it is, and what is asked of it. */
#include <stddef.h>
#include <strings.h>

#include "proto/http.h"

static const char reason_host[] = "http-host";
static const char reason_no_host[] = "http-no-host";
static const char reason_differ[] = "http-hosts-differ";
static const char reason_target[] = "http-target";
static const char reason_path[] = "http-path";
static const char reason_readers[] = "http-readers";

/* ---- Hosts ---- */

static bool is_host_byte(uint8_t c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '-' || c == '.' ||
	       c == '_';
}

/* ":" and digits, none of them as well (RFC 3986 3.2.3). */
static bool is_port(struct span s, bool required)
{
	unsigned port = 0;
	if (s.len == 0)
		return !required;
	if (s.at[0] != ':' || s.len > 6 || (required && s.len == 1))
		return false;
	for (size_t i = 1; i < s.len; i++) {
		if (s.at[i] < '0' || s.at[i] > '9')
			return false;
		port = port * 10 + (s.at[i] - '0');
	}
	return port <= 65535;
}

/* uri-host [ ":" port ] (RFC 9110 4.1): a name or an address literal; user information has no business here. */
static bool authority(struct span s, bool port_required, struct host *out)
{
	size_t len = 0;
	if (s.len > 0 && s.at[0] == '[') {
		const uint8_t *end = memchr(s.at, ']', s.len);
		len = end ? (size_t)(end - s.at) + 1 : 0;
	} else {
		while (len < s.len && is_host_byte(s.at[len]))
			len++;
	}
	if (len == 0 || !is_port(span_from(s, len), port_required))
		return false;
	return host_from_text(span_of(s.at, len), out) == 0;
}

static bool same_host(const struct host *a, const struct host *b)
{
	return a->kind == b->kind && span_equal(span_of(a->text, a->len), span_of(b->text, b->len));
}

/* ---- Targets (RFC 9112 3.2) ---- */

/* What a target says: the authority, empty when it has none, and the rest from the first slash on. */
struct target {
	struct span authority;
	struct span rest;
	bool connect;
};

/* http://host/path; https is what proxies are asked for, and in plain sight it is no other request. */
static const char *absolute_form(struct span s, struct target *out)
{
	static const char *const schemes[] = {"http://", "https://"};
	size_t skip = 0;
	for (size_t i = 0; i < 2; i++)
		if (s.len >= strlen(schemes[i]) && http_same(span_of(s.at, strlen(schemes[i])), schemes[i]))
			skip = strlen(schemes[i]);
	if (skip == 0)
		return reason_target;
	s = span_from(s, skip);
	const uint8_t *slash = s.len > 0 ? memchr(s.at, '/', s.len) : NULL;
	out->authority = span_of(s.at, slash ? (size_t)(slash - s.at) : s.len);
	out->rest = slash ? span_from(s, out->authority.len) : span_text("/");
	return out->authority.len > 0 ? NULL : reason_host;
}

static const char *target_of(struct span method, struct span s, struct target *out)
{
	*out = (struct target){.connect = span_equal(method, span_text("CONNECT"))};
	if (out->connect) {
		out->authority = s;
		return NULL;
	}
	if (span_equal(s, span_text("*")))
		return span_equal(method, span_text("OPTIONS")) ? NULL : reason_target;
	if (s.at[0] != '/')
		return absolute_form(s, out);
	out->rest = s;
	return NULL;
}

/* ---- The request ---- */

static const char *fill_host(const struct http_head *h, struct span in, const struct target *t,
			     struct request *out)
{
	struct host named;
	if (h->has_host && !authority(span_of(in.at + h->host_at, h->host_len), false, &out->host))
		return reason_host;
	if (t->authority.len > 0 && !authority(t->authority, t->connect, &named))
		return reason_host;
	if (!h->has_host && (h->minor == 1 || t->authority.len == 0))
		return reason_no_host;
	if (h->has_host && t->authority.len > 0 && !same_host(&out->host, &named))
		return reason_differ;
	if (!h->has_host)
		out->host = named;
	return NULL;
}

static const char *fill_url(struct span rest, struct request *out)
{
	if (rest.len == 0 || out->room == NULL)
		return NULL;
	if (url_target(rest, out->room) < 0)
		return reason_path;
	out->room->host = out->host;
	out->room->secure = false;
	out->url = out->room;
	return NULL;
}

static void fill_rest(const struct http_head *h, struct span method, bool connect, struct request *out)
{
	bool get = span_equal(method, span_text("GET")), head = span_equal(method, span_text("HEAD"));
	out->http = (struct http_request){
		.method = method,
		.navigation = (get || head) && h->html > 0,
		.prefers_json = h->json > h->html,
		.head_only = head,
		.upgrade = get && h->minor == 1 && h->wants_upgrade && h->websocket && !h->other_upgrade &&
			   !h->chunked && h->length == 0,
		.connect = connect,
		.close = h->close || (h->minor == 0 && !h->keep_alive),
		.chunked = h->chunked,
		.length = h->length,
	};
}

static const char *fill(struct http_flow *f, struct span in, struct request *out)
{
	const struct http_head *h = &f->head;
	struct span method = span_of(in.at + h->method_at, h->method_len);
	struct target target;
	const char *reason = http_head_check(h, in);
	if (reason == NULL)
		reason = target_of(method, span_of(in.at + h->target_at, h->target_len), &target);
	if (reason == NULL)
		reason = fill_host(h, in, &target, out);
	if (reason == NULL)
		reason = fill_url(target.rest, out);
	if (reason == NULL && !http_framing_begin(f, in))
		reason = reason_readers;
	if (reason == NULL)
		fill_rest(h, method, target.connect, out);
	return reason;
}

enum parse http_parse(struct span in, enum proto_transport transport, struct request *out, size_t *used)
{
	struct http_flow fresh, *f = out->flow;
	(void)transport;
	if (f == NULL) {
		memset(&fresh, 0, sizeof fresh);
		f = &fresh;
	}
	out->proto = PROTO_HTTP;
	out->transport = TRANSPORT_STREAM;
	out->url = NULL;
	out->reason = http_head_read(&f->head, in);
	if (out->reason == NULL && !http_head_whole(&f->head))
		return PARSE_MORE;
	if (out->reason == NULL)
		out->reason = fill(f, in, out);
	if (out->reason != NULL)
		return PARSE_BAD;
	*used = f->head.at;
	return PARSE_OK;
}
