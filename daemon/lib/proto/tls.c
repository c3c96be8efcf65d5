/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * TLS by its ClientHello (RFC 8446 4.1.2 and 5.1, RFC 6066 3), wherever the client cut it: over any number of TCP
 * segments, which the stream has put together, and over any number of records, which are put together here by a
 * reader that steps over record heads. Nothing is copied but the server name.
 *
 * Record and hello versions are not looked at: middleboxes that did are why they are frozen (RFC 8446 5.1, D.5).
 * Encrypted ClientHello is noted, never refused: its outer hello is a hello like any other (RFC 9849 10.1).
 */
#include "proto/tls.h"

enum {
	RECORD_CHANGE = 20,
	RECORD_ALERT = 21,
	RECORD_HANDSHAKE = 22,
	RECORD_DATA = 23,
	RECORD_BYTES_MAX = 16384,                    /* RFC 8446 5.1 */
	RECORD_SEALED_MAX = RECORD_BYTES_MAX + 2048, /* RFC 5246 6.2.3 */
	RECORDS_MAX = 4096, /* a hello byte by byte in records of one is a test tool; more is an attack */
	CLIENT_HELLO = 1,
	SERVER_HELLO = 2,
	EXTENSIONS_MAX = 128,
	EXTENSION_SERVER_NAME = 0,
	EXTENSION_ECH = 0xfe0d,
	NAME_TYPE_HOST = 0,
	NAME_BYTES_MAX = 255,
};

const char *const tls_reasons[] = {
	"tls-record-type", "tls-version",      "tls-empty-record", "tls-long-record", "tls-many-records",
	"tls-length",      "tls-server-names", "tls-server-name",  "tls-extensions",  "tls-first-message",
	"tls-long-hello",  "tls-after-hello",  TLS_SECOND_MESSAGE, TLS_SECOND_NAME,   NULL,
};

/* Handshake bytes in order, whatever records they came in. `state` is sticky, like a reader's error. */
struct handshake {
	struct reader raw;
	size_t in_record; /* bytes left of the open record */
	size_t in_hello;  /* bytes left of the message, once its head was read */
	size_t records;
	enum parse state;
	const char *reason;
};

static void bad(struct handshake *h, const char *reason)
{
	if (h->state != PARSE_OK)
		return;
	h->state = PARSE_BAD;
	h->reason = reason;
}

static void more(struct handshake *h)
{
	if (h->state == PARSE_OK)
		h->state = PARSE_MORE;
}

/* Steps over the next record head. */
static void open_record(struct handshake *h)
{
	/* The type is judged as soon as it is there: what is no handshake will not become one. */
	if (reader_left(&h->raw) > 0 && h->raw.at[0] != RECORD_HANDSHAKE)
		bad(h, "tls-record-type");
	else if (reader_left(&h->raw) > 1 && h->raw.at[1] != 3)
		bad(h, "tls-version");
	else if (reader_left(&h->raw) < 5)
		more(h);
	if (h->state != PARSE_OK)
		return;
	reader_skip(&h->raw, 3);
	h->in_record = reader_u16(&h->raw);
	if (h->in_record == 0)
		bad(h, "tls-empty-record");
	else if (h->in_record > RECORD_BYTES_MAX)
		bad(h, "tls-long-record");
	else if (++h->records > RECORDS_MAX)
		bad(h, "tls-many-records");
}

/* The longest run of bytes, at most `want`, that lies in one record; empty when the state is no longer OK. */
static struct span run(struct handshake *h, size_t want)
{
	while (h->state == PARSE_OK && h->in_record == 0)
		open_record(h);
	if (h->state != PARSE_OK)
		return span_of(NULL, 0);
	if (reader_left(&h->raw) == 0) {
		more(h);
		return span_of(NULL, 0);
	}
	size_t len = want < h->in_record ? want : h->in_record;
	if (len > reader_left(&h->raw))
		len = reader_left(&h->raw);
	h->in_record -= len;
	return reader_take(&h->raw, len);
}

/* Reads `len` bytes of the hello into `out` (NULL: over them). Fails when the hello has fewer. */
static void take(struct handshake *h, uint8_t *out, size_t len)
{
	if (len > h->in_hello)
		bad(h, "tls-length");
	while (len > 0 && h->state == PARSE_OK) {
		struct span s = run(h, len);
		if (out && s.len > 0) {
			memcpy(out, s.at, s.len);
			out += s.len;
		}
		len -= s.len;
		h->in_hello -= s.len;
	}
}

static unsigned number(struct handshake *h, size_t bytes)
{
	uint8_t b[3] = {0};
	take(h, b + (3 - bytes), bytes);
	return h->state == PARSE_OK ? (unsigned)b[0] << 16 | (unsigned)b[1] << 8 | b[2] : 0;
}

/* A vector with a length of `bytes` bytes, stepped over; its length must be from `least` and a multiple of `unit`. */
static void vector(struct handshake *h, size_t bytes, unsigned least, unsigned unit)
{
	unsigned len = number(h, bytes);
	if (h->state == PARSE_OK && (len < least || len % unit != 0))
		bad(h, "tls-length");
	take(h, NULL, len);
}

/* RFC 6066 3: a list of exactly one name of type host_name. Several names are how two parsers are made to differ. */
static void server_name(struct handshake *h, unsigned len, struct request *out)
{
	uint8_t name[NAME_BYTES_MAX];
	unsigned list = number(h, 2), type = number(h, 1), bytes = number(h, 2);
	if (h->state != PARSE_OK)
		return;
	if (list + 2 != len || bytes + 3 != list)
		bad(h, "tls-server-names");
	else if (type != NAME_TYPE_HOST || bytes == 0 || bytes > sizeof name)
		bad(h, "tls-server-name");
	else
		take(h, name, bytes);
	if (h->state == PARSE_OK && host_from_text(span_of(name, bytes), &out->host) < 0)
		bad(h, "tls-server-name");
}

static bool seen_before(uint16_t *seen, size_t count, unsigned type)
{
	for (size_t i = 0; i < count; i++)
		if (seen[i] == type)
			return true;
	return false;
}

static void extensions(struct handshake *h, struct request *out)
{
	uint16_t seen[EXTENSIONS_MAX];
	size_t count = 0;
	if (h->state != PARSE_OK || h->in_hello == 0) /* before TLS 1.2 there were none */
		return;
	if (number(h, 2) != h->in_hello)
		bad(h, "tls-length");
	while (h->state == PARSE_OK && h->in_hello > 0) {
		unsigned type = number(h, 2), len = number(h, 2);
		if (h->state != PARSE_OK)
			return;
		if (count == EXTENSIONS_MAX || seen_before(seen, count, type)) {
			bad(h, "tls-extensions"); /* RFC 8446 4.2: no two of a type */
			return;
		}
		seen[count++] = (uint16_t)type;
		if (type == EXTENSION_ECH)
			out->tls.ech = true;
		if (type == EXTENSION_SERVER_NAME) {
			out->tls.named = true;
			server_name(h, len, out);
		} else {
			take(h, NULL, len);
		}
	}
}

enum parse tls_parse(struct span in, enum proto_transport transport, struct request *out, size_t *used)
{
	struct handshake h = {.raw = reader_of(in), .in_hello = 4};
	(void)transport;
	memset(&out->tls, 0, sizeof out->tls);
	memset(&out->host, 0, sizeof out->host);
	out->proto = PROTO_TLS;
	out->url = NULL;
	unsigned type = number(&h, 1);
	if (h.state == PARSE_OK && type != CLIENT_HELLO)
		bad(&h, "tls-first-message");
	unsigned len = number(&h, 3);
	if (len > TLS_HELLO_MAX)
		bad(&h, "tls-long-hello");
	h.in_hello = len;
	take(&h, NULL, 2 + 32); /* legacy_version, random */
	vector(&h, 1, 0, 1);    /* legacy_session_id */
	vector(&h, 2, 2, 2);    /* cipher_suites */
	vector(&h, 1, 1, 1);    /* legacy_compression_methods */
	extensions(&h, out);
	if (h.state == PARSE_OK && h.in_record > 0)
		bad(&h,
		    "tls-after-hello"); /* RFC 8446 5.1: nothing may follow before the server has spoken */
	out->reason = h.reason;
	if (h.state == PARSE_OK)
		*used = in.len - reader_left(&h.raw);
	return h.state;
}

void tls_answer(const struct request *r, const struct stop *s, struct writer *out)
{
	/* alert, TLS 1.2, length 2, fatal, unrecognized_name */
	static const uint8_t alert[TLS_ALERT_BYTES] = {21, 3, 3, 0, 2, 2, 112};
	(void)r;
	if (!s->refused)
		writer_bytes(out, alert, sizeof alert);
}

/*
 * Early data that the server will not take, and change_cipher_spec (RFC 8446 4.2.10, D.4), may stand before a second
 * hello; an alert ends the talk by itself.
 */
static bool may_come_first(uint8_t type)
{
	return type == RECORD_CHANGE || type == RECORD_DATA || type == RECORD_ALERT;
}

enum parse tls_after_hello(struct span in, size_t *hello_at)
{
	struct reader r = reader_of(in);
	for (;;) {
		size_t at = in.len - reader_left(&r);
		uint8_t type = reader_u8(&r), major = reader_u8(&r);
		(void)reader_u8(&r);
		size_t len = reader_u16(&r);
		if (!reader_ok(&r))
			return PARSE_MORE;
		if (major != 3 || len == 0 || len > RECORD_SEALED_MAX)
			return PARSE_BAD;
		if (may_come_first(type)) {
			(void)reader_take(&r, len);
			continue;
		}
		uint8_t message = reader_u8(&r);
		if (type == RECORD_HANDSHAKE && !reader_ok(&r))
			return PARSE_MORE;
		*hello_at = at;
		return type == RECORD_HANDSHAKE && message == CLIENT_HELLO ? PARSE_OK : PARSE_BAD;
	}
}

enum tls_server tls_server_said(struct span in)
{
	/* SHA-256 of "HelloRetryRequest" (RFC 8446 4.1.3). */
	static const uint8_t retry[32] = {0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c,
					  0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb,
					  0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c};
	enum { RANDOM_AT = 5 + 4 + 2 };
	if (in.len < RANDOM_AT + sizeof retry || in.at[0] != RECORD_HANDSHAKE || in.at[1] != 3 ||
	    in.at[5] != SERVER_HELLO)
		return TLS_SERVER_OTHER;
	return memcmp(in.at + RANDOM_AT, retry, sizeof retry) == 0 ? TLS_SERVER_RETRY : TLS_SERVER_HELLO;
}
