/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A sealed box: one content that only the named people can read. It is sealed before it touches a disk or a socket, for
 * each recipient by itself, and its size tells nothing about its content.
 *
 *	magic[8] receipt[32] count[1]            count = recipients
 *	count times: id[8] sealed[80]            the content's key for one recipient (crypto_box_seal, X25519)
 *	nonce[24] sealed content                 crypto_secretbox, padded to BOX_PAD bytes
 *
 * `id` is the beginning of the BLAKE2b-256 of a public key, `receipt` the digest of a word that its writer got: whoever
 * knows the word may take the box back (wire/record.h). The digest that stands in a journal line as `sealed` is the
 * BLAKE2b-256 of the whole box. keeper, who stores boxes, holds no key that opens one.
 *
 * Public keys lie in one folder as KIND-NAME.pub and recovery.pub, one line "trygg-box-key KIND-NAME HEX". Secret ones belong to people,
 * protected by a passphrase (argon2id): one line "trygg-box-secret KIND-NAME OPSLIMIT MEMLIMIT SALT NONCE HEX".
 */
#ifndef TRYGG_INCIDENT_BOX_H
#define TRYGG_INCIDENT_BOX_H

#include <stdbool.h>

#include "base/span.h"

enum {
	BOX_PUBLIC_SIZE = 32,
	BOX_SECRET_SIZE = 32,
	BOX_RECEIPT_SIZE = 32,
	BOX_ID_SIZE = 8,
	BOX_RECIPIENTS_MAX = 24,
	BOX_RECIPIENTS_MIN = 3, /* two people of the chosen kind and the recovery key */
	BOX_PAD = 1024,
	BOX_CONTENT_MAX = 4 * BOX_PAD - 1,
	BOX_HEAD_SIZE = 41,
	BOX_SIZE_MAX = 8192,
	BOX_DIGEST_SIZE = 65, /* hex and NUL */
	BOX_NAME_SIZE = 48,   /* KIND-NAME */
};

struct box_key {
	char name[BOX_NAME_SIZE]; /* "nurse-kari" */
	uint8_t public[BOX_PUBLIC_SIZE];
	uint8_t secret[BOX_SECRET_SIZE]; /* zero where only the public half is known */
};

/*
 * Seals `content` to every key. 0; -EINVAL: too few or too many recipients, or two of them the same; -EMSGSIZE: the
 * content is longer than BOX_CONTENT_MAX or the box than `size`.
 */
int box_seal(const struct box_key *to, size_t count, struct span content,
	     const uint8_t receipt[static BOX_RECEIPT_SIZE], uint8_t *out, size_t size, size_t *len);
/* Whether the bytes have the form of a box. */
bool box_is_box(struct span box);
/*
 * Opens it with one key. 0; -EBADMSG: no box, or it was changed; -ENOKEY: it is not sealed to this key; -EMSGSIZE.
 */
int box_open(struct span box, const struct box_key *key, uint8_t *out, size_t size, size_t *len);
/* Its digest, lower-case hex. */
void box_digest(struct span box, char out[static BOX_DIGEST_SIZE]);
/* What stands in a box for a receipt word: letters and digits of it count, in lower case. */
void box_receipt(const char *word, uint8_t out[static BOX_RECEIPT_SIZE]);
/* Compares in constant time. */
bool box_has_receipt(struct span box, const uint8_t receipt[static BOX_RECEIPT_SIZE]);

/* ---- Keys in files (box_keys.c) */

/* "KIND-NAME": small letters, digits and - only, a kind before the first -; or "recovery". */
bool box_name_holds(const char *name);
void box_key_make(struct box_key *out, const char *name);
/* One line with newline of a public key; the length. */
size_t box_key_text(const struct box_key *key, char *out, size_t size);
/* 0, or -EBADMSG. */
int box_key_parse(struct span text, struct box_key *out);
/* The public key in NAME.pub. 0, -EBADMSG (also when it is another name's key), or the errno of reading. */
int box_key_read(const char *path, struct box_key *out);
/* One line of a secret key under a passphrase. The caller wipes it. -ENOMEM when there is no memory for argon2id. */
int box_secret_text(const struct box_key *key, const char *passphrase, char *out, size_t size);
/* 0; -EBADMSG: no such line; -EACCES: the passphrase is another; -ENOMEM. */
int box_secret_parse(struct span text, const char *passphrase, struct box_key *out);

enum { BOX_SECRET_TEXT_SIZE = 512 };

#endif
