/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ruleset/digests_write.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { ENTRIES_A_WORD = 6 }; /* of the filter: about ten bits an entry */

static int take_entries(struct digests_writer *w, const struct sealed *list, uint32_t number)
{
	for (uint32_t i = 0; i < list->entries; i++) {
		struct sealed_entry from;
		struct digests_entry entry = {.list = number};
		if (sealed_entry(list, i, &from) < 0)
			return -EBADMSG;
		memcpy(entry.digest, from.digest, sizeof(entry.digest));
		blob_put(&w->entries, &entry, sizeof(entry));
		blob_put(&w->marks, &from.mark, sizeof(from.mark));
	}
	return 0;
}

int digests_writer_add(struct digests_writer *w, const struct rule_line *rule, const struct sealed *list)
{
	size_t entries = w->entries.len, marks = w->marks.len;
	struct digests_list line = {
		.line = rule->line,
		.names = list->names,
		.entries = list->entries,
	};
	if (take_entries(w, list, (uint32_t)(w->lists.len / sizeof(line))) < 0) {
		w->entries.len = entries;
		w->marks.len = marks;
		return -EBADMSG;
	}
	line.section = section_list_add(&w->sections, rule);
	(void)snprintf(line.made, sizeof(line.made), "%s", list->made);
	blob_put(&w->lists, &line, sizeof(line));
	return 0;
}

size_t digests_writer_count(const struct digests_writer *w)
{
	return w->entries.len / sizeof(struct digests_entry);
}

static int by_digest(const void *a, const void *b)
{
	const struct digests_entry *x = a, *y = b;
	int order = memcmp(x->digest, y->digest, SECRET_DIGEST);
	return order != 0 ? order : x->list < y->list ? -1 : x->list > y->list;
}

void digests_writer_sort(struct digests_writer *w)
{
	size_t count = digests_writer_count(w);
	if (count > 0)
		qsort(w->entries.at, count, sizeof(struct digests_entry), by_digest);
}

static int compare(const void *key, const void *entry)
{
	return memcmp(key, ((const struct digests_entry *)entry)->digest, SECRET_DIGEST);
}

int digests_writer_against(const struct digests_writer *w, const struct secret *s, const struct host *h)
{
	struct probes probes;
	names_probe(h, &probes);
	for (size_t i = 0; i < probes.count && w->entries.len > 0; i++) {
		uint8_t digest[SECRET_DIGEST];
		struct secret_digest made;
		secret_begin(s, span_of(h->text + probes.at[i].start, h->len - (size_t)probes.at[i].start),
			     &made);
		secret_take(&made, digest);
		const struct digests_entry *found =
			bsearch(digest, w->entries.at, digests_writer_count(w), sizeof(*found), compare);
		if (found)
			return (int)found->list;
	}
	return -1;
}

static void put_filter(const struct digests_writer *w, struct blob *piece, struct digests_head *head)
{
	size_t count = w->marks.len / sizeof(uint64_t), words = count / ENTRIES_A_WORD + 1;
	const uint64_t *marks = (const void *)w->marks.at;
	uint64_t *filter = calloc(words, sizeof(*filter));
	if (!filter) {
		piece->failed = true;
		return;
	}
	for (size_t i = 0; i < count; i++)
		filter[names_slot(marks[i], (uint32_t)words)] |= names_filter_bits(marks[i]);
	head->filter = blob_put_table(piece, filter, words, sizeof(*filter));
	free(filter);
}

struct blob digests_writer_piece(const struct digests_writer *w, const struct secret *s)
{
	struct blob piece = {0};
	struct digests_head head = {0};
	(void)blob_grow(&piece, sizeof(head));
	memcpy(head.key, s->key, sizeof(head.key));
	put_filter(w, &piece, &head);
	head.list = blob_put_table(&piece, w->lists.at, w->lists.len / sizeof(struct digests_list),
				   sizeof(struct digests_list));
	head.entry =
		blob_put_table(&piece, w->entries.at, digests_writer_count(w), sizeof(struct digests_entry));
	section_list_write(&w->sections, &piece, &head.piece);
	piece.failed |= w->lists.failed || w->entries.failed || w->marks.failed;
	if (!piece.failed)
		memcpy(piece.at, &head, sizeof(head));
	head_finish(&piece, format_digests);
	return piece;
}

void digests_writer_clear(struct digests_writer *w)
{
	section_list_clear(&w->sections);
	blob_clear(&w->lists);
	blob_clear(&w->entries);
	blob_clear(&w->marks);
}
