/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The TLS ClientHello (RFC 8446 4.1.2), over any segments and records, and the alert that stops a connection.
 *
 * A hello passes only in the form in which every server reads it alike: handshake records alone, none empty
 * (RFC 8446 5.1), one message and nothing behind it, no extension twice, at most one server name (RFC 6066 3) that is
 * a host name. A hello without a server name is a request with an empty host: it matches no rule of names.
 */
#ifndef TRYGG_PROTO_TLS_H
#define TRYGG_PROTO_TLS_H

#include "proto/proto.h"

enum {
	TLS_HELLO_MAX = 65536, /* bytes of the message; real ones reach 2.4 KiB */
	TLS_ALERT_BYTES = 7,
};

/* Words for what is only wrong behind a first hello. */
#define TLS_SECOND_MESSAGE "tls-second-message"
#define TLS_SECOND_NAME "tls-second-name"

/* The words that tls_parse() gives in request.reason, and the two above, NULL-terminated. */
extern const char *const tls_reasons[];

/* A hello at the front of a stream. PARSE_OK when all of it is there. */
enum parse tls_parse(struct span in, enum proto_transport transport, struct request *out, size_t *used);
/* The fatal alert unrecognized_name (RFC 6066 3) for a stop; nothing for what was no proper hello. */
void tls_answer(const struct request *r, const struct stop *s, struct writer *out);
/*
 * What the client says after its hello, before the server has said hello: PARSE_OK with *hello_at where a second hello
 * begins (the server asked for one, RFC 8446 4.1.4), PARSE_MORE when there is none so far, PARSE_BAD when what stands
 * there no client sends.
 */
enum parse tls_after_hello(struct span in, size_t *hello_at);

enum tls_server {
	TLS_SERVER_OTHER, /* not the beginning of a server's hello with all of its random */
	TLS_SERVER_RETRY, /* HelloRetryRequest: the client is to say hello again */
	TLS_SERVER_HELLO, /* no other hello follows */
};
/* What a segment of the server says. */
enum tls_server tls_server_said(struct span in);

#endif
