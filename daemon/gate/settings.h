/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * gate's few settings, from the environment that `tryggctl check --env` wrote and hold handed on. gate links no
 * configuration parser; a value that is not exactly what it should be ends it before it begins.
 */
#ifndef TRYGG_GATE_SETTINGS_H
#define TRYGG_GATE_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

struct settings {
	const char *run;     /* TRYGG_RUN: folder of the sockets; borrowed from the environment */
	uint16_t queue;      /* TRYGG_QUEUE */
	uint32_t starts;     /* TRYGG_STARTS: how often hold has started a gate */
	bool drop;           /* TRYGG_ON_FAILURE=drop */
	uint32_t hold_ms;    /* TRYGG_HOLD_MS */
	uint32_t mark_mask;  /* TRYGG_MARK_MASK */
	uint32_t cpu_offset; /* TRYGG_CPU_OFFSET: pair N runs on core (N + offset) % cores */
};

/* Ends the program with a sentence when a value makes no sense. */
struct settings settings_read(void);

#endif
