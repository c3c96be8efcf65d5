/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "incident/seal.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/file.h"
#include "incident/json.h"

const char journal_origin[JOURNAL_HASH_SIZE] =
	"0000000000000000000000000000000000000000000000000000000000000000";

static bool hex_read(const char *text, size_t len, uint8_t *out, size_t size)
{
	size_t got = 0;
	const char *end = NULL;

	return len == 2 * size && sodium_hex2bin(out, size, text, len, NULL, &got, &end) == 0 &&
	       got == size && end == text + len;
}

int seal_read_public(const char *path, struct seal_key *out)
{
	char *text = NULL;
	size_t len = 0;
	int rc = file_read(path, 4096, &text, &len);

	if (rc < 0)
		return rc == -EFBIG ? -EBADMSG : rc;
	memset(out, 0, sizeof(*out));
	if (len != 2 * SEAL_PUBLIC_SIZE + 1 || text[len - 1] != '\n' ||
	    !hex_read(text, len - 1, out->public, sizeof(out->public)))
		rc = -EBADMSG;
	free(text);
	return rc;
}

void seal_key_text(const struct seal_key *key, char out[static SEAL_KEY_TEXT_SIZE])
{
	sodium_bin2hex(out, SEAL_KEY_TEXT_SIZE, key->public, sizeof(key->public));
}

/* Everything that is signed is hashed first, so that the words and the bytes never need one buffer. */
static void seal_digest(const char *words, struct span bytes, uint8_t out[static crypto_generichash_BYTES])
{
	crypto_generichash_state state;

	crypto_generichash_init(&state, NULL, 0, crypto_generichash_BYTES);
	crypto_generichash_update(&state, (const uint8_t *)words, strlen(words) + 1);
	crypto_generichash_update(&state, bytes.at, bytes.len);
	crypto_generichash_final(&state, out, crypto_generichash_BYTES);
}

void seal_sign(const struct seal_key *key, const char *words, struct span bytes,
	       char out[static SEAL_TEXT_SIZE])
{
	uint8_t digest[crypto_generichash_BYTES], signature[crypto_sign_BYTES];

	seal_digest(words, bytes, digest);
	crypto_sign_detached(signature, NULL, digest, sizeof(digest), key->secret);
	sodium_bin2hex(out, SEAL_TEXT_SIZE, signature, sizeof(signature));
}

bool seal_holds(const struct seal_key *key, const char *words, struct span bytes, const char *signature)
{
	uint8_t digest[crypto_generichash_BYTES], raw[crypto_sign_BYTES];
	char again[SEAL_TEXT_SIZE];

	if (!hex_read(signature, strlen(signature), raw, sizeof(raw)))
		return false;
	/* One spelling only: upper-case digits would be a changed file with a valid signature. */
	sodium_bin2hex(again, sizeof(again), raw, sizeof(raw));
	seal_digest(words, bytes, digest);
	return strcmp(again, signature) == 0 &&
	       crypto_sign_verify_detached(raw, digest, sizeof(digest), key->public) == 0;
}

static const char head_words[] = "trygg journal head";

static void head_put(struct writer *w, const char *journal, const struct journal_head *head)
{
	char time[CLOCK_TEXT_SIZE];

	clock_text(head->time_ms, time);
	json_put(w, "{\"v\":1,\"journal\":");
	json_put_text(w, journal);
	json_put(w, ",\"seq\":");
	json_put_u64(w, head->seq);
	json_put(w, ",\"hash\":");
	json_put_text(w, head->hash);
	json_put(w, ",\"file\":");
	json_put_text(w, head->file);
	json_put(w, ",\"size\":");
	json_put_u64(w, head->size);
	json_put(w, ",\"time\":");
	json_put_text(w, time);
}

int head_format(const struct seal_key *key, const char *journal, const struct journal_head *head, char *out,
		size_t size)
{
	struct writer w = writer_of(out, size);
	char signature[SEAL_TEXT_SIZE];

	head_put(&w, journal, head);
	if (!writer_ok(&w))
		return -EOVERFLOW;
	seal_sign(key, head_words, span_of(out, writer_len(&w)), signature);
	json_put(&w, ",\"signature\":");
	json_put_text(&w, signature);
	json_put(&w, "}\n");
	return writer_ok(&w) ? (int)writer_len(&w) : -EOVERFLOW;
}

int head_parse(const struct seal_key *key, const char *journal, struct span text, struct journal_head *out)
{
	struct reader r = reader_of(text);
	struct journal_head head = {0};
	char name[16], time[CLOCK_TEXT_SIZE], signature[SEAL_TEXT_SIZE], again[HEAD_SIZE];

	json_take(&r, "{\"v\":1,\"journal\":");
	json_take_text(&r, name, sizeof(name));
	json_take(&r, ",\"seq\":");
	head.seq = json_take_u64(&r);
	json_take(&r, ",\"hash\":");
	json_take_text(&r, head.hash, sizeof(head.hash));
	json_take(&r, ",\"file\":");
	json_take_text(&r, head.file, sizeof(head.file));
	json_take(&r, ",\"size\":");
	head.size = json_take_u64(&r);
	json_take(&r, ",\"time\":");
	json_take_text(&r, time, sizeof(time));
	json_take(&r, ",\"signature\":");
	json_take_text(&r, signature, sizeof(signature));
	json_take(&r, "}\n");
	if (!reader_ok(&r) || reader_left(&r) > 0 || strcmp(name, journal) != 0 ||
	    clock_parse(time, &head.time_ms) < 0)
		return -EBADMSG;
	struct writer w = writer_of(again, sizeof(again));
	head_put(&w, journal, &head);
	if (!writer_ok(&w) || text.len < writer_len(&w) || memcmp(again, text.at, writer_len(&w)) != 0)
		return -EBADMSG;
	if (!seal_holds(key, head_words, span_of(again, writer_len(&w)), signature))
		return -EKEYREJECTED;
	*out = head;
	return 0;
}

int head_read(const struct seal_key *key, const char *journal, const char *path, struct journal_head *out)
{
	char *text = NULL;
	size_t len = 0;
	int rc = file_read(path, HEAD_SIZE, &text, &len);

	if (rc < 0)
		return rc == -EFBIG ? -EBADMSG : rc;
	rc = head_parse(key, journal, span_of(text, len), out);
	free(text);
	return rc;
}

static const char checkpoint_words[] = "trygg journal checkpoint";

static size_t checkpoint_text(const char *journal, const struct journal_entry *e, char *out, size_t size)
{
	const struct record *r = &e->record;
	int n = snprintf(out, size, "%s\n%llu\n%s\n%s\n%.32s\n%llu\n%s\n", journal,
			 (unsigned long long)e->seq, e->prev, r->action, r->name,
			 (unsigned long long)r->count, r->sealed);

	return n < 0 || (size_t)n >= size ? 0 : (size_t)n;
}

void checkpoint_sign(const struct seal_key *key, const char *journal, struct journal_entry *e)
{
	char text[512];
	size_t len = checkpoint_text(journal, e, text, sizeof(text));

	_Static_assert(sizeof(char[SEAL_TEXT_SIZE]) <= sizeof(e->record.detail),
		       "a signature fits the detail");
	seal_sign(key, checkpoint_words, span_of(text, len), e->record.detail);
}

bool checkpoint_holds(const struct seal_key *key, const char *journal, const struct journal_entry *e)
{
	char text[512];
	size_t len = checkpoint_text(journal, e, text, sizeof(text));

	return len > 0 && seal_holds(key, checkpoint_words, span_of(text, len), e->record.detail);
}
