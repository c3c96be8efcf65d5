/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Everything that comes from the engine is looked at here, on a copy, and nowhere else. A finding ends the
 * generation; the packets it leaves are then offered to the next engine like those of one that died.
 *
 * The poison rule: the oldest packet that an engine leaves unanswered is the one it died of, because it publishes
 * each answer before it touches the next packet. That suspect is offered alone. When the next engine dies too, the
 * packet is dropped, and what remains of it is a notice in its place, so that a later engine records it.
 */
#include "gate/peer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/sandbox.h"
#include "base/service.h"
#include "gate/gate.h"
#include "wire/hold.h"
#include "wire/reply.h"

/*
 * Packets in flight at most: the engine's batch. Larger ones fall out of the cache, smaller ones pay more for waking
 * each other.
 */
enum { WINDOW = 64 };

static const char *const violation_texts[VIOLATIONS] = {
	[VIOLATION_INDEX] = "the engine's index is further ahead than the ring is long: engine cut off",
	[VIOLATION_LENGTH] = "an answer with more or longer replies than there may be: engine cut off",
	[VIOLATION_ID] = "an answer to a packet that is not in flight: engine cut off",
	[VIOLATION_VERDICT] = "an answer that is neither accept nor drop: engine cut off",
	[VIOLATION_MARK] = "an answer with a mark that is not its to give: engine cut off",
	[VIOLATION_REPLY] = "a reply that does not belong to its packet: engine cut off",
	[VIOLATION_TALK] = "a message where none is due: engine cut off",
	[VIOLATION_STUCK] = "no answer for hold_ms: engine cut off",
};

/* Indexes run freely: what has not been shown yet is at or after `published`. */
static bool is_shown(const struct ring *r, const struct flight_packet *f)
{
	return f->slot - r->published >= RING_SLOTS;
}

/* ---- Packets to the engine ---- */

uint32_t peer_room(const struct gate *g)
{
	uint32_t in_flight = RING_SLOTS - flight_room(&g->flight);
	if (g->peer.sock < 0 || g->peer.alone || in_flight >= WINDOW)
		return 0;
	return WINDOW - in_flight;
}

void peer_offer(void *user, const struct queued *p)
{
	struct gate *g = user;
	struct ring *r = &g->peer.ring;
	if (p->bytes.len < p->wire_len || p->bytes.len > RING_COPY_MAX) {
		g->count.cut++;
		queue_drop(&g->queue, p->id);
		return;
	}
	struct packet_slot *slot = ring_slot(r, r->filled);
	struct flight_packet *f = flight_add(&g->flight, p->id, p->mark, r->filled);
	*slot = (struct packet_slot){
		.id = f->id,
		.mark = p->mark,
		.in_ifindex = p->in_ifindex,
		.len = (uint32_t)p->bytes.len,
		.wire_len = p->wire_len,
		.hw_protocol = p->hw_protocol,
		.hook = p->hook,
		.flags = p->flags,
		.queue = g->queue.number,
	};
	memcpy(slot->bytes, p->bytes.at, p->bytes.len);
	r->filled++;
	g->count.packets++;
	g->count.bytes += p->bytes.len;
	g->count.repeats += (p->flags & PACKET_REPEAT) != 0;
}

void peer_publish(struct gate *g)
{
	struct ring *r = &g->peer.ring;
	if (g->peer.sock < 0 || g->peer.alone || r->published == r->filled)
		return;
	ring_publish(r, r->filled);
	g->count.turns++;
}

/* ---- Answers ---- */

static struct span packet_bytes(const struct packet_slot *p)
{
	return span_of(p->bytes, p->len);
}

static enum violation judge(const struct gate *g, const struct flight_packet *f, const struct answer_slot *a)
{
	static const enum violation violations[] = {
		[ANSWER_FIT] = VIOLATION_NONE,
		[ANSWER_VERDICT] = VIOLATION_VERDICT,
		[ANSWER_MARK] = VIOLATION_MARK,
		[ANSWER_REPLY] = VIOLATION_REPLY,
	};
	if (!f || !is_shown(&g->peer.ring, f))
		return VIOLATION_ID; /* or guessed */
	struct span packet = packet_bytes(ring_slot(&g->peer.ring, f->slot));
	return violations[answer_check(a, f->notice ? NULL : &packet, g->settings.mark_mask)];
}

static void send_replies(struct gate *g, const struct packet_slot *p, const struct answer_slot *a)
{
	for (uint32_t i = 0; i < a->reply_count; i++) {
		const struct reply_slot *r = &a->replies[i];
		if (reply_check(packet_bytes(p), span_of(r->bytes, r->len), r->way) != REPLY_FIT)
			g->count.replies_skipped++;
		else if (inject_reply(&g->inject, p, r) < 0)
			g->count.replies_failed++;
		else if (r->way == REPLY_TO_CLIENT)
			g->count.replies_client++;
		else
			g->count.replies_server++;
	}
}

static void decide(struct gate *g, struct flight_packet *f, const struct answer_slot *a)
{
	uint32_t mask = g->settings.mark_mask;
	bool oldest = flight_answer(&g->flight, f);
	if (f->notice)
		return;
	if (a->verdict == ANSWER_ACCEPT) {
		queue_accept(&g->queue, f->kernel_id, (f->mark & ~mask) | a->mark | MARK_JUDGED(mask),
			     oldest);
		g->count.accepted++;
	} else {
		queue_drop(&g->queue, f->kernel_id);
		g->count.dropped++;
	}
}

/* One answer: taken, checked, acted upon. False when there is none (VIOLATION_NONE in *why), or a violation. */
static bool take_one(struct gate *g, enum violation *why)
{
	struct answer_slot *a = &g->peer.answer;
	int rc = ring_take(&g->peer.ring, a);
	*why = rc < 0 ? VIOLATION_LENGTH : VIOLATION_NONE;
	if (rc <= 0)
		return false;
	struct flight_packet *f = flight_find(&g->flight, a->id);
	*why = judge(g, f, a);
	if (*why != VIOLATION_NONE)
		return false;
	if (a->reply_count > 0)
		send_replies(g, ring_slot(&g->peer.ring, f->slot), a);
	decide(g, f, a);
	return true;
}

static enum violation take_all(struct gate *g)
{
	enum violation why = VIOLATION_NONE;
	uint64_t before = g->flight.first;
	if (ring_look(&g->peer.ring) < 0)
		return VIOLATION_INDEX;
	while (queue_room(&g->queue) && take_one(g, &why))
		g->worked_ms = g->now_ms;
	if (g->flight.first != before)
		g->peer.alone = false;
	return why;
}

void peer_take(struct gate *g)
{
	if (g->peer.sock < 0)
		return;
	enum violation why = take_all(g);
	if (why != VIOLATION_NONE)
		peer_end(g, why);
	else
		peer_publish(g);
}

bool peer_sleep(struct gate *g)
{
	return g->peer.sock < 0 || ring_sleep(&g->peer.ring);
}

/* ---- The end of a generation ---- */

/* What is left of a packet that two engines died of: whose it was. Addresses stand at fixed offsets. */
static void leave_notice(struct packet_slot *p)
{
	bool is_ip6 = p->len > 0 && p->bytes[0] >> 4 == 6;
	uint32_t at = is_ip6 ? 8 : 12, len = is_ip6 ? 16 : 4;
	p->flags = PACKET_POISON;
	p->len = p->wire_len = p->len >= at + len ? len : 0;
	memmove(p->bytes, p->bytes + at, p->len);
}

/* Looks at the oldest packet that the engine was shown and has not answered. */
static void blame(struct gate *g)
{
	uint64_t from = 0;
	struct flight_packet *f = flight_each(&g->flight, &from);
	if (!f || !is_shown(&g->peer.ring, f))
		return;
	if (f->notice) {
		g->count.notices_lost++;
		(void)flight_answer(&g->flight, f);
	} else if (!f->suspect) {
		f->suspect = true;
	} else {
		f->notice = true;
		leave_notice(ring_slot(&g->peer.ring, f->slot));
		queue_drop(&g->queue, f->kernel_id);
		g->count.poison++;
		gate_alarm(g, "two engines have ended over one packet: packet dropped");
	}
}

void peer_end(struct gate *g, enum violation why)
{
	struct peer *p = &g->peer;
	if (p->sock < 0)
		return;
	if (why == VIOLATION_NONE)
		why = take_all(g); /* what it published before it died counts */
	if (why != VIOLATION_NONE) {
		g->count.violation[why]++;
		gate_alarm(g, violation_texts[why]);
	} else {
		g->count.deaths++;
		log_info("engine %u has gone, %u packets wait for the next", p->generation,
			 RING_SLOTS - flight_room(&g->flight));
	}
	loop_unwatch(g->loop, p->sock);
	loop_unwatch(g->loop, p->ring.gate_bell);
	(void)close(p->sock);
	p->sock = -1;
	p->since_ms = g->now_ms;
	blame(g);
	p->alone = false;
	(void)loop_change(g->loop, p->listener, EPOLLIN);
}

/* ---- The beginning of one ---- */

static void on_socket(void *user, uint32_t events)
{
	struct gate *g = user;
	char byte;
	(void)events;
	ssize_t got = recv(g->peer.sock, &byte, sizeof byte, MSG_DONTWAIT);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	peer_end(g, got > 0 ? VIOLATION_TALK : VIOLATION_NONE);
}

/* Only wakes: gate looks for answers at every turn. */
static void on_bell(void *user, uint32_t events)
{
	(void)user;
	(void)events;
}

/* Copies what is undecided into the next generation's memory, in order. */
static void carry(struct gate *g, struct ring *next)
{
	const struct ring *last = &g->peer.ring;
	uint64_t from = 0;
	for (struct flight_packet *f; (f = flight_each(&g->flight, &from));) {
		const struct packet_slot *old = ring_slot(last, f->slot);
		struct packet_slot *slot = ring_slot(next, next->filled);
		memcpy(slot, old, sizeof *old + old->len);
		if (!f->notice && is_shown(last, f)) {
			slot->flags |= PACKET_REPEAT;
			g->count.repeats++;
		}
		if (f->suspect && !f->notice) {
			slot->flags |= PACKET_ALONE;
			g->peer.alone = true;
		} else {
			slot->flags &= (uint8_t)~PACKET_ALONE;
		}
		f->slot = next->filled++;
	}
}

static void generation_begin(struct gate *g, int sock)
{
	struct peer *p = &g->peer;
	struct ring next;
	int rc = ring_make(&next, ++p->generation);
	if (rc < 0) {
		ring_clear(&next);
		(void)close(sock);
		gate_alarm(g, "no memory for a ring: engine sent away");
		return;
	}
	carry(g, &next);
	ring_clear(&p->ring);
	p->ring = next;
	p->sock = sock;
	p->since_ms = g->now_ms;
	g->failing = false;
	g->count.generations++;
	(void)loop_change(g->loop, p->listener, 0);
	rc = ring_hand_over(&p->ring, sock, HOLD_FD_PIPE);
	if (rc == 0)
		rc = loop_watch(g->loop, sock, EPOLLIN | EPOLLRDHUP, on_socket, g);
	if (rc == 0)
		rc = loop_watch(g->loop, p->ring.gate_bell, EPOLLIN | EPOLLET, on_bell, g);
	if (rc < 0)
		peer_end(g, VIOLATION_NONE);
	else
		ring_publish(&p->ring, p->alone ? 1 : p->ring.filled);
	log_info("engine %u is here, %u packets have waited for it", p->generation, p->ring.filled);
}

/* Where the account does not exist, engine_uid is nobody's; where it does, nobody's programs stay outside. */
static bool is_welcome(const struct gate *g, uid_t uid)
{
	return uid == 0 || uid == geteuid() || uid == g->peer.engine_uid;
}

static void on_knock(void *user, uint32_t events)
{
	struct gate *g = user;
	(void)events;
	int sock = accept4(g->peer.listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (sock < 0)
		return;
	if (g->peer.sock < 0 && is_welcome(g, service_peer_uid(sock))) {
		generation_begin(g, sock);
		return;
	}
	(void)close(sock);
	g->count.strangers++;
	gate_alarm(g, "another user's program knocked as an engine: sent away");
}

int peer_open(struct gate *g)
{
	char path[108];
	gid_t gid;
	g->peer.sock = -1;
	g->peer.since_ms = g->now_ms;
	sandbox_account("trygg-engine", &g->peer.engine_uid, &gid);
	int n = snprintf(path, sizeof path, "%s/gate@%u.sock", g->settings.run, g->settings.queue);
	if (n < 0 || (size_t)n >= sizeof path)
		return -ENAMETOOLONG;
	/* Whoever may enter the folder may knock; who comes in is decided by user id. */
	g->peer.listener = service_listen(path, 0666);
	if (g->peer.listener < 0)
		return g->peer.listener;
	return loop_watch(g->loop, g->peer.listener, EPOLLIN, on_knock, g);
}

void peer_close(struct gate *g)
{
	if (g->peer.sock >= 0)
		(void)close(g->peer.sock);
	(void)close(g->peer.listener);
	ring_clear(&g->peer.ring);
}
