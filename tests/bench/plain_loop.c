/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The baseline of the bench: libnetfilter_queue's own example, nf-queue.c, reduced to what it does for a packet: one
 * recv, the attributes parsed, one verdict sent. It accepts everything.
 *
 *   plain_loop QUEUE [CORE]      prints "ready" when the queue is bound; ends by SIGTERM
 */
#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <libnetfilter_queue/libnetfilter_queue.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { QUEUE_LENGTH = 8192, RECEIVE_BYTES = 32 << 20, COPY_MAX = 65531 };

struct plain {
	struct mnl_socket *nl;
	uint32_t queue;
};

_Noreturn static void die(const char *what)
{
	perror(what);
	exit(2);
}

static void verdict(const struct plain *p, uint32_t id)
{
	char buffer[256];
	struct nlmsghdr *m = nfq_nlmsg_put(buffer, NFQNL_MSG_VERDICT, p->queue);
	nfq_nlmsg_verdict_put(m, (int)id, NF_ACCEPT);
	if (mnl_socket_sendto(p->nl, m, m->nlmsg_len) < 0)
		die("mnl_socket_sendto");
}

static int packet(const struct nlmsghdr *m, void *user)
{
	struct nlattr *a[NFQA_MAX + 1] = {NULL};
	struct nfqnl_msg_packet_hdr head;
	if (nfq_nlmsg_parse(m, a) < 0 || !a[NFQA_PACKET_HDR])
		return MNL_CB_ERROR;
	memcpy(&head, mnl_attr_get_payload(a[NFQA_PACKET_HDR]), sizeof head);
	verdict(user, ntohl(head.packet_id));
	return MNL_CB_OK;
}

static void bind_queue(const struct plain *p)
{
	char buffer[512];
	int room = RECEIVE_BYTES;
	struct nlmsghdr *m = nfq_nlmsg_put(buffer, NFQNL_MSG_CONFIG, p->queue);
	nfq_nlmsg_cfg_put_cmd(m, AF_INET, NFQNL_CFG_CMD_BIND);
	if (mnl_socket_sendto(p->nl, m, m->nlmsg_len) < 0)
		die("bind");
	m = nfq_nlmsg_put(buffer, NFQNL_MSG_CONFIG, p->queue);
	nfq_nlmsg_cfg_put_params(m, NFQNL_COPY_PACKET, COPY_MAX);
	nfq_nlmsg_cfg_put_qmaxlen(m, QUEUE_LENGTH);
	mnl_attr_put_u32(m, NFQA_CFG_FLAGS, htonl(NFQA_CFG_F_GSO));
	mnl_attr_put_u32(m, NFQA_CFG_MASK, htonl(NFQA_CFG_F_GSO));
	if (mnl_socket_sendto(p->nl, m, m->nlmsg_len) < 0)
		die("configure");
	(void)setsockopt(mnl_socket_get_fd(p->nl), SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
}

static void pin(const char *core)
{
	cpu_set_t set;
	CPU_ZERO(&set);
	CPU_SET(strtoul(core, NULL, 10), &set);
	if (sched_setaffinity(0, sizeof set, &set) < 0)
		die("sched_setaffinity");
}

int main(int argc, char **argv)
{
	static char buffer[0xffff + 4096];
	if (argc < 2) {
		(void)fputs("usage: plain_loop QUEUE [CORE]\n", stderr);
		return 2;
	}
	struct plain p = {.nl = mnl_socket_open(NETLINK_NETFILTER),
			  .queue = (uint32_t)strtoul(argv[1], NULL, 10)};
	if (argc > 2)
		pin(argv[2]);
	if (!p.nl || mnl_socket_bind(p.nl, 0, MNL_SOCKET_AUTOPID) < 0)
		die("mnl_socket_bind");
	unsigned port = mnl_socket_get_portid(p.nl);
	bind_queue(&p);
	(void)puts("ready");
	(void)fflush(stdout);
	for (;;) {
		ssize_t got = mnl_socket_recvfrom(p.nl, buffer, sizeof buffer);
		if (got < 0 && errno == ENOBUFS)
			continue;
		if (got < 0)
			die("mnl_socket_recvfrom");
		if (mnl_cb_run(buffer, (size_t)got, 0, port, packet, &p) < 0)
			die("mnl_cb_run");
	}
}
