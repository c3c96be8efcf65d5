/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A small web server on libmicrohttpd inside our own event loop: sockets are handed in, every connection carries one
 * request, and everything a client can make grow has a limit. The library's timeout only sees idleness, so that a
 * client that sends a byte every four seconds would stay for ever: each connection also has a deadline as a whole.
 * What is above a limit is reset, not queued.
 */
#ifndef TRYGG_WEB_SERVER_H
#define TRYGG_WEB_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/loop.h"
#include "name/address.h"

enum {
	WEB_CONNECTIONS_MAX = 256,
	WEB_CONNECTIONS_PER_ADDRESS = 16,
	WEB_HEAD_MAX = 8192, /* bytes of request line and fields */
	WEB_IDLE_S = 5,
	WEB_DEADLINE_MS = 10000, /* from accepting to the last byte of the answer */
};

/* One request; all of it borrowed until the handler returns. Fields that are absent are "". */
struct web_request {
	const char *method;
	const char *target; /* as it came */
	const char *host;   /* of the target in absolute form, else the Host field; with port */
	const char *accept, *accept_language;
	struct address client, local;
	uint16_t local_port;
};

/* What the handler fills. Zeroed = an empty answer; status must be set. */
struct web_response {
	int status;
	char *body; /* owned: freed by the server */
	size_t len;
	const char *type;     /* borrowed for ever: "text/html; charset=utf-8" */
	const char *language; /* Content-Language; borrowed for ever; NULL = none */
	const char *
		style_hash; /* of the one inline style sheet, "sha256-…"; borrowed until the answer is queued */
	char location[512]; /* "" = none */
};

typedef void web_handle(void *user, const struct web_request *request, struct web_response *response);

struct web_counters {
	uint64_t requests;
	uint64_t refused; /* connections above a limit, reset */
	uint64_t overdue; /* connections cut at their deadline */
	uint64_t bad;     /* requests answered with 400, 414 or 431 by this layer */
	uint64_t open;    /* connections now */
};

struct web;

/* Ends the program when the library gives no server. The loop is borrowed. */
struct web *web_new(struct loop *loop, web_handle *handle, void *user);
/* Takes over a listening socket. 0 or a negative errno. */
int web_listen(struct web *w, int fd);
const struct web_counters *web_count(const struct web *w);
/* Closes sockets and connections. */
void web_free(struct web *w);

#endif
