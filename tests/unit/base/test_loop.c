/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/loop.h"

struct seen {
	struct loop *loop;
	int pipes[3][2];
	int calls;
	char order[8];
	size_t count;
};

static void note(struct seen *s, char what)
{
	if (s->count < sizeof s->order)
		s->order[s->count++] = what;
}

static void first(void *user)
{
	note(user, '1');
}

static void second(void *user)
{
	note(user, '2');
}

static void last(void *user)
{
	struct seen *s = user;
	note(s, '3');
	loop_stop(s->loop);
}

static void timers_run_in_the_order_of_their_time(void **state)
{
	(void)state;
	struct seen s = {.loop = loop_new()};
	struct loop_timer a = {0}, b = {0}, c = {0}, never = {0};
	loop_arm(s.loop, &c, 4, last, &s);
	loop_arm(s.loop, &a, 3, first, &s);
	loop_arm(s.loop, &b, 2, second, &s);
	loop_arm(s.loop, &a, 1, first, &s); /* arming again moves it */
	loop_arm(s.loop, &never, 0, first, &s);
	loop_disarm(s.loop, &never);
	loop_run(s.loop);
	assert_int_equal(s.count, 3);
	assert_memory_equal(s.order, "123", 3);
	loop_free(s.loop);
}

/* Whoever is called first takes the other away: the other must not be called. */
static void take_other_away(void *user, uint32_t events)
{
	struct seen *s = user;
	(void)events;
	s->calls++;
	loop_unwatch(s->loop, s->pipes[0][0]);
	loop_unwatch(s->loop, s->pipes[1][0]);
}

static void a_watch_taken_away_in_the_same_turn_is_not_called(void **state)
{
	(void)state;
	struct seen s = {.loop = loop_new()};
	for (int i = 0; i < 2; i++) {
		assert_int_equal(pipe(s.pipes[i]), 0);
		assert_int_equal(loop_watch(s.loop, s.pipes[i][0], EPOLLIN, take_other_away, &s), 0);
		assert_int_equal(write(s.pipes[i][1], "x", 1), 1);
	}
	loop_turn(s.loop, 1000);
	loop_turn(s.loop, 0);
	assert_int_equal(s.calls, 1);
	loop_free(s.loop);
}

static void count_call(void *user, uint32_t events)
{
	struct seen *s = user;
	(void)events;
	s->calls++;
}

/* Whoever is called first takes the other away and watches a third that has nothing to say. */
static void replace_other(void *user, uint32_t events)
{
	struct seen *s = user;
	(void)events;
	note(s, 'r');
	loop_unwatch(s->loop, s->pipes[0][0]);
	loop_unwatch(s->loop, s->pipes[1][0]);
	assert_int_equal(loop_watch(s->loop, s->pipes[2][0], EPOLLIN, count_call, s), 0);
}

static void a_new_watch_does_not_get_the_event_of_one_taken_away_in_the_same_turn(void **state)
{
	(void)state;
	struct seen s = {.loop = loop_new()};
	for (int i = 0; i < 3; i++)
		assert_int_equal(pipe(s.pipes[i]), 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(loop_watch(s.loop, s.pipes[i][0], EPOLLIN, replace_other, &s), 0);
		assert_int_equal(write(s.pipes[i][1], "x", 1), 1);
	}
	loop_turn(s.loop, 1000);
	loop_turn(s.loop, 0);
	assert_int_equal(s.count, 1);
	assert_int_equal(s.calls, 0);
	assert_int_equal(write(s.pipes[2][1], "x", 1), 1);
	loop_turn(s.loop, 1000);
	assert_int_equal(s.calls, 1);
	loop_free(s.loop);
}

/* The shortest of many: on a busy machine any single one may be long. */
static void a_turn_can_be_shorter_than_a_millisecond(void **state)
{
	(void)state;
	struct loop *loop = loop_new();
	struct loop_timer far = {0};
	int64_t shortest = INT64_MAX;
	loop_arm(loop, &far, 60000, NULL, NULL);
	for (int i = 0; i < 200; i++) {
		int64_t since = clock_mono_us();
		loop_turn_us(loop, 200);
		int64_t took = clock_mono_us() - since;
		assert_true(took >= 200);
		shortest = took < shortest ? took : shortest;
	}
	assert_true(shortest < 1000);
	loop_disarm(loop, &far);
	loop_free(loop);
}

static void on_signal(void *user, int signal)
{
	struct seen *s = user;
	s->calls = signal;
	loop_stop(s->loop);
}

static void a_signal_arrives_as_an_event(void **state)
{
	(void)state;
	struct seen s = {.loop = loop_new()};
	loop_signals(s.loop, (const int[]){SIGTERM, 0}, on_signal, &s);
	assert_int_equal(raise(SIGTERM), 0);
	loop_run(s.loop);
	assert_int_equal(s.calls, SIGTERM);
	loop_free(s.loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(timers_run_in_the_order_of_their_time),
		cmocka_unit_test(a_watch_taken_away_in_the_same_turn_is_not_called),
		cmocka_unit_test(a_new_watch_does_not_get_the_event_of_one_taken_away_in_the_same_turn),
		cmocka_unit_test(a_turn_can_be_shorter_than_a_millisecond),
		cmocka_unit_test(a_signal_arrives_as_an_event),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
