/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What all pieces have in common: bounds, sections, digests; and the manifest. */
#include "ruleset/format.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

/* The last character is the version: a reader never guesses at another one. */
const char format_names[8] = "TRYGGNA1", format_lines[8] = "TRYGGLI1", format_image[8] = "TRYGGPA1",
	   format_digests[8] = "TRYGGDI1";

const char *const layer_names[LAYERS] = {"national", "municipality", "school"};
const char *const piece_kind_names[PIECE_KINDS] = {"names", "lines", "image", "digests"};

const void *format_at(struct span piece, struct format_table table, size_t item)
{
	size_t align = item % 8 == 0 ? 8 : item % 4 == 0 ? 4 : 1;
	if (table.at > piece.len || table.at % align != 0 || table.count > (piece.len - table.at) / item)
		return NULL;
	return piece.at + table.at;
}

bool format_check(struct span piece, const char magic[static 8], size_t head_size)
{
	if (piece.len < head_size)
		return false;
	const struct format_head *head = (const void *)piece.at;
	return memcmp(head->magic, magic, 8) == 0 && head->order == FORMAT_ORDER && head->size == piece.len;
}

void format_digest(struct span bytes, char out[static DIGEST_TEXT])
{
	uint8_t digest[DIGEST_SIZE];
	crypto_generichash(digest, sizeof(digest), bytes.at, bytes.len, NULL, 0);
	sodium_bin2hex(out, DIGEST_TEXT, digest, sizeof(digest));
}

/* ---- Sections -------------------------------------------------------------------------------------------- */

/* The text at an offset; NULL when it lies outside. The table ends in NUL, so every text in it ends. */
static const char *text_at(struct span texts, uint32_t offset)
{
	return offset < texts.len ? (const char *)texts.at + offset : NULL;
}

static int section_open(struct span texts, const struct format_section *from, section_category *number,
			void *user, struct section *to)
{
	const char *category = text_at(texts, from->category);
	*to = (struct section){
		.file = text_at(texts, from->file),
		.owner = text_at(texts, from->owner),
		.reason = text_at(texts, from->reason),
		.reviewed = text_at(texts, from->reviewed),
		.review_by = text_at(texts, from->review_by),
		.kind = from->kind,
		.layer = from->layer,
		.exception = from->exception == 1,
		.observe = from->observe == 1,
	};
	if (!category || !to->file || !to->owner || !to->reason || !to->reviewed || !to->review_by ||
	    from->kind >= RULE_KINDS || from->layer >= LAYERS || from->exception > 1 || from->observe > 1)
		return -EBADMSG;
	if (strcmp(category, "*") == 0) {
		to->category = RULESET_CATEGORY_ANY;
		return to->exception ? 0 : -EBADMSG;
	}
	int n = number(user, category);
	to->category = (uint16_t)n;
	return n < 0 ? -EBADMSG : 0;
}

int sections_open(struct span piece, section_category *number, void *user, struct sections *out)
{
	const struct format_head *head = (const void *)piece.at;
	const struct format_section *section = format_at(piece, head->section, sizeof(*section));
	const uint8_t *text = format_at(piece, head->text, 1);
	out->count = 0;
	out->at = NULL;
	if (!section || !text || head->text.count == 0 || text[head->text.count - 1] != '\0')
		return -EBADMSG;
	out->at = calloc(head->section.count + 1, sizeof(*out->at));
	if (!out->at)
		return -ENOMEM;
	out->count = head->section.count;
	for (size_t i = 0; i < out->count; i++) {
		int rc =
			section_open(span_of(text, head->text.count), &section[i], number, user, &out->at[i]);
		if (rc < 0)
			return rc;
	}
	return 0;
}

void sections_clear(struct sections *s)
{
	free(s->at);
	*s = (struct sections){0};
}

/* ---- The manifest ---------------------------------------------------------------------------------------- */

static const char manifest_head[] = "trygg-rules 1\nset ";

/* A piece is a plain file of the folder beside the manifest, never a path. */
static bool valid_file(const char *name)
{
	return name[0] != '.' && name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-.")] == '\0';
}

static int piece_parse(char *line, struct piece *out)
{
	char kind[8];
	int end = -1;
	*out = (struct piece){0};
	if (sscanf(line, "%7[a-z] %15[a-z] %95[a-z0-9.-] %9u %64[0-9a-f]%n", kind, out->role, out->file,
		   &out->size, out->digest, &end) != 5 ||
	    end < 0 || line[end] != '\0' || strlen(out->digest) != DIGEST_TEXT - 1 || !valid_file(out->file))
		return -EBADMSG;
	for (int k = 0; k < PIECE_KINDS; k++) {
		if (strcmp(kind, piece_kind_names[k]) == 0) {
			out->kind = (enum piece_kind)k;
			return 0;
		}
	}
	return -EBADMSG;
}

static void manifest_id(const char *lines, char out[static 17])
{
	char digest[DIGEST_TEXT];
	format_digest(span_text(lines), digest);
	memcpy(out, digest, 16);
	out[16] = '\0';
}

int manifest_parse(struct span text, struct manifest *out)
{
	char copy[MANIFEST_MAX + 1], id[17];
	size_t head = sizeof(manifest_head) - 1;
	if (text.len > MANIFEST_MAX || text.len < head + 17 || memchr(text.at, '\0', text.len) ||
	    memcmp(text.at, manifest_head, head) != 0)
		return -EBADMSG;
	memcpy(copy, text.at, text.len);
	copy[text.len] = '\0';
	char *lines = copy + head + 17;
	manifest_id(lines, id);
	if (memcmp(copy + head, id, 16) != 0 || lines[-1] != '\n')
		return -EBADMSG;

	memcpy(out->id, id, sizeof(id));
	out->count = 0;
	for (char *end; *lines != '\0'; lines = end + 1) {
		end = strchr(lines, '\n');
		if (!end || out->count == PIECES_MAX)
			return -EBADMSG;
		*end = '\0';
		if (piece_parse(lines, &out->piece[out->count++]) < 0)
			return -EBADMSG;
	}
	return 0;
}

char *manifest_text(struct manifest *m)
{
	char lines[MANIFEST_MAX], *text;
	size_t len = 0;
	lines[0] = '\0';
	for (size_t i = 0; i < m->count; i++) {
		const struct piece *p = &m->piece[i];
		len += (size_t)snprintf(lines + len, sizeof(lines) - len, "%s %s %s %u %s\n",
					piece_kind_names[p->kind], p->role, p->file, p->size, p->digest);
	}
	manifest_id(lines, m->id);
	return asprintf(&text, "%s%s\n%s", manifest_head, m->id, lines) < 0 ? NULL : text;
}
