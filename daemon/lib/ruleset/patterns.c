/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Running patterns (patterns.h); what is written is in patterns_write.c. */
#include "ruleset/patterns.h"

#include <errno.h>

const struct pattern_set_row pattern_sets[PATTERN_SETS] = {
	[SET_HOST] = {RULE_HOST, FORM_WRITTEN, "host"},
	[SET_PATH] = {RULE_PATH, FORM_WRITTEN, "path"},
	[SET_SEARCH] = {RULE_SEARCH, FORM_WRITTEN, "search"},
	[SET_PLAIN] = {RULE_SEARCH, FORM_PLAIN, "plain"},
	[SET_TIGHT] = {RULE_SEARCH, FORM_TIGHT, "tight"},
};

static int lines_check(struct patterns *p)
{
	const struct lines_head *head = (const void *)p->lines_piece.at;
	if (!format_check(p->lines_piece, format_lines, sizeof(*head)))
		return -EBADMSG;
	p->first = format_at(p->lines_piece, head->first, sizeof(uint32_t));
	p->line = format_at(p->lines_piece, head->line, sizeof(struct lines_line));
	if (!p->first || !p->line || head->first.count < 2)
		return -EBADMSG;
	p->pattern_count = head->first.count - 1;
	for (uint32_t i = 0; i < p->pattern_count; i++)
		if (p->first[i] > p->first[i + 1])
			return -EBADMSG;
	if (p->first[p->pattern_count] > head->line.count)
		return -EBADMSG;
	for (uint32_t i = 0; i < head->line.count; i++)
		if (p->line[i].section >= head->piece.section.count)
			return -EBADMSG;
	return 0;
}

static int image_check(struct patterns *p)
{
	const struct image_head *head = (const void *)p->image_piece.at;
	if (!format_check(p->image_piece, format_image, sizeof(*head)))
		return -EBADMSG;
	const char *probe = format_at(p->image_piece, head->probe, 1);
	const void *image = format_at(p->image_piece, head->image, 1);
	if (!probe || !image || head->image.at % FORMAT_PAGE != 0 || head->image.count < FORMAT_PAGE ||
	    head->patterns != p->pattern_count)
		return -EBADMSG;

	hs_database_t *copy = NULL;
	if (hs_deserialize_database(probe, head->probe.count, &copy) != HS_SUCCESS)
		return -ENOEXEC;
	hs_free_database(copy);
	size_t size;
	if (hs_database_size(image, &size) != HS_SUCCESS || size > head->image.count)
		return -EBADMSG;
	p->image = image;
	return 0;
}

int patterns_open(struct span lines, struct span image, section_category *number, void *user,
		  struct patterns *out)
{
	*out = (struct patterns){.lines_piece = lines, .image_piece = image};
	int rc = lines_check(out);
	if (rc == 0)
		rc = sections_open(lines, number, user, &out->sections);
	if (rc == 0)
		rc = image_check(out);
	if (rc < 0)
		patterns_clear(out);
	return rc;
}

void patterns_clear(struct patterns *p)
{
	sections_clear(&p->sections);
	*p = (struct patterns){0};
}

/* A text of two thousand letters can be found in more places than it is worth looking at. */
enum { TIGHT_MATCHES_MAX = 4096 };

struct scan {
	const struct patterns *patterns;
	struct rule_hits *out;
	bool again;                      /* the lines may be among the hits already */
	const struct words_tight *tight; /* NULL: a match anywhere counts */
	unsigned matches;
};

static bool among(const struct rule_hits *hits, const struct rule_hit *hit)
{
	for (size_t i = 0; i < hits->count; i++)
		if (hits->hit[i].line == hit->line && hits->hit[i].kind == hit->kind &&
		    strcmp(hits->hit[i].file, hit->file) == 0)
			return true;
	return false;
}

static void add_lines(const struct scan *scan, unsigned id)
{
	const struct patterns *p = scan->patterns;
	for (uint32_t i = p->first[id]; i < p->first[id + 1]; i++) {
		const struct section *s = &p->sections.at[p->line[i].section];
		struct rule_hit hit = {
			.kind = s->kind,
			.layer = s->layer,
			.exception = s->exception,
			.observe = s->observe,
			.category = s->category,
			.line = p->line[i].line,
			.file = s->file,
			.section = s,
		};
		if (!scan->again || !among(scan->out, &hit))
			hits_add(scan->out, &hit);
	}
}

static int on_match(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *user)
{
	struct scan *scan = user;
	(void)flags;
	if (id < scan->patterns->pattern_count && (!scan->tight || words_tight_whole(scan->tight, from, to)))
		add_lines(scan, id);
	return scan->tight && ++scan->matches >= TIGHT_MATCHES_MAX;
}

static void run(struct scan *scan, hs_scratch_t *scratch, struct span text)
{
	if (scan->patterns->image && text.len > 0)
		hs_scan(scan->patterns->image, (const char *)text.at, (unsigned)text.len, 0, scratch,
			on_match, scan);
}

void patterns_find(const struct patterns *p, hs_scratch_t *scratch, struct span text, struct rule_hits *out)
{
	run(&(struct scan){.patterns = p, .out = out}, scratch, text);
}

void patterns_find_plain(const struct patterns *p, hs_scratch_t *scratch, struct span text,
			 struct rule_hits *out)
{
	run(&(struct scan){.patterns = p, .out = out, .again = true}, scratch, text);
}

void patterns_find_tight(const struct patterns *p, hs_scratch_t *scratch, const struct words_tight *words,
			 struct rule_hits *out)
{
	run(&(struct scan){.patterns = p, .out = out, .again = true, .tight = words}, scratch,
	    span_of(words->text, words->len));
}
