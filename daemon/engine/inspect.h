/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One packet in, one answer out: packet -> headers -> span -> request -> hits -> decision -> reply and record. */
#ifndef TRYGG_ENGINE_INSPECT_H
#define TRYGG_ENGINE_INSPECT_H

#include "engine/engine.h"

/* `a` comes with its id set and otherwise as a drop without replies. */
void inspect(struct engine *e, const struct packet *p, struct answer_slot *a);
/* The protocol that is inspected on the port a packet is for; NULL for any other port. */
const struct proto *inspect_proto(const struct engine *e, const struct headers *h);
/* The same for the port a packet is from. */
const struct proto *inspect_server_proto(const struct engine *e, const struct headers *h);
/* A packet that is refused as it is; passes in observe mode. */
void inspect_refuse(struct engine *e, const struct headers *h, const char *word, struct answer_slot *a);

#endif
