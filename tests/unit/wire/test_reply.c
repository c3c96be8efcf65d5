/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "guard.h"
#include "wire/reply.h"

#define MASK 0xff0000u

enum { LONGEST = 128 };

/* A query from a client (port 0x1234) to a server (53), and replies that are right both ways. */
struct sample {
	const char *name;
	size_t len, head;
	uint8_t packet[LONGEST];
};

static const struct sample samples[] = {
	{"IPv4 UDP", 20 + 8 + 4, 20, {0x45, 0, 0, 32, 1,    2,    0x40, 0,  64, 17, 0, 0, 10, 0, 0, 2,
				      10,   0, 0, 53, 0x12, 0x34, 0,    53, 0,  12, 0, 0, 1,  2, 3, 4}},
	{"IPv4 TCP", 20 + 20, 20, {0x45, 0, 0,  40, 1,    2,  0x40, 0,    64, 6,  0, 0, 10, 0,
				   0,    2, 10, 0,  0,    53, 0x12, 0x34, 0,  53, 0, 0, 0,  1,
				   0,    0, 0,  0,  0x50, 4,  0,    0,    0,  0,  0, 0}},
	{"IPv6 UDP", 40 + 8 + 4, 40, {0x60, 0, 0, 0,  0,    12,   17,   64, 0xfd, 0,  0, 0, 0, 0, 0, 0, 0, 0,
				      0,    0, 0, 0,  0,    2,    0xfd, 0,  0,    0,  0, 0, 0, 0, 0, 0, 0, 0,
				      0,    0, 0, 53, 0x12, 0x34, 0,    53, 0,    12, 0, 0, 1, 2, 3, 4}},
	{"IPv6 TCP", 40 + 20, 40, {0x60, 0, 0, 0, 0, 20, 6, 64,   0xfd, 0,    0,    0,    0, 0,  0,
				   0,    0, 0, 0, 0, 0,  0, 0,    2,    0xfd, 0,    0,    0, 0,  0,
				   0,    0, 0, 0, 0, 0,  0, 0,    0,    53,   0x12, 0x34, 0, 53, 0,
				   0,    0, 1, 0, 0, 0,  0, 0x50, 4,    0,    0,    0,    0, 0,  0}},
};
enum { SAMPLES = sizeof samples / sizeof *samples };

static void swap(uint8_t *a, uint8_t *b, size_t len)
{
	uint8_t c[16];
	memcpy(c, a, len);
	memcpy(a, b, len);
	memcpy(b, c, len);
}

static void turned(const struct sample *s, uint8_t out[static LONGEST])
{
	size_t address = s->head == 20 ? 12 : 8, len = s->head == 20 ? 4 : 16;
	memcpy(out, s->packet, LONGEST);
	swap(out + address, out + address + len, len);
	swap(out + s->head, out + s->head + 2, 2);
}

static enum reply_check check(const struct sample *s, const uint8_t *reply, size_t len, enum reply_way way)
{
	return reply_check(span_of(s->packet, s->len), span_of(reply, len), way);
}

static void a_reply_of_the_conversation_fits_the_way_it_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		uint8_t back[LONGEST];
		turned(&samples[i], back);
		print_message("%s\n", samples[i].name);
		assert_int_equal(check(&samples[i], back, samples[i].len, REPLY_TO_CLIENT), REPLY_FIT);
		assert_int_equal(check(&samples[i], samples[i].packet, samples[i].len, REPLY_TO_SERVER),
				 REPLY_FIT);
		assert_int_equal(check(&samples[i], back, samples[i].len, REPLY_TO_SERVER), REPLY_ADDRESS);
		assert_int_equal(check(&samples[i], samples[i].packet, samples[i].len, REPLY_TO_CLIENT),
				 REPLY_ADDRESS);
		assert_int_equal(check(&samples[i], back, samples[i].len, (enum reply_way)2), REPLY_ADDRESS);
	}
}

/* Every single bit of a right reply that says who talks to whom, how, and how long it is. */
static void one_wrong_bit_in_what_is_fixed_is_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		const struct sample *s = &samples[i];
		bool is_udp = s->packet[s->head == 20 ? 9 : 6] == 17;
		for (size_t at = 0; at < s->len; at++) {
			bool fixed = at >= s->head ? at < s->head + 4 || (is_udp && at < s->head + 6)
				     : s->head == 20
					     ? at == 0 || at == 2 || at == 3 || at == 7 || at == 9 || at >= 12
					     : at == 4 || at == 5 || at == 6 || at >= 8;
			for (unsigned bit = 0; fixed && bit < 8; bit++) {
				uint8_t reply[LONGEST];
				turned(s, reply);
				reply[at] ^= (uint8_t)(1u << bit);
				if (check(s, reply, s->len, REPLY_TO_CLIENT) == REPLY_FIT)
					fail_msg("%s: byte %zu bit %u changed and still fit", s->name, at,
						 bit);
			}
		}
	}
}

static void fragments_never_fit(void **state)
{
	uint8_t reply[LONGEST];
	(void)state;
	for (unsigned bit = 0; bit < 14; bit++) {
		turned(&samples[0], reply);
		reply[6 + (bit < 8)] ^= (uint8_t)(1u << bit % 8);
		assert_int_equal(check(&samples[0], reply, samples[0].len, REPLY_TO_CLIENT), REPLY_SHAPE);
	}
}

static void a_reply_cut_or_grown_at_any_byte_does_not_fit(void **state)
{
	struct guard g = guard_new(LONGEST);
	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		uint8_t reply[LONGEST];
		turned(&samples[i], reply);
		for (size_t len = 0; len < LONGEST; len++) {
			struct span r = guard_put(&g, reply, len);
			enum reply_check c =
				reply_check(span_of(samples[i].packet, samples[i].len), r, REPLY_TO_CLIENT);
			assert_int_equal(c == REPLY_FIT, len == samples[i].len);
		}
	}
	guard_free(&g);
}

static void a_packet_cut_at_any_byte_is_read_no_further(void **state)
{
	struct guard g = guard_new(LONGEST);
	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		uint8_t reply[LONGEST];
		turned(&samples[i], reply);
		for (size_t len = 0; len <= samples[i].len; len++) {
			struct span packet = guard_put(&g, samples[i].packet, len);
			enum reply_check c =
				reply_check(packet, span_of(reply, samples[i].len), REPLY_TO_CLIENT);
			assert_int_equal(c, len < samples[i].head + 8 ? REPLY_NO_BASIS : REPLY_FIT);
		}
	}
	guard_free(&g);
}

static void a_tcp_offset_outside_the_packet_does_not_fit(void **state)
{
	(void)state;
	for (uint8_t words = 0; words < 16; words++) {
		uint8_t reply[LONGEST];
		turned(&samples[1], reply);
		reply[32] = (uint8_t)(words << 4);
		assert_int_equal(check(&samples[1], reply, samples[1].len, REPLY_TO_CLIENT),
				 words == 5 ? REPLY_FIT : REPLY_SHAPE);
	}
}

static void packets_that_cannot_be_read_at_fixed_offsets_are_no_basis(void **state)
{
	uint8_t reply[LONGEST], packet[LONGEST];
	(void)state;
	turned(&samples[2], reply);
	memcpy(packet, samples[2].packet, LONGEST);
	packet[6] = 60; /* destination options */
	assert_int_equal(
		reply_check(span_of(packet, samples[2].len), span_of(reply, samples[2].len), REPLY_TO_CLIENT),
		REPLY_NO_BASIS);
	turned(&samples[0], reply);
	memcpy(packet, samples[0].packet, LONGEST);
	packet[7] = 1; /* a later fragment */
	assert_int_equal(
		reply_check(span_of(packet, samples[0].len), span_of(reply, samples[0].len), REPLY_TO_CLIENT),
		REPLY_NO_BASIS);
}

static void options_in_the_packet_move_its_ports_and_the_reply_has_none(void **state)
{
	uint8_t packet[LONGEST] = {0}, reply[LONGEST];
	size_t len = samples[0].len + 8;
	(void)state;
	memcpy(packet, samples[0].packet, 20);
	memcpy(packet + 28, samples[0].packet + 20, samples[0].len - 20);
	packet[0] = 0x47;
	packet[3] = (uint8_t)len;
	turned(&samples[0], reply);
	assert_int_equal(reply_check(span_of(packet, len), span_of(reply, samples[0].len), REPLY_TO_CLIENT),
			 REPLY_FIT);
	packet[0] = 0x44;
	assert_int_equal(reply_check(span_of(packet, len), span_of(reply, samples[0].len), REPLY_TO_CLIENT),
			 REPLY_NO_BASIS);
}

static void answers_are_checked_as_the_table_says(void **state)
{
	static const struct {
		uint32_t verdict, mark, replies;
		bool notice;
		enum answer_check want;
	} rows[] = {
		{ANSWER_ACCEPT, 0, 0, false, ANSWER_FIT},
		{ANSWER_DROP, 0, 0, false, ANSWER_FIT},
		{ANSWER_ACCEPT, MASK & ~MARK_REPLY(MASK), 0, false, ANSWER_FIT},
		{2, 0, 0, false, ANSWER_VERDICT},
		{4, 0, 0, false, ANSWER_VERDICT},
		{UINT32_MAX, 0, 0, false, ANSWER_VERDICT},
		{ANSWER_ACCEPT, 1, 0, false, ANSWER_MARK},
		{ANSWER_ACCEPT, 1u << 24, 0, false, ANSWER_MARK},
		{ANSWER_DROP, MARK_REPLY(MASK), 0, false, ANSWER_MARK},
		{ANSWER_DROP, 0, 1, false, ANSWER_FIT},
		{ANSWER_DROP, 0, REPLY_MAX, false, ANSWER_FIT},
		{ANSWER_DROP, 0, 0, true, ANSWER_FIT},
		{ANSWER_DROP, 0, 1, true, ANSWER_REPLY},
	};
	static struct answer_slot a;
	struct span packet = span_of(samples[0].packet, samples[0].len);
	(void)state;
	for (size_t i = 0; i < REPLY_MAX; i++) {
		turned(&samples[0], a.replies[i].bytes);
		a.replies[i].len = (uint32_t)samples[0].len;
	}
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		a.verdict = rows[i].verdict;
		a.mark = rows[i].mark;
		a.reply_count = rows[i].replies;
		assert_int_equal(answer_check(&a, rows[i].notice ? NULL : &packet, MASK), rows[i].want);
	}
	a.reply_count = REPLY_MAX;
	a.replies[REPLY_MAX - 1].bytes[12] ^= 1;
	assert_int_equal(answer_check(&a, &packet, MASK), ANSWER_REPLY);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_reply_of_the_conversation_fits_the_way_it_says),
		cmocka_unit_test(one_wrong_bit_in_what_is_fixed_is_found),
		cmocka_unit_test(fragments_never_fit),
		cmocka_unit_test(a_reply_cut_or_grown_at_any_byte_does_not_fit),
		cmocka_unit_test(a_packet_cut_at_any_byte_is_read_no_further),
		cmocka_unit_test(a_tcp_offset_outside_the_packet_does_not_fit),
		cmocka_unit_test(packets_that_cannot_be_read_at_fixed_offsets_are_no_basis),
		cmocka_unit_test(options_in_the_packet_move_its_ports_and_the_reply_has_none),
		cmocka_unit_test(answers_are_checked_as_the_table_says),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
