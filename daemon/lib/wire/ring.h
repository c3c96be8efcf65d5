/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two ends of the ring of packet.h. `struct ring` is gate's end: it makes the memory, seals it, hands it over, and
 * believes nothing that it reads of the engine. `struct ring_end` is the engine's.
 *
 * The engine's whole source is:
 *
 *	int sock = ring_knock("/run/trygg/gate@0.sock");    negative: gate is not there yet, try again later
 *	... wait until sock is readable: gate lets one engine in at a time, the others queue here ...
 *	ring_enter(sock, &end);    negative: gate went away, close(sock) and knock again
 *	watch ring_end_bell(end) for EPOLLIN    -> ring_serve(end, judge, user)
 *	watch ring_end_socket(end) for EPOLLIN | EPOLLRDHUP    -> gate has ended this generation: ring_leave(), knock again
 *	watch ring_end_hold(end) for EPOLLIN    -> (EPOLLHUP) hold has ended: end the program
 *
 * All watches are level-triggered. judge() is called once a packet and fills in the answer, which is published before
 * the next packet is touched.
 */
#ifndef TRYGG_WIRE_RING_H
#define TRYGG_WIRE_RING_H

#include <stdbool.h>

#include "wire/packet.h"

/* ---- The engine's end ---- */

struct ring_end;

/* Judges one packet. `p` is valid until judge returns and cannot be written. `a` comes as a drop without mark
 * and replies; fill in verdict, mark and replies (leave `id` alone). Look at PACKET_POISON in p->flags first.
 */
typedef void ring_judge(void *user, const struct packet_slot *p, struct answer_slot *a);

/* Connects to gate's socket without waiting. A non-blocking descriptor of the caller, or a negative errno. */
int ring_knock(const char *path);
/* Takes the hello and maps the ring. 0, and `*out` owns `sock`; -EAGAIN while gate serves another engine;
 * another negative errno when gate went away or spoke another version. */
int ring_enter(int sock, struct ring_end **out);
/* Unmaps and closes everything; accepts NULL. */
void ring_leave(struct ring_end *e);

int ring_end_socket(const struct ring_end *e);
int ring_end_bell(const struct ring_end *e);
int ring_end_hold(const struct ring_end *e);
uint32_t ring_end_generation(const struct ring_end *e);

/* Judges what waits, wakes gate, and rests until the bell. Call it from the bell's watch alone: when more has
 * come meanwhile it returns, so that other events get their turn, and leaves the bell readable. Returns the
 * number of packets judged. */
unsigned ring_serve(struct ring_end *e, ring_judge *judge, void *user);

/* ---- gate's end ---- */

struct ring {
	uint8_t *packets;   /* mapped, ours to write; NULL in a ring that was never made */
	uint8_t *answers;   /* mapped, written by the engine: read through ring_take() only */
	int memory[2];      /* memfds of packets and answers */
	int engine_bell[2]; /* pipe: read end to hand over, write end to ring with */
	int gate_bell;      /* eventfd, only waited for */
	uint32_t generation;
	uint32_t filled;    /* packet slots written */
	uint32_t published; /* of them, shown to the engine */
	uint32_t seen;      /* the engine's index when we last looked */
	uint32_t taken;     /* answers taken */
};

/* Makes and seals the memory of one generation. 0 or a negative errno; *r is always fit for ring_clear(). */
int ring_make(struct ring *r, uint32_t generation);
/* Closes and unmaps; accepts a cleared ring and one that was zeroed and never made. */
void ring_clear(struct ring *r);
/* Sends the hello and the descriptors, `hold` being the read end of hold's pipe. 0 or a negative errno. */
int ring_hand_over(struct ring *r, int sock, int hold);

/* The slot that index `i` falls into. Ours alone: what it says is what we wrote. */
struct packet_slot *ring_slot(const struct ring *r, uint32_t i);
/* Shows the engine the first `upto` slots (an index, at most `filled`) and rings if it said that it sleeps.
 */
void ring_publish(struct ring *r, uint32_t upto);

/* Loads the engine's index, once a turn. 0, or -EBADMSG when it is further ahead than the ring is long: this ends the
 * generation. */
int ring_look(struct ring *r);

/*
 * The next answer that ring_look() saw, copied: its head and as many bytes of replies as the head announces, each byte
 * read once. Returns 1 when there was one, 0 when there is none, -EMSGSIZE when a count or length is beyond its limit:
 * this ends the generation, too.
 */
int ring_take(struct ring *r, struct answer_slot *copy);

/* Says that gate is about to sleep; false when answers came meanwhile and it must not. ring_awake() takes it
 * back. */
bool ring_sleep(struct ring *r);
void ring_awake(struct ring *r);

#endif
