/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One turn: the engine's answers become verdicts, then the freed places are filled from the queue. On one core with
 * its engine gate reads a batch, rings once and sleeps; the engine judges the batch, rings once and sleeps. When packets
 * are many the queue is read in steps (gate/pace.h), so that there is a batch to read. Both are ordinary to the scheduler: as
 * SCHED_BATCH they would wait milliseconds for whatever else uses the core at the moment.
 */
#include "gate/gate.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/service.h"
#include "wire/control.h"
#include "wire/hold.h"

enum { ALARM_MS = 1000 };

void gate_alarm(struct gate *g, const char *text)
{
	if (g->alarm_ms != 0 && g->now_ms - g->alarm_ms < ALARM_MS)
		return;
	g->alarm_ms = g->now_ms;
	log_error("%s", text);
}

static void clock_in(struct gate *g)
{
	g->now_us = clock_mono_us();
	g->now_ms = g->now_us / 1000;
}

/* ---- While no engine is there ---- */

static void pass_by(void *user, const struct queued *p)
{
	struct gate *g = user;
	(void)p;
	if (g->settings.drop)
		g->count.dropped_unjudged++;
	else
		g->count.passed_unjudged++;
}

static void give_up_held(struct gate *g)
{
	uint64_t from = 0;
	for (struct flight_packet *f; (f = flight_each(&g->flight, &from));) {
		if (f->notice)
			continue; /* has its verdict; a later engine still has to record it */
		pass_by(g, NULL);
		(void)flight_answer(&g->flight, f);
	}
}

/*
 * on_failure decides: what is held, and what comes. One verdict without a mark speaks for all; none is sent when there is
 * nothing to decide, for the kernel's refusal of it would be the next thing to read, and so on without an end.
 */
static void turn_failing(struct gate *g)
{
	uint64_t before = g->count.passed_unjudged + g->count.dropped_unjudged;
	give_up_held(g);
	unsigned got = QUEUE_BATCH;
	for (unsigned n = 0; n < RING_SLOTS && got == QUEUE_BATCH; n += got)
		got = queue_read(&g->queue, QUEUE_BATCH, pass_by, g);
	if (g->count.passed_unjudged + g->count.dropped_unjudged > before)
		queue_decide_all(&g->queue, !g->settings.drop);
}

/* How long nobody has answered although somebody should have. */
static void tick(void *user)
{
	struct gate *g = user;
	int64_t hold_ms = g->settings.hold_ms;
	ssize_t ignored = write(HOLD_FD_PULSE, "", 1);
	(void)ignored;
	loop_arm(g->loop, &g->tick, hold_ms / 4 < HOLD_PULSE_MS ? hold_ms / 4 : HOLD_PULSE_MS, tick, g);
	g->queue.readable = true;
	clock_in(g);
	bool late = g->now_ms - g->worked_ms >= hold_ms;
	if (late && g->peer.sock >= 0 && g->now_ms - g->peer.since_ms >= hold_ms)
		peer_end(g, VIOLATION_STUCK);
	if (late && g->peer.sock < 0 && !g->failing) {
		g->failing = true;
		gate_alarm(g, g->settings.drop ? "no engine: packets are dropped"
					       : "no engine: packets pass unjudged");
	}
}

/* ---- One turn ---- */

/*
 * While reading is paced the queue wakes nobody. EPOLLET stays: a socket's error is told in any case, and told by
 * level it would wake without an end.
 */
static void watch_queue(struct gate *g)
{
	bool paced = g->pace.step_us > 0;
	g->count.paced += paced;
	(void)loop_change(g->loop, HOLD_FD_QUEUE, paced ? EPOLLET : EPOLLIN | EPOLLET);
}

/* Steps are for a queue that somebody reads. */
static void unpace(struct gate *g)
{
	if (g->pace.step_us == 0)
		return;
	pace_end(&g->pace);
	watch_queue(g);
}

/* What the queue holds, as far as there is room, to the engine. */
static void read_queue(struct gate *g)
{
	uint32_t room = peer_room(g);
	if (g->pace.step_us > 0 && pace_wait_us(&g->pace, g->now_us) == 0)
		g->queue.readable = true;
	if (room == 0 || !g->queue.readable)
		return;
	unsigned got = queue_read(&g->queue, room, peer_offer, g);
	if (got > 0)
		peer_publish(g);
	if (pace_count(&g->pace, got, g->now_us))
		watch_queue(g);
	if (!g->queue.readable)
		pace_step(&g->pace, g->now_us);
}

static void turn(struct gate *g)
{
	clock_in(g);
	if (g->peer.sock >= 0) {
		ring_awake(&g->peer.ring);
		peer_take(g);
		(void)queue_flush(&g->queue);
		if (flight_empty(&g->flight))
			g->worked_ms = g->now_ms;
	}
	if (g->peer.sock < 0)
		unpace(g);
	if (g->failing)
		turn_failing(g);
	else
		read_queue(g);
	(void)queue_flush(&g->queue);
}

/* Microseconds to wait for events: 0 when there is something to do, -1 until one comes. */
static int64_t rest(struct gate *g)
{
	bool reads = g->queue.readable && (g->failing || peer_room(g) > 0);
	if (reads || !peer_sleep(g))
		return 0;
	return g->pace.step_us > 0 && peer_room(g) > 0 ? pace_wait_us(&g->pace, clock_mono_us()) : -1;
}

void gate_run(struct gate *g)
{
	while (!g->stop) {
		loop_turn_us(g->loop, rest(g));
		turn(g);
	}
	peer_take(g);
	(void)queue_flush(&g->queue);
}

/* ---- Beginning and end ---- */

static void on_queue(void *user, uint32_t events)
{
	struct gate *g = user;
	(void)events;
	g->queue.readable = true;
}

static void on_hold(void *user, uint32_t events)
{
	struct gate *g = user;
	(void)events;
	g->stop = true;
}

static void on_signal(void *user, int number)
{
	struct gate *g = user;
	(void)number;
	g->stop = true;
}

/* A pair on one core: a wake-up across cores costs more than the inspection. */
static void pin(const struct settings *s)
{
	int rc = service_pin(s->queue + s->cpu_offset);
	if (rc < 0)
		log_warn("staying on any core: %s", strerror(-rc));
}

static void must(int rc, const char *what)
{
	if (rc < 0)
		log_fatal("%s: %s", what, strerror(-rc));
}

void gate_open(struct gate *g)
{
	static const int signals[] = {SIGTERM, SIGINT, 0};
	char path[108];
	clock_in(g);
	g->worked_ms = g->now_ms;
	g->loop = loop_new();
	g->inject = (struct inject){HOLD_FD_RAW4, HOLD_FD_RAW6, g->settings.mark_mask};
	(void)signal(SIGPIPE, SIG_IGN);       /* hold may be gone when we pulse */
	g->flight.first = g->flight.next = 1; /* what an engine leaves zeroed names nothing */
	pin(&g->settings);
	loop_signals(g->loop, signals, on_signal, g);
	must(queue_init(&g->queue, HOLD_FD_QUEUE, HOLD_FD_KERNEL, g->settings.queue, &g->count), "memory");
	must(loop_watch(g->loop, HOLD_FD_PIPE, EPOLLIN, on_hold, g), "started by trygg-hold only: its pipe");
	must(loop_watch(g->loop, HOLD_FD_QUEUE, EPOLLIN | EPOLLET, on_queue, g), "the queue");
	must(peer_open(g), "the ring's socket");
	(void)snprintf(path, sizeof path, "%s/gate-control@%u.sock", g->settings.run, g->settings.queue);
	g->control = control_new(g->loop, path, gate_status, g);
	must(g->control ? 0 : -errno, path);
	queue_restart(&g->queue);
	tick(g);
}

void gate_close(struct gate *g)
{
	control_free(g->control);
	peer_close(g);
	queue_clear(&g->queue);
	loop_free(g->loop);
}
