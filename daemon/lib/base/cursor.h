/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one way to read and to write wire formats: a position in a bounded buffer with a sticky error. Read
 * everything first, check once: after the first access beyond the end every further read yields zero (or an
 * empty span) and every write does nothing, and cursor_ok() says so. Integers are big-endian as on the wire.
 */
#ifndef TRYGG_BASE_CURSOR_H
#define TRYGG_BASE_CURSOR_H

#include "base/span.h"

struct reader {
	const uint8_t *at;
	const uint8_t *end;
	bool failed;
};

static inline struct reader reader_of(struct span s)
{
	return (struct reader){s.at, s.at + s.len, false};
}

static inline bool reader_ok(const struct reader *r)
{
	return !r->failed;
}

static inline size_t reader_left(const struct reader *r)
{
	return r->failed ? 0 : (size_t)(r->end - r->at);
}

/* The next `len` bytes, borrowed from the buffer. */
static inline struct span reader_take(struct reader *r, size_t len)
{
	if (len > reader_left(r)) {
		r->failed = true;
		return (struct span){r->end, 0};
	}
	struct span s = {r->at, len};
	r->at += len;
	return s;
}

static inline struct span reader_rest(struct reader *r)
{
	return reader_take(r, reader_left(r));
}

static inline void reader_skip(struct reader *r, size_t len)
{
	(void)reader_take(r, len);
}

static inline uint8_t reader_u8(struct reader *r)
{
	struct span s = reader_take(r, 1);
	return s.len == 1 ? s.at[0] : 0;
}

static inline uint16_t reader_u16(struct reader *r)
{
	struct span s = reader_take(r, 2);
	return (uint16_t)(s.len == 2 ? (unsigned)s.at[0] << 8 | s.at[1] : 0u);
}

static inline uint32_t reader_u32(struct reader *r)
{
	struct span s = reader_take(r, 4);
	if (s.len != 4)
		return 0;
	return (uint32_t)s.at[0] << 24 | (uint32_t)s.at[1] << 16 | (uint32_t)s.at[2] << 8 | s.at[3];
}

struct writer {
	uint8_t *start;
	uint8_t *at;
	uint8_t *end;
	bool failed;
};

static inline struct writer writer_of(void *buffer, size_t size)
{
	return (struct writer){buffer, buffer, (uint8_t *)buffer + size, false};
}

static inline bool writer_ok(const struct writer *w)
{
	return !w->failed;
}

/* Bytes written so far. */
static inline size_t writer_len(const struct writer *w)
{
	return (size_t)(w->at - w->start);
}

static inline void writer_bytes(struct writer *w, const void *bytes, size_t len)
{
	if (w->failed || len > (size_t)(w->end - w->at)) {
		w->failed = true;
		return;
	}
	if (len > 0)
		memcpy(w->at, bytes, len);
	w->at += len;
}

static inline void writer_span(struct writer *w, struct span s)
{
	writer_bytes(w, s.at, s.len);
}

static inline void writer_u8(struct writer *w, uint8_t v)
{
	writer_bytes(w, &v, 1);
}

static inline void writer_u16(struct writer *w, uint16_t v)
{
	uint8_t b[2] = {(uint8_t)(v >> 8), (uint8_t)v};
	writer_bytes(w, b, 2);
}

static inline void writer_u32(struct writer *w, uint32_t v)
{
	writer_u16(w, (uint16_t)(v >> 16));
	writer_u16(w, (uint16_t)v);
}

#endif
