/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Verdicts against a model of the kernel's queue: whatever the order of the answers, each packet gets exactly its
 * own verdict and mark, and a batch never speaks for a packet that nobody has judged. gate is a program, not a
 * library, so its modules are included whole.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "gate/flight.c"
#include "gate/queue.c"

enum { PACKETS = 60, ROUNDS = 20000, WAITING = -1 };

struct model {
	int verdict[PACKETS + 1]; /* by kernel id; WAITING while the kernel holds it */
	uint32_t mark[PACKETS + 1];
	unsigned messages;
};

static uint32_t random_state = 12345;

static uint32_t roll(uint32_t n)
{
	random_state = random_state * 1664525 + 1013904223;
	return (random_state >> 8) % n;
}

static void model_verdict(struct model *m, uint32_t id, int verdict, const uint32_t *mark)
{
	m->verdict[id] = verdict;
	m->mark[id] = mark ? *mark : 0;
}

/* nfnetlink_queue.c: a batch takes every entry up to its id, in the order of the list. */
static void model_apply(struct model *m, const struct queue *q)
{
	int left = (int)q->out_len;
	for (const struct nlmsghdr *h = (const void *)q->out; mnl_nlmsg_ok(h, left);
	     h = mnl_nlmsg_next(h, &left)) {
		struct nlattr *a[NFQA_MAX + 1] = {NULL};
		struct nfqnl_msg_verdict_hdr v;
		assert_int_equal(nfq_nlmsg_parse(h, a), MNL_CB_OK);
		assert_non_null(a[NFQA_VERDICT_HDR]);
		assert_null(a[NFQA_PAYLOAD]);
		memcpy(&v, mnl_attr_get_payload(a[NFQA_VERDICT_HDR]), sizeof v);
		uint32_t id = ntohl(v.id), mark = u32(a[NFQA_MARK]);
		bool batch = (h->nlmsg_type & 0xff) == NFQNL_MSG_VERDICT_BATCH;
		for (uint32_t i = batch ? 1 : id; i <= id; i++)
			if (m->verdict[i] == WAITING)
				model_verdict(m, i, (int)ntohl(v.verdict), a[NFQA_MARK] ? &mark : NULL);
		m->messages++;
	}
	assert_int_equal(left, 0);
}

static void answer(struct queue *q, struct flight *f, struct flight_packet *p, bool accept, uint32_t mark)
{
	bool oldest = flight_answer(f, p);
	if (accept)
		queue_accept(q, p->kernel_id, mark, oldest);
	else
		queue_drop(q, p->kernel_id);
}

/* `disorder`: how far ahead of the oldest an answer may come; 1 is in order. */
static void play(uint32_t disorder, uint32_t marks, uint32_t drops)
{
	static struct queue q;
	static struct flight f;
	struct counters count = {0};
	struct model m = {.messages = 0}, want;
	q = (struct queue){.count = &count};
	f = (struct flight){.first = 1, .next = 1};
	for (uint32_t id = 1; id <= PACKETS; id++) {
		m.verdict[id] = WAITING;
		(void)flight_add(&f, id, 0, id);
	}
	want = m;
	while (!flight_empty(&f)) {
		uint64_t id = f.first + roll(disorder);
		struct flight_packet *p = flight_find(&f, id);
		bool accept = roll(100) >= drops;
		uint32_t mark = 0x10000 + roll(marks);
		if (!p)
			continue;
		model_verdict(&want, p->kernel_id, accept ? NF_ACCEPT : NF_DROP, accept ? &mark : NULL);
		answer(&q, &f, p, accept, mark);
		if (roll(8) == 0 || !queue_room(&q)) {
			run_end(&q);
			model_apply(&m, &q);
			q.out_len = 0;
			assert_memory_equal(m.verdict, want.verdict, sizeof m.verdict);
			assert_memory_equal(m.mark, want.mark, sizeof m.mark);
		}
	}
	run_end(&q);
	model_apply(&m, &q);
	assert_memory_equal(m.verdict, want.verdict, sizeof m.verdict);
	assert_memory_equal(m.mark, want.mark, sizeof m.mark);
}

static void every_packet_gets_its_own_verdict_and_mark(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ROUNDS / 100; i++)
		for (uint32_t disorder = 1; disorder < 20; disorder += 3)
			for (uint32_t marks = 1; marks < 4; marks++)
				play(disorder, marks, roll(3) * 20);
}

static void answers_in_order_with_one_mark_become_one_message(void **state)
{
	static struct queue q;
	struct counters count = {0};
	struct model m = {.messages = 0};
	(void)state;
	q = (struct queue){.count = &count};
	for (uint32_t id = 1; id <= PACKETS; id++) {
		m.verdict[id] = WAITING;
		queue_accept(&q, id, 0x10000, true);
	}
	run_end(&q);
	model_apply(&m, &q);
	assert_int_equal(m.messages, 1);
	assert_int_equal(count.batches, 1);
	for (uint32_t id = 1; id <= PACKETS; id++)
		assert_int_equal(m.verdict[id], NF_ACCEPT);
}

static void ids_compare_across_their_wrap(void **state)
{
	(void)state;
	assert_true(is_after(1, 0));
	assert_true(is_after(0, UINT32_MAX));
	assert_false(is_after(UINT32_MAX, 0));
	assert_false(is_after(5, 5));
}

/* ---- flight ---- */

static void only_what_is_in_flight_and_unanswered_is_found(void **state)
{
	static struct flight f = {.first = 1, .next = 1};
	(void)state;
	assert_null(flight_find(&f, 0));
	assert_null(flight_find(&f, 1));
	for (uint32_t i = 0; i < RING_SLOTS; i++)
		(void)flight_add(&f, i, 0, i);
	assert_int_equal(flight_room(&f), 0);
	assert_null(flight_find(&f, 0));
	assert_null(flight_find(&f, RING_SLOTS + 1));
	assert_false(flight_answer(&f, flight_find(&f, 2)));
	assert_null(flight_find(&f, 2));
	assert_int_equal(flight_room(&f), 0); /* the oldest still holds its place */
	assert_true(flight_answer(&f, flight_find(&f, 1)));
	assert_int_equal(flight_room(&f), 2);
	assert_null(flight_find(&f, 1));
	uint64_t from = 0;
	assert_int_equal(flight_each(&f, &from)->id, 3);
	assert_int_equal(flight_each(&f, &from)->id, 4);
	from = RING_SLOTS + 1;
	assert_null(flight_each(&f, &from));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_packet_gets_its_own_verdict_and_mark),
		cmocka_unit_test(answers_in_order_with_one_mark_become_one_message),
		cmocka_unit_test(ids_compare_across_their_wrap),
		cmocka_unit_test(only_what_is_in_flight_and_unanswered_is_found),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
