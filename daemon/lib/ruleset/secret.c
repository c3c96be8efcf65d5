/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ruleset/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

_Static_assert((int)SECRET_SIZE == (int)crypto_auth_hmacsha256_KEYBYTES, "the key fits the digest");
_Static_assert((int)SECRET_DIGEST == (int)crypto_auth_hmacsha256_BYTES, "the digest is the digest's");

/* Keys for other uses come out of the one key by its own digest, each under a word of its own. */
static void derive(const struct secret *s, const char *word, uint8_t out[static SECRET_DIGEST])
{
	crypto_auth_hmacsha256_state state = s->begun;
	crypto_auth_hmacsha256_update(&state, (const uint8_t *)word, strlen(word));
	crypto_auth_hmacsha256_final(&state, out);
	sodium_memzero(&state, sizeof(state));
}

void secret_from(const uint8_t key[static SECRET_SIZE], struct secret *out)
{
	uint8_t derived[SECRET_DIGEST];
	memcpy(out->key, key, SECRET_SIZE);
	crypto_auth_hmacsha256_init(&out->begun, key, SECRET_SIZE);
	/* No host begins with a blank, so these are digests of no entry. */
	derive(out, " trygg confidential mark", derived);
	memcpy(out->mark_key, derived, sizeof(out->mark_key));
	derive(out, " trygg confidential id", derived);
	sodium_bin2hex(out->id, sizeof(out->id), derived, (SECRET_ID_SIZE - 1) / 2);
	sodium_memzero(derived, sizeof(derived));
}

static int read_key(const char *path, struct secret *out)
{
	uint8_t key[SECRET_SIZE + 1];
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -errno;
	int rc = fstat(fd, &st) < 0 ? -errno : 0;
	if (rc == 0 && (st.st_mode & 077) != 0)
		rc = -EPERM;
	ssize_t len = rc == 0 ? read(fd, key, sizeof(key)) : 0;
	if (rc == 0 && (len != SECRET_SIZE || !S_ISREG(st.st_mode)))
		rc = len < 0 ? -errno : -EBADMSG;
	(void)close(fd);
	if (rc == 0)
		secret_from(key, out);
	sodium_memzero(key, sizeof(key));
	return rc;
}

/* The file appears under its name only when it is whole and on the disk, and never replaces another's. */
static int make_key(const char *path)
{
	uint8_t key[SECRET_SIZE];
	char *temporary = NULL, *folder = file_resolve(path, ".");
	int rc = folder ? file_mkdirs(folder, 0755) : -ENOMEM;
	free(folder);
	if (rc < 0 || asprintf(&temporary, "%s.%ld", path, (long)getpid()) < 0)
		return rc < 0 ? rc : -ENOMEM;
	randombytes_buf(key, sizeof(key));
	int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 || (rc = file_write_all(fd, key, sizeof(key))) < 0 || fsync(fd) < 0 ||
	    link(temporary, path) < 0)
		rc = rc < 0 ? rc : -errno;
	if (fd >= 0) {
		(void)close(fd);
		(void)unlink(temporary);
	}
	sodium_memzero(key, sizeof(key));
	free(temporary);
	return rc == -EEXIST ? 0 : rc;
}

int secret_load(const char *path, bool make, struct secret *out)
{
	if (sodium_init() < 0)
		return -ENOSYS;
	int rc = read_key(path, out);
	if (rc == -ENOENT && make && (rc = make_key(path)) == 0)
		rc = read_key(path, out);
	return rc;
}

void secret_clear(struct secret *s)
{
	sodium_memzero(s, sizeof(*s));
}

uint64_t secret_mark(const struct secret *s, struct span host)
{
	uint8_t out[crypto_shorthash_BYTES];
	uint64_t mark = 0;
	crypto_shorthash(out, host.at, host.len, s->mark_key);
	for (size_t i = 0; i < sizeof(out); i++)
		mark |= (uint64_t)out[i] << 8 * i;
	return mark;
}

void secret_begin(const struct secret *s, struct span host, struct secret_digest *out)
{
	out->state = s->begun;
	crypto_auth_hmacsha256_update(&out->state, host.at, host.len);
}

void secret_add(struct secret_digest *d, struct span path)
{
	uint8_t lower[256];
	while (path.len > 0) {
		size_t n = path.len < sizeof(lower) ? path.len : sizeof(lower);
		for (size_t i = 0; i < n; i++)
			lower[i] = path.at[i] >= 'A' && path.at[i] <= 'Z' ? path.at[i] | 0x20 : path.at[i];
		crypto_auth_hmacsha256_update(&d->state, lower, n);
		path = span_from(path, n);
	}
}

void secret_take(const struct secret_digest *d, uint8_t out[static SECRET_DIGEST])
{
	crypto_auth_hmacsha256_state state = d->state;
	crypto_auth_hmacsha256_final(&state, out);
}
