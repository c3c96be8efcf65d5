/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One request and its answer, as the library's callbacks tell of them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "web/server_in.h"

enum { POOL_BYTES = 32768, HOST_SIZE = 512 };

/* A request on its way: made with its first line, gone with its end. */
struct web_ticket {
	struct web *web;
	struct slot *slot;
	struct MHD_Connection *connection;
	char *target; /* owned: as it came */
	bool seen;    /* the head has been looked at */
	bool answered;
	bool put_off; /* the handler will answer later: the library waits */
	bool ready;   /* ... and has */
	int refused;  /* status of a request that no handler sees; 0 = none */
	struct web_response response;
	size_t len;
	char body[WEB_BODY_MAX];
};

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
	char policy[400];
	for (size_t i = 0; i < sizeof fixed_headers / sizeof fixed_headers[0]; i++)
		MHD_add_response_header(m, fixed_headers[i].name, fixed_headers[i].value);
	snprintf(policy, sizeof policy,
		 "default-src 'none'; style-src 'self'%s%.80s%s; img-src 'self'; %sform-action %s; "
		 "base-uri 'none'; frame-ancestors 'none'",
		 r->style_hash != NULL ? " '" : "", r->style_hash != NULL ? r->style_hash : "",
		 r->style_hash != NULL ? "'" : "", r->has_script ? "script-src 'self'; " : "",
		 r->has_forms ? "'self'" : "'none'");
	MHD_add_response_header(m, "Content-Security-Policy", policy);
	if (r->type != NULL)
		MHD_add_response_header(m, "Content-Type", r->type);
	if (r->language != NULL)
		MHD_add_response_header(m, "Content-Language", r->language);
	if (r->location[0] != '\0')
		MHD_add_response_header(m, "Location", r->location);
	if (r->cookie[0] != '\0')
		MHD_add_response_header(m, "Set-Cookie", r->cookie);
	if (r->https_only)
		MHD_add_response_header(m, "Strict-Transport-Security", "max-age=31536000");
	if (r->save_as[0] != '\0') {
		char attachment[128];
		snprintf(attachment, sizeof attachment, "attachment; filename=\"%.60s\"", r->save_as);
		MHD_add_response_header(m, "Content-Disposition", attachment);
	}
	if (r->status == 405)
		MHD_add_response_header(m, "Allow", r->has_forms ? "GET, HEAD, POST" : "GET, HEAD");
}

static enum MHD_Result send_response(struct MHD_Connection *connection, struct web_response *r)
{
	static char nothing[1];
	struct MHD_Response *m = MHD_create_response_from_buffer(
		r->body != NULL ? r->len : 0, r->body != NULL ? r->body : nothing,
		r->body != NULL ? MHD_RESPMEM_MUST_FREE : MHD_RESPMEM_PERSISTENT);
	if (m == NULL) {
		free(r->body);
		r->body = NULL;
		return MHD_NO;
	}
	r->body = NULL; /* the library's */
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
static int check(const struct web_ticket *t, const char *version, const struct host_count *host)
{
	const union MHD_ConnectionInfo *head =
		MHD_get_connection_info(t->connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
	if (strlen(t->target) > WEB_HEAD_MAX)
		return 414;
	if (head == NULL || head->header_size > WEB_HEAD_MAX)
		return 431;
	if (host->count > 1 || (host->count == 0 && strcmp(version, MHD_HTTP_VERSION_1_0) != 0))
		return 400;
	return 0;
}

static enum MHD_Result handle(struct web_ticket *t, const char *method, const struct host_count *host)
{
	char own_host[HOST_SIZE];
	const char *target = t->target;
	target_host(&target, own_host);
	struct web_request request = {
		.method = method,
		.target = target,
		.host = own_host[0] != '\0' ? own_host : host->first,
		.accept = field(t->connection, "Accept"),
		.accept_language = field(t->connection, "Accept-Language"),
		.cookie = field(t->connection, "Cookie"),
		.origin = field(t->connection, "Origin"),
		.site = field(t->connection, "Sec-Fetch-Site"),
		.type = field(t->connection, "Content-Type"),
		.body = span_of(t->body, t->len),
		.client = t->slot->client,
		.local = t->slot->local,
		.local_port = t->slot->local_port,
		.tls = t->slot->tls,
		.local_socket = t->slot->local_socket,
		.ticket = t,
	};
	t->web->handle(t->web->user, &request, &t->response);
	if (t->response.later) {
		t->put_off = true;
		MHD_suspend_connection(t->connection);
		return MHD_YES;
	}
	t->answered = true;
	return send_response(t->connection, &t->response);
}

/* What came of a body; what is too much is refused and never kept. */
static void take_body(struct web_ticket *t, const char *upload, size_t *len)
{
	if (*len > sizeof t->body - t->len) {
		t->refused = 413;
		t->len = 0;
	} else if (t->refused == 0) {
		memcpy(t->body + t->len, upload, *len);
		t->len += *len;
	}
	*len = 0;
}

/* Called with the head, with each piece of a body, with its end, and again after the library was made to wait. */
static enum MHD_Result on_request(void *user, struct MHD_Connection *connection, const char *url,
				  const char *method, const char *version, const char *upload,
				  size_t *upload_len, void **context)
{
	struct web *w = user;
	struct web_ticket *t = *context;
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct host_count host = {"", 0};
	(void)url;
	if (t == NULL || t->answered || info == NULL || info->socket_context == NULL)
		return t != NULL && t->answered ? MHD_YES : MHD_NO;
	if (t->ready) {
		t->answered = true;
		return send_response(connection, &t->response);
	}
	bool posted = strcmp(method, "POST") == 0;
	MHD_get_connection_values(connection, MHD_HEADER_KIND, count_host, &host);
	if (!t->seen) {
		t->seen = true;
		t->slot = info->socket_context;
		w->counters.requests++;
		t->refused = check(t, version, &host);
		if (posted && t->refused == 0 &&
		    strtoull(field(connection, "Content-Length"), NULL, 10) > WEB_BODY_MAX)
			t->refused = 413;
		if (posted && t->refused == 0)
			return MHD_YES;
	} else if (*upload_len > 0) {
		take_body(t, upload, upload_len);
		return MHD_YES;
	}
	t->slot->asked = true;
	if (t->refused == 0)
		return handle(t, method, &host);
	w->counters.bad++;
	t->answered = true;
	t->response.status = t->refused;
	return send_response(connection, &t->response);
}

/* Called with the first line: the library decodes the target later, and we want it as it came. */
static void *on_target(void *user, const char *target, struct MHD_Connection *connection)
{
	struct web_ticket *t = calloc(1, sizeof *t);
	if (t == NULL)
		abort();
	t->web = user;
	t->connection = connection;
	t->target = strdup(target);
	if (t->target == NULL)
		abort();
	return t;
}

static void on_completed(void *user, struct MHD_Connection *connection, void **context,
			 enum MHD_RequestTerminationCode code)
{
	struct web_ticket *t = *context;
	(void)user, (void)connection, (void)code;
	if (t == NULL)
		return;
	free(t->response.body);
	free(t->target);
	memset(t->body, 0, t->len); /* what a pupil wrote */
	free(t);
	*context = NULL;
}

const char *web_field(const struct web_request *request, const char *name)
{
	return field(request->ticket->connection, name);
}

void web_finish(struct web_ticket *t, struct web_response *response)
{
	t->response = *response;
	t->ready = true;
	MHD_resume_connection(t->connection);
	server_soon(t->slot->backend);
}

/* The library's own words go nowhere: they may quote what a client sent. */
static void on_log(void *user, const char *format, va_list args)
{
	(void)user, (void)format, (void)args;
}

struct MHD_Daemon *talk_start(struct web *w, const char *chain, const char *key)
{
	unsigned flags = MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ERROR_LOG |
			 MHD_ALLOW_SUSPEND_RESUME | (chain != NULL ? (unsigned)MHD_USE_TLS : 0);
	struct MHD_OptionItem tls[] = {
		{chain != NULL ? MHD_OPTION_HTTPS_MEM_CERT : MHD_OPTION_END, 0, (void *)(uintptr_t)chain},
		{MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)key},
		{MHD_OPTION_HTTPS_PRIORITIES, 0,
		 (void *)(uintptr_t) "SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"},
		{MHD_OPTION_END, 0, NULL},
	};
	return MHD_start_daemon(flags, 0, NULL, NULL, on_request, w, MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL,
				MHD_OPTION_CONNECTION_LIMIT, 2 * (unsigned)WEB_CONNECTIONS_MAX,
				MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)WEB_IDLE_S,
				MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)POOL_BYTES,
				MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_URI_LOG_CALLBACK, on_target, w,
				MHD_OPTION_NOTIFY_COMPLETED, on_completed, w, MHD_OPTION_NOTIFY_CONNECTION,
				server_connection, w, MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
}
