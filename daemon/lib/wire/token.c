/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sealed tokens; see token.h. The plain form is fixed: version, time, category and rule padded with NULs. */
#include "wire/token.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cursor.h"
#include "base/file.h"

enum {
	VERSION = 1,
	PLAIN = 1 + 8 + RECORD_CATEGORY_SIZE + RECORD_RULE_SIZE,
	NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
	SEALED = NONCE + PLAIN + crypto_aead_xchacha20poly1305_ietf_ABYTES,
	CLOCK_SLACK_MS = 5000,
};

_Static_assert(TOKEN_KEY_SIZE == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "the key fits the cipher");
_Static_assert(sodium_base64_ENCODED_LEN(SEALED, sodium_base64_VARIANT_URLSAFE_NO_PADDING) == TOKEN_TEXT_SIZE,
	       "a token fits its text");

static int read_key(const char *path, uint8_t key[static TOKEN_KEY_SIZE])
{
	char *bytes = NULL;
	size_t len = 0;
	int error = file_read(path, TOKEN_KEY_SIZE, &bytes, &len);
	if (error == -EFBIG || (error == 0 && len != TOKEN_KEY_SIZE))
		error = -EBADMSG;
	if (error == 0)
		memcpy(key, bytes, TOKEN_KEY_SIZE);
	if (bytes != NULL)
		sodium_memzero(bytes, len);
	free(bytes);
	return error;
}

/* The file appears under its name only when it is whole, and never replaces another's. */
static int make_key(const char *folder, const char *path)
{
	uint8_t key[TOKEN_KEY_SIZE];
	char *temporary = NULL;
	int error = 0;
	if (asprintf(&temporary, "%s/token.key.%ld", folder, (long)getpid()) < 0)
		return -ENOMEM;
	token_key_random(key);
	int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	/* Units run with a mask that would keep the other program out. */
	if (fd < 0 || fchmod(fd, 0640) < 0 || (error = file_write_all(fd, key, sizeof key)) < 0 ||
	    link(temporary, path) < 0)
		error = error < 0 ? error : -errno;
	if (fd >= 0) {
		close(fd);
		unlink(temporary);
	}
	sodium_memzero(key, sizeof key);
	free(temporary);
	return error == -EEXIST ? 0 : error;
}

int token_key(const char *folder, uint8_t key[static TOKEN_KEY_SIZE])
{
	char *path = NULL;
	if (sodium_init() < 0)
		return -ENOSYS;
	if (asprintf(&path, "%s/token.key", folder) < 0)
		return -ENOMEM;
	int error = read_key(path, key);
	if (error == -ENOENT && (error = make_key(folder, path)) == 0)
		error = read_key(path, key);
	free(path);
	return error;
}

void token_key_random(uint8_t key[static TOKEN_KEY_SIZE])
{
	if (sodium_init() < 0)
		abort();
	randombytes_buf(key, TOKEN_KEY_SIZE);
}

void token_seal(const uint8_t key[static TOKEN_KEY_SIZE], const struct token *t,
		char out[static TOKEN_TEXT_SIZE])
{
	uint8_t plain[PLAIN] = {0}, sealed[SEALED];
	struct writer w = writer_of(plain, sizeof plain);
	uint64_t time = (uint64_t)t->time_ms;
	writer_u8(&w, VERSION);
	writer_u32(&w, (uint32_t)(time >> 32));
	writer_u32(&w, (uint32_t)time);
	/* Padded by copying the whole fields: what stands behind a NUL must be NUL. */
	snprintf((char *)plain + 9, RECORD_CATEGORY_SIZE, "%s", t->category);
	snprintf((char *)plain + 9 + RECORD_CATEGORY_SIZE, RECORD_RULE_SIZE, "%s", t->rule);
	randombytes_buf(sealed, NONCE);
	crypto_aead_xchacha20poly1305_ietf_encrypt(sealed + NONCE, NULL, plain, sizeof plain, NULL, 0, NULL,
						   sealed, key);
	sodium_bin2base64(out, TOKEN_TEXT_SIZE, sealed, sizeof sealed,
			  sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

/* Only what token_seal() could have written: texts end inside their fields. */
static int unpack(const uint8_t plain[static PLAIN], struct token *out)
{
	struct reader r = reader_of(span_of(plain, PLAIN));
	uint8_t version = reader_u8(&r);
	uint64_t high = reader_u32(&r);
	out->time_ms = (int64_t)(high << 32 | reader_u32(&r));
	memcpy(out->category, reader_take(&r, sizeof out->category).at, sizeof out->category);
	memcpy(out->rule, reader_take(&r, sizeof out->rule).at, sizeof out->rule);
	bool ended =
		out->category[sizeof out->category - 1] == '\0' && out->rule[sizeof out->rule - 1] == '\0';
	return version == VERSION && ended ? 0 : -EBADMSG;
}

int token_open(const uint8_t key[static TOKEN_KEY_SIZE], const char *text, int64_t now_ms, struct token *out)
{
	uint8_t plain[PLAIN], sealed[SEALED];
	size_t len = 0;
	struct token t;
	if (strnlen(text, TOKEN_TEXT_SIZE) != TOKEN_TEXT_SIZE - 1 ||
	    sodium_base642bin(sealed, sizeof sealed, text, TOKEN_TEXT_SIZE - 1, NULL, &len, NULL,
			      sodium_base64_VARIANT_URLSAFE_NO_PADDING) < 0 ||
	    len != sizeof sealed)
		return -EBADMSG;
	if (crypto_aead_xchacha20poly1305_ietf_decrypt(plain, NULL, NULL, sealed + NONCE,
						       sizeof sealed - NONCE, NULL, 0, sealed, key) < 0 ||
	    unpack(plain, &t) < 0)
		return -EBADMSG;
	if (t.time_ms > now_ms + CLOCK_SLACK_MS || now_ms - t.time_ms > TOKEN_LIFE_MS)
		return -ETIMEDOUT;
	*out = t;
	return 0;
}
