/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of a file of any size, in bounded memory. Linked by compile and tryggctl only. */
#ifndef TRYGG_RULESET_LINEWISE_H
#define TRYGG_RULESET_LINEWISE_H

#include "base/span.h"

enum { LINEWISE_MAX = 65536 };

struct linewise {
	struct span text; /* without the end of the line; valid until the call returns */
	uint32_t number;  /* from 1 */
	bool cut;         /* longer than LINEWISE_MAX: only its beginning is here */
};

typedef void linewise_fn(void *user, const struct linewise *line);

/* Calls for every line from the start of the file on. 0 or a negative errno. */
int linewise_file(int fd, linewise_fn *line, void *user);
/* The same for bytes in memory. */
void linewise_bytes(struct span bytes, linewise_fn *line, void *user);

#endif
