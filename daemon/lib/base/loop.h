/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One event loop per process: descriptors, one-shot timers and signals, all level-triggered over epoll.
 * Signals arrive as ordinary events (signalfd), so nothing ever runs in a handler.
 */
#ifndef TRYGG_BASE_LOOP_H
#define TRYGG_BASE_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct loop;

/* `events` are EPOLL* bits. */
typedef void loop_fd_call(void *user, uint32_t events);
typedef void loop_call(void *user);
typedef void loop_signal_call(void *user, int signal);

struct loop_timer {
	loop_call *call;
	void *user;
	int64_t due_ms; /* monotonic; 0 = not armed */
	struct loop_timer *next;
};

struct loop *loop_new(void); /* ends the program when the kernel gives none */
void loop_free(struct loop *l);

/* One watch a descriptor. The loop does not own the descriptor. 0 or a negative errno. */
int loop_watch(struct loop *l, int fd, uint32_t events, loop_fd_call *call, void *user);
int loop_change(struct loop *l, int fd, uint32_t events);
void loop_unwatch(struct loop *l, int fd); /* safe inside a callback; before close() */

/* The timer belongs to the caller and must outlive its being armed; arming again moves it. */
void loop_arm(struct loop *l, struct loop_timer *t, int64_t after_ms, loop_call *call, void *user);
void loop_disarm(struct loop *l, struct loop_timer *t);

/* Blocks the zero-terminated list of signals and delivers them here. */
void loop_signals(struct loop *l, const int *signals, loop_signal_call *call, void *user);

/* Runs until loop_stop(). loop_turn() waits at most `wait_ms` (-1: for ever) and runs what is due once. */
void loop_run(struct loop *l);
void loop_turn(struct loop *l, int wait_ms);
void loop_turn_us(struct loop *l, int64_t wait_us);
void loop_stop(struct loop *l);

#endif
