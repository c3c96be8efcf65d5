/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stream_push(): the input is a list of segments (signed 16-bit distance from the edge, length, a byte to fill with, a
 * byte of things to do). Whatever comes in whatever order, no position is taken in two versions, the front is what was
 * taken, and no memory is lost.
 */
#include <stdlib.h>

#include "base/cursor.h"
#include "net/stream.h"

enum { MODEL = 1 << 20, SEGMENTS = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t passed[MODEL];
static bool known[MODEL];

static void check(bool fine)
{
	if (!fine)
		abort();
}

static void remember(int64_t from, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		size_t at = (size_t)from + i;
		check(!known[at] || passed[at] == bytes[i]);
		known[at] = true;
		passed[at] = bytes[i];
	}
}

static void check_front(const struct stream *s)
{
	struct span front = stream_front(s);
	check(s->low <= s->front && s->front <= s->edge && s->edge <= stream_end(s));
	check(s->bytes == NULL || stream_end(s) - s->low <= s->size);
	check(front.len == 0 || memcmp(front.at, passed + s->front, front.len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t bytes[65536];
	struct pool pool = {.all.limit = 4 << 20};
	struct quota client = {.limit = 1 << 18};
	struct reader r = reader_of(span_of(data, size));
	struct stream s;
	stream_begin(&s, reader_u32(&r));
	memset(known, 0, sizeof known);
	for (unsigned i = 0; i < SEGMENTS && reader_left(&r) > 0; i++) {
		int64_t from = s.edge + (int16_t)reader_u16(&r);
		size_t len = reader_u16(&r);
		uint8_t with = reader_u8(&r), todo = reader_u8(&r);
		if (from + (int64_t)len > MODEL)
			break;
		memset(bytes, with, len);
		/* Half of all segments are honest: what is known stays what it was. */
		for (size_t k = 0; (todo & 1) == 0 && from >= 0 && k < len; k++)
			bytes[k] = known[(size_t)from + k] ? passed[(size_t)from + k] : with;
		uint32_t seq = s.first + (uint32_t)from;
		if (stream_push(&s, &pool, &client, seq, span_of(bytes, len)) == STREAM_TAKEN)
			remember(from, bytes, len);
		check_front(&s);
		if ((todo & 2) != 0)
			stream_take(&s, stream_front(&s).len);
		else if ((todo & 4) != 0 && stream_front(&s).len > 0)
			stream_take(&s, 1 + with % stream_front(&s).len);
	}
	stream_clear(&s, &pool, &client);
	check(pool.all.used == 0 && client.used == 0);
	pool_clear(&pool);
	return 0;
}
