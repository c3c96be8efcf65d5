/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The records' way in. A connection greets with its src, then sends numbers without holes; whatever else comes ends
 * it. The same number may come again after a reconnect: what the journals (or the counts) know already is skipped,
 * and acknowledged like the rest once the batch around it is durable.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/service.h"
#include "keeper/keeper.h"

enum { COMPLAIN_MS = 10000, READ_TURN = 128 };

static void complain(struct keeper *k, const char *what)
{
	int64_t now_ms = clock_mono_ms();

	if (k->last_complaint_ms != 0 && now_ms - k->last_complaint_ms < COMPLAIN_MS)
		return;
	k->last_complaint_ms = now_ms;
	log_warn("a sender of records was cut off: %s", what);
}

static void tell_windows(struct keeper *k, struct counts_source *s)
{
	char detail[RECORD_DETAIL_SIZE];

	if (s->windows == 0)
		return;
	(void)snprintf(detail, sizeof(detail),
		       "%s ended with %llu windows open: what was to be repeated is unknown", s->src,
		       (unsigned long long)s->windows);
	keeper_gap(k, s->windows, detail);
	s->windows = 0;
	k->counts_dirty = true;
}

static void sender_close(struct sender *s)
{
	struct keeper *k = s->keeper;
	struct counts_source *source = s->greeted ? counts_source(&k->counts, s->src, false) : NULL;

	if (source)
		source->connected = false;
	if (s->watched)
		loop_unwatch(k->loop, s->sock);
	close(s->sock);
	free(s->box);
	*s = (struct sender){.keeper = k, .sock = -1};
}

/* keeper cut it off: it may come back, so its windows are not lost yet. */
static void sender_refuse(struct sender *s, const char *what)
{
	struct keeper *k = s->keeper;

	k->stats.refused_messages++;
	complain(k, what);
	sender_close(s);
	if (k->grace.due_ms == 0)
		loop_arm(k->loop, &k->grace, KEEPER_GRACE_MS, k->grace.call, k);
}

/* It went while its records could not be read: nobody knows what it took with it. */
static void tell_held(struct keeper *k, const char *src)
{
	char detail[RECORD_DETAIL_SIZE];

	(void)snprintf(detail, sizeof(detail),
		       "%s ended while the disk took no records: what it still held is unknown", src);
	keeper_gap(k, 0, detail);
}

static void sender_gone(struct sender *s)
{
	struct keeper *k = s->keeper;
	struct counts_source *source = s->greeted ? counts_source(&k->counts, s->src, false) : NULL;
	bool held = s->held > 0 && !s->goodbye;

	sender_close(s);
	if (source && held && source->windows == 0)
		tell_held(k, source->src);
	if (source)
		tell_windows(k, source);
}

static void greet(struct sender *s, const struct record *r)
{
	struct keeper *k = s->keeper;

	for (size_t i = 0; i < KEEPER_SENDERS; i++) {
		struct sender *other = &k->senders[i];
		if (other->sock >= 0 && other->greeted && strcmp(other->src, r->src) == 0)
			sender_close(other); /* it reconnected before we saw its end */
	}
	struct counts_source *source = counts_source(&k->counts, r->src, true);
	if (s->sock < 0 || !source || r->src[0] == 0 || strcmp(r->src, "keeper") == 0) {
		if (s->sock >= 0)
			sender_refuse(s, "a greeting that cannot be");
		return;
	}
	memcpy(s->src, r->src, sizeof(s->src));
	s->greeted = true;
	source->connected = true;
	source->windows = r->count;
	k->counts_dirty = true;
	keeper_soon(k);
}

/* A number too large means that records of this sender were lost: by a folder that was emptied, or by the sender. */
static bool number_follows(struct sender *s, const struct counts_source *source, uint64_t nr)
{
	struct keeper *k = s->keeper;
	uint64_t seen = counts_source_seen(source);
	char detail[RECORD_DETAIL_SIZE];

	if (nr == 0)
		return false;
	if (s->received != 0)
		return nr == s->received + 1;
	if (nr > seen + 1 && !k->counts_lost) {
		(void)snprintf(detail, sizeof(detail),
			       "%s goes on with number %llu, the last one known is %llu", s->src,
			       (unsigned long long)nr, (unsigned long long)seen);
		keeper_gap(k, nr - seen - 1, detail);
	}
	return true;
}

/* Which events a sender may write into which journal; the rest is keeper's own. */
static bool may_append(const struct record *r)
{
	static const int journal_of[EVENTS] = {
		[EVENT_INCIDENT] = 1 + JOURNAL_INCIDENT, [EVENT_REPEAT] = 1 + JOURNAL_INCIDENT,
		[EVENT_FEEDBACK] = 1 + JOURNAL_FEEDBACK, [EVENT_CONTACT] = 1 + JOURNAL_CONTACT,
		[EVENT_AUDIT] = 1 + JOURNAL_AUDIT,
	};

	return r->event == EVENT_GAP || journal_of[r->event] == 1 + r->journal;
}

/* What a record says about a box is done before the record counts. */
static int take_box(struct sender *s, const struct record *r)
{
	bool only_read = r->event == EVENT_CONTACT && strcmp(r->action, "read") == 0;
	struct record_box *box = s->box;

	s->box = NULL;
	int rc = only_read ? boxes_read(s->keeper, r)
		 : box     ? boxes_store(s->keeper, r, span_of(box->bytes, box->len))
			   : -EBADMSG;
	free(box);
	/* Read a moment after it was withdrawn: the record of it may still be made. */
	return only_read && rc == -ENOENT ? 0 : rc;
}

static int take_append(struct sender *s, struct counts_source *source, const struct record *r)
{
	struct keeper *k = s->keeper;

	if (r->nr <= source->nr[r->journal]) {
		k->stats.repeats++;
		free(s->box);
		s->box = NULL;
		return 0;
	}
	int rc = r->sealed[0] != '\0' ? take_box(s, r) : 0;
	if (rc < 0)
		return rc;
	source->nr[r->journal] = r->nr;
	k->taken[k->taken_count++] = *r;
	k->from_senders++;
	if (r->event == EVENT_GAP)
		k->stats.gaps++;
	return 0;
}

/* The answer goes out at once, the acknowledgement behind the batch: whoever hears both knows that it is durable. */
static int take_withdrawal(struct sender *s, struct counts_source *source, const struct record *r)
{
	struct record told = {.magic = RECORD_MAGIC, .kind = RECORD_TOLD, .nr = r->nr};
	enum record_outcome outcome;

	int rc = boxes_withdraw(s->keeper, r, &outcome);
	if (rc < 0)
		return rc;
	if (r->nr > source->nr[r->journal])
		source->nr[r->journal] = r->nr;
	s->keeper->counts_dirty = true;
	told.count = outcome;
	memcpy(told.src, s->src, sizeof(told.src));
	return send(s->sock, &told, sizeof(told), MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static int take_tally(struct keeper *k, struct counts_source *source, struct record *r)
{
	if (r->nr <= source->nr[SOURCE_TALLY]) {
		k->stats.repeats++;
		return 0;
	}
	source->nr[SOURCE_TALLY] = r->nr;
	if (r->time_ms == 0)
		r->time_ms = clock_wall_ms();
	if (counts_add(&k->counts, r) < 0)
		keeper_gap(k, r->count, "more kinds of counts in one day than keeper holds");
	k->stats.tallies++;
	k->counts_dirty = true;
	return 0;
}

static void take_numbered(struct sender *s, struct record *r)
{
	struct keeper *k = s->keeper;
	struct counts_source *source = counts_source(&k->counts, s->src, true);

	if (!source || !number_follows(s, source, r->nr) || (r->kind == RECORD_APPEND && !may_append(r))) {
		sender_refuse(s, "a record that cannot be");
		return;
	}
	int rc = r->kind == RECORD_APPEND  ? take_append(s, source, r)
		 : r->kind == RECORD_TALLY ? take_tally(k, source, r)
					   : take_withdrawal(s, source, r);
	if (rc < 0) { /* it comes again */
		sender_refuse(s, "a box that is none, or that the disk does not take");
		return;
	}
	s->received = r->nr;
	keeper_soon(k);
}

static void take_windows(struct sender *s, uint64_t windows)
{
	struct counts_source *source = counts_source(&s->keeper->counts, s->src, true);

	if (source)
		source->windows = windows;
	s->keeper->counts_dirty = true;
	keeper_soon(s->keeper);
}

static bool take_message_box(struct sender *s, const void *message, size_t len)
{
	struct record_box *box =
		s->greeted && len >= offsetof(struct record_box, bytes) ? malloc(sizeof(*box)) : NULL;

	if (!box || record_box_check(message, len, box) < 0 || strcmp(box->src, s->src) != 0) {
		free(box);
		return false;
	}
	free(s->box);
	s->box = box;
	return true;
}

static void take(struct sender *s, const void *message, size_t len)
{
	struct record r;

	if (take_message_box(s, message, len))
		return;
	bool known = record_check(message, len, &r) == 0 && (r.kind == RECORD_HELLO) != s->greeted &&
		     (!s->greeted || strcmp(r.src, s->src) == 0);

	switch (known ? r.kind : 0) {
	case RECORD_HELLO:
		greet(s, &r);
		break;
	case RECORD_APPEND:
	case RECORD_TALLY:
	case RECORD_WITHDRAW:
		take_numbered(s, &r);
		break;
	case RECORD_OPEN:
	case RECORD_CLOSE:
		take_windows(s, r.count);
		break;
	case RECORD_BYE:
		s->goodbye = true;
		take_windows(s, 0);
		break;
	default:
		sender_refuse(s, "a message that is none");
		break;
	}
}

static bool has_room(struct keeper *k)
{
	if (k->from_senders == KEEPER_TAKEN_MAX)
		(void)keeper_commit(k);
	return !k->committing && !k->stuck && k->from_senders < KEEPER_TAKEN_MAX;
}

static void sender_read(void *user, uint32_t events)
{
	struct sender *s = user;
	char message[sizeof(struct record_box) + 1]; /* one more, so that a longer message shows */
	_Static_assert(sizeof(struct record_box) > sizeof(struct record), "room for either");

	(void)events;
	for (int i = 0; i < READ_TURN && s->sock >= 0 && has_room(s->keeper) && s->sock >= 0; i++) {
		ssize_t n = recv(s->sock, message, sizeof(message), MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0)
			sender_gone(s);
		else
			take(s, message, (size_t)n);
	}
}

static void sender_watch(struct sender *s, bool watch)
{
	if (s->sock < 0 || s->watched == watch)
		return;
	/* Taken out of the loop entirely: a hang-up would be reported for ever. */
	if (watch)
		s->watched = loop_watch(s->keeper->loop, s->sock, EPOLLIN, sender_read, s) == 0;
	else {
		loop_unwatch(s->keeper->loop, s->sock);
		s->watched = false;
	}
}

void senders_pause(struct keeper *k, bool pause)
{
	for (size_t i = 0; i < KEEPER_SENDERS; i++) {
		if (pause)
			k->senders[i].held = KEEPER_HELD_TICKS;
		sender_watch(&k->senders[i], !pause);
	}
}

void senders_tick(struct keeper *k)
{
	for (size_t i = 0; i < KEEPER_SENDERS; i++) {
		struct sender *s = &k->senders[i];
		if (s->held == 0)
			continue;
		s->held = s->heard == s->received ? s->held - 1 : KEEPER_HELD_TICKS;
		s->heard = s->received;
	}
}

void senders_drain(struct keeper *k)
{
	for (size_t i = 0; i < KEEPER_SENDERS; i++) {
		if (k->senders[i].sock >= 0)
			sender_read(&k->senders[i], EPOLLIN);
	}
}

void senders_acknowledge(struct keeper *k)
{
	struct record r = {.magic = RECORD_MAGIC, .kind = RECORD_ACK};

	for (size_t i = 0; i < KEEPER_SENDERS; i++) {
		struct sender *s = &k->senders[i];
		if (s->sock < 0 || s->acknowledged == s->received)
			continue;
		r.nr = s->acknowledged = s->received;
		memcpy(r.src, s->src, sizeof(r.src));
		if (send(s->sock, &r, sizeof(r), MSG_DONTWAIT | MSG_NOSIGNAL) < 0 && errno == EAGAIN)
			sender_refuse(s, "it does not read its acknowledgements");
	}
}

void senders_missing(struct keeper *k)
{
	for (size_t i = 0; i < k->counts.source_count; i++) {
		struct counts_source *s = &k->counts.sources[i];
		if (!s->connected)
			tell_windows(k, s);
	}
}

static bool may_send(const struct keeper *k, uid_t uid)
{
	bool known = uid == 0 || uid == geteuid();

	for (size_t i = 0; !known && i < sizeof(k->uids) / sizeof(k->uids[0]); i++)
		known = uid == k->uids[i];
	return known;
}

static struct sender *sender_place(struct keeper *k)
{
	for (size_t i = 0; i < KEEPER_SENDERS; i++) {
		if (k->senders[i].sock < 0)
			return &k->senders[i];
	}
	return NULL;
}

static void senders_accept(void *user, uint32_t events)
{
	struct keeper *k = user;
	int sock = accept4(k->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)events;
	if (sock < 0)
		return;
	struct sender *place = sender_place(k);
	if (!place || !may_send(k, service_peer_uid(sock))) {
		k->stats.refused_senders++;
		complain(k, place ? "its user may not send" : "too many at once");
		close(sock);
		return;
	}
	place->sock = sock;
	place->held = k->stuck ? KEEPER_HELD_TICKS : 0;
	if (!k->stuck)
		sender_watch(place, true);
}

int senders_listen(struct keeper *k)
{
	char path[4096];

	conf_socket(k->conf, "keeper", -1, path, sizeof(path));
	/* Everybody may knock; who may come in is decided by the user at the other end. */
	k->listener = service_listen(path, 0666);
	if (k->listener < 0)
		return k->listener;
	return loop_watch(k->loop, k->listener, EPOLLIN, senders_accept, k);
}

void senders_clear(struct keeper *k)
{
	for (size_t i = 0; i < KEEPER_SENDERS; i++) {
		if (k->senders[i].sock >= 0)
			sender_close(&k->senders[i]);
	}
	if (k->listener >= 0) {
		loop_unwatch(k->loop, k->listener);
		close(k->listener);
	}
	k->listener = -1;
}
