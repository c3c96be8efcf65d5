/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The generation of the policy: the number that the connection mark of a decided flow carries, and that the firewall
 * lets past the queue (DESIGN 3.2). It stands in one small file of the run folder, `policy`, beside the name of the policy
 * it was given to: "7 0123456789abcdef\n".
 *
 * tryggctl alone writes it: `firewall apply` where there is none, `reload` before the engines take a stricter policy.
 * Engines read it when they start and when they reload, so all pairs agree, and neither a killed engine nor a killed gate
 * changes it. It goes with the run folder, that is when the machine starts anew and no flow is left.
 *
 * Numbers run from 1 to MARK_GENERATIONS and begin again. A flow that said nothing during so many stricter reloads would
 * pass for one of the new generation; one packet of it at any time in between ends it.
 */
#ifndef TRYGG_WIRE_GENERATION_H
#define TRYGG_WIRE_GENERATION_H

#include <stdint.h>

enum { GENERATION_POLICY_SIZE = 17 };

struct generation {
	uint8_t number;
	char policy[GENERATION_POLICY_SIZE]; /* 16 hex digits, policy_name() */
};

/* -ENOENT: none was ever begun. -EBADMSG: not what a tryggctl writes. `*out` is generation 1 of no policy then. */
int generation_read(const char *run_folder, struct generation *out);
int generation_write(const char *run_folder, const struct generation *g);
uint8_t generation_next(uint8_t number);

#endif
