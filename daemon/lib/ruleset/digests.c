/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looking up what is confidential (digests.h); what is written is in digests_write.c. */
#include "ruleset/digests.h"

#include <errno.h>

static int digests_check(struct digests *d)
{
	const struct digests_head *head = (const void *)d->piece.at;
	if (!format_check(d->piece, format_digests, sizeof(*head)))
		return -EBADMSG;
	d->filter = format_at(d->piece, head->filter, sizeof(uint64_t));
	d->list = format_at(d->piece, head->list, sizeof(*d->list));
	d->entry = format_at(d->piece, head->entry, sizeof(*d->entry));
	if (!d->filter || !d->list || !d->entry || head->filter.count == 0)
		return -EBADMSG;
	d->filter_count = head->filter.count;
	d->list_count = head->list.count;
	d->entry_count = head->entry.count;
	for (uint32_t i = 0; i < d->list_count; i++)
		if (d->list[i].section >= head->piece.section.count ||
		    d->list[i].made[sizeof(d->list[i].made) - 1] != '\0')
			return -EBADMSG;
	secret_from(head->key, &d->secret);
	return 0;
}

int digests_open(struct span piece, section_category *number, void *user, struct digests *out)
{
	*out = (struct digests){.piece = piece};
	int rc = digests_check(out);
	if (rc == 0)
		rc = sections_open(piece, number, user, &out->sections);
	if (rc < 0)
		digests_clear(out);
	return rc;
}

void digests_clear(struct digests *d)
{
	sections_clear(&d->sections);
	secret_clear(&d->secret);
	*d = (struct digests){0};
}

/* What is looked for: the suffix, and how much of the path. */
struct look {
	const struct digests *digests;
	const struct probe *probe;
	struct rule_hits *out;
};

/* The first entry that is not less than the digest. */
static uint32_t lower_bound(const struct digests *d, const uint8_t digest[static SECRET_DIGEST])
{
	uint32_t from = 0, to = d->entry_count;
	while (from < to) {
		uint32_t middle = from + (to - from) / 2;
		if (memcmp(d->entry[middle].digest, digest, SECRET_DIGEST) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

static void take(const struct look *l, const struct secret_digest *made, size_t path_len)
{
	const struct digests *d = l->digests;
	uint8_t digest[SECRET_DIGEST];
	secret_take(made, digest);
	for (uint32_t i = lower_bound(d, digest);
	     i < d->entry_count && memcmp(d->entry[i].digest, digest, SECRET_DIGEST) == 0; i++) {
		if (d->entry[i].list >= d->list_count)
			continue;
		const struct digests_list *list = &d->list[d->entry[i].list];
		const struct section *s = &d->sections.at[list->section];
		struct rule_hit hit = {
			.kind = RULE_DIGEST,
			.layer = s->layer,
			.exception = s->exception,
			.observe = s->observe,
			.labels = l->probe->labels,
			.url_bytes = (uint16_t)path_len,
			.category = s->category,
			.line = list->line,
			.file = s->file,
			.section = s,
		};
		hits_add(l->out, &hit);
	}
}

/* One digest grows over the path and is taken at every place where an entry may end; "/" alone is the name. */
static void take_path(const struct look *l, struct secret_digest *made, struct span path)
{
	size_t added = 0, folders = 0;
	for (size_t i = 1; i < path.len; i++) {
		bool query = path.at[i] == '?';
		bool folder = path.at[i] == '/' && i + 1 < path.len && folders < DIGESTS_FOLDERS;
		if (!query && !folder)
			continue;
		folders += folder;
		size_t end = folder ? i + 1 : i;
		secret_add(made, span_of(path.at + added, end - added));
		added = end;
		take(l, made, end);
		if (query)
			break;
	}
	secret_add(made, span_from(path, added));
	take(l, made, path.len);
}

void digests_find(const struct digests *d, const struct host *h, const struct probes *probes,
		  const struct url *url, struct rule_hits *out)
{
	struct secret_digest made;
	for (size_t i = 0; d->piece.len > 0 && i < probes->count; i++) {
		struct look l = {d, &probes->at[i], out};
		struct span suffix = span_of(h->text + l.probe->start, h->len - (size_t)l.probe->start);
		uint64_t mark = secret_mark(&d->secret, suffix), bits = names_filter_bits(mark);
		if ((d->filter[names_slot(mark, d->filter_count)] & bits) != bits)
			continue;
		secret_begin(&d->secret, suffix, &made);
		take(&l, &made, 0);
		if (url && url->path_len > 1)
			take_path(&l, &made, span_of(url->path, url->path_len));
	}
}
