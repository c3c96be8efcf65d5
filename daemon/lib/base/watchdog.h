/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A sign of life for the service manager (WATCHDOG_USEC, sd_watchdog_enabled(3)): as long as the loop turns, it is
 * told so, and a program that hangs is ended and started again. Without a manager it does nothing.
 */
#ifndef TRYGG_BASE_WATCHDOG_H
#define TRYGG_BASE_WATCHDOG_H

#include "base/loop.h"

struct watchdog {
	struct loop *loop; /* borrowed */
	struct loop_timer timer;
	int64_t every_ms; /* half of what the manager allows; 0 = nobody watches */
};

/* Reads the environment and begins. `w` must outlive the loop, or be stopped. */
void watchdog_begin(struct watchdog *w, struct loop *loop);
void watchdog_stop(struct watchdog *w);

#endif
