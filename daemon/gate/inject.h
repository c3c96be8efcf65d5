/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Replies onto the wire, from gate's own copy and only after reply_check(). To the client: out of the packet's own
 * interface, with the mark that raw OUTPUT exempts from connection tracking. To the server: tracked and judged.
 */
#ifndef TRYGG_GATE_INJECT_H
#define TRYGG_GATE_INJECT_H

#include <stdbool.h>

#include "wire/packet.h"

struct inject {
	int raw4, raw6;
	uint32_t mark_mask;
};

/* `p` is the packet that is answered, in gate's own memory. 0 or a negative errno. */
int inject_reply(const struct inject *in, const struct packet_slot *p, const struct reply_slot *reply);

#endif
