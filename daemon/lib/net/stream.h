/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One direction of a TCP connection, from client to server, and the promise that no position of it is ever
 * forwarded in two versions.
 *
 * A stream remembers the bytes it has let pass: those of the request that is not yet whole, those that
 * arrived ahead of a hole, and history before them: 64 KiB, and where memory is to spare close to a mebibyte, because a server
 * that lost a segment on its side of the gateway gets it again only after all that was in flight behind it. What comes again is compared with that
 * memory byte by byte; the first difference is a conflict, and the caller ends the connection. What can no
 * longer be compared because it is older than the memory is not forwarded. So the server, whatever it does
 * with overlaps, decoys and retransmissions, reads exactly the bytes that were judged.
 *
 * Positions are 64-bit offsets from the first byte after SYN; sequence numbers are mapped to the nearest
 * position (RFC 9293 3.4), so that 2^32 is an offset like any other.
 */
#ifndef TRYGG_NET_STREAM_H
#define TRYGG_NET_STREAM_H

#include "base/span.h"
#include "net/pool.h"

enum {
	STREAM_AHEAD_MAX = 65536,   /* bytes beyond the first hole */
	STREAM_HISTORY_MAX = 65536, /* bytes remembered after they were judged */
	STREAM_SPARE_MAX = 1 << 20, /* the same where memory is to spare, with what waits beyond holes */
	STREAM_ISLANDS_MAX = 64,    /* runs of bytes beyond holes */
};

enum stream_push {
	STREAM_TAKEN,    /* new or an identical repetition: may go on once judged */
	STREAM_OLD,      /* older than memory: drop the segment */
	STREAM_FAR,      /* beyond the window: drop the segment */
	STREAM_CONFLICT, /* another version of bytes that passed: end the connection */
	STREAM_FULL,     /* no memory, or too many holes: end the connection */
};

struct islands;

struct stream {
	uint32_t first;          /* sequence number of position 0 */
	uint32_t size;           /* of bytes */
	int64_t low;             /* position of bytes[0] */
	int64_t front;           /* first position the parser has not taken; low <= front <= edge */
	int64_t edge;            /* end of what arrived without a hole */
	uint8_t *bytes;          /* owned, from the pool; NULL before the first byte */
	struct islands *islands; /* owned, from the pool; NULL when nothing waits beyond a hole */
};

/* Begins behind a SYN with sequence number `isn`. Any earlier contents must have been cleared. */
void stream_begin(struct stream *s, uint32_t isn);
/* Gives the memory back; the positions stay. */
void stream_clear(struct stream *s, struct pool *pool, struct quota *client);
/* Changes nothing unless it answers STREAM_TAKEN. */
enum stream_push stream_push(struct stream *s, struct pool *pool, struct quota *client, uint32_t seq,
			     struct span payload);
/* What arrived in order and was not taken yet; valid until the next push. */
struct span stream_front(const struct stream *s);
/* The parser took `len` bytes of the front. */
void stream_take(struct stream *s, size_t len);
/* The sequence number of a position. */
uint32_t stream_seq(const struct stream *s, int64_t position);
/* The position of a sequence number, the nearest to the edge; negative before the stream. */
int64_t stream_position(const struct stream *s, uint32_t seq);
/* The end of all that arrived, beyond holes too: the client's SND.NXT as far as it was seen. */
int64_t stream_end(const struct stream *s);
/* A keep-alive: nothing or one byte right before the end (RFC 9293 3.8.4: the byte may be garbage). */
bool stream_is_probe(const struct stream *s, uint32_t seq, size_t len);

#endif
