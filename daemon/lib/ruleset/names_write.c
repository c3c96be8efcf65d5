/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A counting sort into buckets, then each bucket of about eight in order, so that writing a million names is a few
 * passes over them.
 */
#include "ruleset/names_write.h"

#include <stdlib.h>

#include "ruleset/code.h"

enum {
	BUCKET_NAMES = 8,
	FILTER_NAMES = 6 /* a 64-bit word each six names: under 2 % pass without being listed */
};

void names_writer_add(struct names_writer *w, const struct rule_line *rule)
{
	const struct host *h = rule->host;
	struct probes probes;
	names_probe(h, &probes);
	struct names_item item = {
		.hash = probes.at[probes.count - 1].hash,
		.section = section_list_add(&w->sections, rule),
		.line = rule->line,
		.text = (uint32_t)w->texts.len,
		.name_len = h->len,
		.path_len = (uint16_t)rule->path.len,
	};
	blob_put(&w->texts, h->text, h->len);
	blob_put(&w->texts, rule->path.at, rule->path.len);
	blob_put(&w->items, &item, sizeof(item));
}

size_t names_writer_count(const struct names_writer *w)
{
	return w->items.len / sizeof(struct names_item);
}

/* Everything that one piece is made from. */
struct making {
	const struct names_writer *from;
	const struct names_item *item;
	size_t count;
	uint32_t buckets, filter_words;
	uint32_t *start; /* of each bucket in `order`; later its offset in `entries` */
	uint32_t *order; /* items by bucket */
	uint64_t *filter;
	struct blob entries;
};

static void sort_into_buckets(struct making *m)
{
	for (size_t i = 0; i < m->count; i++)
		m->start[names_slot(m->item[i].hash, m->buckets) + 1]++;
	for (uint32_t b = 0; b < m->buckets; b++)
		m->start[b + 1] += m->start[b];
	/* Filling moves every start to the end of its bucket, which is the next one's start. */
	for (size_t i = 0; i < m->count; i++)
		m->order[m->start[names_slot(m->item[i].hash, m->buckets)]++] = (uint32_t)i;
	memmove(m->start + 1, m->start, m->buckets * sizeof(*m->start));
	m->start[0] = 0;
}

static int compare_numbers(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

/* Same name, section and path: the same rule, whatever its line. */
static int compare_rules(const struct making *m, const struct names_item *a, const struct names_item *b)
{
	int order = compare_numbers(a->hash, b->hash);
	if (order == 0)
		order = compare_numbers(
			(uint64_t)a->section << 32 | (uint32_t)a->name_len << 16 | a->path_len,
			(uint64_t)b->section << 32 | (uint32_t)b->name_len << 16 | b->path_len);
	if (order == 0)
		order = memcmp(m->from->texts.at + a->text, m->from->texts.at + b->text,
			       (size_t)a->name_len + a->path_len);
	return order;
}

static bool goes_before(const struct making *m, uint32_t a, uint32_t b)
{
	int order = compare_rules(m, &m->item[a], &m->item[b]);
	return order != 0 ? order < 0 : m->item[a].line < m->item[b].line;
}

static void sort_bucket(const struct making *m, uint32_t *order, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		uint32_t moving = order[i];
		size_t to = i;
		for (; to > 0 && goes_before(m, moving, order[to - 1]); to--)
			order[to] = order[to - 1];
		order[to] = moving;
	}
}

static void put_entry(struct making *m, const struct names_item *item)
{
	const uint8_t *text = m->from->texts.at + item->text;
	const struct format_section *section =
		(const void *)(m->from->sections.sections.at + item->section * sizeof(*section));
	uint8_t code[1 + CODE_MAX];
	code[0] = (uint8_t)code_write(span_of(text, item->name_len), code + 1);
	blob_put(&m->entries, code, 1u + code[0]);
	blob_put_number(&m->entries, item->section);
	blob_put_number(&m->entries, item->line);
	if (section->kind == RULE_URL) {
		uint8_t len[2] = {(uint8_t)item->path_len, (uint8_t)(item->path_len >> 8)};
		blob_put(&m->entries, len, sizeof(len));
		blob_put(&m->entries, text + item->name_len, item->path_len);
	}
	m->filter[names_slot(item->hash, m->filter_words)] |= names_filter_bits(item->hash);
}

static void put_buckets(struct making *m)
{
	uint32_t from = 0;
	for (uint32_t b = 0; b < m->buckets; b++) {
		uint32_t to = m->start[b + 1];
		sort_bucket(m, m->order + from, to - from);
		m->start[b] = (uint32_t)m->entries.len;
		for (uint32_t i = from; i < to; i++)
			if (i == from ||
			    compare_rules(m, &m->item[m->order[i - 1]], &m->item[m->order[i]]) != 0)
				put_entry(m, &m->item[m->order[i]]);
		from = to;
	}
	m->start[m->buckets] = (uint32_t)m->entries.len;
}

static void assemble(const struct making *m, struct blob *piece)
{
	struct names_head head = {0};
	blob_put(piece, &head, sizeof(head));
	head.filter = blob_put_table(piece, m->filter, m->filter_words, sizeof(*m->filter));
	head.bucket = blob_put_table(piece, m->start, m->buckets + 1u, sizeof(*m->start));
	section_list_write(&m->from->sections, piece, &head.piece);
	head.entry = blob_put_table(piece, m->entries.at, m->entries.len, 1);
	piece->failed |= m->entries.failed;
	if (!piece->failed)
		memcpy(piece->at, &head, sizeof(head));
	head_finish(piece, format_names);
}

struct blob names_writer_piece(const struct names_writer *w)
{
	struct blob piece = {0};
	struct making m = {.from = w, .item = (const void *)w->items.at, .count = names_writer_count(w)};
	m.buckets = (uint32_t)(m.count / BUCKET_NAMES + 1);
	m.filter_words = (uint32_t)(m.count / FILTER_NAMES + 1);
	m.start = calloc(m.buckets + 2u, sizeof(*m.start));
	m.order = calloc(m.count + 1, sizeof(*m.order));
	m.filter = calloc(m.filter_words, sizeof(*m.filter));
	piece.failed = !m.start || !m.order || !m.filter || w->items.failed || w->texts.failed;
	if (!piece.failed) {
		sort_into_buckets(&m);
		put_buckets(&m);
		assemble(&m, &piece);
	}
	free(m.start);
	free(m.order);
	free(m.filter);
	blob_clear(&m.entries);
	return piece;
}

void names_writer_clear(struct names_writer *w)
{
	section_list_clear(&w->sections);
	blob_clear(&w->items);
	blob_clear(&w->texts);
}
