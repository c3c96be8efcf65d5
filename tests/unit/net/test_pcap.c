/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>

#include "guard.h"
#include "net/pcap.h"

enum { ROOM = 4096 };

struct file {
	uint8_t at[ROOM];
	size_t len;
	bool little;
};

static void u16(struct file *f, uint16_t v)
{
	f->at[f->len++] = (uint8_t)(f->little ? v : v >> 8);
	f->at[f->len++] = (uint8_t)(f->little ? v >> 8 : v);
}

static void u32(struct file *f, uint32_t v)
{
	u16(f, (uint16_t)(f->little ? v : v >> 16));
	u16(f, (uint16_t)(f->little ? v >> 16 : v));
}

static void raw(struct file *f, const char *hex)
{
	for (; *hex != '\0'; hex += 2) {
		unsigned v;
		assert_int_equal(sscanf(hex, "%2x", &v), 1);
		f->at[f->len++] = (uint8_t)v;
	}
}

static void classic(struct file *f, bool little, uint32_t magic, uint32_t link)
{
	*f = (struct file){.little = little};
	u32(f, magic);
	u16(f, 2);
	u16(f, 4);
	u32(f, 0);
	u32(f, 0);
	u32(f, 65535);
	u32(f, link);
}

static void record(struct file *f, const char *hex, uint32_t cut)
{
	uint32_t len = (uint32_t)strlen(hex) / 2;
	u32(f, 1);
	u32(f, 2);
	u32(f, len);
	u32(f, len + cut);
	raw(f, hex);
}

#define MACS "020000000001020000000002"
static const struct {
	const char *what;
	uint32_t link;
	const char *frame;
	size_t packet;
} links[] = {
	{"raw IP", 101, "45aabb", 3},
	{"raw IP of BSD", 12, "45aabb", 3},
	{"raw IPv4", 228, "45aabb", 3},
	{"raw IPv6", 229, "60aabb", 3},
	{"Ethernet", 1, MACS "080045aabb", 3},
	{"Ethernet, IPv6", 1, MACS "86dd60aabb", 3},
	{"Ethernet with a VLAN tag", 1, MACS "81000005080045aabb", 3},
	{"Ethernet with two VLAN tags", 1,
	 MACS "88a80005810000060800"
	      "45aabb",
	 3},
	{"Ethernet, ARP", 1, MACS "0806aabbcc", 0},
	{"Ethernet cut in its header", 1, MACS "08", 0},
	{"Linux cooked", 113,
	 "00000001000602000000000100000800"
	 "45aabb",
	 3},
	{"Linux cooked, VLAN", 113,
	 "00000001000602000000000100008100000186dd"
	 "60aabb",
	 3},
	{"Linux cooked 2", 276,
	 "0800000000000002000100060200000000010000"
	 "45aabb",
	 3},
	{"Linux cooked 2, ARP", 276,
	 "0806000000000002000100060200000000010000"
	 "45aabb",
	 0},
	{"BSD loopback, little-endian", 0, "0200000045aabb", 3},
	{"BSD loopback, big-endian IPv6", 0, "0000001e60aabb", 3},
	{"OpenBSD loopback", 108, "0000001860aabb", 3},
	{"BSD loopback, another family", 0, "0700000045aabb", 0},
	{"a frame check sequence is said in the upper bits", 0x54000001, MACS "080045aabb", 3},
};

static void the_ip_packet_is_found_on_every_link(void **state)
{
	static const uint32_t magics[] = {0xa1b2c3d4, 0xa1b23c4d};
	(void)state;
	for (size_t i = 0; i < 4 * sizeof links / sizeof links[0]; i++) {
		size_t n = i / 4;
		struct file f;
		struct pcap p;
		struct pcap_packet got;
		classic(&f, i % 2 == 0, magics[i / 2 % 2], links[n].link);
		record(&f, links[n].frame, 0);
		record(&f, links[n].frame, 7);
		assert_int_equal(pcap_open(&p, span_of(f.at, f.len)), 0);
		for (unsigned k = 1; k <= 2; k++) {
			assert_int_equal(pcap_next(&p, &got), PCAP_PACKET);
			assert_int_equal(got.number, k);
			if (got.packet.len != links[n].packet)
				fail_msg("%s: %zu bytes", links[n].what, got.packet.len);
			bool cut = k == 2 && links[n].packet > 0;
			assert_int_equal(got.wire_len, links[n].packet + (cut ? 7 : 0));
		}
		assert_int_equal(pcap_next(&p, &got), PCAP_END);
	}
}

static void block(struct file *f, uint32_t type, const char *hex, uint32_t first, unsigned words)
{
	uint32_t pad = (uint32_t)(4 - strlen(hex) / 2 % 4) % 4;
	uint32_t len = 12 + 4 * words + (uint32_t)strlen(hex) / 2 + pad;
	u32(f, type);
	u32(f, len);
	if (words == 1)
		u32(f, first);
	if (words == 5) {
		u32(f, first);
		u32(f, 0);
		u32(f, 0);
		u32(f, (uint32_t)strlen(hex) / 2);
		u32(f, (uint32_t)strlen(hex) / 2);
	}
	raw(f, hex);
	for (; pad > 0; pad--)
		f->at[f->len++] = 0;
	u32(f, len);
}

static void section(struct file *f, bool little)
{
	f->little = little;
	u32(f, 0x0a0d0d0a);
	u32(f, 28);
	u32(f, 0x1a2b3c4d);
	u16(f, 1);
	u16(f, 0);
	u32(f, 0xffffffff);
	u32(f, 0xffffffff);
	u32(f, 28);
}

static struct file next_generation(bool little)
{
	struct file f = {.len = 0};
	section(&f, little);
	block(&f, 1, little ? "6500000000000000" : "0065000000000000", 0, 0);
	block(&f, 1, little ? "0100000000000000" : "0001000000000000", 0, 0);
	block(&f, 6, "45aabbcc01", 0, 5);
	block(&f, 5, "0000", 0, 1); /* statistics: none of ours */
	block(&f, 6, MACS "080045aa", 1, 5);
	block(&f, 3, "45aa", 2, 1);
	section(&f, !little);
	block(&f, 1, little ? "0065000000000000" : "6500000000000000", 0, 0);
	block(&f, 6, "60aabb", 0, 5);
	return f;
}

static void next_generation_captures_are_read_over_their_sections(void **state)
{
	static const size_t expected[] = {5, 2, 2, 3};
	(void)state;
	for (unsigned little = 0; little < 2; little++) {
		struct file f = next_generation(little == 1);
		struct pcap p;
		struct pcap_packet got;
		assert_int_equal(pcap_open(&p, span_of(f.at, f.len)), 0);
		for (size_t i = 0; i < 4; i++) {
			assert_int_equal(pcap_next(&p, &got), PCAP_PACKET);
			assert_int_equal(got.number, i + 1);
			assert_int_equal(got.packet.len, expected[i]);
		}
		assert_int_equal(pcap_next(&p, &got), PCAP_END);
	}
}

static void a_capture_cut_at_any_byte_ends_without_reading_beyond(void **state)
{
	struct guard g = guard_new(ROOM);
	struct file files[2] = {next_generation(true)};
	(void)state;
	classic(&files[1], true, 0xa1b2c3d4, 1);
	record(&files[1], MACS "81000005080045aabb", 0);
	record(&files[1], MACS "080045aabb", 0);
	for (unsigned i = 0; i < 2; i++) {
		for (size_t n = 0; n < files[i].len; n++) {
			struct pcap p;
			struct pcap_packet got;
			unsigned packets = 0;
			if (pcap_open(&p, guard_put(&g, files[i].at, n)) < 0)
				continue;
			while (pcap_next(&p, &got) == PCAP_PACKET)
				packets++;
			assert_true(packets < 4);
		}
	}
	guard_free(&g);
}

static void what_is_no_capture_is_refused(void **state)
{
	struct file f;
	struct pcap p;
	(void)state;
	assert_int_equal(pcap_open(&p, span_of("", 0)), -EBADMSG);
	assert_int_equal(pcap_open(&p, span_text("{\"json\": 1, \"and\": \"more of it\"}")), -EBADMSG);
	classic(&f, true, 0xa1b2c3d4, 105); /* IEEE 802.11 */
	assert_int_equal(pcap_open(&p, span_of(f.at, f.len)), -ENOTSUP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_ip_packet_is_found_on_every_link),
		cmocka_unit_test(next_generation_captures_are_read_over_their_sections),
		cmocka_unit_test(a_capture_cut_at_any_byte_ends_without_reading_beyond),
		cmocka_unit_test(what_is_no_capture_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
