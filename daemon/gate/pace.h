/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When to read the queue: at once while packets are few, in equal steps while they are many, as a network card moderates
 * its interrupts. Woken for every packet, gate and engine spend most of their time on waking each other.
 */
#ifndef TRYGG_GATE_PACE_H
#define TRYGG_GATE_PACE_H

#include <stdbool.h>
#include <stdint.h>

enum {
	PACE_WINDOW_US = 4000, /* over which packets are counted */
	PACE_BEGIN =
		10000, /* packets a second from which on there are steps: one of full length brings more than two */
	PACE_END = 6000,    /* below which there are none again */
	PACE_BATCH = 16,    /* packets that a step waits for */
	PACE_STEP_US = 250, /* the longest step, and so the longest that a packet waits */
};

struct pace {
	int64_t since_us; /* the window's beginning */
	uint32_t packets; /* of it so far */
	uint32_t step_us; /* 0: read at once */
	int64_t due_us;   /* when the next step ends */
};

/* Counts what was just read. True when pacing began or ended with it: look at step_us. */
bool pace_count(struct pace *p, uint32_t packets, int64_t now_us);
/* Microseconds until the queue is to be read: 0 = now. Never more than PACE_STEP_US. */
int64_t pace_wait_us(const struct pace *p, int64_t now_us);
/* Reads at once again, until packets are many. */
void pace_end(struct pace *p);
/* The queue was read empty: the next step begins. */
void pace_step(struct pace *p, int64_t now_us);

#endif
