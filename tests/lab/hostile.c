/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An engine that has been taken over. It enters like any engine, waits for the first packet, does the one hostile
 * thing that it is told, and says what came of it:
 *
 *   hostile RUN N THING    prints `in` when it has the ring, then one line: `cut` when gate ended the connection,
 *                          `refused` when the kernel would not let it, `SUCCEEDED ...` when it would, `kept` when gate
 *                          still talks to it after two seconds
 *
 * It works on the descriptors of the hello directly, as an attacker would, not through ring.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/sandbox.h"
#include "base/service.h"
#include "wire/packet.h"

enum { IP4 = 20, WAIT_MS = 20000, KEPT_MS = 2000, MASK = 0xff0000 };

struct hostile {
	int sock, fd[RING_FDS];
	struct ring_hello hello;
	const uint8_t *packets;
	uint8_t *answers;
	uint32_t written;
};

/* ---- What an engine has ---- */

static struct ring_header *header(const uint8_t *memory)
{
	return (struct ring_header *)(uintptr_t)memory;
}

static const struct packet_slot *packet(const struct hostile *h, uint32_t i)
{
	return (const void *)(h->packets + RING_HEADER_BYTES + (size_t)(i % RING_SLOTS) * RING_PACKET_BYTES);
}

static struct answer_slot *answer(const struct hostile *h, uint32_t i)
{
	return (void *)(h->answers + RING_HEADER_BYTES + (size_t)(i % RING_SLOTS) * RING_ANSWER_BYTES);
}

static void bell(const struct hostile *h)
{
	uint64_t one = 1;
	(void)!write(h->fd[RING_FD_BELL_GATE], &one, sizeof one);
}

static void publish(struct hostile *h, uint32_t upto)
{
	h->written = upto;
	atomic_store(&header(h->answers)->written, upto);
	bell(h);
}

/* The next answer, an accept of packet `i`, not yet published. */
static struct answer_slot *accepted(struct hostile *h, uint32_t i)
{
	struct answer_slot *a = answer(h, h->written);
	*a = (struct answer_slot){.id = packet(h, i)->id, .verdict = ANSWER_ACCEPT};
	return a;
}

static void enter(struct hostile *h, const char *path)
{
	size_t count = RING_FDS;
	struct pollfd p = {.events = POLLIN};
	h->sock = p.fd = service_connect(path);
	if (h->sock < 0 || poll(&p, 1, WAIT_MS) != 1 ||
	    service_recv(h->sock, &h->hello, sizeof h->hello, h->fd, &count) != sizeof h->hello ||
	    count != RING_FDS)
		log_fatal("cannot enter %s", path);
	h->packets = mmap(NULL, RING_HEADER_BYTES + RING_SLOTS * RING_PACKET_BYTES, PROT_READ, MAP_SHARED,
			  h->fd[RING_FD_PACKETS], 0);
	h->answers = mmap(NULL, RING_HEADER_BYTES + RING_SLOTS * RING_ANSWER_BYTES, PROT_READ | PROT_WRITE,
			  MAP_SHARED, h->fd[RING_FD_ANSWERS], 0);
	if (h->packets == MAP_FAILED || h->answers == MAP_FAILED)
		log_fatal("mmap: %m");
	(void)puts("in");
	(void)fflush(stdout);
}

static void wait_packet(const struct hostile *h)
{
	struct pollfd p = {.fd = h->fd[RING_FD_BELL_ENGINE], .events = POLLIN};
	atomic_store(&header(h->answers)->sleeping, 1);
	while (atomic_load(&header(h->packets)->written) == 0)
		if (poll(&p, 1, WAIT_MS) != 1)
			log_fatal("no packet came");
}

_Noreturn static void say(const char *word)
{
	(void)puts(word);
	(void)fflush(stdout);
	_exit(0);
}

/* What gate made of it. */
_Noreturn static void await_cut(const struct hostile *h)
{
	struct pollfd p = {.fd = h->sock, .events = POLLIN | POLLRDHUP};
	say(poll(&p, 1, KEPT_MS) == 1 ? "cut" : "kept");
}

/* For things that the kernel must not allow: any success is gate's loss. */
static void must_fail(long result, const char *what)
{
	char text[128];
	if (result < 0)
		return;
	(void)snprintf(text, sizeof text, "SUCCEEDED %s", what);
	say(text);
}

/* ---- Things that the kernel must refuse ---- */

static void truncates(struct hostile *h)
{
	for (int i = RING_FD_PACKETS; i <= RING_FD_ANSWERS; i++) {
		must_fail(ftruncate(h->fd[i], 0), "truncating to nothing");
		must_fail(ftruncate(h->fd[i], 1 << 30), "growing");
	}
	say("refused");
}

static void writes_packets(struct hostile *h)
{
	size_t size = RING_HEADER_BYTES + RING_SLOTS * RING_PACKET_BYTES;
	int fd = h->fd[RING_FD_PACKETS];
	char path[64];
	void *map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	must_fail(map == MAP_FAILED ? -1 : 0, "mapping packets for writing");
	must_fail(pwrite(fd, "x", 1, RING_HEADER_BYTES), "writing to packets");
	must_fail(mprotect((void *)(uintptr_t)h->packets, size, PROT_READ | PROT_WRITE),
		  "mprotect of packets");
	must_fail(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, (off_t)size),
		  "a hole in packets");
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	int again = open(path, O_RDWR | O_CLOEXEC);
	if (again >= 0) {
		map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, again, 0);
		must_fail(map == MAP_FAILED ? -1 : 0, "mapping reopened packets for writing");
		must_fail(pwrite(again, "x", 1, RING_HEADER_BYTES), "writing to reopened packets");
	}
	say("refused");
}

static void seals(struct hostile *h)
{
	for (int i = RING_FD_PACKETS; i <= RING_FD_ANSWERS; i++) {
		must_fail(fcntl(h->fd[i], F_ADD_SEALS, F_SEAL_WRITE), "sealing against writing");
		must_fail(fcntl(h->fd[i], F_ADD_SEALS, F_SEAL_SEAL), "sealing the seals");
	}
	say("refused");
}

/* ---- Things that gate must survive, and that are no violation ---- */

static long long mono_ms(void)
{
	struct timespec t;
	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

/* Rings without end, fills every bell, and takes non-blocking away from all that is shared. */
static void floods_bells(struct hostile *h)
{
	uint64_t most = UINT64_MAX - 1;
	char path[64];
	for (int i = 0; i < RING_FDS; i++)
		(void)fcntl(h->fd[i], F_SETFL, 0);
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", h->fd[RING_FD_BELL_ENGINE]);
	int own = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	while (own >= 0 && write(own, "x", 1) == 1)
		;
	(void)fcntl(h->fd[RING_FD_BELL_GATE], F_SETFL, O_NONBLOCK);
	for (long long until = mono_ms() + 1000; mono_ms() < until;)
		bell(h);
	(void)!write(h->fd[RING_FD_BELL_GATE], &most, sizeof most);
	(void)accepted(h, 0);
	publish(h, 1);
	await_cut(h);
}

/* Holes read as zeroes: an answer to packet 0, which there never is. */
static void holes(struct hostile *h)
{
	size_t size = RING_HEADER_BYTES + RING_SLOTS * RING_ANSWER_BYTES;
	int fd = h->fd[RING_FD_ANSWERS];
	(void)fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, (off_t)size);
	(void)madvise(h->answers, size, MADV_REMOVE);
	publish(h, RING_SLOTS);
	await_cut(h);
}

/* Changes an answer while gate looks at it: whatever gate takes, it took once. */
static void races(struct hostile *h)
{
	volatile struct answer_slot *a = accepted(h, 0);
	publish(h, 1);
	for (long long until = mono_ms() + 1000; mono_ms() < until;) {
		a->verdict ^= 7;
		a->reply_count ^= 0xffffff;
		a->replies[0].len ^= 0xffffff;
		a->mark ^= 0xff;
	}
	await_cut(h);
}

/* ---- Violations ---- */

static void index_ahead(struct hostile *h)
{
	publish(h, RING_SLOTS + 1);
	await_cut(h);
}

static void index_back(struct hostile *h)
{
	(void)accepted(h, 0);
	publish(h, UINT32_MAX);
	await_cut(h);
}

static void id_unknown(struct hostile *h)
{
	accepted(h, 0)->id = UINT64_MAX;
	publish(h, 1);
	await_cut(h);
}

static void id_early(struct hostile *h)
{
	accepted(h, 0)->id++;
	publish(h, 1);
	await_cut(h);
}

static void id_twice(struct hostile *h)
{
	(void)accepted(h, 0);
	publish(h, 1);
	*answer(h, 1) = *answer(h, 0);
	publish(h, 2);
	await_cut(h);
}

static void verdict(struct hostile *h)
{
	accepted(h, 0)->verdict = 4; /* NF_REPEAT, if gate passed it on */
	publish(h, 1);
	await_cut(h);
}

static void mark_outside(struct hostile *h)
{
	accepted(h, 0)->mark = 1;
	publish(h, 1);
	await_cut(h);
}

static void mark_reply(struct hostile *h)
{
	accepted(h, 0)->mark = MARK_REPLY((uint32_t)MASK);
	publish(h, 1);
	await_cut(h);
}

static void silent(struct hostile *h)
{
	struct pollfd p = {.fd = h->sock, .events = POLLIN | POLLRDHUP};
	say(poll(&p, 1, WAIT_MS) == 1 ? "cut" : "kept");
}

static void talks(struct hostile *h)
{
	(void)service_send(h->sock, span_text("let me in"), h->fd, RING_FDS);
	await_cut(h);
}

/* ---- Forged replies: each starts from one that would be right ---- */

static struct reply_slot *right_reply(struct hostile *h)
{
	const struct packet_slot *p = packet(h, 0);
	struct answer_slot *a = accepted(h, 0);
	struct reply_slot *r = &a->replies[0];
	a->verdict = ANSWER_DROP;
	a->reply_count = 1;
	r->len = p->len;
	memcpy(r->bytes, p->bytes, p->len);
	memcpy(r->bytes + 12, p->bytes + 16, 4);
	memcpy(r->bytes + 16, p->bytes + 12, 4);
	memcpy(r->bytes + IP4, p->bytes + IP4 + 2, 2);
	memcpy(r->bytes + IP4 + 2, p->bytes + IP4, 2);
	return r;
}

enum {
	IP_LENGTH = 3,
	IP_FRAGMENT = 6,
	IP_PROTOCOL = 9,
	IP_SOURCE = 15,
	UDP_PORT = IP4 + 3,
	UDP_LENGTH = IP4 + 5
};

/* Changes one byte of it, or its length. */
_Noreturn static void forge(struct hostile *h, size_t at, uint8_t change, int longer)
{
	struct reply_slot *r = right_reply(h);
	r->bytes[at] ^= change;
	r->len = (uint32_t)((int)r->len + longer);
	publish(h, 1);
	await_cut(h);
}

static void reply_source(struct hostile *h)
{
	forge(h, IP_SOURCE, 1, 0);
}

static void reply_port(struct hostile *h)
{
	forge(h, UDP_PORT, 1, 0);
}

static void reply_icmp(struct hostile *h)
{
	forge(h, IP_PROTOCOL, 17 ^ 1, 0);
}

static void reply_tcp(struct hostile *h)
{
	forge(h, IP_PROTOCOL, 17 ^ 6, 0);
}

static void reply_fragment(struct hostile *h)
{
	forge(h, IP_FRAGMENT, 0x20, 0);
}

static void reply_options(struct hostile *h)
{
	forge(h, 0, 0x45 ^ 0x46, 0);
}

static void reply_version(struct hostile *h)
{
	forge(h, 0, 0x45 ^ 0x65, 0);
}

static void reply_longer(struct hostile *h)
{
	forge(h, 1, 0, 1);
}

static void reply_shorter(struct hostile *h)
{
	forge(h, 1, 0, -1);
}

static void reply_udp_length(struct hostile *h)
{
	forge(h, UDP_LENGTH, 1, 0);
}

static void reply_way(struct hostile *h)
{
	right_reply(h)->way = REPLY_TO_SERVER;
	publish(h, 1);
	await_cut(h);
}

static void reply_no_way(struct hostile *h)
{
	right_reply(h)->way = 2;
	publish(h, 1);
	await_cut(h);
}

static void replies_many(struct hostile *h)
{
	(void)right_reply(h);
	answer(h, 0)->reply_count = REPLY_MAX + 1;
	publish(h, 1);
	await_cut(h);
}

static void reply_huge(struct hostile *h)
{
	right_reply(h)->len = REPLY_BYTES_MAX + 1;
	publish(h, 1);
	await_cut(h);
}

static void reply_empty(struct hostile *h)
{
	right_reply(h)->len = 0;
	publish(h, 1);
	await_cut(h);
}

static const struct {
	const char *name;
	void (*act)(struct hostile *h);
} things[] = {
	{"truncates", truncates},
	{"writes-packets", writes_packets},
	{"seals", seals},
	{"floods-bells", floods_bells},
	{"holes", holes},
	{"races", races},
	{"index-ahead", index_ahead},
	{"index-back", index_back},
	{"id-unknown", id_unknown},
	{"id-early", id_early},
	{"id-twice", id_twice},
	{"verdict", verdict},
	{"mark-outside", mark_outside},
	{"mark-reply", mark_reply},
	{"silent", silent},
	{"talks", talks},
	{"reply-source", reply_source},
	{"reply-port", reply_port},
	{"reply-icmp", reply_icmp},
	{"reply-tcp", reply_tcp},
	{"reply-fragment", reply_fragment},
	{"reply-options", reply_options},
	{"reply-version", reply_version},
	{"reply-longer", reply_longer},
	{"reply-shorter", reply_shorter},
	{"reply-udp-length", reply_udp_length},
	{"reply-way", reply_way},
	{"reply-no-way", reply_no_way},
	{"replies-many", replies_many},
	{"reply-huge", reply_huge},
	{"reply-empty", reply_empty},
};

int main(int argc, char **argv)
{
	struct hostile h = {0};
	char path[108];
	log_open("hostile");
	if (argc != 4)
		log_fatal("usage: hostile RUN N THING");
	(void)snprintf(path, sizeof path, "%s/gate@%s.sock", argv[1], argv[2]);
	for (size_t i = 0; i < sizeof things / sizeof *things; i++) {
		if (strcmp(things[i].name, argv[3]) != 0)
			continue;
		if (sandbox_enter("trygg-engine", NULL, false) < 0)
			log_fatal("cannot give privileges away");
		enter(&h, path);
		wait_packet(&h);
		things[i].act(&h);
	}
	log_fatal("no such thing: %s", argv[3]);
}
