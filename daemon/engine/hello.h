/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Flows that the server's answer decides: hellos after the first, and where an answer begins. */
#ifndef TRYGG_ENGINE_HELLO_H
#define TRYGG_ENGINE_HELLO_H

#include "engine/engine.h"

/* Notes what a first hello that passed says beside its name. */
void hello_note(struct engine *e);
/*
 * Reads what stands at the front of a watched flow: the hello that passed and what the client said since. A second
 * hello with the same name takes the first one's place. NULL, or the word why the flow is to be refused.
 */
const char *hello_again(struct engine *e, struct flow *f);
/* The server's answer will decide about what ends `len` bytes behind the front. */
void hello_await(struct flow *f, size_t len);
/*
 * Whether this segment is the beginning of that answer, as far as can be told: the server took what was said, and no
 * earlier byte of the server has come since. A client's tiny window can have the server begin a segment wherever the client
 * likes, inside what it echoes too.
 */
bool hello_answered(const struct headers *h, struct flow *f);

#endif
