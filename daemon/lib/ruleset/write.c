/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sections are few even in large sets, one per file, category, kind and head, so they are found by looking through them. */
#include "ruleset/write.h"

#include <stdlib.h>
#include <sys/mman.h>

void *blob_grow(struct blob *b, size_t len)
{
	if (!b->failed && len > b->room - b->len) {
		size_t room = b->room ? b->room : FORMAT_PAGE;
		while (room - b->len < len)
			room *= 2;
		uint8_t *more =
			b->at ? mremap(b->at, b->room, room, MREMAP_MAYMOVE)
			      : mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		b->failed = more == MAP_FAILED;
		b->at = b->failed ? b->at : more;
		b->room = b->failed ? b->room : room;
	}
	if (b->failed)
		return NULL;
	uint8_t *at = b->at + b->len;
	b->len += len;
	return at;
}

void blob_put(struct blob *b, const void *bytes, size_t len)
{
	uint8_t *at = blob_grow(b, len);
	if (at && len > 0)
		memcpy(at, bytes, len);
}

void blob_put_number(struct blob *b, uint32_t value)
{
	uint8_t bytes[5];
	size_t len = 0;
	for (; value >= 0x80; value >>= 7)
		bytes[len++] = (uint8_t)(value | 0x80);
	bytes[len++] = (uint8_t)value;
	blob_put(b, bytes, len);
}

struct format_table blob_put_table(struct blob *b, const void *items, size_t count, size_t size)
{
	(void)blob_grow(b, -b->len & 7);
	struct format_table table = {(uint32_t)b->len, (uint32_t)count};
	blob_put(b, items, count * size);
	/* Offsets are 32 bits; a set of gigabytes is none that a gateway should map. */
	b->failed |= b->len > INT32_MAX;
	return table;
}

void blob_clear(struct blob *b)
{
	if (b->at)
		munmap(b->at, b->room);
	*b = (struct blob){0};
}

/* The offset of a text, which is written only once. */
static uint32_t text_add(struct section_list *l, struct span text)
{
	struct blob *b = &l->texts;
	for (size_t at = 0; at < b->len;) {
		size_t len = strlen((const char *)b->at + at);
		if (span_equal(span_of(b->at + at, len), text))
			return (uint32_t)at;
		at += len + 1;
	}
	uint32_t at = (uint32_t)b->len;
	blob_put(b, text.at, text.len);
	blob_put(b, "", 1);
	return at;
}

static uint32_t section_number(struct section_list *l, const struct format_section *s)
{
	size_t count = l->sections.len / sizeof(*s);
	for (size_t i = 0; i < count; i++)
		if (memcmp(l->sections.at + i * sizeof(*s), s, sizeof(*s)) == 0)
			return (uint32_t)i;
	blob_put(&l->sections, s, sizeof(*s));
	return (uint32_t)count;
}

uint32_t section_list_add(struct section_list *l, const struct rule_line *rule)
{
	if (l->file != rule->file || l->change != rule->heads->change) {
		memset(l->current, 0, sizeof(l->current));
		l->file = rule->file;
		l->change = rule->heads->change;
	}
	uint32_t *current = &l->current[rule->kind][rule->exception];
	if (*current == 0) {
		const struct rule_heads *h = rule->heads;
		struct format_section s = {
			.file = text_add(l, span_text(rule->file->name)),
			.category = text_add(l, h->category),
			.owner = text_add(l, h->owner),
			.reason = text_add(l, h->reason),
			.reviewed = text_add(l, h->reviewed),
			.review_by = text_add(l, h->review_by),
			.kind = (uint8_t)rule->kind,
			.layer = (uint8_t)rule->file->layer,
			.exception = rule->exception,
			.observe = !rule->exception && rule_heads_observe(h),
		};
		*current = section_number(l, &s) + 1;
	}
	return *current - 1;
}

void section_list_write(const struct section_list *l, struct blob *piece, struct format_head *head)
{
	head->section = blob_put_table(piece, l->sections.at, l->sections.len / sizeof(struct format_section),
				       sizeof(struct format_section));
	head->text = blob_put_table(piece, l->texts.at, l->texts.len, 1);
	piece->failed |= l->texts.failed || l->sections.failed;
}

void section_list_clear(struct section_list *l)
{
	blob_clear(&l->texts);
	blob_clear(&l->sections);
}

void head_finish(struct blob *piece, const char magic[static 8])
{
	if (piece->failed)
		return;
	struct format_head *head = (void *)piece->at;
	memcpy(head->magic, magic, sizeof(head->magic));
	head->order = FORMAT_ORDER;
	head->size = (uint32_t)piece->len;
}
