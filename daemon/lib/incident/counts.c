/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file is lines of fields between tabs; texts are printable ASCII, so that a tab or a newline never stands in
 * one. It is keeper's own, but it is checked like a foreign one: a disk may hand back anything.
 */
#include "incident/counts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "incident/json.h"

enum { DATE_LEN = 10 };

#define COUNT_MAX (UINT64_C(1) << 53) /* beyond it the file could not be read again */

static const char counts_words[] = "trygg journal counts";
static const char counts_magic[] = "trygg counts 1\n";

void counts_init(struct counts *c)
{
	memset(c, 0, sizeof(*c));
	for (size_t i = 0; i < JOURNALS; i++)
		memcpy(c->heads[i].hash, journal_origin, sizeof(journal_origin));
}

void counts_clear(struct counts *c)
{
	free(c->tallies);
	counts_init(c);
}

struct counts_source *counts_source(struct counts *c, const char *src, bool make)
{
	struct counts_source *least = NULL;

	for (size_t i = 0; i < c->source_count; i++) {
		struct counts_source *s = &c->sources[i];
		if (strcmp(s->src, src) == 0) {
			s->used = ++c->uses;
			return s;
		}
		if (!s->connected && s->windows == 0 && (!least || s->used < least->used))
			least = s;
	}
	if (!make)
		return NULL;
	if (c->source_count < COUNTS_SOURCES_MAX)
		least = &c->sources[c->source_count++];
	if (!least)
		return NULL;
	*least = (struct counts_source){.used = ++c->uses};
	(void)snprintf(least->src, sizeof(least->src), "%s", src);
	return least;
}

uint64_t counts_source_seen(const struct counts_source *s)
{
	uint64_t seen = 0;

	for (size_t i = 0; i < SOURCE_NRS; i++) {
		if (s->nr[i] > seen)
			seen = s->nr[i];
	}
	return seen;
}

static bool tally_is(const struct counts_tally *t, int64_t day_ms, const struct record *r)
{
	return t->day_ms == day_ms && strcmp(t->category, r->category) == 0 &&
	       strcmp(t->action, r->action) == 0 && strcmp(t->group, r->group) == 0 &&
	       strcmp(t->rule, r->rule) == 0 && strcmp(t->detail, r->detail) == 0;
}

static struct counts_tally *tally_find(struct counts *c, const struct record *r)
{
	for (size_t i = 0; i < c->tally_count; i++) {
		if (tally_is(&c->tallies[i], r->time_ms / DAY_MS * DAY_MS, r))
			return &c->tallies[i];
	}
	return NULL;
}

static struct counts_tally *tally_new(struct counts *c)
{
	if (c->tally_count == c->tally_size) {
		size_t size = c->tally_size ? c->tally_size * 2 : 32;
		struct counts_tally *more = c->tally_size < COUNTS_TALLIES_MAX
						    ? reallocarray(c->tallies, size, sizeof(*more))
						    : NULL;
		if (!more)
			return NULL;
		c->tallies = more;
		c->tally_size = size;
	}
	struct counts_tally *t = &c->tallies[c->tally_count++];
	memset(t, 0, sizeof(*t));
	return t;
}

int counts_add(struct counts *c, const struct record *r)
{
	struct counts_tally *t = tally_find(c, r);

	if (!t) {
		t = tally_new(c);
		if (!t)
			return -ENOSPC;
		t->day_ms = r->time_ms / DAY_MS * DAY_MS;
		memcpy(t->category, r->category, sizeof(t->category));
		memcpy(t->action, r->action, sizeof(t->action));
		memcpy(t->group, r->group, sizeof(t->group));
		memcpy(t->rule, r->rule, sizeof(t->rule));
		memcpy(t->detail, r->detail, sizeof(t->detail));
	}
	t->severity = r->severity;
	t->count = r->count < COUNT_MAX - t->count ? t->count + r->count : COUNT_MAX;
	return 0;
}

void counts_take(struct counts *c, const struct record *r)
{
	struct counts_tally *t = tally_find(c, r);

	if (!t)
		return;
	t->count -= r->count < t->count ? r->count : t->count;
	if (t->count == 0)
		*t = c->tallies[--c->tally_count];
}

static void put_field_u64(struct writer *w, uint64_t value)
{
	writer_u8(w, '\t');
	json_put_u64(w, value);
}

static void put_field(struct writer *w, const char *text)
{
	writer_u8(w, '\t');
	json_put(w, text);
}

static void put_tally(struct writer *w, const struct counts_tally *t)
{
	char day[CLOCK_TEXT_SIZE];

	clock_text(t->day_ms, day);
	day[DATE_LEN] = 0;
	json_put(w, "count");
	put_field(w, day);
	put_field_u64(w, t->count);
	put_field_u64(w, t->severity);
	put_field(w, t->category);
	put_field(w, t->action);
	put_field(w, t->group);
	put_field(w, t->rule);
	put_field(w, t->detail);
	json_put(w, "\n");
}

static void put_source(struct writer *w, const struct counts_source *s)
{
	json_put(w, "source");
	put_field(w, s->src);
	for (size_t i = 0; i < SOURCE_NRS; i++)
		put_field_u64(w, s->nr[i]);
	put_field_u64(w, s->windows);
	json_put(w, "\n");
}

static void put_all(struct writer *w, const struct counts *c)
{
	json_put(w, counts_magic);
	for (size_t i = 0; i < JOURNALS; i++) {
		json_put(w, "head");
		put_field(w, journal_names[i]);
		put_field_u64(w, c->heads[i].seq);
		put_field(w, c->heads[i].hash);
		json_put(w, "\n");
	}
	for (size_t i = 0; i < c->source_count; i++)
		put_source(w, &c->sources[i]);
	for (size_t i = 0; i < c->tally_count; i++) {
		if (c->tallies[i].count > 0)
			put_tally(w, &c->tallies[i]);
	}
}

int counts_format(const struct seal_key *key, const struct counts *c, char **out, size_t *len)
{
	enum { HEADS_SIZE = 1024, LINE_SIZE = 512 };
	char signature[SEAL_TEXT_SIZE];
	size_t size = HEADS_SIZE + LINE_SIZE * (c->source_count + c->tally_count);
	char *text = malloc(size);

	_Static_assert(sizeof(struct counts_tally) + 64 <= LINE_SIZE, "a tally fits its line");
	if (!text)
		return -ENOMEM;
	struct writer w = writer_of(text, size);
	put_all(&w, c);
	seal_sign(key, counts_words, span_of(text, writer_len(&w)), signature);
	json_put(&w, "signature");
	put_field(&w, signature);
	json_put(&w, "\n");
	if (!writer_ok(&w)) {
		free(text);
		return -EOVERFLOW;
	}
	*out = text;
	*len = writer_len(&w);
	return 0;
}

static void take_field(struct reader *r, char *out, size_t size)
{
	size_t n = 0;

	json_take(r, "\t");
	while (reader_left(r) > 0 && *r->at != '\t' && *r->at != '\n') {
		uint8_t c = reader_u8(r);
		if (c < 0x20 || c > 0x7e || n + 1 >= size) {
			r->failed = true;
			break;
		}
		out[n++] = (char)c;
	}
	out[n] = 0;
}

static uint64_t take_field_u64(struct reader *r)
{
	json_take(r, "\t");
	return json_take_u64(r);
}

static void take_tally(struct reader *r, struct counts *c)
{
	char day[CLOCK_TEXT_SIZE];
	struct record t = {0};

	take_field(r, day, DATE_LEN + 1);
	t.count = take_field_u64(r);
	t.severity = (uint8_t)(take_field_u64(r) & 7);
	take_field(r, t.category, sizeof(t.category));
	take_field(r, t.action, sizeof(t.action));
	take_field(r, t.group, sizeof(t.group));
	take_field(r, t.rule, sizeof(t.rule));
	take_field(r, t.detail, sizeof(t.detail));
	json_take(r, "\n");
	(void)strcat(day, "T00:00:00.000Z");
	if (!reader_ok(r) || clock_parse(day, &t.time_ms) < 0 || t.severity > 4 || counts_add(c, &t) < 0)
		r->failed = true;
}

static void take_source(struct reader *r, struct counts *c)
{
	char src[RECORD_SRC_SIZE];

	take_field(r, src, sizeof(src));
	struct counts_source *s = c->source_count < COUNTS_SOURCES_MAX ? counts_source(c, src, true) : NULL;
	for (size_t i = 0; i < SOURCE_NRS; i++) {
		uint64_t nr = take_field_u64(r);
		if (s)
			s->nr[i] = nr;
	}
	uint64_t windows = take_field_u64(r);
	json_take(r, "\n");
	if (!s)
		r->failed = true;
	else
		s->windows = windows;
}

static void take_heads(struct reader *r, struct counts *c)
{
	for (size_t i = 0; i < JOURNALS; i++) {
		json_take(r, "head\t");
		json_take(r, journal_names[i]);
		c->heads[i].seq = take_field_u64(r);
		take_field(r, c->heads[i].hash, sizeof(c->heads[i].hash));
		json_take(r, "\n");
	}
}

static bool at_word(const struct reader *r, const char *word)
{
	struct span want = span_text(word);

	return reader_left(r) >= want.len && span_equal(span_of(r->at, want.len), want);
}

static int parse_all(const struct seal_key *key, struct span text, struct counts *c)
{
	struct reader r = reader_of(text);
	char signature[SEAL_TEXT_SIZE];

	json_take(&r, counts_magic);
	take_heads(&r, c);
	while (reader_ok(&r) && at_word(&r, "source\t")) {
		reader_skip(&r, strlen("source"));
		take_source(&r, c);
	}
	while (reader_ok(&r) && at_word(&r, "count\t")) {
		reader_skip(&r, strlen("count"));
		take_tally(&r, c);
	}
	size_t signed_len = text.len - reader_left(&r);
	json_take(&r, "signature");
	take_field(&r, signature, sizeof(signature));
	json_take(&r, "\n");
	if (!reader_ok(&r) || reader_left(&r) > 0)
		return -EBADMSG;
	return seal_holds(key, counts_words, span_of(text.at, signed_len), signature) ? 0 : -EBADMSG;
}

int counts_parse(const struct seal_key *key, struct span text, struct counts *out)
{
	counts_init(out);
	int rc = parse_all(key, text, out);
	if (rc < 0)
		counts_clear(out);
	return rc;
}
