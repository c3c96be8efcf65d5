/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Protocols turn bytes into requests. Each is one file, one row in protos[] (proto.c), one test and one fuzz
 * target. A parser is a pure function with three answers: it takes a span, allocates nothing, logs nothing,
 * keeps nothing, and its outputs are defined only for PARSE_OK.
 */
#ifndef TRYGG_PROTO_PROTO_H
#define TRYGG_PROTO_PROTO_H

#include "base/cursor.h"
#include "name/url.h"

enum parse { PARSE_OK, PARSE_MORE, PARSE_BAD };

enum proto_id { PROTO_DNS, PROTO_TLS, PROTOS };

enum proto_transport { TRANSPORT_DATAGRAM, TRANSPORT_STREAM };

/* What the DNS answer builder needs of the question (RFC 1035 4.1, RFC 6891). Spans live as long as the
 * input. */
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

struct request {
	enum proto_id proto;
	enum proto_transport transport;
	struct host host;      /* the name asked for */
	const struct url *url; /* for HTTP; NULL where only the name is known */
	const char *reason;    /* after PARSE_BAD: a fixed word for the `evasion` record, "dns-pointer" */
	union {
		struct dns_question dns;
		struct tls_hello tls;
	};
};

/* How a request that may not go on is answered; filled by policy and engine. */
struct stop {
	bool refused;              /* malformed: answer with an error, not with help */
	bool mandatory;            /* EDE 16, status 451 */
	bool confidential;         /* EDE 15 and 403 all the same */
	const char *canary;        /* NULL, "nxdomain", "nodata" (DESIGN section 7) */
	const uint8_t (*help4)[4]; /* NULL when help has no address of that family */
	const uint8_t (*help6)[16];
};

struct proto {
	const char *name; /* as in records: "dns" */
	bool once;        /* one decision a flow (TLS); false: every request is judged */
	/*
	 * Reads one request from the front of `in`. *used = its bytes on PARSE_OK (a stream goes on behind
	 * it).
	 */
	enum parse (*parse)(struct span in, enum proto_transport transport, struct request *out,
			    size_t *used);
	/* The application payload that answers a stopped or refused request; empty = reset or drop. */
	void (*answer)(const struct request *r, const struct stop *s, struct writer *out);
};

extern const struct proto protos[PROTOS];

#endif
