/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sealed boxes beside the journals, in JOURNAL/boxes. keeper cannot open one; it only keeps them as long as their record
 * means it to:
 *
 *	DIGEST.box	the box, durable before the record that names it
 *	DIGEST.read	empty: somebody has read it, it cannot be withdrawn any more
 *	DIGEST.going	a withdrawal: the receipt only. The box is gone, its record is not durable yet
 *	DIGEST.gone	... and now it is: who withdraws twice is told the same twice
 *
 * A `.going` that a crash left behind becomes a record at the next start.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "incident/box.h"
#include "keeper/keeper.h"

enum { PATH_SIZE = 4096, BOXES_MAX = 20000 };

_Static_assert((int)RECORD_BOX_MAX == (int)BOX_SIZE_MAX, "a box fits its message");

static void boxes_folder(const struct keeper *k, enum record_journal j, char *out, size_t size)
{
	(void)snprintf(out, size, "%s/%s/boxes", k->folder, journal_names[j]);
}

static void box_path(const struct keeper *k, const struct record *r, const char *suffix, char *out,
		     size_t size)
{
	(void)snprintf(out, size, "%s/%s/boxes/%.64s.%s", k->folder, journal_names[r->journal], r->sealed,
		       suffix);
}

static bool is_digest(const char *text)
{
	return strspn(text, "0123456789abcdef") == BOX_DIGEST_SIZE - 1 && text[BOX_DIGEST_SIZE - 1] == '\0';
}

static bool exists(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0;
}

static int sync_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = fd < 0 || fsync(fd) < 0 ? -errno : 0;

	if (fd >= 0)
		(void)close(fd);
	return rc;
}

static size_t count_boxes(const char *folder)
{
	char **paths = NULL;
	size_t count = 0;

	(void)file_list(folder, ".box", &paths, &count);
	file_list_free(paths, count);
	return count;
}

/* Makes the folder as restricted as its journal. */
static int make_folder(const struct keeper *k, enum record_journal j, char *out, size_t size)
{
	boxes_folder(k, j, out, size);
	return exists(out) ? 0 : file_mkdirs(out, 0750);
}

int boxes_store(struct keeper *k, const struct record *r, struct span box)
{
	char folder[PATH_SIZE], path[PATH_SIZE], digest[BOX_DIGEST_SIZE];

	box_digest(box, digest);
	if (!box_is_box(box) || strcmp(digest, r->sealed) != 0)
		return -EBADMSG;
	int rc = make_folder(k, r->journal, folder, sizeof(folder));
	/* A flood must not fill the disk that evidence needs; nobody is told that it was taken. */
	if (rc == 0 && count_boxes(folder) >= BOXES_MAX)
		rc = -ENOSPC;
	box_path(k, r, "box", path, sizeof(path));
	if (rc == 0)
		rc = file_replace(path, 0640, box.at, box.len);
	return rc == 0 ? sync_folder(folder) : rc;
}

int boxes_read(struct keeper *k, const struct record *r)
{
	char path[PATH_SIZE];

	box_path(k, r, "box", path, sizeof(path));
	if (!is_digest(r->sealed) || !exists(path))
		return -ENOENT;
	box_path(k, r, "read", path, sizeof(path));
	return file_replace(path, 0640, "", 0);
}

/* The digest that a path of the folder begins with. */
static void digest_of(const char *path, char out[static BOX_DIGEST_SIZE])
{
	(void)snprintf(out, BOX_DIGEST_SIZE, "%.64s", strrchr(path, '/') + 1);
}

static bool holds_receipt(const char *path, const uint8_t receipt[static BOX_RECEIPT_SIZE], bool is_box)
{
	char *bytes = NULL;
	size_t len = 0;
	bool holds = false;

	if (file_read(path, BOX_SIZE_MAX, &bytes, &len) == 0)
		holds = is_box ? box_has_receipt(span_of(bytes, len), receipt)
			       : len == BOX_RECEIPT_SIZE && memcmp(bytes, receipt, len) == 0;
	free(bytes);
	return holds;
}

/* The digest of the file with this receipt; false when there is none. */
static bool find(const char *folder, const char *suffix, const uint8_t receipt[static BOX_RECEIPT_SIZE],
		 char digest[static BOX_DIGEST_SIZE])
{
	char **paths = NULL;
	size_t count = 0;
	bool found = false;

	if (file_list(folder, suffix, &paths, &count) == 0) {
		for (size_t i = 0; !found && i < count; i++) {
			found = holds_receipt(paths[i], receipt, strcmp(suffix, ".box") == 0);
			if (found)
				digest_of(paths[i], digest);
		}
	}
	file_list_free(paths, count);
	return found;
}

static bool unhex(const char *hex, uint8_t out[static BOX_RECEIPT_SIZE])
{
	if (!is_digest(hex))
		return false;
	for (size_t i = 0; i < BOX_RECEIPT_SIZE; i++) {
		const char pair[3] = {hex[2 * i], hex[2 * i + 1], '\0'};
		out[i] = (uint8_t)strtoul(pair, NULL, 16);
	}
	return true;
}

static void tell_withdrawn(struct keeper *k, const char *digest)
{
	struct record r;

	ledger_own(&r, JOURNAL_CONTACT, EVENT_CONTACT);
	r.time_ms = 0; /* that it was taken back is enough to know */
	memcpy(r.action, "withdrawn", sizeof("withdrawn"));
	memcpy(r.sealed, digest, BOX_DIGEST_SIZE);
	keeper_own(k, &r);
	k->boxes_going = true;
}

/* The receipt takes the place of the box before the box disappears: whatever happens, one of both is there. */
static int erase(struct keeper *k, const char *folder, const char *digest,
		 const uint8_t receipt[static BOX_RECEIPT_SIZE])
{
	char path[PATH_SIZE + 128];

	(void)snprintf(path, sizeof(path), "%s/%s.going", folder, digest);
	int rc = file_replace(path, 0640, receipt, BOX_RECEIPT_SIZE);
	(void)snprintf(path, sizeof(path), "%s/%s.box", folder, digest);
	if (rc == 0 && unlink(path) < 0)
		rc = -errno;
	if (rc == 0)
		rc = sync_folder(folder);
	if (rc == 0)
		tell_withdrawn(k, digest);
	return rc;
}

int boxes_withdraw(struct keeper *k, const struct record *r, enum record_outcome *outcome)
{
	char folder[PATH_SIZE], path[PATH_SIZE + 128], digest[BOX_DIGEST_SIZE];
	uint8_t receipt[BOX_RECEIPT_SIZE];

	*outcome = RECORD_UNKNOWN;
	boxes_folder(k, JOURNAL_CONTACT, folder, sizeof(folder));
	if (!unhex(r->sealed, receipt))
		return -EBADMSG;
	if (find(folder, ".gone", receipt, digest) || find(folder, ".going", receipt, digest)) {
		*outcome = RECORD_DONE;
		return 0;
	}
	if (!find(folder, ".box", receipt, digest))
		return 0;
	(void)snprintf(path, sizeof(path), "%s/%s.read", folder, digest);
	*outcome = exists(path) ? RECORD_IS_READ : RECORD_DONE;
	return *outcome == RECORD_DONE ? erase(k, folder, digest, receipt) : 0;
}

void boxes_settle(struct keeper *k)
{
	char folder[PATH_SIZE], to[PATH_SIZE + 128], digest[BOX_DIGEST_SIZE];
	char **paths = NULL;
	size_t count = 0;

	if (!k->boxes_going)
		return;
	k->boxes_going = false;
	boxes_folder(k, JOURNAL_CONTACT, folder, sizeof(folder));
	if (file_list(folder, ".going", &paths, &count) < 0)
		return;
	for (size_t i = 0; i < count; i++) {
		digest_of(paths[i], digest);
		(void)snprintf(to, sizeof(to), "%s/%s.gone", folder, digest);
		(void)rename(paths[i], to);
	}
	file_list_free(paths, count);
}

void boxes_recover(struct keeper *k)
{
	char folder[PATH_SIZE], digest[BOX_DIGEST_SIZE];
	char **paths = NULL;
	size_t count = 0;

	boxes_folder(k, JOURNAL_CONTACT, folder, sizeof(folder));
	if (file_list(folder, ".going", &paths, &count) < 0)
		return;
	for (size_t i = 0; i < count; i++) {
		digest_of(paths[i], digest);
		tell_withdrawn(k, digest);
	}
	file_list_free(paths, count);
}

static int purge_suffix(const char *folder, const char *suffix, int64_t before_s, uint64_t *files)
{
	char **paths = NULL;
	size_t count = 0;
	struct stat st;
	int rc = file_list(folder, suffix, &paths, &count);

	for (size_t i = 0; rc == 0 && i < count; i++) {
		if (stat(paths[i], &st) < 0 || st.st_mtime >= before_s)
			continue;
		if (unlink(paths[i]) < 0)
			rc = -errno;
		else
			(*files)++;
	}
	file_list_free(paths, count);
	return rc;
}

int boxes_purge(struct keeper *k, enum record_journal j, int64_t before_ms, uint64_t *files)
{
	static const char *const suffixes[] = {".box", ".read", ".gone"};
	char folder[PATH_SIZE];
	int rc = 0;

	boxes_folder(k, j, folder, sizeof(folder));
	for (size_t i = 0; rc == 0 && i < sizeof(suffixes) / sizeof(suffixes[0]); i++)
		rc = purge_suffix(folder, suffixes[i], before_ms / 1000, files);
	return rc == 0 && exists(folder) ? sync_folder(folder) : rc;
}
