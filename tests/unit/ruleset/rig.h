/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A compiled set from texts, in a folder of its own: what tests of the set and of decisions stand on. Files are given as
 * one string each, under the name "layer/file.rules".
 */
#ifndef TRYGG_UNIT_RULESET_RIG_H
#define TRYGG_UNIT_RULESET_RIG_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "ruleset/build.h"
#include "ruleset/store.h"

enum { RIG_FILES_MAX = 64 };

struct rig_file {
	const char *name, *text;
};

struct rig {
	char folder[64], manifest[96], pieces[96];
	int fd;
	struct manifest last; /* of the last compile that succeeded */
	struct build_counts counts;
	char problems
		[16384]; /* "file:line: text\n" of the last compile; warnings with "warning: " before the text */
};

static const char *const rig_categories[] = {"games",        "porn",   "self-harm", "proxy",
					     "school-sites", "banned", "illegal",   "seen",
					     "quiet",        "tried",  "grief"};
enum { RIG_CATEGORIES = sizeof(rig_categories) / sizeof(rig_categories[0]) };
/* The last of them only shows the way to help. */
static const bool rig_help_only[RIG_CATEGORIES] = {[RIG_CATEGORIES - 1] = true};
/* banned and illegal */
static const bool rig_mandatory[RIG_CATEGORIES] = {[5] = true, [6] = true};

static inline void rig_open(struct rig *r)
{
	*r = (struct rig){.folder = "/tmp/trygg-rig-XXXXXX"};
	if (!mkdtemp(r->folder))
		abort();
	snprintf(r->manifest, sizeof(r->manifest), "%s/rules.trygg", r->folder);
	snprintf(r->pieces, sizeof(r->pieces), "%s/rules.trygg.d", r->folder);
	if (mkdir(r->pieces, 0755) < 0 || (r->fd = open(r->pieces, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		abort();
}

static inline void rig_close(struct rig *r)
{
	struct manifest none = {0};
	store_tidy(r->fd, &none, &none);
	close(r->fd);
	unlink(r->manifest);
	rmdir(r->pieces);
	rmdir(r->folder);
}

static inline void rig_note(struct rig *r, const char *file, int line, const char *kind, const char *text)
{
	size_t used = strlen(r->problems);
	snprintf(r->problems + used, sizeof(r->problems) - used, "%s:%d: %s%s\n", file, line, kind, text);
}

static inline void rig_problem(void *user, const char *file, int line, const char *text)
{
	rig_note(user, file, line, "", text);
}

static inline void rig_warning(void *user, const char *file, int line, const char *text)
{
	rig_note(user, file, line, "warning: ", text);
}

static inline enum rule_layer rig_layer(const char *name)
{
	return name[0] == 'n' ? LAYER_NATIONAL : name[0] == 'm' ? LAYER_MUNICIPALITY : LAYER_SCHOOL;
}

/* Compiles and puts the manifest in place. `protected` is a list of names ended by NULL; a '+' before one says vetted. */
static inline int rig_compile(struct rig *r, const struct rig_file *files, size_t count,
			      const char *const *protected)
{
	struct build_options options = {
		.categories = rig_categories,
		.category_count = RIG_CATEGORIES,
		.help_only = rig_help_only,
		.mandatory = rig_mandatory,
		.problem = rig_problem,
		.warning = rig_warning,
		.user = r,
	};
	struct build *b = build_new(&options);
	struct manifest m;
	r->problems[0] = '\0';
	for (; protected && *protected; protected ++)
		if (build_protect(b, *protected + (**protected == '+'), "a test", **protected == '+') < 0)
			abort();
	build_store(b, r->fd, &r->last);
	for (size_t i = 0; i < count; i++) {
		struct rulefile file = {
			.path = files[i].name,
			.name = files[i].name,
			.layer = rig_layer(files[i].name),
			.bytes = span_text(files[i].text),
		};
		if (build_read(b, &file) < 0)
			abort();
	}
	int rc = build_pieces(b, &m);
	if (rc == 0) {
		char *text = manifest_text(&m);
		if (!text || file_replace(r->manifest, 0644, text, strlen(text)) < 0)
			abort();
		store_tidy(r->fd, &r->last, &m);
		r->last = m;
		free(text);
	}
	r->counts = *build_counts(b);
	build_free(b);
	return rc;
}

static inline struct ruleset *rig_rules(struct rig *r)
{
	struct ruleset *rules = NULL;
	char why[256];
	if (ruleset_open(r->manifest, true, &rules, why, sizeof(why)) < 0) {
		fprintf(stderr, "%s\n", why);
		abort();
	}
	return rules;
}

#endif
