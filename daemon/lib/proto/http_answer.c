/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The answers that stop a request. None is kept by anybody, and each is the last of its connection. */
#include <stdio.h>

#include "proto/http.h"

static void put(struct writer *out, const char *text)
{
	writer_span(out, span_text(text));
}

/* A URL as it may stand in a field and in a JSON text; NULL for any other. */
static const char *fit(const char *location)
{
	size_t len = location ? strlen(location) : 0;
	if (len == 0 || len > HTTP_LOCATION_MAX)
		return NULL;
	for (size_t i = 0; i < len; i++)
		if (location[i] <= ' ' || location[i] >= 0x7f || strchr("\"<>\\^`{|}", location[i]))
			return NULL;
	return location;
}

static void head(struct writer *out, const char *status, const char *location, size_t length)
{
	char number[32];
	put(out, "HTTP/1.1 ");
	put(out, status);
	put(out, "\r\nCache-Control: no-store\r\nConnection: close\r\n");
	if (location) {
		put(out, "Location: ");
		put(out, location);
		put(out, "\r\n");
	}
	(void)snprintf(number, sizeof number, "Content-Length: %zu\r\n", length);
	put(out, number);
}

/* For programs (RFC 9457): the status in their own words, and the way to help for the person behind them. */
static size_t problem(char *body, size_t size, const char *title, const char *number, const char *location)
{
	int len = snprintf(body, size, "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%s%s%s%s}",
			   title, number, location ? ",\"help\":\"" : "", location ? location : "",
			   location ? "\"" : "");
	return len > 0 && (size_t)len < size ? (size_t)len : 0;
}

void http_answer(const struct request *r, const struct stop *s, struct writer *out)
{
	const char *location = fit(s->location);
	char body[HTTP_LOCATION_MAX + 200];
	if (s->refused)
		return;
	if (r->http.navigation && location) {
		head(out, "303 See Other", location, 0);
		put(out, "\r\n");
		return;
	}
	bool legal = s->mandatory && !s->confidential;
	const char *title = legal ? "Unavailable For Legal Reasons" : "Forbidden";
	const char *status = legal ? "451 Unavailable For Legal Reasons" : "403 Forbidden";
	size_t length =
		r->http.prefers_json ? problem(body, sizeof body, title, legal ? "451" : "403", location) : 0;
	head(out, status, NULL, length);
	if (length > 0)
		put(out, "Content-Type: application/problem+json\r\n");
	put(out, "\r\n");
	if (!r->http.head_only)
		writer_bytes(out, body, length);
}
