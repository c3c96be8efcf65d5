/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Filling in an answer slot: verdicts, and the packets that leave in place of what was not let through. */
#ifndef TRYGG_ENGINE_ANSWER_H
#define TRYGG_ENGINE_ANSWER_H

#include "engine/engine.h"
#include "net/craft.h"

void answer_accept(struct engine *e, struct answer_slot *a);
/* With a policy generation, or MARK_WATCHED, for the connection mark. */
void answer_accept_as(struct engine *e, struct answer_slot *a, uint8_t generation);
void answer_drop(struct engine *e, struct answer_slot *a);

/* Adds one reply; what does not fit is counted and left out. */
void answer_udp(struct engine *e, struct answer_slot *a, const struct headers *h, struct span payload);
void answer_tcp(struct engine *e, struct answer_slot *a, const struct headers *h,
		const struct craft_tcp *tcp);

/* The sequence number behind a segment. */
uint32_t segment_end(const struct headers *h);
/* Resets the client, in the place where it expects the server's next byte. */
void answer_reset_client(struct engine *e, struct answer_slot *a, const struct headers *h);
/* Resets the server, which expects `server_seq` next. */
void answer_reset_server(struct engine *e, struct answer_slot *a, const struct headers *h,
			 uint32_t server_seq);

#endif
