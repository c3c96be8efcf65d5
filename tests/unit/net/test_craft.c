/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "guard.h"
#include "net/craft.h"

static struct headers ends(uint8_t family, uint8_t protocol)
{
	struct headers h = {.family = family, .protocol = protocol, .source_port = 40000, .target_port = 53};
	size_t len = family == 4 ? 4 : 16;
	for (size_t i = 0; i < len; i++) {
		h.source[i] = (uint8_t)(0x10 + i);
		h.target[i] = (uint8_t)(0xe0 + i);
	}
	return h;
}

/* The sum over pseudo header and segment of a right packet is all ones. */
static void check_sums(const uint8_t *p, size_t len, uint8_t protocol)
{
	size_t head = p[0] >> 4 == 4 ? 20 : 40;
	size_t addresses = head == 20 ? 12 : 8;
	uint32_t sum = craft_sum((uint32_t)(len - head) + protocol, span_of(p + addresses, head - addresses));
	assert_int_equal(craft_fold(craft_sum(sum, span_of(p + head, len - head))), 0);
	if (head == 20)
		assert_int_equal(craft_fold(craft_sum(0, span_of(p, 20))), 0);
}

static void a_datagram_goes_from_the_server_to_the_client_with_right_sums(void **state)
{
	(void)state;
	for (unsigned family = 4; family <= 6; family += 2) {
		for (size_t n = 0; n < 40; n++) {
			struct headers h = ends((uint8_t)family, PROTOCOL_UDP), back;
			uint8_t payload[64], packet[256];
			memset(payload, 0x80 + (int)n, sizeof payload);
			size_t len = craft_udp(&h, span_of(payload, n), packet, sizeof packet);
			assert_int_equal(decode(span_of(packet, len), &back), DECODE_OK);
			assert_int_equal(back.source_port, 53);
			assert_int_equal(back.target_port, 40000);
			assert_memory_equal(back.source, h.target, 16);
			assert_memory_equal(back.target, h.source, 16);
			assert_true(span_equal(back.payload, span_of(payload, n)));
			check_sums(packet, len, PROTOCOL_UDP);
		}
	}
}

static void a_udp_sum_of_zero_is_sent_as_all_ones(void **state)
{
	bool met = false;
	(void)state;
	for (unsigned v = 0; v <= 0xffff && !met; v++) {
		struct headers h = ends(4, PROTOCOL_UDP);
		uint8_t payload[2] = {(uint8_t)(v >> 8), (uint8_t)v}, packet[64];
		size_t len = craft_udp(&h, span_of(payload, 2), packet, sizeof packet);
		assert_int_equal(len, 30);
		assert_false(packet[26] == 0 && packet[27] == 0);
		met = packet[26] == 0xff && packet[27] == 0xff;
	}
	assert_true(met);
}

static void a_segment_goes_either_way_with_right_sums(void **state)
{
	(void)state;
	for (unsigned family = 4; family <= 6; family += 2) {
		for (unsigned way = 0; way < 2; way++) {
			struct headers h = ends((uint8_t)family, PROTOCOL_TCP), got;
			struct craft_tcp tcp = {.to_server = way == 1,
						.seq = 0xfffffff0,
						.ack = 7,
						.flags = TCP_PSH | TCP_ACK,
						.payload = span_text("odd"),
						.options = span_of("\1\1\10\12\0\0\0\1\0\0\0\2", 12)};
			uint8_t packet[256];
			size_t len = craft_tcp(&h, &tcp, packet, sizeof packet);
			assert_int_equal(decode(span_of(packet, len), &got), DECODE_OK);
			assert_int_equal(got.source_port, way == 1 ? 40000 : 53);
			assert_memory_equal(got.source, way == 1 ? h.source : h.target, 16);
			assert_int_equal(got.tcp.seq, 0xfffffff0);
			assert_int_equal(got.tcp.ack, 7);
			assert_int_equal(got.tcp.flags, TCP_PSH | TCP_ACK);
			assert_true(got.tcp.timed);
			assert_true(span_equal(got.payload, tcp.payload));
			check_sums(packet, len, PROTOCOL_TCP);
		}
	}
}

static void what_does_not_fit_is_not_made(void **state)
{
	struct guard g = guard_new(256);
	struct headers h = ends(6, PROTOCOL_TCP);
	struct craft_tcp tcp = {.payload = span_text("payload")};
	(void)state;
	for (size_t room = 0; room < 67; room++) {
		assert_int_equal(craft_tcp(&h, &tcp, guard_room(&g, room), room), 0);
		if (room < 55)
			assert_int_equal(craft_udp(&h, tcp.payload, guard_room(&g, room), room), 0);
	}
	assert_int_equal(craft_tcp(&h, &tcp, guard_room(&g, 67), 67), 67);
	tcp.options = span_of("123", 3);
	assert_int_equal(craft_tcp(&h, &tcp, guard_room(&g, 200), 200), 0);
	guard_free(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_datagram_goes_from_the_server_to_the_client_with_right_sums),
		cmocka_unit_test(a_udp_sum_of_zero_is_sent_as_all_ones),
		cmocka_unit_test(a_segment_goes_either_way_with_right_sums),
		cmocka_unit_test(what_does_not_fit_is_not_made),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
