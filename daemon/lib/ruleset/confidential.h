/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From `confidential` lines and sealed lists to their piece: what build.c does not know of them. Linked by the compiler only. */
#ifndef TRYGG_RULESET_CONFIDENTIAL_H
#define TRYGG_RULESET_CONFIDENTIAL_H

#include "ruleset/digests_write.h"
#include "ruleset/guarded.h"

struct confidential;

/* NULL without memory. */
struct confidential *confidential_new(void);
void confidential_free(struct confidential *c);
/* As build_secret() and build_sealed() (build.h). */
void confidential_secret(struct confidential *c, const struct secret *secret, const char *why);
int confidential_list(struct confidential *c, const char *name, struct span bytes);
/* Takes the list that the line names. NULL, or what is wrong and what is allowed. */
const char *confidential_add(struct confidential *c, const struct rule_line *rule);
/* Entries taken. */
size_t confidential_count(const struct confidential *c);
/*
 * Once, after the last line: says of each list whether it holds a name of the help catalogue, and never which. These names
 * pass all the same; the entry stays, so that what lies beside them goes on to be stopped.
 */
void confidential_guard(struct confidential *c, const struct guarded *g, rule_problem *warning, void *user);
struct blob confidential_piece(const struct confidential *c);

#endif
