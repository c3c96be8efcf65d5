/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looking up names (names.h); what is written is in names_write.c. */
#include "ruleset/names.h"

#include <errno.h>
#include <strings.h>

#include "base/cursor.h"
#include "ruleset/code.h"

static uint64_t roll(uint64_t hash, char c)
{
	return (hash + (uint8_t)c) * 0x9e3779b97f4a7c15u;
}

/* The finisher of MurmurHash3: the low bits of a rolling hash know only the low bits of the name. */
static uint64_t finish(uint64_t hash)
{
	hash ^= hash >> 33;
	hash *= 0xff51afd7ed558ccdu;
	hash ^= hash >> 33;
	hash *= 0xc4ceb9fe1a85ec53u;
	return hash ^ hash >> 33;
}

void names_probe(const struct host *h, struct probes *out)
{
	uint64_t hash = 0;
	size_t n = 0;
	for (size_t i = h->len; i-- > 0;) {
		if (h->text[i] == '.' && h->kind == HOST_NAME && n < HOST_LABELS_MAX - 1) {
			out->at[n] = (struct probe){finish(hash), (uint16_t)(i + 1), (uint8_t)(n + 1)};
			n++;
		}
		hash = roll(hash, h->text[i]);
	}
	if (h->len > 0) {
		out->at[n] = (struct probe){finish(hash), 0, (uint8_t)(n + 1)};
		n++;
	}
	out->count = n;
}

uint32_t names_slot(uint64_t hash, uint32_t count)
{
	return (uint32_t)((hash >> 32) * count >> 32);
}

uint64_t names_filter_bits(uint64_t hash)
{
	return 1ull << (hash & 63) | 1ull << (hash >> 6 & 63) | 1ull << (hash >> 12 & 63);
}

static int names_check(struct names *n)
{
	const struct names_head *head = (const void *)n->piece.at;
	if (!format_check(n->piece, format_names, sizeof(*head)))
		return -EBADMSG;
	n->filter = format_at(n->piece, head->filter, sizeof(uint64_t));
	n->bucket = format_at(n->piece, head->bucket, sizeof(uint32_t));
	n->entries = span_of(format_at(n->piece, head->entry, 1), head->entry.count);
	if (!n->filter || !n->bucket || !n->entries.at || head->filter.count == 0 || head->bucket.count < 2)
		return -EBADMSG;
	n->filter_count = head->filter.count;
	n->bucket_count = head->bucket.count - 1;
	for (uint32_t b = 0; b < n->bucket_count; b++)
		if (n->bucket[b] > n->bucket[b + 1])
			return -EBADMSG;
	return n->bucket[n->bucket_count] <= n->entries.len ? 0 : -EBADMSG;
}

int names_open(struct span piece, section_category *number, void *user, struct names *out)
{
	*out = (struct names){.piece = piece};
	int rc = names_check(out);
	if (rc == 0)
		rc = sections_open(piece, number, user, &out->sections);
	if (rc < 0)
		names_clear(out);
	return rc;
}

void names_clear(struct names *n)
{
	sections_clear(&n->sections);
	*n = (struct names){0};
}

static uint32_t read_number(struct reader *r)
{
	uint32_t value = 0;
	for (unsigned shift = 0; shift < 32; shift += 7) {
		uint8_t byte = reader_u8(r);
		value |= (uint32_t)(byte & 0x7f) << shift;
		if (byte < 0x80)
			break;
	}
	return value;
}

struct entry {
	struct span code, path;
	const struct section *section;
	uint32_t line;
};

/* False when the bucket says nonsense. */
static bool read_entry(const struct names *n, struct reader *r, struct entry *out)
{
	out->code = reader_take(r, reader_u8(r));
	uint32_t section = read_number(r);
	out->line = read_number(r);
	if (!reader_ok(r) || section >= n->sections.count)
		return false;
	out->section = &n->sections.at[section];
	out->path = span_of(r->at, 0);
	if (out->section->kind == RULE_URL) {
		size_t low = reader_u8(r);
		out->path = reader_take(r, low | (size_t)reader_u8(r) << 8);
	}
	return reader_ok(r);
}

/* Whether the line speaks of this request, once its name is a suffix of the host. */
static bool applies(const struct entry *e, const struct probe *p, const struct url *url)
{
	switch (e->section->kind) {
	case RULE_DOMAIN:
		return true;
	case RULE_EXACT:
		return p->start == 0;
	case RULE_URL:
		return url && e->path.len <= url->path_len &&
		       strncasecmp((const char *)e->path.at, url->path, e->path.len) == 0;
	default:
		return false;
	}
}

static bool listed(const struct names *n, const struct probe *p)
{
	uint64_t bits = names_filter_bits(p->hash);
	return (n->filter[names_slot(p->hash, n->filter_count)] & bits) == bits;
}

/* The lines about one suffix. */
struct search {
	struct reader left; /* of the bucket */
	struct span wanted;
	uint8_t code[CODE_MAX];
};

static void search_start(const struct names *n, const struct host *h, const struct probe *p, struct search *s)
{
	uint32_t slot = names_slot(p->hash, n->bucket_count);
	s->left = reader_of(span_of(n->entries.at + n->bucket[slot], n->bucket[slot + 1] - n->bucket[slot]));
	s->wanted = span_of(s->code, code_write(span_of(h->text + p->start, h->len - p->start), s->code));
}

static bool search_next(const struct names *n, struct search *s, struct entry *out)
{
	while (reader_left(&s->left) > 0 && read_entry(n, &s->left, out))
		if (span_equal(out->code, s->wanted))
			return true;
	return false;
}

static void add_hit(const struct entry *e, const struct probe *p, struct rule_hits *out)
{
	struct rule_hit hit = {
		.kind = e->section->kind,
		.layer = e->section->layer,
		.exception = e->section->exception,
		.observe = e->section->observe,
		.labels = p->labels,
		.url_bytes = (uint16_t)e->path.len,
		.category = e->section->category,
		.line = e->line,
		.file = e->section->file,
		.section = e->section,
	};
	hits_add(out, &hit);
}

void names_find(const struct names *n, const struct host *h, const struct probes *probes,
		const struct url *url, struct rule_hits *out)
{
	struct search s;
	struct entry e;
	if (n->piece.len == 0)
		return;
	/* The words of the filter are asked for together, so that their way from memory overlaps. */
	for (size_t i = 0; i < probes->count; i++)
		__builtin_prefetch(&n->filter[names_slot(probes->at[i].hash, n->filter_count)]);
	for (size_t i = 0; i < probes->count; i++) {
		const struct probe *p = &probes->at[i];
		if (!listed(n, p))
			continue;
		for (search_start(n, h, p, &s); search_next(n, &s, &e);)
			if (applies(&e, p, url))
				add_hit(&e, p, out);
	}
}

bool names_any(const struct names *n, const struct host *h, const struct probes *probes)
{
	struct search s;
	struct entry e;
	for (size_t i = 0; n->piece.len > 0 && i < probes->count; i++) {
		if (!listed(n, &probes->at[i]))
			continue;
		search_start(n, h, &probes->at[i], &s);
		if (search_next(n, &s, &e))
			return true;
	}
	return false;
}

void names_each(const struct names *n, names_line *call, void *user)
{
	struct entry e;
	struct reader all = reader_of(n->entries);
	while (n->piece.len > 0 && reader_left(&all) > 0 && read_entry(n, &all, &e))
		call(user, e.code, e.path, e.section);
}
