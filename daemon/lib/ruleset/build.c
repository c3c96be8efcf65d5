/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sorting rules to the writers of pieces, and pieces to the store. */
#include "ruleset/build.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "ruleset/confidential.h"
#include "ruleset/guarded.h"
#include "ruleset/names_write.h"
#include "ruleset/patterns_write.h"
#include "ruleset/stamp.h"
#include "ruleset/store.h"

enum {
	FILES_MAX = 4096,
	OWN_LEAST =
		1
		<< 18, /* bytes of a file that is worth a piece of its own: a look into one costs every decision */
	OWN_MAX = 24,
};

/* A file or list that gets a piece of its own, while it is read. */
struct own {
	struct names_writer names;
	struct build_counts before;
	bool stamped; /* nothing in it but names, nothing to say about it */
	char key[DIGEST_TEXT];
};

struct build {
	struct build_options options;
	struct build_counts counts;
	struct guarded guarded;
	bool guarded_ready;
	size_t file_count;
	struct rulefile *file[FILES_MAX]; /* owned: writers point at them */
	struct names_writer layer[LAYERS];
	struct patterns_writer patterns[PATTERN_SETS];
	struct confidential *confidential; /* owned */
	int folder;
	const struct manifest *previous;
	struct own *own; /* NULL: names go to the piece of their layer */
	size_t own_count;
	struct piece own_piece[OWN_MAX]; /* stored already */
};

struct build *build_new(const struct build_options *options)
{
	struct build *b = calloc(1, sizeof(*b));
	if (!b)
		return NULL;
	b->options = *options;
	b->folder = -1;
	for (size_t i = 0; i < PATTERN_SETS; i++)
		b->patterns[i].set = (enum pattern_set)i;
	b->confidential = confidential_new();
	if (!b->confidential) {
		free(b);
		return NULL;
	}
	return b;
}

void build_free(struct build *b)
{
	if (!b)
		return;
	for (size_t i = 0; i < LAYERS; i++)
		names_writer_clear(&b->layer[i]);
	for (size_t i = 0; i < PATTERN_SETS; i++)
		patterns_writer_clear(&b->patterns[i]);
	for (size_t i = 0; i < b->file_count; i++)
		free(b->file[i]);
	confidential_free(b->confidential);
	guarded_clear(&b->guarded);
	free(b);
}

const struct build_counts *build_counts(const struct build *b)
{
	return &b->counts;
}

int build_protect(struct build *b, const char *name, const char *from, bool vetted)
{
	return guarded_add(&b->guarded, name, from, vetted);
}

void build_secret(struct build *b, const struct secret *secret, const char *why)
{
	confidential_secret(b->confidential, secret, why);
}

int build_sealed(struct build *b, const char *name, struct span bytes)
{
	return confidential_list(b->confidential, name, bytes);
}

/* ---- Reading --------------------------------------------------------------------------------------------- */

static void on_problem(void *user, const char *file, int line, const char *text)
{
	struct build *b = user;
	b->counts.errors++;
	if (b->own)
		b->own->stamped = false;
	b->options.problem(b->options.user, file, line, text);
}

void build_mistake(struct build *b, const char *file, const char *text)
{
	on_problem(b, file, 1, text);
}

static void on_warning(void *user, const char *file, int line, const char *text)
{
	struct build *b = user;
	b->counts.warnings++;
	if (b->own)
		b->own->stamped = false;
	if (b->options.warning)
		b->options.warning(b->options.user, file, line, text);
}

static void on_refused(void *user, const char *file, int line, const char *text)
{
	struct build *b = user;
	b->options.refused(b->options.user, file, line, text);
}

static void say_guarded(struct build *b, const char *file, uint32_t line, const struct guarded_name *name)
{
	char text[HOST_TEXT_MAX + 512];
	snprintf(text, sizeof(text), "this would stop %s (%s), which must always pass%s", name->host.text,
		 name->from, name->vetted ? "; remove or narrow the rule" : "; the rule has no effect on it");
	(name->vetted ? on_problem : on_warning)(b, file, (int)line, text);
}

static void add_name(struct build *b, const struct rule_line *rule)
{
	if (rule->exception)
		b->counts.exceptions++;
	if (rule->kind == RULE_URL)
		b->counts.urls++;
	else
		b->counts.names++;
	names_writer_add(b->own ? &b->own->names : &b->layer[rule->file->layer], rule);
}

/* What is no name is read each time: a stamp only speaks for the names. */
static void add_other(struct build *b, const struct rule_line *rule)
{
	if (b->own)
		b->own->stamped = false;
	if (rule->kind == RULE_DIGEST) {
		const char *wrong = confidential_add(b->confidential, rule);
		if (wrong)
			on_problem(b, rule->file->path, (int)rule->line, wrong);
		return;
	}
	b->counts.exceptions += rule->exception;
	b->counts.patterns++;
	for (size_t i = 0; i < PATTERN_SETS; i++)
		if (pattern_sets[i].kind == rule->kind)
			patterns_writer_add(&b->patterns[i], rule);
}

static void on_rule(void *user, const struct rule_line *rule)
{
	struct build *b = user;
	if (rule->kind == RULE_DIGEST || patterns_kind(rule->kind)) {
		add_other(b, rule);
		return;
	}
	const struct guarded_name *name = rule->exception ? NULL : guarded_against(&b->guarded, rule);
	if (name)
		say_guarded(b, rule->file->path, rule->line, name);
	add_name(b, rule);
}

/* Whoever made a list knew nothing of the help catalogue: there it is the line that gives way. */
static bool on_imported(void *user, const struct rule_line *rule)
{
	struct build *b = user;
	if (!rule->exception && guarded_against(&b->guarded, rule))
		return false;
	add_name(b, rule);
	return true;
}

static int get_guard_ready(struct build *b)
{
	if (b->guarded_ready)
		return 0;
	b->guarded_ready = true;
	return guarded_ready(&b->guarded);
}

void build_store(struct build *b, int folder, const struct manifest *previous)
{
	b->folder = folder;
	b->previous = previous;
}

/* A copy of the file that lives as long as the build; NULL without memory or with too many. */
static struct rulefile *keep_file(struct build *b, const struct rulefile *file)
{
	struct rulefile *copy = b->file_count < FILES_MAX ? malloc(sizeof(*copy)) : NULL;
	if (!copy)
		return NULL;
	*copy = *file;
	b->file[b->file_count++] = copy;
	b->counts.files++;
	return copy;
}

static int read_rules(struct build *b, const struct rulefile *file)
{
	struct rule_calls calls = {
		.user = b,
		.rule = on_rule,
		.problem = on_problem,
		.warning = on_warning,
		.categories = b->options.categories,
		.category_count = b->options.category_count,
		.help_only = b->options.help_only,
		.mandatory = b->options.mandatory,
	};
	(void)rulefile_read(file, &calls);
	return 0;
}

/* Stores a piece under its content's name, or that of `key`. */
static int store_piece(struct build *b, enum piece_kind kind, const char *role, const char *key,
		       const struct blob *bytes, struct piece *out)
{
	*out = (struct piece){.kind = kind, .size = (uint32_t)bytes->len};
	if (bytes->failed)
		return -ENOMEM;
	format_digest(span_of(bytes->at, bytes->len), out->digest);
	snprintf(out->role, sizeof(out->role), "%s", role);
	snprintf(out->file, sizeof(out->file), "%s-%.32s.%s", role, key ? key : out->digest,
		 piece_kind_names[kind]);
	if (b->folder < 0 || b->counts.errors > 0 || store_holds(b->folder, out))
		return 0;
	b->counts.written++;
	/* A piece with a key in it is for the group of the programs alone. */
	return store_put(b->folder, out->file, kind == PIECE_DIGESTS ? 0640 : 0644,
			 span_of(bytes->at, bytes->len));
}

/* ---- Pieces of their own ----------------------------------------------------------------------------------- */

/* What is read: a rule file, or a list. */
struct own_source {
	size_t count;
	const struct rulefile *file[IMPORT_FILES_MAX];
	const char *how;
	const struct build_import *import; /* NULL: a rule file */
	struct import_counts *counts;
};

static int read_source(struct build *b, const struct own_source *s)
{
	if (!s->import)
		return read_rules(b, s->file[0]);
	struct import_calls calls = {.user = b,
				     .rule = on_imported,
				     .refused = b->options.refused ? on_refused : NULL,
				     .help_only = s->import->help_only,
				     .heads = s->import->heads};
	memcpy(calls.file, s->file, sizeof(calls.file));
	return import_read(s->import->list, &calls, s->counts);
}

/* The piece of the previous set that was made of just this. */
static bool take_previous(struct build *b, const char *key)
{
	struct stamp_counts counts;
	for (size_t i = 0; b->folder >= 0 && b->previous && i < b->previous->count; i++) {
		const struct piece *p = &b->previous->piece[i];
		if (p->kind != PIECE_NAMES || !stamp_read(b->folder, p, key, &counts) ||
		    !store_holds(b->folder, p))
			continue;
		b->own_piece[b->own_count++] = *p;
		b->counts.names += counts.names;
		b->counts.urls += counts.urls;
		b->counts.exceptions += counts.exceptions;
		b->counts.unread++;
		return true;
	}
	return false;
}

/* Whether the source is what it was when its key was made. */
static bool still_so(struct build *b, const struct own_source *s, const struct stamp_reader *reader)
{
	char key[DIGEST_TEXT];
	return stamp_key(s->file, s->count, reader, key) == 0 && strcmp(key, b->own->key) == 0;
}

static int store_own(struct build *b, const struct own_source *s, const struct stamp_reader *reader)
{
	struct own *own = b->own;
	struct stamp_counts counts = {b->counts.names - own->before.names, b->counts.urls - own->before.urls,
				      b->counts.exceptions - own->before.exceptions};
	if (names_writer_count(&own->names) == 0 || b->counts.errors > 0)
		return 0;
	struct piece *p = &b->own_piece[b->own_count];
	struct blob bytes = names_writer_piece(&own->names);
	int rc = store_piece(b, PIECE_NAMES, layer_names[s->file[0]->layer], NULL, &bytes, p);
	blob_clear(&bytes);
	if (rc < 0)
		return rc;
	b->own_count++;
	if (b->folder >= 0 && own->stamped && still_so(b, s, reader))
		rc = stamp_write(b->folder, p, own->key, &counts);
	return rc;
}

static int read_own(struct build *b, const struct own_source *s)
{
	struct own own = {.before = b->counts};
	struct stamp_reader reader = {s->how,
				      b->options.categories,
				      b->options.help_only,
				      b->options.mandatory,
				      b->options.category_count,
				      &b->guarded};
	own.stamped = b->folder >= 0 && stamp_key(s->file, s->count, &reader, own.key) == 0;
	if (own.stamped && take_previous(b, own.key))
		return 0;
	b->own = &own;
	int rc = read_source(b, s);
	if (rc == 0)
		rc = store_own(b, s, &reader);
	b->own = NULL;
	names_writer_clear(&own.names);
	return rc;
}

static bool is_large(const struct rulefile *file)
{
	struct stat st;
	return file->open && fstat(file->fd, &st) == 0 && st.st_size >= OWN_LEAST;
}

int build_read(struct build *b, const struct rulefile *file)
{
	const struct rulefile *kept = keep_file(b, file);
	if (!kept)
		return -E2BIG;
	if (get_guard_ready(b) < 0)
		return -ENOMEM;
	struct own_source source = {.count = 1, .file = {kept}, .how = "rules"};
	return is_large(kept) && b->own_count < OWN_MAX ? read_own(b, &source) : read_rules(b, kept);
}

int build_import(struct build *b, const struct build_import *import, struct import_counts *counts)
{
	struct own_source source = {.how = import->how, .import = import, .counts = counts};
	*counts = (struct import_counts){0};
	if (get_guard_ready(b) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < import->list->count; i++) {
		struct rulefile file = {.path = import->list->file[i].path,
					.name = import->name[i],
					.layer = import->layer,
					.open = true,
					.fd = import->list->file[i].fd};
		source.file[i] = keep_file(b, &file);
		if (!source.file[i])
			return -E2BIG;
	}
	source.count = import->list->count;
	return b->own_count < OWN_MAX ? read_own(b, &source) : read_source(b, &source);
}

/* ---- Pieces ---------------------------------------------------------------------------------------------- */

/* Where pieces go, and the manifest that grows with them. */
struct target {
	struct build *build;
	struct manifest *manifest;
};

static int add_to_manifest(struct target *t, const struct piece *p)
{
	if (t->manifest->count == PIECES_MAX)
		return -E2BIG;
	t->manifest->piece[t->manifest->count++] = *p;
	t->build->counts.pieces++;
	t->build->counts.bytes += p->size;
	return 0;
}

static int put_piece(struct target *t, enum piece_kind kind, const char *role, const char *key,
		     const struct blob *bytes)
{
	struct piece p;
	int rc = store_piece(t->build, kind, role, key, bytes, &p);
	return rc < 0 ? rc : add_to_manifest(t, &p);
}

static int put_names(struct target *t, const char *role, const struct names_writer *w)
{
	if (names_writer_count(w) == 0)
		return 0;
	struct blob piece = names_writer_piece(w);
	int rc = put_piece(t, PIECE_NAMES, role, NULL, &piece);
	blob_clear(&piece);
	return rc;
}

/* The protected names are written as exceptions to everything; nothing but their presence is ever asked. */
static int put_protected(struct target *t)
{
	struct build *b = t->build;
	struct names_writer w = {0};
	struct rule_heads heads = {.category = span_text("*")};
	for (size_t i = 0; i < b->guarded.count; i++) {
		struct rulefile file = {.path = "", .name = "protected", .layer = LAYER_SCHOOL};
		struct rule_line rule = {
			.file = &file,
			.heads = &heads,
			.kind = RULE_DOMAIN,
			.exception = true,
			.host = &b->guarded.name[i].host,
		};
		names_writer_add(&w, &rule);
	}
	b->counts.protected = b->guarded.count;
	int rc = put_names(t, "protected", &w);
	names_writer_clear(&w);
	return rc;
}

static int put_confidential(struct target *t)
{
	struct build *b = t->build;
	b->counts.confidential = confidential_count(b->confidential);
	if (b->counts.confidential == 0)
		return 0;
	confidential_guard(b->confidential, &b->guarded, on_warning, b);
	struct blob piece = confidential_piece(b->confidential);
	int rc = put_piece(t, PIECE_DIGESTS, "confidential", NULL, &piece);
	if (piece.at)
		sodium_memzero(piece.at, piece.len);
	blob_clear(&piece);
	return rc;
}

static void on_pattern_problem(void *user, const struct patterns_item *item, const char *text)
{
	on_problem(user, item->file->path, (int)item->line, text);
}

/* The image of the previous set, when it is of the same patterns and still whole. */
static const struct piece *reusable_image(const struct target *t, const char *file)
{
	for (size_t i = 0; t->build->folder >= 0 && t->build->previous && i < t->build->previous->count;
	     i++) {
		const struct piece *p = &t->build->previous->piece[i];
		if (p->kind == PIECE_IMAGE && strcmp(p->file, file) == 0 && store_holds(t->build->folder, p))
			return p;
	}
	return NULL;
}

static const char *path_of(const struct build *b, const char *name)
{
	for (size_t i = 0; i < b->file_count; i++)
		if (strcmp(b->file[i]->name, name) == 0)
			return b->file[i]->path;
	return name;
}

static int any_category(void *user, const char *id)
{
	(void)user;
	(void)id;
	return 0;
}

/* Host patterns are tried on the names that must pass. `image` lies on a page border, as when it is mapped. */
static int try_on_guarded(struct build *b, struct span lines, struct span image)
{
	struct patterns p;
	hs_scratch_t *scratch = NULL;
	struct rule_hits *hits = malloc(sizeof(*hits));
	int rc = hits ? patterns_open(lines, image, any_category, NULL, &p) : -ENOMEM;
	if (rc < 0)
		goto out;
	if (hs_alloc_scratch(p.image, &scratch) != HS_SUCCESS)
		rc = -ENOMEM;
	for (size_t i = 0; i < b->guarded.count && rc == 0; i++) {
		const struct guarded_name *name = &b->guarded.name[i];
		hits_clear(hits);
		patterns_find(&p, scratch, span_of(name->host.text, name->host.len), hits);
		for (size_t h = 0; h < hits->count; h++)
			if (!hits->hit[h].exception)
				say_guarded(b, path_of(b, hits->hit[h].file), hits->hit[h].line, name);
	}
	hs_free_scratch(scratch);
	patterns_clear(&p);
out:
	free(hits);
	return rc;
}

/* The image of the patterns, on a page border: taken from the store (then *old says which) or compiled. */
static int get_image(struct target *t, const struct patterns_writer *w, const char *key,
		     const struct piece **old, struct blob *out)
{
	char file[PIECE_FILE_MAX];
	snprintf(file, sizeof(file), "%s-%.32s.%s", pattern_sets[w->set].role, key,
		 piece_kind_names[PIECE_IMAGE]);
	*old = reusable_image(t, file);
	return *old ? store_read(t->build->folder, *old, out)
		    : patterns_writer_image(w, on_pattern_problem, t->build, out);
}

static int put_patterns(struct target *t, struct patterns_writer *w)
{
	const char *role = pattern_sets[w->set].role;
	const struct piece *old = NULL;
	char key[DIGEST_TEXT];
	struct blob lines = {0}, image = {0};
	if (patterns_writer_items(w) == 0)
		return 0;
	int rc = patterns_writer_sort(w);
	if (rc < 0)
		return rc;
	patterns_writer_key(w, key);
	lines = patterns_writer_lines(w);
	rc = lines.failed ? -ENOMEM : get_image(t, w, key, &old, &image);
	if (rc == 0 && w->set == SET_HOST)
		rc = try_on_guarded(t->build, span_of(lines.at, lines.len), span_of(image.at, image.len));
	if (rc == 0 && old)
		rc = add_to_manifest(t, old);
	else if (rc == 0)
		rc = put_piece(t, PIECE_IMAGE, role, key, &image);
	if (rc == 0)
		rc = put_piece(t, PIECE_LINES, role, NULL, &lines);
	blob_clear(&lines);
	blob_clear(&image);
	return rc;
}

int build_pieces(struct build *b, struct manifest *out)
{
	struct target t = {.build = b, .manifest = out};
	int rc = get_guard_ready(b);
	*out = (struct manifest){0};

	/* Patterns first, and all of them: they are the last that can be wrong. */
	for (size_t k = 0; k < PATTERN_SETS && rc != -ENOMEM; k++) {
		int one = put_patterns(&t, &b->patterns[k]);
		rc = rc == 0 ? one : rc;
	}
	if (b->counts.errors > 0)
		return -EINVAL;
	for (size_t i = 0; i < b->own_count && rc == 0; i++)
		rc = add_to_manifest(&t, &b->own_piece[i]);
	for (size_t i = 0; i < LAYERS && rc == 0; i++)
		rc = put_names(&t, layer_names[i], &b->layer[i]);
	if (rc == 0)
		rc = put_confidential(&t);
	if (rc == 0)
		rc = put_protected(&t);
	if (rc == 0 && b->folder >= 0)
		rc = store_sync(b->folder);
	return rc;
}
