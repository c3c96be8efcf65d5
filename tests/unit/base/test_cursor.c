/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/cursor.h"
#include "guard.h"

static const uint8_t ten[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};

static void integers_are_big_endian(void **state)
{
	(void)state;
	struct reader r = reader_of(span_of(ten, sizeof ten));
	assert_int_equal(reader_u8(&r), 0);
	assert_int_equal(reader_u16(&r), 0x0102);
	assert_int_equal(reader_u32(&r), 0x03040506);
	reader_skip(&r, 3);
	assert_true(reader_ok(&r));
	assert_int_equal(reader_left(&r), 0);
}

static void reading_beyond_the_end_fails_and_stays_failed(void **state)
{
	(void)state;
	struct guard g = guard_new(sizeof ten);
	for (size_t len = 0; len < 4; len++) {
		struct reader r = reader_of(guard_put(&g, ten, len));
		assert_int_equal(reader_u32(&r) & 0xff,
				 0); /* what was there of it may show, the rest is zero */
		assert_false(reader_ok(&r));
		assert_int_equal(reader_left(&r), 0);
		assert_int_equal(reader_u8(&r), 0);
		assert_int_equal(reader_rest(&r).len, 0);
	}
	guard_free(&g);
}

static void a_take_larger_than_any_buffer_does_not_wrap(void **state)
{
	(void)state;
	struct reader r = reader_of(span_of(ten, sizeof ten));
	assert_int_equal(reader_take(&r, SIZE_MAX).len, 0);
	assert_false(reader_ok(&r));
}

static void writing_beyond_the_end_writes_nothing_and_stays_failed(void **state)
{
	(void)state;
	uint8_t room[4] = {9, 9, 9, 9};
	struct writer w = writer_of(room, 3);
	writer_u16(&w, 0x0102);
	writer_u16(&w, 0x0304);
	assert_false(writer_ok(&w));
	writer_u8(&w, 5);
	assert_false(writer_ok(&w));
	assert_int_equal(writer_len(&w), 2);
	assert_int_equal(room[2], 9);
	assert_int_equal(room[3], 9);
}

static void what_is_written_reads_back(void **state)
{
	(void)state;
	uint8_t room[16];
	struct writer w = writer_of(room, sizeof room);
	writer_u8(&w, 0xab);
	writer_u16(&w, 0xcdef);
	writer_u32(&w, 0x12345678);
	writer_span(&w, span_text("ok"));
	struct reader r = reader_of(span_of(room, writer_len(&w)));
	assert_int_equal(reader_u8(&r), 0xab);
	assert_int_equal(reader_u16(&r), 0xcdef);
	assert_int_equal(reader_u32(&r), 0x12345678);
	assert_true(span_equal(reader_rest(&r), span_text("ok")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(integers_are_big_endian),
		cmocka_unit_test(reading_beyond_the_end_fails_and_stays_failed),
		cmocka_unit_test(a_take_larger_than_any_buffer_does_not_wrap),
		cmocka_unit_test(writing_beyond_the_end_writes_nothing_and_stays_failed),
		cmocka_unit_test(what_is_written_reads_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
