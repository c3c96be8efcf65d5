/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The folder of pieces. Everything goes through its descriptor: the compiler opens the folder while it may and has
 * no other place to write.
 */
#ifndef TRYGG_RULESET_STORE_H
#define TRYGG_RULESET_STORE_H

#include <sys/types.h>

#include "ruleset/write.h"

/* Whether the file is there with exactly these bytes. */
bool store_holds(int folder, const struct piece *piece);
/* Reads a piece that store_holds(), to a page border. 0 or a negative errno. */
int store_read(int folder, const struct piece *piece, struct blob *out);
/* Writes a piece so that it is there whole or not at all, readable as `mode` says. 0 or a negative errno. */
int store_put(int folder, const char *file, mode_t mode, struct span bytes);
/* Makes what was put survive a power cut. */
int store_sync(int folder);
/* Removes every piece that neither manifest names. Programs keep what they have mapped. */
void store_tidy(int folder, const struct manifest *a, const struct manifest *b);

#endif
