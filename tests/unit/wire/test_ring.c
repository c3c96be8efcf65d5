/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Both ends of the ring in one process, joined by a socket pair. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire/ring.h"

enum { GENERATION = 7 };

struct pair {
	struct ring ring;
	struct ring_end *end;
	int pipe[2];
	uint64_t next_id;
	struct answer_slot answer;
};

static int pair_open(void **state)
{
	static struct pair p;
	int socks[2];
	p = (struct pair){0};
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, socks), 0);
	assert_int_equal(pipe(p.pipe), 0);
	assert_int_equal(ring_make(&p.ring, GENERATION), 0);
	assert_int_equal(ring_hand_over(&p.ring, socks[0], p.pipe[0]), 0);
	assert_int_equal(ring_enter(socks[1], &p.end), 0);
	(void)close(socks[0]);
	*state = &p;
	return 0;
}

static int pair_close(void **state)
{
	struct pair *p = *state;
	ring_leave(p->end);
	ring_clear(&p->ring);
	(void)close(p->pipe[0]);
	(void)close(p->pipe[1]);
	return 0;
}

static void offer(struct pair *p, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		struct packet_slot *s = ring_slot(&p->ring, p->ring.filled++);
		*s = (struct packet_slot){.id = ++p->next_id, .len = 3};
		memcpy(s->bytes, "abc", 3);
	}
	ring_publish(&p->ring, p->ring.filled);
}

static bool rings(int fd)
{
	struct pollfd f = {.fd = fd, .events = POLLIN};
	return poll(&f, 1, 0) == 1;
}

static struct ring_header *answers_of(const struct pair *p)
{
	return (void *)p->ring.answers;
}

/* As gate does at the beginning of a turn, then one answer. */
static int take(struct pair *p)
{
	int rc = ring_look(&p->ring);
	return rc < 0 ? rc : ring_take(&p->ring, &p->answer);
}

static void accept_all(void *user, const struct packet_slot *p, struct answer_slot *a)
{
	(void)user;
	assert_memory_equal(p->bytes, "abc", 3);
	a->verdict = ANSWER_ACCEPT;
}

static void a_packet_goes_over_and_its_answer_comes_back(void **state)
{
	struct pair *p = *state;
	assert_int_equal(ring_end_generation(p->end), GENERATION);
	assert_int_equal(take(p), 0);
	offer(p, 1);
	assert_int_equal(ring_serve(p->end, accept_all, NULL), 1);
	assert_int_equal(take(p), 1);
	assert_int_equal(p->answer.id, 1);
	assert_int_equal(p->answer.verdict, ANSWER_ACCEPT);
	assert_int_equal(p->answer.reply_count, 0);
	assert_int_equal(take(p), 0);
}

static void say_nothing(void *user, const struct packet_slot *p, struct answer_slot *a)
{
	(void)user;
	(void)p;
	(void)a;
}

static void an_answer_that_nobody_filled_in_is_a_drop(void **state)
{
	struct pair *p = *state;
	memset(p->ring.answers + RING_HEADER_BYTES, 0xff, sizeof(struct answer_slot));
	offer(p, 1);
	(void)ring_serve(p->end, say_nothing, NULL);
	assert_int_equal(take(p), 1);
	assert_int_equal(p->answer.verdict, ANSWER_DROP);
	assert_int_equal(p->answer.mark, 0);
	assert_int_equal(p->answer.reply_count, 0);
}

/* While packet n is judged, exactly the answers before it are there: what is unanswered is what one may die of. */
static void look_back(void *user, const struct packet_slot *packet, struct answer_slot *a)
{
	struct pair *p = user;
	(void)a;
	for (uint64_t id = p->answer.id + 1; id < packet->id; id++) {
		assert_int_equal(take(p), 1);
		assert_int_equal(p->answer.id, id);
	}
	assert_int_equal(take(p), 0);
}

static void each_answer_is_published_before_the_next_packet_is_touched(void **state)
{
	struct pair *p = *state;
	offer(p, 20);
	assert_int_equal(ring_serve(p->end, look_back, p), 20);
}

static void the_ring_goes_round_many_times(void **state)
{
	struct pair *p = *state;
	for (unsigned turn = 0; turn < 3 * RING_SLOTS; turn += 48) {
		offer(p, 48);
		assert_int_equal(ring_serve(p->end, accept_all, NULL), 48);
		for (unsigned i = 0; i < 48; i++)
			assert_int_equal(take(p), 1);
	}
	assert_int_equal(p->answer.id, p->next_id);
}

static void a_whole_ring_of_packets_is_judged_in_one_go(void **state)
{
	struct pair *p = *state;
	offer(p, RING_SLOTS);
	assert_int_equal(ring_serve(p->end, accept_all, NULL), RING_SLOTS);
	for (unsigned i = 0; i < RING_SLOTS; i++)
		assert_int_equal(take(p), 1);
	assert_int_equal(take(p), 0);
}

static void what_is_not_published_is_not_judged(void **state)
{
	struct pair *p = *state;
	p->ring.filled = 3;
	ring_publish(&p->ring, 1);
	assert_int_equal(ring_serve(p->end, say_nothing, NULL), 1);
}

static void an_index_beyond_the_ring_ends_the_generation(void **state)
{
	static const uint32_t lies[] = {RING_SLOTS + 1, UINT32_MAX, 1u << 31, 0xdeadbeef};
	struct pair *p = *state;
	for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
		atomic_store(&answers_of(p)->written, lies[i]);
		assert_int_equal(take(p), -EBADMSG);
	}
}

static void what_is_published_after_the_look_waits_for_the_next_one(void **state)
{
	struct pair *p = *state;
	offer(p, 2);
	assert_int_equal(ring_look(&p->ring), 0);
	assert_int_equal(ring_serve(p->end, accept_all, NULL), 2);
	assert_int_equal(ring_take(&p->ring, &p->answer), 0);
	assert_false(ring_sleep(&p->ring));
	assert_int_equal(take(p), 1);
	assert_int_equal(ring_take(&p->ring, &p->answer), 1);
}

static void counts_and_lengths_beyond_their_limits_end_the_generation(void **state)
{
	struct pair *p = *state;
	struct answer_slot *a = (void *)(p->ring.answers + RING_HEADER_BYTES);
	a->reply_count = REPLY_MAX + 1;
	atomic_store(&answers_of(p)->written, 1);
	assert_int_equal(take(p), -EMSGSIZE);
	p->ring.taken = p->ring.seen = 0;
	a->reply_count = 1;
	a->replies[0].len = REPLY_BYTES_MAX + 1;
	assert_int_equal(take(p), -EMSGSIZE);
	p->ring.taken = p->ring.seen = 0;
	a->replies[0].len = REPLY_BYTES_MAX;
	assert_int_equal(take(p), 1);
}

static void replies_are_copied_and_later_changes_do_not_matter(void **state)
{
	struct pair *p = *state;
	struct answer_slot *a = (void *)(p->ring.answers + RING_HEADER_BYTES);
	a->reply_count = 2;
	a->replies[1].len = 4;
	memcpy(a->replies[1].bytes, "good", 4);
	atomic_store(&answers_of(p)->written, 1);
	assert_int_equal(take(p), 1);
	memcpy(a->replies[1].bytes, "evil", 4);
	a->replies[1].len = 9999;
	assert_int_equal(p->answer.replies[1].len, 4);
	assert_memory_equal(p->answer.replies[1].bytes, "good", 4);
}

static void the_engine_is_rung_only_while_it_sleeps(void **state)
{
	struct pair *p = *state;
	int bell = ring_end_bell(p->end);
	assert_false(rings(bell));
	offer(p, 1);
	assert_true(rings(bell)); /* it has not looked yet */
	assert_int_equal(ring_serve(p->end, say_nothing, NULL), 1);
	assert_false(rings(bell));
	atomic_store(&answers_of(p)->sleeping, 0);
	offer(p, 1);
	assert_false(rings(bell));
	atomic_store(&answers_of(p)->sleeping, 1);
	offer(p, 1);
	assert_true(rings(bell));
}

static void offer_more(void *user, const struct packet_slot *packet, struct answer_slot *a)
{
	struct pair *p = user;
	(void)a;
	if (packet->id <= 2)
		offer(p, 1);
}

static void when_more_came_meanwhile_the_bell_stays_readable(void **state)
{
	struct pair *p = *state;
	offer(p, 1);
	unsigned judged = 0;
	for (unsigned calls = 0; rings(ring_end_bell(p->end)); calls++) {
		assert_true(calls < 4);
		judged += ring_serve(p->end, offer_more, p);
	}
	assert_int_equal(judged, 3);
}

static void gate_is_rung_only_while_it_sleeps(void **state)
{
	struct pair *p = *state;
	offer(p, 1);
	(void)ring_serve(p->end, say_nothing, NULL);
	assert_false(rings(p->ring.gate_bell));
	assert_int_equal(take(p), 1);
	offer(p, 1);
	assert_true(ring_sleep(&p->ring));
	(void)ring_serve(p->end, say_nothing, NULL);
	assert_true(rings(p->ring.gate_bell));
}

static void gate_does_not_sleep_while_an_answer_waits(void **state)
{
	struct pair *p = *state;
	assert_true(ring_sleep(&p->ring));
	ring_awake(&p->ring);
	offer(p, 1);
	(void)ring_serve(p->end, say_nothing, NULL);
	assert_false(ring_sleep(&p->ring));
}

/* The engine's own descriptors, as an attacker would use them: found by what they are. */
static int descriptor_of(const char *memfd)
{
	char path[64], link[128];
	for (int fd = 3; fd < 64; fd++) {
		(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
		ssize_t n = readlink(path, link, sizeof link - 1);
		link[n > 0 ? n : 0] = '\0';
		if (strstr(link, memfd))
			return fd;
	}
	fail();
	return -1;
}

static void the_memory_is_sealed(void **state)
{
	(void)state;
	int packets = descriptor_of("trygg-packets"), answers = descriptor_of("trygg-answers");
	assert_int_equal(fcntl(packets, F_GET_SEALS),
			 F_SEAL_FUTURE_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
	assert_int_equal(fcntl(answers, F_GET_SEALS), F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
	assert_int_equal(ftruncate(packets, 0), -1);
	assert_int_equal(ftruncate(answers, 0), -1);
	assert_int_equal(write(packets, "x", 1), -1);
	assert_ptr_equal(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, packets, 0), MAP_FAILED);
}

static void an_engine_that_is_not_let_in_yet_is_told_to_wait(void **state)
{
	struct ring_end *end = NULL;
	int socks[2];
	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, socks), 0);
	assert_int_equal(ring_enter(socks[1], &end), -EAGAIN);
	(void)close(socks[0]);
	assert_int_equal(ring_enter(socks[1], &end), -ECONNRESET);
	assert_null(end);
	(void)close(socks[1]);
}

static void a_hello_of_another_build_is_refused(void **state)
{
	struct ring_hello hello = {RING_MAGIC + 1, 1};
	struct ring_end *end = NULL;
	int socks[2];
	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, socks), 0);
	assert_int_equal(send(socks[0], &hello, sizeof hello, 0), sizeof hello);
	assert_int_equal(ring_enter(socks[1], &end), -EPROTO);
	assert_int_equal(send(socks[0], &hello, sizeof hello - 1, 0), sizeof hello - 1);
	assert_int_equal(ring_enter(socks[1], &end), -EPROTO);
	assert_null(end);
	(void)close(socks[0]);
	(void)close(socks[1]);
}

static void clearing_what_was_never_made_does_nothing(void **state)
{
	struct ring r = {0};
	(void)state;
	ring_clear(&r);
	ring_leave(NULL);
	assert_true(fcntl(0, F_GETFD) >= 0 || errno == EBADF);
}

#define IN_PAIR(test) cmocka_unit_test_setup_teardown(test, pair_open, pair_close)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		IN_PAIR(a_packet_goes_over_and_its_answer_comes_back),
		IN_PAIR(an_answer_that_nobody_filled_in_is_a_drop),
		IN_PAIR(each_answer_is_published_before_the_next_packet_is_touched),
		IN_PAIR(the_ring_goes_round_many_times),
		IN_PAIR(a_whole_ring_of_packets_is_judged_in_one_go),
		IN_PAIR(what_is_not_published_is_not_judged),
		IN_PAIR(an_index_beyond_the_ring_ends_the_generation),
		IN_PAIR(what_is_published_after_the_look_waits_for_the_next_one),
		IN_PAIR(counts_and_lengths_beyond_their_limits_end_the_generation),
		IN_PAIR(replies_are_copied_and_later_changes_do_not_matter),
		IN_PAIR(the_engine_is_rung_only_while_it_sleeps),
		IN_PAIR(when_more_came_meanwhile_the_bell_stays_readable),
		IN_PAIR(gate_is_rung_only_while_it_sleeps),
		IN_PAIR(gate_does_not_sleep_while_an_answer_waits),
		IN_PAIR(the_memory_is_sealed),
		cmocka_unit_test(an_engine_that_is_not_let_in_yet_is_told_to_wait),
		cmocka_unit_test(a_hello_of_another_build_is_refused),
		cmocka_unit_test(clearing_what_was_never_made_does_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
