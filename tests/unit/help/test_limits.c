/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/clock.h"
#include "help/limits.h"

static struct address address_of(unsigned n)
{
	return (struct address){.family = 4,
				.bytes = {10, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n}};
}

static int taken(struct limits *l, enum limit what, unsigned who, int64_t mono_ms, int tries)
{
	const struct address a = address_of(who);
	int count = 0;
	for (int i = 0; i < tries; i++)
		count += limits_take(l, what, &a, mono_ms);
	return count;
}

static void one_device_gets_its_share_and_leaves_the_others_theirs(void **state)
{
	struct limits *l = calloc(1, sizeof *l);
	(void)state;
	assert_non_null(l);
	assert_int_equal(taken(l, LIMIT_CONTACT, 1, 1000, 10), 3);
	assert_int_equal(taken(l, LIMIT_CONTACT, 2, 1000, 10), 3);
	assert_int_equal(taken(l, LIMIT_FEEDBACK, 1, 1000, 10), 5);
	assert_int_equal(taken(l, LIMIT_CONTACT, 1, 1000 + 10 * MINUTE_MS, 10), 1);
	assert_int_equal(taken(l, LIMIT_CONTACT, 1, 1000 + HOUR_MS, 10), 3);
	free(l);
}

static void many_devices_together_have_a_limit_too(void **state)
{
	struct limits *l = calloc(1, sizeof *l);
	int count = 0;
	(void)state;
	assert_non_null(l);
	for (unsigned n = 0; n < 5000; n++)
		count += taken(l, LIMIT_CONTACT, n, 1000, 1);
	assert_int_equal(count, 30);
	free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_device_gets_its_share_and_leaves_the_others_theirs),
		cmocka_unit_test(many_devices_together_have_a_limit_too),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
