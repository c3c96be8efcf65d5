/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A record and its line. One table names the fields in their order (DESIGN 6.5); the writer and the reader both
 * walk it. Reading ends by writing the result again and comparing: what is accepted is, byte for byte, what
 * journal_format() would write, hash included.
 */
#include <errno.h>
#include <sodium.h>

#include "base/clock.h"
#include "incident/journal.h"
#include "incident/json.h"

enum { LINE_VERSION = 1, DATE_LEN = 10 };

const char *const journal_names[JOURNALS] = {"incident", "feedback", "contact", "audit"};
const char *const event_names[EVENTS] = {"incident", "count", "repeat", "feedback",  "contact",
					 "audit",    "gap",   "key",    "checkpoint"};

enum shape { SHAPE_VERSION, SHAPE_U64, SHAPE_U8, SHAPE_TEXT, SHAPE_TIME, SHAPE_EVENT };

struct field {
	const char *key; /* with what stands before and after it */
	enum shape shape;
	size_t at, size;
};

#define AT(field) offsetof(struct journal_entry, field), sizeof(((struct journal_entry *)0)->field)

static const struct field fields[] = {
	{"{\"v\":", SHAPE_VERSION, 0, 0},
	{",\"seq\":", SHAPE_U64, AT(seq)},
	{",\"time\":", SHAPE_TIME, AT(record.time_ms)},
	{",\"until\":", SHAPE_TIME, AT(record.until_ms)},
	{",\"gateway\":", SHAPE_TEXT, AT(gateway)},
	{",\"src\":", SHAPE_TEXT, AT(record.src)},
	{",\"nr\":", SHAPE_U64, AT(record.nr)},
	{",\"event\":", SHAPE_EVENT, AT(record.event)},
	{",\"category\":", SHAPE_TEXT, AT(record.category)},
	{",\"severity\":", SHAPE_U8, AT(record.severity)},
	{",\"action\":", SHAPE_TEXT, AT(record.action)},
	{",\"proto\":", SHAPE_TEXT, AT(record.proto)},
	{",\"name\":", SHAPE_TEXT, AT(record.name)},
	{",\"rule\":", SHAPE_TEXT, AT(record.rule)},
	{",\"set\":", SHAPE_TEXT, AT(record.set)},
	{",\"group\":", SHAPE_TEXT, AT(record.group)},
	{",\"subject\":", SHAPE_TEXT, AT(record.subject)},
	{",\"count\":", SHAPE_U64, AT(record.count)},
	{",\"detail\":", SHAPE_TEXT, AT(record.detail)},
	{",\"sealed\":", SHAPE_TEXT, AT(record.sealed)},
	{",\"prev\":", SHAPE_TEXT, AT(prev)},
};

enum { FIELDS = sizeof(fields) / sizeof(fields[0]) };

static void time_put(struct writer *w, int64_t ms, bool date_only)
{
	char text[CLOCK_TEXT_SIZE] = "";

	if (date_only) /* the first day of 1970 is as absent as its first millisecond */
		ms = ms / DAY_MS * DAY_MS;
	if (ms != 0)
		clock_text(ms, text);
	if (date_only)
		text[DATE_LEN] = 0;
	json_put_text(w, text);
}

static void field_put(struct writer *w, const struct field *f, const struct journal_entry *e)
{
	const char *at = (const char *)e + f->at;
	uint64_t u64;
	int64_t ms;

	json_put(w, f->key);
	switch (f->shape) {
	case SHAPE_VERSION:
		json_put_u64(w, LINE_VERSION);
		break;
	case SHAPE_U64:
		memcpy(&u64, at, sizeof(u64));
		json_put_u64(w, u64);
		break;
	case SHAPE_U8:
		json_put_u64(w, (uint8_t)*at);
		break;
	case SHAPE_TEXT:
		json_put_text(w, at);
		break;
	case SHAPE_TIME:
		memcpy(&ms, at, sizeof(ms));
		time_put(w, ms, e->record.date_only);
		break;
	case SHAPE_EVENT:
		json_put_text(w, event_names[e->record.event]);
		break;
	}
}

static void line_hash(struct span bytes, char out[static JOURNAL_HASH_SIZE])
{
	uint8_t hash[crypto_generichash_BYTES];

	crypto_generichash(hash, sizeof(hash), bytes.at, bytes.len, NULL, 0);
	sodium_bin2hex(out, JOURNAL_HASH_SIZE, hash, sizeof(hash));
}

int journal_format(struct journal_entry *entry, char *line, size_t size)
{
	struct writer w = writer_of(line, size);

	if (entry->record.event >= EVENTS || entry->record.severity > 4)
		return -EINVAL;
	for (size_t i = 0; i < FIELDS; i++)
		field_put(&w, &fields[i], entry);
	if (writer_ok(&w))
		line_hash(span_of(line, writer_len(&w)), entry->hash);
	json_put(&w, ",\"hash\":");
	json_put_text(&w, entry->hash);
	json_put(&w, "}");
	if (!writer_ok(&w))
		return -EOVERFLOW;
	return (int)writer_len(&w);
}

static void time_take(struct reader *r, int64_t *ms, uint8_t *date_only)
{
	char text[CLOCK_TEXT_SIZE];

	*ms = 0;
	json_take_text(r, text, sizeof(text));
	if (!reader_ok(r) || text[0] == 0)
		return;
	if (strlen(text) == DATE_LEN) {
		*date_only = 1;
		memcpy(text + DATE_LEN, "T00:00:00.000Z", sizeof("T00:00:00.000Z"));
	}
	if (clock_parse(text, ms) < 0)
		r->failed = true;
}

static void event_take(struct reader *r, uint8_t *out)
{
	char text[16];

	json_take_text(r, text, sizeof(text));
	for (uint8_t i = 0; reader_ok(r) && i < EVENTS; i++) {
		if (strcmp(text, event_names[i]) == 0) {
			*out = i;
			return;
		}
	}
	r->failed = true;
}

static void field_take(struct reader *r, const struct field *f, struct journal_entry *e)
{
	char *at = (char *)e + f->at;
	uint64_t u64;
	int64_t ms;

	json_take(r, f->key);
	switch (f->shape) {
	case SHAPE_VERSION:
		if (json_take_u64(r) != LINE_VERSION)
			r->failed = true;
		break;
	case SHAPE_U64:
		u64 = json_take_u64(r);
		memcpy(at, &u64, sizeof(u64));
		break;
	case SHAPE_U8:
		u64 = json_take_u64(r);
		if (u64 > 4)
			r->failed = true;
		*at = (char)u64;
		break;
	case SHAPE_TEXT:
		json_take_text(r, at, f->size);
		break;
	case SHAPE_TIME:
		time_take(r, &ms, &e->record.date_only);
		memcpy(at, &ms, sizeof(ms));
		break;
	case SHAPE_EVENT:
		event_take(r, &e->record.event);
		break;
	}
}

int journal_parse(struct span line, struct journal_entry *out)
{
	struct reader r = reader_of(line);
	struct journal_entry e = {.record = {.magic = RECORD_MAGIC, .kind = RECORD_APPEND}};
	char again[JOURNAL_LINE_MAX];

	for (size_t i = 0; i < FIELDS && reader_ok(&r); i++)
		field_take(&r, &fields[i], &e);
	if (!reader_ok(&r))
		return -EBADMSG;
	int len = journal_format(&e, again, sizeof(again));
	if (len < 0 || !span_equal(line, span_of(again, (size_t)len)))
		return -EBADMSG;
	*out = e;
	return 0;
}

bool journal_claims(struct span line, uint64_t *seq, char hash[static JOURNAL_HASH_SIZE])
{
	static const char tail[] = ",\"hash\":\"";
	enum { HEX = JOURNAL_HASH_SIZE - 1, TAIL = sizeof(tail) - 1 + HEX + 2 };
	struct reader r = reader_of(line);

	json_take(&r, "{\"v\":1,\"seq\":");
	*seq = json_take_u64(&r);
	if (!reader_ok(&r) || line.len < TAIL)
		return false;
	struct reader end = reader_of(span_from(line, line.len - TAIL));
	json_take(&end, ",\"hash\":");
	json_take_text(&end, hash, JOURNAL_HASH_SIZE);
	json_take(&end, "}");
	return reader_ok(&end);
}

bool journal_sender(struct span line, char src[static RECORD_SRC_SIZE], uint64_t *nr)
{
	struct reader r = reader_of(line);
	struct journal_entry e = {0};

	for (size_t i = 0; i < FIELDS && reader_ok(&r); i++) {
		field_take(&r, &fields[i], &e);
		if (fields[i].at != offsetof(struct journal_entry, record.nr) || reader_left(&r) == 0)
			continue;
		memcpy(src, e.record.src, RECORD_SRC_SIZE);
		*nr = e.record.nr;
		return reader_ok(&r);
	}
	return false;
}
