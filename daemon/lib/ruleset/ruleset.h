/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The compiled set, ready to match: mapped read-only and shared by all programs (DESIGN 6.3). Matching finds
 * every rule line that speaks about a request and every exception; what follows from them is policy's
 * (policy.h).
 */
#ifndef TRYGG_RULESET_RULESET_H
#define TRYGG_RULESET_RULESET_H

#include "name/url.h"

struct section;

enum rule_kind {
	RULE_DOMAIN,
	RULE_EXACT,
	RULE_URL,
	RULE_HOST,
	RULE_PATH,
	RULE_SEARCH,
	RULE_DIGEST,
	RULE_KINDS
};

/* Nearer is greater. */
enum rule_layer { LAYER_NATIONAL, LAYER_MUNICIPALITY, LAYER_SCHOOL, LAYERS };

enum { RULESET_CATEGORIES_MAX = 256, RULESET_HITS_MAX = 8192, RULESET_CATEGORY_ANY = 0xffff };

struct rule_hit {
	uint8_t kind;  /* enum rule_kind */
	uint8_t layer; /* enum rule_layer */
	bool exception;
	uint8_t labels;     /* of the listed name; 0 for patterns */
	uint16_t url_bytes; /* of the url path; 0 for all else */
	uint16_t category;  /* index into ruleset_category(); RULESET_CATEGORY_ANY for `category *` */
	bool observe;       /* a stop line that only counts what it would stop */
	uint32_t line;
	const char *file;              /* "school/self-harm.rules", borrowed from the ruleset */
	const struct section *section; /* for ruleset_about(); NULL for hits made elsewhere */
};

/* The head lines that applied where a rule stands; "" where there were none. Borrowed from the ruleset. */
struct rule_about {
	const char *owner, *reason, *reviewed, *review_by;
};

/*
 * Everything found for one request, in no order. Owned by the caller, filled by ruleset_match(). Large, but only
 * what was found is touched.
 */
struct rule_hits {
	size_t count;
	bool cut; /* more matched than are worth keeping; the ones that can decide are all here */
	struct rule_hit hit[RULESET_HITS_MAX];
};

struct ruleset;

/*
 * Maps the set that the manifest names and checks its digests when `check_digests`. 0, or -errno with a sentence in
 * `why` ("rules.trygg: piece names-… is missing: run tryggctl compile"). The caller owns it. Names and lines are safe
 * to match against whatever they hold; a pattern image is code, so what was not written by our own compile is opened
 * with its digests checked.
 */
int ruleset_open(const char *manifest, bool check_digests, struct ruleset **out, char *why, size_t why_size);
void ruleset_free(struct ruleset *rs);

/* 16 hex digits that name the set. Borrowed. */
const char *ruleset_id(const struct ruleset *rs);
size_t ruleset_categories(const struct ruleset *rs);
const char *ruleset_category(const struct ruleset *rs, size_t index);
/* Bytes mapped, in all. */
size_t ruleset_bytes(const struct ruleset *rs);

/* Step 1 of the procedure: catalogue hosts and rules.protected, each with everything below. */
bool ruleset_protected(const struct ruleset *rs, const struct host *h);
/* All lines and exceptions for the host and, when url is not NULL, its path and words. One thread at a time
 * per set (the pattern scratch belongs to the set). */
void ruleset_match(struct ruleset *rs, const struct host *h, const struct url *url, struct rule_hits *out);

/*
 * Confidential lists (digests.h). A set that is blind does not look at them: for whatever asks about many names, or more often
 * than a person does, so that nobody finds out a list by asking. Sets are opened seeing.
 */
void ruleset_blind(struct ruleset *rs, bool blind);

/* One `confidential` line; texts are borrowed from the ruleset. */
struct rule_secret {
	const char *file; /* "national/police.rules" */
	uint32_t line;
	uint16_t category;
	uint32_t names, entries; /* whole names among all entries */
	const char *made;        /* when it was sealed, RFC 3339 */
};

/* The list number `index`, false behind the last. */
bool ruleset_confidential(const struct ruleset *rs, size_t index, struct rule_secret *out);

/*
 * One line of a set by what it means for decisions, whatever its file, line and provenance: equal numbers mean the same.
 * `opens`: it can only let pass (an exception, a protected name).
 */
typedef void ruleset_meaning(void *user, uint64_t meaning, bool opens);
/*
 * Calls back for every line of those pieces of `rs` that `other` (NULL: no set) does not have byte by byte. -E2BIG, before
 * the first call, when these pieces have more than `bytes_max` bytes in all. What cannot be told apart by meaning has one
 * number a piece.
 */
int ruleset_unlike(const struct ruleset *rs, const struct ruleset *other, size_t bytes_max,
		   ruleset_meaning *call, void *user);

/* Who wrote the rule of a hit, and why. */
struct rule_about ruleset_about(const struct rule_hit *hit);

#endif
