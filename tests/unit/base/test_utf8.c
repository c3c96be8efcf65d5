/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/utf8.h"
#include "guard.h"

static void every_character_is_read_as_it_was_written(void **state)
{
	(void)state;
	for (uint32_t c = 0; c <= 0x10ffff; c++) {
		uint8_t bytes[UTF8_MAX];
		uint32_t again = 0;
		size_t len = utf8_write(c, bytes);
		bool surrogate = c >= 0xd800 && c <= 0xdfff;
		assert_in_range(len, 1, UTF8_MAX);
		assert_int_equal(utf8_read(span_of(bytes, len), &again), surrogate ? 0 : len);
		if (!surrogate)
			assert_int_equal(again, c);
		assert_int_equal(utf8_read(span_of(bytes, len - 1), &again), 0);
	}
}

static void what_two_readers_could_read_differently_is_no_character(void **state)
{
	static const char *const wrong[] = {
		"\x80",
		"\xbf",
		"\xc0\x80",
		"\xc1\xbf",
		"\xe0\x80\x80",
		"\xe0\x9f\xbf",
		"\xed\xa0\x80",
		"\xed\xbf\xbf",
		"\xc3(",
		"\xf0\x80\x80\x80",
		"\xf0\x8f\xbf\xbf",
		"\xf4\x90\x80\x80",
		"\xf5\x80\x80",
		"\xf8\x88\x80",
		"\xff",
		"\xe2\x82(",
		"\xe2(\xac",
	};
	struct guard g = guard_new(64);
	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		uint32_t c;
		if (utf8_read(guard_put(&g, wrong[i], strlen(wrong[i])), &c) != 0)
			fail_msg("row %zu", i);
	}
	guard_free(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_character_is_read_as_it_was_written),
		cmocka_unit_test(what_two_readers_could_read_differently_is_no_character),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
