/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How what a record says is written for people. Names that were looked up are hostile bytes: what is no printable ASCII
 * becomes \xNN, long ones are cut and say so; none is ever a link. Times are local, and as exact as the record is.
 */
#ifndef TRYGG_REVIEW_SHOW_H
#define TRYGG_REVIEW_SHOW_H

#include "review/desk.h"

enum { SHOW_NAME_SIZE = 600, SHOW_TIME_SIZE = 64, SHOW_NAME_BYTES = 120 };

void show_name(const char *name, char out[static SHOW_NAME_SIZE]);
/* "3.11.2026 kl. 10-11" where the record has the hour only, else with minutes. */
void show_time(const struct call *c, int64_t wall_ms, bool exact, char out[static SHOW_TIME_SIZE]);
/* "3.11.2026" */
void show_date(const struct call *c, int64_t wall_ms, char out[static SHOW_TIME_SIZE]);
/* The category's own title, or its id. Borrowed from the configuration or `id`. */
const char *show_category(const struct call *c, const char *id);
/* The group's stage in words, or the id of a group that is no longer configured. */
const char *show_group(const struct call *c, const char *id);
/* What the evidence is: a look-up or a page. */
const char *show_evidence(const struct call *c, const char *proto);
/* Times of this installation are exact. */
bool show_exact(const struct call *c);
/* The local day that begins at "YYYY-MM-DD"; false for anything else. */
bool show_day(const char *date, int64_t *wall_ms);

#endif
