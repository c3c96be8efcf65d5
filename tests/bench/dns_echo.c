/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The internet side of load tests: answers every DNS question on UDP at once, whatever it asks, with the one
 * address 10.9.9.9 (AAAA: 2001:db8:9::9) and TTL 3600, many datagrams a system call. It keeps no names: what
 * it proves is which questions came through. Questions whose first label starts with 's' carry a stopped name
 * in these tests, so any of them that arrives here was let through by mistake.
 *
 * Usage: dns_echo ADDRESS...   binds port 53; prints "ready" and, when ended by SIGTERM or SIGINT, one JSON
 * line.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	BATCH = 64,
	DATAGRAM = 1024,
	SOCKETS_MAX = 8,
	DNS_HEADER = 12,
	TYPE_AAAA = 28,
	BUFFER_BYTES = 4 << 20
};

static volatile sig_atomic_t ended;

struct totals {
	unsigned long received;
	unsigned long stopped_names; /* first label starts with 's' */
	unsigned long malformed;
};

struct batch {
	struct mmsghdr message[BATCH];
	struct iovec part[BATCH];
	struct sockaddr_storage peer[BATCH];
	uint8_t bytes[BATCH][DATAGRAM];
};

static void on_signal(int signal)
{
	(void)signal;
	ended = 1;
}

/* Length of the question section that starts behind the header, 0 when there is no whole one. */
static size_t question_length(const uint8_t *bytes, size_t len)
{
	size_t at = DNS_HEADER;

	while (at < len && bytes[at] != 0)
		at += 1u + bytes[at];
	return at + 5 <= len ? at + 5 - DNS_HEADER : 0;
}

/* Turns the question into its answer in place; the new length, 0 when it is no question. */
static size_t answer(uint8_t *bytes, size_t len, struct totals *totals)
{
	static const uint8_t head[] = {0xc0, DNS_HEADER, 0, 1, 0, 1, 0, 0, 0x0e, 0x10, 0, 4, 10, 9, 9, 9};
	static const uint8_t head6[] = {0xc0, DNS_HEADER, 0,    TYPE_AAAA, 0,    1,    0, 0, 0x0e, 0x10,
					0,    16,         0x20, 1,         0x0d, 0xb8, 0, 9, 0,    0,
					0,    0,          0,    0,         0,    0,    0, 9};
	size_t question = question_length(bytes, len);
	size_t end = DNS_HEADER + question;

	if (question == 0 || end + sizeof(head6) > DATAGRAM) {
		totals->malformed++;
		return 0;
	}
	if (bytes[DNS_HEADER + 1] == 's')
		totals->stopped_names++;
	bytes[2] |= 0x80;
	bytes[3] = 0x80;
	memset(bytes + 6, 0, 6);
	bytes[7] = 1;
	bool six = bytes[end - 3] == TYPE_AAAA;
	size_t extra = six ? sizeof(head6) : sizeof(head);
	memcpy(bytes + end, six ? head6 : head, extra);
	return end + extra;
}

static int serve(int sock, struct batch *b, struct totals *totals)
{
	for (size_t i = 0; i < BATCH; i++) {
		b->part[i] = (struct iovec){b->bytes[i], DATAGRAM - 64};
		b->message[i].msg_hdr = (struct msghdr){
			.msg_name = &b->peer[i],
			.msg_namelen = sizeof(b->peer[i]),
			.msg_iov = &b->part[i],
			.msg_iovlen = 1,
		};
	}
	int got = recvmmsg(sock, b->message, BATCH, MSG_DONTWAIT, NULL);
	unsigned out = 0;

	for (int i = 0; i < got; i++) {
		totals->received++;
		size_t len = answer(b->bytes[i], b->message[i].msg_len, totals);
		if (len == 0)
			continue;
		b->part[i].iov_len = len;
		b->message[out++].msg_hdr = b->message[i].msg_hdr;
	}
	for (unsigned sent = 0; sent < out;) {
		int n = sendmmsg(sock, b->message + sent, out - sent, 0);
		if (n <= 0 && errno != EINTR)
			break;
		sent += n > 0 ? (unsigned)n : 0;
	}
	return got;
}

static int open_socket(const char *text)
{
	struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(53)};
	struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(53)};
	bool is_six = inet_pton(AF_INET6, text, &six.sin6_addr) == 1;
	int size = BUFFER_BYTES, on = 1, sock, rc;

	if (!is_six && inet_pton(AF_INET, text, &four.sin_addr) != 1) {
		fprintf(stderr, "dns_echo: %s is no address\n", text);
		exit(2);
	}
	sock = socket(is_six ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (sock >= 0 && is_six)
		setsockopt(sock, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	setsockopt(sock, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	setsockopt(sock, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	rc = is_six ? bind(sock, (struct sockaddr *)&six, sizeof(six))
		    : bind(sock, (struct sockaddr *)&four, sizeof(four));
	if (rc < 0) {
		fprintf(stderr, "dns_echo: %s: %s\n", text, strerror(errno));
		exit(2);
	}
	return sock;
}

int main(int argc, char **argv)
{
	static struct batch batch;
	struct pollfd fds[SOCKETS_MAX];
	struct totals totals = {0};
	struct sigaction action = {.sa_handler = on_signal};
	nfds_t count = 0;

	if (argc < 2 || argc > SOCKETS_MAX + 1) {
		fprintf(stderr, "usage: dns_echo ADDRESS...\n");
		return 2;
	}
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	for (int i = 1; i < argc; i++)
		fds[count++] = (struct pollfd){.fd = open_socket(argv[i]), .events = POLLIN};
	puts("ready");
	fflush(stdout);
	while (!ended) {
		if (poll(fds, count, 200) <= 0)
			continue;
		for (nfds_t i = 0; i < count; i++) {
			if (fds[i].revents)
				serve(fds[i].fd, &batch, &totals);
		}
	}
	printf("{\"received\": %lu, \"stopped_names\": %lu, \"malformed\": %lu}\n", totals.received,
	       totals.stopped_names, totals.malformed);
	return 0;
}
