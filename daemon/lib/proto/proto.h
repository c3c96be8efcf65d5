/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Protocols turn bytes into requests. Each is one file, one row in protos[] (proto.c), one test and one fuzz
 * target. A parser is a pure function with three answers: it takes a span, allocates nothing, logs nothing,
 * keeps nothing but what its caller lends it, and its outputs are defined only for PARSE_OK.
 *
 * A protocol whose requests have bodies of any length (HTTP) has a `body` function and asks for `flow_bytes` of memory
 * per flow. Whoever reads a stream of it goes on like this:
 *
 *	request.room = scratch for a URL; request.flow = the flow's memory, zero when the stream began;
 *	for (;;) {
 *		if (!in_body) {
 *			parse(front) until PARSE_OK; judge; take `used` bytes of the front;
 *			in_body = proto->body != NULL;
 *		} else {
 *			parsed = body(flow, front, &used, &reason); take `used` bytes;
 *			in_body = parsed == PARSE_MORE;
 *		}
 *	}
 *
 * parse() may be asked again about the same front, or a longer one, as often as the caller likes, and says the same:
 * only body() moves on. body() is called at least once behind each request that passed, at once and even when nothing
 * has come after it; it takes all bytes it is given until the message ends.
 */
#ifndef TRYGG_PROTO_PROTO_H
#define TRYGG_PROTO_PROTO_H

#include "base/cursor.h"
#include "name/url.h"

enum parse { PARSE_OK, PARSE_MORE, PARSE_BAD };

enum proto_id { PROTO_DNS, PROTO_TLS, PROTO_HTTP, PROTOS };

enum proto_transport { TRANSPORT_DATAGRAM, TRANSPORT_STREAM };

/*
 * What the DNS answer builder needs of the question (RFC 1035 4.1, RFC 6891). Spans live as long as the
 * input.
 */
struct dns_question {
	uint16_t id;
	uint16_t flags;
	uint16_t qtype;
	uint16_t qclass;
	struct span question; /* QNAME, QTYPE, QCLASS as they came, case kept */
	bool edns;
	bool dnssec_ok;
	uint16_t udp_size; /* the requestor's, at least 512 */
	bool header_whole; /* after PARSE_BAD: the 12 bytes are there, FORMERR can be answered */
};

/* What a ClientHello says beside its server name. */
struct tls_hello {
	bool named; /* it has a server name; without one the host is empty */
	bool ech;   /* Encrypted ClientHello: the name is the outer one (RFC 9849) */
};

/* What an HTTP request says beside its URL. The method lives as long as the input. */
struct http_request {
	struct span method;
	bool navigation;   /* GET or HEAD, and text/html is welcome: somebody looks at a page */
	bool prefers_json; /* named in Accept before text/html */
	bool head_only;    /* HEAD: its answer has no content */
	bool upgrade;      /* to a WebSocket alone: opaque once the server has answered 101, not before */
	bool connect;      /* a tunnel once the server has answered 2xx; the host is its far end */
	bool close;        /* the last request of its connection */
	bool chunked;      /* the body is; else it has `length` bytes */
	uint64_t length;
};

struct request {
	/* Lent by the caller before parse(): */
	struct url *room; /* HTTP writes its URL there */
	void *flow; /* proto.flow_bytes that belong to the flow; NULL: the front is all that ever came */

	enum proto_id proto;
	enum proto_transport transport;
	struct host host;      /* the name asked for */
	const struct url *url; /* for HTTP; NULL where only the name is known */
	const char *reason;    /* after PARSE_BAD: a fixed word for the `evasion` record, "dns-pointer" */
	union {
		struct dns_question dns;
		struct tls_hello tls;
		struct http_request http;
	};
};

/* How a request that may not go on is answered; filled by policy and engine. */
enum { STOP_NOTE_MAX = 100 };

struct stop {
	bool refused;         /* malformed: answer with an error, not with help */
	bool mandatory;       /* EDE 16, status 451 */
	bool confidential;    /* EDE 15 and 403 all the same */
	const char *location; /* URL of the help page with its sealed token (HTTP); NULL when there is none */
	const char *note; /* at most STOP_NOTE_MAX bytes for who reads DNS answers (RFC 8914); NULL = none */
	const char *canary;        /* NULL, "nxdomain", "nodata" (DESIGN section 7) */
	const uint8_t (*help4)[4]; /* NULL when help has no address of that family */
	const uint8_t (*help6)[16];
};

struct proto {
	const char *name;  /* as in records: "dns" */
	bool once;         /* one decision a flow (TLS); false: every request is judged */
	size_t flow_bytes; /* of memory per flow, aligned as malloc() does; 0: none */
	/*
	 * Reads one request from the front of `in`. *used = its bytes on PARSE_OK (a stream goes on behind
	 * it).
	 */
	enum parse (*parse)(struct span in, enum proto_transport transport, struct request *out,
			    size_t *used);
	/*
	 * Reads on in the message whose request was taken: PARSE_OK when it ended *used bytes later, PARSE_MORE
	 * when all of `in` belongs to it and more will come, PARSE_BAD with a fixed word in *reason when its end
	 * cannot be told. NULL: a request is all of its message.
	 */
	enum parse (*body)(void *flow, struct span in, size_t *used, const char **reason);
	/* The application payload that answers a stopped or refused request; empty = reset or drop. */
	void (*answer)(const struct request *r, const struct stop *s, struct writer *out);
};

extern const struct proto protos[PROTOS];

#endif
