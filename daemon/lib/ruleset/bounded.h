/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Work that may take for ever or all memory, in a child that may not: it has so much processor time and so much memory beyond
 * what its parent has, and dies of more. What it found out comes back through a pipe; where it was comes back even when it
 * died.
 */
#ifndef TRYGG_RULESET_BOUNDED_H
#define TRYGG_RULESET_BOUNDED_H

#include "ruleset/write.h"

struct bounded;

/* Runs in the child. What it writes to the caller is kept even when it dies later. 0 or a negative errno. */
typedef int bounded_work(struct bounded *b, void *user);

/* In the child: it is at step `at` now, which has `cpu_ms` of processor time from here on. */
void bounded_step(struct bounded *b, size_t at, unsigned cpu_ms);
/* In the child: writes to the parent. */
void bounded_put(struct bounded *b, const void *bytes, size_t len);

/*
 * Forks, and waits until the work is done. Returns what the work returned, or -ETIME (a step took too long), -ENOMEM (it wanted
 * more than `memory_mib`), -ECHILD (it died of something else), or the negative errno of what could not begin. *at is the
 * last step it began; *out what it wrote, to be cleared by the caller in any case.
 */
int bounded_run(unsigned memory_mib, bounded_work *work, void *user, size_t *at, struct blob *out);

#endif
