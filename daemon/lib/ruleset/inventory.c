/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ruleset/inventory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "ruleset/code.h"
#include "ruleset/names.h"

int inventory_manifest(const char *manifest, struct manifest *out)
{
	char *text = NULL;
	size_t len = 0;
	int rc = file_read(manifest, MANIFEST_MAX, &text, &len);
	if (rc == 0)
		rc = manifest_parse(span_of(text, len), out);
	free(text);
	return rc;
}

static int any_category(void *user, const char *id)
{
	(void)user;
	(void)id;
	return 0;
}

struct telling {
	inventory_name *call;
	void *user;
	int rc;
};

static void on_line(void *user, struct span code, struct span path, const struct section *section)
{
	struct telling *t = user;
	char name[CODE_MAX + 1 + UINT16_MAX + 1];
	size_t len = code_read(code, name);
	(void)section;
	if (len == 0) {
		t->rc = -EBADMSG;
		return;
	}
	memcpy(name + len, path.at, path.len);
	name[len + path.len] = '\0';
	t->call(t->user, name);
}

static int each_of(struct span piece, inventory_name *call, void *user)
{
	struct names names;
	struct telling t = {call, user, 0};
	int rc = names_open(piece, any_category, NULL, &names);
	if (rc < 0)
		return rc;
	names_each(&names, on_line, &t);
	names_clear(&names);
	return t.rc;
}

static int piece_each(int folder, const struct piece *p, inventory_name *call, void *user)
{
	struct stat st;
	int fd = openat(folder, p->file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	int rc = fd < 0 || fstat(fd, &st) < 0 ? -errno : 0;
	if (rc == 0 && (!S_ISREG(st.st_mode) || st.st_size != p->size || p->size == 0))
		rc = -EBADMSG;
	void *at = rc == 0 ? mmap(NULL, p->size, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
	if (rc == 0 && at == MAP_FAILED)
		rc = -errno;
	if (rc == 0) {
		rc = each_of(span_of(at, p->size), call, user);
		(void)munmap(at, p->size);
	}
	if (fd >= 0)
		(void)close(fd);
	return rc;
}

int inventory_each(const char *manifest, inventory_name *call, void *user)
{
	struct manifest m;
	char path[4200];
	int rc = inventory_manifest(manifest, &m);
	if (rc < 0)
		return rc;
	if ((size_t)snprintf(path, sizeof(path), "%s.d", manifest) >= sizeof(path))
		return -ENAMETOOLONG;
	int folder = m.count > 0 ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (folder < 0)
		return m.count > 0 ? -errno : 0;
	for (size_t i = 0; i < m.count && rc == 0; i++)
		if (m.piece[i].kind == PIECE_NAMES)
			rc = piece_each(folder, &m.piece[i], call, user);
	(void)close(folder);
	return rc;
}
