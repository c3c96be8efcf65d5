/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Giving privileges away, at the start of every program. Under systemd the unit has done most of it already;
 * from a shell or a test these calls do it.
 */
#ifndef TRYGG_BASE_SANDBOX_H
#define TRYGG_BASE_SANDBOX_H

#include <stdbool.h>
#include <sys/types.h>

/* The account of `user`; where it does not exist, 65534 (nobody). */
void sandbox_account(const char *user, uid_t *uid, gid_t *gid);
/* The group's number, unchanged where it does not exist. */
void sandbox_group(const char *group, gid_t *gid);
/*
 * When root: become `user` with the groups of that account, and no others. Capability numbers in `keep` (terminated by -1, NULL =
 * none) stay permitted and, when `ambient`, are handed to the next exec. Always: no new privileges, no core
 * dumps, and nobody of the same user may look inside. 0 or a negative errno; a caller treats failure as fatal.
 */
int sandbox_enter(const char *user, const int *keep, bool ambient);

#endif
