/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside lib/web: connections (server.c) and what is said on them (talk.c). */
#ifndef TRYGG_WEB_SERVER_IN_H
#define TRYGG_WEB_SERVER_IN_H

#include <microhttpd.h>

#include "web/server.h"

enum { LISTEN_MAX = 16 };

/* One library server: plain, or TLS with one certificate. A TLS one whose certificate was replaced lives until its last
 * connection has gone. */
struct backend {
	struct web *web;
	struct MHD_Daemon *daemon;
	int epoll;
	struct loop_timer timer;
	uint64_t open;
	bool retired;
	struct backend *next;
};

struct slot {
	struct slot *next, *previous; /* in order of accepting: the oldest is first */
	struct web *web;
	struct backend *backend; /* NULL: its hello is awaited */
	int fd;
	bool cut;
	bool asked;     /* its request is whole */
	int64_t due_ms; /* monotonic */
	struct address client, local;
	uint16_t local_port;
	bool tls;
	bool local_socket;
};

struct listener {
	struct web *web;
	int fd;
	bool tls;
};

struct web {
	struct loop *loop;
	struct backend *plain, *tls; /* owned */
	struct backend *old;         /* owned: retired ones */
	web_handle *handle;
	web_hello *hello;
	void *user;
	struct slot *oldest, *newest;
	struct slot *adding; /* being handed over: not yet the library's to end */
	uint64_t live;       /* slots that are not cut */
	struct loop_timer deadline_timer, retire_timer;
	struct listener listeners[LISTEN_MAX];
	size_t listener_count;
	struct web_counters counters;
	char hello_bytes[WEB_HELLO_MAX];
};

/* Starts a library server with these callbacks and options; NULL when it gives none. */
struct MHD_Daemon *talk_start(struct web *w, const char *chain, const char *key);

/* ---- server.c, for talk.c */
void server_connection(void *user, struct MHD_Connection *connection, void **context,
		       enum MHD_ConnectionNotificationCode code);
/* The library has something to do, soon. */
void server_soon(struct backend *b);

#endif
