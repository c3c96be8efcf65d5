/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/peer.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/log.h"
#include "base/loop.h"
#include "engine/inspect.h"
#include "wire/ring.h"

enum { KNOCK_MS = 20, EXPIRE_A_BATCH = 8, FLOW_IDLE_MS = 600 * 1000 };

struct peer {
	struct engine *engine;
	struct loop *loop;
	struct loop_timer knock;
	char path[108];
	int sock;              /* knocked, not yet let in; -1 = none */
	struct ring_end *ring; /* NULL before we are in */
};

static void knock(void *user);

static void knock_again(struct peer *p)
{
	loop_arm(p->loop, &p->knock, KNOCK_MS, knock, p);
}

static void leave(struct peer *p)
{
	loop_unwatch(p->loop, ring_end_bell(p->ring));
	loop_unwatch(p->loop, ring_end_socket(p->ring));
	loop_unwatch(p->loop, ring_end_hold(p->ring));
	ring_leave(p->ring);
	p->ring = NULL;
}

/* One packet of the ring: the slot is gate's, read-only and ours until the answer is out. */
static void judge_slot(void *user, const struct packet_slot *slot, struct answer_slot *answer)
{
	struct engine *e = user;
	uint32_t resumed = MARK_RESUMED(e->world->conf->inspect.mark_mask);
	struct packet packet = {
		.bytes = span_of(slot->bytes, slot->len),
		.wire_len = slot->wire_len,
		.flags = slot->flags,
		.resumed = (slot->mark & resumed) == resumed,
	};
	inspect(e, &packet, answer);
}

static void on_bell(void *user, uint32_t events)
{
	struct peer *p = user;
	(void)events;
	engine_tick(p->engine);
	(void)ring_serve(p->ring, judge_slot, p->engine);
	flow_expire(p->engine->flows, p->engine->now_ms, FLOW_IDLE_MS, EXPIRE_A_BATCH);
}

static void on_socket(void *user, uint32_t events)
{
	struct peer *p = user;
	(void)events;
	log_info("gate ended generation %u", ring_end_generation(p->ring));
	leave(p);
	knock(p);
}

static void on_hold(void *user, uint32_t events)
{
	struct peer *p = user;
	(void)events;
	log_info("hold has ended");
	loop_unwatch(p->loop, ring_end_hold(p->ring));
	loop_stop(p->loop);
}

static int watch_ring(struct peer *p)
{
	int rc = loop_watch(p->loop, ring_end_bell(p->ring), EPOLLIN, on_bell, p);
	if (rc == 0)
		rc = loop_watch(p->loop, ring_end_socket(p->ring), EPOLLIN | EPOLLRDHUP, on_socket, p);
	if (rc == 0)
		rc = loop_watch(p->loop, ring_end_hold(p->ring), EPOLLIN, on_hold, p);
	return rc;
}

/* gate lets one engine in at a time; the door opens when the socket becomes readable. */
static void on_door(void *user, uint32_t events)
{
	struct peer *p = user;
	(void)events;
	int rc = ring_enter(p->sock, &p->ring);
	if (rc == -EAGAIN)
		return;
	loop_unwatch(p->loop, p->sock);
	if (rc < 0)
		(void)close(p->sock);
	p->sock = -1;
	if (rc < 0) {
		log_warn("gate did not let us in: error %d", -rc);
		knock_again(p);
		return;
	}
	rc = watch_ring(p);
	if (rc < 0) {
		log_error("ring: error %d", -rc);
		leave(p);
		knock_again(p);
		return;
	}
	log_info("in at gate, generation %u", ring_end_generation(p->ring));
}

static void knock(void *user)
{
	struct peer *p = user;
	p->sock = ring_knock(p->path);
	if (p->sock >= 0 && loop_watch(p->loop, p->sock, EPOLLIN | EPOLLRDHUP, on_door, p) < 0) {
		(void)close(p->sock);
		p->sock = -1;
	}
	if (p->sock < 0)
		knock_again(p);
}

struct peer *peer_new(struct engine *e, struct loop *loop)
{
	struct peer *p = calloc(1, sizeof *p);
	if (p == NULL)
		return NULL;
	p->engine = e;
	p->loop = loop;
	p->sock = -1;
	conf_socket(e->world->conf, "gate", e->number, p->path, sizeof p->path);
	knock(p);
	return p;
}

void peer_free(struct peer *p)
{
	if (p == NULL)
		return;
	loop_disarm(p->loop, &p->knock);
	if (p->ring != NULL)
		leave(p);
	if (p->sock >= 0) {
		loop_unwatch(p->loop, p->sock);
		(void)close(p->sock);
	}
	free(p);
}

uint32_t peer_generation(const struct peer *p)
{
	return p->ring != NULL ? ring_end_generation(p->ring) : 0;
}
