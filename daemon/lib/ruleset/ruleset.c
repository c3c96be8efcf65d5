/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opening a compiled set and asking it. A set is opened whole or not at all; the caller keeps the one it has until the
 * new one stands. The pieces stay mapped as they were at opening, whatever happens to the files.
 */
#include "ruleset/ruleset.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "ruleset/digests.h"
#include "ruleset/format.h"
#include "ruleset/names.h"
#include "ruleset/patterns.h"

struct ruleset {
	struct manifest manifest;
	struct span mapped[PIECES_MAX]; /* in the manifest's order; owned */
	size_t category_count;
	const char *category[RULESET_CATEGORIES_MAX]; /* borrowed from the pieces */
	size_t names_count;
	struct names names[PIECES_MAX], protected; /* a piece each; their lines say which layer they are of */
	struct patterns patterns[PATTERN_SETS];
	struct digests digests;
	bool blind;
	hs_scratch_t *scratch;
};

/* Where a sentence about what is wrong is written. */
struct why {
	const char *manifest;
	char *text;
	size_t size;
};

static int fail(const struct why *why, int error, const char *piece, const char *problem)
{
	const char *slash = strrchr(why->manifest, '/');
	snprintf(why->text, why->size, "%s: %s%s%s: run tryggctl compile", slash ? slash + 1 : why->manifest,
		 piece ? piece : "", piece ? " " : "", problem);
	return error;
}

static int piece_map(int folder, const struct piece *piece, const struct why *why, struct span *out)
{
	struct stat st;
	int fd = openat(folder, piece->file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return fail(why, -errno, piece->file,
			    errno == ENOENT ? "is missing"
			    : errno == EACCES && piece->kind == PIECE_DIGESTS
				    ? "holds what is confidential, which only root and Trygg's own accounts "
				      "may ask"
				    : strerror(errno));
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size != piece->size || piece->size == 0) {
		close(fd);
		return fail(why, -EBADMSG, piece->file, "has the wrong size");
	}
	/* Touched before the first packet, not by it. */
	void *at = mmap(NULL, piece->size, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0);
	close(fd);
	if (at == MAP_FAILED)
		return fail(why, -errno, piece->file, "cannot be mapped");
	*out = span_of(at, piece->size);
	return 0;
}

static int pieces_map(struct ruleset *rs, const struct why *why)
{
	char path[4096];
	if ((size_t)snprintf(path, sizeof(path), "%s.d", why->manifest) >= sizeof(path))
		return fail(why, -ENAMETOOLONG, NULL, "the path is too long");
	if (rs->manifest.count == 0)
		return 0;
	int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return fail(why, -errno, NULL, "the folder of its pieces cannot be opened");
	int rc = 0;
	for (size_t i = 0; i < rs->manifest.count && rc == 0; i++)
		rc = piece_map(folder, &rs->manifest.piece[i], why, &rs->mapped[i]);
	close(folder);
	return rc;
}

static int digests_check(const struct ruleset *rs, const struct why *why)
{
	for (size_t i = 0; i < rs->manifest.count; i++) {
		char digest[DIGEST_TEXT];
		format_digest(rs->mapped[i], digest);
		if (strcmp(digest, rs->manifest.piece[i].digest) != 0)
			return fail(why, -EBADMSG, rs->manifest.piece[i].file, "is damaged");
	}
	return 0;
}

static int category_number(void *user, const char *id)
{
	struct ruleset *rs = user;
	for (size_t i = 0; i < rs->category_count; i++)
		if (strcmp(rs->category[i], id) == 0)
			return (int)i;
	if (rs->category_count == RULESET_CATEGORIES_MAX)
		return -1;
	rs->category[rs->category_count] = id;
	return (int)rs->category_count++;
}

/* The mapped piece of this kind and role; empty when the set has none. */
static struct span piece_of(const struct ruleset *rs, enum piece_kind kind, const char *role)
{
	for (size_t i = 0; i < rs->manifest.count; i++)
		if (rs->manifest.piece[i].kind == kind && strcmp(rs->manifest.piece[i].role, role) == 0)
			return rs->mapped[i];
	return (struct span){0};
}

static int names_load(struct ruleset *rs)
{
	int rc = 0;
	for (size_t i = 0; i < rs->manifest.count && rc == 0; i++) {
		const struct piece *p = &rs->manifest.piece[i];
		if (p->kind != PIECE_NAMES)
			continue;
		bool protected = strcmp(p->role, "protected") == 0;
		struct names *to = protected ? &rs->protected : &rs->names[rs->names_count];
		rc = to->piece.len > 0 ? -EBADMSG : names_open(rs->mapped[i], category_number, rs, to);
		rs->names_count += rc == 0 && !protected;
	}
	return rc;
}

static int patterns_load(struct ruleset *rs, const char *role, struct patterns *out)
{
	struct span lines = piece_of(rs, PIECE_LINES, role), image = piece_of(rs, PIECE_IMAGE, role);
	if (lines.len == 0 && image.len == 0)
		return 0;
	if (lines.len == 0 || image.len == 0)
		return -EBADMSG;
	int rc = patterns_open(lines, image, category_number, rs, out);
	if (rc == 0 && hs_alloc_scratch(out->image, &rs->scratch) != HS_SUCCESS)
		rc = -EBADMSG;
	return rc;
}

static int digests_load(struct ruleset *rs)
{
	struct span piece = piece_of(rs, PIECE_DIGESTS, "confidential");
	return piece.len == 0 ? 0 : digests_open(piece, category_number, rs, &rs->digests);
}

static int pieces_open(struct ruleset *rs, const struct why *why)
{
	int rc = names_load(rs);
	for (size_t i = 0; i < PATTERN_SETS && rc == 0; i++)
		rc = patterns_load(rs, pattern_sets[i].role, &rs->patterns[i]);
	if (rc == 0)
		rc = digests_load(rs);
	if (rc == -ENOEXEC)
		return fail(why, rc, NULL,
			    "the patterns were compiled for another processor or another Hyperscan");
	if (rc < 0)
		return fail(why, rc, NULL, "a piece is not what a compile writes");
	return 0;
}

static int manifest_load(struct ruleset *rs, const struct why *why)
{
	char *text = NULL;
	size_t len = 0;
	int rc = file_read(why->manifest, MANIFEST_MAX, &text, &len);
	if (rc < 0)
		return fail(why, rc, NULL, rc == -ENOENT ? "there is no compiled set" : strerror(-rc));
	rc = manifest_parse(span_of(text, len), &rs->manifest);
	free(text);
	return rc < 0 ? fail(why, rc, NULL, "is damaged or of another version") : 0;
}

int ruleset_open(const char *manifest, bool check_digests, struct ruleset **out, char *why_text,
		 size_t why_size)
{
	struct why why = {manifest, why_text, why_size};
	struct ruleset *rs = calloc(1, sizeof(*rs));
	if (!rs)
		return fail(&why, -ENOMEM, NULL, "there is no memory");
	int rc = manifest_load(rs, &why);
	if (rc == 0)
		rc = pieces_map(rs, &why);
	if (rc == 0 && check_digests)
		rc = digests_check(rs, &why);
	if (rc == 0)
		rc = pieces_open(rs, &why);
	if (rc < 0)
		ruleset_free(rs);
	else
		*out = rs;
	return rc;
}

void ruleset_free(struct ruleset *rs)
{
	if (!rs)
		return;
	for (size_t i = 0; i < PATTERN_SETS; i++)
		patterns_clear(&rs->patterns[i]);
	for (size_t i = 0; i < rs->names_count; i++)
		names_clear(&rs->names[i]);
	names_clear(&rs->protected);
	digests_clear(&rs->digests);
	hs_free_scratch(rs->scratch);
	for (size_t i = 0; i < rs->manifest.count; i++)
		if (rs->mapped[i].len > 0)
			munmap((void *)(uintptr_t)rs->mapped[i].at, rs->mapped[i].len);
	free(rs);
}

const char *ruleset_id(const struct ruleset *rs)
{
	return rs->manifest.id;
}

size_t ruleset_categories(const struct ruleset *rs)
{
	return rs->category_count;
}

const char *ruleset_category(const struct ruleset *rs, size_t index)
{
	return rs->category[index];
}

size_t ruleset_bytes(const struct ruleset *rs)
{
	size_t bytes = 0;
	for (size_t i = 0; i < rs->manifest.count; i++)
		bytes += rs->mapped[i].len;
	return bytes;
}

bool ruleset_protected(const struct ruleset *rs, const struct host *h)
{
	struct probes probes;
	names_probe(h, &probes);
	return names_any(&rs->protected, h, &probes);
}

static void find_words(struct ruleset *rs, struct span words, struct rule_hits *out)
{
	char plain[WORDS_PLAIN_MAX];
	struct words_tight tight;
	patterns_find(&rs->patterns[SET_SEARCH], rs->scratch, words, out);
	size_t len = words_plain(words, plain);
	patterns_find_plain(&rs->patterns[SET_PLAIN], rs->scratch, span_of(plain, len), out);
	words_tight(span_of(plain, len), &tight);
	patterns_find_tight(&rs->patterns[SET_TIGHT], rs->scratch, &tight, out);
}

void ruleset_match(struct ruleset *rs, const struct host *h, const struct url *url, struct rule_hits *out)
{
	struct probes probes;
	hits_clear(out);
	names_probe(h, &probes);
	for (size_t i = 0; i < rs->names_count; i++)
		names_find(&rs->names[i], h, &probes, url, out);
	if (!rs->blind)
		digests_find(&rs->digests, h, &probes, url, out);
	patterns_find(&rs->patterns[SET_HOST], rs->scratch, span_of(h->text, h->len), out);
	if (!url)
		return;
	patterns_find(&rs->patterns[SET_PATH], rs->scratch, span_of(url->path, url->path_len), out);
	if (url->words_len > 0)
		find_words(rs, span_of(url->words, url->words_len), out);
}

void ruleset_blind(struct ruleset *rs, bool blind)
{
	rs->blind = blind;
}

bool ruleset_confidential(const struct ruleset *rs, size_t index, struct rule_secret *out)
{
	const struct digests *d = &rs->digests;
	if (index >= d->list_count)
		return false;
	const struct digests_list *list = &d->list[index];
	const struct section *s = &d->sections.at[list->section];
	*out = (struct rule_secret){s->file, list->line, s->category, list->names, list->entries, list->made};
	return true;
}

struct rule_about ruleset_about(const struct rule_hit *hit)
{
	const struct section *s = hit->section;
	return s ? (struct rule_about){s->owner, s->reason, s->reviewed, s->review_by}
		 : (struct rule_about){"", "", "", ""};
}

/* ---- What a set says, for comparison with another ---- */

static uint64_t mix(uint64_t hash, struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		hash = (hash ^ s.at[i]) * 0x100000001b3u; /* FNV-1a */
	return (hash ^ s.len) * 0x9e3779b97f4a7c15u;
}

static uint64_t mix_section(uint64_t hash, const struct ruleset *rs, const struct section *s)
{
	const uint8_t kind[] = {s->kind, s->layer, s->exception, s->observe};
	const char *category = s->category < rs->category_count ? rs->category[s->category] : "*";
	return mix(mix(hash, span_of(kind, sizeof(kind))), span_text(category));
}

struct unlike {
	const struct ruleset *rs;
	ruleset_meaning *call;
	void *user;
	bool protected;
};

static void name_line(void *user, struct span code, struct span path, const struct section *section)
{
	const struct unlike *u = user;
	uint64_t hash = mix(mix(u->protected, code), path);
	u->call(u->user, u->protected ? hash : mix_section(hash, u->rs, section),
		u->protected || section->exception);
}

static void pattern_lines(const struct unlike *u, const struct patterns *p, const char *image_digest)
{
	uint64_t image = mix(2, span_text(image_digest));
	for (uint32_t n = 0; n < p->pattern_count; n++)
		for (uint32_t i = p->first[n]; i < p->first[n + 1]; i++) {
			const struct section *s = &p->sections.at[p->line[i].section];
			u->call(u->user,
				mix_section(mix(image, span_of((const void *)&n, sizeof(n))), u->rs, s),
				s->exception);
		}
}

static const struct piece *find_piece(const struct ruleset *rs, enum piece_kind kind, const char *role)
{
	for (size_t i = 0; i < rs->manifest.count; i++)
		if (rs->manifest.piece[i].kind == kind && strcmp(rs->manifest.piece[i].role, role) == 0)
			return &rs->manifest.piece[i];
	return NULL;
}

static bool same_piece(const struct ruleset *a, const struct ruleset *b, enum piece_kind kind,
		       const char *role)
{
	const struct piece *one = find_piece(a, kind, role), *other = find_piece(b, kind, role);
	return one && other && strcmp(one->digest, other->digest) == 0;
}

/* Lines mean what the image beside them says. */
static bool has_piece(const struct ruleset *rs, const struct ruleset *other, const struct piece *piece)
{
	bool has = false;
	for (size_t i = 0; other && i < other->manifest.count && !has; i++)
		has = strcmp(other->manifest.piece[i].digest, piece->digest) == 0 &&
		      strcmp(other->manifest.piece[i].role, piece->role) == 0;
	return has && (piece->kind != PIECE_LINES || same_piece(rs, other, PIECE_IMAGE, piece->role));
}

static void piece_unlike(struct unlike *u, const struct piece *piece)
{
	const struct ruleset *rs = u->rs;
	u->protected = strcmp(piece->role, "protected") == 0;
	if (piece->kind == PIECE_NAMES && u->protected)
		names_each(&rs->protected, name_line, u);
	for (size_t i = 0; piece->kind == PIECE_NAMES && i < rs->names_count; i++)
		if (rs->names[i].piece.at == rs->mapped[piece - rs->manifest.piece].at)
			names_each(&rs->names[i], name_line, u);
	for (size_t i = 0; piece->kind == PIECE_LINES && i < PATTERN_SETS; i++) {
		const struct piece *image = find_piece(rs, PIECE_IMAGE, pattern_sets[i].role);
		if (image && strcmp(piece->role, pattern_sets[i].role) == 0)
			pattern_lines(u, &rs->patterns[i], image->digest);
	}
	if (piece->kind != PIECE_NAMES && piece->kind != PIECE_LINES && piece->kind != PIECE_IMAGE)
		u->call(u->user, mix(3, span_text(piece->digest)), false);
}

int ruleset_unlike(const struct ruleset *rs, const struct ruleset *other, size_t bytes_max,
		   ruleset_meaning *call, void *user)
{
	struct unlike u = {.rs = rs, .call = call, .user = user};
	size_t bytes = 0;
	for (size_t i = 0; i < rs->manifest.count; i++)
		if (rs->manifest.piece[i].kind == PIECE_NAMES &&
		    !has_piece(rs, other, &rs->manifest.piece[i]))
			bytes += rs->manifest.piece[i].size;
	if (bytes > bytes_max)
		return -E2BIG;
	for (size_t i = 0; i < rs->manifest.count; i++)
		if (!has_piece(rs, other, &rs->manifest.piece[i]))
			piece_unlike(&u, &rs->manifest.piece[i]);
	return 0;
}
