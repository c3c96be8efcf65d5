/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The content's key is made anew for every box and sealed once a recipient, so that a box for eight people is not
 * eight times as long. Everything before the nonce is bound to the content by the digest that keeper signs.
 */
#include "incident/box.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "base/cursor.h"

static const uint8_t magic[8] = {'T', 'R', 'Y', 'G', 'B', 'O', 'X', '1'};

enum {
	KEY_SIZE = crypto_secretbox_KEYBYTES,
	NONCE_SIZE = crypto_secretbox_NONCEBYTES,
	SEALED_KEY_SIZE = KEY_SIZE + crypto_box_SEALBYTES,
	SLOT_SIZE = BOX_ID_SIZE + SEALED_KEY_SIZE,
};

_Static_assert(sizeof(magic) + BOX_RECEIPT_SIZE + 1 == BOX_HEAD_SIZE, "the head is what it says");
_Static_assert(BOX_HEAD_SIZE + BOX_RECIPIENTS_MAX * SLOT_SIZE + NONCE_SIZE + crypto_secretbox_MACBYTES +
			       BOX_CONTENT_MAX + 1 <=
		       BOX_SIZE_MAX,
	       "the largest content fits for the most recipients");

static void key_id(const uint8_t public[static BOX_PUBLIC_SIZE], uint8_t out[static BOX_ID_SIZE])
{
	uint8_t digest[crypto_generichash_BYTES];

	crypto_generichash(digest, sizeof(digest), public, BOX_PUBLIC_SIZE, NULL, 0);
	memcpy(out, digest, BOX_ID_SIZE);
}

static bool is_twice(const struct box_key *to, size_t i)
{
	for (size_t k = 0; k < i; k++) {
		if (memcmp(to[k].public, to[i].public, BOX_PUBLIC_SIZE) == 0)
			return true;
	}
	return false;
}

static int put_recipients(struct writer *w, const struct box_key *to, size_t count,
			  const uint8_t key[static KEY_SIZE])
{
	for (size_t i = 0; i < count; i++) {
		uint8_t id[BOX_ID_SIZE], sealed[SEALED_KEY_SIZE];
		if (is_twice(to, i) || crypto_box_seal(sealed, key, KEY_SIZE, to[i].public) != 0)
			return -EINVAL;
		key_id(to[i].public, id);
		writer_bytes(w, id, sizeof(id));
		writer_bytes(w, sealed, sizeof(sealed));
	}
	return 0;
}

static int put_content(struct writer *w, struct span content, const uint8_t key[static KEY_SIZE])
{
	uint8_t plain[BOX_CONTENT_MAX + 1], sealed[BOX_CONTENT_MAX + 1 + crypto_secretbox_MACBYTES];
	uint8_t nonce[NONCE_SIZE];
	size_t padded = 0;

	memcpy(plain, content.at, content.len);
	if (sodium_pad(&padded, plain, content.len, BOX_PAD, sizeof(plain)) != 0)
		return -EMSGSIZE;
	randombytes_buf(nonce, sizeof(nonce));
	(void)crypto_secretbox_easy(sealed, plain, padded, nonce, key);
	sodium_memzero(plain, sizeof(plain));
	writer_bytes(w, nonce, sizeof(nonce));
	writer_bytes(w, sealed, padded + crypto_secretbox_MACBYTES);
	return 0;
}

int box_seal(const struct box_key *to, size_t count, struct span content,
	     const uint8_t receipt[static BOX_RECEIPT_SIZE], uint8_t *out, size_t size, size_t *len)
{
	struct writer w = writer_of(out, size < BOX_SIZE_MAX ? size : BOX_SIZE_MAX);
	uint8_t key[KEY_SIZE];

	if (count < BOX_RECIPIENTS_MIN || count > BOX_RECIPIENTS_MAX)
		return -EINVAL;
	if (content.len > BOX_CONTENT_MAX)
		return -EMSGSIZE;
	randombytes_buf(key, sizeof(key));
	writer_bytes(&w, magic, sizeof(magic));
	writer_bytes(&w, receipt, BOX_RECEIPT_SIZE);
	writer_u8(&w, (uint8_t)count);
	int rc = put_recipients(&w, to, count, key);
	if (rc == 0)
		rc = put_content(&w, content, key);
	sodium_memzero(key, sizeof(key));
	*len = writer_len(&w);
	return rc < 0 ? rc : writer_ok(&w) ? 0 : -EMSGSIZE;
}

/* The parts of a box; false when it is none. */
static bool split(struct span box, struct span *slots, struct span *content)
{
	struct reader r = reader_of(box);
	struct span head = reader_take(&r, sizeof(magic));
	size_t count, sealed;

	reader_skip(&r, BOX_RECEIPT_SIZE);
	count = reader_u8(&r);
	*slots = reader_take(&r, count * SLOT_SIZE);
	*content = reader_rest(&r);
	if (!reader_ok(&r) || box.len > BOX_SIZE_MAX || memcmp(head.at, magic, sizeof(magic)) != 0 ||
	    count < BOX_RECIPIENTS_MIN || count > BOX_RECIPIENTS_MAX ||
	    content->len < NONCE_SIZE + crypto_secretbox_MACBYTES)
		return false;
	sealed = content->len - NONCE_SIZE - crypto_secretbox_MACBYTES;
	return sealed > 0 && sealed <= BOX_CONTENT_MAX + 1 && sealed % BOX_PAD == 0;
}

bool box_is_box(struct span box)
{
	struct span slots, content;

	return split(box, &slots, &content);
}

static int find_key(struct span slots, const struct box_key *key, uint8_t out[static KEY_SIZE])
{
	uint8_t id[BOX_ID_SIZE];

	key_id(key->public, id);
	for (size_t at = 0; at < slots.len; at += SLOT_SIZE) {
		if (memcmp(slots.at + at, id, BOX_ID_SIZE) == 0)
			return crypto_box_seal_open(out, slots.at + at + BOX_ID_SIZE, SEALED_KEY_SIZE,
						    key->public, key->secret) == 0
				       ? 0
				       : -EBADMSG;
	}
	return -ENOKEY;
}

int box_open(struct span box, const struct box_key *key, uint8_t *out, size_t size, size_t *len)
{
	struct span slots, content;
	uint8_t content_key[KEY_SIZE], plain[BOX_CONTENT_MAX + 1];

	if (!split(box, &slots, &content))
		return -EBADMSG;
	int rc = find_key(slots, key, content_key);
	if (rc < 0)
		return rc;
	size_t padded = content.len - NONCE_SIZE - crypto_secretbox_MACBYTES;
	if (crypto_secretbox_open_easy(plain, content.at + NONCE_SIZE, content.len - NONCE_SIZE, content.at,
				       content_key) != 0 ||
	    sodium_unpad(len, plain, padded, BOX_PAD) != 0)
		rc = -EBADMSG;
	else if (*len > size)
		rc = -EMSGSIZE;
	else
		memcpy(out, plain, *len);
	sodium_memzero(content_key, sizeof(content_key));
	sodium_memzero(plain, sizeof(plain));
	return rc;
}

void box_digest(struct span box, char out[static BOX_DIGEST_SIZE])
{
	uint8_t digest[crypto_generichash_BYTES];

	crypto_generichash(digest, sizeof(digest), box.at, box.len, NULL, 0);
	sodium_bin2hex(out, BOX_DIGEST_SIZE, digest, sizeof(digest));
}

/* People type words with blanks, commas or capitals as they like. */
void box_receipt(const char *word, uint8_t out[static BOX_RECEIPT_SIZE])
{
	static const char domain[] = "trygg receipt";
	char kept[128];
	size_t len = 0;

	for (; *word != '\0' && len < sizeof(kept); word++) {
		char c = *word >= 'A' && *word <= 'Z' ? (char)(*word - 'A' + 'a') : *word;
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			kept[len++] = c;
	}
	crypto_generichash(out, BOX_RECEIPT_SIZE, (const uint8_t *)kept, len, (const uint8_t *)domain,
			   sizeof(domain) - 1);
	sodium_memzero(kept, sizeof(kept));
}

bool box_has_receipt(struct span box, const uint8_t receipt[static BOX_RECEIPT_SIZE])
{
	return box_is_box(box) && sodium_memcmp(box.at + sizeof(magic), receipt, BOX_RECEIPT_SIZE) == 0;
}
