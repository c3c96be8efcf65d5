/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The shared part of both ends is small: a published index, and a flag that says "I sleep, ring me".
 * Publishing and looking at the flag are separated by a full fence on both sides (each side first writes its
 * own word, then reads the other's), so that either the sleeper sees the slot or the publisher sees the
 * sleeper.
 */
#include "wire/ring.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/service.h"

enum {
	PACKETS_BYTES = RING_HEADER_BYTES + RING_SLOTS * RING_PACKET_BYTES,
	ANSWERS_BYTES = RING_HEADER_BYTES + RING_SLOTS * RING_ANSWER_BYTES,
};

enum { PACKETS, ANSWERS };

_Static_assert(sizeof(struct ring_header) <= RING_HEADER_BYTES, "the header fits its page");
_Static_assert((RING_SLOTS & (RING_SLOTS - 1)) == 0, "free-running indexes wrap at a multiple of the slots");

static struct ring_header *header(uint8_t *memory)
{
	return (struct ring_header *)(void *)memory;
}

static uint8_t *slot_at(uint8_t *memory, uint32_t i, uint32_t slot_bytes)
{
	return memory + RING_HEADER_BYTES + (size_t)(i % RING_SLOTS) * slot_bytes;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

/* ---- gate's end ---- */

static int memory_make(const char *name, size_t bytes, int *fd, uint8_t **map)
{
	*fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (*fd < 0 || ftruncate(*fd, (off_t)bytes) < 0)
		return -errno;
	void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
	if (at == MAP_FAILED)
		return -errno;
	*map = at;
	return 0;
}

static void header_write(uint8_t *memory, uint32_t slot_bytes, uint32_t generation)
{
	struct ring_header *h = header(memory);
	h->magic = RING_MAGIC;
	h->slots = RING_SLOTS;
	h->slot_bytes = slot_bytes;
	h->generation = generation;
}

/* gate maps for writing first and seals then: FUTURE_WRITE leaves that mapping as the only one that can
 * write. */
static int seal(const struct ring *r)
{
	if (fcntl(r->memory[PACKETS], F_ADD_SEALS,
		  F_SEAL_FUTURE_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0 ||
	    fcntl(r->memory[ANSWERS], F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
		return -errno;
	return 0;
}

int ring_make(struct ring *r, uint32_t generation)
{
	*r = (struct ring){
		.memory = {-1, -1}, .engine_bell = {-1, -1}, .gate_bell = -1, .generation = generation};
	int rc = memory_make("trygg-packets", PACKETS_BYTES, &r->memory[PACKETS], &r->packets);
	if (rc == 0)
		rc = memory_make("trygg-answers", ANSWERS_BYTES, &r->memory[ANSWERS], &r->answers);
	if (rc < 0)
		return rc;
	header_write(r->packets, RING_PACKET_BYTES, generation);
	header_write(r->answers, RING_ANSWER_BYTES, generation);
	/* The engine has not looked yet: the first packet rings. */
	atomic_store(&header(r->answers)->sleeping, 1);
	rc = seal(r);
	if (rc < 0)
		return rc;
	if (pipe2(r->engine_bell, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	r->gate_bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return r->gate_bell < 0 ? -errno : 0;
}

void ring_clear(struct ring *r)
{
	if (!r->generation)
		return;
	if (r->packets)
		(void)munmap(r->packets, PACKETS_BYTES);
	if (r->answers)
		(void)munmap(r->answers, ANSWERS_BYTES);
	close_fd(&r->memory[PACKETS]);
	close_fd(&r->memory[ANSWERS]);
	close_fd(&r->engine_bell[0]);
	close_fd(&r->engine_bell[1]);
	close_fd(&r->gate_bell);
	*r = (struct ring){0};
}

int ring_hand_over(struct ring *r, int sock, int hold)
{
	struct ring_hello hello = {RING_MAGIC, r->generation};
	int fds[RING_FDS] = {
		[RING_FD_PACKETS] = r->memory[PACKETS],
		[RING_FD_ANSWERS] = r->memory[ANSWERS],
		[RING_FD_BELL_ENGINE] = r->engine_bell[0],
		[RING_FD_BELL_GATE] = r->gate_bell,
		[RING_FD_HOLD] = hold,
	};
	int rc = service_send(sock, span_of(&hello, sizeof hello), fds, RING_FDS);
	/* Our read end of the pipe stays open, unread: the bell of a dead engine must not raise SIGPIPE. */
	close_fd(&r->memory[PACKETS]);
	close_fd(&r->memory[ANSWERS]);
	return rc;
}

struct packet_slot *ring_slot(const struct ring *r, uint32_t i)
{
	return (struct packet_slot *)(void *)slot_at(r->packets, i, RING_PACKET_BYTES);
}

void ring_publish(struct ring *r, uint32_t upto)
{
	if (upto == r->published)
		return;
	r->published = upto;
	atomic_store_explicit(&header(r->packets)->written, upto, memory_order_release);
	atomic_thread_fence(memory_order_seq_cst);
	if (atomic_load_explicit(&header(r->answers)->sleeping, memory_order_relaxed) == 0)
		return;
	/* A full pipe means that it rings already. */
	ssize_t ignored = write(r->engine_bell[1], "", 1);
	(void)ignored;
}

/* Copies once: behind the barrier the compiler may not look at the source again. */
static void copy_once(void *to, const void *from, size_t len)
{
	memcpy(to, from, len);
	__asm__ volatile("" : : : "memory");
}

static int take_replies(const struct answer_slot *from, struct answer_slot *copy)
{
	if (copy->reply_count > REPLY_MAX)
		return -EMSGSIZE;
	for (uint32_t i = 0; i < copy->reply_count; i++) {
		struct reply_slot *reply = &copy->replies[i];
		copy_once(reply, &from->replies[i], offsetof(struct reply_slot, bytes));
		if (reply->len > REPLY_BYTES_MAX)
			return -EMSGSIZE;
		copy_once(reply->bytes, from->replies[i].bytes, reply->len);
	}
	return 0;
}

int ring_look(struct ring *r)
{
	uint32_t written = atomic_load_explicit(&header(r->answers)->written, memory_order_acquire);
	if (written - r->taken > RING_SLOTS)
		return -EBADMSG;
	r->seen = written;
	return 0;
}

int ring_take(struct ring *r, struct answer_slot *copy)
{
	if (r->taken == r->seen)
		return 0;
	const struct answer_slot *from = (const void *)slot_at(r->answers, r->taken, RING_ANSWER_BYTES);
	copy_once(copy, from, offsetof(struct answer_slot, replies));
	r->taken++;
	int rc = take_replies(from, copy);
	return rc < 0 ? rc : 1;
}

bool ring_sleep(struct ring *r)
{
	atomic_store_explicit(&header(r->packets)->sleeping, 1, memory_order_relaxed);
	atomic_thread_fence(memory_order_seq_cst);
	return atomic_load_explicit(&header(r->answers)->written, memory_order_acquire) == r->taken;
}

void ring_awake(struct ring *r)
{
	atomic_store_explicit(&header(r->packets)->sleeping, 0, memory_order_relaxed);
}

/* ---- The engine's end ---- */

struct ring_end {
	const uint8_t *packets;
	uint8_t *answers;
	int sock;
	int fds[RING_FDS];
	struct ring_hello hello;
	uint32_t read;     /* packets judged */
	uint32_t answered; /* answers published */
};

int ring_knock(const char *path)
{
	return service_connect(path);
}

static int end_map(struct ring_end *e)
{
	void *packets = mmap(NULL, PACKETS_BYTES, PROT_READ, MAP_SHARED, e->fds[RING_FD_PACKETS], 0);
	if (packets == MAP_FAILED)
		return -errno;
	e->packets = packets;
	void *answers =
		mmap(NULL, ANSWERS_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, e->fds[RING_FD_ANSWERS], 0);
	if (answers == MAP_FAILED)
		return -errno;
	e->answers = answers;
	return 0;
}

/* Both ends are of one build, or the engine stays out. */
static int end_check(const struct ring_end *e)
{
	const struct ring_header *p = (const void *)e->packets, *a = (const void *)e->answers;
	bool same = p->magic == RING_MAGIC && a->magic == RING_MAGIC && p->slots == RING_SLOTS &&
		    a->slots == RING_SLOTS && p->slot_bytes == RING_PACKET_BYTES &&
		    a->slot_bytes == RING_ANSWER_BYTES;
	return same ? 0 : -EPROTO;
}

int ring_enter(int sock, struct ring_end **out)
{
	struct ring_end *e = calloc(1, sizeof *e);
	size_t count = RING_FDS;
	if (!e)
		return -ENOMEM;
	e->sock = -1; /* the caller's until all is well */
	for (int i = 0; i < RING_FDS; i++)
		e->fds[i] = -1;
	ssize_t got = service_recv(sock, &e->hello, sizeof e->hello, e->fds, &count);
	int rc = got < 0 ? (int)got : 0;
	if (got == 0)
		rc = -ECONNRESET;
	else if (got > 0 &&
		 (got != (ssize_t)sizeof e->hello || count != RING_FDS || e->hello.magic != RING_MAGIC))
		rc = -EPROTO;
	if (rc == 0)
		rc = end_map(e);
	if (rc == 0)
		rc = end_check(e);
	if (rc < 0) {
		ring_leave(e);
		return rc;
	}
	e->sock = sock;
	*out = e;
	return 0;
}

void ring_leave(struct ring_end *e)
{
	if (!e)
		return;
	if (e->packets)
		(void)munmap((void *)(uintptr_t)e->packets, PACKETS_BYTES);
	if (e->answers)
		(void)munmap(e->answers, ANSWERS_BYTES);
	for (int i = 0; i < RING_FDS; i++)
		close_fd(&e->fds[i]);
	close_fd(&e->sock);
	free(e);
}

int ring_end_socket(const struct ring_end *e)
{
	return e->sock;
}

int ring_end_bell(const struct ring_end *e)
{
	return e->fds[RING_FD_BELL_ENGINE];
}

int ring_end_hold(const struct ring_end *e)
{
	return e->fds[RING_FD_HOLD];
}

uint32_t ring_end_generation(const struct ring_end *e)
{
	return e->hello.generation;
}

static uint32_t end_waiting(const struct ring_end *e)
{
	const struct ring_header *h = (const void *)e->packets;
	return atomic_load_explicit(&h->written, memory_order_acquire) - e->read;
}

/* One packet, one answer, shown before the next packet is touched: what is unanswered is what we may die of.
 */
static void end_judge(struct ring_end *e, ring_judge *judge, void *user)
{
	const struct packet_slot *p = (const void *)(e->packets + RING_HEADER_BYTES +
						     (size_t)(e->read % RING_SLOTS) * RING_PACKET_BYTES);
	struct answer_slot *a = (void *)slot_at(e->answers, e->answered, RING_ANSWER_BYTES);
	a->id = p->id;
	a->verdict = ANSWER_DROP;
	a->mark = 0;
	a->reply_count = 0;
	judge(user, p, a);
	e->read++;
	e->answered++;
	atomic_store_explicit(&header(e->answers)->written, e->answered, memory_order_release);
}

static unsigned end_judge_waiting(struct ring_end *e, ring_judge *judge, void *user)
{
	uint32_t waiting = end_waiting(e);
	if (waiting > RING_SLOTS)
		return 0;
	for (uint32_t i = 0; i < waiting; i++)
		end_judge(e, judge, user);
	return waiting;
}

static void end_ring(struct ring_end *e)
{
	const struct ring_header *h = (const void *)e->packets;
	uint64_t one = 1;
	atomic_thread_fence(memory_order_seq_cst);
	if (atomic_load_explicit(&h->sleeping, memory_order_relaxed) == 0)
		return;
	ssize_t ignored = write(e->fds[RING_FD_BELL_GATE], &one, sizeof one);
	(void)ignored;
}

unsigned ring_serve(struct ring_end *e, ring_judge *judge, void *user)
{
	struct ring_header *mine = header(e->answers);
	atomic_store_explicit(&mine->sleeping, 0, memory_order_relaxed);
	unsigned judged = end_judge_waiting(e, judge, user);
	/* When more has come meanwhile, the bell that brought us here stays readable and brings us back. */
	if (end_waiting(e) == 0) {
		char bells[64];
		ssize_t ignored = read(ring_end_bell(e), bells, sizeof bells);
		(void)ignored;
		atomic_store_explicit(&mine->sleeping, 1, memory_order_relaxed);
		atomic_thread_fence(memory_order_seq_cst);
		/* What came before gate could see that we sleep; whatever comes after this look rings. */
		judged += end_judge_waiting(e, judge, user);
	}
	if (judged > 0)
		end_ring(e);
	return judged;
}
