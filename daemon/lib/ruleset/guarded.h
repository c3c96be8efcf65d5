/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finding the rules that would stop a name that must pass, while the rules are read. Linked by the compiler only. */
#ifndef TRYGG_RULESET_GUARDED_H
#define TRYGG_RULESET_GUARDED_H

#include "ruleset/names.h"
#include "ruleset/rulefile.h"

/* One name that must pass, with everything below it. */
struct guarded_name {
	struct host host;
	const char *from; /* "catalogue.conf: alarmtelefonen", borrowed */
	bool vetted;      /* of the help catalogue: a rule against it is an error, else a warning */
};

/* A name that must pass or lies above one, by its hash. */
struct guarded_slot {
	uint64_t hash;
	const struct guarded_name *name; /* NULL: free */
	uint16_t start;                  /* the suffix of its text */
	bool above;                      /* a proper parent of the name */
};

struct guarded {
	size_t count, slots;
	struct guarded_name *name; /* owned */
	struct guarded_slot *slot; /* owned; made by guarded_ready() */
};

/* 0, -EBADMSG when it is no name, -ENOMEM. */
int guarded_add(struct guarded *g, const char *name, const char *from, bool vetted);
/* After the last name. -ENOMEM. */
int guarded_ready(struct guarded *g);
/* The name that a stop line about a name (domain, exact, url) would stop; a vetted one if there is one; NULL: none. */
const struct guarded_name *guarded_against(const struct guarded *g, const struct rule_line *rule);
void guarded_clear(struct guarded *g);

#endif
