/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What gate lets an engine say and send: accept or drop, marks of its own, and as replies nothing but TCP or UDP
 * packets of the same conversation. Checked at fixed offsets, on gate's own copies of answer and packet.
 */
#ifndef TRYGG_WIRE_REPLY_H
#define TRYGG_WIRE_REPLY_H

#include "base/span.h"
#include "wire/packet.h"

enum reply_check {
	REPLY_FIT,
	REPLY_NO_BASIS, /* the packet itself cannot be read at fixed offsets: IPv6 extension headers, a
			   fragment */
	REPLY_SHAPE, /* wrong version, options, extension headers, fragment, or a length that is not exact */
	REPLY_PROTOCOL, /* another protocol than the packet's, or neither TCP nor UDP */
	REPLY_ADDRESS,  /* addresses or ports that are not the packet's, turned as `way` says */
};

/*
 * `packet` runs from its IP header on; `reply` likewise: IPv4 without options or IPv6 without extension
 * headers, total length exactly the span's, UDP length exactly the rest, TCP data offset within it. A reply
 * to a packet of REPLY_NO_BASIS is not sent but is no fault of the engine either; every other finding is one.
 */
enum reply_check reply_check(struct span packet, struct span reply, enum reply_way way);

enum answer_check {
	ANSWER_FIT,
	ANSWER_VERDICT, /* neither accept nor drop */
	ANSWER_MARK,    /* bits outside the mask, or MARK_REPLY, which is gate's own */
	ANSWER_REPLY,   /* a reply that may not be sent, or any reply to a notice */
};

/* One answer as ring_take() copied it. `packet` is the packet that it answers, NULL for a poison notice. */
enum answer_check answer_check(const struct answer_slot *a, const struct span *packet, uint32_t mark_mask);

#endif
