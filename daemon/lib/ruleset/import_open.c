/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opening lists with the caller's rights; reading them is somebody else's. */
#include "ruleset/import.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const ut1_names[UT1_PARTS] = {
	[UT1_DOMAINS] = "domains", [UT1_URLS] = "urls", [UT1_EXPRESSIONS] = "expressions"};

static int fail(int error, char *why, size_t size, const char *path, const char *what)
{
	snprintf(why, size, "%s: %s", path, what);
	return error;
}

/* Adds one file. It must be a plain one: lists are read from their start, some twice. */
static int add(struct import_list *list, int folder, const char *name, const char *path, int part, char *why,
	       size_t why_size)
{
	struct stat st;
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return fail(-errno, why, why_size, path, strerror(errno));
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return fail(-EINVAL, why, why_size, path, "is no plain file");
	}
	struct import_file *file = &list->file[list->count++];
	*file = (struct import_file){.fd = fd, .part = part, .path = strdup(path)};
	return file->path ? 0 : -ENOMEM;
}

/* The first word of `usage` behind its comments; some mirrors have CR or blanks behind it. */
static int read_usage(int fd, const char *path, bool *white, char *why, size_t why_size)
{
	char text[4096] = "", *word = text;
	ssize_t len = fd > 0 ? pread(fd, text, sizeof(text) - 1, 0) : -1;
	text[len > 0 ? len : 0] = '\0';
	while (*word == '#' || *word == '\n' || *word == '\r') {
		word += strcspn(word, "\n");
		word += *word == '\n';
	}
	word[strcspn(word, " \t\r\n")] = '\0';
	*white = strcmp(word, "white") == 0;
	if (*white || strcmp(word, "black") == 0)
		return 0;
	return fail(-ENODATA, why, why_size, path,
		    "the file usage beside it does not say black or white, so nobody knows which it is");
}

static int open_ut1(const char *path, struct import_list *out, char *why, size_t why_size)
{
	char whole[4096], folder[4096];
	struct stat st;
	int rc = 0, single = -1;
	if (stat(path, &st) < 0)
		return fail(-errno, why, why_size, path, strerror(errno));
	snprintf(folder, sizeof(folder), "%s", path);
	if (!S_ISDIR(st.st_mode)) {
		char *slash = strrchr(folder, '/');
		const char *name = slash ? slash + 1 : folder;
		single = UT1_DOMAINS;
		for (int part = 0; part < UT1_PARTS; part++)
			single = strcmp(name, ut1_names[part]) == 0 ? part : single;
		snprintf(slash ? slash + 1 : folder, 2, ".");
	}
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return fail(-errno, why, why_size, folder, strerror(errno));
	int usage = openat(fd, "usage", O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	out->usage = usage < 0 ? 0 : usage;
	for (int part = 0; part < UT1_PARTS && rc == 0; part++) {
		if (single >= 0 ? part != single : faccessat(fd, ut1_names[part], F_OK, 0) < 0)
			continue;
		if (single >= 0 ||
		    snprintf(whole, sizeof(whole), "%s/%s", path, ut1_names[part]) >= (int)sizeof(whole))
			snprintf(whole, sizeof(whole), "%s", path);
		rc = single >= 0 ? add(out, AT_FDCWD, path, path, part, why, why_size)
				 : add(out, fd, ut1_names[part], whole, part, why, why_size);
	}
	close(fd);
	if (rc == 0 && out->count == 0)
		rc = fail(-ENODATA, why, why_size, path, "holds none of domains, urls and expressions");
	return rc;
}

int import_open(const char *path, enum import_format format, struct import_list *out, char *why,
		size_t why_size)
{
	*out = (struct import_list){.format = format};
	int rc = format == IMPORT_UT1 ? open_ut1(path, out, why, why_size)
				      : add(out, AT_FDCWD, path, path, 0, why, why_size);
	if (rc < 0)
		import_close(out);
	return rc;
}

int import_begin(struct import_list *list, char *why, size_t why_size)
{
	if (list->format != IMPORT_UT1 || list->count == 0)
		return 0;
	return read_usage(list->usage, list->file[0].path, &list->white, why, why_size);
}

void import_close(struct import_list *list)
{
	if (list->usage > 0)
		close(list->usage);
	list->usage = 0;
	for (size_t i = 0; i < list->count; i++) {
		close(list->file[i].fd);
		free(list->file[i].path);
	}
	list->count = 0;
}
