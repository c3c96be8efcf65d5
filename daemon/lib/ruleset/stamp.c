/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ruleset/stamp.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	MOMENT_MS = 100,         /* longer than any kernel's tick */
	COARSE_MOMENT_MS = 2100, /* where times are whole seconds */
	STAMP_MAX = 256,
};

static int64_t ms_of(const struct timespec *t)
{
	return (int64_t)t->tv_sec * 1000 + t->tv_nsec / 1000000;
}

/* Waits out the moment in which a second change could bear the time of the first. */
static int let_moment_pass(const struct stat *st)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	int64_t moment = st->st_ctim.tv_nsec == 0 ? COARSE_MOMENT_MS : MOMENT_MS;
	int64_t left = ms_of(&st->st_ctim) + moment - ms_of(&now);
	if (left <= 0)
		return 0;
	if (left > moment)
		return -EAGAIN; /* a clock that was set back */
	struct timespec wait = {left / 1000, left % 1000 * 1000000};
	while (nanosleep(&wait, &wait) < 0 && errno == EINTR)
		;
	return 0;
}

static void put(crypto_generichash_state *state, const void *bytes, size_t len)
{
	uint64_t length = len;
	crypto_generichash_update(state, (const void *)&length, sizeof(length));
	crypto_generichash_update(state, bytes, len);
}

static void put_text(crypto_generichash_state *state, const char *text)
{
	put(state, text, strlen(text));
}

static int put_file(crypto_generichash_state *state, const struct rulefile *file)
{
	struct stat st;
	if (fstat(file->fd, &st) < 0)
		return -errno;
	int rc = let_moment_pass(&st);
	uint64_t numbers[] = {st.st_dev,
			      st.st_ino,
			      (uint64_t)st.st_size,
			      (uint64_t)st.st_mtim.tv_sec,
			      (uint64_t)st.st_mtim.tv_nsec,
			      (uint64_t)st.st_ctim.tv_sec,
			      (uint64_t)st.st_ctim.tv_nsec,
			      (uint64_t)file->layer};
	put(state, numbers, sizeof(numbers));
	put_text(state, file->path);
	put_text(state, file->name);
	return rc;
}

int stamp_key(const struct rulefile *const *file, size_t count, const struct stamp_reader *reader,
	      char out[static DIGEST_TEXT])
{
	crypto_generichash_state state;
	uint8_t digest[DIGEST_SIZE];
	int rc = 0;
	crypto_generichash_init(&state, NULL, 0, sizeof(digest));
	put(&state, format_names, sizeof(format_names));
	put_text(&state, TRYGG_VERSION);
	put_text(&state, reader->how);
	for (size_t i = 0; i < reader->category_count; i++) {
		put_text(&state, reader->categories[i]);
		put_text(&state, reader->help_only && reader->help_only[i] ? "help only" : "");
		put_text(&state, reader->mandatory && reader->mandatory[i] ? "mandatory" : "");
	}
	for (size_t i = 0; i < reader->guarded->count; i++) {
		const struct guarded_name *name = &reader->guarded->name[i];
		put(&state, name->host.text, name->host.len);
		put(&state, &name->vetted, sizeof(name->vetted));
	}
	for (size_t i = 0; i < count && rc == 0; i++)
		rc = put_file(&state, file[i]);
	crypto_generichash_final(&state, digest, sizeof(digest));
	sodium_bin2hex(out, DIGEST_TEXT, digest, sizeof(digest));
	return rc;
}

/* "national-….names" has its stamp in "national-….names.stamp". */
static void name_of(const struct piece *piece, char out[static PIECE_FILE_MAX + 8])
{
	snprintf(out, PIECE_FILE_MAX + 8, "%s.stamp", piece->file);
}

bool stamp_read(int folder, const struct piece *piece, const char *key, struct stamp_counts *out)
{
	char name[PIECE_FILE_MAX + 8], text[STAMP_MAX] = "", found[DIGEST_TEXT];
	name_of(piece, name);
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (fd >= 0)
		close(fd);
	*out = (struct stamp_counts){0};
	return len > 0 &&
	       sscanf(text, "trygg-stamp 1 %64[0-9a-f] %zu %zu %zu", found, &out->names, &out->urls,
		      &out->exceptions) == 4 &&
	       strcmp(found, key) == 0;
}

int stamp_write(int folder, const struct piece *piece, const char *key, const struct stamp_counts *counts)
{
	char name[PIECE_FILE_MAX + 8], text[STAMP_MAX];
	name_of(piece, name);
	int len = snprintf(text, sizeof(text), "trygg-stamp 1 %s %zu %zu %zu\n", key, counts->names,
			   counts->urls, counts->exceptions);
	return store_put(folder, name, 0644, span_of(text, (size_t)len));
}
