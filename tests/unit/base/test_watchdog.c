/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/watchdog.h"

/* The test plays manager: an abstract socket that counts signs of life. */
static int manager_open(void)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	char name[64];
	int n = snprintf(name, sizeof name, "@trygg-watchdog-%ld", (long)getpid());
	memcpy(at.sun_path, name, (size_t)n);
	at.sun_path[0] = '\0';
	int sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_true(sock >= 0);
	assert_int_equal(bind(sock, (struct sockaddr *)&at,
			      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)n)),
			 0);
	assert_int_equal(setenv("NOTIFY_SOCKET", name, 1), 0);
	return sock;
}

static int signs(int manager, struct loop *loop, int64_t for_ms)
{
	int count = 0;
	for (int64_t until = clock_mono_ms() + for_ms; clock_mono_ms() < until;) {
		char text[64] = "";
		loop_turn(loop, 10);
		while (recv(manager, text, sizeof text - 1, 0) > 0)
			count += strcmp(text, "WATCHDOG=1") == 0;
	}
	return count;
}

static void as_long_as_the_loop_turns_the_manager_hears_of_it_twice_in_its_time(void **state)
{
	(void)state;
	int manager = manager_open();
	struct loop *loop = loop_new();
	struct watchdog w;
	assert_int_equal(setenv("WATCHDOG_USEC", "100000", 1), 0);
	assert_int_equal(unsetenv("WATCHDOG_PID"), 0);
	watchdog_begin(&w, loop);
	assert_int_equal(w.every_ms, 50);
	assert_in_range(signs(manager, loop, 1000), 3, 21);
	watchdog_stop(&w);
	(void)signs(manager, loop, 10);
	assert_int_equal(signs(manager, loop, 150), 0);
	loop_free(loop);
	close(manager);
}

static void nothing_is_told_to_a_manager_that_does_not_ask_or_asks_somebody_else(void **state)
{
	static const char *const cases[][2] = {{NULL, NULL}, {"100000", "1"}, {"0", NULL},
					       {"-5", NULL}, {"x", NULL},     {"99999999999999999999", NULL}};
	(void)state;
	int manager = manager_open();
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct loop *loop = loop_new();
		struct watchdog w;
		(void)(cases[i][0] ? setenv("WATCHDOG_USEC", cases[i][0], 1) : unsetenv("WATCHDOG_USEC"));
		(void)(cases[i][1] ? setenv("WATCHDOG_PID", cases[i][1], 1) : unsetenv("WATCHDOG_PID"));
		watchdog_begin(&w, loop);
		assert_int_equal(signs(manager, loop, 20), 0);
		watchdog_stop(&w);
		loop_free(loop);
	}
	close(manager);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_long_as_the_loop_turns_the_manager_hears_of_it_twice_in_its_time),
		cmocka_unit_test(nothing_is_told_to_a_manager_that_does_not_ask_or_asks_somebody_else),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
