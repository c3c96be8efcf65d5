/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One engine: what it knows (world), what it remembers (flows, report), what it counts. There is one a process; it is
 * passed around because nothing else is global.
 */
#ifndef TRYGG_ENGINE_ENGINE_H
#define TRYGG_ENGINE_ENGINE_H

#include "engine/counters.h"
#include "engine/world.h"
#include "net/flow.h"
#include "proto/proto.h"
#include "wire/token.h"
#include "wire/packet.h"

struct loop;
struct report;

/* A packet and what is known about it, whatever source it came from. */
struct packet {
	struct span bytes; /* from the IP header on */
	size_t wire_len;   /* larger than bytes.len: captured short */
	uint8_t flags;     /* PACKET_* of the ring */
	bool resumed;      /* a SYN where the kernel still knows an open connection (MARK_RESUMED) */
	uint64_t number;   /* in a capture, from 1 */
};

/* One request and what was decided about it, for `-r`. */
struct outcome {
	uint64_t packet; /* number of the packet that completed it */
	const char *proto, *name, *category;
	enum action action;
	const char *rule;
};
typedef void outcome_call(void *user, const struct outcome *o);

struct asking;

struct engine {
	const char *conf_path;
	int number; /* of the queue */
	struct world *world;
	struct flow_table *flows;
	struct report *report; /* NULL in replay */
	struct counters counters;
	uint8_t generation;      /* of the policy (wire/generation.h) */
	bool unsettled;          /* the policy is, or may be, stricter than its generation says */
	int64_t now_ms, wall_ms; /* of this batch of packets */
	bool sealing;            /* help can read our tokens */
	uint8_t token_key[TOKEN_KEY_SIZE];
	int64_t help_until_ms; /* wall clock: until then help's certificate is good, as it said last */
	int64_t help_asked_ms; /* monotonic */
	int64_t since_ms;      /* wall clock of the start */

	/*
	 * Replay: a capture shows what was asked, not what would have been asked after a stop, so a stopped
	 * connection goes on; and nothing is recorded.
	 */
	outcome_call *outcome;
	void *outcome_user;
	struct asking *asking; /* of a replay, for confidential lists; NULL when packets are real */

#ifdef TRYGG_TEST_CLOCK
	const char *abort_name; /* a test's packet to die of */
#endif
	/* Scratch of one packet, here because it is large. */
	const struct packet *packet;
	struct request request;
	struct rule_hits hits;
	struct decision decision;
	struct url url;
	char location[TOKEN_TEXT_SIZE + CONF_ORIGIN_SIZE]; /* of the help page, with a token */
	char note[STOP_NOTE_MAX + 1];                      /* of the present stop (DNS) */
};

/* Prepares an engine; the world becomes its own. 0 or a negative errno. */
int engine_init(struct engine *e, const char *conf_path, int number, struct world *world);
void engine_clear(struct engine *e);
/* Loads what is on disk and swaps; on failure the old stays and `why` says what is wrong. */
int engine_reload(struct engine *e, char *why, size_t why_size);
/* Whether flows that the present policy passed might be stopped by this one. */
bool engine_stricter(const struct engine *e, const struct world *fresh);
/* Reads the clocks, once a batch. */
void engine_tick(struct engine *e);

#endif
