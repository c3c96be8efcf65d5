/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Making an image. Patterns are judged as people mean them: one that matches the empty text, or two texts that have no letter
 * in common, matches everything and is a mistake. A few that look harmless take Hyperscan minutes or gigabytes, and it cannot
 * be told to stop; so it works in a child with limits (bounded.h) that says at which pattern it is. What counts repeats is
 * tried alone first, then all are compiled together; when that is too much, each is tried alone to find out which it is.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "ruleset/bounded.h"
#include "ruleset/patterns_write.h"

/* On a slow gateway too, one pattern takes a few milliseconds and the starter rules half a minute. */
static const struct patterns_limits usual_limits = {.one_ms = 10000, .all_ms = 300000, .memory_mib = 1024};

/* Of those that are too much so many are named: each has cost its time. */
enum { TOO_MUCH_MAX = 5 };

struct compiling {
	const struct patterns_writer *from;
	struct patterns_limits limits;
	patterns_problem *problem;
	void *user;
	const char **expression; /* NUL-terminated copies; owned */
	unsigned *flags, *ids;   /* owned */
	uint8_t *seen;           /* owned; which of the two probes each pattern matched */
	hs_database_t *database; /* owned */
	size_t first;            /* to be checked */
	bool thorough;           /* each is compiled alone */
	bool wrong;              /* a mistake was reported */
};

/* What the child says: that something is wrong with a pattern, or the image. */
struct word {
	uint32_t id, len;
};

enum { WORD_IMAGE = UINT32_MAX };

static bool is_written(const struct compiling *c)
{
	return pattern_sets[c->from->set].form == FORM_WRITTEN;
}

static int prepare(struct compiling *c)
{
	size_t count = c->from->count;
	c->expression = calloc(count, sizeof(*c->expression));
	c->flags = calloc(count, sizeof(*c->flags));
	c->ids = calloc(count, sizeof(*c->ids));
	c->seen = calloc(count, 1);
	if (!c->expression || !c->flags || !c->ids || !c->seen)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		struct span text = c->from->unique[i]->text;
		c->expression[i] = strndup((const char *)text.at, text.len);
		if (!c->expression[i])
			return -ENOMEM;
		c->flags[i] = patterns_flags(c->from->set, text);
		c->ids[i] = (unsigned)i;
	}
	return 0;
}

static void compiling_clear(struct compiling *c)
{
	for (size_t i = 0; c->expression && i < c->from->count; i++)
		free((void *)(uintptr_t)c->expression[i]);
	free(c->expression);
	free(c->flags);
	free(c->ids);
	free(c->seen);
}

/* Puts something in the place of a pattern that no text contains: values never follow one another so. */
static void leave_away(struct compiling *c, size_t id)
{
	free((void *)(uintptr_t)c->expression[id]);
	c->expression[id] = strdup("\n\n\n");
}

/*
 * Reports a mistake for every line that holds pattern `id`. What is wrong with a form that people did not write is not theirs
 * to mend: that form of the pattern is left away.
 */
static void report(struct compiling *c, size_t id, const char *text)
{
	if (!is_written(c)) {
		leave_away(c, id);
		return;
	}
	c->wrong = true;
	for (const struct patterns_item *i = c->from->unique[id]; i < c->from->unique[id + 1]; i++)
		c->problem(c->user, i, text);
}

/* ---- In the child ---------------------------------------------------------------------------------------- */

static void tell(struct bounded *b, size_t id, const char *text)
{
	struct word word = {(uint32_t)id, (uint32_t)strlen(text)};
	bounded_put(b, &word, sizeof(word));
	bounded_put(b, text, word.len);
}

/* Hyperscan says that memory is short as it says that a pattern is wrong. */
static bool is_short_of_memory(const hs_compile_error_t *error)
{
	return !error || strstr(error->message, "allocate memory");
}

/* The least number of bytes the pattern matches; -EINVAL with a sentence when it is none, -ENOMEM. */
static int width_of(const char *pattern, unsigned flags, char *why, size_t why_size)
{
	hs_expr_info_t *info = NULL;
	hs_compile_error_t *error = NULL;
	/* Asked with the empty match allowed, so that it is ours to name. */
	hs_error_t rc = hs_expression_info(pattern, flags | HS_FLAG_ALLOWEMPTY, &info, &error);
	int width = rc == HS_SUCCESS            ? (int)(info->min_width & INT32_MAX)
		    : is_short_of_memory(error) ? -ENOMEM
						: -EINVAL;
	if (width == -EINVAL)
		snprintf(why, why_size, "the pattern is wrong: %s", error->message);
	hs_free_compile_error(error);
	free(info);
	return width;
}

/* Counted repeats are what explodes: "{2,500}" writes its pattern out five hundred times. */
static bool counts_repeats(const char *pattern)
{
	for (const char *c = strchr(pattern, '{'); c; c = strchr(c + 1, '{'))
		if (c[1] >= '0' && c[1] <= '9')
			return true;
	return false;
}

static void tell_error(struct bounded *b, size_t id, const hs_compile_error_t *error)
{
	char text[256];
	snprintf(text, sizeof(text), "the pattern cannot be compiled: %s", error->message);
	tell(b, id, text);
}

/* One pattern by itself. */
static int compile_one(struct bounded *b, const struct compiling *c, size_t i)
{
	hs_database_t *database = NULL;
	hs_compile_error_t *error = NULL;
	int rc = 0;
	if (hs_compile(c->expression[i], c->flags[i], HS_MODE_BLOCK, NULL, &database, &error) != HS_SUCCESS) {
		rc = is_short_of_memory(error) ? -ENOMEM : 0;
		if (rc == 0)
			tell_error(b, i, error);
	}
	hs_free_compile_error(error);
	hs_free_database(database);
	return rc;
}

/* Looks at each pattern alone, because a compile of all names only the first that is wrong. */
static int check_each(struct bounded *b, void *user)
{
	const struct compiling *c = user;
	int rc = 0;
	for (size_t i = c->first; i < c->from->count && rc == 0; i++) {
		char text[512];
		bounded_step(b, i, c->limits.one_ms);
		int width = width_of(c->expression[i], c->flags[i], text, sizeof(text));
		if (width == -ENOMEM)
			rc = width;
		else if (width < 0)
			tell(b, i, text);
		else if (width == 0)
			tell(b, i, "the pattern matches the empty text, so it would match everything");
		else if (c->thorough || counts_repeats(c->expression[i]))
			rc = compile_one(b, c, i);
	}
	return rc;
}

static int on_probe(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *user)
{
	uint8_t *seen = user;
	(void)from;
	(void)to;
	(void)flags;
	seen[id]++;
	return 0;
}

static bool check_reach(struct bounded *b, const struct compiling *c)
{
	static const char *const probes[PATTERN_SETS][2] = {
		[SET_HOST] = {"aei-o7.ou", "bcd-f3.gk"},
		[SET_PATH] = {"/aei/ou7?eo=ia", "/bcd/fk3?gh=kl"},
		[SET_SEARCH] = {"aei ou7", "bcd fk3"},
	};
	hs_scratch_t *scratch = NULL;
	/* The other forms are of patterns that have been judged as they were written. */
	if (!probes[c->from->set][0])
		return true;
	bool fine = hs_alloc_scratch(c->database, &scratch) == HS_SUCCESS;
	for (size_t p = 0; p < 2 && fine; p++) {
		const char *probe = probes[c->from->set][p];
		hs_scan(c->database, probe, (unsigned)strlen(probe), 0, scratch, on_probe, c->seen);
	}
	for (size_t i = 0; i < c->from->count && fine; i++)
		if (c->seen[i] == 2)
			tell(b, i,
			     "the pattern matches texts that have nothing in common, so it would match "
			     "everything");
	hs_free_scratch(scratch);
	for (size_t i = 0; i < c->from->count; i++)
		fine = fine && c->seen[i] < 2;
	return fine;
}

/* A database of one pattern that says nothing, but says for whom it was made. */
static int put_probe(struct blob *piece, struct format_table *out)
{
	hs_database_t *database = NULL;
	hs_compile_error_t *error = NULL;
	char *bytes = NULL;
	size_t len = 0;
	if (hs_compile("trygg", HS_FLAG_SINGLEMATCH, HS_MODE_BLOCK, NULL, &database, &error) != HS_SUCCESS ||
	    hs_serialize_database(database, &bytes, &len) != HS_SUCCESS)
		piece->failed = true;
	else
		*out = blob_put_table(piece, bytes, len, 1);
	free(bytes);
	hs_free_compile_error(error);
	hs_free_database(database);
	return piece->failed ? -ENOMEM : 0;
}

static int put_image(const struct compiling *c, struct blob *piece)
{
	struct image_head head = {.patterns = (uint32_t)c->from->count};
	char *bytes = NULL;
	size_t len = 0, size = 0;
	int rc = -ENOMEM;

	blob_put(piece, &head, sizeof(head));
	if (put_probe(piece, &head.probe) < 0)
		return rc;
	if (hs_serialize_database(c->database, &bytes, &len) != HS_SUCCESS ||
	    hs_serialized_database_size(bytes, len, &size) != HS_SUCCESS)
		goto out;
	/* Written on a page border and mapped on one: the image knows the alignment it was made for. */
	size = (size + FORMAT_PAGE - 1) / FORMAT_PAGE * FORMAT_PAGE;
	(void)blob_grow(piece, -piece->len & (FORMAT_PAGE - 1));
	head.image = (struct format_table){(uint32_t)piece->len, (uint32_t)size};
	void *image = blob_grow(piece, size);
	if (image && piece->len <= INT32_MAX && hs_deserialize_database_at(bytes, len, image) == HS_SUCCESS) {
		memcpy(piece->at, &head, sizeof(head));
		head_finish(piece, format_image);
		rc = 0;
	}
out:
	free(bytes);
	return rc;
}

/* In a form that people did not write, what Hyperscan refuses is left away. */
static int compile_together(struct bounded *b, struct compiling *c)
{
	for (size_t left_away = 0; left_away <= c->from->count; left_away++) {
		hs_compile_error_t *error = NULL;
		if (hs_compile_multi(c->expression, c->flags, c->ids, (unsigned)c->from->count, HS_MODE_BLOCK,
				     NULL, &c->database, &error) == HS_SUCCESS)
			return 0;
		size_t id = error && error->expression >= 0 ? (size_t)error->expression : 0;
		int rc = is_short_of_memory(error) ? -ENOMEM : is_written(c) ? -EINVAL : 0;
		if (rc == -EINVAL)
			tell_error(b, id, error);
		else if (rc == 0)
			leave_away(c, id);
		hs_free_compile_error(error);
		if (rc < 0 || !c->expression[id])
			return rc < 0 ? rc : -ENOMEM;
	}
	return -EINVAL;
}

static int compile_all(struct bounded *b, void *user)
{
	struct compiling *c = user;
	struct blob piece = {0};
	bounded_step(b, 0, c->limits.all_ms);
	int rc = compile_together(b, c);
	if (rc == 0 && !check_reach(b, c))
		rc = -EINVAL;
	if (rc == 0)
		rc = put_image(c, &piece);
	if (rc == 0) {
		struct word word = {WORD_IMAGE, (uint32_t)piece.len};
		bounded_put(b, &word, sizeof(word));
		bounded_put(b, piece.at, piece.len);
	}
	return rc;
}

/* ---- In the parent --------------------------------------------------------------------------------------- */

/* Passes on what the child said; of a child that died the last word may be cut. */
static void hear(struct compiling *c, const struct blob *said, struct blob *image)
{
	struct word word;
	for (size_t at = 0; said->len - at >= sizeof(word); at += word.len) {
		char text[512];
		memcpy(&word, said->at + at, sizeof(word));
		at += sizeof(word);
		if (word.len > said->len - at)
			return;
		if (word.id == WORD_IMAGE) {
			blob_put(image, said->at + at, word.len);
		} else if (word.id < c->from->count) {
			snprintf(text, sizeof(text), "%.*s", (int)word.len, (const char *)said->at + at);
			report(c, word.id, text);
		}
	}
}

/* Whether the child ended by a limit, or broke; what it is called. */
static const char *too_much(int rc)
{
	return rc == -ETIME    ? "takes too long to compile"
	       : rc == -ENOMEM ? "takes too much memory to compile"
	       : rc == -ECHILD ? "breaks the pattern compiler"
			       : NULL;
}

static void report_too_much(struct compiling *c, size_t id, int rc)
{
	char text[256];
	snprintf(text, sizeof(text),
		 "the pattern %s; allowed are %.3g s and %u MiB: write smaller repeats, or several patterns",
		 too_much(rc), c->limits.one_ms / 1000.0, c->limits.memory_mib);
	report(c, id, text);
}

/* All patterns one by one; goes on behind one that ended the child. */
static int check_all(struct compiling *c)
{
	int rc = -ECHILD;
	c->first = 0;
	for (unsigned n = 0; n < TOO_MUCH_MAX && too_much(rc) && c->first < c->from->count; n++) {
		struct blob said, none = {0};
		size_t at;
		rc = bounded_run(c->limits.memory_mib, check_each, c, &at, &said);
		hear(c, &said, &none);
		blob_clear(&said);
		blob_clear(&none);
		if (too_much(rc) && at < c->from->count)
			report_too_much(c, at, rc);
		c->first = at + 1;
	}
	/* What was not looked at any more is not compiled unseen. */
	for (; too_much(rc) && !is_written(c) && c->first < c->from->count; c->first++)
		leave_away(c, c->first);
	return too_much(rc) ? 0 : rc;
}

static int make(struct compiling *c, struct blob *out)
{
	struct blob said;
	size_t at;
	int rc = bounded_run(c->limits.memory_mib, compile_all, c, &at, &said);
	hear(c, &said, out);
	blob_clear(&said);
	if (out->failed)
		rc = -ENOMEM;
	return rc;
}

static void report_all(struct compiling *c, int rc)
{
	char text[256];
	snprintf(text, sizeof(text), "all %s patterns (%zu) together: that %s; allowed are %u s and %u MiB",
		 rule_kind_names[pattern_sets[c->from->set].kind], c->from->count, too_much(rc),
		 c->limits.all_ms / 1000, c->limits.memory_mib);
	c->wrong = true;
	c->problem(c->user, c->from->unique[0], text);
}

int patterns_writer_image(const struct patterns_writer *w, patterns_problem *problem, void *user,
			  struct blob *out)
{
	struct compiling c = {.from = w, .problem = problem, .user = user};
	c.limits = w->limits ? *w->limits : usual_limits;
	int rc = prepare(&c);
	if (rc == 0)
		rc = check_all(&c);
	if (rc == 0 && !c.wrong)
		rc = make(&c, out);
	if (too_much(rc)) {
		int first = rc;
		c.thorough = true;
		rc = check_all(&c);
		if (rc == 0 && !c.wrong && !is_written(&c))
			rc = first = make(&c, out);
		if (!c.wrong && too_much(rc == 0 ? first : rc))
			report_all(&c, first);
	}
	compiling_clear(&c);
	return c.wrong ? -EINVAL : rc;
}
