/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The part of following a TLS flow that is TLS: hellos after the first, and what the server's hello decides. */
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
/* Whether this segment of the server decides the flow: it took the last hello, and answers with its own. */
bool hello_decides(const struct headers *h, const struct flow *f);

#endif
