/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Evidence on its way to keeper: one SOCK_SEQPACKET message a record on PREFIX/keeper.sock, every field of
 * fixed size, no pointer, no path. The sender has already applied the privacy mode; keeper writes what it gets.
 * A sender keeps a record until keeper acknowledges its `nr` (after fdatasync) and sends it again after
 * reconnecting; keeper skips numbers it knows. Texts are NUL-terminated ASCII; keeper refuses any other.
 */
#ifndef TRYGG_WIRE_RECORD_H
#define TRYGG_WIRE_RECORD_H

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
	RECORD_WORD_SIZE = 16,	 /* action, proto */
	RECORD_NAME_SIZE = 1025, /* a presentation-form name with \DDD escapes */
	RECORD_RULE_SIZE = 160,	 /* layer/file.rules:line */
	RECORD_SET_SIZE = 17,	 /* 16 hex digits */
	RECORD_GROUP_SIZE = 40,
	RECORD_SUBJECT_SIZE = 40,
	RECORD_DETAIL_SIZE = 160,
	RECORD_SEALED_SIZE = 65, /* digest in hex */
};

enum record_kind {
	RECORD_HELLO = 1, /* first message of a connection: src only */
	RECORD_APPEND,	  /* one journal record */
	RECORD_TALLY,	  /* add `count` to today's count of (category, stage in `group`, action, detail, rule) */
	RECORD_ACK,	  /* keeper -> sender: all up to and including `nr` is durable */
	RECORD_OPEN,	  /* the sender opened a repeat window of first record `nr`: a lost sender leaves a gap */
	RECORD_CLOSE,	  /* ... and closed it */
	RECORD_BYE,	  /* the sender ends in order: no windows are open */
};

struct record {
	uint32_t magic;
	uint16_t kind;	 /* enum record_kind */
	uint8_t journal; /* enum record_journal */
	uint8_t event;	 /* enum record_event */
	uint64_t nr;	 /* the sender's own counter, from 1, rising without holes */
	int64_t time_ms; /* wall clock; 0 = absent. Cut to the hour or day by the sender where the mode says so */
	int64_t until_ms;
	uint64_t count;
	uint8_t severity; /* 0-4 */
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

#endif
