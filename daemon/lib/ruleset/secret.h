/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Confidential lists are held as keyed digests: who finds a sealed list on a disk or in a backup cannot read it, nor try
 * names on it, without the key of the installation. That is all they protect against. Names can be guessed, so whoever has
 * the key can find entries by trying; therefore the key lies in a file of its own (0600), is made on the machine, never
 * travels and belongs in no backup: after a loss the list is sealed anew. The programs that decide get the key inside the
 * compiled piece of digests, which only Trygg's accounts may read (digests.h).
 *
 * Two values stand for a host: a mark of 64 bits (SipHash), which says fast and with some errors that nothing is listed, and
 * the digest (HMAC-SHA-256) of what is listed: the canonical host, or host and canonical path in lower case.
 */
#ifndef TRYGG_RULESET_SECRET_H
#define TRYGG_RULESET_SECRET_H

#include <sodium.h>

#include "base/span.h"

enum { SECRET_SIZE = 32, SECRET_ID_SIZE = 17, SECRET_DIGEST = 32 };

struct secret {
	uint8_t key[SECRET_SIZE];
	uint8_t mark_key[crypto_shorthash_KEYBYTES];
	char id[SECRET_ID_SIZE]; /* 16 hex digits that name the key and do not tell it */
	crypto_auth_hmacsha256_state begun;
};

/* From the bytes of a key. */
void secret_from(const uint8_t key[static SECRET_SIZE], struct secret *out);
/*
 * Reads the key file. With `make`, one that is not there is made, 0600, whole or not at all. 0; -ENOENT; -EBADMSG: not a key;
 * -EPERM: somebody beside its owner may read or write it; or the errno of the file.
 */
int secret_load(const char *path, bool make, struct secret *out);
void secret_clear(struct secret *s);

uint64_t secret_mark(const struct secret *s, struct span host);

/* A digest that grows: the host, then as much of the path as has been added. `path` is taken in lower case. */
struct secret_digest {
	crypto_auth_hmacsha256_state state;
};
void secret_begin(const struct secret *s, struct span host, struct secret_digest *out);
void secret_add(struct secret_digest *d, struct span path);
/* The digest of what was added so far; more may follow. */
void secret_take(const struct secret_digest *d, uint8_t out[static SECRET_DIGEST]);

#endif
