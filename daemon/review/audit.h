/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who looked at what, and why: a record in the audit journal before the answer leaves. A page is made, then held back
 * until keeper says that the record is on disk; when it does not, nothing is shown. The record has the account, its role,
 * what it is here for, what was done and to which thing; never a name that was looked up.
 */
#ifndef TRYGG_REVIEW_AUDIT_H
#define TRYGG_REVIEW_AUDIT_H

#include "review/desk.h"

enum { AUDIT_WAIT_MS = 4000, PENDING_MAX = 256 };

/*
 * Holds the response of the call back until it is recorded. `action`: view, export, open, change, draft, sign-in …;
 * `thing`: "incident/12"; `detail`: what was chosen. Printable ASCII, cut at their sizes.
 */
void audit_then(struct call *c, const char *action, const char *thing, const char *detail);
/* Only records, for what has no content: a failed sign-in. */
void audit_note(struct call *c, const char *account, const char *action, const char *thing);
/* Answers everybody who waits, that it could not be recorded. */
void audit_end(struct review *r);

#endif
