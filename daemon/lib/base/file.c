/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int file_read(const char *path, size_t limit, char **out, size_t *len)
{
	int rc = 0;
	char *bytes = NULL;
	size_t used = 0, size = 0;
	/* Not waiting for the writer of a FIFO: one that nobody writes to is an empty file, not the end of the program. */
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	(void)fcntl(fd, F_SETFL, 0);
	for (;;) {
		if (size - used < 2) {
			size = size ? size * 2 : 4096;
			char *more = realloc(bytes, size);
			if (!more) {
				rc = -ENOMEM;
				goto out;
			}
			bytes = more;
		}
		ssize_t got = read(fd, bytes + used, size - used - 1);
		if (got < 0) {
			rc = -errno;
			goto out;
		}
		if (got == 0)
			break;
		used += (size_t)got;
		if (used > limit) {
			rc = -EFBIG;
			goto out;
		}
	}
	bytes[used] = '\0';
	*out = bytes;
	*len = used;
	bytes = NULL;
out:
	free(bytes);
	(void)close(fd);
	return rc;
}

int file_write_all(int fd, const void *bytes, size_t len)
{
	const char *at = bytes;
	while (len > 0) {
		ssize_t put = write(fd, at, len);
		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return -errno;
		at += put;
		len -= (size_t)put;
	}
	return 0;
}

/* A rename is durable only when its folder is. */
static int sync_folder_of(const char *path)
{
	char *folder = file_resolve(path, ".");
	if (!folder)
		return -ENOMEM;
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(folder);
	if (fd < 0)
		return -errno;
	int rc = fsync(fd) < 0 ? -errno : 0;
	(void)close(fd);
	return rc;
}

int file_replace(const char *path, mode_t mode, const void *bytes, size_t len)
{
	char temporary[PATH_MAX];
	int n = snprintf(temporary, sizeof temporary, "%s.new-%ld", path, (long)getpid());
	if (n < 0 || (size_t)n >= sizeof temporary)
		return -ENAMETOOLONG;
	int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, mode);
	if (fd < 0)
		return -errno;
	int rc = file_write_all(fd, bytes, len);
	if (rc == 0 && (fchmod(fd, mode) < 0 || fsync(fd) < 0))
		rc = -errno;
	if (close(fd) < 0 && rc == 0)
		rc = -errno;
	if (rc == 0 && rename(temporary, path) < 0)
		rc = -errno;
	if (rc < 0) {
		(void)unlink(temporary);
		return rc;
	}
	return sync_folder_of(path);
}

int file_mkdirs(const char *path, mode_t mode)
{
	char part[PATH_MAX];
	size_t len = strlen(path);
	if (len == 0 || len >= sizeof part)
		return -ENAMETOOLONG;
	for (size_t i = 1; i <= len; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		if (mkdir(part, mode) < 0 && errno != EEXIST)
			return -errno;
	}
	return 0;
}

char *file_resolve(const char *from, const char *name)
{
	const char *slash = strrchr(from, '/');
	char *out = NULL;
	if (name[0] == '/' || !slash)
		return strdup(name);
	if (asprintf(&out, "%.*s/%s", (int)(slash - from), from, name) < 0)
		return NULL;
	return out;
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool ends_with(const char *name, const char *suffix)
{
	size_t n = strlen(name), s = strlen(suffix);
	return n > s && name[0] != '.' && strcmp(name + n - s, suffix) == 0;
}

static int keep(char ***list, size_t used, const char *folder, const char *name)
{
	char **more = reallocarray(*list, used + 1, sizeof **list);
	if (!more)
		return -ENOMEM;
	*list = more;
	return asprintf(&more[used], "%s/%s", folder, name) < 0 ? -ENOMEM : 0;
}

int file_list(const char *folder, const char *suffix, char ***paths, size_t *count)
{
	char **list = NULL;
	size_t used = 0;
	int rc = 0;
	DIR *dir = opendir(folder);
	if (!dir && errno != ENOENT)
		return -errno;
	while (dir && rc == 0) {
		errno = 0; /* the end of a folder and an error look alike otherwise */
		struct dirent *e = readdir(dir);
		if (!e) {
			rc = -errno;
			break;
		}
		if (!ends_with(e->d_name, suffix))
			continue;
		rc = keep(&list, used, folder, e->d_name);
		used += rc == 0;
	}
	if (dir)
		(void)closedir(dir);
	if (rc < 0) {
		file_list_free(list, used);
		return rc;
	}
	if (used > 0)
		qsort(list, used, sizeof *list, by_bytes);
	*paths = list;
	*count = used;
	return 0;
}

void file_list_free(char **paths, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(paths[i]);
	free(paths);
}
