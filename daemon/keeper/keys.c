/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The secret stands beside the four journal folders and in none of them, so that a journal can be copied or handed
 * out whole. It is written before its public half: a public key without its secret would look like a theft.
 */
#include "keeper/keys.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/file.h"

enum { PATH_SIZE = 4096, SECRET_TEXT_SIZE = 2 * SEAL_SECRET_SIZE + 2 };

static int secret_read(const char *path, struct seal_key *out)
{
	char *text = NULL;
	size_t len = 0, got = 0;
	int rc = file_read(path, 4096, &text, &len);

	if (rc < 0)
		return rc == -EFBIG ? -EBADMSG : rc;
	if (len != SECRET_TEXT_SIZE - 1 || text[len - 1] != '\n' ||
	    sodium_hex2bin(out->secret, sizeof(out->secret), text, len - 1, NULL, &got, NULL) != 0 ||
	    got != sizeof(out->secret))
		rc = -EBADMSG;
	else
		crypto_sign_ed25519_sk_to_pk(out->public, out->secret);
	sodium_memzero(text, len);
	free(text);
	return rc;
}

static int secret_make(const char *path, struct seal_key *out)
{
	char text[SECRET_TEXT_SIZE];

	crypto_sign_keypair(out->public, out->secret);
	sodium_bin2hex(text, sizeof(text), out->secret, sizeof(out->secret));
	text[SECRET_TEXT_SIZE - 2] = '\n';
	int rc = file_replace(path, 0600, text, SECRET_TEXT_SIZE - 1);
	sodium_memzero(text, sizeof(text));
	return rc;
}

static int public_write(const char *path, const struct seal_key *key)
{
	char text[SEAL_KEY_TEXT_SIZE + 1];

	seal_key_text(key, text);
	text[SEAL_KEY_TEXT_SIZE - 1] = '\n';
	return file_replace(path, 0644, text, SEAL_KEY_TEXT_SIZE);
}

/* Evidence of the trouble stays; nothing is overwritten. */
static int move_aside(const char *path)
{
	char aside[PATH_SIZE + 32];

	(void)snprintf(aside, sizeof(aside), "%s.bad-%lld", path, (long long)(clock_wall_ms() / 1000));
	return rename(path, aside) < 0 && errno != ENOENT ? -errno : 0;
}

int keys_open(const char *folder, struct seal_key *out, bool *lost)
{
	char secret_path[PATH_SIZE], public_path[PATH_SIZE];
	struct seal_key old;

	*lost = false;
	(void)snprintf(secret_path, sizeof(secret_path), "%s/key", folder);
	(void)snprintf(public_path, sizeof(public_path), "%s/key.pub", folder);
	int had_public = seal_read_public(public_path, &old);
	int rc = secret_read(secret_path, out);
	if (rc == -ENOENT || rc == -EBADMSG || rc == -EACCES) {
		*lost = rc != -ENOENT || had_public != -ENOENT;
		rc = *lost ? move_aside(secret_path) : 0;
		if (rc == 0 && *lost)
			rc = move_aside(public_path);
		if (rc == 0)
			rc = secret_make(secret_path, out);
		had_public = -ENOENT;
	}
	if (rc < 0)
		return rc;
	if (had_public == 0 && memcmp(old.public, out->public, sizeof(out->public)) == 0)
		return 0;
	if (had_public != -ENOENT) {
		*lost = true;
		rc = move_aside(public_path);
	}
	return rc < 0 ? rc : public_write(public_path, out);
}
