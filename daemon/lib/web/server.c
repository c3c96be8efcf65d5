/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Connections are accepted here and handed to the library, so that limits and deadlines are ours. A slot lives from
 * accept to the library's notice that it has closed the descriptor; a deadline only shuts the socket down and lets the
 * library close it, because a descriptor number may be somebody else's a moment later.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "web/server_in.h"

enum { ACCEPT_BATCH = 64 };

static const struct linger reset = {1, 0};

static void turn(struct backend *b);

static void on_library_time(void *user)
{
	turn(user);
}

/* Lets the library work, and asks when it wants to be called again. */
static void turn(struct backend *b)
{
	MHD_UNSIGNED_LONG_LONG wait_ms;
	MHD_run(b->daemon);
	if (MHD_get_timeout(b->daemon, &wait_ms) == MHD_YES)
		loop_arm(b->web->loop, &b->timer, wait_ms < 60000 ? (int64_t)wait_ms : 60000, on_library_time,
			 b);
	else
		loop_disarm(b->web->loop, &b->timer);
}

void server_soon(struct backend *b)
{
	loop_arm(b->web->loop, &b->timer, 0, on_library_time, b);
}

static void on_library_event(void *user, uint32_t events)
{
	(void)events;
	turn(user);
}

static struct backend *backend_new(struct web *w, const char *chain, const char *key)
{
	struct backend *b = calloc(1, sizeof *b);
	if (b == NULL)
		abort();
	b->web = w;
	b->daemon = talk_start(w, chain, key);
	const union MHD_DaemonInfo *info =
		b->daemon != NULL ? MHD_get_daemon_info(b->daemon, MHD_DAEMON_INFO_EPOLL_FD) : NULL;
	if (info == NULL) {
		if (b->daemon != NULL)
			MHD_stop_daemon(b->daemon);
		free(b);
		return NULL;
	}
	b->epoll = info->epoll_fd;
	loop_watch(w->loop, b->epoll, EPOLLIN, on_library_event, b);
	return b;
}

static void backend_free(struct backend *b)
{
	if (b == NULL)
		return;
	loop_disarm(b->web->loop, &b->timer);
	loop_unwatch(b->web->loop, b->epoll);
	MHD_stop_daemon(b->daemon);
	free(b);
}

static void on_retire(void *user)
{
	struct web *w = user;
	for (struct backend **at = &w->old; *at != NULL;) {
		struct backend *b = *at;
		if (b->open > 0) {
			at = &b->next;
			continue;
		}
		*at = b->next;
		backend_free(b);
	}
}

static void slot_add(struct web *w, struct slot *s)
{
	s->previous = w->newest;
	*(w->newest != NULL ? &w->newest->next : &w->oldest) = s;
	w->newest = s;
	w->live++;
	w->counters.open++;
}

static void slot_remove(struct web *w, struct slot *s)
{
	*(s->previous != NULL ? &s->previous->next : &w->oldest) = s->next;
	*(s->next != NULL ? &s->next->previous : &w->newest) = s->previous;
	w->counters.open--;
	w->live -= !s->cut;
	if (s->backend != NULL && --s->backend->open == 0 && s->backend->retired)
		loop_arm(w->loop, &w->retire_timer, 0, on_retire, w);
	free(s);
}

/* The library is not told of it yet: the descriptor is ours to close. */
static void slot_close(struct slot *s)
{
	loop_unwatch(s->web->loop, s->fd);
	setsockopt(s->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
	close(s->fd);
	slot_remove(s->web, s);
}

/* Resets it now; the library finds out by itself. */
static void slot_cut(struct slot *s)
{
	if (s->backend == NULL) {
		slot_close(s);
		return;
	}
	s->cut = true;
	s->web->live--;
	setsockopt(s->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
	shutdown(s->fd, SHUT_RDWR);
}

static void turn_all(struct web *w)
{
	turn(w->plain);
	if (w->tls != NULL)
		turn(w->tls);
}

static void arm_deadline(struct web *w);

static void on_deadline(void *user)
{
	struct web *w = user;
	int64_t now = clock_mono_ms();
	for (struct slot *s = w->oldest, *next; s != NULL && s->due_ms <= now; s = next) {
		next = s->next;
		if (s->cut)
			continue;
		w->counters.overdue++;
		slot_cut(s);
	}
	arm_deadline(w);
	turn_all(w);
}

static void arm_deadline(struct web *w)
{
	const struct slot *s = w->oldest;
	while (s != NULL && s->cut)
		s = s->next;
	if (s == NULL) {
		loop_disarm(w->loop, &w->deadline_timer);
		return;
	}
	int64_t left = s->due_ms - clock_mono_ms();
	loop_arm(w->loop, &w->deadline_timer, left > 0 ? left : 0, on_deadline, w);
}

void server_connection(void *user, struct MHD_Connection *connection, void **context,
		       enum MHD_ConnectionNotificationCode code)
{
	struct web *w = user;
	(void)connection;
	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		*context = w->adding;
		w->adding = NULL;
	} else if (*context != NULL) {
		slot_remove(w, *context);
		*context = NULL;
	}
}

static uint16_t address_from(const struct sockaddr_storage *from, struct address *out)
{
	*out = (struct address){.family = 4};
	if (from->ss_family == AF_UNIX)
		return 0;
	if (from->ss_family == AF_INET) {
		const struct sockaddr_in *v4 = (const struct sockaddr_in *)from;
		memcpy(out->bytes, &v4->sin_addr, 4);
		return ntohs(v4->sin_port);
	}
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)from;
	if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) {
		memcpy(out->bytes, v6->sin6_addr.s6_addr + 12, 4);
	} else {
		out->family = 6;
		memcpy(out->bytes, &v6->sin6_addr, 16);
	}
	return ntohs(v6->sin6_port);
}

static void refuse(struct web *w, int fd)
{
	w->counters.refused++;
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
	close(fd);
}

/* One address has its limit; when all places are taken, who has said nothing for longest gives way. */
static bool make_room(struct web *w, const struct address *client, bool local_socket)
{
	int same = 0;
	struct slot *silent = NULL;
	for (struct slot *s = w->oldest; s != NULL; s = s->next) {
		same += !s->cut && !s->local_socket && address_equal(&s->client, client);
		if (silent == NULL && !s->cut && !s->asked)
			silent = s;
	}
	/* Behind a Unix socket a proxy speaks for many. */
	if (same >= WEB_CONNECTIONS_PER_ADDRESS && !local_socket)
		return false;
	if (w->live < WEB_CONNECTIONS_MAX)
		return true;
	if (silent == NULL)
		return false;
	w->counters.evicted++;
	slot_cut(silent);
	return true;
}

/* The library takes the descriptor over in every case. A slot that it has taken may be gone when it answers. */
static void hand_over(struct slot *s, struct backend *b)
{
	struct web *w = s->web;
	struct sockaddr_storage peer = {0};
	socklen_t len = sizeof peer;
	s->backend = b;
	b->open++;
	w->adding = s;
	if (getpeername(s->fd, (struct sockaddr *)&peer, &len) < 0) {
		close(s->fd);
		slot_remove(w, s);
	} else if (MHD_add_connection(b->daemon, s->fd, (const struct sockaddr *)&peer, len) != MHD_YES &&
		   w->adding != NULL) {
		slot_remove(w, s);
	}
	w->adding = NULL;
}

/* Edge-triggered: called again only when more has come. */
static void on_hello(void *user, uint32_t events)
{
	struct slot *s = user;
	struct web *w = s->web;
	ssize_t n = recv(s->fd, w->hello_bytes, sizeof w->hello_bytes, MSG_PEEK | MSG_DONTWAIT);
	(void)events;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	enum web_hello_is is = n <= 0 || w->tls == NULL
				       ? WEB_HELLO_FOREIGN
				       : w->hello(w->user, span_of(w->hello_bytes, (size_t)n));
	if (is == WEB_HELLO_MORE && n < (ssize_t)sizeof w->hello_bytes)
		return;
	if (is != WEB_HELLO_OURS) {
		w->counters.foreign += n > 0;
		slot_close(s);
		return;
	}
	loop_unwatch(w->loop, s->fd);
	hand_over(s, w->tls);
	turn(w->tls);
}

static void take(struct listener *l, int fd, const struct sockaddr_storage *peer)
{
	struct web *w = l->web;
	struct sockaddr_storage own = {0};
	socklen_t own_len = sizeof own;
	struct slot *s = calloc(1, sizeof *s);
	if (s == NULL)
		abort();
	address_from(peer, &s->client);
	s->local_socket = peer->ss_family == AF_UNIX;
	if (getsockname(fd, (struct sockaddr *)&own, &own_len) < 0 ||
	    !make_room(w, &s->client, s->local_socket)) {
		refuse(w, fd);
		free(s);
		return;
	}
	s->web = w;
	s->local_port = address_from(&own, &s->local);
	s->fd = fd;
	s->tls = l->tls;
	s->due_ms = clock_mono_ms() + WEB_DEADLINE_MS;
	slot_add(w, s);
	if (!l->tls)
		hand_over(s, w->plain);
	else if (loop_watch(w->loop, fd, EPOLLIN | EPOLLET, on_hello, s) < 0)
		slot_close(s);
}

static void on_accept(void *user, uint32_t events)
{
	struct listener *l = user;
	(void)events;
	for (int i = 0; i < ACCEPT_BATCH; i++) {
		struct sockaddr_storage peer = {0};
		socklen_t len = sizeof peer;
		int fd = accept4(l->fd, (struct sockaddr *)&peer, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0)
			break;
		if (peer.ss_family == AF_INET || peer.ss_family == AF_INET6 || peer.ss_family == AF_UNIX)
			take(l, fd, &peer);
		else
			close(fd);
	}
	arm_deadline(l->web);
	turn_all(l->web);
}

struct web *web_new(struct loop *loop, web_handle *handle, web_hello *hello, void *user)
{
	struct web *w = calloc(1, sizeof *w);
	if (w == NULL)
		abort();
	w->loop = loop;
	w->handle = handle;
	w->hello = hello;
	w->user = user;
	w->plain = backend_new(w, NULL, NULL);
	if (w->plain == NULL)
		abort();
	return w;
}

int web_listen(struct web *w, int fd, bool tls)
{
	int listening = 0;
	socklen_t len = sizeof listening;
	if (w->listener_count == LISTEN_MAX)
		return -ENOSPC;
	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len) < 0)
		return -errno;
	if (!listening)
		return -EINVAL;
	struct listener *l = &w->listeners[w->listener_count];
	*l = (struct listener){w, fd, tls};
	/* Or accept() would wait for a client that has gone again. */
	if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) < 0)
		return -errno;
	int error = loop_watch(w->loop, fd, EPOLLIN, on_accept, l);
	if (error == 0)
		w->listener_count++;
	return error;
}

int web_certificate(struct web *w, const char *chain, const char *key)
{
	struct backend *fresh = chain != NULL ? backend_new(w, chain, key) : NULL;
	if (chain != NULL && fresh == NULL)
		return -EINVAL;
	struct backend *old = w->tls;
	w->tls = fresh;
	if (old != NULL) {
		old->retired = true;
		old->next = w->old;
		w->old = old;
		loop_arm(w->loop, &w->retire_timer, 0, on_retire, w);
	}
	return 0;
}

const struct web_counters *web_count(const struct web *w)
{
	return &w->counters;
}

void web_free(struct web *w)
{
	if (w == NULL)
		return;
	loop_disarm(w->loop, &w->deadline_timer);
	for (size_t i = 0; i < w->listener_count; i++) {
		loop_unwatch(w->loop, w->listeners[i].fd);
		close(w->listeners[i].fd);
	}
	for (struct slot *s = w->oldest, *next; s != NULL; s = next) {
		next = s->next;
		if (s->backend == NULL)
			slot_close(s);
	}
	backend_free(w->plain);
	backend_free(w->tls);
	while (w->old != NULL) {
		struct backend *b = w->old;
		w->old = b->next;
		backend_free(b);
	}
	loop_disarm(w->loop, &w->retire_timer);
	free(w);
}
