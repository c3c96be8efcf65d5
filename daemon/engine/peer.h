/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The source that matters: the ring to the gate of the same number. Knocks until gate answers, and again when it went. */
#ifndef TRYGG_ENGINE_PEER_H
#define TRYGG_ENGINE_PEER_H

#include "engine/engine.h"

struct peer;

/* `e` and `loop` must outlive it; ends the loop when hold ends. NULL without memory. */
struct peer *peer_new(struct engine *e, struct loop *loop);
void peer_free(struct peer *p);
/* The engine's generation at gate, 0 while there is no gate. */
uint32_t peer_generation(const struct peer *p);

#endif
