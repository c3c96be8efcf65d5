/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When the queue is read in steps: never while packets are few, never longer than promised, whatever the clock does.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "gate/pace.c"

enum { LONG_AGO_US = 1000000000, SECOND_US = 1000000 };

/* Packets at an even rate, `gulp` at a time, for a second; how often pacing began or ended. */
static unsigned play(struct pace *p, int64_t *now_us, uint32_t rate, uint32_t gulp)
{
	unsigned changes = 0;
	int64_t until = *now_us + SECOND_US;
	for (; *now_us < until; *now_us += (int64_t)SECOND_US * gulp / rate)
		changes += pace_count(p, gulp, *now_us);
	return changes;
}

static void few_packets_are_read_at_once(void **state)
{
	static const uint32_t rates[] = {1, 50, 2000, 5000, 9000};
	(void)state;
	for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
		struct pace p = {0};
		int64_t now = LONG_AGO_US;
		assert_int_equal(play(&p, &now, rates[i], 1), 0);
		assert_int_equal(p.step_us, 0);
		assert_int_equal(pace_wait_us(&p, now), 0);
	}
}

static void many_packets_are_read_in_steps_of_a_batch(void **state)
{
	static const struct {
		uint32_t rate, gulp, step;
	} rows[] = {{12000, 1, PACE_STEP_US}, {50000, 10, PACE_STEP_US}, {100000, 16, 160}, {800000, 64, 20}};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct pace p = {0};
		int64_t now = LONG_AGO_US;
		assert_int_equal(play(&p, &now, rows[i].rate, rows[i].gulp), 1);
		assert_in_range(p.step_us, rows[i].step * 9 / 10, rows[i].step * 11 / 10);
	}
}

static void what_has_begun_goes_on_down_to_a_lower_rate(void **state)
{
	(void)state;
	struct pace p = {0};
	int64_t now = LONG_AGO_US;
	assert_int_equal(play(&p, &now, 20000, 1), 1);
	assert_int_equal(play(&p, &now, 8000, 1), 0);
	assert_true(p.step_us > 0);
	assert_int_equal(play(&p, &now, 5000, 1), 1);
	assert_int_equal(p.step_us, 0);
	assert_int_equal(play(&p, &now, 8000, 1), 0);
}

static void the_first_packet_after_a_silence_ends_the_steps(void **state)
{
	(void)state;
	struct pace p = {0};
	int64_t now = LONG_AGO_US;
	(void)play(&p, &now, 20000, 1);
	now += 10 * (int64_t)SECOND_US;
	assert_true(pace_count(&p, 64, now));
	assert_int_equal(pace_wait_us(&p, now), 0);
}

static void nobody_waits_longer_than_a_step(void **state)
{
	(void)state;
	struct pace p = {0};
	int64_t now = LONG_AGO_US;
	(void)play(&p, &now, 20000, 1);
	pace_step(&p, now);
	assert_int_equal(pace_wait_us(&p, now), PACE_STEP_US);
	assert_int_equal(pace_wait_us(&p, now + PACE_STEP_US - 1), 1);
	assert_int_equal(pace_wait_us(&p, now + PACE_STEP_US), 0);
	assert_int_equal(pace_wait_us(&p, now + SECOND_US), 0);
	assert_int_equal(pace_wait_us(&p, now - SECOND_US), PACE_STEP_US);
	pace_end(&p);
	assert_int_equal(pace_wait_us(&p, now), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(few_packets_are_read_at_once),
		cmocka_unit_test(many_packets_are_read_in_steps_of_a_batch),
		cmocka_unit_test(what_has_begun_goes_on_down_to_a_lower_rate),
		cmocka_unit_test(the_first_packet_after_a_silence_ends_the_steps),
		cmocka_unit_test(nobody_waits_longer_than_a_step),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
