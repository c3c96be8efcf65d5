/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The queue belongs to the socket that bound it: as long as that is open, the kernel keeps its packets and nobody
 * else can bind the number. The configuration goes out as one message together with the binding, because a queue
 * without a copy mode drops what comes.
 */
#include "hold/sockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/service.h"
#include "wire/packet.h"

enum {
	QUEUE_LENGTH = 8192,
	QUEUE_LENGTH_MAX = 1 << 20,
	RECEIVE_BYTES_A_PACKET = 4096,
	ACK_READS_MAX = 100000
};

/* ---- Settings ---- */

static unsigned long number_of(const char *name, const char *text, unsigned long max)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end != '\0' || n > max)
		log_fatal("%s: `%s` is not a number from 0 to %lu", name, text, max);
	return n;
}

struct queue_settings queue_settings_read(const char *number)
{
	const char *length = getenv("TRYGG_QUEUE_LENGTH"), *failure = getenv("TRYGG_ON_FAILURE");
	return (struct queue_settings){
		.number = (uint16_t)number_of("queue", number, UINT16_MAX),
		.length = length ? (uint32_t)number_of("TRYGG_QUEUE_LENGTH", length, QUEUE_LENGTH_MAX)
				 : QUEUE_LENGTH,
		.fail_open = !failure || strcmp(failure, "drop") != 0,
	};
}

/* ---- The queue ---- */

struct config {
	struct nlmsghdr head;
	struct nfgenmsg family;
	uint8_t attributes[128];
};

static void put(struct config *c, uint16_t type, const void *value, uint16_t len)
{
	struct nlattr *a = (void *)((uint8_t *)c + c->head.nlmsg_len);
	a->nla_type = type;
	a->nla_len = (uint16_t)(sizeof *a + len);
	memcpy(a + 1, value, len);
	c->head.nlmsg_len += (uint32_t)NLA_ALIGN(a->nla_len);
}

static int configure(int sock, const struct queue_settings *q, bool bind_too)
{
	struct config c = {
		.head = {.nlmsg_len = NLMSG_LENGTH(sizeof c.family),
			 .nlmsg_type = NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_CONFIG,
			 .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | (bind_too ? NLM_F_ACK : 0))},
		.family = {.nfgen_family = AF_UNSPEC, .version = NFNETLINK_V0, .res_id = htons(q->number)},
	};
	struct nfqnl_msg_config_cmd bind_queue = {.command = NFQNL_CFG_CMD_BIND};
	struct nfqnl_msg_config_params copy = {.copy_range = htonl(RING_COPY_MAX),
					       .copy_mode = NFQNL_COPY_PACKET};
	uint32_t length = htonl(q->length);
	uint32_t mask = htonl(NFQA_CFG_F_FAIL_OPEN | NFQA_CFG_F_GSO);
	uint32_t flags = htonl(NFQA_CFG_F_GSO | (q->fail_open ? NFQA_CFG_F_FAIL_OPEN : 0));
	if (bind_too)
		put(&c, NFQA_CFG_CMD, &bind_queue, sizeof bind_queue);
	put(&c, NFQA_CFG_PARAMS, &copy, sizeof copy);
	put(&c, NFQA_CFG_QUEUE_MAXLEN, &length, sizeof length);
	put(&c, NFQA_CFG_MASK, &mask, sizeof mask);
	put(&c, NFQA_CFG_FLAGS, &flags, sizeof flags);
	return send(sock, &c, c.head.nlmsg_len, 0) < 0 ? -errno : 0;
}

/* Waits for the answer to the binding. A packet that comes first is not lost: the kernel still has it, and every
 * gate begins by having all of them repeated. */
static int acknowledged(int sock)
{
	struct {
		struct nlmsghdr head;
		struct nlmsgerr error;
	} m;
	for (int i = 0; i < ACK_READS_MAX; i++) {
		ssize_t got = recv(sock, &m, sizeof m, 0);
		if (got < 0 && errno != ENOBUFS && errno != EINTR)
			return -errno;
		if (got >= (ssize_t)sizeof m && m.head.nlmsg_type == NLMSG_ERROR)
			return m.error.error;
	}
	return -ETIMEDOUT;
}

static int room_for(int sock, const struct queue_settings *q)
{
	int bytes = q->length > INT32_MAX / RECEIVE_BYTES_A_PACKET ? INT32_MAX
								   : (int)q->length * RECEIVE_BYTES_A_PACKET;
	return setsockopt(sock, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) < 0 ? -errno : 0;
}

static int queue_open(const struct queue_settings *q)
{
	struct sockaddr_nl any = {.nl_family = AF_NETLINK};
	int sock = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	if (sock < 0)
		return -errno;
	int rc = bind(sock, (struct sockaddr *)&any, sizeof any) < 0 ? -errno : room_for(sock, q);
	if (rc == 0)
		rc = configure(sock, q, true);
	if (rc == 0)
		rc = acknowledged(sock);
	if (rc < 0) {
		(void)close(sock);
		return rc;
	}
	return sock;
}

/* The socket holds packets for the next gate: nothing is read here, and an error comes to gate as a message. */
static int queue_take_back(int sock, const struct queue_settings *q)
{
	int rc = room_for(sock, q);
	return rc < 0 ? rc : configure(sock, q, false);
}

/* ---- Raw sockets, which only send ---- */

static int raw_open(int family)
{
	int sock = socket(family, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_RAW);
	int on = 1, none = 0;
	if (sock < 0)
		return -errno;
	int rc = family == AF_INET ? setsockopt(sock, IPPROTO_IP, IP_HDRINCL, &on, sizeof on)
				   : setsockopt(sock, IPPROTO_IPV6, IPV6_HDRINCL, &on, sizeof on);
	if (rc < 0 || setsockopt(sock, SOL_SOCKET, SO_RCVBUF, &none, sizeof none) < 0) {
		rc = -errno;
		(void)close(sock);
		return rc;
	}
	return sock;
}

/* ---- All of them ---- */

static int stored(const char *name)
{
	int count = service_fds();
	for (int fd = SERVICE_FD_FIRST; fd < SERVICE_FD_FIRST + count; fd++)
		if (strcmp(service_fd_name(fd), name) == 0)
			return fd;
	return -1;
}

static void store(const char *assignments, int fd)
{
	(void)service_notify_fd(assignments, fd);
}

static int take_or_open_queue(struct sockets *s, const struct queue_settings *q)
{
	s->queue = stored("queue");
	if (s->queue >= 0)
		return queue_take_back(s->queue, q);
	s->queue = queue_open(q);
	if (s->queue >= 0)
		store("FDSTORE=1\nFDPOLL=0\nFDNAME=queue", s->queue);
	return s->queue < 0 ? s->queue : 0;
}

static int take_or_open_raw(int *sock, int family, const char *name, const char *assignments)
{
	*sock = stored(name);
	if (*sock >= 0)
		return 0;
	*sock = raw_open(family);
	if (*sock >= 0)
		store(assignments, *sock);
	return *sock < 0 ? *sock : 0;
}

int sockets_open(struct sockets *s, const struct queue_settings *q, const char **what)
{
	*what = "the queue's netlink socket";
	int rc = take_or_open_queue(s, q);
	if (rc < 0)
		return rc;
	*what = "a raw IPv4 socket";
	rc = take_or_open_raw(&s->raw4, AF_INET, "raw4", "FDSTORE=1\nFDPOLL=0\nFDNAME=raw4");
	if (rc < 0)
		return rc;
	*what = "a raw IPv6 socket";
	rc = take_or_open_raw(&s->raw6, AF_INET6, "raw6", "FDSTORE=1\nFDPOLL=0\nFDNAME=raw6");
	s->kernel = open("/proc/net/netfilter/nfnetlink_queue", O_RDONLY | O_CLOEXEC);
	if (s->kernel < 0)
		s->kernel = open("/dev/null", O_RDONLY | O_CLOEXEC); /* a place that says nothing */
	return rc;
}
