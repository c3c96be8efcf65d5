/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/loop.h"
#include "base/service.h"
#include "guard.h"
#include "wire/record.h"

/* The test plays keeper: it accepts, reads and acknowledges by hand. */
struct fake {
	char folder[64], path[96];
	struct loop *loop;
	struct record_client *client;
	int listener, sock;
	struct record last;
	uint64_t received; /* last number read on this connection */
};

static void fake_listen(struct fake *f)
{
	f->listener = service_listen(f->path, 0600);
	assert_true(f->listener >= 0);
}

static void fake_open(struct fake *f, bool listen)
{
	*f = (struct fake){.listener = -1, .sock = -1};
	(void)snprintf(f->folder, sizeof(f->folder), "/tmp/trygg-record-XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	(void)snprintf(f->path, sizeof(f->path), "%s/keeper.sock", f->folder);
	f->loop = loop_new();
	if (listen)
		fake_listen(f);
	f->client = record_client_new(f->loop, f->path, "engine@0");
	assert_non_null(f->client);
}

static void fake_close(struct fake *f)
{
	record_client_free(f->client);
	if (f->sock >= 0)
		close(f->sock);
	if (f->listener >= 0)
		close(f->listener);
	loop_free(f->loop);
	unlink(f->path);
	rmdir(f->folder);
}

static void fake_accept(struct fake *f)
{
	int64_t until_ms = clock_mono_ms() + 5000;

	do {
		f->sock = accept4(f->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (f->sock < 0)
			loop_turn(f->loop, 20);
	} while (f->sock < 0 && clock_mono_ms() < until_ms);
	assert_true(f->sock >= 0);
	f->received = 0;
}

static void fake_hang_up(struct fake *f)
{
	close(f->sock);
	f->sock = -1;
}

/* The next message, or false when none comes. */
static bool fake_read(struct fake *f, int wait_ms)
{
	char message[sizeof(struct record) + 1];
	int64_t until_ms = clock_mono_ms() + wait_ms;

	do {
		ssize_t n = recv(f->sock, message, sizeof(message), 0);
		if (n > 0) {
			assert_int_equal(record_check(message, (size_t)n, &f->last), 0);
			if (f->last.kind == RECORD_APPEND || f->last.kind == RECORD_TALLY) {
				assert_true(f->received == 0 || f->last.nr == f->received + 1);
				f->received = f->last.nr;
			}
			return true;
		}
		loop_turn(f->loop, 5);
	} while (clock_mono_ms() < until_ms);
	return false;
}

static void fake_acknowledge(struct fake *f, uint64_t nr)
{
	struct record r = {.magic = RECORD_MAGIC, .kind = RECORD_ACK, .nr = nr};

	assert_int_equal(send(f->sock, &r, sizeof(r), MSG_NOSIGNAL), sizeof(r));
	loop_turn(f->loop, 5);
}

static void append(struct fake *f, enum record_event event, uint64_t count, const char *name)
{
	struct record r = {.journal = JOURNAL_INCIDENT, .event = (uint8_t)event, .count = count};

	(void)snprintf(r.name, sizeof(r.name), "%s", name);
	record_client_append(f->client, &r);
}

static void a_client_greets_and_numbers_its_records_from_1(void **state)
{
	struct fake f;

	(void)state;
	fake_open(&f, true);
	fake_accept(&f);
	assert_true(fake_read(&f, 1000));
	assert_int_equal(f.last.kind, RECORD_HELLO);
	assert_memory_equal(f.last.src, "engine@0-", 9);
	assert_int_equal(strlen(f.last.src), 9 + 16);
	for (uint64_t nr = 1; nr <= 3; nr++) {
		append(&f, EVENT_INCIDENT, 1, "a.example");
		assert_true(fake_read(&f, 1000));
		assert_int_equal(f.last.kind, RECORD_APPEND);
		assert_int_equal(f.last.nr, nr);
		assert_string_equal(f.last.name, "a.example");
	}
	fake_close(&f);
}

static void what_is_not_acknowledged_is_sent_again_with_its_number(void **state)
{
	struct record_client_stats stats;
	struct fake f;

	(void)state;
	fake_open(&f, true);
	fake_accept(&f);
	for (int i = 0; i < 5; i++)
		append(&f, EVENT_INCIDENT, 1, "a.example");
	while (f.received < 5)
		assert_true(fake_read(&f, 1000));
	fake_acknowledge(&f, 2);
	fake_hang_up(&f);
	append(&f, EVENT_INCIDENT, 1, "b.example");
	fake_accept(&f);
	assert_true(fake_read(&f, 1000));
	assert_int_equal(f.last.kind, RECORD_HELLO);
	for (uint64_t nr = 3; nr <= 6; nr++) {
		assert_true(fake_read(&f, 1000));
		assert_int_equal(f.last.nr, nr);
	}
	fake_acknowledge(&f, 6);
	record_client_stats(f.client, &stats);
	assert_int_equal(stats.waiting, 0);
	assert_int_equal(stats.acknowledged, 6);
	assert_int_equal(stats.connects, 2);
	fake_close(&f);
}

/* Reads and acknowledges until nothing comes; what came, by event. */
static void fake_serve(struct fake *f, uint64_t records[EVENTS], uint64_t counts[EVENTS])
{
	struct record_client_stats stats;

	do {
		while (fake_read(f, 10)) {
			if (f->last.kind != RECORD_APPEND)
				continue;
			records[f->last.event]++;
			counts[f->last.event] += f->last.count;
		}
		fake_acknowledge(f, f->received);
		record_client_stats(f->client, &stats);
	} while (stats.waiting > 0);
}

static void a_full_ring_drops_repeats_before_firsts_and_tells_exactly_how_many(void **state)
{
	uint64_t records[EVENTS] = {0}, counts[EVENTS] = {0};
	struct record_client_stats stats;
	struct fake f;

	(void)state;
	fake_open(&f, false);
	for (int i = 0; i < 1000; i++)
		append(&f, EVENT_REPEAT, 7, "repeat.example");
	for (int i = 0; i < RECORD_RING_MAX; i++)
		append(&f, EVENT_INCIDENT, 1, "first.example");
	append(&f, EVENT_REPEAT, 3, "repeat.example");
	append(&f, EVENT_INCIDENT, 1, "one-too-many.example");
	record_client_stats(f.client, &stats);
	assert_int_equal(stats.waiting, RECORD_RING_MAX);
	assert_int_equal(stats.lost, 7000 + 3 + 1);
	fake_listen(&f);
	fake_accept(&f);
	fake_serve(&f, records, counts);
	assert_int_equal(records[EVENT_INCIDENT], RECORD_RING_MAX);
	assert_int_equal(records[EVENT_REPEAT], 0);
	assert_int_equal(records[EVENT_GAP], 1);
	assert_int_equal(counts[EVENT_GAP], 7004);
	fake_close(&f);
}

static void what_was_on_the_wire_is_never_dropped(void **state)
{
	uint64_t records[EVENTS] = {0}, counts[EVENTS] = {0};
	struct fake f;

	(void)state;
	fake_open(&f, true);
	fake_accept(&f);
	for (int i = 0; i < 10; i++)
		append(&f, EVENT_REPEAT, 2, "sent.example");
	while (f.received < 10)
		assert_true(fake_read(&f, 1000));
	fake_hang_up(&f);
	close(f.listener);
	for (int i = 0; i < RECORD_RING_MAX + 5; i++)
		append(&f, EVENT_INCIDENT, 1, "first.example");
	fake_listen(&f);
	fake_accept(&f);
	fake_serve(&f, records, counts);
	assert_int_equal(counts[EVENT_REPEAT], 20);
	assert_int_equal(records[EVENT_INCIDENT] + counts[EVENT_GAP], RECORD_RING_MAX + 5);
	fake_close(&f);
}

static void a_keeper_that_does_not_read_blocks_nobody(void **state)
{
	struct record_client_stats stats;
	struct fake f;

	(void)state;
	fake_open(&f, true);
	fake_accept(&f);
	alarm(20);
	for (int i = 0; i < 20000; i++)
		append(&f, EVENT_INCIDENT, 1, "a.example");
	alarm(0);
	record_client_stats(f.client, &stats);
	assert_int_equal(stats.waiting + stats.lost, 20000);
	fake_close(&f);
}

static void no_more_than_the_flight_is_sent_before_an_acknowledgement(void **state)
{
	struct fake f;

	(void)state;
	fake_open(&f, true);
	fake_accept(&f);
	for (int i = 0; i < 2 * RECORD_FLIGHT_MAX; i++)
		append(&f, EVENT_INCIDENT, 1, "a.example");
	while (fake_read(&f, 50))
		;
	assert_int_equal(f.received, RECORD_FLIGHT_MAX);
	fake_acknowledge(&f, 1);
	while (fake_read(&f, 50))
		;
	assert_int_equal(f.received, RECORD_FLIGHT_MAX + 1);
	fake_close(&f);
}

static void a_false_acknowledgement_ends_the_connection_and_loses_nothing(void **state)
{
	static const struct record bad[] = {
		{.magic = RECORD_MAGIC, .kind = RECORD_ACK, .nr = 4},
		{.magic = RECORD_MAGIC, .kind = RECORD_APPEND, .nr = 1},
		{.magic = 1, .kind = RECORD_ACK, .nr = 1},
	};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(bad) / sizeof(bad[0]); i++) {
		const struct record *message = &bad[i / 2];
		size_t len = sizeof(*message) - i % 2; /* whole, and one byte short */
		struct fake f;
		fake_open(&f, true);
		fake_accept(&f);
		for (int n = 0; n < 3; n++)
			append(&f, EVENT_INCIDENT, 1, "a.example");
		while (f.received < 3)
			assert_true(fake_read(&f, 1000));
		assert_int_equal(send(f.sock, message, len, MSG_NOSIGNAL), len);
		loop_turn(f.loop, 20);
		fake_hang_up(&f);
		fake_accept(&f);
		assert_true(fake_read(&f, 1000));
		assert_int_equal(f.last.kind, RECORD_HELLO);
		for (uint64_t nr = 1; nr <= 3; nr++) {
			assert_true(fake_read(&f, 1000));
			assert_int_equal(f.last.nr, nr);
		}
		fake_close(&f);
	}
}

static void tallies_of_one_key_are_joined(void **state)
{
	struct fake f;
	uint64_t sum = 0, messages = 0;

	(void)state;
	fake_open(&f, true);
	fake_accept(&f);
	for (int i = 0; i < 1000; i++) {
		struct record r = {.count = 2,
				   .category = "games",
				   .action = "observe",
				   .group = "primary",
				   .name = "secret.example",
				   .subject = "nobody",
				   .time_ms = 1795255200000 + i};
		record_client_tally(f.client, &r);
	}
	while (fake_read(&f, 100)) {
		if (f.last.kind != RECORD_TALLY)
			continue;
		messages++;
		sum += f.last.count;
		assert_string_equal(f.last.name, "");
		assert_string_equal(f.last.subject, "");
		assert_int_equal(f.last.time_ms, 1795219200000); /* the day */
	}
	assert_int_equal(sum, 2000);
	assert_int_equal(messages, 1);
	fake_close(&f);
}

static void windows_are_told_again_after_a_reconnect(void **state)
{
	struct fake f;

	(void)state;
	fake_open(&f, true);
	fake_accept(&f);
	assert_true(fake_read(&f, 1000));
	record_client_windows(f.client, 2);
	assert_true(fake_read(&f, 1000));
	assert_int_equal(f.last.kind, RECORD_OPEN);
	assert_int_equal(f.last.count, 2);
	record_client_windows(f.client, 1);
	assert_true(fake_read(&f, 1000));
	assert_int_equal(f.last.kind, RECORD_CLOSE);
	assert_int_equal(f.last.count, 1);
	fake_hang_up(&f);
	fake_accept(&f);
	assert_true(fake_read(&f, 1000));
	assert_int_equal(f.last.kind, RECORD_HELLO);
	assert_int_equal(f.last.count, 1);
	record_client_end(f.client, 100);
	assert_true(fake_read(&f, 1000));
	assert_int_equal(f.last.kind, RECORD_CLOSE);
	assert_int_equal(f.last.count, 0);
	assert_true(fake_read(&f, 1000));
	assert_int_equal(f.last.kind, RECORD_BYE);
	fake_close(&f);
}

static void an_end_waits_no_longer_than_it_may(void **state)
{
	struct fake f;

	(void)state;
	fake_open(&f, false);
	append(&f, EVENT_INCIDENT, 1, "a.example");
	int64_t since_ms = clock_mono_ms();
	record_client_end(f.client, 200);
	int64_t took_ms = clock_mono_ms() - since_ms;
	assert_in_range(took_ms, 200, 2000);
	fake_close(&f);
}

static void an_end_with_records_left_says_how_many_and_no_goodbye(void **state)
{
	uint64_t sent = 0;
	struct fake f;

	(void)state;
	fake_open(&f, true);
	fake_accept(&f);
	for (int i = 0; i < RECORD_FLIGHT_MAX + 30; i++) {
		append(&f, EVENT_REPEAT, 2, "a.example");
		while (fake_read(&f, 0))
			sent = f.received;
	}
	assert_int_equal(sent, RECORD_FLIGHT_MAX);
	record_client_end(f.client, 50);
	assert_true(fake_read(&f, 1000));
	assert_int_equal(f.last.kind, RECORD_OPEN);
	assert_int_equal(f.last.count, 60);
	assert_false(fake_read(&f, 50));
	fake_close(&f);
}

/* Whoever dies with a queue in front of it leaves a gap all the same. */
static void windows_that_open_are_told_before_what_waits(void **state)
{
	struct fake f;

	(void)state;
	fake_open(&f, false);
	append(&f, EVENT_INCIDENT, 1, "a.example");
	record_client_windows(f.client, 1);
	append(&f, EVENT_INCIDENT, 1, "b.example");
	fake_listen(&f);
	fake_accept(&f);
	assert_true(fake_read(&f, 1000));
	assert_int_equal(f.last.kind, RECORD_HELLO);
	assert_int_equal(f.last.count, 1);
	for (uint64_t nr = 1; nr <= 2; nr++)
		assert_true(fake_read(&f, 1000));
	for (int i = 0; i < RECORD_FLIGHT_MAX + 5; i++)
		append(&f, EVENT_INCIDENT, 1, "c.example");
	record_client_windows(f.client, 9);
	uint64_t opened = 0;
	while (fake_read(&f, 20))
		opened = f.last.kind == RECORD_OPEN ? f.last.count : opened;
	assert_int_equal(opened, 9);
	assert_int_equal(f.received, RECORD_FLIGHT_MAX);
	record_client_windows(f.client, 4);
	assert_false(fake_read(&f, 20)); /* seven records wait in front of it */
	fake_acknowledge(&f, f.received);
	for (int n = 0; n < 7; n++)
		assert_true(fake_read(&f, 1000));
	assert_true(fake_read(&f, 1000));
	assert_int_equal(f.last.kind, RECORD_CLOSE);
	assert_int_equal(f.last.count, 4);
	fake_close(&f);
}

static void only_printable_ascii_leaves_a_client(void **state)
{
	struct fake f;

	(void)state;
	fake_open(&f, true);
	fake_accept(&f);
	assert_true(fake_read(&f, 1000));
	append(&f, EVENT_INCIDENT, 1, "bl\303\245\n\033[2J.example");
	assert_true(fake_read(&f, 1000));
	assert_string_equal(f.last.name, "bl????[2J.example");
	fake_close(&f);
}

/* ---- record_check */

static struct record whole(void)
{
	struct record r = {.magic = RECORD_MAGIC,
			   .kind = RECORD_APPEND,
			   .nr = 1,
			   .src = "engine@0-1",
			   .name = "a.example"};

	return r;
}

static void a_message_of_any_other_length_is_refused(void **state)
{
	struct guard g = guard_new(2 * sizeof(struct record));
	struct record r = whole(), out;
	char twice[2 * sizeof(r)];

	(void)state;
	memcpy(twice, &r, sizeof(r));
	memcpy(twice + sizeof(r), &r, sizeof(r));
	for (size_t n = 0; n <= sizeof(twice); n++) {
		struct span s = guard_put(&g, twice, n);
		assert_int_equal(record_check(s.at, s.len, &out), n == sizeof(r) ? 0 : -EBADMSG);
	}
	guard_free(&g);
}

static void every_text_must_be_clean_and_end(void **state)
{
	struct record r = whole(), out;

	(void)state;
	for (size_t at = offsetof(struct record, src);
	     at < offsetof(struct record, sealed) + RECORD_SEALED_SIZE; at++) {
		static const unsigned char bad[] = {1, '\n', 0x1f, 0x7f, 0x80, 0xff};
		for (size_t i = 0; i < sizeof(bad); i++) {
			r = whole();
			((unsigned char *)&r)[at] = bad[i];
			assert_int_equal(record_check(&r, sizeof(r), &out), -EBADMSG);
		}
	}
	r = whole();
	memset(r.name, 'a', sizeof(r.name));
	assert_int_equal(record_check(&r, sizeof(r), &out), -EBADMSG);
	r.name[sizeof(r.name) - 1] = 0;
	assert_int_equal(record_check(&r, sizeof(r), &out), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_client_greets_and_numbers_its_records_from_1),
		cmocka_unit_test(what_is_not_acknowledged_is_sent_again_with_its_number),
		cmocka_unit_test(a_full_ring_drops_repeats_before_firsts_and_tells_exactly_how_many),
		cmocka_unit_test(what_was_on_the_wire_is_never_dropped),
		cmocka_unit_test(a_keeper_that_does_not_read_blocks_nobody),
		cmocka_unit_test(no_more_than_the_flight_is_sent_before_an_acknowledgement),
		cmocka_unit_test(a_false_acknowledgement_ends_the_connection_and_loses_nothing),
		cmocka_unit_test(tallies_of_one_key_are_joined),
		cmocka_unit_test(windows_are_told_again_after_a_reconnect),
		cmocka_unit_test(an_end_waits_no_longer_than_it_may),
		cmocka_unit_test(an_end_with_records_left_says_how_many_and_no_goodbye),
		cmocka_unit_test(windows_that_open_are_told_before_what_waits),
		cmocka_unit_test(only_printable_ascii_leaves_a_client),
		cmocka_unit_test(a_message_of_any_other_length_is_refused),
		cmocka_unit_test(every_text_must_be_clean_and_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
