/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The names and URLs that a compiled set lists, read back out of its pieces: for tools that compare sets. */
#ifndef TRYGG_RULESET_INVENTORY_H
#define TRYGG_RULESET_INVENTORY_H

#include "ruleset/format.h"

/* `name` is a host, or host and path; NUL-terminated, of the call only. */
typedef void inventory_name(void *user, const char *name);

/*
 * Every listed name of the set, stop lines and exceptions, and the protected ones; one that stands there twice is told twice.
 * What is confidential is not among them and cannot be. 0; -EBADMSG: not what a compile writes; or the errno of a file.
 */
int inventory_each(const char *manifest, inventory_name *call, void *user);
/* Reads the manifest alone. */
int inventory_manifest(const char *manifest, struct manifest *out);

#endif
