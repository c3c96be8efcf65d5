/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory is one linear buffer from `low` on, so that the parser gets a plain span and repetitions are
 * compared by memcmp. It grows by doubling; when it may not grow, or holds more history than promised, the
 * oldest history is forgotten by moving the rest down, half a buffer at a time, which costs each byte at most
 * one more copy.
 */
#include "net/stream.h"

struct island {
	int64_t from, to; /* positions; to is exclusive */
};

/* Sorted, without overlap, none touching the next, all beyond the edge. */
struct islands {
	size_t count;
	struct island at[STREAM_ISLANDS_MAX];
};

void stream_begin(struct stream *s, uint32_t isn)
{
	*s = (struct stream){.first = isn + 1};
}

static void drop_islands(struct stream *s, struct pool *pool, struct quota *client)
{
	pool_give(pool, client, (uint8_t *)s->islands, sizeof *s->islands);
	s->islands = NULL;
}

void stream_clear(struct stream *s, struct pool *pool, struct quota *client)
{
	drop_islands(s, pool, client);
	pool_give(pool, client, s->bytes, s->size);
	s->bytes = NULL;
	s->size = 0;
	s->low = s->front = s->edge;
}

uint32_t stream_seq(const struct stream *s, int64_t position)
{
	return s->first + (uint32_t)(uint64_t)position;
}

int64_t stream_position(const struct stream *s, uint32_t seq)
{
	return s->edge + (int32_t)(seq - stream_seq(s, s->edge));
}

int64_t stream_end(const struct stream *s)
{
	return s->islands != NULL ? s->islands->at[s->islands->count - 1].to : s->edge;
}

bool stream_is_probe(const struct stream *s, uint32_t seq, size_t len)
{
	return len <= 1 && stream_position(s, seq) == stream_end(s) - 1;
}

struct span stream_front(const struct stream *s)
{
	if (s->bytes == NULL)
		return span_of("", 0);
	return span_of(s->bytes + (s->front - s->low), (size_t)(s->edge - s->front));
}

void stream_take(struct stream *s, size_t len)
{
	s->front += (int64_t)len;
}

/* Forgets what is older than `low`, if need be into another buffer. */
static void move_to(struct stream *s, uint8_t *bytes, size_t size, int64_t low)
{
	size_t keep = (size_t)(stream_end(s) - low);
	if (s->bytes != NULL && keep > 0)
		memmove(bytes, s->bytes + (low - s->low), keep);
	s->bytes = bytes;
	s->size = (uint32_t)size;
	s->low = low;
}

static bool grow(struct stream *s, struct pool *pool, struct quota *client, size_t need)
{
	uint8_t *old = s->bytes;
	size_t old_size = s->size;
	bool needed = s->front - s->low <= STREAM_HISTORY_MAX;
	uint8_t *bytes = needed ? pool_take(pool, client, need) : pool_take_spare(pool, client, need);
	if (bytes == NULL)
		return false;
	move_to(s, bytes, pool_round(need), s->low);
	pool_give(pool, client, old, old_size);
	return true;
}

/* Makes positions up to `to` storable. The undecided bytes are never forgotten for that, history is. */
static bool make_room(struct stream *s, struct pool *pool, struct quota *client, int64_t to)
{
	size_t need = (size_t)(to - s->low);
	if (need <= s->size)
		return true;
	if (need <= STREAM_SPARE_MAX && grow(s, pool, client, need))
		return true;
	int64_t low = to - s->size / 2;
	if (low > s->front)
		low = s->front;
	if (s->size == 0 || to - low > s->size)
		return false;
	move_to(s, s->bytes, s->size, low);
	return true;
}

/* Whether the part of [from, to) inside [known_from, known_to) is what is remembered there. */
static bool same(const struct stream *s, int64_t from, struct span payload, int64_t known_from,
		 int64_t known_to)
{
	int64_t to = from + (int64_t)payload.len;
	int64_t a = from > known_from ? from : known_from;
	int64_t b = to < known_to ? to : known_to;
	return a >= b || memcmp(payload.at + (a - from), s->bytes + (a - s->low), (size_t)(b - a)) == 0;
}

static bool agrees(const struct stream *s, int64_t from, struct span payload)
{
	if (!same(s, from, payload, s->low, s->edge))
		return false;
	for (size_t i = 0; s->islands != NULL && i < s->islands->count; i++) {
		if (!same(s, from, payload, s->islands->at[i].from, s->islands->at[i].to))
			return false;
	}
	return true;
}

/* Takes the islands that [from, to) touches out of the list and returns the union. */
static struct island merge(struct islands *list, struct island run)
{
	size_t kept = 0;
	for (size_t i = 0; i < list->count; i++) {
		struct island *at = &list->at[i];
		if (at->to < run.from || at->from > run.to) {
			list->at[kept++] = *at;
			continue;
		}
		run.from = at->from < run.from ? at->from : run.from;
		run.to = at->to > run.to ? at->to : run.to;
	}
	list->count = kept;
	return run;
}

static void insert(struct islands *list, struct island run)
{
	size_t i = list->count++;
	for (; i > 0 && list->at[i - 1].from > run.from; i--)
		list->at[i] = list->at[i - 1];
	list->at[i] = run;
}

/* How many islands there would be with [from, to) added. */
static size_t islands_with(const struct islands *list, struct island run)
{
	size_t apart = 0;
	for (size_t i = 0; i < list->count; i++)
		apart += list->at[i].to < run.from || list->at[i].from > run.to;
	return apart + 1;
}

static bool need_islands(struct stream *s, struct pool *pool, struct quota *client)
{
	if (s->islands == NULL) {
		s->islands = (struct islands *)(void *)pool_take(pool, client, sizeof *s->islands);
		if (s->islands != NULL)
			s->islands->count = 0;
	}
	return s->islands != NULL;
}

/* Bytes beyond a hole. */
static enum stream_push push_ahead(struct stream *s, struct pool *pool, struct quota *client,
				   struct island run, struct span payload)
{
	if (s->islands != NULL && islands_with(s->islands, run) > STREAM_ISLANDS_MAX)
		return STREAM_FULL;
	if (!make_room(s, pool, client, run.to > stream_end(s) ? run.to : stream_end(s)))
		return STREAM_FULL;
	if (!need_islands(s, pool, client))
		return STREAM_FULL;
	memcpy(s->bytes + (run.from - s->low), payload.at, payload.len);
	insert(s->islands, merge(s->islands, run));
	return STREAM_TAKEN;
}

enum stream_push stream_push(struct stream *s, struct pool *pool, struct quota *client, uint32_t seq,
			     struct span payload)
{
	if (payload.len == 0)
		return STREAM_TAKEN;
	struct island run = {.from = stream_position(s, seq)};
	run.to = run.from + (int64_t)payload.len;
	if (run.from < s->low)
		return STREAM_OLD;
	if (run.to > s->edge + STREAM_AHEAD_MAX)
		return STREAM_FAR;
	if (!agrees(s, run.from, payload))
		return STREAM_CONFLICT;
	if (run.from > s->edge)
		return push_ahead(s, pool, client, run, payload);
	if (run.to <= s->edge)
		return STREAM_TAKEN;
	if (!make_room(s, pool, client, run.to > stream_end(s) ? run.to : stream_end(s)))
		return STREAM_FULL;
	if (run.from >= s->low)
		memcpy(s->bytes + (run.from - s->low), payload.at, payload.len);
	else /* making room forgot the part that was a repetition */
		memcpy(s->bytes, payload.at + (s->low - run.from), (size_t)(run.to - s->low));
	if (s->islands != NULL) {
		run = merge(s->islands, run);
		if (s->islands->count == 0)
			drop_islands(s, pool, client);
	}
	s->edge = run.to;
	return STREAM_TAKEN;
}
