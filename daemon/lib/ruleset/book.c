/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ruleset/book.h"

#include <errno.h>
#include <stdlib.h>

void book_add(struct book *b, const struct rule_line *rule, uint16_t category)
{
	struct span name = rule->host                  ? span_of(rule->host->text, rule->host->len)
			   : rule->kind == RULE_DIGEST ? rule->sealed
						       : rule->pattern;
	struct book_rule r = {
		.file = rule->file,
		.line = rule->line,
		.text = (uint32_t)b->texts.len,
		.next = BOOK_NONE,
		.name_len = (uint16_t)(name.len > UINT16_MAX ? UINT16_MAX : name.len),
		.path_len = (uint16_t)rule->path.len,
		.category = category,
		.kind = (uint8_t)rule->kind,
		.exception = rule->exception,
		.observe = !rule->exception && rule_heads_observe(rule->heads),
	};
	blob_put(&b->texts, name.at, r.name_len);
	blob_put(&b->texts, rule->path.at, r.path_len);
	blob_put(&b->rules, &r, sizeof(r));
	/* Offsets are 32 bits. */
	b->texts.failed |= b->texts.len > INT32_MAX;
}

size_t book_count(const struct book *b)
{
	return b->rules.len / sizeof(struct book_rule);
}

const struct book_rule *book_rule(const struct book *b, uint32_t index)
{
	return (const struct book_rule *)(const void *)b->rules.at + index;
}

struct span book_name(const struct book *b, const struct book_rule *r)
{
	return span_of(b->texts.at + r->text, r->name_len);
}

struct span book_path(const struct book *b, const struct book_rule *r)
{
	return span_of(b->texts.at + r->text + r->name_len, r->path_len);
}

/* FNV-1a: nobody chooses the names of a lint against its author. */
static size_t hash_of(struct span name)
{
	uint64_t hash = 0xcbf29ce484222325u;
	for (size_t i = 0; i < name.len; i++)
		hash = (hash ^ name.at[i]) * 0x100000001b3u;
	return (size_t)(hash ^ hash >> 32);
}

/* The slot of a name, or the free one where it would stand. */
static uint32_t *slot_of(const struct book *b, struct span name)
{
	size_t i = hash_of(name) & (b->slots - 1);
	while (b->slot[i] != BOOK_NONE && !span_equal(book_name(b, book_rule(b, b->slot[i])), name))
		i = (i + 1) & (b->slots - 1);
	return &b->slot[i];
}

int book_ready(struct book *b)
{
	size_t count = book_count(b);
	if (b->rules.failed || b->texts.failed || count >= BOOK_NONE / 4)
		return -ENOMEM;
	for (b->slots = 64; b->slots < count * 2;)
		b->slots *= 2;
	b->slot = malloc(b->slots * sizeof(*b->slot));
	if (!b->slot)
		return -ENOMEM;
	memset(b->slot, 0xff, b->slots * sizeof(*b->slot));
	/* From the last to the first, so that a chain begins with the first line of a name. */
	for (uint32_t i = (uint32_t)count; i-- > 0;) {
		struct book_rule *r = (struct book_rule *)(void *)b->rules.at + i;
		uint32_t *slot = slot_of(b, book_name(b, r));
		r->next = *slot;
		*slot = i;
	}
	return 0;
}

const struct book_rule *book_find(const struct book *b, struct span name)
{
	uint32_t index = *slot_of(b, name);
	return index == BOOK_NONE ? NULL : book_rule(b, index);
}

const struct book_rule *book_next(const struct book *b, const struct book_rule *r)
{
	return r->next == BOOK_NONE ? NULL : book_rule(b, r->next);
}

void book_clear(struct book *b)
{
	blob_clear(&b->rules);
	blob_clear(&b->texts);
	free(b->slot);
	*b = (struct book){0};
}
