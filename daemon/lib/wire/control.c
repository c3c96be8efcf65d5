/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One connection, one request, one answer. A message of another length, magic or verb, or with a text that is
 * not printable ASCII, ends the connection without an answer. Descriptors that come along are closed by the
 * kernel, because nothing here receives them. Connections are few and short: a caller who keeps its
 * connection open without asking loses it to the next one when all places are taken, so nobody can lock the
 * owner out.
 */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/loop.h"
#include "base/service.h"
#include "wire/control.h"

enum { CONTROL_CONNECTIONS = 16 };

struct control_connection {
	struct control *control;
	int sock;       /* -1 = free place */
	uint64_t since; /* order of arrival */
};

struct control {
	struct loop *loop;
	int listener;
	control_serve *serve;
	void *user;
	uint64_t arrivals;
	struct control_connection connections[CONTROL_CONNECTIONS];
	struct control_answer answer; /* scratch: too large for a comfortable stack */
};

void control_say(struct control_text *t, const char *format, ...)
{
	va_list args;

	if (t->left == 0)
		return;
	va_start(args, format);
	int n = vsnprintf(t->at, t->left, format, args);
	va_end(args);
	if (n < 0 || (size_t)n >= t->left) {
		*t->at = 0;
		return;
	}
	t->at += n;
	t->left -= (size_t)n;
}

static void connection_close(struct control_connection *c)
{
	if (c->sock < 0)
		return;
	loop_unwatch(c->control->loop, c->sock);
	close(c->sock);
	c->sock = -1;
}

/* The request as it came is checked whole before any field of it is used. */
int control_check(const void *message, size_t len, struct control_request *out)
{
	if (len != sizeof(*out))
		return -EBADMSG;
	memcpy(out, message, sizeof(*out));
	if (out->magic != CONTROL_MAGIC || out->verb == 0 || out->verb >= CONTROL_VERBS)
		return -EBADMSG;
	const char *end = memchr(out->text, 0, sizeof(out->text));
	if (!end)
		return -EBADMSG;
	for (const char *p = out->text; p < end; p++) {
		if (*p < 0x20 || *p > 0x7e)
			return -EBADMSG;
	}
	return 0;
}

static void connection_answer(struct control_connection *c, int status)
{
	struct control_answer *a = &c->control->answer;

	a->text[CONTROL_TEXT_MAX - 1] = 0;
	a->magic = CONTROL_MAGIC;
	a->status = status;
	a->len = (uint32_t)strlen(a->text);
	/* Fits an empty socket buffer; a caller that does not read gets nothing and is not waited for. */
	(void)send(c->sock, a, CONTROL_ANSWER_HEAD + a->len, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void connection_read(void *user, uint32_t events)
{
	struct control_connection *c = user;
	struct control *control = c->control;
	struct control_request request;
	char message[sizeof(request) + 1]; /* one more, so that a longer message shows */

	(void)events;
	ssize_t n = recv(c->sock, message, sizeof(message), MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0 && control_check(message, (size_t)n, &request) == 0) {
		control->answer.text[0] = 0;
		int status = control->serve(control->user, &request, control->answer.text, CONTROL_TEXT_MAX);
		connection_answer(c, status);
	}
	connection_close(c);
}

static struct control_connection *connection_place(struct control *c)
{
	struct control_connection *oldest = &c->connections[0];

	for (size_t i = 0; i < CONTROL_CONNECTIONS; i++) {
		struct control_connection *place = &c->connections[i];
		if (place->sock < 0)
			return place;
		if (place->since < oldest->since)
			oldest = place;
	}
	connection_close(oldest);
	return oldest;
}

static void control_accept(void *user, uint32_t events)
{
	struct control *c = user;

	(void)events;
	int sock = accept4(c->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (sock < 0)
		return;
	uid_t peer = service_peer_uid(sock);
	if (peer != 0 && peer != geteuid()) {
		close(sock);
		return;
	}
	struct control_connection *place = connection_place(c);
	place->sock = sock;
	place->since = ++c->arrivals;
	if (loop_watch(c->loop, sock, EPOLLIN, connection_read, place) < 0) {
		close(sock);
		place->sock = -1;
	}
}

struct control *control_new(struct loop *loop, const char *path, control_serve *serve, void *user)
{
	struct control *c = calloc(1, sizeof(*c));
	if (!c)
		return NULL;
	c->loop = loop;
	c->serve = serve;
	c->user = user;
	for (size_t i = 0; i < CONTROL_CONNECTIONS; i++)
		c->connections[i] = (struct control_connection){.control = c, .sock = -1};
	c->listener = service_listen(path, 0600);
	if (c->listener < 0 || loop_watch(loop, c->listener, EPOLLIN, control_accept, c) < 0) {
		int saved = c->listener < 0 ? -c->listener : EMFILE;
		if (c->listener >= 0)
			close(c->listener);
		free(c);
		errno = saved;
		return NULL;
	}
	return c;
}

void control_free(struct control *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < CONTROL_CONNECTIONS; i++)
		connection_close(&c->connections[i]);
	loop_unwatch(c->loop, c->listener);
	close(c->listener);
	free(c);
}

/* What another program says ends on a terminal: nothing but lines of text gets through. */
static void answer_clean(struct control_answer *a)
{
	for (uint32_t i = 0; i < a->len; i++) {
		unsigned char ch = (unsigned char)a->text[i];
		if ((ch < 0x20 && ch != '\n') || ch == 0x7f)
			a->text[i] = '?';
	}
	a->text[a->len] = 0;
}

int control_check_answer(struct control_answer *a, size_t len)
{
	if (len < CONTROL_ANSWER_HEAD || a->magic != CONTROL_MAGIC || a->len != len - CONTROL_ANSWER_HEAD ||
	    a->len >= CONTROL_TEXT_MAX)
		return -EBADMSG;
	answer_clean(a);
	return 0;
}

static int ask_wait(int sock, int64_t deadline_ms)
{
	for (;;) {
		int64_t left = deadline_ms - clock_mono_ms();
		struct pollfd p = {.fd = sock, .events = POLLIN};
		int n = poll(&p, 1, left > 0 ? (int)left : 0);
		if (n > 0)
			return 0;
		if (n == 0)
			return -ETIMEDOUT;
		if (errno != EINTR)
			return -errno;
	}
}

int control_ask(const char *path, const struct control_request *request, int wait_ms,
		struct control_answer *out)
{
	int sock = service_connect(path);
	if (sock < 0)
		return sock;

	int64_t deadline_ms = clock_mono_ms() + wait_ms;
	ssize_t n;
	int error = service_send(sock, span_of(request, sizeof(*request)), NULL, 0);
	if (error < 0)
		goto out;
	error = ask_wait(sock, deadline_ms);
	if (error < 0)
		goto out;
	n = recv(sock, out, sizeof(*out), MSG_DONTWAIT);
	if (n <= 0)
		error = n < 0 ? -errno : -ECONNRESET;
	else
		error = control_check_answer(out, (size_t)n);
out:
	close(sock);
	return error;
}
