/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What hold hands to the gate that it starts: descriptors at fixed numbers, and two words in the environment
 * beside those of `tryggctl check --env`: TRYGG_QUEUE, the number of the pair, and TRYGG_STARTS, how often this
 * hold has started a gate.
 */
#ifndef TRYGG_WIRE_HOLD_H
#define TRYGG_WIRE_HOLD_H

enum {
	HOLD_FD_QUEUE = 3, /* netlink, bound to the queue and configured */
	HOLD_FD_RAW4,      /* raw, headers included */
	HOLD_FD_RAW6,
	HOLD_FD_PIPE,   /* read end; its end is hold's end, and then gate and engine end too */
	HOLD_FD_PULSE,  /* write end; a byte now and then says that gate works */
	HOLD_FD_KERNEL, /* /proc/net/netfilter/nfnetlink_queue, which only root may open */
	HOLD_FD_END,
};

/* gate's pulse, and how long hold waits for one before it ends gate and starts another. */
enum { HOLD_PULSE_MS = 250, HOLD_PULSE_LIMIT_MS = 5000 };

#endif
