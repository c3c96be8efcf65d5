/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A piece that is there is only trusted after its bytes were read: a name alone says what it was meant to be. */
#include "ruleset/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

/* A piece may be larger than what is left of memory, so it is read in parts. */
static bool digest_of(int fd, size_t size, char out[static DIGEST_TEXT])
{
	enum { PART = 1 << 18 };
	crypto_generichash_state state;
	uint8_t digest[DIGEST_SIZE], *part = malloc(PART);
	size_t at = 0;
	ssize_t got = 1;
	crypto_generichash_init(&state, NULL, 0, sizeof(digest));
	while (part && at < size && (got = pread(fd, part, PART, (off_t)at)) > 0) {
		crypto_generichash_update(&state, part, (size_t)got);
		at += (size_t)got;
	}
	free(part);
	crypto_generichash_final(&state, digest, sizeof(digest));
	sodium_bin2hex(out, DIGEST_TEXT, digest, sizeof(digest));
	return at == size;
}

bool store_holds(int folder, const struct piece *piece)
{
	char digest[DIGEST_TEXT] = "";
	struct stat st;
	int fd = openat(folder, piece->file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return false;
	bool holds = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == piece->size &&
		     piece->size > 0 && digest_of(fd, piece->size, digest) &&
		     strcmp(digest, piece->digest) == 0;
	close(fd);
	return holds;
}

int store_read(int folder, const struct piece *piece, struct blob *out)
{
	int fd = openat(folder, piece->file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -errno;
	int rc = 0;
	void *at = blob_grow(out, piece->size);
	for (size_t got = 0; at && rc == 0 && got < piece->size;) {
		ssize_t n = pread(fd, out->at + got, piece->size - got, (off_t)got);
		if (n <= 0)
			rc = n < 0 ? -errno : -EBADMSG;
		else
			got += (size_t)n;
	}
	close(fd);
	return at ? rc : -ENOMEM;
}

int store_put(int folder, const char *file, mode_t mode, struct span bytes)
{
	char temporary[PIECE_FILE_MAX + 16];
	snprintf(temporary, sizeof(temporary), "%s.new", file);
	(void)unlinkat(folder, temporary, 0);
	int fd = openat(folder, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	if (fd < 0)
		return -errno;
	int rc = file_write_all(fd, bytes.at, bytes.len);
	if (rc == 0 && (fchmod(fd, mode) < 0 || fsync(fd) < 0))
		rc = -errno;
	if (close(fd) < 0 && rc == 0)
		rc = -errno;
	if (rc == 0 && renameat(folder, temporary, folder, file) < 0)
		rc = -errno;
	if (rc < 0)
		(void)unlinkat(folder, temporary, 0);
	return rc;
}

int store_sync(int folder)
{
	return fsync(folder) < 0 ? -errno : 0;
}

/* A stamp belongs to its piece. */
static bool names_file(const struct manifest *m, const char *file)
{
	size_t len = strlen(file), stamp = strlen(".stamp");
	if (len > stamp && strcmp(file + len - stamp, ".stamp") == 0)
		len -= stamp;
	for (size_t i = 0; i < m->count; i++)
		if (strncmp(m->piece[i].file, file, len) == 0 && m->piece[i].file[len] == '\0')
			return true;
	return false;
}

/* Only what a compile wrote is ours to remove. */
static bool is_piece(const char *file)
{
	static const char *const endings[] = {"", ".new", ".stamp", ".stamp.new"};
	size_t len = strlen(file);
	for (int k = 0; k < PIECE_KINDS; k++) {
		for (size_t e = 0; e < sizeof(endings) / sizeof(endings[0]); e++) {
			char suffix[32];
			int size = snprintf(suffix, sizeof(suffix), ".%s%s", piece_kind_names[k], endings[e]);
			if (len > (size_t)size && strcmp(file + len - (size_t)size, suffix) == 0)
				return true;
		}
	}
	return false;
}

void store_tidy(int folder, const struct manifest *a, const struct manifest *b)
{
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir) {
		if (fd >= 0)
			close(fd);
		return;
	}
	for (struct dirent *e; (e = readdir(dir));)
		if (is_piece(e->d_name) && !names_file(a, e->d_name) && !names_file(b, e->d_name))
			(void)unlinkat(folder, e->d_name, 0);
	closedir(dir);
}
