/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The smallest engine: accepts every packet. gate is measured and tested with it, and it does on demand what a test
 * needs of an engine.
 *
 *   engine_accept RUN N [WORD...]     RUN is the folder of gate@N.sock; runs on core N % cores
 *
 *   abort=TEXT     abort() at a packet that carries TEXT (the poison of the tests)
 *   hang=TEXT      work for ever at it
 *   refuse         answer DNS questions whose first label begins with `s` by NXDOMAIN, and drop them
 *   reset          reset every TCP packet but a SYN both ways, and drop it
 *   mark=N         accept with this policy generation in the mark
 *   notices=FILE   append a line `ADDRESS` for every poison notice
 *   repeats=FILE   append a line for every packet that was offered before
 */
#include <arpa/inet.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/log.h"
#include "base/loop.h"
#include "base/sandbox.h"
#include "base/service.h"
#include "wire/ring.h"

enum { IP4 = 20, IP6 = 40, UDP = 8, TCP = 20, DNS = 12, AGAIN_MS = 20 };

struct engine {
	struct loop *loop;
	struct loop_timer again;
	const char *abort_at, *hang_at, *notices, *repeats;
	bool refuse, reset, ready;
	uint32_t mark;
	char path[108];
	int sock;
	struct ring_end *end;
};

static void knock(void *user);

/* ---- What it answers ---- */

static bool carries(const struct packet_slot *p, const char *text)
{
	return text && memmem(p->bytes, p->len, text, strlen(text));
}

static uint32_t sum(uint32_t s, const uint8_t *at, size_t len)
{
	for (size_t i = 0; i + 1 < len; i += 2)
		s += (uint32_t)at[i] << 8 | at[i + 1];
	return len % 2 ? s + ((uint32_t)at[len - 1] << 8) : s;
}

/* The transport checksum over a packet whose own field is zero. */
static void seal(uint8_t *ip, size_t head, size_t len, unsigned protocol, size_t field)
{
	size_t address = head == IP4 ? 12 : 8;
	uint32_t s = sum(protocol + (uint32_t)(len - head), ip + address, head - address);
	s = sum(s, ip + head, len - head);
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	s = ~s & 0xffff;
	if (s == 0 && protocol == IPPROTO_UDP)
		s = 0xffff; /* RFC 768: zero would say that there is none, which IPv6 drops */
	ip[head + field] = (uint8_t)(s >> 8);
	ip[head + field + 1] = (uint8_t)s;
}

static void exchange(uint8_t *a, uint8_t *b, size_t len)
{
	uint8_t c[16];
	memcpy(c, a, len);
	memcpy(a, b, len);
	memcpy(b, c, len);
}

static void turn_round(uint8_t *ip, size_t head)
{
	if (head == IP4)
		exchange(ip + 12, ip + 16, 4);
	else
		exchange(ip + 8, ip + 24, 16);
	exchange(ip + head, ip + head + 2, 2);
}

static void set_length(uint8_t *ip, size_t head, size_t len)
{
	size_t at = head == IP4 ? 2 : 4, n = head == IP4 ? len : len - head;
	ip[at] = (uint8_t)(n >> 8);
	ip[at + 1] = (uint8_t)n;
}

/* NXDOMAIN with the question as it came. */
static void refuse(const struct packet_slot *p, size_t head, struct answer_slot *a)
{
	struct reply_slot *r = &a->replies[0];
	if (p->len < head + UDP + DNS + 2 || p->len > REPLY_BYTES_MAX ||
	    p->bytes[head + UDP + DNS + 1] != 's')
		return;
	memcpy(r->bytes, p->bytes, p->len);
	turn_round(r->bytes, head);
	r->bytes[head + UDP + 2] |= 0x80;
	r->bytes[head + UDP + 3] = 3;
	r->bytes[head + 6] = r->bytes[head + 7] = 0;
	seal(r->bytes, head, p->len, IPPROTO_UDP, 6);
	r->way = REPLY_TO_CLIENT;
	r->len = p->len;
	a->verdict = ANSWER_DROP;
	a->reply_count = 1;
}

/* RFC 9293 3.10.7: to each side a RST at the number that it expects next. */
static void reset_one(const struct packet_slot *p, size_t head, enum reply_way way, struct reply_slot *r)
{
	size_t len = head + TCP;
	memcpy(r->bytes, p->bytes, len);
	set_length(r->bytes, head, len);
	uint8_t *tcp = r->bytes + head;
	if (way == REPLY_TO_CLIENT) {
		turn_round(r->bytes, head);
		memcpy(tcp + 4, p->bytes + head + 8, 4);
	}
	memset(tcp + 8, 0, 4);
	tcp[12] = 5 << 4;
	tcp[13] = 4; /* RST */
	memset(tcp + 14, 0, 6);
	seal(r->bytes, head, len, IPPROTO_TCP, 16);
	r->way = way;
	r->len = (uint32_t)len;
}

static void reset(const struct packet_slot *p, size_t head, struct answer_slot *a)
{
	if (p->len < head + TCP || (p->bytes[head + 13] & 2) != 0)
		return;
	reset_one(p, head, REPLY_TO_CLIENT, &a->replies[0]);
	reset_one(p, head, REPLY_TO_SERVER, &a->replies[1]);
	a->verdict = ANSWER_DROP;
	a->reply_count = 2;
}

static void append(const char *path, const char *line)
{
	FILE *f = path ? fopen(path, "a") : NULL;
	if (!f)
		return;
	(void)fprintf(f, "%s\n", line);
	(void)fclose(f);
}

static void judge(void *user, const struct packet_slot *p, struct answer_slot *a)
{
	const struct engine *e = user;
	char address[INET6_ADDRSTRLEN] = "none";
	if (p->flags & PACKET_POISON) {
		if (p->len > 0)
			(void)inet_ntop(p->len == 4 ? AF_INET : AF_INET6, p->bytes, address, sizeof address);
		append(e->notices, address);
		return;
	}
	if (p->flags & PACKET_REPEAT)
		append(e->repeats, p->flags & PACKET_ALONE ? "alone" : "repeat");
	if (carries(p, e->abort_at))
		abort();
	for (volatile bool hang = carries(p, e->hang_at); hang;)
		;
	a->verdict = ANSWER_ACCEPT;
	a->mark = e->mark;
	size_t head = p->hw_protocol == 0x86dd ? IP6 : IP4;
	unsigned protocol = p->len > head ? p->bytes[head == IP4 ? 9 : 6] : 0;
	if (e->refuse && protocol == IPPROTO_UDP)
		refuse(p, head, a);
	if (e->reset && protocol == IPPROTO_TCP)
		reset(p, head, a);
}

/* ---- The source: all that an engine needs of the ring ---- */

static void on_bell(void *user, uint32_t events)
{
	struct engine *e = user;
	(void)events;
	(void)ring_serve(e->end, judge, e);
}

static void on_hold(void *user, uint32_t events)
{
	struct engine *e = user;
	(void)events;
	loop_stop(e->loop);
}

static void leave(struct engine *e)
{
	loop_unwatch(e->loop, e->sock);
	if (e->end) {
		loop_unwatch(e->loop, ring_end_bell(e->end));
		loop_unwatch(e->loop, ring_end_hold(e->end));
		ring_leave(e->end);
	} else {
		(void)close(e->sock);
	}
	e->end = NULL;
	loop_arm(e->loop, &e->again, AGAIN_MS, knock, e);
}

static void on_socket(void *user, uint32_t events)
{
	struct engine *e = user;
	(void)events;
	int rc = e->end ? -ECONNRESET : ring_enter(e->sock, &e->end);
	if (rc == -EAGAIN)
		return;
	if (rc < 0) {
		leave(e);
		return;
	}
	(void)loop_watch(e->loop, ring_end_bell(e->end), EPOLLIN, on_bell, e);
	(void)loop_watch(e->loop, ring_end_hold(e->end), EPOLLIN, on_hold, e);
	if (!e->ready)
		(void)service_notify("READY=1");
	e->ready = true;
}

static void knock(void *user)
{
	struct engine *e = user;
	e->sock = ring_knock(e->path);
	if (e->sock < 0 || loop_watch(e->loop, e->sock, EPOLLIN | EPOLLRDHUP, on_socket, e) < 0)
		loop_arm(e->loop, &e->again, AGAIN_MS, knock, e);
}

static void on_signal(void *user, int number)
{
	struct engine *e = user;
	(void)number;
	loop_stop(e->loop);
}

static void pin(long n)
{
	struct sched_param none = {0};
	cpu_set_t set;
	CPU_ZERO(&set);
	CPU_SET((size_t)(n % sysconf(_SC_NPROCESSORS_ONLN)), &set);
	(void)sched_setaffinity(0, sizeof set, &set);
	(void)sched_setscheduler(0, SCHED_BATCH, &none);
}

static void word(struct engine *e, const char *w)
{
	e->refuse |= strcmp(w, "refuse") == 0;
	e->reset |= strcmp(w, "reset") == 0;
	if (strncmp(w, "abort=", 6) == 0)
		e->abort_at = w + 6;
	if (strncmp(w, "hang=", 5) == 0)
		e->hang_at = w + 5;
	if (strncmp(w, "notices=", 8) == 0)
		e->notices = w + 8;
	if (strncmp(w, "repeats=", 8) == 0)
		e->repeats = w + 8;
	if (strncmp(w, "mark=", 5) == 0)
		e->mark = MARK_GENERATION(0xff0000u, strtoul(w + 5, NULL, 10));
}

int main(int argc, char **argv)
{
	static const int signals[] = {SIGTERM, SIGINT, 0};
	static struct engine e;
	log_open("engine_accept");
	if (argc < 3)
		log_fatal("usage: engine_accept RUN N [WORD...]");
	(void)snprintf(e.path, sizeof e.path, "%s/gate@%s.sock", argv[1], argv[2]);
	for (int i = 3; i < argc; i++)
		word(&e, argv[i]);
	if (sandbox_enter("trygg-engine", NULL, false) < 0)
		log_fatal("cannot give privileges away");
	pin(strtol(argv[2], NULL, 10));
	e.loop = loop_new();
	loop_signals(e.loop, signals, on_signal, &e);
	knock(&e);
	loop_run(e.loop);
	return 0;
}
