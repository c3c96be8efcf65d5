/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * gate as hold's child: started with the sockets at their numbers (wire/hold.h), started again when it ends, ended
 * when it no longer gives a pulse.
 */
#ifndef TRYGG_HOLD_CHILD_H
#define TRYGG_HOLD_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/loop.h"
#include "hold/sockets.h"

struct child {
	struct loop *loop;
	const struct sockets *sockets;
	char path[4096]; /* of trygg-gate */
	int gate; /* the same file, opened while we still could: a checkout below /root is not ours to search */
	int pipe[2]; /* hold's own: the write end is open as long as hold lives */
	int pulse[2];
	pid_t pid; /* 0 = none */
	unsigned starts;
	unsigned pulses;   /* of this gate; the first says that it has begun */
	unsigned failures; /* starts in a row that did not come to a second one */
	bool ready, ending;
	struct loop_timer again, patience;
};

/* Finds gate, before privileges are given away. 0 or a negative errno. */
int child_init(struct child *c, const struct sockets *sockets);
/* Starts the first gate. 0 or a negative errno. */
int child_begin(struct child *c, struct loop *loop);
/* Collects an ended gate and starts the next, or stops the loop when hold is ending. For SIGCHLD. */
void child_ended(struct child *c);
/* Asks gate to end; the loop stops when it has. */
void child_end(struct child *c);

#endif
