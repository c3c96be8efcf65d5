/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What gate counts. status.c names each one for people; nothing that can go wrong is without a counter.
 */
#ifndef TRYGG_GATE_COUNTERS_H
#define TRYGG_GATE_COUNTERS_H

#include <stdint.h>

/* Why a generation was ended by gate. */
enum violation {
	VIOLATION_NONE,
	VIOLATION_INDEX,   /* further ahead than the ring is long */
	VIOLATION_LENGTH,  /* more replies, or a longer one, than there may be */
	VIOLATION_ID,      /* not in flight, or answered before */
	VIOLATION_VERDICT, /* neither accept nor drop */
	VIOLATION_MARK,    /* bits outside the mask, or the mark of our own replies */
	VIOLATION_REPLY,   /* not of the packet's own conversation */
	VIOLATION_TALK,    /* a message on the socket, where none is due */
	VIOLATION_STUCK,   /* no answer for hold_ms */
	VIOLATIONS,
};

struct counters {
	uint64_t packets, bytes; /* read from the queue and offered */
	uint64_t paced;          /* times that packets became many, so that the queue is read in steps */
	uint64_t turns;          /* batches in which they were offered: packets / turns is the mean batch */
	uint64_t accepted, dropped;
	uint64_t batches;        /* verdict messages that named more than one packet */
	uint64_t verdict_errors; /* verdicts that the kernel refused, or that could not be sent */
	uint64_t repeats; /* packets offered again: to a next engine, or by the queue after a gate's death */
	uint64_t stale;   /* copies skipped after a repeat */
	uint64_t poison;  /* packets that two engines died of */
	uint64_t notices_lost;    /* poison notices that no engine lived to record */
	uint64_t cut;             /* captured short: dropped */
	uint64_t passed_unjudged; /* on_failure = pass, while no engine was there */
	uint64_t dropped_unjudged;
	uint64_t overruns; /* ENOBUFS */
	uint64_t replies_client, replies_server;
	uint64_t replies_failed;  /* the kernel would not send it */
	uint64_t replies_skipped; /* to packets that cannot be read at fixed offsets */
	uint64_t generations, deaths, strangers;
	uint64_t violation[VIOLATIONS];
};

#endif
