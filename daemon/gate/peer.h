/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine at the other end of the ring: one at a time, a new generation of memory for each. Others that knock
 * wait in the socket's backlog. What one engine leaves unanswered is offered to the next.
 */
#ifndef TRYGG_GATE_PEER_H
#define TRYGG_GATE_PEER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "gate/counters.h"
#include "gate/queue.h"
#include "wire/ring.h"

struct gate;

struct peer {
	int listener;
	int sock; /* -1: no engine */
	uid_t engine_uid;
	uint32_t generation;
	struct ring ring; /* of this engine, or the last one's, which still holds the packets in flight */
	bool alone;       /* the suspect is out alone; the rest waits in the ring, unseen */
	int64_t since_ms; /* when this engine came, or the last one went */
	struct answer_slot answer; /* gate's copy of the one that is being checked */
};

/* Listens on TRYGG_RUN/gate@N.sock. 0 or a negative errno. */
int peer_open(struct gate *g);
void peer_close(struct gate *g);
/* How many more packets the engine may be offered now. */
uint32_t peer_room(const struct gate *g);
/* Puts one packet of the queue into the ring (queue_take). */
void peer_offer(void *user, const struct queued *p);
/* Shows the engine what was offered. */
void peer_publish(struct gate *g);
/* Takes the answers that are there: checks, replies, verdicts. */
void peer_take(struct gate *g);
/* The engine has gone, or must go. */
void peer_end(struct gate *g, enum violation why);
/* Says that gate sleeps; false when it must not. */
bool peer_sleep(struct gate *g);

#endif
