/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ruleset/layers.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "ruleset/format.h"

enum { BYTES_MAX = 1 << 30 };

static int read_one(struct layers *l, enum rule_layer layer, const char *path)
{
	char *bytes = NULL, *copy = strdup(path), *name = NULL;
	size_t len = 0;
	int rc = file_read(path, BYTES_MAX, &bytes, &len);
	if (rc == 0 && (!copy || asprintf(&name, "%s/%s", layer_names[layer], strrchr(path, '/') + 1) < 0))
		rc = -ENOMEM;
	if (rc < 0) {
		free(bytes);
		free(copy);
		return rc;
	}
	l->file[l->count++] = (struct rulefile){
		.path = copy,
		.name = name,
		.layer = layer,
		.bytes = span_of(bytes, len),
	};
	return 0;
}

static int read_layer(struct layers *l, enum rule_layer layer, const char *folder, rule_problem *problem,
		      void *user)
{
	char **paths = NULL;
	size_t count = 0;
	int rc = file_list(folder, ".rules", &paths, &count);
	if (rc < 0) {
		problem(user, folder, 0, strerror(-rc));
		return rc;
	}
	struct rulefile *more = reallocarray(l->file, l->count + count + 1, sizeof(*more));
	l->file = more ? more : l->file;
	rc = more ? 0 : -ENOMEM;
	for (size_t i = 0; i < count && more; i++) {
		int one = read_one(l, layer, paths[i]);
		if (one < 0)
			problem(user, paths[i], 0, strerror(-one));
		rc = one < 0 ? one : rc;
	}
	file_list_free(paths, count);
	return rc;
}

int layers_read(const char *const folder[LAYERS], rule_problem *problem, void *user, struct layers *out)
{
	int rc = 0;
	*out = (struct layers){0};
	for (int i = 0; i < LAYERS; i++) {
		int one = folder[i] ? read_layer(out, (enum rule_layer)i, folder[i], problem, user) : 0;
		rc = one < 0 ? one : rc;
	}
	return rc;
}

void layers_clear(struct layers *l)
{
	for (size_t i = 0; i < l->count; i++) {
		free((void *)(uintptr_t)l->file[i].path);
		free((void *)(uintptr_t)l->file[i].name);
		free((void *)(uintptr_t)l->file[i].bytes.at);
	}
	free(l->file);
	*l = (struct layers){0};
}
