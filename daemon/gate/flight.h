/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The packets in flight: read from the kernel, not yet decided. This table is gate's own memory; the engine names
 * packets by an id that is looked up here and believed only when it is in flight and unanswered.
 */
#ifndef TRYGG_GATE_FLIGHT_H
#define TRYGG_GATE_FLIGHT_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/packet.h"

struct flight_packet {
	uint64_t id;
	uint32_t kernel_id;
	uint32_t mark; /* as it came */
	uint32_t slot; /* index in the ring of this generation, or of the last one */
	bool answered;
	bool suspect; /* an engine died of it, as it seems: offered alone */
	bool notice;  /* dropped; what is left tells the next engine so */
};

/* Ids run from `first`, the oldest unanswered one, to before `next`. */
struct flight {
	struct flight_packet at[RING_SLOTS];
	uint64_t first, next;
};

/* How many more fit. Ids between the oldest unanswered and the newest keep their place, answered or not. */
uint32_t flight_room(const struct flight *f);
/* A new packet; there must be room. */
struct flight_packet *flight_add(struct flight *f, uint32_t kernel_id, uint32_t mark, uint32_t slot);
/* NULL unless in flight and unanswered. */
struct flight_packet *flight_find(struct flight *f, uint64_t id);
/* The next unanswered one from `*from` on, and moves *from behind it; NULL at the end. */
struct flight_packet *flight_each(struct flight *f, uint64_t *from);
/* Its last moment here. True when it was the oldest: every older packet has been answered. */
bool flight_answer(struct flight *f, struct flight_packet *p);
bool flight_empty(const struct flight *f);

#endif
