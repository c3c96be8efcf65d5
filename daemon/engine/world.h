/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All that decisions depend on and that a reload replaces at once: configuration, compiled set, their join. Built
 * aside, whole or not at all, then swapped between two packets.
 */
#ifndef TRYGG_ENGINE_WORLD_H
#define TRYGG_ENGINE_WORLD_H

#include "policy/policy.h"

struct world {
	struct conf *conf;     /* owned */
	struct ruleset *rules; /* owned; NULL before the first compile */
	struct policy policy;
	char set[17]; /* name of the set in use; "" without */
	bool has_help4, has_help6;
	uint8_t help4[4], help6[16];
};

/*
 * Loads what is on disk. 0 or a negative errno with a sentence in `why`; -EINVAL: the configuration has problems, all of
 * them in the log by now. Without a compiled set the world is
 * refused with -ENOENT unless `first`: a gateway starts before the first compile, but a running one keeps what it has.
 */
int world_load(const char *conf_path, bool first, struct world **out, char *why, size_t why_size);
void world_free(struct world *w);

#endif
