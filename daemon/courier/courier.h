/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * courier's state. A turn follows each journal a little, so that no journal waits for another and the loop stays
 * awake; keeper's new HEAD wakes it, a slow tick makes sure.
 */
#ifndef TRYGG_COURIER_COURIER_H
#define TRYGG_COURIER_COURIER_H

#include "base/watchdog.h"
#include "conf/conf.h"
#include "courier/escalate.h"
#include "courier/follow.h"
#include "wire/control.h"

enum {
	COURIER_TAKE_MAX = 4000, /* records of a journal in one transaction */
	COURIER_TICK_MS = 2000,
	COURIER_BEAT_MS = 20000,
	COURIER_RETIRE_MS = 600000, /* how often old things are looked for */
};

struct courier_stats {
	uint64_t turns, store_errors, expired_runs;
	int64_t last_expire_ms; /* wall clock; 0 = not in this life */
};

struct courier {
	struct loop *loop;
	struct conf *conf;        /* owned */
	struct store *store;      /* owned; NULL while it cannot be opened */
	char why[STORE_WHY_SIZE]; /* what is wrong with the store; "" = nothing */
	char key[4096];
	struct follow journals[JOURNALS];
	int heart;  /* RUN/courier.heartbeat; -1 = none */
	int notify; /* inotify, -1 = none */
	int watch[JOURNALS];
	struct escalate escalate;
	bool scrub;             /* something was deleted, and its pages may still be in the log */
	int64_t next_retire_ms; /* monotonic */
	int64_t last_beat_ms;   /* wall clock */
	struct control *control;
	struct loop_timer tick;
	struct watchdog watchdog;
	struct courier_stats stats;
};

/* Takes over loop and conf; makes the sockets, before privileges are given away. As root, gives the store's folder to the user that courier becomes. 0 or a negative errno. */
int courier_init(struct courier *c, struct loop *loop, struct conf *conf);
/* After privileges are gone. */
void courier_start(struct courier *c);
void courier_clear(struct courier *c);
/* Takes the configuration over; -EBUSY when it needs a restart. The running one stays then. */
int courier_reload(struct courier *c, conf_problem *problem, void *user);

/* ---- retire.c */
/* Deletes what is too old. 0 or a negative errno. */
int retire_old(struct courier *c);

/* ---- status.c */
control_serve courier_control;

#endif
