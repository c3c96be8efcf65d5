/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * TCP. The engine sees the client's side only; that is enough, because it decides what of it ever reaches the server.
 *
 * A flow begins with a SYN. Segments go on at once while their request is incomplete: a server can do nothing with
 * half a question. The segment that completes a request waits until it is judged. When it is stopped, the server
 * gets a reset and never the segment, and the client the answer followed by FIN, as from a resolver that closes
 * after an answer (RFC 7766 6.2.3): later questions come on a new connection, the bytes the server has not seen
 * are nobody's loss. While responses to earlier questions may be on their way, their bytes would stand where the
 * answer belongs; then the stopped segment is kept back until the client has acknowledged them or sends it again.
 *
 * What is forgotten (quiet for ten minutes, crowded out by its own sender, or an engine that died) is reset when it speaks
 * again. A SYN does not help: the kernel remembers open connections for days and marks a SYN inside one; no data goes on
 * behind such a SYN, not one byte that looks like a keep-alive, before the server has answered it, because a server that
 * still waits for the rest of half a request would take the data for that rest.
 *
 * Which packets of a server are seen: only those with data (or SYN) of a web flow that is WATCHED or stopped (its connection
 * mark says so, MARK_WATCH). TLS is watched from the ClientHello until the server's hello: its acknowledgement proves
 * that the server took the very hello that was judged, whatever time to live, checksum or timestamp the segments had,
 * and that it is no HelloRetryRequest proves that no other hello follows. Then the flow is DECIDED, its mark carries the
 * policy generation, and it never comes here again unless a stricter policy began another one: then its next packet ends it.
 * HTTP is watched from a request for a WebSocket, when it is the first
 * of its connection, until the server's answer: 101 decides the flow, anything else leaves it HTTP. After CONNECT the flow
 * stays HTTP whatever the server answers: a tunnel on a port where nobody has a proxy has no purpose but this one. After
 * a stop what the server still sends is dropped.
 */
#ifndef TRYGG_ENGINE_FOLLOW_H
#define TRYGG_ENGINE_FOLLOW_H

#include "engine/engine.h"

enum follow_state {
	FOLLOW_OPEN,
	FOLLOW_WATCHED,  /* open, and the server's answer decides whether it stays so */
	FOLLOW_DECIDED,  /* opaque from here on: the firewall takes it past the queue */
	FOLLOW_HELD,     /* a stopped request waits until its answer has its place */
	FOLLOW_ANSWERED, /* the client has, or gets again, the answer; the server is reset */
	FOLLOW_KILLED,   /* reset on both sides, and again whenever it speaks */
	FOLLOW_IGNORED,  /* observe mode: what cannot be read any more passes */
};

void follow(struct engine *e, const struct headers *h, const struct proto *proto, struct answer_slot *a);
/* A packet of a server to its client. */
void follow_server(struct engine *e, const struct headers *h, const struct proto *proto,
		   struct answer_slot *a);

#endif
