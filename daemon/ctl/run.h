/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Running the system's own tools: no shell, no inherited descriptors, output whole. */
#ifndef TRYGG_CTL_RUN_H
#define TRYGG_CTL_RUN_H

#include <stddef.h>

/* What a tool said. Cleared by run_clear(). */
struct run {
	int status; /* exit status; 127 when it could not be started, 128 + signal */
	char *out;  /* standard output, NUL-terminated, never NULL after run() */
	char *err;  /* standard error, likewise */
};

/* Runs argv (NULL-terminated, found on the usual paths of the system) with `input` (NULL: nothing) on standard input.
 * 0 when it ended with status 0, else -EIO or the errno of what failed; `r` is filled either way. */
int run(struct run *r, const char *const *argv, const char *input);
void run_clear(struct run *r);

#endif
