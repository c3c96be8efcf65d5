/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gate/inject.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

union control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(uint32_t)) + CMSG_SPACE(sizeof(struct in6_pktinfo))];
};

union destination {
	struct sockaddr any;
	struct sockaddr_in ip4;
	struct sockaddr_in6 ip6;
};

/* `m` has room for it. */
static void attach(struct msghdr *m, int level, int type, const void *value, size_t len)
{
	struct cmsghdr *c = (void *)((char *)m->msg_control + m->msg_controllen);
	c->cmsg_level = level;
	c->cmsg_type = type;
	c->cmsg_len = CMSG_LEN(len);
	memcpy(CMSG_DATA(c), value, len);
	m->msg_controllen += CMSG_SPACE(len);
}

static void address4(const struct reply_slot *reply, uint32_t ifindex, struct msghdr *m,
		     union destination *to)
{
	struct in_pktinfo from = {.ipi_ifindex = (int)ifindex};
	to->ip4.sin_family = AF_INET;
	memcpy(&to->ip4.sin_addr, reply->bytes + 16, sizeof to->ip4.sin_addr);
	m->msg_namelen = sizeof to->ip4;
	if (ifindex != 0)
		attach(m, IPPROTO_IP, IP_PKTINFO, &from, sizeof from);
}

/* A link-local address means nothing without its link, also on the way to the server. */
static void address6(const struct reply_slot *reply, uint32_t ifindex, uint32_t link, struct msghdr *m,
		     union destination *to)
{
	struct in6_pktinfo from = {.ipi6_ifindex = ifindex};
	to->ip6.sin6_family = AF_INET6;
	memcpy(&to->ip6.sin6_addr, reply->bytes + 24, sizeof to->ip6.sin6_addr);
	if (IN6_IS_ADDR_LINKLOCAL(&to->ip6.sin6_addr))
		to->ip6.sin6_scope_id = link;
	m->msg_namelen = sizeof to->ip6;
	if (ifindex != 0)
		attach(m, IPPROTO_IPV6, IPV6_PKTINFO, &from, sizeof from);
}

/* Foreign bits stay on what goes on to the server, so that it takes the packet's route; what goes back leaves by an
 * interface that is named, whatever a mark might say. A server is spoken to when a flow is stopped: what it still has on its
 * way is to be seen. */
static uint32_t mark_of(const struct inject *in, const struct packet_slot *p, bool back)
{
	uint32_t mask = in->mark_mask;
	return back ? MARK_REPLY(mask)
		    : (p->mark & ~mask) | MARK_JUDGED(mask) | MARK_GENERATION(mask, MARK_WATCHED);
}

int inject_reply(const struct inject *in, const struct packet_slot *p, const struct reply_slot *reply)
{
	bool back = reply->way == REPLY_TO_CLIENT;
	bool is_ip6 = reply->bytes[0] >> 4 == 6;
	uint32_t mark = mark_of(in, p, back), ifindex = back ? p->in_ifindex : 0;
	union destination to;
	union control room;
	struct iovec v = {(void *)(uintptr_t)reply->bytes, reply->len};
	struct msghdr m = {.msg_name = &to, .msg_iov = &v, .msg_iovlen = 1, .msg_control = room.bytes};
	memset(&to, 0, sizeof to);
	memset(&room, 0, sizeof room);
	attach(&m, SOL_SOCKET, SO_MARK, &mark, sizeof mark);
	if (is_ip6)
		address6(reply, ifindex, p->in_ifindex, &m, &to);
	else
		address4(reply, ifindex, &m, &to);
	return sendmsg(is_ip6 ? in->raw6 : in->raw4, &m, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
}
