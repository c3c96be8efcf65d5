/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What becomes evidence, by the privacy mode (DESIGN 6.5): in `counts` daily counts only; in `events` incidents
 * without subject, their times cut to the hour, the name only where the category's log is `concern`;
 * in `pseudonymous` with a pseudonym and the exact time, but never for staff and guests. Mandatory
 * categories and log = count leave only counts, log = none nothing. The first occurrence is sent at once;
 * what follows in the same visit is one `repeat` when its window closes.
 */
#ifndef TRYGG_ENGINE_REPORT_H
#define TRYGG_ENGINE_REPORT_H

#include "conf/conf.h"
#include "wire/record.h"

struct loop;
struct report;

/* Something worth a record. Texts are borrowed for the call. */
struct happening {
	const struct conf *conf;
	const struct conf_group *group;
	const struct address
		*client;     /* whose pseudonym stands in the mode that has one; never written itself */
	int category;        /* index into conf->categories */
	enum action action;  /* what happened; ACTION_OBSERVE: passed */
	enum action instead; /* with ACTION_OBSERVE: what mode observe prevented; ACTION_ALLOW: nothing */
	bool confidential;   /* the name is never told */
	const char *proto, *name, *rule, *set;
	const char *detail; /* fixed word of an evasion, "" else */
	int64_t wall_ms;
};

/* Connects to keeper as soon as it answers. NULL without memory. */
struct report *report_new(struct loop *loop, const char *keeper_path, int number);
void report_free(struct report *r);
void report_happening(struct report *r, const struct happening *h);
/* Closes every window now (a test, tryggctl). */
void report_flush(struct report *r);
/* Ends in order: windows closed, records acknowledged within `wait_ms`, goodbye. Returns how many occurrences are lost. */
uint64_t report_end(struct report *r, int wait_ms);
void report_stats(const struct report *r, struct record_client_stats *out, uint32_t *windows);

#endif
