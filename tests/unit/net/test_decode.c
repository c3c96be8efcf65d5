/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "guard.h"
#include "net/craft.h"

enum { ROOM = 2048 };

struct bytes {
	uint8_t at[ROOM];
	size_t len;
};

static void add(struct bytes *b, const char *hex)
{
	for (; hex[0] != '\0' && hex[1] != '\0'; hex += 2) {
		while (*hex == ' ')
			hex++;
		char pair[3] = {hex[0], hex[1], '\0'};
		b->at[b->len++] = (uint8_t)strtoul(pair, NULL, 16);
	}
}

static struct bytes of(const char *hex)
{
	struct bytes b = {.len = 0};
	add(&b, hex);
	return b;
}

#define IP4(len, frag, proto) "4500" len "0000" frag "40" proto "0000 c0000201 c6336407"
#define UDP53 "303900350009000041"
#define TCP53 "30390035000000010000000250180100000000004142"
#define ENDS6 "20010db8000000000000000000000001 20010db8000000000000000000000002"
#define IP6(len, next) "60000000" len next "40" ENDS6
/* Destination options: PadN over six bytes; next header first. */
#define DST(next) next "00010400000000"

static const struct row {
	const char *what, *hex;
	enum decode expected;
	uint8_t protocol;
	uint16_t target_port;
	size_t payload;
} rows[] = {
	{"IPv4 UDP", IP4("001d", "0000", "11") UDP53, DECODE_OK, 17, 53, 1},
	{"IPv4 UDP, do not fragment", IP4("001d", "4000", "11") UDP53, DECODE_OK, 17, 53, 1},
	{"IPv4 TCP", IP4("002a", "0000", "06") TCP53, DECODE_OK, 6, 53, 2},
	{"trailing bytes of the frame are ignored", IP4("001d", "0000", "11") UDP53 "ffffff", DECODE_OK, 17,
	 53, 1},
	{"IP length beyond the capture", IP4("001e", "0000", "11") UDP53, DECODE_LENGTH, 17, 53, 0},
	{"IP length smaller than its header", IP4("0013", "0000", "11") UDP53, DECODE_LENGTH, 0, 0, 0},
	{"IP length zero", IP4("0000", "0000", "11") UDP53, DECODE_LENGTH, 0, 0, 0},
	{"header length below five", "4400001d000000004011 0000 c0000201 c6336407" UDP53, DECODE_LENGTH, 0, 0,
	 0},
	{"options keep the ports for evidence", "46000021000000004011 0000 c0000201 c6336407 01010101" UDP53,
	 DECODE_OPTIONS, 17, 53, 0},
	{"first fragment keeps the ports", IP4("001d", "2000", "11") UDP53, DECODE_FRAGMENT, 17, 53, 0},
	{"later fragment has none", IP4("001d", "0001", "11") UDP53, DECODE_FRAGMENT, 0, 0, 0},
	{"ICMP", IP4("001d", "0000", "01") UDP53, DECODE_PROTOCOL, 0, 0, 0},
	{"UDP shorter than the packet", IP4("001e", "0000", "11") UDP53 "42", DECODE_UDP, 17, 53, 0},
	{"UDP longer than the packet", IP4("001c", "0000", "11") "303900350009000041", DECODE_UDP, 17, 53, 0},
	{"data offset below five", IP4("0028", "0000", "06") "3039003500000001000000024018010000000000",
	 DECODE_TCP, 6, 53, 0},
	{"data offset beyond the segment",
	 IP4("0028", "0000", "06") "3039003500000001000000026018010000000000", DECODE_TCP, 6, 53, 0},
	{"IPv6 UDP", IP6("0009", "11") UDP53, DECODE_OK, 17, 53, 1},
	{"IPv6 TCP", IP6("0016", "06") TCP53, DECODE_OK, 6, 53, 2},
	{"IPv6 trailing bytes", IP6("0009", "11") UDP53 "ff", DECODE_OK, 17, 53, 1},
	{"IPv6 length beyond the capture", IP6("000a", "11") UDP53, DECODE_LENGTH, 17, 53, 0},
	{"IPv6 length zero", IP6("0000", "11") UDP53, DECODE_JUMBO, 17, 53, 0},
	{"atomic fragment (N04)", IP6("0011", "2c") "1100000012345678" UDP53, DECODE_OK, 17, 53, 1},
	{"first of several fragments", IP6("0011", "2c") "1100000112345678" UDP53, DECODE_FRAGMENT, 17, 53,
	 0},
	{"later fragment", IP6("0011", "2c") "1100000812345678" UDP53, DECODE_FRAGMENT, 0, 0, 0},
	{"one hop-by-hop header (N05)", IP6("0011", "00") DST("11") UDP53, DECODE_OK, 17, 53, 1},
	{"one destination header (N05)", IP6("0011", "3c") DST("11") UDP53, DECODE_OK, 17, 53, 1},
	{"two hop-by-hop headers (N06)", IP6("0019", "00") DST("00") DST("11") UDP53, DECODE_EXTENSION, 17,
	 53, 0},
	{"hop-by-hop not first", IP6("0019", "3c") DST("00") DST("11") UDP53, DECODE_EXTENSION, 17, 53, 0},
	{"eight headers",
	 IP6("0049", "3c") DST("3c") DST("3c") DST("3c") DST("3c") DST("3c") DST("3c") DST("3c") DST("11")
		 UDP53,
	 DECODE_OK, 17, 53, 1},
	{"nine headers (N06)",
	 IP6("0051", "3c") DST("3c") DST("3c") DST("3c") DST("3c") DST("3c") DST("3c") DST("3c") DST("3c")
		 DST("11") UDP53,
	 DECODE_EXTENSION, 17, 53, 0},
	{"option beyond its header", IP6("0011", "3c") "1100010500000000" UDP53, DECODE_EXTENSION, 17, 53, 0},
	{"jumbo option", IP6("0011", "00") "1100c20400010000" UDP53, DECODE_JUMBO, 17, 53, 0},
	{"routing header 0 with two addresses", IP6("0031", "2b") "1104000200000000" ENDS6 UDP53,
	 DECODE_ROUTING, 17, 53, 0},
	{"routing header 0 without addresses", IP6("0011", "2b") "1100000000000000" UDP53, DECODE_ROUTING, 17,
	 53, 0},
	{"routing header with segments left", IP6("0011", "2b") "1100040100000000" UDP53, DECODE_ROUTING, 17,
	 53, 0},
	{"routing header at its end", IP6("0011", "2b") "1100040000000000" UDP53, DECODE_OK, 17, 53, 1},
	{"authentication header counts in fours", IP6("0015", "33") "110100000000000100000001" UDP53,
	 DECODE_OK, 17, 53, 1},
	{"extension header beyond the packet", IP6("0008", "3c") "1101010400000000", DECODE_SHORT, 0, 0, 0},
	{"no next header", IP6("0009", "3b") UDP53, DECODE_PROTOCOL, 0, 0, 0},
	{"encapsulated payload", IP6("0009", "32") UDP53, DECODE_PROTOCOL, 0, 0, 0},
	{"unknown header", IP6("0009", "fd") UDP53, DECODE_PROTOCOL, 0, 0, 0},
	{"version 5", "5500001d000000004011 0000 c0000201 c6336407" UDP53, DECODE_VERSION, 0, 0, 0},
	{"nothing", "", DECODE_SHORT, 0, 0, 0},
};

static void each_packet_is_read_or_refused_by_its_word(void **state)
{
	struct guard g = guard_new(ROOM);
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct bytes b = of(rows[i].hex);
		struct headers h;
		enum decode got = decode(guard_put(&g, b.at, b.len), &h);
		if (got != rows[i].expected || h.protocol != rows[i].protocol ||
		    h.target_port != rows[i].target_port || h.payload.len != rows[i].payload)
			fail_msg("%s: %s, protocol %u, port %u, payload %zu", rows[i].what, decode_words[got],
				 h.protocol, h.target_port, h.payload.len);
	}
	guard_free(&g);
}

static void a_packet_cut_at_any_byte_is_refused(void **state)
{
	struct guard g = guard_new(ROOM);
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct bytes b = of(rows[i].hex);
		struct headers h;
		if (rows[i].expected != DECODE_OK || strstr(rows[i].what, "railing") != NULL)
			continue;
		for (size_t n = 0; n < b.len; n++) {
			enum decode got = decode(guard_put(&g, b.at, n), &h);
			if (got == DECODE_OK)
				fail_msg("%s cut at %zu was read", rows[i].what, n);
		}
	}
	guard_free(&g);
}

static void more_than_256_bytes_of_extensions_are_too_many(void **state)
{
	struct headers h;
	(void)state;
	for (unsigned units = 30; units <= 32; units++) {
		struct bytes b = of("60000000");
		size_t len = (units + 1) * 8u;
		b.at[b.len++] = (uint8_t)((len + 9) >> 8);
		b.at[b.len++] = (uint8_t)(len + 9);
		add(&b, "3c40" ENDS6 "11");
		b.at[b.len++] = (uint8_t)units;
		memset(b.at + b.len, 0, len - 2);
		b.len += len - 2;
		add(&b, UDP53);
		assert_int_equal(decode(span_of(b.at, b.len), &h),
				 units == 32 ? DECODE_EXTENSION : DECODE_OK);
		assert_int_equal(h.target_port, 53);
	}
}

static void options_of_tcp_are_found_behind_others(void **state)
{
	static const struct {
		const char *options;
		bool md5, timed;
	} cases[] = {
		{"0101080a0000000700000009", false, true},
		{"080a00000007000000090101", false, true},
		{"1312000000000000000000000000000000000000", true, false},
		{"0101131200000000000000000000000000000000 0000", true, false},
		{"0204051813000000", true, false},
		{"00130000", false, false}, /* behind the end of options */
		{"03010813", false, false}, /* a broken one ends them */
		{"0800080a0000000700000009", false, false},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct bytes o = of(cases[i].options);
		while (o.len % 4 != 0)
			o.at[o.len++] = 0;
		struct headers ends = {
			.family = 4, .protocol = PROTOCOL_TCP, .source_port = 9, .target_port = 53};
		struct craft_tcp tcp = {.to_server = true, .flags = TCP_ACK, .options = span_of(o.at, o.len)};
		uint8_t packet[200];
		size_t len = craft_tcp(&ends, &tcp, packet, sizeof packet);
		struct headers h;
		assert_int_equal(decode(span_of(packet, len), &h), DECODE_OK);
		assert_int_equal(h.tcp.md5, cases[i].md5);
		assert_int_equal(h.tcp.timed, cases[i].timed);
		if (h.tcp.timed) {
			assert_int_equal(h.tcp.time, 7);
			assert_int_equal(h.tcp.time_echo, 9);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_packet_is_read_or_refused_by_its_word),
		cmocka_unit_test(a_packet_cut_at_any_byte_is_refused),
		cmocka_unit_test(more_than_256_bytes_of_extensions_are_too_many),
		cmocka_unit_test(options_of_tcp_are_found_behind_others),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
