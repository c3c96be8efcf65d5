/* SPDX-License-Identifier: GPL-2.0-or-later */
/* decode(): whatever it reads, what it hands on lies inside the packet, and answering it makes a packet that decodes. */
#include <stdlib.h>

#include "net/craft.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool fine)
{
	if (!fine)
		abort();
}

static bool inside(struct span outer, struct span inner)
{
	return inner.len == 0 || (inner.at >= outer.at && inner.len <= outer.len &&
				  (size_t)(inner.at - outer.at) <= outer.len - inner.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct headers h, back;
	uint8_t packet[256];
	size_t len;
	struct span in = span_of(data, size);
	if (decode(in, &h) != DECODE_OK) {
		check(h.payload.len == 0 && h.transport.len == 0);
		return 0;
	}
	check(inside(in, h.payload) && inside(in, h.transport));
	if (h.protocol == PROTOCOL_UDP) {
		len = craft_udp(&h, span_of("answer", 6), packet, sizeof packet);
	} else {
		struct craft_tcp tcp = {
			.seq = h.tcp.ack, .flags = TCP_ACK, .options = span_from(h.transport, 20)};
		len = craft_tcp(&h, &tcp, packet, sizeof packet);
	}
	check(len > 0 && decode(span_of(packet, len), &back) == DECODE_OK);
	check(back.source_port == h.target_port && memcmp(back.target, h.source, sizeof h.source) == 0);
	return 0;
}
