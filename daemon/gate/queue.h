/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's queue: packets out of it in batches, verdicts back in as few messages as are right. The socket is
 * hold's; it was bound and configured there.
 */
#ifndef TRYGG_GATE_QUEUE_H
#define TRYGG_GATE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/span.h"
#include "gate/counters.h"

enum {
	QUEUE_BATCH = 64,       /* packets a system call */
	QUEUE_VERDICTS = 16384, /* bytes of verdicts a system call */
	QUEUE_MESSAGE = 67648,  /* room for a packet's message; an odd number of cache lines, so that the
				      heads of buffers do not all fall into the same set */
};

/* A packet as the kernel hands it over; `bytes` are valid inside the callback. */
struct queued {
	uint32_t id, mark, in_ifindex, wire_len;
	uint16_t hw_protocol;
	uint8_t hook, flags; /* flags: PACKET_GSO … of wire/packet.h */
	struct span bytes;
};

typedef void queue_take(void *user, const struct queued *p);

struct queue {
	int fd, kernel;
	uint16_t number;
	struct counters *count;
	bool readable; /* there may be more than was read */
	bool read_any;
	uint32_t last; /* newest id read */
	bool restarted;
	bool ask_first;    /* nobody can say how far ids have come: the first packet will */
	uint32_t stale;    /* ids up to here were repeated: copies of them are skipped */
	uint32_t repeated; /* ids up to here may have been offered by an earlier gate */
	bool run;          /* accepts that wait to become one batch verdict */
	uint32_t run_first, run_last, run_mark;
	size_t out_len;
	char out[QUEUE_VERDICTS];
	uint8_t *buffers; /* owned */
	struct iovec parts[QUEUE_BATCH];
	struct mmsghdr messages[QUEUE_BATCH];
};

/* What the kernel says about the queue. */
struct queue_state {
	uint32_t waiting, dropped, user_dropped, last_id;
};

/* `kernel` is read for queue_ask(); an empty file will do. 0 or -ENOMEM. */
int queue_init(struct queue *q, int fd, int kernel, uint16_t number, struct counters *count);
void queue_clear(struct queue *q);

/*
 * For a gate that comes after another: reads and forgets what the socket holds, then has the kernel repeat every
 * packet that is still undecided, in order. What was drained comes again with it. Where the kernel does not say how far
 * its ids have come and nothing was drained, the repeat waits for the next packet.
 */
void queue_restart(struct queue *q);

/* Reads up to `max` packets (at most QUEUE_BATCH) and hands each to `take`. Returns how many messages there were. */
unsigned queue_read(struct queue *q, unsigned max, queue_take *take, void *user);

/*
 * Verdicts are collected and sent by queue_flush(). `oldest`: every packet queued before has its verdict or is in the
 * run; only then may one message speak for several. Call these only while queue_room().
 */
bool queue_room(const struct queue *q);
void queue_accept(struct queue *q, uint32_t id, uint32_t mark, bool oldest);
void queue_drop(struct queue *q, uint32_t id);
/* One verdict, marks untouched, for every packet read so far. */
void queue_decide_all(struct queue *q, bool accept);
/* 0, or a negative errno: everything is kept and goes out with the next flush. */
int queue_flush(struct queue *q);

/* 0, or a negative errno when the kernel does not tell. */
int queue_ask(const struct queue *q, struct queue_state *s);

#endif
