/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Verdicts never carry a payload: the kernel has panicked on short ones (CVE-2022-36946). A verdict message is
 * answered by the kernel only when it is refused; such answers come in between packets and are counted.
 */
#include "gate/queue.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <libnetfilter_queue/libnetfilter_queue.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "wire/packet.h"

enum { VERDICT_BYTES = 64, DRAIN_MAX = 1 << 22 };

int queue_init(struct queue *q, int fd, int kernel, uint16_t number, struct counters *count)
{
	*q = (struct queue){.fd = fd, .kernel = kernel, .number = number, .count = count, .readable = true};
	q->buffers = malloc((size_t)QUEUE_BATCH * QUEUE_MESSAGE);
	if (!q->buffers)
		return -ENOMEM;
	for (size_t i = 0; i < QUEUE_BATCH; i++) {
		q->parts[i] = (struct iovec){q->buffers + i * QUEUE_MESSAGE, QUEUE_MESSAGE};
		q->messages[i].msg_hdr = (struct msghdr){.msg_iov = &q->parts[i], .msg_iovlen = 1};
	}
	return 0;
}

void queue_clear(struct queue *q)
{
	free(q->buffers);
	q->buffers = NULL;
}

/* Ids wrap. */
static bool is_after(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) > 0;
}

/* ---- Packets ---- */

static uint32_t u32(const struct nlattr *a)
{
	return a ? ntohl(mnl_attr_get_u32(a)) : 0;
}

static uint8_t flags_of(const struct nlattr *info)
{
	uint32_t kernel = u32(info);
	return (uint8_t)((kernel & NFQA_SKB_GSO ? PACKET_GSO : 0) |
			 (kernel & NFQA_SKB_CSUMNOTREADY ? PACKET_CSUM_NOT_READY : 0));
}

static bool packet_of(const struct nlmsghdr *head, struct queued *p)
{
	struct nlattr *a[NFQA_MAX + 1] = {NULL};
	if (nfq_nlmsg_parse(head, a) < 0 || !a[NFQA_PACKET_HDR])
		return false;
	struct nfqnl_msg_packet_hdr packet;
	memcpy(&packet, mnl_attr_get_payload(a[NFQA_PACKET_HDR]), sizeof packet);
	*p = (struct queued){
		.id = ntohl(packet.packet_id),
		.hw_protocol = ntohs(packet.hw_protocol),
		.hook = packet.hook,
		.mark = u32(a[NFQA_MARK]),
		.in_ifindex = u32(a[NFQA_IFINDEX_INDEV]),
		.flags = flags_of(a[NFQA_SKB_INFO]),
	};
	if (a[NFQA_PAYLOAD])
		p->bytes = span_of(mnl_attr_get_payload(a[NFQA_PAYLOAD]),
				   mnl_attr_get_payload_len(a[NFQA_PAYLOAD]));
	/* Present only when it was cut. A packet without any payload counts as cut, too. */
	p->wire_len = a[NFQA_CAP_LEN] ? u32(a[NFQA_CAP_LEN]) : p->bytes.len > 0 ? (uint32_t)p->bytes.len : 1;
	return true;
}

static void repeat(struct queue *q, uint32_t last, uint32_t count);

static void message(struct queue *q, const struct mmsghdr *m, queue_take *take, void *user)
{
	const struct nlmsghdr *head = m->msg_hdr.msg_iov->iov_base;
	struct queued p;
	if (!mnl_nlmsg_ok(head, (int)m->msg_len))
		return;
	if (head->nlmsg_type == NLMSG_ERROR) {
		q->count->verdict_errors++;
		return;
	}
	if (head->nlmsg_type != (NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_PACKET) || !packet_of(head, &p))
		return;
	if (q->ask_first) {
		q->ask_first = false;
		repeat(q, p.id, QUEUE_BATCH + 1);
	}
	if (q->restarted && !is_after(p.id, q->stale)) {
		q->count->stale++;
		return;
	}
	if (q->restarted && !is_after(p.id, q->repeated))
		p.flags |= PACKET_REPEAT;
	q->last = p.id;
	q->read_any = true;
	take(user, &p);
}

unsigned queue_read(struct queue *q, unsigned max, queue_take *take, void *user)
{
	if (max > QUEUE_BATCH)
		max = QUEUE_BATCH;
	int got = recvmmsg(q->fd, q->messages, max, MSG_DONTWAIT, NULL);
	if (got < 0) {
		/* The kernel could not hand a packet over and has counted it; others wait. */
		if (errno == ENOBUFS)
			q->count->overruns++;
		else if (errno != EINTR)
			q->readable = false;
		return 0;
	}
	q->readable = (unsigned)got == max;
	for (int i = 0; i < got; i++)
		message(q, &q->messages[i], take, user);
	return (unsigned)got;
}

/* ---- Verdicts ---- */

bool queue_room(const struct queue *q)
{
	return q->out_len + (size_t)3 * VERDICT_BYTES <= sizeof q->out;
}

static void put(struct queue *q, int type, uint32_t id, int verdict, const uint32_t *mark)
{
	struct nlmsghdr *m = nfq_nlmsg_put(q->out + q->out_len, type, q->number);
	nfq_nlmsg_verdict_put(m, (int)id, verdict);
	if (mark)
		nfq_nlmsg_verdict_put_mark(m, *mark);
	q->out_len += m->nlmsg_len; /* a multiple of four */
}

/* The run ends: what it gathered becomes one message. */
static void run_end(struct queue *q)
{
	if (!q->run)
		return;
	q->run = false;
	bool one = q->run_first == q->run_last;
	put(q, one ? NFQNL_MSG_VERDICT : NFQNL_MSG_VERDICT_BATCH, q->run_last, NF_ACCEPT, &q->run_mark);
	q->count->batches += !one;
}

void queue_accept(struct queue *q, uint32_t id, uint32_t mark, bool oldest)
{
	if (q->run && oldest && q->run_mark == mark) {
		q->run_last = id;
		return;
	}
	run_end(q);
	if (oldest) {
		q->run = true;
		q->run_first = q->run_last = id;
		q->run_mark = mark;
	} else {
		put(q, NFQNL_MSG_VERDICT, id, NF_ACCEPT, &mark);
	}
}

void queue_drop(struct queue *q, uint32_t id)
{
	run_end(q);
	put(q, NFQNL_MSG_VERDICT, id, NF_DROP, NULL);
}

void queue_decide_all(struct queue *q, bool accept)
{
	run_end(q);
	if (q->read_any)
		put(q, NFQNL_MSG_VERDICT_BATCH, q->last, accept ? NF_ACCEPT : NF_DROP, NULL);
}

int queue_flush(struct queue *q)
{
	struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	run_end(q);
	if (q->out_len == 0)
		return 0;
	ssize_t sent;
	do {
		sent = sendto(q->fd, q->out, q->out_len, 0, (struct sockaddr *)&kernel, sizeof kernel);
	} while (sent < 0 && errno == EINTR);
	if (sent < 0) {
		q->count->verdict_errors++;
		return -errno;
	}
	q->out_len = 0;
	return 0;
}

/* ---- After another gate ---- */

int queue_ask(const struct queue *q, struct queue_state *s)
{
	char text[4096], *save;
	ssize_t got = pread(q->kernel, text, sizeof text - 1, 0);
	if (got < 0)
		return -errno;
	text[got] = '\0';
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		unsigned number, port, mode, range;
		struct queue_state found;
		if (sscanf(line, "%u %u %u %u %u %u %u %u", &number, &port, &found.waiting, &mode, &range,
			   &found.dropped, &found.user_dropped, &found.last_id) == 8 &&
		    number == q->number) {
			*s = found;
			return 0;
		}
	}
	return -ENOENT;
}

static void forget(void *user, const struct queued *p)
{
	(void)user;
	(void)p;
}

/* Everything up to `last` comes again, under new ids. */
static void repeat(struct queue *q, uint32_t last, uint32_t count)
{
	struct queue_state after;
	q->stale = last;
	q->restarted = true;
	put(q, NFQNL_MSG_VERDICT_BATCH, last, NF_REPEAT, NULL);
	(void)queue_flush(q);
	q->repeated = queue_ask(q, &after) == 0 ? after.last_id : last + count;
}

void queue_restart(struct queue *q)
{
	struct queue_state now;
	uint32_t drained = 0;
	/* It ends: what is not decided counts against the queue's length, so that no more comes than that. */
	for (unsigned n = 0; q->readable && n < DRAIN_MAX; n++)
		drained += queue_read(q, QUEUE_BATCH, forget, NULL);
	q->readable = true;
	/* A message can be read a moment before the kernel counts its packet as waiting: what was drained is repeated
	 * whatever the count says, and the verdict waits for the kernel's lock. */
	if (queue_ask(q, &now) == 0) {
		if (now.waiting > 0 || q->read_any)
			repeat(q, q->read_any && is_after(q->last, now.last_id) ? q->last : now.last_id, 0);
	} else if (q->read_any) {
		repeat(q, q->last, drained + QUEUE_BATCH);
	} else {
		q->ask_first = true;
	}
}
