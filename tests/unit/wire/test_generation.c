/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/file.h"
#include "wire/generation.h"
#include "wire/packet.h"

static char folder[] = "/tmp/trygg-generation-XXXXXX", path[64];

static int make_folder(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	return snprintf(path, sizeof path, "%s/policy", folder) < 0;
}

static int drop_folder(void **state)
{
	(void)state;
	(void)unlink(path);
	return rmdir(folder);
}

static void what_was_written_is_read_again(void **state)
{
	struct generation g = {.number = 62, .policy = "0123456789abcdef"}, read;
	(void)state;
	assert_int_equal(generation_read(folder, &read), -ENOENT);
	assert_int_equal(read.number, 1);
	assert_string_equal(read.policy, "");
	assert_int_equal(generation_write(folder, &g), 0);
	assert_int_equal(generation_read(folder, &read), 0);
	assert_int_equal(read.number, 62);
	assert_string_equal(read.policy, g.policy);
}

static void anything_else_is_generation_1_of_nothing(void **state)
{
	static const char *const texts[] = {
		"",
		"7",
		"7 0123456789abcdef",
		"07 0123456789abcdef\n",
		"0 0123456789abcdef\n",
		"63 0123456789abcdef\n",
		"-7 0123456789abcdef\n",
		"7  0123456789abcdef\n",
		"7 0123456789ABCDEF\n",
		"7 0123456789abcdef\n\n",
		"7 0123456789abcdefa\n",
		"777777777777777777777 0123456789abcdef\n",
	};
	struct generation g;
	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		assert_int_equal(file_replace(path, 0644, texts[i], strlen(texts[i])), 0);
		assert_true(generation_read(folder, &g) < 0);
		assert_int_equal(g.number, 1);
		assert_string_equal(g.policy, "");
	}
}

static void numbers_go_round_and_never_meet_those_with_a_meaning_of_their_own(void **state)
{
	uint8_t number = 1;
	(void)state;
	for (int i = 0; i < 1000; i++) {
		uint8_t next = generation_next(number);
		assert_int_not_equal(next, number);
		assert_true(next > 0 && next <= MARK_GENERATIONS && next != MARK_WATCHED);
		number = next;
	}
	assert_int_equal(generation_next(MARK_GENERATIONS), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_written_is_read_again),
		cmocka_unit_test(anything_else_is_generation_1_of_nothing),
		cmocka_unit_test(numbers_go_round_and_never_meet_those_with_a_meaning_of_their_own),
	};
	return cmocka_run_group_tests_name("generation", tests, make_folder, drop_folder);
}
