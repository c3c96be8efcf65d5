/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/hello.h"

#include "proto/tls.h"

void hello_note(struct engine *e)
{
	e->counters.n[COUNT_NAMELESS] += !e->request.tls.named;
	e->counters.n[COUNT_ECH] += e->request.tls.ech;
}

const char *hello_again(struct engine *e, struct flow *f)
{
	struct span said = stream_front(&f->stream);
	size_t first = 0, at = 0, second = 0;
	struct host name;
	if (tls_parse(said, TRANSPORT_STREAM, &e->request, &first) != PARSE_OK)
		return TLS_SECOND_MESSAGE;
	name = e->request.host;
	said = span_from(said, first);
	enum parse parsed = tls_after_hello(said, &at);
	if (parsed == PARSE_OK)
		parsed = tls_parse(span_from(said, at), TRANSPORT_STREAM, &e->request, &second);
	else if (parsed == PARSE_BAD)
		return TLS_SECOND_MESSAGE;
	if (parsed == PARSE_BAD)
		return e->request.reason;
	if (parsed == PARSE_MORE)
		return NULL;
	if (strcmp(name.text, e->request.host.text) != 0)
		return TLS_SECOND_NAME;
	e->counters.n[COUNT_RETRIES]++;
	stream_take(&f->stream, first + at);
	hello_await(f, second);
	return NULL;
}

void hello_await(struct flow *f, size_t len)
{
	f->said_end = stream_seq(&f->stream, f->stream.front + (int64_t)len);
	f->server_heard = false;
}

bool hello_answered(const struct headers *h, struct flow *f)
{
	if (h->payload.len == 0 || (f->server_heard && (int32_t)(h->tcp.seq - f->server_low) > 0))
		return false;
	f->server_heard = true;
	f->server_low = h->tcp.seq;
	/* Not beyond what was sent, either: an older connection of these ends has its numbers far away. */
	uint32_t sent = stream_seq(&f->stream, stream_end(&f->stream)) + f->ended;
	return (int32_t)(h->tcp.ack - f->said_end) >= 0 && (int32_t)(sent - h->tcp.ack) >= 0;
}
