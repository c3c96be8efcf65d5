/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The strict reader of heads: one state a kind of byte, one function a state, and no byte looked at twice,
 * however small the pieces in which a head comes. A state that refuses does not move on, so the refusal
 * stands when asked again.
 */
#include <strings.h>

#include "proto/http.h"

enum state {
	START,
	START_LF,
	METHOD,
	TARGET,
	VERSION,
	FIELD,
	NAME,
	VALUE,
	VALUE_LF,
	END_LF,
	WHOLE,
};

static const char reason_empty_lines[] = "http-empty-lines";
static const char reason_over[] = "http-after-close";
static const char reason_method[] = "http-method";
static const char reason_target[] = "http-target";
static const char reason_09[] = "http-09";
static const char reason_version[] = "http-version";
static const char reason_2[] = "http-2";
static const char reason_line_end[] = "http-line-end";
static const char reason_fold[] = "http-fold";
static const char reason_name[] = "http-field-name";
static const char reason_colon[] = "http-space-colon";
static const char reason_control[] = "http-control";
static const char reason_long[] = "http-long-head";
static const char reason_hosts[] = "http-hosts";
static const char reason_length[] = "http-length";
static const char reason_lengths[] = "http-lengths";
static const char reason_coding[] = "http-coding";
static const char reason_expect[] = "http-expect";
static const char reason_connect[] = "http-connect";

const char *const http_reasons[] = {
	reason_empty_lines,
	reason_over,
	reason_method,
	reason_target,
	reason_09,
	reason_version,
	reason_2,
	reason_line_end,
	reason_fold,
	reason_name,
	reason_colon,
	reason_control,
	reason_long,
	reason_hosts,
	reason_length,
	reason_lengths,
	reason_coding,
	reason_expect,
	reason_connect,
	"http-host",
	"http-no-host",
	"http-hosts-differ",
	"http-path",
	"http-readers",
	"http-chunks",
	"http-trailer",
	"http-body-request",
	NULL,
};

/* Classes of ASCII bytes: 't' of tokens, 'p' other printable ones, ' ' blanks, '.' the rest. */
static const char class[] = "......... ......"
			    "................"
			    " tptttttppttpttp"
			    "ttttttttttpppppp"
			    "pttttttttttttttt"
			    "tttttttttttppptt"
			    "tttttttttttttttt"
			    "tttttttttttptpt.";

bool http_is_token(uint8_t c)
{
	return c < 128 && class[c] == 't';
}

static bool is_target(uint8_t c)
{
	return c < 128 && (class[c] == 't' || class[c] == 'p') && c != '#';
}

static bool is_value(uint8_t c)
{
	return c >= 128 || class[c] != '.';
}

bool http_same(struct span a, const char *lower)
{
	return a.len == strlen(lower) && strncasecmp((const char *)a.at, lower, a.len) == 0;
}

/* ---- The lines of a head ---- */

static struct span trimmed(struct span s)
{
	while (s.len > 0 && (s.at[0] == ' ' || s.at[0] == '\t'))
		s = span_from(s, 1);
	while (s.len > 0 && (s.at[s.len - 1] == ' ' || s.at[s.len - 1] == '\t'))
		s.len--;
	return s;
}

/* Takes what stands before the next `mark` off the front of a list. */
static struct span next_of(struct span *list, char mark)
{
	const uint8_t *end = list->len > 0 ? memchr(list->at, mark, list->len) : NULL;
	struct span one = end ? span_of(list->at, (size_t)(end - list->at)) : *list;
	*list = span_from(*list, one.len + 1);
	return trimmed(one);
}

static const char *field_host(struct http_head *h, struct span in, struct span value)
{
	if (h->has_host)
		return reason_hosts;
	h->has_host = true;
	h->host_at = (uint32_t)(value.at - in.at);
	h->host_len = (uint32_t)value.len;
	return NULL;
}

static const char *field_length(struct http_head *h, struct span in, struct span value)
{
	uint64_t length = 0;
	(void)in;
	if (h->has_length)
		return reason_lengths;
	if (value.len == 0 || value.len > 18)
		return reason_length;
	for (size_t i = 0; i < value.len; i++) {
		if (value.at[i] < '0' || value.at[i] > '9')
			return reason_length;
		length = length * 10 + (value.at[i] - '0');
	}
	h->has_length = true;
	h->length = length;
	return NULL;
}

static const char *field_coding(struct http_head *h, struct span in, struct span value)
{
	(void)in;
	if (h->chunked || h->minor == 0 || !http_same(value, "chunked"))
		return reason_coding;
	h->chunked = true;
	return NULL;
}

static const char *field_connection(struct http_head *h, struct span in, struct span value)
{
	(void)in;
	while (value.len > 0) {
		struct span option = next_of(&value, ',');
		h->close |= http_same(option, "close");
		h->keep_alive |= http_same(option, "keep-alive");
		h->wants_upgrade |= http_same(option, "upgrade");
	}
	return NULL;
}

static const char *field_upgrade(struct http_head *h, struct span in, struct span value)
{
	(void)in;
	while (value.len > 0) {
		struct span protocol = next_of(&value, ',');
		h->websocket |= http_same(protocol, "websocket");
		h->other_upgrade |= protocol.len > 0 && !http_same(protocol, "websocket");
	}
	return NULL;
}

/* RFC 9110 10.1.1 has one expectation; what else stands here is read by some servers as that one. */
static const char *field_expect(struct http_head *h, struct span in, struct span value)
{
	(void)h, (void)in;
	return http_same(value, "100-continue") ? NULL : reason_expect;
}

/* RFC 9110 12.4.2, in thousandths; what is no weight is 1. */
static uint16_t quality(struct span parameters)
{
	while (parameters.len > 0) {
		struct span one = next_of(&parameters, ';');
		unsigned value = 0, unit = 1000;
		if (one.len < 3 || (one.at[0] | 0x20) != 'q' || one.at[1] != '=' || one.at[2] < '0' ||
		    one.at[2] > '1')
			continue;
		for (size_t i = 2; i < one.len && unit > 0; i++) {
			if (one.at[i] < '0' || one.at[i] > '9')
				continue;
			value += unit * (one.at[i] - '0');
			unit /= 10;
		}
		return (uint16_t)(value < 1000 ? value : 1000);
	}
	return 1000;
}

static const char *field_accept(struct http_head *h, struct span in, struct span value)
{
	(void)in;
	while (value.len > 0) {
		struct span range = next_of(&value, ',');
		struct span type = next_of(&range, ';');
		bool html = http_same(type, "text/html");
		bool json =
			http_same(type, "application/json") || http_same(type, "application/problem+json");
		uint16_t q = html || json ? quality(range) : 0;
		if (html && q > h->html)
			h->html = q;
		if (json && q > h->json)
			h->json = q;
	}
	return NULL;
}

static const struct field {
	const char *name;
	const char *(*read)(struct http_head *h, struct span in, struct span value);
} fields[] = {
	{"host", field_host},
	{"accept", field_accept},
	{"connection", field_connection},
	{"content-length", field_length},
	{"transfer-encoding", field_coding},
	{"upgrade", field_upgrade},
	{"expect", field_expect},
};

/* A field line from h->line on, up to the CR before `end`. */
static const char *field_line(struct http_head *h, struct span in, size_t end)
{
	struct span name = span_of(in.at + h->line, h->colon - h->line);
	struct span value = trimmed(span_of(in.at + h->colon + 1, end - 1 - (h->colon + 1)));
	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
		if (http_same(name, fields[i].name))
			return fields[i].read(h, in, value);
	return NULL;
}

/* ---- The bytes of a head. Each function is called with at least one byte to read at h->at. ---- */

static const char *line_feed(struct http_head *h, struct span in, enum state next)
{
	if (in.at[h->at] != '\n')
		return reason_line_end;
	h->at++;
	h->line = h->at;
	h->state = (uint8_t)next;
	return NULL;
}

static const char *on_start(struct http_head *h, struct span in)
{
	uint8_t c = in.at[h->at];
	if (c == '\n')
		return reason_line_end;
	if (c == '\r' && h->empty_lines == HTTP_EMPTY_LINES)
		return reason_empty_lines;
	if (c == '\r') {
		h->at++;
		h->state = START_LF;
		return NULL;
	}
	if (h->over)
		return reason_over;
	h->method_at = h->at;
	h->state = METHOD;
	return NULL;
}

static const char *on_start_lf(struct http_head *h, struct span in)
{
	const char *reason = line_feed(h, in, START);
	if (reason == NULL)
		h->empty_lines++;
	return reason;
}

static const char *on_method(struct http_head *h, struct span in)
{
	while (h->at < in.len && http_is_token(in.at[h->at]) && h->at - h->method_at < HTTP_METHOD_MAX)
		h->at++;
	if (h->at == in.len)
		return NULL;
	h->method_len = h->at - h->method_at;
	if (in.at[h->at] != ' ' || h->method_len == 0)
		return reason_method;
	h->target_at = ++h->at;
	h->state = TARGET;
	return NULL;
}

static const char *on_target(struct http_head *h, struct span in)
{
	while (h->at < in.len && is_target(in.at[h->at]))
		h->at++;
	if (h->at == in.len)
		return NULL;
	h->target_len = h->at - h->target_at;
	uint8_t c = in.at[h->at];
	if ((c == '\r' || c == '\n') && h->target_len > 0)
		return reason_09;
	if (c != ' ' || h->target_len == 0)
		return reason_target;
	h->version_at = ++h->at;
	h->state = VERSION;
	return NULL;
}

static const char *on_version(struct http_head *h, struct span in)
{
	static const char expected[] = "HTTP/1.?\r";
	uint32_t i = h->at - h->version_at;
	uint8_t c = in.at[h->at];
	if (i == sizeof expected - 1) {
		h->fields_at = h->at + 1;
		return line_feed(h, in, FIELD);
	}
	bool digit = expected[i] == '?' && (c == '0' || c == '1');
	if (digit)
		h->minor = c == '1';
	else if (c == '\n')
		return reason_line_end;
	else if (c != (uint8_t)expected[i] || c == '?')
		return http_same(span_of(in.at + h->method_at, h->method_len), "pri") ? reason_2
										      : reason_version;
	h->at++;
	return NULL;
}

static const char *on_field(struct http_head *h, struct span in)
{
	uint8_t c = in.at[h->at];
	if (c == ' ' || c == '\t')
		return reason_fold;
	if (c == '\n')
		return reason_line_end;
	if (c != '\r' && !http_is_token(c))
		return reason_name;
	h->at++;
	h->state = c == '\r' ? END_LF : NAME;
	return NULL;
}

static const char *on_name(struct http_head *h, struct span in)
{
	while (h->at < in.len && http_is_token(in.at[h->at]))
		h->at++;
	if (h->at == in.len)
		return NULL;
	uint8_t c = in.at[h->at];
	if (c != ':')
		return c == ' ' || c == '\t' ? reason_colon : reason_name;
	h->colon = h->at++;
	h->state = VALUE;
	return NULL;
}

static const char *on_value(struct http_head *h, struct span in)
{
	while (h->at < in.len && is_value(in.at[h->at]))
		h->at++;
	if (h->at == in.len)
		return NULL;
	if (in.at[h->at] != '\r')
		return in.at[h->at] == '\n' ? reason_line_end : reason_control;
	h->at++;
	h->state = VALUE_LF;
	return NULL;
}

static const char *on_value_lf(struct http_head *h, struct span in)
{
	const char *reason = in.at[h->at] == '\n' ? field_line(h, in, h->at) : NULL;
	return reason ? reason : line_feed(h, in, FIELD);
}

static const char *on_end_lf(struct http_head *h, struct span in)
{
	return line_feed(h, in, WHOLE);
}

static const char *(*const steps[])(struct http_head *h, struct span in) = {
	[START] = on_start,       [START_LF] = on_start_lf, [METHOD] = on_method, [TARGET] = on_target,
	[VERSION] = on_version,   [FIELD] = on_field,       [NAME] = on_name,     [VALUE] = on_value,
	[VALUE_LF] = on_value_lf, [END_LF] = on_end_lf,
};

bool http_head_whole(const struct http_head *h)
{
	return h->state == WHOLE;
}

const char *http_head_read(struct http_head *h, struct span in)
{
	struct span head = span_of(in.at, in.len < HTTP_HEAD_MAX ? in.len : HTTP_HEAD_MAX);
	const char *reason = NULL;
	while (h->state != WHOLE && h->at < head.len && reason == NULL)
		reason = steps[h->state](h, head);
	if (reason == NULL && h->state != WHOLE && head.len == HTTP_HEAD_MAX)
		reason = reason_long;
	return reason;
}

const char *http_head_check(const struct http_head *h, struct span in)
{
	struct span method = span_of(in.at + h->method_at, h->method_len);
	if (h->chunked && h->has_length)
		return reason_lengths;
	if ((h->chunked || h->has_length) && span_equal(method, span_text("CONNECT")))
		return reason_connect;
	return NULL;
}
