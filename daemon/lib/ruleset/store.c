/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A piece that is there is only trusted after its bytes were read: a name alone says what it was meant to be. */
#include "ruleset/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

bool store_holds(int folder, const struct piece *piece)
{
	char digest[DIGEST_TEXT] = "";
	struct stat st;
	int fd = openat(folder, piece->file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return false;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == piece->size && piece->size > 0) {
		void *at = mmap(NULL, piece->size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
		if (at != MAP_FAILED) {
			format_digest(span_of(at, piece->size), digest);
			munmap(at, piece->size);
		}
	}
	close(fd);
	return strcmp(digest, piece->digest) == 0;
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
	char temporary[PIECE_FILE_MAX + 8];
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

static bool names_file(const struct manifest *m, const char *file)
{
	for (size_t i = 0; i < m->count; i++)
		if (strcmp(m->piece[i].file, file) == 0)
			return true;
	return false;
}

/* Only what a compile wrote is ours to remove. */
static bool is_piece(const char *file)
{
	for (int k = 0; k < PIECE_KINDS; k++) {
		char suffix[16], temporary[24];
		snprintf(suffix, sizeof(suffix), ".%s", piece_kind_names[k]);
		snprintf(temporary, sizeof(temporary), ".%s.new", piece_kind_names[k]);
		size_t len = strlen(file), a = strlen(suffix), b = strlen(temporary);
		if ((len > a && strcmp(file + len - a, suffix) == 0) ||
		    (len > b && strcmp(file + len - b, temporary) == 0))
			return true;
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
