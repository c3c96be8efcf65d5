/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A server's side of one TCP connection, as different stacks do it, and what its application would do with the bytes:
 * written from RFC 9293 and RFC 5961, not from the code that it judges. Whatever goes wrong is said and aborts.
 */
#ifndef TRYGG_FUZZ_SERVER_MODEL_H
#define TRYGG_FUZZ_SERVER_MODEL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MODEL_BYTES = 1 << 16, MODEL_WINDOW = 65535 };

/* How stacks differ where RFC 9293 leaves it open, or where they do not follow it. */
struct model_kind {
	bool last_wins;     /* of two versions of a byte that waits, the later one */
	bool any_reset;     /* a reset anywhere in the window ends the connection (before RFC 5961) */
	bool deaf;          /* no reset is believed: what a checksum, a timestamp or a hop limit took away */
	bool syn_in_window; /* a SYN in the window ends the connection (before RFC 5961) */
	bool reopens;       /* and after the client's FIN a SYN begins another one (TIME-WAIT) */
};

static const struct model_kind model_kinds[] = {
	{0},
	{.last_wins = true, .any_reset = true, .syn_in_window = true},
	{.deaf = true},
	{.last_wins = true, .deaf = true, .reopens = true},
	{.syn_in_window = true, .reopens = true},
};
enum { MODEL_KINDS = sizeof model_kinds / sizeof model_kinds[0] };

struct model {
	const struct model_kind *kind;
	bool open, ended; /* a connection; its client has said FIN */
	bool opaque;      /* the filter has let it go for good */
	uint32_t first;   /* sequence number of byte 0 */
	size_t next;      /* bytes the application can read */
	int64_t fin;      /* position of FIN; -1: none */
	uint8_t bytes[MODEL_BYTES];
	bool have[MODEL_BYTES];
};

static inline void model_check(bool fine, const char *what)
{
	if (!fine) {
		fprintf(stderr, "model: %s\n", what);
		abort();
	}
}

static inline int64_t model_position(const struct model *m, uint32_t seq)
{
	return (int64_t)m->next + (int32_t)(seq - (m->first + (uint32_t)m->next));
}

/* True when a new connection began with it. */
static inline bool model_syn(struct model *m, uint32_t seq)
{
	int64_t at = model_position(m, seq) - (int64_t)m->next;
	if (m->open && m->ended && m->kind->reopens)
		m->open = false;
	if (m->open) {
		if (m->kind->syn_in_window && at >= 0 && at < MODEL_WINDOW)
			m->open = false;
		return false;
	}
	m->open = true;
	m->ended = m->opaque = false;
	m->first = seq + 1;
	m->next = 0;
	m->fin = -1;
	memset(m->have, 0, sizeof m->have);
	return true;
}

static inline void model_reset(struct model *m, uint32_t seq)
{
	int64_t at = model_position(m, seq) - (int64_t)m->next;
	if (!m->kind->deaf && (at == 0 || (m->kind->any_reset && at > 0 && at < MODEL_WINDOW)))
		m->open = false;
}

/* True when a byte of it was news. */
static inline bool model_data(struct model *m, uint32_t seq, const uint8_t *bytes, size_t len, bool fin)
{
	bool news = false;
	int64_t from = model_position(m, seq), limit = (int64_t)m->next + MODEL_WINDOW;
	if (!m->open || m->ended)
		return false;
	for (size_t i = 0; i < len; i++) {
		int64_t at = from + (int64_t)i;
		if (at < 0 || at >= limit || at >= MODEL_BYTES)
			continue;
		bool known = at < (int64_t)m->next || m->have[at];
		if (!m->opaque)
			model_check(!known || m->bytes[at] == bytes[i],
				    "two versions of a byte came to the server");
		if (at < (int64_t)m->next || (known && !m->kind->last_wins))
			continue;
		news = news || !known;
		m->have[at] = true;
		m->bytes[at] = bytes[i];
	}
	if (fin && m->fin < 0 && from + (int64_t)len >= (int64_t)m->next)
		m->fin = from + (int64_t)len;
	while (m->next < MODEL_BYTES && m->have[m->next] && (int64_t)m->next != m->fin)
		m->next++;
	m->ended = (int64_t)m->next == m->fin;
	return news;
}

/* ---- The application: how many requests are whole, and whether one of them should not be there ---- */

#define MODEL_STOPPED "use-application-dns.net"

static inline bool model_has(const uint8_t *at, size_t len, const char *text)
{
	return memmem(at, len, text, strlen(text)) != NULL;
}

/* Bytes of a message whose head is at [0, head): the body by its Content-Length; 0 when nobody could say. */
static inline size_t model_http_body(const uint8_t *at, size_t head, bool *said)
{
	static const char field[] = "\r\nContent-Length: ";
	const uint8_t *found = memmem(at, head, field, sizeof field - 1);
	*said = found != NULL;
	return found != NULL ? strtoul((const char *)found + sizeof field - 1, NULL, 10) : 0;
}

static inline size_t model_http(const struct model *m)
{
	size_t at = 0, whole = 0;
	while (at < m->next) {
		const uint8_t *end = memmem(m->bytes + at, m->next - at, "\r\n\r\n", 4);
		bool said;
		if (end == NULL)
			break;
		size_t head = (size_t)(end - (m->bytes + at)) + 4;
		model_check(!model_has(m->bytes + at, head, "Host: " MODEL_STOPPED) &&
				    !model_has(m->bytes + at, head, "http://" MODEL_STOPPED),
			    "a stopped request is whole at the server");
		whole++;
		at += head + model_http_body(m->bytes + at, head, &said);
		if (model_has(end - (head - 4), head, "chunked"))
			break;
	}
	return whole;
}

/* The first message alone: what follows it is not for us. */
static inline size_t model_tls(const struct model *m)
{
	static uint8_t message[MODEL_BYTES];
	size_t at = 0, len = 0;
	while (at + 5 <= m->next) {
		size_t record = (size_t)m->bytes[at + 3] << 8 | m->bytes[at + 4];
		size_t there = m->next - at - 5 < record ? m->next - at - 5 : record;
		memcpy(message + len, m->bytes + at + 5, there);
		len += there;
		at += 5 + record;
		size_t wanted =
			len < 4 ? MODEL_BYTES
				: 4 + ((size_t)message[1] << 16 | (size_t)message[2] << 8 | message[3]);
		if (len >= wanted) {
			model_check(!model_has(message, wanted, MODEL_STOPPED),
				    "a stopped hello is whole at the server");
			return 1;
		}
	}
	return 0;
}

static inline size_t model_dns(const struct model *m)
{
	size_t at = 0, whole = 0;
	while (at + 2 <= m->next) {
		size_t len = (size_t)m->bytes[at] << 8 | m->bytes[at + 1];
		if (at + 2 + len > m->next)
			break;
		model_check(!model_has(m->bytes + at + 2, len, "\23use-application-dns\3net"),
			    "a stopped question is whole at the server");
		at += 2 + len;
		whole++;
	}
	return whole;
}

#endif
