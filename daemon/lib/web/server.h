/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A small web server on libmicrohttpd inside our own event loop: sockets are handed in, every connection carries one
 * request, and everything a client can make grow has a limit. The library's timeout only sees idleness, so that a
 * client that sends a byte every four seconds would stay for ever: each connection also has a deadline as a whole.
 *
 * When all places are taken, the oldest connection that has not said what it wants gives way: a crowd that only holds
 * connections open keeps nobody out. What is above the limit of one address is reset, not queued.
 *
 * TLS is spoken with one certificate. Before a connection on a TLS socket is taken on, the caller sees its hello and
 * says whether it is meant for us; all others are reset at once.
 */
#ifndef TRYGG_WEB_SERVER_H
#define TRYGG_WEB_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/loop.h"
#include "base/span.h"
#include "name/address.h"

enum {
	WEB_CONNECTIONS_MAX = 1024,
	WEB_CONNECTIONS_PER_ADDRESS = 16,
	WEB_HEAD_MAX = 8192, /* bytes of request line and fields */
	WEB_BODY_MAX = 4096,
	WEB_HELLO_MAX = 16384, /* bytes that may come before a hello is whole */
	WEB_IDLE_S = 5,
	WEB_DEADLINE_MS = 10000, /* from accepting to the last byte of the answer */
};

struct web_ticket;

/* One request; all of it borrowed until the handler returns. Fields that are absent are "". */
struct web_request {
	const char *method;
	const char *target; /* as it came */
	const char *host;   /* of the target in absolute form, else the Host field; with port */
	const char *accept, *accept_language;
	const char *cookie, *origin;
	const char *site; /* Sec-Fetch-Site: "same-origin", "cross-site" … */
	const char *type; /* Content-Type */
	struct span body; /* of a POST, whole; at most WEB_BODY_MAX */
	struct address client, local;
	uint16_t local_port;
	bool tls;
	bool local_socket;         /* it came over a Unix socket: client and local say nothing */
	struct web_ticket *ticket; /* for an answer that comes later */
};

/* What the handler fills. Zeroed = an empty answer; status must be set. */
struct web_response {
	int status;
	bool later; /* nothing yet: web_finish() brings it. All other members are ignored */
	char *body; /* owned: freed by the server */
	size_t len;
	const char *type;     /* borrowed for ever: "text/html; charset=utf-8" */
	const char *language; /* Content-Language; borrowed for ever; NULL = none */
	const char *
		style_hash; /* of the one inline style sheet, "sha256-…"; borrowed until the answer is queued */
	bool has_script;    /* the page may run scripts of its own origin */
	bool has_forms;     /* ... and send forms to it */
	char location[512]; /* "" = none */
	char cookie[256];   /* a Set-Cookie field; "" = none */
	char save_as[64];   /* the file name of an attachment, letters, digits and . - _; "" = a page */
	bool https_only;    /* the name is to be met over HTTPS only, for a year (RFC 6797) */
};

typedef void web_handle(void *user, const struct web_request *request, struct web_response *response);

enum web_hello_is { WEB_HELLO_MORE, WEB_HELLO_OURS, WEB_HELLO_FOREIGN };
/* The first bytes of a connection on a TLS socket, all that have come so far. */
typedef enum web_hello_is web_hello(void *user, struct span bytes);

struct web_counters {
	uint64_t requests;
	uint64_t refused; /* connections above a limit, reset */
	uint64_t evicted; /* connections that said nothing and gave way to others */
	uint64_t overdue; /* connections cut at their deadline */
	uint64_t bad;     /* requests answered with 400, 413, 414 or 431 by this layer */
	uint64_t foreign; /* TLS connections for other names, reset */
	uint64_t open;    /* connections now */
};

struct web;

/* Ends the program when the library gives no server. The loop is borrowed. */
struct web *web_new(struct loop *loop, web_handle *handle, web_hello *hello, void *user);
/* Takes over a listening socket; `tls` = what comes there is TLS. 0 or a negative errno. */
int web_listen(struct web *w, int fd, bool tls);
/*
 * The certificate chain and key (PEM, copied by the library) for TLS connections from now on; those that are open go on
 * with theirs. NULL = none: every hello is foreign. 0, or -EINVAL and the old one stays.
 */
int web_certificate(struct web *w, const char *chain, const char *key);
/*
 * The answer to a request that was put off: exactly once, never inside the handler. When the client has gone meanwhile
 * nothing is sent. Takes over the response's body.
 */
void web_finish(struct web_ticket *ticket, struct web_response *response);
/* Any other field of a request, by its name; "" when absent. Borrowed until the handler returns. */
const char *web_field(const struct web_request *request, const char *name);
const struct web_counters *web_count(const struct web *w);
/* Closes sockets and connections. Every ticket must have been finished. */
void web_free(struct web *w);

#endif
