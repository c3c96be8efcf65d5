/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Visits: occurrences of the same rule by the same group (in mode events nobody is told apart) less than 30 s
 * apart are one. A visit begins with a record of its own and ends after 30 s of quiet or at the full hour, with the
 * number of the rest. The table is bounded; a full one ends its oldest visit early, which changes no sum.
 */
#ifndef TRYGG_ENGINE_VISITS_H
#define TRYGG_ENGINE_VISITS_H

#include <stdbool.h>

#include "wire/record.h"

enum { VISITS_MAX = 1024, VISIT_QUIET_MS = 30000 };

struct visits;

/* Takes the `repeat` of a visit that ended with more than its first occurrence. */
typedef void visit_repeat(void *user, const struct record *repeat);

struct visits *visits_new(visit_repeat *repeat, void *user);
void visits_free(struct visits *v);
/* True when `r` begins a visit and is to be sent; false when it was added to one. `at_ms` is the wall clock. */
bool visits_add(struct visits *v, const struct record *r, int64_t at_ms);
/* Ends what is due. */
void visits_close_due(struct visits *v, int64_t at_ms);
void visits_close_all(struct visits *v);
uint32_t visits_open(const struct visits *v);

#endif
