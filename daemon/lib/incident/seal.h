/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What makes a chain of hashes evidence: keeper's Ed25519 key (RFC 8032) signs the head after every batch, every
 * checkpoint, and the counts. Verifying needs only the public key. Each kind of signature begins with words of its
 * own, so that none can be passed off as another.
 */
#ifndef TRYGG_INCIDENT_SEAL_H
#define TRYGG_INCIDENT_SEAL_H

#include "incident/journal.h"

enum {
	SEAL_PUBLIC_SIZE = 32,
	SEAL_SECRET_SIZE = 64,
	SEAL_TEXT_SIZE = 129, /* a signature in hex, and NUL */
	SEAL_KEY_TEXT_SIZE = 65,
	SEGMENT_NAME_SIZE = 32, /* YYYY-MM-DD.jsonl, YYYY-MM-DD.N.jsonl */
	HEAD_SIZE = 512,
	JOURNAL_BATCH_MAX = 512, /* records between two heads, at most */
};

struct seal_key {
	uint8_t public[SEAL_PUBLIC_SIZE];
	uint8_t secret[SEAL_SECRET_SIZE]; /* zero where only the public half is known */
};

/* Reads FOLDER/key.pub or the given file. 0, -EBADMSG when it holds no key, or the errno of reading. */
int seal_read_public(const char *path, struct seal_key *out);
void seal_key_text(const struct seal_key *key, char out[static SEAL_KEY_TEXT_SIZE]);

/* Signature in hex over WORDS and the bytes; `words` says what is signed. */
void seal_sign(const struct seal_key *key, const char *words, struct span bytes,
	       char out[static SEAL_TEXT_SIZE]);
bool seal_holds(const struct seal_key *key, const char *words, struct span bytes, const char *signature);

/* Where a journal ends: the last record of a synced batch. seq 0 = nothing written yet. */
struct journal_head {
	uint64_t seq;
	char hash[JOURNAL_HASH_SIZE];
	char file[SEGMENT_NAME_SIZE]; /* the segment it is in, "" at seq 0 */
	uint64_t size;                /* bytes of the segment up to and including that record */
	int64_t time_ms;              /* cut to the hour: a head shall not tell when the last incident was */
};

/* One line with newline. Length or -EOVERFLOW. */
int head_format(const struct seal_key *key, const char *journal, const struct journal_head *head, char *out,
		size_t size);
/* -EBADMSG when it is no head of this journal, -EKEYREJECTED when the signature does not hold. */
int head_parse(const struct seal_key *key, const char *journal, struct span text, struct journal_head *out);
/* The head in a file. The same errors, or the errno of reading. */
int head_read(const struct seal_key *key, const char *journal, const char *path, struct journal_head *out);

/* The first chain link: 64 zeros. */
extern const char journal_origin[JOURNAL_HASH_SIZE];

/*
 * A checkpoint signs everything before it (through prev) and its own meaning: `action` says why (start, stop, day,
 * alarm, purge), `name` is the segment when it is the first record of one, and of a purge `count` is the last
 * purged seq and `sealed` that record's hash. The signature is its `detail`.
 */
void checkpoint_sign(const struct seal_key *key, const char *journal, struct journal_entry *e);
bool checkpoint_holds(const struct seal_key *key, const char *journal, const struct journal_entry *e);

#endif
