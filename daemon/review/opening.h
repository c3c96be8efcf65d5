/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opening what a pupil wrote. The key file and its passphrase were uploaded for this one time; a child process opens the
 * box, hands the content over by a pipe and ends. Before it is shown, keeper has written that it was read, and who read
 * it; from then on it cannot be withdrawn.
 */
#ifndef TRYGG_REVIEW_OPENING_H
#define TRYGG_REVIEW_OPENING_H

#include "review/desk.h"

enum { OPENINGS_MAX = 2, OPENING_MS = 8000 };

/* Begins; the answer comes later. `sealed` is the digest of the box, checked by the caller. */
void opening_begin(struct call *c, const char *sealed, struct span key, struct span passphrase);
/* Answers everybody who waits, that it was not opened. */
void opening_end(struct review *r);

#endif
