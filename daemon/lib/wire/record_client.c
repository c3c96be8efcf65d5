/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packing uses the table of the check, so that ten thousand waiting records cost what their texts cost and not what the
 * largest name could.
 *
 * The client's ring is in the order of sending. Its first part is numbered: those have been on the wire and
 * may already be durable, so they are kept, with their numbers, until acknowledged. Only what has no number
 * may be dropped; that is what keeps both "exactly once" and the count in the gap exact.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/loop.h"
#include "base/service.h"
#include "wire/record.h"
#include "wire/record_fields.h"

enum {
	CLIENT_TALLIES = 256,       /* keys joined before they are sent */
	CLIENT_JOIN_MS = 20,        /* how long tallies wait for their like */
	CLIENT_RETRY_MS = 50,       /* first pause before connecting again ... */
	CLIENT_RETRY_MAX_MS = 1000, /* ... and the longest */
};

/* One waiting record: the numbers, then the texts one after another, each with its NUL. */
struct item {
	uint64_t nr; /* 0: never sent */
	uint64_t count;
	int64_t time_ms, until_ms;
	uint16_t kind;
	uint8_t journal, event, severity, date_only;
	struct record_box *box; /* owned; NULL = none */
	record_told *told;      /* NULL = nobody asks */
	void *user;
	enum record_outcome outcome;
	size_t len;
	char packed[];
};

struct record_client {
	struct loop *loop;
	char *path;
	char src[RECORD_SRC_SIZE];
	int sock; /* -1: not connected */
	bool wants_out;
	int64_t retry_ms;
	struct loop_timer retry, join;

	struct item *ring[RECORD_RING_MAX]; /* owned */
	size_t first, used;
	size_t sent;    /* of `used`, on this connection */
	size_t repeats; /* of `used`, never sent: these give way */
	uint64_t nr;    /* last number given */

	struct item *tallies[CLIENT_TALLIES]; /* owned */
	size_t tally_count;

	uint64_t windows, windows_told;
	uint64_t gap; /* occurrences dropped since the last gap record */
	int64_t gap_from_ms, gap_to_ms;
	struct record_client_stats stats;
};

static struct item **ring_at(struct record_client *c, size_t i)
{
	return &c->ring[(c->first + i) % RECORD_RING_MAX];
}

static bool item_gives_way(const struct item *i)
{
	return i->nr == 0 && i->kind == RECORD_APPEND && i->event == EVENT_REPEAT;
}

static void item_free(struct item *i)
{
	if (i)
		free(i->box);
	free(i);
}

static struct item *item_pack(const struct record *r, uint16_t kind)
{
	size_t lens[RECORD_FIELDS], total = 0;

	for (size_t i = 1; i < RECORD_FIELDS; i++) { /* src is the client's own */
		lens[i] = strnlen((const char *)r + record_fields[i].at, record_fields[i].size - 1);
		total += lens[i] + 1;
	}
	struct item *item = malloc(sizeof(*item) + total);
	if (!item)
		return NULL;
	*item = (struct item){.count = r->count,
			      .time_ms = r->time_ms,
			      .until_ms = r->until_ms,
			      .kind = kind,
			      .journal = r->journal,
			      .event = r->event,
			      .severity = r->severity,
			      .date_only = r->date_only,
			      .len = total};
	char *out = item->packed;
	for (size_t i = 1; i < RECORD_FIELDS; i++) {
		const char *text = (const char *)r + record_fields[i].at;
		for (size_t k = 0; k < lens[i]; k++)
			*out++ = text[k] >= 0x20 && text[k] <= 0x7e ? text[k] : '?';
		*out++ = 0;
	}
	return item;
}

static void item_unpack(const struct record_client *c, const struct item *item, struct record *out)
{
	const char *at = item->packed;

	*out = (struct record){.magic = RECORD_MAGIC,
			       .kind = item->kind,
			       .journal = item->journal,
			       .event = item->event,
			       .nr = item->nr,
			       .time_ms = item->time_ms,
			       .until_ms = item->until_ms,
			       .count = item->count,
			       .severity = item->severity,
			       .date_only = item->date_only};
	memcpy(out->src, c->src, sizeof(out->src));
	for (size_t i = 1; i < RECORD_FIELDS; i++) {
		size_t len = strlen(at) + 1;
		memcpy((char *)out + record_fields[i].at, at, len);
		at += len;
	}
}

static void client_lose(struct record_client *c, uint64_t count)
{
	int64_t hour_ms = clock_wall_ms() / HOUR_MS * HOUR_MS;
	uint64_t lost = count > 0 ? count : 1;

	if (c->gap == 0)
		c->gap_from_ms = hour_ms;
	c->gap_to_ms = hour_ms;
	c->gap += lost;
	c->stats.lost += lost;
}

static void ring_push(struct record_client *c, struct item *item)
{
	*ring_at(c, c->used++) = item;
	if (item_gives_way(item))
		c->repeats++;
}

/* Takes the oldest unsent repeat out; the numbered ones in front of it never move. */
static bool ring_drop_repeat(struct record_client *c)
{
	if (c->repeats == 0)
		return false;
	size_t i = c->sent;
	while (!item_gives_way(*ring_at(c, i)))
		i++;
	client_lose(c, (*ring_at(c, i))->count);
	free(*ring_at(c, i));
	for (; i + 1 < c->used; i++)
		*ring_at(c, i) = *ring_at(c, i + 1);
	c->used--;
	c->repeats--;
	return true;
}

static void ring_pop(struct record_client *c)
{
	struct item *item = *ring_at(c, 0);

	c->first = (c->first + 1) % RECORD_RING_MAX;
	c->used--;
	c->sent--;
	c->stats.acknowledged++;
	if (item->told)
		item->told(item->user, item->outcome);
	item_free(item);
}

/* Once there is room, what was dropped becomes one record. */
static void client_close_gap(struct record_client *c, size_t room)
{
	if (c->gap == 0 || c->used + room > RECORD_RING_MAX)
		return;
	struct record r = {.journal = JOURNAL_INCIDENT,
			   .event = EVENT_GAP,
			   .count = c->gap,
			   .time_ms = c->gap_from_ms,
			   .until_ms = c->gap_to_ms,
			   .detail = "the sender's memory was full"};
	struct item *item = item_pack(&r, RECORD_APPEND);
	if (!item)
		return;
	ring_push(c, item);
	c->gap = 0;
}

static void tallies_move(struct record_client *c)
{
	while (c->tally_count > 0 && c->used < RECORD_RING_MAX)
		ring_push(c, c->tallies[--c->tally_count]);
}

static void client_disconnect(struct record_client *c);

static int client_send(struct record_client *c, const struct record *r)
{
	return send(c->sock, r, sizeof(*r), MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static int client_send_windows(struct record_client *c, uint16_t kind)
{
	struct record r = {.magic = RECORD_MAGIC, .kind = kind, .count = c->windows};

	memcpy(r.src, c->src, sizeof(r.src));
	int error = client_send(c, &r);
	if (error == 0)
		c->windows_told = c->windows;
	return error;
}

/* A box and its record are one: a connection that breaks between them sends both again. */
static int client_send_box(struct record_client *c, struct record_box *box)
{
	size_t len = offsetof(struct record_box, bytes) + box->len;

	memcpy(box->src, c->src, sizeof(box->src));
	return send(c->sock, box, len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static int client_send_item(struct record_client *c, struct item *item)
{
	struct record r;
	bool gave_way = item_gives_way(item);

	/* The number is given before the attempt: a message that fails half-way may have arrived. */
	if (item->nr == 0)
		item->nr = ++c->nr;
	if (gave_way)
		c->repeats--;
	item_unpack(c, item, &r);
	int error = item->box ? client_send_box(c, item->box) : 0;
	return error == 0 ? client_send(c, &r) : error;
}

/*
 * Sends what may be sent; -EAGAIN when the socket is full. A window that opens is told before the records that wait, one
 * that closes behind them: whoever is killed in between leaves a gap that is too large rather than none.
 */
static int client_push(struct record_client *c)
{
	int error = c->windows > c->windows_told ? client_send_windows(c, RECORD_OPEN) : 0;

	while (error == 0 && c->sent < c->used && c->sent < RECORD_FLIGHT_MAX) {
		error = client_send_item(c, *ring_at(c, c->sent));
		if (error == 0)
			c->sent++;
	}
	if (error == 0 && c->windows < c->windows_told && c->sent == c->used)
		error = client_send_windows(c, RECORD_CLOSE);
	return error;
}

static void client_flush(struct record_client *c)
{
	client_close_gap(c, RECORD_RING_MAX / 8);
	if (c->sock < 0)
		return;
	int error = client_push(c);
	if (error < 0 && error != -EAGAIN) {
		client_disconnect(c);
		return;
	}
	bool wants_out = error == -EAGAIN;
	if (wants_out != c->wants_out) {
		c->wants_out = wants_out;
		(void)loop_change(c->loop, c->sock, EPOLLIN | (wants_out ? (uint32_t)EPOLLOUT : 0));
	}
}

/* keeper's word is checked like any other: it can only acknowledge what was sent. */
static int client_acknowledge(struct record_client *c, const void *message, size_t len)
{
	struct record r;

	if (record_check(message, len, &r) < 0 || (r.kind != RECORD_ACK && r.kind != RECORD_TOLD) ||
	    r.nr > c->nr)
		return -EBADMSG;
	for (size_t i = 0; r.kind == RECORD_TOLD && i < c->sent; i++) {
		if ((*ring_at(c, i))->nr == r.nr && r.count < RECORD_LOST)
			(*ring_at(c, i))->outcome = (enum record_outcome)r.count;
	}
	while (r.kind == RECORD_ACK && c->sent > 0 && (*ring_at(c, 0))->nr <= r.nr)
		ring_pop(c);
	return 0;
}

/* 0 when nothing is left to read, negative when the connection is over. */
static int client_read(struct record_client *c)
{
	char message[sizeof(struct record) + 1];

	for (;;) {
		ssize_t n = recv(c->sock, message, sizeof(message), MSG_DONTWAIT);
		if (n < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -errno;
		if (n == 0)
			return -ECONNRESET;
		int error = client_acknowledge(c, message, (size_t)n);
		if (error < 0)
			return error;
	}
}

static void client_ready(void *user, uint32_t events)
{
	struct record_client *c = user;

	(void)events;
	if (client_read(c) < 0)
		client_disconnect(c);
	else
		client_flush(c);
}

static void client_connect(void *user)
{
	struct record_client *c = user;

	c->sock = service_connect(c->path);
	if (c->sock >= 0 && (loop_watch(c->loop, c->sock, EPOLLIN, client_ready, c) < 0 ||
			     client_send_windows(c, RECORD_HELLO) < 0))
		client_disconnect(c);
	if (c->sock < 0) {
		loop_arm(c->loop, &c->retry, c->retry_ms, client_connect, c);
		c->retry_ms = c->retry_ms * 2 < CLIENT_RETRY_MAX_MS ? c->retry_ms * 2 : CLIENT_RETRY_MAX_MS;
		return;
	}
	c->retry_ms = CLIENT_RETRY_MS;
	c->stats.connects++;
	client_flush(c);
}

static void client_disconnect(struct record_client *c)
{
	if (c->sock >= 0) {
		loop_unwatch(c->loop, c->sock);
		close(c->sock);
	}
	c->sock = -1;
	c->sent = 0;
	c->wants_out = false;
	loop_arm(c->loop, &c->retry, c->retry_ms, client_connect, c);
}

struct record_client *record_client_new(struct loop *loop, const char *path, const char *program)
{
	struct record_client *c = calloc(1, sizeof(*c));
	uint64_t life = 0;

	if (!c)
		return NULL;
	c->path = strdup(path);
	if (!c->path || getrandom(&life, sizeof(life), 0) != sizeof(life)) {
		free(c->path);
		free(c);
		return NULL;
	}
	(void)snprintf(c->src, sizeof(c->src), "%.30s-%016llx", program, (unsigned long long)life);
	c->loop = loop;
	c->sock = -1;
	c->retry_ms = CLIENT_RETRY_MS;
	client_connect(c);
	return c;
}

void record_client_free(struct record_client *c)
{
	if (!c)
		return;
	if (c->sock >= 0)
		client_disconnect(c);
	loop_disarm(c->loop, &c->retry);
	loop_disarm(c->loop, &c->join);
	for (size_t i = 0; i < c->used; i++)
		item_free(*ring_at(c, i));
	for (size_t i = 0; i < c->tally_count; i++)
		free(c->tallies[i]);
	free(c->path);
	free(c);
}

void record_client_append(struct record_client *c, const struct record *r)
{
	struct item *item = item_pack(r, RECORD_APPEND);

	if (item && c->used == RECORD_RING_MAX && (item_gives_way(item) || !ring_drop_repeat(c))) {
		free(item);
		item = NULL;
	}
	if (!item) {
		client_lose(c, r->count);
		return;
	}
	ring_push(c, item);
	client_flush(c);
}

static int append_told(struct record_client *c, struct item *item, record_told *told, void *user)
{
	if (!item || (c->used == RECORD_RING_MAX && !ring_drop_repeat(c))) {
		item_free(item);
		return -ENOSPC;
	}
	item->told = told;
	item->user = user;
	ring_push(c, item);
	client_flush(c);
	return 0;
}

int record_client_append_box(struct record_client *c, const struct record *r, const void *box, size_t len,
			     record_told *told, void *user)
{
	struct item *item = len > 0 && len <= RECORD_BOX_MAX ? item_pack(r, RECORD_APPEND) : NULL;

	if (item)
		item->box = calloc(1, sizeof(*item->box));
	if (!item || !item->box) {
		item_free(item);
		return -ENOSPC;
	}
	*item->box = (struct record_box){.magic = RECORD_MAGIC, .kind = RECORD_BOX, .len = (uint16_t)len};
	memcpy(item->box->bytes, box, len);
	return append_told(c, item, told, user);
}

int record_client_append_told(struct record_client *c, const struct record *r, record_told *told, void *user)
{
	return append_told(c, item_pack(r, RECORD_APPEND), told, user);
}

int record_client_withdraw(struct record_client *c, const char *receipt, record_told *told, void *user)
{
	struct record r = {.journal = JOURNAL_CONTACT, .event = EVENT_CONTACT};

	(void)snprintf(r.sealed, sizeof(r.sealed), "%s", receipt);
	return append_told(c, item_pack(&r, RECORD_WITHDRAW), told, user);
}

void record_client_forget(struct record_client *c, const void *user)
{
	for (size_t i = 0; i < c->used; i++) {
		if ((*ring_at(c, i))->user == user)
			(*ring_at(c, i))->told = NULL;
	}
}

static bool item_same_key(const struct item *a, const struct item *b)
{
	return a->time_ms == b->time_ms && a->severity == b->severity && a->len == b->len &&
	       memcmp(a->packed, b->packed, a->len) == 0;
}

static void tallies_due(void *user)
{
	struct record_client *c = user;

	tallies_move(c);
	client_flush(c);
	if (c->tally_count > 0)
		loop_arm(c->loop, &c->join, CLIENT_RETRY_MS, tallies_due, c);
}

void record_client_tally(struct record_client *c, const struct record *r)
{
	struct record day = {.severity = r->severity, .count = r->count};
	int64_t time_ms = r->time_ms > 0 ? r->time_ms : clock_wall_ms();

	/* Only the key travels: a count points at nobody. */
	day.time_ms = time_ms / DAY_MS * DAY_MS;
	memcpy(day.category, r->category, sizeof(day.category));
	memcpy(day.action, r->action, sizeof(day.action));
	memcpy(day.rule, r->rule, sizeof(day.rule));
	memcpy(day.group, r->group, sizeof(day.group));
	memcpy(day.detail, r->detail, sizeof(day.detail));
	struct item *item = item_pack(&day, RECORD_TALLY);
	for (size_t i = 0; item && i < c->tally_count; i++) {
		if (!item_same_key(item, c->tallies[i]))
			continue;
		c->tallies[i]->count += item->count;
		free(item);
		return;
	}
	if (c->tally_count == CLIENT_TALLIES)
		tallies_move(c);
	if (!item || c->tally_count == CLIENT_TALLIES) {
		free(item);
		client_lose(c, r->count);
		return;
	}
	c->tallies[c->tally_count++] = item;
	if (c->join.due_ms == 0)
		loop_arm(c->loop, &c->join, CLIENT_JOIN_MS, tallies_due, c);
}

void record_client_windows(struct record_client *c, uint64_t open)
{
	c->windows = open;
	client_flush(c);
}

/* Outside the loop: the same steps, driven by poll until the deadline. */
static void client_drain(struct record_client *c, int64_t deadline_ms)
{
	for (;;) {
		int64_t left = deadline_ms - clock_mono_ms();
		tallies_move(c);
		client_close_gap(c, 1);
		client_flush(c);
		if ((c->used == 0 && c->tally_count == 0 && c->gap == 0) || left <= 0)
			return;
		struct pollfd p = {.fd = c->sock, .events = (short)(POLLIN | (c->wants_out ? POLLOUT : 0))};
		if (poll(&p, 1, left < CLIENT_RETRY_MS ? (int)left : CLIENT_RETRY_MS) > 0 &&
		    client_read(c) < 0)
			client_disconnect(c);
		if (c->sock < 0)
			client_connect(c);
	}
}

/* Occurrences that keeper has not been sent on this connection. */
static uint64_t client_left(struct record_client *c)
{
	uint64_t left = c->gap;

	for (size_t i = c->sent; i < c->used; i++)
		left += (*ring_at(c, i))->count;
	for (size_t i = 0; i < c->tally_count; i++)
		left += c->tallies[i]->count;
	return left;
}

uint64_t record_client_end(struct record_client *c, int wait_ms)
{
	c->windows = 0;
	client_drain(c, clock_mono_ms() + wait_ms);
	uint64_t left = client_left(c);
	if (c->sock >= 0) {
		/* What is left goes with us: keeper makes a gap of the windows of a sender that says no goodbye. */
		c->windows = left;
		(void)client_send_windows(c, left > 0 ? RECORD_OPEN : RECORD_BYE);
		client_disconnect(c);
	}
	loop_disarm(c->loop, &c->retry);
	loop_disarm(c->loop, &c->join);
	return left;
}

void record_client_stats(const struct record_client *c, struct record_client_stats *out)
{
	*out = c->stats;
	out->connected = c->sock >= 0;
	out->waiting = c->used + c->tally_count;
}
