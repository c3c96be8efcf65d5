/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a taken-over engine may leave in the answers' memory: taken and checked as gate does it. An answer that passes
 * is looked at again here by other code, written from DESIGN 3.1 and not from reply.c.
 *
 * Input: u16 length of the packet, the packet, u32 the engine's index, then the memory of the first answer slots.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wire/reply.h"
#include "wire/ring.h"

enum { SLOTS = 4, MASK = 0xff0000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool held)
{
	if (!held)
		abort();
}

/* The source address, destination address, source port and destination port, joined. */
static size_t ends_of(const uint8_t *ip, bool back, uint8_t out[static 36])
{
	bool is_ip4 = ip[0] >> 4 == 4;
	size_t n = is_ip4 ? 4 : 16, at = is_ip4 ? 12 : 8, head = is_ip4 ? (size_t)(ip[0] & 15) * 4 : 40;
	memcpy(out + (back ? n : 0), ip + at, n);
	memcpy(out + (back ? 0 : n), ip + at + n, n);
	memcpy(out + 2 * n + (back ? 2 : 0), ip + head, 2);
	memcpy(out + 2 * n + (back ? 0 : 2), ip + head + 2, 2);
	return 2 * n + 4;
}

static void look_again(struct span packet, const struct reply_slot *r)
{
	uint8_t a[36], b[36];
	bool is_ip4 = packet.at[0] >> 4 == 4;
	require(r->way <= REPLY_TO_SERVER && r->len <= REPLY_BYTES_MAX && r->len >= (is_ip4 ? 28 : 48));
	require(packet.at[0] >> 4 == r->bytes[0] >> 4);
	uint8_t protocol = r->bytes[is_ip4 ? 9 : 6];
	require((protocol == 6 || protocol == 17) && protocol == packet.at[is_ip4 ? 9 : 6]);
	size_t n = ends_of(packet.at, r->way == REPLY_TO_CLIENT, a);
	require(n == ends_of(r->bytes, false, b) && memcmp(a, b, n) == 0);
	size_t announced = (size_t)r->bytes[is_ip4 ? 2 : 4] << 8 | r->bytes[is_ip4 ? 3 : 5];
	require(announced + (is_ip4 ? 0 : 40) == r->len);
	require(!is_ip4 || ((r->bytes[6] & 0x3f) == 0 && r->bytes[7] == 0));
}

static void look(struct span packet, const struct answer_slot *a)
{
	if (answer_check(a, NULL, MASK) == ANSWER_FIT)
		require(a->reply_count == 0);
	if (answer_check(a, &packet, MASK) != ANSWER_FIT)
		return;
	require(a->verdict <= 1 && (a->mark & ~(uint32_t)MASK) == 0 && a->reply_count <= REPLY_MAX);
	for (uint32_t i = 0; i < a->reply_count; i++) {
		const struct reply_slot *r = &a->replies[i];
		if (reply_check(packet, span_of(r->bytes, r->len), r->way) == REPLY_FIT)
			look_again(packet, r);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct ring ring;
	static struct answer_slot copy;
	uint16_t len;
	uint32_t index;
	if (!ring.packets)
		require(ring_make(&ring, 1) == 0);
	if (size < sizeof len + sizeof index)
		return 0;
	memcpy(&len, data, sizeof len);
	struct span rest = span_from(span_of(data, size), sizeof len);
	if (rest.len < len + sizeof index)
		return 0;
	struct span packet = span_of(rest.at, len);
	rest = span_from(rest, len);
	memcpy(&index, rest.at, sizeof index);
	rest = span_from(rest, sizeof index);
	uint8_t *memory = ring.answers + RING_HEADER_BYTES;
	memset(memory, 0, (size_t)SLOTS * RING_ANSWER_BYTES);
	memcpy(memory, rest.at, rest.len < SLOTS * RING_ANSWER_BYTES ? rest.len : SLOTS * RING_ANSWER_BYTES);
	atomic_store(&((struct ring_header *)(void *)ring.answers)->written, index);
	ring.taken = ring.seen = 0;
	int looked = ring_look(&ring);
	require(looked == (index > RING_SLOTS ? -EBADMSG : 0));
	for (unsigned i = 0; looked == 0 && i < SLOTS && ring_take(&ring, &copy) > 0; i++)
		look(packet, &copy);
	return 0;
}
