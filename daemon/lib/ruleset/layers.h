/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rule files of the three layers in memory, named as decisions name them: for tools that look at rules as their
 * authors wrote them.
 */
#ifndef TRYGG_RULESET_LAYERS_H
#define TRYGG_RULESET_LAYERS_H

#include "ruleset/rulefile.h"

struct layers {
	size_t count;
	struct rulefile *file; /* owned, with their bytes, paths and names */
};

/*
 * Reads the files `*.rules` in the folder of each layer, sorted; an absent folder has none. What cannot be read is reported, the rest is
 * there all the same. 0, or the last negative errno. Cleared by layers_clear() either way.
 */
int layers_read(const char *const folder[LAYERS], rule_problem *problem, void *user, struct layers *out);
void layers_clear(struct layers *l);

#endif
