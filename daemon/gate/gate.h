/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One gate: what its parts share. queue (packets and verdicts), flight (what is undecided), peer (the engine),
 * inject (replies) know only themselves and this.
 */
#ifndef TRYGG_GATE_GATE_H
#define TRYGG_GATE_GATE_H

#include "base/loop.h"
#include "gate/counters.h"
#include "gate/flight.h"
#include "gate/inject.h"
#include "gate/pace.h"
#include "gate/peer.h"
#include "gate/queue.h"
#include "gate/settings.h"

struct control;

struct gate {
	struct settings settings;
	struct loop *loop;
	struct control *control;
	struct counters count;
	struct queue queue;
	struct flight flight;
	struct inject inject;
	struct peer peer;
	struct pace pace;
	int64_t now_us;    /* of this turn */
	int64_t now_ms;    /* the same */
	int64_t worked_ms; /* when an engine last answered, or there was nothing to answer */
	bool failing;      /* no engine for hold_ms: on_failure decides */
	bool stop;
	struct loop_timer tick;
	int64_t alarm_ms; /* of the last line; more within a second are only counted */
};

/* Everything ready to run, hold's descriptors taken over; ends the program when something is missing. */
void gate_open(struct gate *g);
/* Until SIGTERM or hold's end; then the last verdicts go out. */
void gate_run(struct gate *g);
void gate_close(struct gate *g);

/* A line in the log for what a person must know, at most one a second. */
void gate_alarm(struct gate *g, const char *text);

/* The lines of CONTROL_STATUS (wire/control.h). */
struct control_request;
int gate_status(void *user, const struct control_request *request, char *text, size_t size);

#endif
