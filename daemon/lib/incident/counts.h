/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `journal/counts`: what keeper must remember beside the journals, in one small signed file that is replaced after
 * every batch. Because it is one file, these three always agree: how often something happened today, which tallies
 * of which sender are in that number, and how far each journal had come. The journals' heads in it also show a HEAD
 * that was rolled back.
 */
#ifndef TRYGG_INCIDENT_COUNTS_H
#define TRYGG_INCIDENT_COUNTS_H

#include "incident/seal.h"

enum {
	COUNTS_TALLIES_MAX = 4096,
	COUNTS_SOURCES_MAX = 128,
	COUNTS_FILE_MAX = 4 << 20,
	SOURCE_TALLY = JOURNALS, /* index of nr[] beside the journals */
	SOURCE_NRS = JOURNALS + 1,
};

struct counts_source {
	char src[RECORD_SRC_SIZE];
	uint64_t nr[SOURCE_NRS]; /* last number written, per journal, and last tally */
	uint64_t windows;        /* repeat windows open */
	uint64_t used;           /* rises with use: the least used makes room */
	bool connected;
};

struct counts_tally {
	int64_t day_ms; /* 00:00 UTC */
	uint64_t count;
	uint64_t flushing; /* of it, in count records on their way to the journal */
	uint8_t severity;
	char category[RECORD_CATEGORY_SIZE];
	char action[RECORD_WORD_SIZE];
	char group[RECORD_GROUP_SIZE]; /* the stage */
	char rule[RECORD_RULE_SIZE];
	char detail[RECORD_DETAIL_SIZE];
};

struct counts {
	struct {
		uint64_t seq;
		char hash[JOURNAL_HASH_SIZE];
	} heads[JOURNALS];
	size_t source_count, tally_count, tally_size;
	uint64_t uses;
	struct counts_source sources[COUNTS_SOURCES_MAX];
	struct counts_tally *tallies; /* owned */
};

void counts_init(struct counts *c);
void counts_clear(struct counts *c);

/* 0, or -EBADMSG when it is not ours, not whole, or its signature does not hold; `out` is then empty. */
int counts_parse(const struct seal_key *key, struct span text, struct counts *out);
/* The caller frees *out. Tallies of count 0 are left out. -ENOMEM. */
int counts_format(const struct seal_key *key, const struct counts *c, char **out, size_t *len);

/* The source, made when `make`; NULL when it is not known, or when all places belong to connected senders. */
struct counts_source *counts_source(struct counts *c, const char *src, bool make);
/* The greatest number of a sender in any journal, or tally. */
uint64_t counts_source_seen(const struct counts_source *s);

/* Adds a tally's count to its day and key; -ENOSPC when the table is full. */
int counts_add(struct counts *c, const struct record *tally);
/* Takes a `count` record's number off again, not below 0. */
void counts_take(struct counts *c, const struct record *count);

#endif
