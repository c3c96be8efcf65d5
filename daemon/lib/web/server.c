/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Connections are accepted here and handed to the library, so that limits and deadlines are ours. A slot lives from
 * accept to the library's notice that it has closed the descriptor; a deadline only shuts the socket down and lets the
 * library close it, because a descriptor number may be somebody else's a moment later.
 */
#include "web/server.h"

#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

enum { LISTEN_MAX = 16, ACCEPT_BATCH = 64, POOL_BYTES = 32768, HOST_SIZE = 512 };

struct slot {
	struct slot *next, *previous; /* in order of accepting: the oldest is first */
	int fd;
	bool cut;
	int64_t due_ms; /* monotonic */
	struct address client, local;
	uint16_t local_port;
};

struct listener {
	struct web *web;
	int fd;
};

struct web {
	struct loop *loop;
	struct MHD_Daemon *daemon;
	int epoll;
	web_handle *handle;
	void *user;
	struct slot *oldest, *newest;
	struct slot *adding; /* being handed over: not yet the library's to end */
	struct loop_timer library_timer, deadline_timer;
	struct listener listeners[LISTEN_MAX];
	size_t listener_count;
	struct web_counters counters;
};

static void turn(struct web *w);

static void on_library_time(void *user)
{
	turn(user);
}

/* Lets the library work, and asks when it wants to be called again. */
static void turn(struct web *w)
{
	MHD_UNSIGNED_LONG_LONG wait_ms;
	MHD_run(w->daemon);
	if (MHD_get_timeout(w->daemon, &wait_ms) == MHD_YES)
		loop_arm(w->loop, &w->library_timer, wait_ms < 60000 ? (int64_t)wait_ms : 60000,
			 on_library_time, w);
	else
		loop_disarm(w->loop, &w->library_timer);
}

static void on_library_event(void *user, uint32_t events)
{
	(void)events;
	turn(user);
}

static void arm_deadline(struct web *w);

static void on_deadline(void *user)
{
	static const struct linger reset = {1, 0};
	struct web *w = user;
	int64_t now = clock_mono_ms();
	for (struct slot *s = w->oldest; s != NULL && s->due_ms <= now; s = s->next) {
		if (s->cut)
			continue;
		s->cut = true;
		w->counters.overdue++;
		setsockopt(s->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
		shutdown(s->fd, SHUT_RDWR);
	}
	arm_deadline(w);
	turn(w);
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

static void slot_add(struct web *w, struct slot *s)
{
	s->previous = w->newest;
	*(w->newest != NULL ? &w->newest->next : &w->oldest) = s;
	w->newest = s;
	w->counters.open++;
}

static void slot_remove(struct web *w, struct slot *s)
{
	*(s->previous != NULL ? &s->previous->next : &w->oldest) = s->next;
	*(s->next != NULL ? &s->next->previous : &w->newest) = s->previous;
	w->counters.open--;
	free(s);
}

static void on_connection(void *user, struct MHD_Connection *connection, void **context,
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
	static const struct linger reset = {1, 0};
	w->counters.refused++;
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
	close(fd);
}

static bool has_room(const struct web *w, const struct address *client)
{
	int same = 0;
	for (const struct slot *s = w->oldest; s != NULL; s = s->next)
		same += address_equal(&s->client, client);
	return w->counters.open < WEB_CONNECTIONS_MAX && same < WEB_CONNECTIONS_PER_ADDRESS;
}

static void take(struct web *w, int fd, const struct sockaddr_storage *peer, socklen_t peer_len)
{
	struct sockaddr_storage own = {0};
	socklen_t own_len = sizeof own;
	struct slot *s = calloc(1, sizeof *s);
	if (s == NULL)
		abort();
	address_from(peer, &s->client);
	if (getsockname(fd, (struct sockaddr *)&own, &own_len) < 0 || !has_room(w, &s->client)) {
		refuse(w, fd);
		free(s);
		return;
	}
	s->local_port = address_from(&own, &s->local);
	s->fd = fd;
	s->due_ms = clock_mono_ms() + WEB_DEADLINE_MS;
	slot_add(w, s);
	w->adding = s;
	/* Takes the descriptor over in every case. A slot that it has taken may be gone when it answers. */
	if (MHD_add_connection(w->daemon, fd, (const struct sockaddr *)peer, peer_len) != MHD_YES &&
	    w->adding != NULL)
		slot_remove(w, s);
	w->adding = NULL;
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
		if (peer.ss_family == AF_INET || peer.ss_family == AF_INET6)
			take(l->web, fd, &peer, len);
		else
			close(fd);
	}
	arm_deadline(l->web);
	turn(l->web);
}

static const struct {
	const char *name, *value;
} fixed_headers[] = {
	{"Cache-Control", "no-store"},
	{"X-Content-Type-Options", "nosniff"},
	{"Referrer-Policy", "no-referrer"},
	{"Cross-Origin-Opener-Policy", "same-origin"},
	{"Cross-Origin-Resource-Policy", "same-origin"},
	{"Permissions-Policy",
	 "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"},
	{"X-Frame-Options", "DENY"},
	{"Connection", "close"},
};

static void add_headers(struct MHD_Response *m, const struct web_response *r)
{
	char policy[320];
	for (size_t i = 0; i < sizeof fixed_headers / sizeof fixed_headers[0]; i++)
		MHD_add_response_header(m, fixed_headers[i].name, fixed_headers[i].value);
	snprintf(policy, sizeof policy,
		 "default-src 'none'; style-src 'self'%s%.80s%s; img-src 'self'; form-action 'none'; "
		 "base-uri 'none'; "
		 "frame-ancestors 'none'",
		 r->style_hash != NULL ? " '" : "", r->style_hash != NULL ? r->style_hash : "",
		 r->style_hash != NULL ? "'" : "");
	MHD_add_response_header(m, "Content-Security-Policy", policy);
	if (r->type != NULL)
		MHD_add_response_header(m, "Content-Type", r->type);
	if (r->language != NULL)
		MHD_add_response_header(m, "Content-Language", r->language);
	if (r->location[0] != '\0')
		MHD_add_response_header(m, "Location", r->location);
	if (r->status == 405)
		MHD_add_response_header(m, "Allow", "GET, HEAD");
}

static enum MHD_Result send_response(struct MHD_Connection *connection, struct web_response *r)
{
	static char nothing[1];
	struct MHD_Response *m = MHD_create_response_from_buffer(
		r->body != NULL ? r->len : 0, r->body != NULL ? r->body : nothing,
		r->body != NULL ? MHD_RESPMEM_MUST_FREE : MHD_RESPMEM_PERSISTENT);
	if (m == NULL) {
		free(r->body);
		return MHD_NO;
	}
	add_headers(m, r);
	enum MHD_Result result = MHD_queue_response(connection, (unsigned)r->status, m);
	MHD_destroy_response(m);
	return result;
}

struct host_count {
	const char *first;
	int count;
};

static enum MHD_Result count_host(void *user, enum MHD_ValueKind kind, const char *key, const char *value)
{
	struct host_count *h = user;
	(void)kind;
	if (strcasecmp(key, "Host") == 0 && h->count++ == 0)
		h->first = value != NULL ? value : "";
	return MHD_YES;
}

static const char *field(struct MHD_Connection *connection, const char *name)
{
	const char *value = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
	return value != NULL ? value : "";
}

/* The host of a target in absolute form (RFC 9112 3.2.2), which then counts; "" for a target that begins with "/". */
static void target_host(const char **target, char out[static HOST_SIZE])
{
	out[0] = '\0';
	if (strncasecmp(*target, "http://", 7) != 0)
		return;
	size_t len = strcspn(*target + 7, "/?#");
	snprintf(out, HOST_SIZE, "%.*s", len < HOST_SIZE ? (int)len : 0, *target + 7);
	*target += 7 + len;
	if (**target == '\0')
		*target = "/";
}

/* 0, or the status of a request that no handler sees. */
static int check(struct MHD_Connection *connection, const char *version, const char *target,
		 const struct host_count *host)
{
	const union MHD_ConnectionInfo *head =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
	if (strlen(target) > WEB_HEAD_MAX)
		return 414;
	if (head == NULL || head->header_size > WEB_HEAD_MAX)
		return 431;
	if (host->count > 1 || (host->count == 0 && strcmp(version, MHD_HTTP_VERSION_1_0) != 0))
		return 400;
	return 0;
}

static enum MHD_Result on_request(void *user, struct MHD_Connection *connection, const char *url,
				  const char *method, const char *version, const char *upload,
				  size_t *upload_len, void **context)
{
	struct web *w = user;
	const char *target = *context;
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	const struct slot *slot = info != NULL ? info->socket_context : NULL;
	(void)url, (void)upload, (void)upload_len;
	if (slot == NULL || target == NULL)
		return MHD_NO;
	char own_host[HOST_SIZE];
	struct host_count host = {"", 0};
	struct web_response response = {0};
	w->counters.requests++;
	MHD_get_connection_values(connection, MHD_HEADER_KIND, count_host, &host);
	response.status = check(connection, version, target, &host);
	target_host(&target, own_host);
	if (response.status != 0) {
		w->counters.bad++;
		return send_response(connection, &response);
	}
	struct web_request request = {
		.method = method,
		.target = target,
		.host = own_host[0] != '\0' ? own_host : host.first,
		.accept = field(connection, "Accept"),
		.accept_language = field(connection, "Accept-Language"),
		.client = slot->client,
		.local = slot->local,
		.local_port = slot->local_port,
	};
	w->handle(w->user, &request, &response);
	return send_response(connection, &response);
}

/* Called with the first line: the library decodes the target later, and we want it as it came. */
static void *on_target(void *user, const char *target, struct MHD_Connection *connection)
{
	(void)user, (void)connection;
	char *copy = strdup(target);
	if (copy == NULL)
		abort();
	return copy;
}

static void on_completed(void *user, struct MHD_Connection *connection, void **context,
			 enum MHD_RequestTerminationCode code)
{
	(void)user, (void)connection, (void)code;
	free(*context);
	*context = NULL;
}

/* The library's own words go nowhere: they may quote what a client sent. */
static void on_log(void *user, const char *format, va_list args)
{
	(void)user, (void)format, (void)args;
}

struct web *web_new(struct loop *loop, web_handle *handle, void *user)
{
	struct web *w = calloc(1, sizeof *w);
	if (w == NULL)
		abort();
	w->loop = loop;
	w->handle = handle;
	w->user = user;
	w->daemon = MHD_start_daemon(
		MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ERROR_LOG, 0, NULL, NULL, on_request, w,
		MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL, MHD_OPTION_CONNECTION_LIMIT,
		(unsigned)WEB_CONNECTIONS_MAX, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
		(unsigned)WEB_CONNECTIONS_PER_ADDRESS, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)WEB_IDLE_S,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)POOL_BYTES, MHD_OPTION_STRICT_FOR_CLIENT, 1,
		MHD_OPTION_URI_LOG_CALLBACK, on_target, w, MHD_OPTION_NOTIFY_COMPLETED, on_completed, w,
		MHD_OPTION_NOTIFY_CONNECTION, on_connection, w, MHD_OPTION_END);
	const union MHD_DaemonInfo *info =
		w->daemon != NULL ? MHD_get_daemon_info(w->daemon, MHD_DAEMON_INFO_EPOLL_FD) : NULL;
	if (info == NULL)
		abort();
	w->epoll = info->epoll_fd;
	loop_watch(loop, w->epoll, EPOLLIN, on_library_event, w);
	return w;
}

int web_listen(struct web *w, int fd)
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
	*l = (struct listener){w, fd};
	/* Or accept() would wait for a client that has gone again. */
	if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) < 0)
		return -errno;
	int error = loop_watch(w->loop, fd, EPOLLIN, on_accept, l);
	if (error == 0)
		w->listener_count++;
	return error;
}

const struct web_counters *web_count(const struct web *w)
{
	return &w->counters;
}

void web_free(struct web *w)
{
	if (w == NULL)
		return;
	loop_disarm(w->loop, &w->library_timer);
	loop_disarm(w->loop, &w->deadline_timer);
	for (size_t i = 0; i < w->listener_count; i++) {
		loop_unwatch(w->loop, w->listeners[i].fd);
		close(w->listeners[i].fd);
	}
	loop_unwatch(w->loop, w->epoll);
	MHD_stop_daemon(w->daemon);
	free(w);
}
