/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bodies, framed by llhttp. It is generous about the lines between chunks; so all bytes that it does not call
 * contents of a chunk go through a strict reader of such lines: a size of hexadecimal digits, CR LF, nothing
 * else.
 */
#include <strings.h>

#include "proto/http.h"

enum state {
	SIZE,
	SIZE_LF,
	DATA_CR, /* behind the bytes of a chunk */
	DATA_LF,
	TRAILER, /* where a line of the trailer section may begin, or end it */
	TRAILER_NAME,
	TRAILER_VALUE,
	TRAILER_LF,
	END_LF,
	ENDED,
};

enum { SIZE_DIGITS_MAX = 15 };

static const char reason_chunks[] = "http-chunks";
static const char reason_trailer[] = "http-trailer";
static const char reason_request[] = "http-body-request";

/* ---- The lines between chunks ---- */

static bool line_size(struct http_lines *l, uint8_t c)
{
	if (c == '\r' && l->digits > 0) {
		l->state = SIZE_LF;
		return true;
	}
	bool digit = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
	if (!digit || l->digits == SIZE_DIGITS_MAX)
		return false;
	l->last = (l->digits == 0 || l->last) && c == '0';
	l->digits++;
	return true;
}

/* A name that would have meant something in the head must not come behind the body (RFC 9110 6.5.1). */
static bool trailer_allowed(const struct http_lines *l)
{
	static const char *const names[] = {"host",       "content-length", "transfer-encoding",
					    "connection", "upgrade",        "expect"};
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (http_same(span_of(l->name, l->name_len), names[i]))
			return false;
	return true;
}

static bool line_trailer_name(struct http_lines *l, uint8_t c)
{
	if (c == ':') {
		l->state = TRAILER_VALUE;
		return trailer_allowed(l);
	}
	if (!http_is_token(c))
		return false;
	if (l->name_len < sizeof l->name)
		l->name[l->name_len++] = (char)c;
	return true;
}

static bool line_trailer(struct http_lines *l, uint8_t c)
{
	l->name_len = 0;
	l->state = c == '\r' ? END_LF : TRAILER_NAME;
	return c == '\r' || (c != ':' && line_trailer_name(l, c));
}

static bool line_trailer_value(struct http_lines *l, uint8_t c)
{
	if (c == '\r')
		l->state = TRAILER_LF;
	return c == '\r' || c == '\t' || (c >= ' ' && c != 0x7f);
}

static bool line_byte(struct http_lines *l, uint8_t c)
{
	static const uint8_t behind[] = {
		[DATA_CR] = DATA_LF, [DATA_LF] = SIZE, [TRAILER_LF] = TRAILER, [END_LF] = ENDED};
	switch ((enum state)l->state) {
	case SIZE:
		return line_size(l, c);
	case SIZE_LF:
		l->state = l->last ? TRAILER : DATA_CR;
		l->digits = 0;
		return c == '\n';
	case DATA_CR:
	case DATA_LF:
	case TRAILER_LF:
	case END_LF:
		if (c != (l->state == DATA_CR ? '\r' : '\n'))
			return false;
		l->state = behind[l->state];
		return true;
	case TRAILER:
		return line_trailer(l, c);
	case TRAILER_NAME:
		return line_trailer_name(l, c);
	case TRAILER_VALUE:
		return line_trailer_value(l, c);
	case ENDED:
		break;
	}
	return false;
}

static const char *read_lines(struct http_lines *l, const uint8_t *at, const uint8_t *end)
{
	for (; at < end; at++) {
		bool in_trailer = l->state >= TRAILER;
		if (!line_byte(l, *at))
			return in_trailer ? reason_trailer : reason_chunks;
		if (in_trailer && ++l->trailer > HTTP_HEAD_MAX)
			return reason_trailer;
	}
	return NULL;
}

/* ---- llhttp ---- */

/* One call of http_body(), as llhttp's callbacks see it. */
struct piece {
	struct http_lines *lines;
	const uint8_t *at; /* up to here all bytes are accounted for */
	const char *reason;
};

static int on_contents(llhttp_t *framing, const char *at, size_t len)
{
	struct piece *p = framing->data;
	if (p == NULL) /* not chunked */
		return HPE_OK;
	p->reason = read_lines(p->lines, p->at, (const uint8_t *)at);
	/* Contents are due once the line that tells their size has ended, and only then. */
	if (p->reason == NULL && p->lines->state != DATA_CR)
		p->reason = reason_chunks;
	p->at = (const uint8_t *)at + len;
	return p->reason == NULL ? HPE_OK : HPE_USER;
}

static int on_end(llhttp_t *framing)
{
	(void)framing;
	return HPE_PAUSED;
}

static const llhttp_settings_t settings = {.on_body = on_contents, .on_message_complete = on_end};

static llhttp_errno_t execute(llhttp_t *framing, struct span in)
{
	return llhttp_execute(framing, (const char *)in.at, in.len);
}

/*
 * The framing of a request does not depend on its method (RFC 9112 6.3; CONNECT has no body here), and llhttp knows
 * some methods only: it is given one start line for all, and the fields as they came.
 */
bool http_framing_begin(struct http_flow *f, struct span in)
{
	static const char start[] = "POST / HTTP/1.1\r\n";
	const struct http_head *h = &f->head;
	llhttp_t *framing = &f->framing;
	llhttp_init(framing, HTTP_REQUEST, &settings);
	if (execute(framing, span_text(start)) != HPE_OK)
		return false;
	llhttp_errno_t read = execute(framing, span_of(in.at + h->fields_at, h->at - h->fields_at));
	bool chunked = (framing->flags & F_CHUNKED) != 0;
	if (!h->chunked && h->length == 0)
		return read == HPE_PAUSED && llhttp_get_error_pos(framing) == (const char *)in.at + h->at;
	return read == HPE_OK && chunked == h->chunked && (chunked || framing->content_length == h->length);
}

/* ---- The body ---- */

/* Whether what begins so far begins like a request: three letters or more, a blank, a slash or "http". */
static bool like_request(const char *first, size_t len)
{
	size_t i = 0;
	while (i < len && first[i] >= 'A' && first[i] <= 'Z')
		i++;
	if (i < 3 || i + 1 >= len || first[i] != ' ')
		return false;
	return first[i + 1] == '/' || (len - i > 4 && strncasecmp(first + i + 1, "http", 4) == 0);
}

/*
 * Some servers take no body with some requests whatever its length, and read it as the next request (CL.0). A body
 * that begins like one is refused.
 */
static bool hides_request(struct http_flow *f, struct span in)
{
	for (size_t i = 0; i < in.len && f->first_len < sizeof f->first; i++)
		if (f->first_len > 0 || (in.at[i] != '\r' && in.at[i] != '\n'))
			f->first[f->first_len++] = (char)in.at[i];
	return like_request(f->first, f->first_len);
}

/* False when there is none. */
static bool body_begin(struct http_flow *f)
{
	f->in_body = f->head.chunked || f->head.length > 0;
	f->first_len = 0;
	memset(&f->lines, 0, sizeof f->lines);
	return f->in_body;
}

static enum parse message_end(struct http_flow *f)
{
	const struct http_head *h = &f->head;
	f->in_body = false;
	f->head = (struct http_head){.over = h->close || (h->minor == 0 && !h->keep_alive)};
	return PARSE_OK;
}

enum parse http_body(void *flow, struct span in, size_t *used, const char **reason)
{
	struct http_flow *f = flow;
	*used = 0;
	if (!f->in_body && !body_begin(f))
		return message_end(f);
	if (in.len == 0)
		return PARSE_MORE;
	bool chunked = f->head.chunked;
	struct piece piece = {.lines = &f->lines, .at = in.at};
	f->framing.data = chunked ? &piece : NULL;
	f->framing.settings = (void *)(uintptr_t)&settings;
	llhttp_errno_t read = execute(&f->framing, in);
	*used = read == HPE_PAUSED ? (size_t)(llhttp_get_error_pos(&f->framing) - (const char *)in.at)
				   : in.len;
	if (chunked && piece.reason == NULL)
		piece.reason = read_lines(&f->lines, piece.at, in.at + *used);
	if (!chunked && hides_request(f, span_of(in.at, *used)))
		piece.reason = reason_request;
	if (piece.reason == NULL && read == HPE_OK)
		return PARSE_MORE;
	if (piece.reason == NULL && read == HPE_PAUSED && (!chunked || f->lines.state == ENDED))
		return message_end(f);
	*reason = piece.reason ? piece.reason : reason_chunks;
	return PARSE_BAD;
}
