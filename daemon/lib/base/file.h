/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files the way Trygg treats them: read whole, replaced atomically (temporary file, fsync, rename, fsync of
 * the folder), never edited in place. Functions return 0 or a negative errno.
 */
#ifndef TRYGG_BASE_FILE_H
#define TRYGG_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/span.h"

/* The whole file, NUL-terminated after `len` bytes; the caller frees. -EFBIG beyond `limit` bytes. */
int file_read(const char *path, size_t limit, char **out, size_t *len);
/* Replaces `path` with the bytes, durable when 0 is returned. */
int file_replace(const char *path, mode_t mode, const void *bytes, size_t len);
/* Creates the folder and its parents. */
int file_mkdirs(const char *path, mode_t mode);
/*
 * `name` as seen from the file `from`: absolute stays, relative belongs to the folder of `from`. The caller
 * frees.
 */
char *file_resolve(const char *from, const char *name);
/* The `*SUFFIX` entries of a folder, sorted by byte order, as full paths; an absent folder has none. */
int file_list(const char *folder, const char *suffix, char ***paths, size_t *count);
void file_list_free(char **paths, size_t count);
/* Writes all bytes or fails. */
int file_write_all(int fd, const void *bytes, size_t len);

#endif
