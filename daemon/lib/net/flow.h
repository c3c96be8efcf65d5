/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The flows an engine remembers: a bounded table with a keyed hash (SipHash, so that no client can choose who
 * collides) that compares the whole key. Every flow belongs to a client; a client who opens more flows than
 * one client may loses his own oldest ones, and only a full table makes everybody's oldest flow give way. A
 * flow that gave way is forgotten, which for the engine is a strange flow: reset when it speaks again, never
 * passed.
 */
#ifndef TRYGG_NET_FLOW_H
#define TRYGG_NET_FLOW_H

#include "net/decode.h"
#include "net/stream.h"

/* Without padding, all of it compared and hashed. Client and server are source and target of the SYN. */
struct flow_key {
	uint8_t family, protocol;
	uint16_t zone; /* reserved for connection tracking zones; 0 */
	uint16_t client_port, server_port;
	uint8_t client[16], server[16];
};

struct flow_key flow_key(const struct headers *h);
/* Of a packet that the server sent. */
struct flow_key flow_key_back(const struct headers *h);

struct flow_client;

struct flow {
	struct flow_key key;
	struct stream stream;
	int64_t seen_ms; /* monotonic, of the last packet */
	bool ended;      /* FIN or RST was seen, and nothing new since; remembered all the same (T12) */
	bool restarted;  /* begun by a SYN while an older connection was remembered */
	bool unsure; /* begun by a SYN where an older one was open and is forgotten; the server has not agreed */
	/* The engine's own: */
	uint8_t state;
	uint8_t generation;  /* of the policy that passed it; 0: none has yet */
	bool asked;          /* a request passed whose response may still be on its way */
	uint32_t asked_ack;  /* what the client had acknowledged when it asked */
	uint32_t server_seq; /* where the server stands after a reset */
	uint32_t said_end;   /* behind what the server's answer decides about */
	uint32_t server_low; /* the lowest number of the server's data since then */
	bool server_heard;   /* there was some */
	bool in_body;        /* behind a request, before the end of its message */
	/* private to flow.c */
	uint8_t *memory; /* of the protocol */
	size_t memory_size;
	struct flow *next; /* in the bucket, or of the free list */
	struct flow *newer, *older;
	struct flow *client_newer, *client_older;
	struct flow_client *client;
};

struct flow_limits {
	uint32_t flows; /* of all clients */
	uint32_t flows_a_client;
	size_t bytes; /* of stream memory, of all clients */
	size_t bytes_a_client;
};

struct flow_stats {
	uint64_t opened;
	uint64_t evicted_own; /* gave way to flows of the same client */
	uint64_t evicted_all; /* gave way because the table or its memory was full */
	uint64_t expired;
	uint32_t live, clients;
};

struct flow_table;

/* NULL when there is no memory. The table takes memory as flows come. */
struct flow_table *flow_table_new(const struct flow_limits *limits);
void flow_table_free(struct flow_table *t);

/* The flow, now the newest of all; NULL when it is not remembered. Valid until the next flow_open/expire. */
struct flow *flow_find(struct flow_table *t, const struct flow_key *key, int64_t now_ms);
/* A fresh flow for a key that is not there; never NULL. */
struct flow *flow_open(struct flow_table *t, const struct flow_key *key, int64_t now_ms);
void flow_remove(struct flow_table *t, struct flow *f);
/* Forgets flows without a packet for `idle_ms`, oldest first, at most `most` of them a call. */
void flow_expire(struct flow_table *t, int64_t now_ms, int64_t idle_ms, unsigned most);

/* stream_push() on the flow's memory; when the memory of all is used up, the oldest flows give way first. */
enum stream_push flow_push(struct flow_table *t, struct flow *f, uint32_t seq, struct span payload);
/* The protocol's own memory of a flow: zero when it is first asked for, NULL when there is none. */
void *flow_memory(struct flow_table *t, struct flow *f, size_t size);
/* Gives back all memory of the flow, the protocol's too. */
void flow_clear(struct flow_table *t, struct flow *f);

const struct flow_stats *flow_stats(const struct flow_table *t);
size_t flow_bytes(const struct flow_table *t);

#endif
