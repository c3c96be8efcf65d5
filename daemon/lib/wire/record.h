/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Evidence on its way to keeper: one SOCK_SEQPACKET message a record on PREFIX/keeper.sock, every field of
 * fixed size, no pointer, no path. The sender has already applied the privacy mode; keeper writes what it
 * gets. A sender keeps a record until keeper acknowledges its `nr` (after fdatasync) and sends it again after
 * reconnecting; keeper skips numbers it knows. Texts are NUL-terminated ASCII; keeper refuses any other.
 */
#ifndef TRYGG_WIRE_RECORD_H
#define TRYGG_WIRE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RECORD_MAGIC = 0x54525232 /* "TRR2" */ };

enum record_journal { JOURNAL_INCIDENT, JOURNAL_FEEDBACK, JOURNAL_CONTACT, JOURNAL_AUDIT, JOURNALS };

/* The `event` of DESIGN 6.5. */
enum record_event {
	EVENT_INCIDENT,
	EVENT_COUNT,
	EVENT_REPEAT,
	EVENT_FEEDBACK,
	EVENT_CONTACT,
	EVENT_AUDIT,
	EVENT_GAP,
	EVENT_KEY,
	EVENT_CHECKPOINT,
	EVENTS
};

enum {
	RECORD_SRC_SIZE = 48,
	RECORD_CATEGORY_SIZE = 40,
	RECORD_WORD_SIZE = 16,   /* action, proto */
	RECORD_NAME_SIZE = 1025, /* a presentation-form name with \DDD escapes */
	RECORD_RULE_SIZE = 160,  /* layer/file.rules:line */
	RECORD_SET_SIZE = 17,    /* 16 hex digits */
	RECORD_GROUP_SIZE = 40,
	RECORD_SUBJECT_SIZE = 40,
	RECORD_DETAIL_SIZE = 160,
	RECORD_SEALED_SIZE = 65, /* digest in hex */
};

enum record_kind {
	RECORD_HELLO = 1, /* first message of a connection: src, and in `count` the windows open now */
	RECORD_APPEND,    /* one journal record */
	RECORD_TALLY, /* add `count` to today's count of (category, stage in `group`, action, detail, rule) */
	RECORD_ACK,   /* keeper -> sender: all up to and including `nr` is durable */
	RECORD_OPEN,  /* more windows are open, `count` in all: a sender that is lost leaves a gap */
	RECORD_CLOSE, /* fewer are, `count` in all */
	RECORD_BYE,   /* the sender ends in order: no windows are open */
	RECORD_BOX,   /* a struct record_box: the sealed content of the record that follows */
	RECORD_WITHDRAW, /* numbered: take the box back whose receipt is in `sealed` */
	RECORD_TOLD, /* keeper -> sender, before the ACK of `nr`: what came of it, enum record_outcome in `count` */
};

/*
 * Boxes (incident/box.h). keeper stores one as JOURNAL/boxes/DIGEST.box, durable before the record whose `sealed` is its
 * BLAKE2b-256; a record that names a box which did not come right before it is refused. A `contact` record with action
 * "read" and the digest in `sealed` says that somebody has read it: from then on it cannot be withdrawn. A withdrawal
 * erases the box and leaves a `contact` record with action "withdrawn" and the digest, nothing else.
 */
enum { RECORD_BOX_MAX = 8192 };

enum record_outcome {
	RECORD_DONE,    /* durable; of a withdrawal: the box is gone */
	RECORD_IS_READ, /* not withdrawn: somebody has read it */
	RECORD_UNKNOWN, /* not withdrawn: there is no such box */
	RECORD_LOST,    /* it never reached keeper */
};

struct record {
	uint32_t magic;
	uint16_t kind;   /* enum record_kind */
	uint8_t journal; /* enum record_journal */
	uint8_t event;   /* enum record_event */
	uint64_t nr;     /* the sender's own counter, from 1, rising without holes */
	int64_t time_ms; /* wall clock; 0 = absent. Cut to the hour or day by the sender where the mode says
			    so */
	int64_t until_ms;
	uint64_t count;
	uint8_t severity;  /* 0-4 */
	uint8_t date_only; /* `time` carries the date only (feedback) */
	uint8_t reserved[6];
	char src[RECORD_SRC_SIZE]; /* engine@0-BOOTID..., unique per life of the sender */
	char category[RECORD_CATEGORY_SIZE];
	char action[RECORD_WORD_SIZE];
	char proto[RECORD_WORD_SIZE];
	char name[RECORD_NAME_SIZE];
	char rule[RECORD_RULE_SIZE];
	char set[RECORD_SET_SIZE];
	char group[RECORD_GROUP_SIZE];
	char subject[RECORD_SUBJECT_SIZE];
	char detail[RECORD_DETAIL_SIZE];
	char sealed[RECORD_SEALED_SIZE];
};

/* Sent only as long as it is. */
struct record_box {
	uint32_t magic;
	uint16_t kind; /* RECORD_BOX */
	uint16_t len;
	char src[RECORD_SRC_SIZE];
	uint8_t bytes[RECORD_BOX_MAX];
};

/* A message with a box: length, magic, kind, src. -EBADMSG otherwise. */
int record_box_check(const void *message, size_t len, struct record_box *out);

/*
 * A message as it came, checked whole before any field is used: length, magic, kind, journal, event,
 * severity, every text terminated printable ASCII, rest of every text zero. -EBADMSG otherwise.
 */
int record_check(const void *message, size_t len, struct record *out);

/*
 * The sender's side: one implementation for all senders. It never blocks and never fails towards its caller.
 * Records wait in a bounded ring until keeper acknowledges them; they are numbered when first sent and sent again,
 * with the same numbers, after a reconnect. When the ring is full, repeats give way before first occurrences, and
 * everything that was dropped is in the exact `count` of one `gap` record as soon as there is room. Tallies of the
 * same key are joined for a few milliseconds before they are sent.
 *
 *	struct record_client *keeper = record_client_new(loop, "/run/trygg/keeper.sock", "engine@0");
 *	record_client_append(keeper, &record);       first occurrence, or the `repeat` of a closed window
 *	record_client_windows(keeper, open_windows); whenever the number of open windows changed
 *	record_client_tally(keeper, &record);        daily count: category, group (= stage), action, detail, rule, count
 *	record_client_end(keeper, 500);              SIGTERM, after the repeats of all windows were appended
 *	record_client_free(keeper);
 */
enum {
	RECORD_RING_MAX = 16384, /* records that wait */
	RECORD_FLIGHT_MAX = 512, /* sent, not acknowledged */
};

struct loop;
struct record_client;

struct record_client_stats {
	bool connected;
	uint64_t waiting;      /* records not acknowledged yet */
	uint64_t acknowledged; /* records since the start */
	uint64_t lost;         /* occurrences dropped so far; all of them are, or will be, in gap records */
	uint64_t connects;
};

/* Connects as soon as `path` answers, and again when it is lost. `program` becomes src "PROGRAM-<16 hex>",
 * new in every life of the sender. Owned by the caller; NULL without memory. */
struct record_client *record_client_new(struct loop *loop, const char *path, const char *program);
void record_client_free(struct record_client *c);
/* Copies `r`; magic, kind, nr and src are set here, journal, event and the rest by the caller. Texts must be
 * printable ASCII; other bytes become '?'. */
void record_client_append(struct record_client *c, const struct record *r);
/* Called once, when keeper has acknowledged the record, or when it is sure that it never will. */
typedef void record_told(void *user, enum record_outcome outcome);
/*
 * The same with the box that r->sealed names, and with an answer. `told` comes later, out of the loop, and not at all
 * when the client is freed first. 0, or -ENOSPC when the ring is full: then nothing was taken.
 */
int record_client_append_box(struct record_client *c, const struct record *r, const void *box, size_t len,
			     record_told *told, void *user);
/* The same for a record without a box. */
int record_client_append_told(struct record_client *c, const struct record *r, record_told *told, void *user);
/* Takes back the box whose receipt, in hex, is given. As above. */
int record_client_withdraw(struct record_client *c, const char *receipt, record_told *told, void *user);
/* Forgets whom to tell, because he is gone; the record goes its way. */
void record_client_forget(struct record_client *c, const void *user);
/* Adds r->count to the count of its day (time_ms; 0 = now) and key. */
void record_client_tally(struct record_client *c, const struct record *r);
void record_client_windows(struct record_client *c, uint64_t open);
/*
 * Ends in order: waits at most `wait_ms` for the acknowledgements, then says goodbye. Closed when it returns. Returns
 * the number of occurrences that keeper was not sent: they are lost, and a gap when keeper could still be told so.
 */
uint64_t record_client_end(struct record_client *c, int wait_ms);
void record_client_stats(const struct record_client *c, struct record_client_stats *out);

#endif
