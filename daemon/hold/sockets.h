/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sockets that must outlive gate, and under a manager hold too: taken back from the manager's store, or opened
 * and put there. Needs CAP_NET_ADMIN and CAP_NET_RAW effective, before the privileges are given away.
 */
#ifndef TRYGG_HOLD_SOCKETS_H
#define TRYGG_HOLD_SOCKETS_H

#include <stdbool.h>
#include <stdint.h>

struct queue_settings {
	uint16_t number;
	uint32_t length; /* packets */
	bool fail_open;  /* a full queue lets packets pass, without the judged bit */
};

/* From the command line's number and the environment (`tryggctl check --env`); ends the program on nonsense. */
struct queue_settings queue_settings_read(const char *number);

struct sockets {
	int queue, raw4, raw6;
	int kernel; /* what the kernel says about its queues; an empty file when we may not know */
};

/* 0, or a negative errno with the step that failed in *what. */
int sockets_open(struct sockets *s, const struct queue_settings *q, const char **what);

#endif
